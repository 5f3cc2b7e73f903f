"""Send what changes in the read model to every open screen, as server-sent events.

The hub asks the database what changed, so it does not matter which board wrote it.  A screen that reconnects names the
last change it saw and is sent the rest.  A screen that cannot keep up is told to load anew, and dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import msgspec
import structlog
from anyio import to_thread
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from dashboards.board.domain.filters import Filters
from dashboards.board.domain.kafka_health import KafkaHealth
from dashboards.board.domain.people import Person
from dashboards.board.domain.ports import Clock
from dashboards.board.live.freshness import Freshness, freshness
from dashboards.board.readmodel import ReadModel, alerts, cases
from dashboards.board.readmodel.failures import fault_of
from dashboards.board.readmodel.feeds import force_clocks
from dashboards.board.readmodel.store import newest_change
from streams.policy import PolicyBook

_log: Final = structlog.get_logger("cdi.board")

FLUSH_SECONDS: Final = 0.25
PULSE_MS: Final = 1000
_MOST_AT_ONCE: Final = 400
"""After more changes than this between two polls, every screen loads anew."""
_QUEUE: Final = 20

RenderRow = Callable[[alerts.AlertListItem, Freshness], str]


class Event(msgspec.Struct, frozen=True):
    """One server-sent event."""

    name: str
    data: dict[str, Any]
    change: int


@dataclass(slots=True, eq=False)
class Screen:
    """One open page that receives events."""

    person: Person
    filters: Filters | None = None
    """Of a list."""
    alert_id: str | None = None
    """Of an alert's own page."""
    subjects: frozenset[tuple[str, str]] = frozenset()
    """The records (system, normalised ref) shown on an alert's own page."""
    since: int = 0
    """The change it showed when it was loaded."""
    waiting: asyncio.Queue[Event] = field(default_factory=lambda: asyncio.Queue(_QUEUE))
    dropped: bool = False

    def put(self, event: Event) -> None:
        """Queue an event; where the queue is full, drop the screen and tell it to load anew."""
        if self.dropped:
            return
        if self.waiting.full():
            self.dropped = True
            while not self.waiting.empty():
                self.waiting.get_nowait()
            event = Event("reload", {}, event.change)
        self.waiting.put_nowait(event)

    async def events(self) -> AsyncIterator[Event]:
        """Yield events until the screen is dropped."""
        while True:
            event = await self.waiting.get()
            yield event
            if event.name == "reload":
                return


@dataclass(frozen=True, slots=True)
class _ReadModelChanges:
    """What changed between two polls."""

    change: int
    ids: tuple[str, ...]
    cases: frozenset[tuple[str, str, str]]
    too_many: bool


class Hub:
    """Polls the read model and sends every screen what concerns it."""

    def __init__(
        self, model: ReadModel, kafka_health: KafkaHealth, book: PolicyBook, clock: Clock, render_row: RenderRow
    ) -> None:
        self._model = model
        self._kafka_health = kafka_health
        self._book = book
        self._clock = clock
        self._render_row = render_row
        self._screens: set[Screen] = set()
        self._last_change = 0
        self._polled_at = clock()
        self._pulsed_at = 0
        self._sending = asyncio.Lock()

    async def run(self) -> None:
        """Poll and send, until cancelled."""
        self._last_change = await to_thread.run_sync(self._model.newest_change)
        while True:
            try:
                async with self._sending:
                    await self.poll()
            except SQLAlchemyError as failure:
                _log.warning("board_cannot_look", reason=fault_of(failure))
            except Exception as failure:  # noqa: BLE001 - one row that cannot be shown must not end it for every screen
                _log.error("board_cannot_send_changes", reason=fault_of(failure))
                for screen in self._screens:
                    screen.put(Event("many", {}, self._last_change))
            await asyncio.sleep(FLUSH_SECONDS)

    async def open(self, screen: Screen) -> None:
        """Send a screen what it missed since it was loaded, and from then on what changes."""
        self._screens.add(screen)
        async with self._sending:
            changes = await to_thread.run_sync(self._changes_since, screen.since, self._clock(), self._clock())
            await self._send([screen], changes, pulse=True)

    @property
    def screens(self) -> int:
        """How many screens are open."""
        return len(self._screens)

    def close(self, screen: Screen) -> None:
        """Forget a screen."""
        self._screens.discard(screen)

    async def poll(self) -> None:
        """Poll once, and send every screen what concerns it."""
        wall = self._clock()
        pulse = wall - self._pulsed_at >= PULSE_MS
        screens = [screen for screen in self._screens if not screen.dropped]
        changes = await to_thread.run_sync(self._changes_since, self._last_change, self._polled_at, wall)
        self._last_change, self._polled_at = changes.change, wall
        if not screens or not (pulse or changes.ids or changes.cases):
            return
        if pulse:
            self._pulsed_at = wall
        await self._send(screens, changes, pulse=pulse)

    async def _send(self, screens: list[Screen], changes: _ReadModelChanges, *, pulse: bool) -> None:
        events_by_screen = await to_thread.run_sync(partial(self._events, screens, changes, pulse=pulse))
        for screen, events in events_by_screen.items():
            for event in events:
                screen.put(event)

    def _changes_since(self, change: int, after: int, wall: int) -> _ReadModelChanges:
        with self._model.reading() as connection:
            newest = newest_change(connection)
            if newest < change:  # the read model was made anew
                return _ReadModelChanges(newest, (), frozenset(), too_many=True)
            ids = alerts.changed_since(connection, change, _MOST_AT_ONCE + 1) if newest > change else []
            changed = cases.changed_since(connection, change, _MOST_AT_ONCE) if newest > change else []
            ids += alerts.expired_between(connection, after, wall)
        return _ReadModelChanges(newest, tuple(dict.fromkeys(ids)), frozenset(changed), len(ids) > _MOST_AT_ONCE)

    def _events(
        self, screens: Iterable[Screen], changes: _ReadModelChanges, *, pulse: bool
    ) -> dict[Screen, list[Event]]:
        """Return the events of each screen; those with the same filters and person share the work."""
        wall = self._clock()
        shared: dict[object, Event] = {}
        events_by_screen: dict[Screen, list[Event]] = {}
        with self._model.reading() as connection:
            clocks = force_clocks(connection)
            everything = freshness(clocks, self._kafka_health, self._book, wall)
            rows: dict[str, str] = {}
            for screen in screens:
                events = events_by_screen.setdefault(screen, [])
                view = (screen.filters, screen.person)
                if pulse:
                    fresh = freshness(
                        [clock for clock in clocks if screen.person.sees(clock.force)],
                        self._kafka_health,
                        self._book,
                        wall,
                    )
                    events.append(Event("pulse", pulse_data(fresh, self._kafka_health), changes.change))
                if changes.too_many:
                    events.append(Event("many", {}, changes.change))
                elif screen.filters is not None and changes.ids:
                    if view not in shared:
                        shared[view] = self._rows(connection, screen, changes, everything, rows)
                    if shared[view].data["rows"] or shared[view].data["gone"]:
                        events.append(shared[view])
                elif screen.alert_id is not None and self._concerns(connection, screen, changes):
                    events.append(Event("changed", {}, changes.change))
        return events_by_screen

    def _rows(
        self, connection: Connection, screen: Screen, changes: _ReadModelChanges, fresh: Freshness, rows: dict[str, str]
    ) -> Event:
        filters = screen.filters or Filters()
        items = alerts.search(connection, filters, screen.person, fresh.wall, ids=changes.ids)
        for item in items:
            if item.alert.alert_id not in rows:
                rows[item.alert.alert_id] = self._render_row(item, fresh)
        listed = {item.alert.alert_id for item in items}
        not_visible = alerts.not_visible(connection, changes.ids, screen.person)
        data = {
            "rows": [
                {
                    "id": item.alert.alert_id,
                    "status": item.alert.status,
                    "severity": item.alert.severity,
                    "html": rows[item.alert.alert_id],
                }
                for item in items
            ],
            "gone": [alert_id for alert_id in changes.ids if alert_id not in listed | not_visible],
            "counts": msgspec.structs.asdict(alerts.counts(connection, filters, screen.person, fresh.wall)),
        }
        return Event("rows", data, changes.change)

    @staticmethod
    def _concerns(connection: Connection, screen: Screen, changes: _ReadModelChanges) -> bool:
        subjects = {(system, ref) for force, system, ref in changes.cases if screen.person.sees(force)}
        if not screen.subjects.isdisjoint(subjects):
            return True
        this = [alert_id for alert_id in changes.ids if alert_id == screen.alert_id]
        return bool(this) and not alerts.not_visible(connection, this, screen.person)


def pulse_data(fresh: Freshness, kafka_health: KafkaHealth) -> dict[str, Any]:
    """Return the data of a pulse: the time of each force, the state of the feeds, and the warnings."""
    return {
        "wall": fresh.wall,
        "presents": fresh.presents,
        "asOf": fresh.as_of,
        "feeds": len(fresh.feeds),
        "stale": len(fresh.stale),
        "warnings": list(fresh.warnings),
        "behind": kafka_health.behind,
    }
