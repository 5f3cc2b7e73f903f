"""The monitors of the forces this worker owns.

Each is made when first needed, rebuilt from the table, and dropped when its partition is revoked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final

from agents.topics.state_entries import force_of
from agents.worker.state_version import StateIsNewerError, UnreadableEntryError
from streams.engine.monitor import Monitor
from streams.engine.state_format import NewerStateError

_BUSY_EVERY: Final = 1000


def _nothing() -> None:
    """Do nothing."""


def _is_stream(monitor: Monitor) -> bool:
    return monitor.mode == "STREAM"


class NotRecoveredError(RuntimeError):
    """A message came before the state it belongs to was rebuilt."""


class Monitors:
    """One monitor a force; only of partitions this worker owns, and only after its state was rebuilt."""

    def __init__(self, new_monitor: Callable[[str], Monitor], partition_of: Callable[[str], int]) -> None:
        self._new_monitor = new_monitor
        self.partition_of = partition_of
        self._monitors: dict[str, Monitor] = {}
        self._owned: frozenset[int] = frozenset()
        self.times_rebuilt = 0

    @property
    def owned(self) -> frozenset[int]:
        """The partitions whose state is here."""
        return self._owned

    @property
    def partitions(self) -> frozenset[int]:
        """The partitions of which there is any state here."""
        return frozenset(map(self.partition_of, self._monitors))

    def monitor(self, force: str) -> Monitor:
        """Return the monitor of a force.  Raises NotRecoveredError where this worker does not hold its state."""
        monitor = self._monitors.get(force)
        if monitor is None:
            if self.partition_of(force) not in self._owned:
                raise NotRecoveredError(f"partition {self.partition_of(force)} is not recovered here")
            monitor = self._monitors[force] = self._new_monitor(force)
        return monitor

    def find(self, force: str) -> Monitor | None:
        """Return the monitor of a force if there is one here."""
        return self._monitors.get(force)

    def of_partition(self, partition: int) -> Iterator[tuple[str, Monitor]]:
        """Yield each force of a partition that has a monitor here, with its monitor."""
        return ((force, monitor) for force, monitor in self._monitors.items() if self.partition_of(force) == partition)

    def vouched(self) -> dict[str, int]:
        """Return through when (ms) each force's feeds are complete, where its stream clock is behind that."""
        gates = {force: monitor.completeness.gate() for force, monitor in self._monitors.items() if _is_stream(monitor)}
        return {
            force: gate
            for force, gate in gates.items()
            if gate is not None and ((clock := self._monitors[force].clock) is None or clock < gate)
        }

    def rebuild(
        self, entries: Iterable[tuple[bytes, bytes]], owned: Collection[int], still_busy: Callable[[], None] = _nothing
    ) -> int:
        """Replace every monitor by one made of the table's entries in owned partitions; count those entries.

        ``still_busy`` is called every so often, since this may take long.  Raises StateIsNewerError,
        UnreadableEntryError.
        """
        self._monitors, self._owned = {}, frozenset()
        self.times_rebuilt += 1
        monitors: dict[str, Monitor] = {}
        count = 0
        for key, value in entries:
            force = force_of(key)
            if self.partition_of(force) not in owned:
                continue
            if force not in monitors:
                monitors[force] = self._new_monitor(force)
            try:
                monitors[force].restore(key, value)
            except NewerStateError as newer:
                raise StateIsNewerError(self.partition_of(force), newer.version, newer.newest, force=force) from None
            except Exception as failure:  # noqa: BLE001 - rubbish fails in any way, and its text may quote a record
                raise UnreadableEntryError(self.partition_of(force), key, type(failure).__name__) from None
            count += 1
            if count % _BUSY_EVERY == 0:
                still_busy()
        for monitor in monitors.values():
            monitor.restored()
            still_busy()
        self._monitors, self._owned = monitors, frozenset(owned)
        return count
