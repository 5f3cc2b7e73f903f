"""Hand a shift over."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec

from schemas.products import AlertAction
from streams.actions.faults import SHIFT


def hand_over(
    *,
    action_id: str,
    force: str,
    alert_ids: Sequence[str],
    by: str,
    role: str,
    to: str,
    at: int,
    text: str | None = None,
) -> tuple[AlertAction, ...]:
    """Return the actions that hand a shift over to ``to``: one about the shift, and one about each alert.

    The ids of the latter follow from ``action_id`` and the alert, so that sending them twice hands over once.
    """
    shift = AlertAction(
        action_id=action_id,
        alert_id=SHIFT,
        force=force,
        kind="HANDOVER",
        by=by,
        role=role,
        at=at,
        text=text,
        assignee=to,
    )
    of_alerts = (
        msgspec.structs.replace(
            shift,
            action_id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"cdi|handover|{action_id}|{alert_id}")),
            alert_id=alert_id,
        )
        for alert_id in dict.fromkeys(alert_ids)
    )
    return (shift, *of_alerts)
