"""An inspection of what the workers know: their state read back, and its figures beside HMIC's."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from agents.kafka.reader import latest
from agents.worker.monitors import force_of
from deploy.scenario import PUBLISHED, PublishedFigure
from streams.engine.clocks import clock_for
from streams.engine.monitor import Monitor
from streams.reports.figures import Figure, Period, figures
from streams.topology.topics import STATE_CHANGELOG

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from streams.policy import PolicyBook

_ALL_TIME = Period(-(1 << 62), 1 << 62)
_AGAIN_SECONDS = 0.5


class Line(NamedTuple):
    """One figure as the rules find it, and as HMIC published it."""

    label: str
    found: Figure | None
    published: PublishedFigure

    @property
    def agrees(self) -> bool:
        """Whether both say the same."""
        return self.found is not None and (self.found.found, self.found.of) == self.published


def monitors(settings: Settings, book: PolicyBook) -> dict[str, Monitor]:
    """Return the workers' monitors, by force, made of the state they keep on the broker.  Raises UnreadableError."""
    found: dict[str, Monitor] = {}
    for key, value in latest(settings, STATE_CHANGELOG).items():
        force = force_of(key)
        if force not in found:
            found[force] = Monitor(force, book, clock=clock_for(settings.clock))
        found[force].restore(key, value)
    for monitor in found.values():
        monitor.restored()
    return found


def monitors_at(settings: Settings, book: PolicyBook, clock: int, patience: float) -> dict[str, Monitor]:
    """Return the workers' monitors once all have reached ``clock`` (ms), or as they are when patience (s) ends."""
    give_up_at = time.monotonic() + patience
    while True:
        found = monitors(settings, book)
        if found and all(monitor.clock is not None and monitor.clock >= clock for monitor in found.values()):
            return found
        if time.monotonic() > give_up_at:
            return found
        time.sleep(_AGAIN_SECONDS)


def compared(found: Iterable[Monitor], published: Mapping[str, PublishedFigure] = PUBLISHED) -> list[Line]:
    """Return every figure HMIC published beside what the rules find, in the report's order."""
    by_label = {figure.label: figure for figure in figures([monitor.context for monitor in found], _ALL_TIME)}
    return [Line(label, by_label.get(label), said) for label, said in published.items()]
