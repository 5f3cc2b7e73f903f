"""What the policy says of people's part: how long an action may hold, when nobody's action escalates, who is told when.

None of it is effective-dated: it is about those who look at alerts today, not about the time of a report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

from schemas.products import OPEN_STATUSES, Severity
from streams.policy import reading
from streams.policy.reading import NotAllowedError, PolicyError, Reader, read, refusal

Level = Literal["SUPERVISOR", "DUTY_INSPECTOR", "FCR"]
LEVELS: Final[tuple[Level, ...]] = get_args(Level)
"""To whom an alert goes that nobody acknowledges, in the order of asking."""

Escalation = Mapping[Level, int]
"""How long after an alert began, in ms, each level is asked; a level that is missing never is."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ActionPolicy:
    """How long what people do may hold, in ms, and when doing nothing escalates."""

    acknowledgement: int
    """How long an acknowledgement holds unless whoever gives it says otherwise."""
    acknowledgement_longest: int
    silence_longest: int
    text_longest: int
    """Characters of a note, a reason or a rationale."""
    escalation: Mapping[tuple[str, str], Escalation]
    """By status and severity; missing where nothing escalates."""

    def escalation_of(self, status: str, severity: str) -> Escalation:
        """When each level is asked about an alert of this status and severity."""
        return self.escalation.get((status, severity), {})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NotificationPolicy:
    """How notifications are gathered, repeated and given up; lengths of time in ms."""

    urgent_wait: int
    """How long what is urgent waits to see whether it comes alone."""
    group_wait: int
    """How long what is not urgent waits for more of its kind."""
    storm_messages: int
    """More urgent messages to one recipient within ``storm_window`` become one with a count."""
    storm_window: int
    listed_longest: int
    """How many alerts one message names; the rest are counted."""
    digest_at: int
    """Local time of the daily digest, minutes since midnight."""
    retry_first: int
    retry_longest: int
    give_up_after: int
    stale_after: int
    """An alert that last changed longer ago is news to nobody: it is left to the digest."""


_ACTION_KEYS: Final[Mapping[str, Reader]] = MappingProxyType(
    {
        "acknowledgement": reading.a_duration,
        "acknowledgement_longest": reading.a_duration,
        "silence_longest": reading.a_duration,
        "text_longest": reading.a_whole_number(1, 100_000),
    }
)
_NOTIFICATION_KEYS: Final[Mapping[str, Reader]] = MappingProxyType(
    {
        "urgent_wait": reading.a_duration_or_none,
        "group_wait": reading.a_duration_or_none,
        "storm_messages": reading.a_whole_number(1, 10_000),
        "storm_window": reading.a_duration,
        "listed_longest": reading.a_whole_number(1, 1_000),
        "digest_at": reading.a_time_of_day,
        "retry_first": reading.a_duration,
        "retry_longest": reading.a_duration,
        "give_up_after": reading.a_duration,
        "stale_after": reading.a_duration,
    }
)
ACTION_KEYS: Final = frozenset(_ACTION_KEYS) | {"escalation"}
NOTIFICATION_KEYS: Final = frozenset(_NOTIFICATION_KEYS)


def read_actions(table: Mapping[str, object]) -> dict[str, Any]:
    """The read values of an ``[actions]`` table, escalations by ``(status, severity)``; raises PolicyError."""
    reading.refuse_unknown("actions.", table, ACTION_KEYS)
    values = {
        key: read(_ACTION_KEYS[key], f"actions.{key}", item) for key, item in table.items() if key != "escalation"
    }
    if "escalation" in table:
        values["escalation"] = _read_escalations(table["escalation"])
    return values


def read_notifications(table: Mapping[str, object]) -> dict[str, Any]:
    """The read values of a ``[notifications]`` table; raises PolicyError."""
    reading.refuse_unknown("notifications.", table, NOTIFICATION_KEYS)
    return {key: read(_NOTIFICATION_KEYS[key], f"notifications.{key}", item) for key, item in table.items()}


def actions_of(values: Mapping[str, Any]) -> ActionPolicy:
    """The actions of a whole policy's values; raises PolicyError."""
    policy = ActionPolicy(**{**values, "escalation": MappingProxyType(values["escalation"])})
    if policy.acknowledgement > policy.acknowledgement_longest:
        raise PolicyError(
            f'policy: actions.acknowledgement = "{policy.acknowledgement}ms": allowed is at most '
            f'acknowledgement_longest, "{policy.acknowledgement_longest}ms"'
        )
    return policy


def notifications_of(values: Mapping[str, Any]) -> NotificationPolicy:
    """The notifications of a whole policy's values; raises PolicyError."""
    policy = NotificationPolicy(**values)
    if policy.retry_first > policy.retry_longest:
        raise PolicyError(
            f'policy: notifications.retry_first = "{policy.retry_first}ms": allowed is at most retry_longest, '
            f'"{policy.retry_longest}ms"'
        )
    return policy


def _read_escalations(stated: object) -> dict[tuple[str, str], Escalation]:
    found: dict[tuple[str, str], Escalation] = {}
    for status, severities in read(reading.a_table, "actions.escalation", stated).items():
        where = f"actions.escalation.{status}"
        if status not in OPEN_STATUSES:
            raise refusal(where, severities, f"only an entry for {' or '.join(OPEN_STATUSES)}")
        for severity, levels in read(reading.a_table, where, severities).items():
            if severity not in get_args(Severity):
                raise refusal(f"{where}.{severity}", levels, f"only an entry for {', '.join(get_args(Severity))}")
            found[status, severity] = read(_an_escalation, f"{where}.{severity}", levels)
    return found


def _an_escalation(value: object) -> Escalation:
    """Reads when each level is asked: durations that grow with the level."""
    allowed = f"durations for some of {', '.join(LEVELS)}, each longer than that of the level before"
    if not isinstance(value, dict) or value.keys() - set(LEVELS):
        raise NotAllowedError(allowed)
    waits = {level: reading.a_duration_or_none(value[level]) for level in LEVELS if level in value}
    if list(waits.values()) != sorted(set(waits.values())):
        raise NotAllowedError(allowed)
    return MappingProxyType(waits)
