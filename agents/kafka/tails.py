"""The newest message of every partition: what tells who writes to a topic now, without reading it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from agents.kafka.reader import UnreadableError
from agents.settings.clock import stopwatch
from streams.topology.topics import Topic

if TYPE_CHECKING:
    from agents.settings.settings import Settings

_TIMEOUT_SECONDS: Final = 30.0
_AT_ONCE: Final = 1000

Place = tuple[str, int]
"""A topic, named without the installation's prefix, and a partition."""


def newest_messages(settings: Settings, topics: Iterable[Topic]) -> dict[Place, Message]:
    """Read the newest message of each partition of some topics; of an empty one, none.  Raises UnreadableError."""
    names = {settings.topic(topic): topic.name for topic in topics}
    try:
        ends = _ends(settings, list(names))
    except KafkaException as failure:
        raise UnreadableError(failure.args[0].str()) from None
    wanted = [TopicPartition(place.topic, place.partition, end - 1) for place, end in ends.items() if end > 0]
    found = _read(settings, wanted) if wanted else []
    return {(names[message.topic() or ""], message.partition() or 0): message for message in found}


def _ends(settings: Settings, names: list[str]) -> dict[TopicPartition, int]:
    newest: OffsetSpec = OffsetSpec.latest()  # type: ignore[no-untyped-call]
    places = [TopicPartition(name, partition) for name in names for partition in range(settings.partitions)]
    admin = AdminClient(settings.client())  # kept in a name: a client that is collected takes its answers with it
    answers = admin.list_offsets(dict.fromkeys(places, newest), request_timeout=_TIMEOUT_SECONDS)
    return {place: answer.result().offset for place, answer in answers.items()}


def _read(settings: Settings, places: list[TopicPartition]) -> list[Message]:
    consumer = Consumer(
        settings.client(
            group_id=f"{settings.group}-view", enable_auto_commit=False, auto_offset_reset="latest",
            enable_partition_eof=True,
        )
    )  # fmt: skip
    found: list[Message] = []
    waiting = {(place.topic, place.partition) for place in places}
    try:
        consumer.assign(places)
        deadline = stopwatch() + _TIMEOUT_SECONDS
        while waiting:
            if stopwatch() > deadline:
                raise UnreadableError(f"{min(waiting)[0]}: no answer within {_TIMEOUT_SECONDS:.0f} s")
            for message in consumer.consume(_AT_ONCE, timeout=1.0):
                place = (message.topic() or "", message.partition() or 0)
                if (error := message.error()) is None:
                    if place in waiting:
                        found.append(message)
                elif error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001 - librdkafka's own name for it
                    raise UnreadableError(f"{place[0]}: {error.str()}")
                waiting.discard(place)
    finally:
        consumer.close()
    return found
