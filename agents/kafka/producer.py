"""An idempotent Kafka producer, and the wait until the broker has what was sent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from schemas.quantities import counted
from streams.topology.topics import LARGEST_MESSAGE_BYTES

if TYPE_CHECKING:
    from agents.settings.settings import ClientConfig
    from streams.topology.messages import Headers

_LINGER_MS: Final = 20
_LOG_LINES_SECONDS: Final = 0.1
_QUEUE_MESSAGES: Final = 1_000_000
_ANSWER_SECONDS: Final = 2.0


class NotDeliveredError(RuntimeError):
    """The broker did not take a message in time: nothing that depends on it may happen."""


class KafkaProducer:
    """An idempotent producer: each message reaches all in-sync replicas, or is an error.

    Messages of one partition keep their order.  After ``deliver_within_seconds`` a message is given up, so that one
    written by a worker that has lost its partitions cannot arrive long after another worker took over.  After an
    error the producer raises for good: create another.
    """

    def __init__(self, client: ClientConfig, *, deliver_within_seconds: float) -> None:
        self._deliver_within_seconds = deliver_within_seconds
        self._failure: str | None = None
        self._producer = Producer(
            {
                **client,
                "acks": "all",
                "enable.idempotence": True,
                "compression.type": "lz4",
                "linger.ms": _LINGER_MS,
                "batch.num.messages": 10_000,
                "queue.buffering.max.messages": _QUEUE_MESSAGES,
                "message.max.bytes": LARGEST_MESSAGE_BYTES,
                "delivery.timeout.ms": int(deliver_within_seconds * 1000),
                "partitioner": "murmur2_random",
                "delivery.report.only.error": True,
                "on_delivery": self._on_failure,
            }
        )

    def put(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int,
        headers: Headers | None = None,
    ) -> None:
        """Queue a message for a partition, and wait while the queue is full.

        Raises NotDeliveredError where it can never be sent, or where one before it was given up meanwhile.
        """
        while True:
            try:
                self._producer.produce(topic, value, key=key, partition=partition, headers=headers)
            except BufferError:
                self._producer.poll(0.1)
                self._raise_failure()
            except KafkaException as refusal:
                raise NotDeliveredError(refusal.args[0].str()) from None
            else:
                return

    async def delivered(self) -> None:
        """Wait until the broker has everything queued.  Raises NotDeliveredError where it has not."""
        if len(self._producer):
            await asyncio.get_running_loop().run_in_executor(None, self.deliver)
        else:
            self._raise_failure()

    def deliver(self) -> None:
        """Wait as :meth:`delivered` does, blocking.  Raises NotDeliveredError."""
        # The queue also holds lines for the log; a second, short flush hands those over.
        waiting = self._producer.flush(self._deliver_within_seconds + 1.0) and self._producer.flush(_LOG_LINES_SECONDS)
        self._raise_failure()
        if waiting:
            raise NotDeliveredError(f"{counted(waiting, 'message was', 'messages were')} not delivered in time")

    async def answers(self) -> bool:
        """Return whether the broker answers."""
        return await asyncio.get_running_loop().run_in_executor(None, self._answers)

    def _answers(self) -> bool:
        try:
            self._producer.list_topics(timeout=_ANSWER_SECONDS)
        except KafkaException:
            return False
        return True

    def _on_failure(self, error: KafkaError | None, message: Message) -> None:
        if error is not None and self._failure is None:
            self._failure = f"{message.topic()}: {error.str()}"

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise NotDeliveredError(self._failure)
