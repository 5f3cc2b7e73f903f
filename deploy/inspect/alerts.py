"""Select alerts, and write each with how it is handled: in words for people, in fields for programs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec

from schemas.products import OPEN_STATUSES, SEVERITIES, Alert
from schemas.rows import write_json
from schemas.times import to_rfc3339
from streams.actions import AlertActions
from streams.actions.handling import ActionInForce, Handling
from streams.policy.times_in_words import when

FIELDS: Final = (
    *Alert.__struct_fields__,
    "acknowledged_by",
    "acknowledged_until",
    "assignee",
    "silenced_by",
    "silenced_until",
    "silenced_because",
    "escalated_to",
    "closed_by",
    "notes",
)
"""The names of :func:`alert_fields`, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFilter:
    """Which alerts to select; None selects any."""

    statuses: Collection[str] = OPEN_STATUSES
    force: str | None = None
    rule: str | None = None
    severity: str | None = None
    system: str | None = None
    team: str | None = None
    handled_by: str | None = None
    """Assigned to this person or acknowledged by them."""
    aside: bool | None = None
    """Whether it is silenced or closed by the registrar."""


class HandledAlert(NamedTuple):
    """An alert, and how people are handling it."""

    alert: Alert
    handling: Handling


def select_alerts(
    alerts: Iterable[Alert],
    alert_actions: Mapping[tuple[str, str], AlertActions],
    alert_filter: AlertFilter,
    present: int,
) -> list[HandledAlert]:
    """Return the selected alerts as handled at ``present`` (ms), the gravest and most urgent first."""
    nothing = AlertActions()
    selected = [
        HandledAlert(alert, handling)
        for alert in alerts
        if _matches(alert, alert_filter)
        for handling in (alert_actions.get((alert.force, alert.alert_id), nothing).handling(present),)
        if _is_handled_as(handling, alert_filter)
    ]
    return sorted(selected, key=lambda handled: _urgency(handled.alert))


def _urgency(alert: Alert) -> tuple[int, int, str]:
    return SEVERITIES.index(alert.severity), alert.due_at or alert.raised_at, alert.alert_id


def _matches(alert: Alert, alert_filter: AlertFilter) -> bool:
    limits = (
        (alert_filter.force, alert.force),
        (alert_filter.rule, alert.rule_id),
        (alert_filter.severity, alert.severity),
        (alert_filter.system, alert.subject_system),
        (alert_filter.team, alert.team),
    )
    return alert.status in alert_filter.statuses and all(limit in (None, value) for limit, value in limits)


def _is_handled_as(handling: Handling, alert_filter: AlertFilter) -> bool:
    aside = handling.silenced is not None or handling.is_closed
    return (
        alert_filter.handled_by is None or is_handled_by(handling, alert_filter.handled_by)
    ) and alert_filter.aside in (None, aside)


def is_handled_by(handling: Handling, person: str) -> bool:
    """Return whether an alert is assigned to a person or acknowledged by them."""
    acknowledged = handling.acknowledged
    return handling.assignee == person or (acknowledged is not None and acknowledged.by == person)


def handling_in_words(handling: Handling, present: int) -> str:
    """Say how an alert is handled, with local times; nothing where nobody has done anything."""
    parts: list[str] = []
    if handling.override is not None:
        parts.append(f"closed by {handling.override.by}")
    if (silenced := handling.silenced) is not None:
        parts.append(f"silenced by {silenced.by}{_until(silenced.until, present)}")
    if (acknowledged := handling.acknowledged) is not None:
        parts.append(f"acknowledged by {acknowledged.by}{_until(acknowledged.until, present)}")
    if handling.assignee is not None:
        parts.append(f"with {handling.assignee}")
    if handling.level is not None:
        parts.append(f"escalated to {handling.level}")
    return "; ".join(parts)


def _until(moment: int | None, present: int) -> str:
    return "" if moment is None else f" until {when(moment, present)}"


def alert_fields(handled: HandledAlert) -> dict[str, object]:
    """Return an alert's fields as ``alerts export`` writes them, and then those of its handling.

    Times are in UTC.
    """
    fields = msgspec.json.decode(write_json(handled.alert), type=dict[str, object])
    handling = handled.handling
    acknowledged_by, acknowledged_until, _ = _held(handling.acknowledged)
    silenced_by, silenced_until, silenced_because = _held(handling.silenced)
    return fields | {
        "acknowledged_by": acknowledged_by,
        "acknowledged_until": acknowledged_until,
        "assignee": handling.assignee,
        "silenced_by": silenced_by,
        "silenced_until": silenced_until,
        "silenced_because": silenced_because,
        "escalated_to": handling.level,
        "closed_by": None if handling.override is None else handling.override.by,
        "notes": len(handling.notes),
    }


def _held(held: ActionInForce | None) -> tuple[str | None, str | None, str | None]:
    """Return who decided something, through when it holds, and why."""
    if held is None:
        return None, None, None
    return held.by, None if held.until is None else to_rfc3339(held.until), held.text
