"""The feeds of an installation: they keep their word, in any order they like, and remember what they have sent."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import TYPE_CHECKING

from confluent_kafka import Message, Producer

from agents.topics.feeds import FeedProducer
from schemas.codec import Codec
from schemas.records import FEEDS, Heartbeat, Snapshot
from tests.chaos.checks.dead_letters import Broken, Flood, Place
from tests.chaos.stories import Story, number_in

if TYPE_CHECKING:
    from agents.settings.settings import Settings

SOURCES = ("ONE", "TWO")
FLOODS = {"gzip": 300_000_000, "zstd": 300_000_000, "lz4": 200_000_000}
"""Zeros that each codec makes some hundred KB of."""
_LARGEST = 500_000_000
_EARLY, _TWICE = 0.1, 0.1
"""Which share of what is not due comes all the same, and of what is due comes twice."""


class Feed:
    """Sends the stories of some forces, and vouches for them."""

    def __init__(self, settings: Settings, forces: Sequence[str], start: int, sources: dict[str, set[str]]) -> None:
        """Take each feed's ``sources`` besides SOURCES; nothing is due before ``start`` (ms)."""
        self._settings = settings
        self._codec = Codec()
        self.sources = {topic: sorted({*SOURCES, *sources.get(topic, ())}) for topic in FEEDS}
        self._numbers = itertools.count(1)
        self._waiting: list[Snapshot] = []
        self._held: list[tuple[int, Callable[[], object]]] = []
        self.forces = forces
        self.through = start
        """Through when every feed has vouched (ms)."""
        self.stories: list[Story] = []
        self.forces_by_story: dict[int, str] = {}
        """Whose records a story's number stands in, by the number."""
        self.sent: dict[bytes, Snapshot] = {}
        """Every record that was sent, as its reader gets it, by its bytes."""
        self.broken: dict[Place, Broken] = {}
        """What was sent that nobody can read."""

    def open(self) -> None:
        """Announce every source, so that none is missed by a clock that begins without it."""
        self.vouch(0)

    def next_number(self) -> int:
        """Return the number of the next story."""
        return next(self._numbers)

    def add_story(self, story: Story) -> None:
        """Take a story of which nothing is due yet."""
        self.stories.append(story)
        self.add(story.records)

    def add(self, records: Iterable[Snapshot]) -> None:
        """Take records that go out when they are due."""
        for record in records:
            assert record.event_time > self.through, "a feed never adds to what it has vouched for"
            self._waiting.append(record)
            self._note_force(record)

    def deliver(self, until: int, dice: Random) -> None:
        """Send what is due, some of it twice, and some that is not due yet, in no order; then vouch for it."""
        due = [record for record in self._waiting if record.event_time <= until]
        later = [record for record in self._waiting if record.event_time > until]
        early = [record for record in later if dice.random() < _EARLY]
        going = [*due, *early, *(record for record in due if dice.random() < _TWICE)]
        dice.shuffle(going)
        self.send(going)
        gone = set(map(id, early))
        self._waiting = [record for record in later if id(record) not in gone]
        self._wait_for_held(until)
        self.through = until
        self.vouch(until)

    def hold(self, begin: int, wait: Callable[[], object]) -> None:
        """Vouch for nothing from a moment (ms) on before ``wait`` is over: records come by another way."""
        self._held.append((begin, wait))

    def _wait_for_held(self, until: int) -> None:
        for begin, wait in self._held:
            if begin <= until:
                wait()
        self._held = [(begin, wait) for begin, wait in self._held if begin > until]

    def send(self, records: Iterable[Snapshot]) -> None:
        """Send records now, and wait until the broker has them."""
        producer = FeedProducer(self._settings)
        for record in records:
            self._note(record)
            producer.send(record)
        producer.flush()

    def note_story(self, story: Story) -> None:
        """Take a story that was sent by another way."""
        self.stories.append(story)
        for record in story.records:
            self._note(record)
            self._note_force(record)

    def _note(self, record: Snapshot) -> None:
        value = self._codec.encode(record)
        if value not in self.sent:
            read = self._codec.decode(record.TOPIC, value)
            assert isinstance(read, Snapshot)
            self.sent[value] = read

    def _note_force(self, record: Snapshot) -> None:
        number = number_in(record.event_id)
        if number is not None:
            self.forces_by_story[number] = record.force

    def send_broken(self, topic: str, key: bytes | None, value: bytes | None, partition: int) -> None:
        """Send bytes that must become a dead letter, and note where they are."""
        offset = self.send_garbage(topic, key, value, partition)
        self.broken[topic, partition, offset] = value

    def send_flood(self, topic: str, key: bytes, partition: int, codec: str) -> None:
        """Send some hundred KB that become hundreds of MB where they are decompressed."""
        offset = self.send_garbage(topic, key, bytes(FLOODS[codec]), partition, codec)
        self.broken[topic, partition, offset] = Flood(codec)

    def send_garbage(
        self, topic: str, key: bytes | None, value: bytes | None, partition: int, codec: str = "gzip"
    ) -> int:
        """Send bytes as they are, and return their offset."""
        offsets: list[int] = []

        def note(error: object, message: Message) -> None:
            assert error is None, error
            offsets.append(message.offset() or 0)

        producer = Producer(
            self._settings.client(
                enable_idempotence=True, message_max_bytes=_LARGEST, compression_type=codec, compression_level=9
            )
        )
        name = f"{self._settings.prefix}{topic}"
        producer.produce(name, value, key=key, partition=partition, on_delivery=note)
        producer.flush(60)
        return offsets[0]

    def vouch(self, through: int) -> None:
        """Send every source's word that it is complete through a moment (ms)."""
        producer = FeedProducer(self._settings)
        for force in self.forces:
            for topic, sources in self.sources.items():
                for source in sources:
                    heartbeat = Heartbeat(force=force, source=source, complete_through=through)
                    producer.send_heartbeat(topic, heartbeat)
        producer.flush()
