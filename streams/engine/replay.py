"""A force's whole history judged under one policy by the stream clock, in parts.

It is judged as backtest judges: every snapshot is applied first, then the clock passes through all of their moments.
The parts change nothing, since the clock passes through the same moments in the same order; they let a caller show
progress.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from schemas.products import Alert
from schemas.records import Snapshot
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook

PARTS = 50


class Replay:
    """One force's snapshots under one policy."""

    def __init__(
        self, force: str, book: PolicyBook, snapshots: Sequence[Snapshot], *, read_at: int, parts: int = PARTS
    ) -> None:
        """Apply every snapshot; ``read_at`` is the reader's clock (ms).

        A run is made of about so many ``parts``.
        """
        self._parts = parts
        self._monitor = Monitor(force, book, keeps_state=False, keeps_reviews=False)
        self._final: dict[str, Alert] = {}
        self._moments = sorted(snapshot.event_time for snapshot in snapshots)
        for snapshot in snapshots:
            self._monitor.apply(snapshot, read_at)

    def run(self, until: int) -> Iterator[float]:
        """Let the clock pass to ``until`` (ms), and yield after each part the share done, from 0 to 1."""
        size = max(1, len(self._moments) // self._parts)
        for done, moment in enumerate(self._moments[size::size], start=1):
            if moment < until:
                self._advance(moment)
                yield min(1.0, done * size / len(self._moments))
        self._advance(until)
        yield 1.0

    def _advance(self, moment: int) -> None:
        self._monitor.advance(moment)
        self._final.update((alert.alert_id, alert) for alert in self._monitor.drain_alerts())

    @property
    def alerts(self) -> list[Alert]:
        """The final state of every alert, by alert_id."""
        return [self._final[alert_id] for alert_id in sorted(self._final)]

    @property
    def counts(self) -> Counter[str]:
        """Duplicates, and bodies that contradict one another under one event_id."""
        return Counter(self._monitor.drain().counted)

    def begin_times(self) -> dict[str, int]:
        """Return when the matter of each alert began (ms), by alert_id, where its record is in state."""
        return {
            stored.alert.alert_id: getattr(matter.record.first, kind.begins)
            for kind, matters in self._monitor.context.facts.matters.items()
            if kind.begins
            for matter in matters.values()
            if matter.held
            for stored in matter.alerts
        }
