from __future__ import annotations

from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from agents.notifier.notifications import (
    ASSIGNED,
    CLOSING,
    Notification,
    histories_of,
    required_notifications,
)
from agents.notifier.routing import Routing
from schemas.products import SEVERITIES, STATUSES, Alert, AlertAction, Certainty
from streams.actions import AlertActions
from streams.policy.calendar import DAY, HOUR
from tests.agents.notifier.examples import ROUTES, ROUTING
from tests.streams.actions.alerts import ALERT, BEGAN, action, alert


def required(
    given_alert: Alert, *actions: AlertAction, sent: list[Notification] | None = None, **more: Any
) -> set[str]:
    """Give the required notifications, as ``recipient:kind:episode``."""
    arguments = {"clock": BEGAN + 10, "stale_after": DAY, **more}
    required_now = required_notifications(
        given_alert, AlertActions.of(actions), ROUTING, histories_of(sent or []), **arguments
    )
    return {f"{one.recipient}:{one.kind}:{one.episode}" for one in required_now}


def notification(kind: str, recipient: str = "registrar", episode: int = 1) -> Notification:
    """Make a notification that was sent before."""
    return Notification(ALERT.alert_id, recipient, kind, episode)


def test_a_breach_is_told_once_it_is_confirmed() -> None:
    """Provisional, nobody is; confirmed, the registrar; told, nobody again."""
    assert required(alert(certainty="PROVISIONAL")) == set()
    assert required(alert()) == {"registrar:BREACHED:1"}
    assert required(alert(), sent=[notification("BREACHED")]) == set()


def test_a_critical_alert_is_told_at_once_provisional_or_not() -> None:
    """To everybody whose route asks for it."""
    given_alert = alert(severity="CRITICAL", certainty="PROVISIONAL")
    assert required(given_alert) == {"room:BREACHED:1", "registrar:BREACHED:1"}


def test_a_breach_follows_the_risk_that_was_told() -> None:
    """And a risk never follows a breach that was told."""
    risk, breach = alert(severity="CRITICAL", status="AT_RISK"), alert(severity="CRITICAL")
    assert required(risk) == {"room:AT_RISK:1"}
    assert required(breach, sent=[notification("AT_RISK", "room"), notification("BREACHED")]) == {"room:BREACHED:1"}
    assert required(risk, sent=[notification("BREACHED", "room")]) == set()


def test_whoever_was_told_hears_that_it_is_over() -> None:
    """Cleared or withdrawn, silenced or not; nobody else does."""
    cleared = alert(status="CLEARED", reason="RECORDED_LATE")
    silence = action("SILENCE", text="known", expires_at=BEGAN + HOUR)
    assert required(cleared) == set()
    assert required(cleared, silence, sent=[notification("BREACHED")]) == {"registrar:CLEARED:1"}
    assert required(cleared, sent=[notification("BREACHED"), notification("CLEARED")]) == set()
    withdrawn = alert(status="WITHDRAWN", reason="MET_IN_TIME")
    assert required(withdrawn, sent=[notification("BREACHED"), notification("CLEARED")]) == {"registrar:WITHDRAWN:1"}


def test_an_alert_that_opens_again_is_told_again() -> None:
    """As a new episode, whose messages have names of their own."""
    before = [notification("BREACHED"), notification("CLEARED")]
    assert required(alert(), sent=before) == {"registrar:BREACHED:2"}
    assert required(alert(status="CLEARED"), sent=[*before, notification("BREACHED", episode=2)]) == {
        "registrar:CLEARED:2"
    }
    assert notification("BREACHED").notification_id != notification("BREACHED", episode=2).notification_id


def test_nobody_is_told_while_somebody_sees_to_it() -> None:
    """Acknowledged or silenced; once that ends it is told after all."""
    ack = action("ACK", expires_at=BEGAN + HOUR)
    silence = action("SILENCE", text="known", expires_at=BEGAN + HOUR)
    for held in (ack, silence):
        assert required(alert(), held) == set()
        assert required(alert(), held, clock=BEGAN + HOUR + 1) == {"registrar:BREACHED:1"}


def test_the_registrars_decision_is_told_to_whoever_was_told() -> None:
    """And what they decided before anybody was told stays unsaid."""
    override = action("OVERRIDE", text="not within the rules")
    assert required(alert(), override, sent=[notification("BREACHED")]) == {"registrar:OVERRIDDEN:1"}
    assert required(alert(), override) == set()


def test_an_escalation_reaches_its_level_once() -> None:
    """Whether or not a route would have; not again in a later episode; not while somebody sees to it."""
    up = action("ESCALATE", level="DUTY_INSPECTOR")
    assert required(alert(severity="MEDIUM"), up) == {"inspector:ESCALATED_DUTY_INSPECTOR:1"}
    before = [notification("ESCALATED_DUTY_INSPECTOR", "inspector"), notification("CLEARED", "inspector")]
    assert required(alert(severity="MEDIUM"), up, sent=before) == set()
    assert required(alert(severity="MEDIUM"), up, action("ACK", expires_at=BEGAN + HOUR)) == set()
    assert required(alert(severity="MEDIUM", status="CLEARED"), up, sent=before[:1]) == {"inspector:CLEARED:1"}


def test_old_news_is_told_to_nobody() -> None:
    """Alerts of before the first start are the digest's; an escalation made now is news about an old alert."""
    late = ALERT.updated_at + DAY + 1
    assert required(alert(), clock=late) == set()
    assert required(alert(), clock=late, stale_after=None) == {"registrar:BREACHED:1"}
    up = action("ESCALATE", at=BEGAN + DAY, level="FCR")
    assert required(alert(), up, clock=late) == {"registrar:ESCALATED_FCR:1"}


TEAM_ROUTING = Routing.from_toml(
    f"""{ROUTES}
[[recipient]]
name = "okafor"
user = "sgt.okafor"
email = "okafor@leics.example"

[[recipient]]
name = "smith"
user = "asmith"
email = "asmith@leics.example"

[[recipient]]
name = "north"
email = "north@leics.example"

[[route]]
teams = ["North"]
to = ["north"]
"""
)


def reached(given_alert: Alert, *actions: AlertAction, sent: list[Notification] | None = None, **more: Any) -> set[str]:
    """Give whom an assignment reaches."""
    arguments = {"clock": BEGAN + 10, "stale_after": DAY, **more}
    required_now = required_notifications(
        given_alert, AlertActions.of(actions), TEAM_ROUTING, histories_of(sent or []), **arguments
    )
    return {one.recipient for one in required_now if one.kind.startswith(ASSIGNED)}


def assigned(to: str | None, at: int = BEGAN, **more: Any) -> AlertAction:
    """Make an assignment by asmith."""
    return action("ASSIGN", at=at, assignee=to, **more)


def test_an_assignment_reaches_the_assignee_and_the_teams_route() -> None:
    """The alert's own team, or the one that it is assigned to; nobody else, whatever the severity."""
    low = {"severity": "LOW"}
    assert reached(alert(**low, team="North"), assigned("sgt.okafor")) == {"okafor", "north"}
    assert reached(alert(**low, team="South"), assigned("sgt.okafor")) == {"okafor"}
    assert reached(alert(**low, team="South"), assigned("North")) == {"north"}
    assert reached(alert(**low, team=None), assigned("somebody")) == set()
    assert reached(alert(**low, team="North"), assigned(None)) == set()
    assert reached(alert(**low, team="North")) == set()


def test_whoever_takes_an_alert_knows_of_it() -> None:
    """Their team still hears that it was taken."""
    assert reached(alert(team="North"), assigned("asmith")) == {"north"}


def test_each_assignment_is_told_once_and_only_while_it_stands() -> None:
    """A later one is news of its own, also to the same person; a handover ends it."""
    first, second = assigned("sgt.okafor"), assigned("sgt.okafor", BEGAN + 1)
    told = required_notifications(
        alert(), AlertActions.of([first]), TEAM_ROUTING, {}, clock=BEGAN + 10, stale_after=DAY
    )
    assert reached(alert(), first, sent=list(told)) == set()
    assert reached(alert(), first, second, sent=list(told)) == {"okafor"}
    assert reached(alert(), first, assigned("asmith", BEGAN + 1)) == set()
    assert reached(alert(), first, action("HANDOVER", at=BEGAN + 1, assignee="x")) == set()


def test_an_assignment_is_told_while_acknowledged_and_not_while_silenced_closed_or_old() -> None:
    """Who acknowledges may well assign at once."""
    ack = action("ACK", expires_at=BEGAN + HOUR)
    assert reached(alert(), assigned("sgt.okafor"), ack) == {"okafor"}
    assert reached(alert(), assigned("sgt.okafor"), action("SILENCE", text="x", expires_at=BEGAN + HOUR)) == set()
    assert reached(alert(), assigned("sgt.okafor"), action("OVERRIDE", text="x", outcome="CLOSE")) == set()
    assert reached(alert(status="CLEARED"), assigned("sgt.okafor")) == set()
    assert reached(alert(), assigned("sgt.okafor"), clock=BEGAN + DAY + 1) == set()
    assert reached(alert(), assigned("sgt.okafor"), clock=BEGAN + DAY + 1, stale_after=None) == {"okafor"}


def test_whom_an_alert_was_assigned_to_hears_that_it_is_over() -> None:
    """Like anybody who was told that it is open."""
    sent = [notification(f"{ASSIGNED}1", "okafor")]
    closed = required_notifications(
        alert(status="CLEARED"), AlertActions(), TEAM_ROUTING, histories_of(sent), clock=BEGAN + 10, stale_after=DAY
    )
    assert {(one.recipient, one.kind) for one in closed} == {("okafor", "CLEARED")}


ALERTS = st.builds(
    lambda status, severity, certainty: alert(status=status, severity=severity, certainty=certainty),
    st.sampled_from(STATUSES),
    st.sampled_from(SEVERITIES),
    st.sampled_from(get_args(Certainty)),
)


@given(st.lists(ALERTS, max_size=8))
def test_sending_what_is_required_leaves_nothing_to_send(changes: list[Alert]) -> None:
    """Whatever the alert goes through: nobody hears one thing twice, nor of an end without a beginning."""
    sent: list[Notification] = []
    for given_alert in changes:
        required_now = required_notifications(
            given_alert, AlertActions(), ROUTING, histories_of(sent), clock=BEGAN + 10, stale_after=DAY
        )
        assert {one.notification_id for one in required_now}.isdisjoint(one.notification_id for one in sent)
        sent += required_now
        again = required_notifications(
            given_alert, AlertActions(), ROUTING, histories_of(sent), clock=BEGAN + 10, stale_after=DAY
        )
        assert again == set()
    for one in sent:
        if one.kind in CLOSING:
            assert any(
                (other.recipient, other.episode) == (one.recipient, one.episode) and other.kind not in CLOSING
                for other in sent
            )
