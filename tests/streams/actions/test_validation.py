from __future__ import annotations

import pytest

from schemas.products import AlertAction
from streams.actions import ActionRefusedError, check, role_of
from streams.policy import PolicyBook
from streams.policy.calendar import DAY, HOUR, MINUTE
from tests.streams.actions.alerts import BEGAN, action, alert

POLICY = PolicyBook.built_in().actions
SECRET = "Jane Doe of 4 Mill Lane"

ALLOWED = [
    action("ACK", expires_at=BEGAN + 24 * HOUR),
    action("ASSIGN", assignee="bjones"),
    action("ASSIGN"),
    action("NOTE", text="x" * 2000),
    action("SILENCE", text="known fault", expires_at=BEGAN + 7 * DAY),
    action("SILENCE", text="known fault", expires_at=BEGAN + 1),
    action("UNSILENCE"),
    action("ESCALATE", level="DUTY_INSPECTOR"),
    action("HANDOVER", assignee="bjones", alert_id=""),
    action("OVERRIDE", text="C1 applies", outcome="CLOSE"),
    action("OVERRIDE", text="C1 applies"),
    action("AUDIT", outcome="COMPLIANT"),
    action("ACK", role="duty-inspector", expires_at=BEGAN + 1),
    action("NOTE", text="seen", at=BEGAN + MINUTE),
]
REFUSED = [
    (action("ACK"), "nothing holds for ever"),
    (action("ACK", expires_at=BEGAN + 24 * HOUR + 1), "24 hours at most"),
    (action("ACK", at=BEGAN - 10, expires_at=BEGAN - 1), "lies in the past"),
    (action("ACK", at=BEGAN - 10, expires_at=BEGAN), "lies in the past"),
    (action("SILENCE", expires_at=BEGAN + 1), "needs a reason"),
    (action("SILENCE", text=" \t", expires_at=BEGAN + 1), "needs a reason"),
    (action("SILENCE", text=SECRET), "nothing holds for ever"),
    (action("SILENCE", text=SECRET, expires_at=BEGAN), "lies in the past"),
    (action("SILENCE", text=SECRET, expires_at=BEGAN + 7 * DAY + 1), "7 days at most"),
    (action("NOTE"), "needs words"),
    (action("NOTE", text=SECRET * 100), "more than 2000 characters"),
    (action("NOTE", text="seen", at=BEGAN + MINUTE + 1), "not that of the clock"),
    (action("NOTE", text="seen", by=" "), "somebody who did it"),
    (action("NOTE", text="seen", by="x" * 201), "a name of more than 200"),
    (action("NOTE", text="seen\0Jane"), "text: holds a NUL"),
    (action("NOTE", text="Jane\udce9"), "text: text that is no Unicode"),
    (action("NOTE", text="seen", by="Jane\0"), "by: holds a NUL"),
    (action("NOTE", text="seen", alert_id=""), "only a handover"),
    (action("ESCALATE", level="CHIEF"), "needs a level"),
    (action("HANDOVER"), "somebody who takes over"),
    (action("OVERRIDE"), "needs a rationale"),
    (action("OVERRIDE", text=SECRET, outcome="PERHAPS"), "CLOSE, REOPEN"),
    (action("OVERRIDE", text=SECRET, role="SUPERVISOR"), "SUPERVISOR may not OVERRIDE"),
    (action("OVERRIDE", text=SECRET, role="DUTY_INSPECTOR"), "may not OVERRIDE"),
    (action("AUDIT"), "needs an outcome"),
    (action("AUDIT", role="OPS", outcome="FINE"), "OPS may not AUDIT"),
    (action("ACK", role="AUDITOR", expires_at=BEGAN + 1), "AUDITOR may not ACK"),
    (action("ACK", role=SECRET, expires_at=BEGAN + 1), "a role there is not may not ACK"),
]


@pytest.mark.parametrize("given_action", ALLOWED, ids=lambda alert_action: alert_action.kind)
def test_what_is_whole_and_within_bounds_may_be_done(given_action: AlertAction) -> None:
    """Up to the very bound."""
    check(given_action, POLICY, BEGAN, alert() if given_action.alert_id else None)


@pytest.mark.parametrize(("given_action", "why"), REFUSED)
def test_what_may_not_be_done_is_refused_in_a_sentence(given_action: AlertAction, why: str) -> None:
    """It says what is wrong, and repeats nothing of what was written."""
    with pytest.raises(ActionRefusedError, match=why) as refusal:
        check(given_action, POLICY, BEGAN)
    assert "Jane" not in str(refusal.value)


def test_operations_act_on_feeds_only() -> None:
    """They keep the machine running; what it watches is others' business."""
    given_action = action("ACK", role="OPS", expires_at=BEGAN + 1)
    check(given_action, POLICY, BEGAN, alert(subject_system="FEED"))
    with pytest.raises(ActionRefusedError, match="feeds only"):
        check(given_action, POLICY, BEGAN, alert())


def test_an_action_names_the_force_of_its_alert() -> None:
    """Or it would land in another force's partition."""
    with pytest.raises(ActionRefusedError, match="this alert of this force"):
        check(action("UNSILENCE", force="DERBS"), POLICY, BEGAN, alert())


def test_roles_are_known_however_they_are_spelt() -> None:
    """A sign-in may say duty-inspector where we say DUTY_INSPECTOR."""
    assert [role_of(name) for name in ("duty inspector", "fcr ", "Supervisor", "deputy-fcr", "Ddm", "chief")] == [
        "DUTY_INSPECTOR",
        "FCR",
        "SUPERVISOR",
        "DEPUTY_FCR",
        "DDM",
        None,
    ]
