"""How far a feed's consumer group has come, and what must be known to go on from there.

Both are committed to the topic's own cluster in one request, once our broker has what was read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Final

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from agents.settings.clock import stopwatch
from deploy.connect.sources import SourceUnavailableError

if TYPE_CHECKING:
    from agents.settings.settings import Settings

_ANSWER_SECONDS: Final = 30.0
_WAIT_SECONDS: Final = 0.2
_COORDINATING: Final = frozenset(
    {
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
        KafkaError._WAIT_COORD,  # noqa: SLF001 - librdkafka's own name
    }
)
Place = tuple[str, int]


class ReadingState(msgspec.Struct, frozen=True):
    """What a reader knows of the messages before its offsets."""

    in_snapshot: bool = False
    """Whether they end in the middle of a snapshot."""
    deleted_keys: dict[int, str] = {}
    """By partition, a digest of the last message's key where that said that its row was deleted."""


class CommittedPlaces:
    """The offsets of one consumer group without members, which reads partitions as they are assigned."""

    def __init__(self, settings: Settings, group: str) -> None:
        """Connect.  Raises SourceUnavailableError."""
        self.group = group
        try:
            self._consumer = Consumer(settings.client(group_id=group, enable_auto_commit=False))
        except KafkaException as failure:
            raise _unavailable(group, failure) from None

    def close(self) -> None:
        """Disconnect."""
        self._consumer.close()

    def read(self, topic: str, partitions: Collection[int]) -> tuple[dict[Place, int], ReadingState]:
        """Return the next offset of each partition that was read at all, and the state.

        Raises SourceUnavailableError.
        """
        places = [TopicPartition(topic, number) for number in partitions]
        answers = self._ask(lambda: self._consumer.committed(places, timeout=_ANSWER_SECONDS))
        committed = [answer for answer in answers if answer.offset >= 0]
        states = (_state(answer.metadata) for answer in committed)
        return {(topic, answer.partition): answer.offset for answer in committed}, next(states, ReadingState())

    def write(self, offsets: Mapping[Place, int], state: ReadingState) -> None:
        """Commit the next offset of every partition.  Raises SourceUnavailableError."""
        metadata = msgspec.json.encode(state).decode()
        places = [TopicPartition(*place, offset, metadata) for place, offset in offsets.items()]
        self._ask(lambda: self._consumer.commit(offsets=places, asynchronous=False) or [])

    def _ask(self, question: Callable[[], list[TopicPartition]]) -> list[TopicPartition]:
        """Return the broker's answers; wait while it is still being decided who has those of the group."""
        give_up_at = stopwatch() + _ANSWER_SECONDS
        while True:
            try:
                return _answered(question())
            except KafkaException as failure:
                if failure.args[0].code() not in _COORDINATING or stopwatch() > give_up_at:
                    raise _unavailable(self.group, failure) from None
                self._consumer.poll(_WAIT_SECONDS)


def _answered(places: list[TopicPartition]) -> list[TopicPartition]:
    """Return the broker's answers.  Raises KafkaException for the first refusal."""
    for place in places:
        if place.error is not None:
            raise KafkaException(place.error)
    return places


def _state(metadata: str | None) -> ReadingState:
    try:
        return msgspec.json.decode(metadata or "{}", type=ReadingState)
    except msgspec.DecodeError:
        return ReadingState()


def _unavailable(group: str, failure: KafkaException) -> SourceUnavailableError:
    return SourceUnavailableError(f"the consumer group {group}: {failure.args[0].str()}")
