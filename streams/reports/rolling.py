"""Rolling figures: how many alerts rose, were breached and cleared lately, by rule, team and class.

They are of event time: a breach belongs to the moment it was due, a clearance to the moment its obligation was met,
whenever either was seen.  So the same alerts and the same clock give the same figures, live, in a replay or on files.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

from schemas.products import BREACH_STATUSES, Alert
from streams.facts.context import Context
from streams.policy.calendar import DAY

WINDOWS: dict[str, int] = {"24 h": DAY, "7 d": 7 * DAY, "28 d": 28 * DAY}
"""How far back (ms) each window reaches; the clock's own moment is in, the one so long before it is not."""

Dimension: TypeAlias = Literal["force", "rule_id", "team", "offence_class", "severity"]
GROUPS: tuple[Dimension, ...] = ("rule_id", "team", "offence_class")


class WindowCounts(NamedTuple):
    """What happened in one window.  One alert may rise, be breached and be cleared in the same one."""

    raised: int
    breached: int
    """Became due and was not met in time, whether or not it has been met since."""
    cleared: int
    """Met late, or put right."""


class RollingFigures(NamedTuple):
    """The figures of one group."""

    group: tuple[str, ...]
    """The group's values, by dimension; empty where alerts state none."""
    counts: tuple[WindowCounts, ...]
    """By window, in the order of :data:`WINDOWS`."""


def rolling(alerts: Iterable[Alert], clock: int, by: Sequence[Dimension] = GROUPS) -> list[RollingFigures]:
    """Return the figures at ``clock`` (ms) of every group that has any, in order of the groups.

    Each alert counts as it says it is now: one that was withdrawn rose, and was not breached after all.
    """
    groups: dict[tuple[str, ...], list[Alert]] = {}
    longest = max(WINDOWS.values())
    for alert in alerts:
        if any(clock - longest < moment <= clock for moment in _moments(alert) if moment is not None):
            groups.setdefault(tuple(getattr(alert, name) or "" for name in by), []).append(alert)
    return [
        RollingFigures(group, tuple(_count(groups[group], clock, length) for length in WINDOWS.values()))
        for group in sorted(groups)
    ]


def breached_at(alert: Alert) -> int | None:
    """Return when (ms) the obligation was breached, or None if it was not."""
    return alert.breached_at if alert.status in BREACH_STATUSES else None


def cleared_at(alert: Alert) -> int | None:
    """Return when (ms) a breach was put right: its obligation met, or its condition right; None if not."""
    if alert.status != "CLEARED":
        return None
    if alert.due_at is not None and alert.lateness_ms is not None:
        return alert.due_at + alert.lateness_ms
    return alert.updated_at


def alerts_of(contexts: Iterable[Context]) -> Iterator[Alert]:
    """Yield every alert that some forces' monitors know, as it was last published, without its facts."""
    for context in contexts:
        for matters in context.facts.matters.values():
            for matter in matters.values():
                for stored in matter.alerts:
                    yield stored.alert


def _moments(alert: Alert) -> tuple[int | None, int | None, int | None]:
    return alert.raised_at, breached_at(alert), cleared_at(alert)


def _count(alerts: Collection[Alert], clock: int, length: int) -> WindowCounts:
    columns = zip(*map(_moments, alerts), strict=True)
    return WindowCounts(*(sum(m is not None and clock - length < m <= clock for m in column) for column in columns))
