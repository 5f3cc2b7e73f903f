"""How far each feed of a force is complete, and so how far the force's stream clock may run.

A feed that has sent a heartbeat is complete only through the smallest, over its sources, of each source's greatest
``complete_through``; one that never did, through its newest event_time less the policy's allowed lateness.  The stream
clock is the smallest completeness over the feeds that the policy names; a named feed never heard holds it.  Under the
wall clock a feed that only the built-in policy names is taken to be connected once it is heard.

``cdi feed --complete`` may send a heartbeat for a feed whose sources send none, in the name :data:`STAND_IN`.  It
counts only until a source of the feed sends its own: from then on the stand-in would hold the feed back for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from schemas.products import FeedState, SourceState
from schemas.records import FEEDS, POSSIBLE_FEEDS, Heartbeat, Snapshot
from schemas.refusals import BadRecordError
from schemas.times import EARLIEST
from streams.facts.fill import FieldCounts
from streams.policy import PolicyBook

STAND_IN: Final = "cdi-feed"
"""The source that ``cdi feed --complete`` names in heartbeats for a feed whose own sources send none."""

MOST_SOURCES: Final = 64
"""Sources of one feed of one force whose heartbeats are kept: all are written with each move of the clock."""


class Completeness:
    """How far every feed of one force is complete."""

    __slots__ = (
        "_awaited",
        "_book",
        "_is_live",
        "field_counts",
        "heard_at",
        "named",
        "newest",
        "vouched",
        "watched_since",
    )

    def __init__(
        self, force: str, book: PolicyBook, *, awaits_feeds: bool = True, named: frozenset[str] | None = None
    ) -> None:
        """Begin with the feeds that the policy names, or with those ``named``, which are all there are then.

        Without ``awaits_feeds`` a feed that no policy of its own names is named once it is heard.
        """
        self._book = book
        self._is_live = not awaits_feeds
        self.named: frozenset[str] = book.feeds(force) if named is None else named
        """The feeds that the force is known to have."""
        self._awaited: set[str] = set()
        """Feeds that are named once they are heard, and were not."""
        self.newest: dict[str, int] = {}
        """The newest event_time on each feed."""
        self.vouched: dict[str, dict[str, int]] = {}
        """The greatest complete_through of each source of each feed that sends heartbeats."""
        if named is None and not awaits_feeds and (awaited := book.awaited_feeds(force)):
            self._awaited.update(awaited)
            self.named = frozenset()
        self.heard_at: dict[str, int] = {}
        """The ingest_time at which each feed was last heard, for feed-silent."""
        self.watched_since = 0
        self.field_counts: Mapping[str, FieldCounts] = {}
        """How often each feed's fields are stated, as last counted: to be shown, and no part of state."""

    def snapshot(self, snapshot: Snapshot, ingest_time: int) -> bool:
        """Take in a snapshot that a feed delivered; return whether the feed is named from now on."""
        topic = snapshot.TOPIC
        if snapshot.event_time > self.newest.get(topic, snapshot.event_time - 1):
            self.newest[topic] = snapshot.event_time
        return self._note_arrival(topic, ingest_time)

    def heartbeat(self, topic: str, heartbeat: Heartbeat, ingest_time: int) -> bool:
        """Take in the heartbeat of a source of a feed; return whether the feed is named from now on.

        Raises BadRecordError for one source too many.
        """
        sources = self.vouched.setdefault(topic, {})
        if len(sources) >= MOST_SOURCES and heartbeat.source not in sources:
            raise BadRecordError("TOO_MANY_SOURCES", f"source: the feed has heartbeats of {MOST_SOURCES} others")
        through = heartbeat.complete_through
        sources[heartbeat.source] = max(through, sources.get(heartbeat.source, through))
        return self._note_arrival(topic, ingest_time)

    def restore(
        self,
        newest: Mapping[str, int],
        vouched: Mapping[str, dict[str, int]],
        heard_at: Mapping[str, int],
        watched_since: int,
    ) -> None:
        """Take back what was known before a restart."""
        self.newest.update(newest)
        self.vouched.update(vouched)
        self.watched_since = watched_since
        for topic, at in heard_at.items():
            self._note_arrival(topic, at)

    def through(self, topic: str) -> int | None:
        """Return the moment (ms) through which a feed is complete, or None if it was never heard.

        None too where that would be before the first moment a record may state.
        """
        if sources := self._heartbeats(topic):
            return min(sources.values())
        if topic not in self.newest:
            return None
        through = self.newest[topic] - self._book.allowed_lateness(topic)
        return through if through >= EARLIEST else None

    def of(self, topics: Iterable[str]) -> int | None:
        """Return the moment (ms) through which all ``topics`` are complete; None if one was never heard."""
        least: int | None = None
        for topic in topics:
            through = self.through(topic)
            if through is None:
                return None
            if least is None or through < least:
                least = through
        return least

    def last_heard(self, topic: str) -> int:
        """Return when (ingest_time, ms) a feed was last heard.

        One never heard counts from the start of watching.
        """
        return self.heard_at.get(topic, self.watched_since)

    def gate(self) -> int | None:
        """Return how far (ms) the stream clock may go, or None while a named feed was never heard."""
        return self.of(self.named)

    def states(self) -> tuple[FeedState, ...]:
        """Return each feed's completeness, as the clock topic shows it.

        A feed that only some forces have is among them where it is named or was heard.
        """
        topics = {*FEEDS, *self.named, *self.heard_at}
        return tuple(self._state(topic) for topic in POSSIBLE_FEEDS if topic in topics)

    def _state(self, topic: str) -> FeedState:
        sources, counts = self._heartbeats(topic), self.field_counts.get(topic)
        return FeedState(
            topic=topic,
            named=topic in self.named,
            complete_through=self.through(topic),
            heartbeat=bool(sources),
            sources=tuple(SourceState(source=name, complete_through=sources[name]) for name in sorted(sources)),
            records=0 if counts is None else counts.records,
            stated=() if counts is None else tuple(counts.stated.values()),
            heard_at=self.heard_at.get(topic) if self._is_live else None,
        )

    def _heartbeats(self, topic: str) -> Mapping[str, int]:
        """Return through when (ms) each source of a feed is complete; empty where no source sends heartbeats."""
        sources = self.vouched.get(topic, {})
        if STAND_IN in sources and len(sources) > 1:
            return {name: through for name, through in sources.items() if name != STAND_IN}
        return sources

    def _note_arrival(self, topic: str, ingest_time: int) -> bool:
        """Note when a feed was heard; return whether it is named from now on."""
        self.heard_at[topic] = max(ingest_time, self.heard_at.get(topic, ingest_time))
        if topic not in self._awaited:
            return False
        self._awaited.discard(topic)
        self.named |= {topic}
        return True
