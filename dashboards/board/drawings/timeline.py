"""Draw everything that happened around one alert on one axis, to scale against the deadline.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal

import msgspec

from dashboards.board.domain import wording
from schemas.products import BREACH_STATUSES, Alert, AlertAction
from streams.policy.calendar import DAY, HOUR, MINUTE, local_time_on_day_of
from streams.policy.times_in_words import london_time, when
from streams.reports.linked_cases import HeldCase

EntryKind = Literal["RECORD", "ALERT", "ACTION"]

WIDTH: Final = 1000
_LEFT: Final = 112
_RIGHT: Final = 24
_TOP: Final = 34
_LANE: Final = 36
_BOTTOM: Final = 34
_APART: Final = 22
"""Marks closer together than this (in the drawing's units) are drawn as one."""
_MOST_TICKS: Final = 8
_STEPS: Final = (
    MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
    91 * DAY,
    364 * DAY,
    3640 * DAY,
    36_400 * DAY,
    364_000 * DAY,
)


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened."""

    at: int
    lane: str
    text: str
    kind: EntryKind
    ref: str = ""
    event_id: str | None = None


class Mark(msgspec.Struct, frozen=True):
    """One mark for one or several entries; its numbers are those of the table below the drawing."""

    x: float
    y: float
    first: int
    last: int
    kind: EntryKind
    text: str
    beyond: bool
    """It happened outside the axis: people act by the wall clock, the records may be of another time."""

    @property
    def label(self) -> str:
        """The numbers of its entries."""
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"

    @property
    def half_width(self) -> float:
        """Half of its width."""
        return 11.0 if len(self.label) < 3 else 7.0 + 4.6 * len(self.label)


class AxisTick(msgspec.Struct, frozen=True):
    """A labelled time on the axis."""

    x: float
    text: str


class Lane(msgspec.Struct, frozen=True):
    """One system's line."""

    y: float
    name: str


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """A drawing and its entries, numbered from 1 in the order of time."""

    entries: tuple[TimelineEntry, ...]
    marks: tuple[Mark, ...]
    lanes: tuple[Lane, ...]
    ticks: tuple[AxisTick, ...]
    height: float
    left: float = _LEFT
    right: float = WIDTH - _RIGHT
    width: float = WIDTH
    due_x: float | None = None
    present_x: float | None = None


def record_entries(cases: Iterable[HeldCase]) -> list[TimelineEntry]:
    """Return everything that systems recorded, in the order of time."""
    entries = [
        TimelineEntry(
            at=moment.event_time,
            lane=held.case.system,
            text=f"{held.case.ref}: {moment.summary.replace('_', ' ')}",
            kind="RECORD",
            ref=held.case.ref,
            event_id=moment.event_id,
        )
        for held in cases
        for moment in held.case.moments
    ]
    return sorted(entries, key=_by_time)


def entries_of(alert: Alert, cases: Iterable[HeldCase], actions: Iterable[AlertAction]) -> list[TimelineEntry]:
    """Return everything that happened around an alert, in the order of time.

    That is: what every system recorded, the changes of the alert, and the actions on it.
    """
    entries = record_entries(cases)
    entries.append(TimelineEntry(at=alert.raised_at, lane="Alert", text="Alert raised", kind="ALERT"))
    if alert.breached_at is not None and alert.status in BREACH_STATUSES:
        entries.append(TimelineEntry(at=alert.breached_at, lane="Alert", text="Breached", kind="ALERT"))
    if alert.status in {"CLEARED", "WITHDRAWN"}:
        reason = f": {wording.REASONS[alert.reason]}" if alert.reason else ""
        entries.append(
            TimelineEntry(
                at=alert.updated_at, lane="Alert", text=f"{wording.STATUS_NAMES[alert.status]}{reason}", kind="ALERT"
            )
        )
    entries += [
        TimelineEntry(at=action.at, lane="People", text=action_text(action), kind="ACTION") for action in actions
    ]
    return sorted(entries, key=_by_time)


def _by_time(entry: TimelineEntry) -> tuple[int, bool, str, str]:
    """Order entries by time; at one moment a record stands before what the alert made of it."""
    return entry.at, entry.kind != "RECORD", entry.lane, entry.text


def action_text(action: AlertAction) -> str:
    """Return a line about an action, without the text that its author wrote."""
    line = f"{action.by} {wording.ACTIONS[action.kind]}"
    if action.kind in {"ASSIGN", "HANDOVER"}:
        line += f" to {action.assignee}" if action.assignee else " to nobody"
    elif action.kind == "ESCALATE":
        line += f" to {wording.LEVELS.get(action.level or '', action.level or '')}"
    elif action.outcome:
        line += f": {wording.plain(action.outcome)}"
    if action.expires_at is not None:
        line += f" until {when(action.expires_at, action.at)}"
    return line


def timeline(entries: Iterable[TimelineEntry], due_at: int | None, present: int | None) -> Timeline:
    """Draw entries to scale, with the deadline and, while the alert is open, the present; times in ms."""
    entries = tuple(entries)
    fixed = [entry.at for entry in entries if entry.kind != "ACTION"] or [entry.at for entry in entries]
    moments = [*fixed, *(moment for moment in (due_at, present) if moment is not None)]
    start, end = min(moments, default=0), max(moments, default=0)
    pad = max((end - start) // 40, MINUTE)
    start, end = start - pad, end + pad
    names = list(dict.fromkeys(entry.lane for entry in sorted(entries, key=_lane_order)))
    lanes = {name: Lane(_TOP + _LANE * (index + 0.5), name) for index, name in enumerate(names)}

    def x(moment: int) -> float:
        within = min(max(moment, start), end)
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * (within - start) / (end - start), 1)

    marks = [
        Mark(x(entry.at), lanes[entry.lane].y, number, number, entry.kind, entry.text, not start <= entry.at <= end)
        for number, entry in enumerate(entries, start=1)
    ]
    return Timeline(
        entries=entries,
        marks=tuple(mark for lane in lanes.values() for mark in _merged(m for m in marks if m.y == lane.y)),
        lanes=tuple(lanes.values()),
        ticks=tuple(AxisTick(x(moment), text) for moment, text in _ticks(start, end)),
        height=_TOP + _LANE * max(1, len(lanes)) + _BOTTOM,
        due_x=None if due_at is None else x(due_at),
        present_x=None if present is None else x(present),
    )


def _lane_order(entry: TimelineEntry) -> tuple[int, int, str]:
    """Sort systems by their first record, then the alert's own lane, then people's."""
    return ("RECORD", "ALERT", "ACTION").index(entry.kind), entry.at, entry.lane


def _merged(marks: Iterable[Mark]) -> Iterator[Mark]:
    """Merge the marks of one lane that would cover one another, where their numbers follow each other."""
    waiting: Mark | None = None
    for mark in marks:
        if waiting is None:
            waiting = mark
        elif mark.x - waiting.x < _APART and mark.first == waiting.last + 1 and mark.beyond == waiting.beyond:
            middle = round((waiting.x + mark.x) / 2, 1)
            waiting = msgspec.structs.replace(waiting, x=middle, last=mark.last, text=f"{waiting.text}; {mark.text}")
        else:
            yield waiting
            waiting = mark
    if waiting is not None:
        yield waiting


def _ticks(start: int, end: int) -> Iterator[tuple[int, str]]:
    """Yield the axis's times (ms) and labels: midnights, or whole hours or minutes on a short axis."""
    step = next((step for step in _STEPS if (end - start) / step <= _MOST_TICKS), _STEPS[-1])
    if step >= DAY:
        midnight = local_time_on_day_of(start, 24, 0)
        while midnight <= end:
            at = london_time(midnight)
            yield midnight, f"{at.day} {at:%b}" if end - start < 300 * DAY else f"{at.day} {at:%b %Y}"
            midnight = local_time_on_day_of(midnight + step + 2 * HOUR, 0, 0)  # past any change of the clocks
        return
    moment = local_time_on_day_of(start, 0, 0)
    while moment <= end:
        if moment >= start:
            at = london_time(moment)
            yield moment, f"{at.day} {at:%b}" if (at.hour, at.minute) == (0, 0) else f"{at:%H:%M}"
        following = moment + step
        midnight = local_time_on_day_of(moment, 24, 0)
        moment = midnight if moment < midnight < following else following
