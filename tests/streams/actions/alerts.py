"""Alerts and actions to try things on."""

from __future__ import annotations

from typing import Any

import msgspec

from schemas.products import Alert, AlertAction

BEGAN = 1_700_000_000_000
ALERT = Alert(
    alert_id="11111111-1111-5111-8111-111111111111",
    force="LEICS",
    rule_id="crime-not-recorded",
    policy_version="builtin-1",
    subject_system="STORM",
    subject_ref="LP-1",
    severity="HIGH",
    status="BREACHED",
    certainty="CONFIRMED",
    due_at=BEGAN,
    breached_at=BEGAN,
    raised_at=BEGAN - 1000,
    updated_at=BEGAN + 1,
    sequence=2,
    title="A reported crime is not recorded",
)


def alert(**changes: Any) -> Alert:
    """Make an alert that differs from the usual one."""
    return msgspec.structs.replace(ALERT, **changes)


def action(kind: str, at: int = BEGAN, **more: Any) -> AlertAction:
    """Make an action of a supervisor (an override or audit: of the registrar) on the usual alert."""
    role = "FCR" if kind in {"OVERRIDE", "AUDIT"} else "SUPERVISOR"
    usual = {
        "action_id": f"{kind}-{at}",
        "alert_id": ALERT.alert_id,
        "force": ALERT.force,
        "by": "asmith",
        "role": role,
    }
    return msgspec.convert({**usual, "kind": kind, "at": at, **more}, AlertAction)
