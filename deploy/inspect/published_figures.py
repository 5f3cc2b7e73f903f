"""Compare the figures that the rules find with those that HMIC published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from deploy.scenario import PUBLISHED, PublishedFigure
from streams.engine.monitor import Monitor
from streams.reports.figure import ALWAYS, Figure
from streams.reports.figures import figures


class FigureComparison(NamedTuple):
    """One figure as the rules find it, and as HMIC published it."""

    label: str
    computed: Figure | None
    published: PublishedFigure

    @property
    def agrees(self) -> bool:
        """Whether both are the same."""
        return self.computed is not None and (self.computed.found, self.computed.of) == self.published


def compare_with_published(
    monitors: Iterable[Monitor], published: Mapping[str, PublishedFigure] = PUBLISHED
) -> list[FigureComparison]:
    """Return every published figure beside what the rules find, in the order of HMIC's report."""
    by_label = {figure.label: figure for figure in figures([monitor.context for monitor in monitors], ALWAYS)}
    return [FigureComparison(label, by_label.get(label), figure) for label, figure in published.items()]
