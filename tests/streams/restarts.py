"""Watching with restarts: state is written and read back at every stop, which must change no alert."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.products import Alert
from schemas.records import Snapshot
from streams.engine.clocks import Clock, StreamClock
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook
from tests.streams.world import BUILT_IN, FORCE, Outcome, Time, ms


class Restarts:
    """A monitor that can be ended and begun again from the table it has written."""

    def __init__(self, book: PolicyBook = BUILT_IN, *, clock: type[Clock] = StreamClock) -> None:
        self._clock = clock
        self.monitor = Monitor(FORCE, book, clock=clock)
        self.table: dict[bytes, bytes] = {}
        self.alerts: list[Alert] = []
        self._book = book

    def write(self) -> None:
        """Collect the alerts, and write what changed."""
        changes = self.monitor.drain()
        self.alerts += changes.alerts
        for key, value in changes.state:
            if value is None:
                self.table.pop(key, None)
            else:
                self.table[key] = value

    def restart(self) -> None:
        """Write, end, and begin again with what was written."""
        self.write()
        self.monitor = Monitor(FORCE, self._book, clock=self._clock)
        for key, value in self.table.items():
            self.monitor.restore(key, value)
        self.monitor.restored()

    @property
    def outcome(self) -> Outcome:
        """Everything published so far."""
        self.write()
        return Outcome(tuple(self.alerts))


def run_with_restarts(*snapshots: Snapshot, stops: Iterable[Time], book: PolicyBook = BUILT_IN) -> Outcome:
    """Have snapshots watched on the stream clock to the last of the stops, with a restart at each."""
    restarts = Restarts(book)
    for snapshot in snapshots:
        restarts.monitor.apply(snapshot, snapshot.event_time)
    for stop in stops:
        restarts.monitor.advance(ms(stop))
        restarts.restart()
    return restarts.outcome
