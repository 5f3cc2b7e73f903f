"""Read a feed from a topic of Kafka, each partition in order, from where its group has come to."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Final, Self

import msgspec

from agents.kafka.schema_registry import Registry
from agents.kafka.topic_reader import TopicReader
from deploy.connect.batch import NOTHING_NEW, Batch
from deploy.connect.sources import SourceUnavailableError
from deploy.connect.topic.decoding import AvroDecoder, JsonDecoder, MessageDecoder
from deploy.connect.topic.offsets import CommittedPlaces, Place, ReadingState
from deploy.connect.topic.rows import MessageReader
from deploy.connect.topic.vouching import Vouching
from streams.topology.messages import Span, TopicMessage, UnreadableError

if TYPE_CHECKING:
    from deploy.connect.definition import ConnectedFeed
    from deploy.connect.topic.definition import TopicFeed
    from deploy.files.feed import FeedCounts
    from deploy.files.mapping import ColumnMapping

_LOOK_SECONDS: Final = 1.0
"""How long to wait where there was nothing new."""
_HEARTBEATS_MS: Final = 60_000
_NO_HEARTBEATS: Final = "is not there: does the connector run a heartbeat query?"
_SILENT_HEARTBEATS: Final = "vouches for nothing: does the connector run a heartbeat query?"
_PLACES_PER_MS: Final = 1_000_000
"""What a millisecond of feeding time counts, as of the rows of files."""
_AT_ONCE: Final = 2_000
"""The most messages that are sent and confirmed together."""


@dataclass(slots=True)
class TopicBatch(Batch):
    """The rows of one partition's messages."""

    offsets: dict[Place, int] = field(default_factory=dict)
    """Where each of their partitions is to be read on, once the broker has them."""


class TopicFeedSource:
    """Reads one feed's topic; where it is read on is committed to the topic's own cluster."""

    def __init__(
        self,
        feed: ConnectedFeed,
        definition: TopicFeed,
        reader: TopicReader,
        places: CommittedPlaces,
        decoder: MessageDecoder,
        servers: str,
    ) -> None:
        """Begin where the group has come to; at the beginning where the feed has no cursor.

        Raises SourceUnavailableError, FileRefusedError.
        """
        self._feed, self._definition = feed, definition
        self._reader, self._places, self._servers = reader, places, servers
        self._topic = definition.from_topic
        spans = self._spans(self._topic)
        committed, state = places.read(self._topic, [span.partition for span in spans])
        if feed.cursors.read(feed.name) is None:  # a new feed, or one that was told to begin again
            committed, state = {}, ReadingState()
        self._next = {(span.topic, span.partition): _start(span, committed) for span in spans}
        """Where each partition is to be read on, once what was yielded last is confirmed."""
        self._vouching = Vouching(definition.overlap_ms, in_snapshot=state.in_snapshot)
        self._messages = MessageReader(
            feed.name,
            definition,
            feed.mappings[0],
            decoder,
            self._vouching,
            first_place=_first_place(feed, feed.mappings[0]),
            deleted_keys=dict(state.deleted_keys),
        )
        self._heartbeats_wanting: str | None = None
        """What is wrong with the heartbeats; None where they vouch, or none are to come."""
        self._all_refused = False
        self._assign()

    @classmethod
    def open(cls, feed: ConnectedFeed, definition: TopicFeed) -> Self:
        """Connect.  Raises SourceUnavailableError, FileRefusedError, RegistryError."""
        ours = feed.settings.model_copy(update={"prefix": ""})
        settings = ours if definition.cluster is None else definition.cluster.settings(ours, feed.beside)
        decoder = _decoder(feed, definition)
        with _reading(settings.kafka):
            reader = TopicReader(settings, f"connect-{feed.name}")
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(reader.close)
            places = CommittedPlaces(settings, f"{feed.settings.group}-connect-{feed.name}")
            on_failure.callback(places.close)
            source = cls(feed, definition, reader, places, decoder, settings.kafka)
            on_failure.pop_all()
        return source

    def close(self) -> None:
        """Disconnect."""
        self._reader.close()
        self._places.close()

    @property
    def remark(self) -> str | None:
        """What somebody should see to."""
        if self._all_refused:
            return "no message of the last batch could be read; once that is mended, --forget reads them again"
        if self._heartbeats_wanting is not None:
            return f"{self._definition.heartbeat_topic} {self._heartbeats_wanting}"
        return None

    def batches(self, stopped: threading.Event, *, once: bool) -> Iterator[Batch]:
        """Yield the messages of each partition in their order, and at each end through when all is complete."""
        while not stopped.is_set():
            asked_at = self._feed.clock()
            if self._heartbeats_wanting == _NO_HEARTBEATS:
                self._assign()
            ends = self._ends()
            anything = False
            for batch in self._up_to(ends, stopped):
                anything = True
                yield batch
            if stopped.is_set():
                return
            through = self._vouching.through(asked_at)
            if through is not None:
                yield TopicBatch(f"{self._topic}, read to its end", complete_through=through, offsets=dict(self._next))
            elif not anything:
                yield NOTHING_NEW
            if once:
                return
            if not anything:
                stopped.wait(_LOOK_SECONDS)

    def confirm(self, batch: Batch, counts: FeedCounts) -> None:
        """Commit where the partitions are to be read on.  Raises SourceUnavailableError."""
        if not isinstance(batch, TopicBatch):
            raise TypeError("no batch of a topic")
        if read := counts.snapshots + counts.skipped + counts.deleted + counts.refused:
            self._all_refused = counts.refused == read
        state = ReadingState(in_snapshot=self._vouching.in_snapshot, deleted_keys=dict(self._messages.deleted_keys))
        self._next |= batch.offsets
        self._places.write(self._next, state)
        offsets = {f"{topic} {partition}": offset for (topic, partition), offset in self._next.items()}
        self._feed.cursors.write(self._feed.name, msgspec.json.encode(offsets))

    def _up_to(self, ends: Mapping[Place, int], stopped: threading.Event) -> Iterator[Batch]:
        """Yield what lies before these ends, and note the heartbeats among it."""
        unfinished = set(ends)
        while True:
            with _reading(self._servers):
                messages = self._reader.poll(at_most=_AT_ONCE)
            for place, group in groupby(messages, key=lambda message: (message.topic, message.partition)):
                if place in self._next:
                    yield self._batch(place, list(group))
                else:
                    self._note_heartbeats(list(group))
            unfinished = {place for place in unfinished if self._reader.positions[place] < ends[place]}
            if not unfinished or stopped.is_set():
                return

    def _batch(self, place: Place, messages: list[TopicMessage]) -> TopicBatch:
        first, last = messages[0].offset, messages[-1].offset
        rows = self._messages.rows(messages, self._feed.reader())
        origin = f"{self._topic}, partition {place[1]}, offsets {first} to {last}"
        return TopicBatch(origin, rows, total=len(messages), offsets={place: last + 1})

    def _note_heartbeats(self, messages: list[TopicMessage]) -> None:
        vouched = [self._messages.heartbeat(message) for message in messages]
        self._heartbeats_wanting = None if any(vouched) else _SILENT_HEARTBEATS

    def _ends(self) -> dict[Place, int]:
        """Return where each partition ends; one that was added is read from its beginning."""
        spans = {(span.topic, span.partition): span for span in self._spans(self._topic)}
        if added := {place: span.start for place, span in spans.items() if place not in self._next}:
            self._next |= added
            self._assign()
        return {place: span.end for place, span in spans.items()}

    def _assign(self) -> None:
        """Read on from where the topic was read to, and the heartbeats that there are."""
        with _reading(self._servers):
            self._reader.assign({**self._next, **self._last_heartbeats()})

    def _last_heartbeats(self) -> dict[Place, int]:
        """Return where the heartbeats of the last minute begin, or else the last one is.

        Those before say less, and the newest do not count yet.
        """
        topic = self._definition.heartbeat_topic
        if topic is None:
            return {}
        since = self._feed.clock() - _HEARTBEATS_MS
        places = {}
        try:
            spans = self._reader.spans(topic)
        except UnreadableError as failure:
            if failure.reason != "MISSING":
                raise
            self._heartbeats_wanting = _NO_HEARTBEATS
            return {}
        self._heartbeats_wanting = None
        for span in spans:
            recent = self._reader.offset_at(topic, span.partition, since)
            last = max(span.start, span.end - 1)
            places[topic, span.partition] = last if recent is None else min(recent, last)
        return places

    def _spans(self, topic: str) -> list[Span]:
        with _reading(self._servers):
            return self._reader.spans(topic)


def _start(span: Span, committed: Mapping[Place, int]) -> int:
    """Return where a partition is to be read on.

    Raises SourceUnavailableError where messages are missing there.
    """
    place = span.topic, span.partition
    offset = committed.get(place, span.start)
    if span.start <= offset <= span.end:
        return offset
    reason = (
        f"offsets {offset} to {span.start - 1} were deleted before they were read"
        if offset < span.start
        else f"it ends at {span.end}, before offset {offset} that was read: it was made anew"
    )
    raise SourceUnavailableError(
        f"{span.topic}, partition {span.partition}: {reason}; 'cdi connect NAME --forget' begins with what there is"
    )


def _first_place(feed: ConnectedFeed, mapping: ColumnMapping) -> int:
    """Return where rows begin in the order of feeding: as when this mapping first read them.

    So what a mapping reads again that has changed counts for more than what it read before, and the same mapping
    changes nothing.  Raises CursorsUnavailableError.
    """
    reading = hashlib.sha256(msgspec.json.encode(mapping.reading, order="deterministic")).hexdigest()
    known = feed.cursors.read(f"{feed.name}/place")
    place = msgspec.json.decode(known, type=_Place) if known is not None else None
    if place is None or place.reading != reading:
        first = max(feed.clock() * _PLACES_PER_MS, 0 if place is None else place.first + 1)
        place = _Place(reading, first)
        feed.cursors.write(f"{feed.name}/place", msgspec.json.encode(place))
    return place.first


class _Place(msgspec.Struct, frozen=True):
    """Where rows begin in the order of feeding, by one mapping."""

    reading: str
    """A digest of how the mapping reads."""
    first: int


def _decoder(feed: ConnectedFeed, definition: TopicFeed) -> MessageDecoder:
    """Return what decodes the feed's messages.  Raises RegistryError, SourceUnavailableError."""
    if definition.format == "json":
        return JsonDecoder()
    if definition.registry is not None:
        return AvroDecoder(Registry(definition.registry.address(feed.beside)).schema)
    if feed.settings.registry is None:
        raise SourceUnavailableError("format: Avro needs a registry, the feed's own or ours")
    return AvroDecoder(Registry(feed.settings.registry).schema)


@contextlib.contextmanager
def _reading(servers: str) -> Iterator[None]:
    try:
        yield
    except UnreadableError as failure:
        raise SourceUnavailableError(f"{failure} (at {servers})") from None
