"""The figures of the parts of reports, as tables in which small private counts are hidden."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

import msgspec

from dashboards.board.domain.disclosure_control import suppressed
from dashboards.board.domain.indicators import Proportion
from streams.reports.figure import Figure
from streams.reports.parts import WITHOUT_REPORT, Dimension, PartFigures

IN_WORDS: Final[dict[Dimension, str]] = {
    "ROUTE": "route",
    "TEAM": "team",
    "CLASS": "offence class",
    "REPORTER": "who reported",
}
_PRIVATE_KINDS: Final = frozenset({"Referrals", "Protection reports"})
_PRIVATE_CLASS: Final = "RAPE"


class PartRow(msgspec.Struct, frozen=True):
    """One part."""

    value: str
    recorded: Proportion
    in_time: Proportion


class PartTable(msgspec.Struct, frozen=True):
    """The parts of one kind of report by one dimension."""

    kind: str
    by: str
    """In words."""
    rows: tuple[PartRow, ...]
    has_share: bool
    """Whether crimes recorded are a share of those identified, and not just so many."""


def part_tables(figures: Iterable[PartFigures], *, reveal: bool) -> list[PartTable]:
    """Return a table for each kind and dimension, in their order.

    Of referrals and protection reports, and of rape, small counts are hidden, and what they could be worked out from.
    """
    return [
        PartTable(kind, IN_WORDS[by], _rows(list(of_table), reveal=reveal), kind != WITHOUT_REPORT)
        for (kind, by), of_table in groupby(figures, key=lambda one: one.part[:2])
    ]


def _rows(parts: Sequence[PartFigures], *, reveal: bool) -> tuple[PartRow, ...]:
    private = [one.part.kind in _PRIVATE_KINDS or one.part.value == _PRIVATE_CLASS for one in parts]
    hides = [False] * len(parts)
    if not reveal:
        measures = ([one.recorded for one in parts], [one.in_time for one in parts])
        by_measure = (suppressed([(figure.found, figure.of) for figure in measure], private) for measure in measures)
        hides = [any(of_part) for of_part in zip(*by_measure, strict=True)]
    return tuple(
        PartRow(one.part.value, _proportion(one.recorded, hide=hide), _proportion(one.in_time, hide=hide))
        for one, hide in zip(parts, hides, strict=True)
    )


def _proportion(figure: Figure, *, hide: bool) -> Proportion:
    if hide:
        return Proportion(figure.label, 0, 0, hidden=True)
    bounds = None if figure.bounds is None else (figure.bounds.at_least, figure.bounds.at_most)
    return Proportion(figure.label, figure.found, figure.of, not_known=figure.not_known, bounds=bounds)
