"""How current a screen is.

It depends on the feeds' completeness, the workers' ticks and the board's connection to Kafka.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from dashboards.board.domain import wording
from dashboards.board.domain.kafka_health import KafkaHealth
from dashboards.board.readmodel.feeds import PartitionClock
from schemas.products import FeedState
from streams.policy import PolicyBook
from streams.policy.times_in_words import exact_time, when

FeedCondition = Literal["FRESH", "STALE", "LATE", "UNHEARD"]

_KAFKA_SILENT_MS: Final = 10_000
_WORKER_SILENT_MS: Final = 30_000


class Feed(msgspec.Struct, frozen=True):
    """One feed of one force at a moment; ``complete_through`` in ms.

    It is STALE where it has said nothing by when the policy expects it to, and LATE where it has, and what it vouches
    for is old.
    """

    force: str
    topic: str
    complete_through: int | None
    condition: FeedCondition
    heard_at: int | None = None
    """When it was last heard (ms), live; None where the worker does not say."""
    expected: str = ""
    """In words, when it is expected to speak."""

    @property
    def name(self) -> str:
        """The feed's name on screen."""
        return wording.FEEDS.get(self.topic, self.topic)


class Freshness(msgspec.Struct, frozen=True):
    """How current a screen is at a moment; times in ms."""

    wall: int
    presents: dict[str, int]
    """The present of each force: the wall clock live, else where its stream clock stands."""
    feeds: tuple[Feed, ...]
    warnings: tuple[str, ...]
    """Sentences to show above every page, the worst first."""

    @property
    def stale(self) -> tuple[Feed, ...]:
        """The feeds that are silent, late or were never heard."""
        return tuple(feed for feed in self.feeds if feed.condition != "FRESH")

    @property
    def as_of(self) -> int | None:
        """Through when every feed is complete; None where one vouched for nothing yet, or there is none."""
        moments = [feed.complete_through or None for feed in self.feeds]
        return None if None in moments else min((moment for moment in moments if moment is not None), default=None)

    def present(self, force: str) -> int:
        """Return the present of a force."""
        return self.presents.get(force, self.wall)


def freshness(clocks: Iterable[PartitionClock], kafka_health: KafkaHealth, book: PolicyBook, wall: int) -> Freshness:
    """Return how current a screen with these clocks is at this time of the wall clock (ms)."""
    clocks = list(clocks)
    feeds = tuple(feed for clock in clocks for feed in _feeds(clock, book, wall))
    warnings = (*_board_warnings(kafka_health, wall), *_worker_warnings(clocks, kafka_health, wall))
    return Freshness(
        wall=wall,
        presents={clock.force: clock.present(wall) for clock in clocks},
        feeds=feeds,
        warnings=(*warnings, *_feed_warnings(feeds, wall)),
    )


def _feeds(clock: PartitionClock, book: PolicyBook, wall: int) -> Iterable[Feed]:
    named_feeds = [feed for feed in clock.clock.feeds if feed.named]
    newest = max((feed.complete_through for feed in named_feeds if feed.complete_through is not None), default=0)
    present = wall if clock.is_live else newest
    for feed in named_feeds:
        yield Feed(
            clock.force,
            feed.topic,
            feed.complete_through,
            _condition(clock.force, feed, book, present),
            feed.heard_at,
            book.schedule(clock.force, feed.topic, present).in_words(),
        )


def _condition(force: str, feed: FeedState, book: PolicyBook, present: int) -> FeedCondition:
    """Say whether a feed keeps to its schedule, as of ``present`` (ms)."""
    if feed.complete_through is None:
        return "UNHEARD"
    heard_at = feed.heard_at
    if heard_at is not None and present > book.silent_after(force, feed.topic, heard_at, present):
        return "STALE"
    if present > book.late_after(force, feed.topic, feed.complete_through, present):
        return "STALE" if heard_at is None else "LATE"
    return "FRESH"


def _board_warnings(kafka_health: KafkaHealth, wall: int) -> Iterable[str]:
    heard_at = kafka_health.since if kafka_health.heard_at is None else kafka_health.heard_at
    if kafka_health.trouble is not None:
        yield f"This board cannot read: {kafka_health.trouble}. What you see may be old."
    elif wall - heard_at > _KAFKA_SILENT_MS:
        yield f"This board has not heard from Kafka since {exact_time(heard_at)}. What you see is old."


def _worker_warnings(clocks: list[PartitionClock], kafka_health: KafkaHealth, wall: int) -> Iterable[str]:
    for clock in clocks:
        ticked_at = kafka_health.ticked_at.get(clock.partition, kafka_health.since)
        if clock.is_live and wall - ticked_at > _WORKER_SILENT_MS:
            since = exact_time(ticked_at)
            yield f"{clock.force}: no worker has judged since {since}. New breaches do not show."


def _feed_warnings(feeds: tuple[Feed, ...], wall: int) -> Iterable[str]:
    for feed in feeds:
        if feed.condition == "UNHEARD":
            yield f"{feed.force}: {feed.name} was never heard."
        elif feed.condition == "STALE" and feed.complete_through is not None:
            since = feed.heard_at or feed.complete_through
            yield f"{feed.force}: {feed.name} has been silent since {when(since, wall)}."
        elif feed.condition == "LATE" and not feed.complete_through:
            yield f"{feed.force}: {feed.name} speaks, and has vouched for nothing yet."
        elif feed.condition == "LATE" and feed.complete_through is not None:
            yield f"{feed.force}: {feed.name} speaks, and is complete only to {when(feed.complete_through, wall)}."
