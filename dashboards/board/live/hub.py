"""From the read model to every open screen: what changed since, a few times a second, as server-sent events.

The hub asks the database what changed, so it does not matter which board took it in, and a screen that was away says
which change it saw last and is told the rest.  A screen that cannot keep up is told to load anew, and dropped.
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
from dashboards.board.domain.kafka_health import Contact
from dashboards.board.domain.people import Person
from dashboards.board.domain.ports import Clock
from dashboards.board.live.freshness import Freshness, freshness, known_clocks
from dashboards.board.readmodel import ReadModel, alerts, cases
from dashboards.board.readmodel.store import newest_change
from streams.policy import PolicyBook

_log: Final = structlog.get_logger("cdi.board")

FLUSH_SECONDS: Final = 0.25
PULSE_MS: Final = 1000
_MOST_AT_ONCE: Final = 400
"""More changes than this between two looks, and every screen loads anew instead."""
_QUEUE: Final = 20

RenderRow = Callable[[alerts.Listed, Freshness], str]


class Event(msgspec.Struct, frozen=True):
    """One server-sent event."""

    name: str
    data: dict[str, Any]
    change: int


@dataclass(slots=True, eq=False)
class Screen:
    """One open page that wants to be told."""

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
        """Queue an event; where the screen has not taken the ones before, drop it instead."""
        if self.dropped:
            return
        if self.waiting.full():
            self.dropped = True
            while not self.waiting.empty():
                self.waiting.get_nowait()
            event = Event("reload", {}, event.change)
        self.waiting.put_nowait(event)

    async def events(self) -> AsyncIterator[Event]:
        """Yield what comes, until the screen is dropped."""
        while True:
            event = await self.waiting.get()
            yield event
            if event.name == "reload":
                return


@dataclass(frozen=True, slots=True)
class _Changes:
    """What changed between two looks."""

    change: int
    ids: tuple[str, ...]
    cases: frozenset[tuple[str, str, str]]
    too_many: bool


class Hub:
    """Looks at the read model and tells every screen what concerns it."""

    def __init__(
        self, model: ReadModel, contact: Contact, book: PolicyBook, clock: Clock, render_row: RenderRow
    ) -> None:
        self._model = model
        self._contact = contact
        self._book = book
        self._clock = clock
        self._render_row = render_row
        self._screens: set[Screen] = set()
        self._seen = 0
        self._looked_at = clock()
        self._pulsed_at = 0
        self._telling = asyncio.Lock()

    async def run(self) -> None:
        """Look and tell, until cancelled."""
        self._seen = await to_thread.run_sync(self._model.newest_change)
        while True:
            try:
                async with self._telling:
                    await self.look()
            except SQLAlchemyError as failure:
                _log.warning("board_cannot_look", reason=type(failure).__name__)
            await asyncio.sleep(FLUSH_SECONDS)

    async def open(self, screen: Screen) -> None:
        """Tell a screen what it missed since it was loaded, and from then on what comes."""
        self._screens.add(screen)
        async with self._telling:
            changes = await to_thread.run_sync(self._changes_since, screen.since, self._clock(), self._clock())
            await self._tell([screen], changes, pulse=True)

    @property
    def screens(self) -> int:
        """How many screens are open."""
        return len(self._screens)

    def close(self, screen: Screen) -> None:
        """Forget a screen."""
        self._screens.discard(screen)

    async def look(self) -> None:
        """Look once, and tell every screen."""
        wall = self._clock()
        pulse = wall - self._pulsed_at >= PULSE_MS
        screens = [screen for screen in self._screens if not screen.dropped]
        changes = await to_thread.run_sync(self._changes_since, self._seen, self._looked_at, wall)
        self._seen, self._looked_at = changes.change, wall
        if not screens or not (pulse or changes.ids or changes.cases):
            return
        if pulse:
            self._pulsed_at = wall
        await self._tell(screens, changes, pulse=pulse)

    async def _tell(self, screens: list[Screen], changes: _Changes, *, pulse: bool) -> None:
        told = await to_thread.run_sync(partial(self._told, screens, changes, pulse=pulse))
        for screen, events in told.items():
            for event in events:
                screen.put(event)

    def _changes_since(self, change: int, after: int, wall: int) -> _Changes:
        with self._model.reading() as connection:
            newest = newest_change(connection)
            if newest < change:  # the read model was made anew
                return _Changes(newest, (), frozenset(), too_many=True)
            ids = alerts.changed_since(connection, change, _MOST_AT_ONCE + 1) if newest > change else []
            changed = cases.changed_since(connection, change, _MOST_AT_ONCE) if newest > change else []
            ids += alerts.expired_between(connection, after, wall)
        return _Changes(newest, tuple(dict.fromkeys(ids)), frozenset(changed), len(ids) > _MOST_AT_ONCE)

    def _told(self, screens: Iterable[Screen], changes: _Changes, *, pulse: bool) -> dict[Screen, list[Event]]:
        """Work out what to tell each screen; those with the same filters and rights share the work."""
        wall = self._clock()
        shared: dict[object, Event] = {}
        told: dict[Screen, list[Event]] = {}
        with self._model.reading() as connection:
            known = known_clocks(connection)
            everything = freshness(known, self._contact, self._book, wall)
            rows: dict[str, str] = {}
            for screen in screens:
                events = told.setdefault(screen, [])
                mine = (screen.filters, screen.person)
                if pulse:
                    fresh = freshness(
                        [clock for clock in known if screen.person.sees(clock.said.force)],
                        self._contact, self._book, wall,
                    )  # fmt: skip
                    events.append(Event("pulse", pulse_data(fresh, self._contact), changes.change))
                if changes.too_many:
                    events.append(Event("many", {}, changes.change))
                elif screen.filters is not None and changes.ids:
                    if mine not in shared:
                        shared[mine] = self._rows(connection, screen, changes, everything, rows)
                    if shared[mine].data["rows"] or shared[mine].data["gone"]:
                        events.append(shared[mine])
                elif screen.alert_id is not None and self._concerns(screen, changes):
                    events.append(Event("changed", {}, changes.change))
        return told

    def _rows(
        self, connection: Connection, screen: Screen, changes: _Changes, fresh: Freshness, rows: dict[str, str]
    ) -> Event:
        filters = screen.filters or Filters()
        found = alerts.listed(connection, filters, screen.person, fresh.wall, ids=changes.ids)
        for item in found:
            if item.alert.alert_id not in rows:
                rows[item.alert.alert_id] = self._render_row(item, fresh)
        shown = {item.alert.alert_id for item in found}
        unseen = alerts.unseen(connection, changes.ids, screen.person)
        data = {
            "rows": [
                {"id": item.alert.alert_id, "status": item.alert.status, "severity": item.alert.severity,
                 "html": rows[item.alert.alert_id]}
                for item in found
            ],
            "gone": [alert_id for alert_id in changes.ids if alert_id not in shown | unseen],
            "counts": msgspec.structs.asdict(alerts.counts(connection, filters, screen.person, fresh.wall)),
        }  # fmt: skip
        return Event("rows", data, changes.change)

    @staticmethod
    def _concerns(screen: Screen, changes: _Changes) -> bool:
        subjects = {(system, ref) for force, system, ref in changes.cases if screen.person.sees(force)}
        return screen.alert_id in changes.ids or not screen.subjects.isdisjoint(subjects)


def pulse_data(fresh: Freshness, contact: Contact) -> dict[str, Any]:
    """Say what time it is for each force, and what must not be missed."""
    return {
        "wall": fresh.wall,
        "presents": fresh.presents,
        "asOf": fresh.as_of,
        "feeds": len(fresh.feeds),
        "stale": len(fresh.stale),
        "warnings": list(fresh.warnings),
        "behind": contact.behind,
    }
