"""The moment at which a worker has published and not yet noted that it has: where a crash does most harm."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Final

from confluent_kafka import Consumer, KafkaException, TopicPartition

from streams.topology.topics import ALERTS

if TYPE_CHECKING:
    from agents.settings.settings import Settings

PATIENCE_SECONDS: Final = 10.0
_ANSWER_SECONDS: Final = 2.0


def at_next_publication(settings: Settings, do: Callable[[], object]) -> Iterator[None]:
    """Let time pass until an alert is published, and do something within milliseconds of it; do it late, if none is."""

    def watch() -> None:
        with closing(Consumer(settings.client(group_id="chaos"))) as consumer:
            before, give_up_at = _length(consumer, settings), time.monotonic() + PATIENCE_SECONDS
            while time.monotonic() < give_up_at and _length(consumer, settings) <= before:
                time.sleep(0.001)
        do()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    while thread.is_alive():
        yield


def _length(consumer: Consumer, settings: Settings) -> int:
    """Return how many messages there are; 0 where the broker does not say."""
    topic = settings.topic(ALERTS)
    try:
        return sum(
            consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=_ANSWER_SECONDS)[1]
            for partition in range(settings.partitions)
        )
    except KafkaException:
        return 0
