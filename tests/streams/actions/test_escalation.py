from __future__ import annotations

import pytest

from schemas.products import Alert
from streams.actions import AlertActions, escalations_due, next_escalation
from streams.policy import PolicyBook, PolicyError
from streams.policy.calendar import HOUR, MINUTE
from tests.streams.actions.alerts import BEGAN, action, alert

POLICY = PolicyBook.built_in().actions
NOBODY = AlertActions()


def levels(given_alert: Alert, clock: int, alert_actions: AlertActions = NOBODY) -> list[str | None]:
    """Name the levels an alert has come to."""
    return [
        escalation.level for escalation in escalations_due(given_alert, alert_actions.handling(clock), POLICY, clock)
    ]


def test_an_alert_nobody_acknowledges_goes_up_level_by_level() -> None:
    """Each at the policy's moment after the breach, not a millisecond before."""
    assert levels(alert(), BEGAN + 30 * MINUTE - 1) == []
    assert levels(alert(), BEGAN + 30 * MINUTE) == ["SUPERVISOR"]
    assert levels(alert(), BEGAN + 2 * HOUR) == ["SUPERVISOR", "DUTY_INSPECTOR"]
    assert levels(alert(), BEGAN + 8 * HOUR) == ["SUPERVISOR", "DUTY_INSPECTOR", "FCR"]


def test_a_level_is_reached_once() -> None:
    """What was made is not made again, and the next moment is the next level's."""
    clock = BEGAN + 30 * MINUTE
    done = AlertActions.of(escalations_due(alert(), NOBODY.handling(clock), POLICY, clock))
    assert levels(alert(), clock, done) == []
    assert next_escalation(alert(), done.handling(clock), POLICY) == BEGAN + 2 * HOUR
    assert levels(alert(), BEGAN + 2 * HOUR, done) == ["DUTY_INSPECTOR"]


def test_two_notifiers_name_an_escalation_alike() -> None:
    """The id is the alert's and the level's, whenever it is made."""
    ids = [
        [escalation.action_id for escalation in escalations_due(alert(), NOBODY.handling(clock), POLICY, clock)]
        for clock in (BEGAN + HOUR, BEGAN + HOUR + 777)
    ]
    assert ids[0] == ids[1]


def test_nothing_escalates_while_somebody_sees_to_it() -> None:
    """An acknowledgement holds it up; when it ends without more, what is overdue comes at once."""
    acknowledged = AlertActions.of([action("ACK", expires_at=BEGAN + 3 * HOUR)])
    assert levels(alert(), BEGAN + 3 * HOUR, acknowledged) == []
    assert next_escalation(alert(), acknowledged.handling(BEGAN), POLICY) == BEGAN + 3 * HOUR + 1
    assert levels(alert(), BEGAN + 3 * HOUR + 1, acknowledged) == ["SUPERVISOR", "DUTY_INSPECTOR"]


def test_a_silenced_or_overridden_alert_does_not_escalate() -> None:
    """The silence has its end; the registrar's decision has none."""
    silenced = AlertActions.of([action("SILENCE", text="known", expires_at=BEGAN + 9 * HOUR)])
    closed = AlertActions.of([action("OVERRIDE", text="not ours")])
    assert levels(alert(), BEGAN + 9 * HOUR, silenced) == []
    assert levels(alert(), BEGAN + 9 * HOUR, closed) == []
    assert next_escalation(alert(), closed.handling(BEGAN), POLICY) is None


def test_a_person_who_escalates_skips_the_levels_below() -> None:
    """The inspector knows; only the registrar is left to ask."""
    handling_actions = AlertActions.of([action("ESCALATE", level="DUTY_INSPECTOR")])
    assert levels(alert(), BEGAN + 9 * HOUR, handling_actions) == ["FCR"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"status": "CLEARED", "reason": "RECORDED_LATE"}, []),
        ({"status": "WITHDRAWN", "reason": "MET_IN_TIME"}, []),
        ({"certainty": "PROVISIONAL"}, []),
        ({"certainty": "PROVISIONAL", "severity": "CRITICAL"}, ["SUPERVISOR", "DUTY_INSPECTOR"]),
        ({"severity": "LOW"}, []),
        ({"status": "AT_RISK", "certainty": "PROVISIONAL", "severity": "CRITICAL"}, ["SUPERVISOR"]),
        ({"raised_at": BEGAN + 25 * MINUTE, "severity": "CRITICAL"}, ["SUPERVISOR"]),
    ],
)
def test_what_escalates_is_open_and_sure_or_critical(changes: dict[str, object], expected: list[str]) -> None:
    """Half an hour after a breach (and less than that after it was found)."""
    assert levels(alert(**changes), BEGAN + 30 * MINUTE) == expected


def test_a_force_may_set_its_own_times() -> None:
    """Entry by entry, over the built-in ones."""
    own = 'version = "own"\n[actions.escalation.BREACHED]\nHIGH = { FCR = "1m" }\n'
    policy = PolicyBook.from_toml(own).actions
    assert policy.escalation_of("BREACHED", "HIGH") == {"FCR": MINUTE}
    assert policy.escalation_of("BREACHED", "CRITICAL") == POLICY.escalation_of("BREACHED", "CRITICAL")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[actions.escalation.CLEARED]\nHIGH = { FCR = "1m" }', "only an entry for AT_RISK or BREACHED"),
        ('[actions.escalation.BREACHED]\nHUGE = { FCR = "1m" }', "only an entry for CRITICAL, HIGH"),
        ('[actions.escalation.BREACHED]\nHIGH = { CHIEF = "1m" }', "durations for some of"),
        ('[actions.escalation.BREACHED]\nHIGH = { SUPERVISOR = "2m", FCR = "1m" }', "longer than that of the level"),
        ('[actions]\nacknowledgement = "25h"', "at most acknowledgement_longest"),
        ('[actions]\nsilence_longest = "0s"', "above zero"),
        ('[notifications]\nretry_first = "2h"', "at most retry_longest"),
        ("[notifications]\nstorm_messages = 0", "from 1 to"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(text: str, why: str) -> None:
    """In one line that says what is allowed."""
    with pytest.raises(PolicyError, match=why):
        PolicyBook.from_toml(f'version = "own"\n{text}\n')
