"""The figures of parts as reports in JSON and CSV state them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from streams.reports.figure_fields import figure_fields
from streams.reports.parts import PartFigures
from streams.reports.spreadsheet import csv_table

_SHARES: Final = ("found", "of", "not_known", "share", "low", "high", "at_least", "at_most")
_HEADER: Final = ("kind", "by", "value", "reports", "measure", *_SHARES)


def part_fields(figures: PartFigures) -> dict[str, Any]:
    """Return a part and its figures: shares between 0 and 1, to four decimals."""
    part = figures.part
    return {
        "kind": part.kind,
        "by": part.by.lower(),
        "value": part.value or None,
        "reports": part.totals.reports,
        **dict(_measures(figures)),
    }


def parts_as_csv(parts: Iterable[PartFigures]) -> bytes:
    """Write the figures of parts as a table, a row a figure."""
    rows = (
        (part.kind, part.by.lower(), part.value, part.totals.reports, measure, *shares.values())
        for figures in parts
        for part in (figures.part,)
        for measure, shares in _measures(figures)
    )
    return csv_table(_HEADER, rows)


def _measures(figures: PartFigures) -> Iterator[tuple[str, dict[str, Any]]]:
    for measure, figure in (("recorded", figures.recorded), ("in_time", figures.in_time)):
        fields = figure_fields(figure)
        yield measure, {name: fields[name] for name in _SHARES}
