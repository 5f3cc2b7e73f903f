"""How far what is on the screen can be believed: the feeds' completeness, the workers' ticks, the board's own ear."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

import msgspec
from sqlalchemy import Connection, select

from dashboards.board.domain import wording
from dashboards.board.domain.kafka_health import Contact
from dashboards.board.domain.people import Person
from dashboards.board.readmodel.tables import clocks
from schemas.products import ForceClock
from streams.policy import PolicyBook
from streams.policy.times_in_words import exact_time, when

FeedCondition = Literal["FRESH", "STALE", "UNHEARD"]

_UNHEARD_BOARD_MS: Final = 10_000
_UNTICKED_MS: Final = 30_000


class KnownClock(msgspec.Struct, frozen=True):
    """A force's clock, and the partition on which its worker ticks."""

    said: ForceClock
    partition: int

    def present(self, wall: int) -> int:
        """Return the moment that counts for a force: the wall clock live, else how far its stream has got."""
        return wall if self.said.mode == "LIVE" or self.said.clock is None else self.said.clock


class Feed(msgspec.Struct, frozen=True):
    """One feed of one force, as it is at a moment."""

    force: str
    topic: str
    complete_through: int | None
    condition: FeedCondition

    @property
    def name(self) -> str:
        """What people call it."""
        return wording.FEEDS.get(self.topic, self.topic)


class Freshness(msgspec.Struct, frozen=True):
    """What may be believed at a moment."""

    wall: int
    presents: dict[str, int]
    """The moment that counts for each force."""
    feeds: tuple[Feed, ...]
    warnings: tuple[str, ...]
    """What nobody who looks may miss, the worst first."""

    @property
    def stale(self) -> tuple[Feed, ...]:
        """The feeds that cannot be relied on now."""
        return tuple(feed for feed in self.feeds if feed.condition != "FRESH")

    @property
    def as_of(self) -> int | None:
        """How far every feed is complete; None where one never was heard, or there is none."""
        moments = [feed.complete_through for feed in self.feeds]
        return None if None in moments else min((moment for moment in moments if moment is not None), default=None)

    def present(self, force: str) -> int:
        """Return the moment that counts for a force."""
        return self.presents.get(force, self.wall)


def known_clocks(connection: Connection, person: Person | None = None) -> list[KnownClock]:
    """Return the clock of every force that a person may see."""
    found = []
    for row in connection.execute(select(clocks).order_by(clocks.c.force)).mappings():
        if person is None or person.sees(row["force"]):
            said = {
                **{name: row[name] for name in ("force", "mode", "clock")},
                "feeds": msgspec.json.decode(row["feeds"]),
            }
            found.append(KnownClock(msgspec.convert(said, ForceClock), row["partition"]))
    return found


def freshness(known: Iterable[KnownClock], contact: Contact, book: PolicyBook, wall: int) -> Freshness:
    """Judge what may be believed at this time of the wall clock."""
    known = list(known)
    feeds = tuple(feed for clock in known for feed in _feeds(clock, book, wall))
    return Freshness(
        wall=wall,
        presents={clock.said.force: clock.present(wall) for clock in known},
        feeds=feeds,
        warnings=(*_deaf(contact, wall), *_unjudged(known, contact, wall), *_unfed(feeds, wall)),
    )


def _feeds(clock: KnownClock, book: PolicyBook, wall: int) -> Iterable[Feed]:
    named = [feed for feed in clock.said.feeds if feed.named]
    newest = max((feed.complete_through for feed in named if feed.complete_through is not None), default=0)
    present = wall if clock.said.mode == "LIVE" else newest
    for feed in named:
        through = feed.complete_through
        allowed = book.silence_interval(feed.topic) + book.allowed_lateness(feed.topic)
        condition: FeedCondition = "UNHEARD" if through is None else "STALE" if through < present - allowed else "FRESH"
        yield Feed(clock.said.force, feed.topic, through, condition)


def _deaf(contact: Contact, wall: int) -> Iterable[str]:
    heard_at = contact.since if contact.heard_at is None else contact.heard_at
    if contact.trouble is not None:
        yield f"This board cannot read: {contact.trouble}. What you see may be old."
    elif wall - heard_at > _UNHEARD_BOARD_MS:
        yield f"This board has not heard from Kafka since {exact_time(heard_at)}. What you see is old."


def _unjudged(known: list[KnownClock], contact: Contact, wall: int) -> Iterable[str]:
    for clock in known:
        ticked_at = contact.ticked_at.get(clock.partition, contact.since)
        if clock.said.mode == "LIVE" and wall - ticked_at > _UNTICKED_MS:
            yield (f"{clock.said.force}: no worker has judged since {exact_time(ticked_at)}. New breaches do not show.")


def _unfed(feeds: tuple[Feed, ...], wall: int) -> Iterable[str]:
    for feed in feeds:
        if feed.condition == "UNHEARD":
            yield f"{feed.force}: {feed.name} was never heard."
        elif feed.condition == "STALE" and feed.complete_through is not None:
            yield f"{feed.force}: {feed.name} has been silent since {when(feed.complete_through, wall)}."
