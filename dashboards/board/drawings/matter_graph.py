"""Draw a matter as a graph: a box a record, a column a kind of system, a line a link.  Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

import msgspec

from schemas.identifiers import normalise
from schemas.products import OPEN_STATUSES, Alert
from streams.reports.linked_cases import CaseSubject, HeldCase, TracedMatter

BOX_WIDTH: Final = 216
BOX_HEIGHT: Final = 58
_ACROSS: Final = 300
_DOWN: Final = 78
_MARGIN: Final = 12
_HEADING: Final = 26
_COLUMNS: Final = {"CMC": 0, "CATS": 0, "SENTINEL": 0, "PPN": 0, "STORM": 1, "CIS": 2, "PNC": 3, "TRAINING": 3}
_DISPOSAL_COLUMN: Final = 3
_HEADINGS: Final = ("Calls and partners", "Incidents", "Crimes", "Outcomes")


class Box(msgspec.Struct, frozen=True):
    """One record."""

    x: float
    y: float
    system: str
    ref: str
    state: str
    named: bool
    """The reference looked up names it."""
    held: bool
    """A system holds it; else other records only name it."""
    alerts: int
    """How many open alerts are about it."""


class LinkLine(msgspec.Struct, frozen=True):
    """One link, as a curve."""

    path: str
    held: bool


class ColumnHeading(msgspec.Struct, frozen=True):
    """What a column holds."""

    x: float
    text: str


class MatterGraph(msgspec.Struct, frozen=True):
    """A drawing of a matter."""

    width: float
    height: float
    headings: tuple[ColumnHeading, ...]
    boxes: tuple[Box, ...]
    lines: tuple[LinkLine, ...]


def matter_graph(matter: TracedMatter) -> MatterGraph:
    """Place each record in its system's column, the earliest first, and draw the links."""
    columns: dict[int, list[tuple[CaseSubject, HeldCase | None]]] = {}
    for case in matter.linked.held:
        column = _DISPOSAL_COLUMN if case.kind == "disposal" else _COLUMNS[case.case.system]
        columns.setdefault(column, []).append((case.subject, case))
    for subject in sorted(matter.linked.unheld):
        columns.setdefault(_COLUMNS.get(subject[0], 0), []).append((subject, None))
    used = sorted(columns)
    tallest = max((len(column) for column in columns.values()), default=0)
    named = {case.subject for case in matter.named}
    boxes: dict[CaseSubject, Box] = {}
    for place, column in enumerate(used):
        gap = (tallest - len(columns[column])) * _DOWN / 2
        for row, (subject, record) in enumerate(columns[column]):
            x, y = _MARGIN + place * _ACROSS, _HEADING + _MARGIN + gap + row * _DOWN
            boxes[subject] = _box(x, y, subject, record, matter, named=subject in named)
    pairs = {(min(pair), max(pair)) for pair in matter.linked.links}
    return MatterGraph(
        width=2 * _MARGIN + max(0, len(used) - 1) * _ACROSS + BOX_WIDTH,
        height=_HEADING + 2 * _MARGIN + max(1, tallest) * _DOWN,
        headings=tuple(
            ColumnHeading(_MARGIN + place * _ACROSS, _HEADINGS[column]) for place, column in enumerate(used)
        ),
        boxes=tuple(boxes.values()),
        lines=tuple(_line(boxes[one], boxes[other], boxes.values()) for one, other in sorted(pairs)),
    )


def _box(
    x: float, y: float, subject: CaseSubject, record: HeldCase | None, matter: TracedMatter, *, named: bool
) -> Box:
    system, ref = subject
    open_alerts = sum(_is_about(alert, subject) for alert in matter.alerts)
    if record is None:
        return Box(x, y, system, ref, "not held", named, held=False, alerts=open_alerts)
    return Box(x, y, system, record.case.ref, _state(record), named, held=True, alerts=open_alerts)


def _is_about(alert: Alert, subject: CaseSubject) -> bool:
    """Return whether an alert is open and about this record."""
    about = (alert.subject_system, normalise(alert.subject_ref))
    return about == subject and alert.status in OPEN_STATUSES


def _state(record: HeldCase) -> str:
    facts = {fact.name: fact.value for fact in record.case.summary}
    values: Iterable[str] = (facts.get(name, "") for name in ("status", "decision", "kind"))
    return next((value.replace("_", " ").lower() for value in values if value and value != "not stated"), "held")


def _line(start: Box, end: Box, boxes: Collection[Box]) -> LinkLine:
    """Draw a link through the gaps of the columns between; within one column, around its right side."""
    left, right = (start, end) if start.x <= end.x else (end, start)
    x, y = left.x + BOX_WIDTH, left.y + BOX_HEIGHT / 2
    end_x, end_y = right.x, right.y + BOX_HEIGHT / 2
    path = f"M{x} {y}"
    if left.x == right.x:
        end_x += BOX_WIDTH
        path += f"C{x + 40} {y} {end_x + 40} {end_y} {end_x} {end_y}"
        return LinkLine(path, held=start.held and end.held)
    for column in sorted({box.x for box in boxes if left.x < box.x < right.x}):
        gap = _gap([box.y for box in boxes if box.x == column], y + (end_y - y) * (column - x) / (end_x - x))
        path += f"{_curve(x, y, column, gap)}H{column + BOX_WIDTH}"
        x, y = column + BOX_WIDTH, gap
    return LinkLine(path + _curve(x, y, end_x, end_y), held=start.held and end.held)


def _curve(x1: float, y1: float, x2: float, y2: float) -> str:
    bend = (x2 - x1) / 2
    return f"C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"


def _gap(tops: list[float], straight: float) -> float:
    """Return the gap between a column's boxes that is nearest to where a straight line would pass."""
    free = (_DOWN - BOX_HEIGHT) / 2
    gaps = [min(tops) - free, *(top + BOX_HEIGHT + free for top in tops)]
    return min(gaps, key=lambda gap: (abs(gap - straight), gap))
