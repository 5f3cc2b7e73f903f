"""Alerts and how each is being handled, as a list for people and for programs: filtered, sorted, in words or fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, get_args

import msgspec

from schemas.products import SEVERITIES, Alert, Status
from schemas.rows import write_json
from schemas.times import to_rfc3339
from streams.actions import AlertActions
from streams.actions.handling import Handling, Held
from streams.policy.times_in_words import when

STATUSES: Final[tuple[str, ...]] = get_args(Status)
OPEN: Final = frozenset({"AT_RISK", "BREACHED"})

FIELDS: Final = (
    *Alert.__struct_fields__, "acknowledged_by", "acknowledged_until", "assignee", "silenced_by", "silenced_until",
    "silenced_because", "escalated_to", "closed_by", "notes",
)  # fmt: skip
"""Of :func:`as_fields`, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a list is limited to; None limits nothing."""

    statuses: frozenset[str] = OPEN
    force: str | None = None
    rule: str | None = None
    severity: str | None = None
    system: str | None = None
    team: str | None = None
    handled_by: str | None = None
    """Assigned to this person or acknowledged by them."""
    aside: bool | None = None
    """Silenced or closed by the registrar; False: neither."""


class Listed(NamedTuple):
    """An alert, and what stands of what people did about it."""

    alert: Alert
    handling: Handling


def listed(
    alerts: Iterable[Alert], alert_actions: Mapping[tuple[str, str], AlertActions], wanted: Wanted, present: int
) -> list[Listed]:
    """Return the alerts wanted as they are handled at ``present`` (ms), the gravest and most urgent first."""
    nothing = AlertActions()
    found = [
        Listed(alert, handling)
        for alert in alerts
        if _is_wanted(alert, wanted)
        for handling in (alert_actions.get((alert.force, alert.alert_id), nothing).handling(present),)
        if _is_handled_as(handling, wanted)
    ]
    return sorted(found, key=lambda each: _urgency(each.alert))


def _urgency(alert: Alert) -> tuple[int, int, str]:
    return SEVERITIES.index(alert.severity), alert.due_at or alert.raised_at, alert.alert_id


def _is_wanted(alert: Alert, wanted: Wanted) -> bool:
    asked = (
        (wanted.force, alert.force),
        (wanted.rule, alert.rule_id),
        (wanted.severity, alert.severity),
        (wanted.system, alert.subject_system),
        (wanted.team, alert.team),
    )
    return alert.status in wanted.statuses and all(limit in (None, value) for limit, value in asked)


def _is_handled_as(handling: Handling, wanted: Wanted) -> bool:
    aside = handling.silenced is not None or handling.is_closed
    return (wanted.handled_by is None or is_with(handling, wanted.handled_by)) and wanted.aside in (None, aside)


def is_with(handling: Handling, person: str) -> bool:
    """Whether somebody has an alert in hand: it is assigned to them, or they acknowledged it."""
    acknowledged = handling.acknowledged
    return handling.assignee == person or (acknowledged is not None and acknowledged.by == person)


def in_words(handling: Handling, present: int) -> str:
    """Say how an alert is handled, times as Europe/London's clocks show them; nothing where nobody did anything."""
    said: list[str] = []
    if handling.override is not None:
        said.append(f"closed by {handling.override.by}")
    if (silenced := handling.silenced) is not None:
        said.append(f"silenced by {silenced.by}{_until(silenced.until, present)}")
    if (acknowledged := handling.acknowledged) is not None:
        said.append(f"acknowledged by {acknowledged.by}{_until(acknowledged.until, present)}")
    if handling.assignee is not None:
        said.append(f"with {handling.assignee}")
    if handling.level is not None:
        said.append(f"escalated to {handling.level}")
    return "; ".join(said)


def _until(moment: int | None, present: int) -> str:
    return "" if moment is None else f" until {when(moment, present)}"


def as_fields(each: Listed) -> dict[str, object]:
    """Write an alert as ``alerts export`` does, and behind its fields what stands of what people did; times in UTC."""
    fields = msgspec.json.decode(write_json(each.alert), type=dict[str, object])
    handling = each.handling
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


def _held(held: Held | None) -> tuple[str | None, str | None, str | None]:
    """Return who decided something, through when it holds, and why."""
    if held is None:
        return None, None, None
    return held.by, None if held.until is None else to_rfc3339(held.until), held.text
