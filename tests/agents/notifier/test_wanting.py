from __future__ import annotations

from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from agents.notifier.wanting import CLOSING, Telling, Told, told_from, wanted
from schemas.products import Alert, AlertAction, Certainty, Severity, Status
from streams.actions import AlertActions
from streams.policy.calendar import DAY, HOUR
from tests.agents.notifier.examples import ROUTING
from tests.streams.actions.alerts import ALERT, BEGAN, action, alert

NOBODY: dict[str, Told] = {}


def tell(given_alert: Alert, *actions: AlertAction, told: list[Telling] | None = None, **more: Any) -> set[str]:
    """Say what is to be told to whom, as ``recipient:kind:episode``."""
    stated = {"clock": BEGAN + 10, "stale_after": DAY, **more}
    found = wanted(given_alert, AlertActions.of(actions), ROUTING, told_from(told or []), **stated)
    return {f"{each.recipient}:{each.kind}:{each.episode}" for each in found}


def telling(kind: str, recipient: str = "registrar", episode: int = 1) -> Telling:
    """Make what was told before."""
    return Telling(ALERT.alert_id, recipient, kind, episode)


def test_a_breach_is_told_once_it_is_confirmed() -> None:
    """Provisional, nobody is; confirmed, the registrar; told, nobody again."""
    assert tell(alert(certainty="PROVISIONAL")) == set()
    assert tell(alert()) == {"registrar:BREACHED:1"}
    assert tell(alert(), told=[telling("BREACHED")]) == set()


def test_a_critical_alert_is_told_at_once_provisional_or_not() -> None:
    """To everybody whose route asks for it."""
    given_alert = alert(severity="CRITICAL", certainty="PROVISIONAL")
    assert tell(given_alert) == {"room:BREACHED:1", "registrar:BREACHED:1"}


def test_a_breach_follows_the_risk_that_was_told() -> None:
    """And a risk never follows a breach that was told."""
    risk, breach = alert(severity="CRITICAL", status="AT_RISK"), alert(severity="CRITICAL")
    assert tell(risk) == {"room:AT_RISK:1"}
    assert tell(breach, told=[telling("AT_RISK", "room"), telling("BREACHED")]) == {"room:BREACHED:1"}
    assert tell(risk, told=[telling("BREACHED", "room")]) == set()


def test_whoever_was_told_hears_that_it_is_over() -> None:
    """Cleared or withdrawn, silenced or not; nobody else does."""
    cleared = alert(status="CLEARED", reason="RECORDED_LATE")
    silence = action("SILENCE", text="known", expires_at=BEGAN + HOUR)
    assert tell(cleared) == set()
    assert tell(cleared, silence, told=[telling("BREACHED")]) == {"registrar:CLEARED:1"}
    assert tell(cleared, told=[telling("BREACHED"), telling("CLEARED")]) == set()
    withdrawn = alert(status="WITHDRAWN", reason="MET_IN_TIME")
    assert tell(withdrawn, told=[telling("BREACHED"), telling("CLEARED")]) == {"registrar:WITHDRAWN:1"}


def test_an_alert_that_opens_again_is_told_again() -> None:
    """As a new episode, whose messages have names of their own."""
    before = [telling("BREACHED"), telling("CLEARED")]
    assert tell(alert(), told=before) == {"registrar:BREACHED:2"}
    assert tell(alert(status="CLEARED"), told=[*before, telling("BREACHED", episode=2)]) == {"registrar:CLEARED:2"}
    assert telling("BREACHED").notice_id != telling("BREACHED", episode=2).notice_id


def test_nobody_is_told_while_somebody_sees_to_it() -> None:
    """Acknowledged or silenced; once that ends it is told after all."""
    ack = action("ACK", expires_at=BEGAN + HOUR)
    silence = action("SILENCE", text="known", expires_at=BEGAN + HOUR)
    for held in (ack, silence):
        assert tell(alert(), held) == set()
        assert tell(alert(), held, clock=BEGAN + HOUR + 1) == {"registrar:BREACHED:1"}


def test_the_registrars_decision_is_told_to_whoever_was_told() -> None:
    """And what they decided before anybody was told stays unsaid."""
    override = action("OVERRIDE", text="not within the rules")
    assert tell(alert(), override, told=[telling("BREACHED")]) == {"registrar:OVERRIDDEN:1"}
    assert tell(alert(), override) == set()


def test_an_escalation_reaches_its_level_once() -> None:
    """Whether or not a route would have; not again in a later episode; not while somebody sees to it."""
    up = action("ESCALATE", level="DUTY_INSPECTOR")
    assert tell(alert(severity="MEDIUM"), up) == {"inspector:ESCALATED_DUTY_INSPECTOR:1"}
    before = [telling("ESCALATED_DUTY_INSPECTOR", "inspector"), telling("CLEARED", "inspector")]
    assert tell(alert(severity="MEDIUM"), up, told=before) == set()
    assert tell(alert(severity="MEDIUM"), up, action("ACK", expires_at=BEGAN + HOUR)) == set()
    assert tell(alert(severity="MEDIUM", status="CLEARED"), up, told=before[:1]) == {"inspector:CLEARED:1"}


def test_old_news_is_told_to_nobody() -> None:
    """Alerts of before the first start are the digest's; an escalation made now is news about an old alert."""
    late = ALERT.updated_at + DAY + 1
    assert tell(alert(), clock=late) == set()
    assert tell(alert(), clock=late, stale_after=None) == {"registrar:BREACHED:1"}
    up = action("ESCALATE", at=BEGAN + DAY, level="FCR")
    assert tell(alert(), up, clock=late) == {"registrar:ESCALATED_FCR:1"}


ALERTS = st.builds(
    lambda status, severity, certainty: alert(status=status, severity=severity, certainty=certainty),
    st.sampled_from(get_args(Status)),
    st.sampled_from(get_args(Severity)),
    st.sampled_from(get_args(Certainty)),
)


@given(st.lists(ALERTS, max_size=8))
def test_telling_what_is_wanted_leaves_nothing_to_tell(changes: list[Alert]) -> None:
    """Whatever the alert goes through: nobody hears one thing twice, nor of an end without a beginning."""
    told: list[Telling] = []
    for given_alert in changes:
        found = wanted(given_alert, AlertActions(), ROUTING, told_from(told), clock=BEGAN + 10, stale_after=DAY)
        assert {each.notice_id for each in found}.isdisjoint(each.notice_id for each in told)
        told += found
        again = wanted(given_alert, AlertActions(), ROUTING, told_from(told), clock=BEGAN + 10, stale_after=DAY)
        assert again == set()
    for each in told:
        if each.kind in CLOSING:
            assert any(
                (other.recipient, other.episode) == (each.recipient, each.episode) and other.kind not in CLOSING
                for other in told
            )
