"""Counts of the running and the last whole minute, hour and day, in Faust's windowed tables.

Dashboards show them; no rule reads them.  The windows are of the message's own time (LogAppendTime), so a worker that
catches up fills those in which the messages came.  A batch that is read again after a crash or a rebalance is counted
again.  Windows expire by the wall clock, which is why obligations live in the state table instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import faust
import msgspec
from faust.types import TP

from agents.observability.metrics import ALERTS_IN_WINDOW, EVENTS_IN_WINDOW, Metrics
from agents.settings.clock import SYSTEM_CLOCK, ProcessClock
from agents.worker.faust_tables import ChangelogTable, changelog
from streams.topology.rates import ALERTS, EVENTS, WINDOWS, RateKey, RateWindow, alerts_key, by_window, events_key
from streams.topology.topics import RATE_CHANGELOGS

if TYPE_CHECKING:
    from faust.types import EventT

    from agents.kafka.producer import KafkaProducer
    from agents.settings.settings import Settings
    from agents.worker.pipeline.advance import Outcome

_UNREADABLE: Final = (("",), (0.0, 0.0))
"""Stands for a key of another version: it belongs to no partition of ours, so it is dropped."""

Windowed = tuple[RateKey, tuple[float, float]]
"""What is counted, and in which window (first and last second), as Faust spells the key of a windowed table."""


class _RawKey(msgspec.Struct, array_like=True, frozen=True):
    """A key as the changelog has it."""

    start: int
    counted: RateKey


_read_key: Final = msgspec.json.Decoder(_RawKey)


class RateTable(ChangelogTable[Windowed, int]):
    """Counts by key and tumbling window of one length."""

    def __init__(self, app: faust.App, settings: Settings, producer: KafkaProducer, window: RateWindow) -> None:
        super().__init__(
            app,
            producer=producer,
            name=window.table,
            default=int,
            key_type=bytes,
            value_type=bytes,
            partitions=settings.partitions,
            changelog_topic=changelog(app, settings, RATE_CHANGELOGS[window]),
        )
        self.tumbling(window.size_ms / 1000, expires=window.kept_ms / 1000)
        self.spec = window
        self._partition_of = settings.partition_of

    def range_of(self, start: int) -> tuple[float, float]:
        """Return the window that began at ``start`` (ms) as Faust spells it."""
        bounds: tuple[float, float] = self.window.current(start / 1000)  # type: ignore[union-attr]
        return bounds

    def add(self, event: EventT[Any], counts: Mapping[tuple[RateKey, int], int], wall: int) -> None:
        """Add counts that follow from ``event``, by key and start of window (ms).

        Windows that have expired are left out.
        """
        with self.on_behalf_of(event):
            for (counted, start), number in counts.items():
                if start + self.spec.size_ms + self.spec.kept_ms > wall:
                    name = counted, self.range_of(start)
                    self[name] = self.data.get(name, 0) + number

    def count(self, counted: RateKey, start: int) -> int:
        """Return the count of the window that began at ``start`` (ms)."""
        number: int = self.data.get((counted, self.range_of(start)), 0)
        return number

    def raw_key(self, key: Windowed) -> bytes:
        """Return a key as the changelog has it."""
        counted, (start, _) = key
        return msgspec.json.encode(_RawKey(round(start * 1000), counted))

    def raw_value(self, value: int | None) -> bytes | None:
        """Return a count as the changelog has it."""
        return None if value is None else b"%d" % value

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Drop the keys of other workers' partitions, and let recovered ones expire, which Faust omits."""
        owned = frozenset(tp.partition for tp in active_tps)
        self.drop_except(owned, lambda key: self._partition(key[0]))
        for key in self.data:
            self._maybe_set_key_ttl(key, self._partition(key[0]))
        await super().on_recovery_completed(active_tps, standby_tps)

    def _partition(self, counted: RateKey) -> int:
        return self._partition_of(counted[0]) if counted[0] else -1

    def _maybe_set_key_ttl(self, key: Any, partition: int) -> None:  # noqa: ANN401
        """Note once when a key expires.

        Faust would note it on every write, and keep each note as long as the key.
        """
        if key not in self._partition_timestamp_keys.get((partition, key[1][1]), ()):
            super()._maybe_set_key_ttl(key, partition)

    def _to_key(self, k: bytes) -> Windowed:
        try:
            raw = _read_key.decode(k)
        except msgspec.MsgspecError:
            return _UNREADABLE
        return raw.counted, self.range_of(raw.start)

    def _to_value(self, v: bytes | None) -> int:
        return int(v) if v and v.isdigit() else 0


class Rates:
    """The windowed tables, one for each length of window."""

    def __init__(
        self, app: faust.App, settings: Settings, producer: KafkaProducer, clock: ProcessClock = SYSTEM_CLOCK
    ) -> None:
        self.tables = tuple(RateTable(app, settings, producer, window) for window in WINDOWS)
        for table in self.tables:
            app.tables.add(table)
        self._partition_of = settings.partition_of
        self._clock = clock

    def write(self, outcome: Outcome) -> None:
        """Count an outcome's records and changes of alerts: one write a key and window.

        A change of an alert is counted at the time of the newest message of its partition in the batch.
        """
        newest, wall = outcome.batch.newest, self._clock.wall()
        for partition, counted in self._by_partition(outcome, newest).items():
            for table in self.tables:
                table.add(newest[partition], by_window(table.spec, counted), wall)

    def refresh(self, metrics: Metrics, owned: frozenset[int]) -> None:
        """Set the gauges of the running and the last whole windows, of owned partitions only."""
        wall = self._clock.wall()
        keys = {counted for table in self.tables for counted, _ in table.data}
        values: dict[str, dict[tuple[str, ...], float]] = {EVENTS: {}, ALERTS: {}}
        for force, kind, *labels in keys:
            if self._partition_of(force) not in owned:
                continue
            for table in self.tables:
                running = table.spec.start(wall)
                for which, start in (("running", running), ("last", running - table.spec.size_ms)):
                    number = table.count((force, kind, *labels), start)
                    values[kind][force, *labels, table.spec.name, which] = number
        metrics.replace(EVENTS_IN_WINDOW, values[EVENTS])
        metrics.replace(ALERTS_IN_WINDOW, values[ALERTS])

    def _by_partition(
        self, outcome: Outcome, newest: Mapping[int, EventT[Any]]
    ) -> dict[int, list[tuple[RateKey, int, int]]]:
        counts: dict[int, list[tuple[RateKey, int, int]]] = {}
        for (force, feed, minute), number in outcome.records.items():
            counts.setdefault(self._partition_of(force), []).append((events_key(force, feed), minute, number))
        for partition, force, changes in outcome.changes:
            moment = round(newest[partition].message.timestamp * 1000)
            counts.setdefault(partition, []).extend(
                (alerts_key(force, alert.rule_id, alert.status), moment, 1) for alert in changes.alerts
            )
        return {partition: counted for partition, counted in counts.items() if counted}
