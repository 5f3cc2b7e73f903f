"""An idempotent Kafka producer, and the wait until the broker has what was sent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from streams.topology.topics import LARGEST_MESSAGE_BYTES

if TYPE_CHECKING:
    from agents.settings.settings import ClientConfig
    from streams.topology.messages import Headers

_LINGER_MS: Final = 20
_A_LOOK_SECONDS: Final = 0.1
_QUEUE_MESSAGES: Final = 1_000_000
_ANSWER_SECONDS: Final = 2.0


class NotDeliveredError(RuntimeError):
    """The broker did not take a message in time: nothing that depends on it may be done."""


class KafkaProducer:
    """An idempotent librdkafka producer whose messages are either with all in-sync replicas or an error.

    Messages of one partition keep their order.  ``deliver_within_seconds`` bounds how long a message may be on its
    way, so that one written by a worker that has lost its partitions cannot arrive long after another took over.
    """

    def __init__(self, client: ClientConfig, *, deliver_within_seconds: float) -> None:
        self._patience = deliver_within_seconds
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
        """Put a message on its way to a partition.  Raises NotDeliveredError where it can never be sent."""
        while True:
            try:
                self._producer.produce(topic, value, key=key, partition=partition, headers=headers)
            except BufferError:
                self._producer.poll(0.1)
            except KafkaException as refusal:
                raise NotDeliveredError(refusal.args[0].str()) from None
            else:
                return

    async def delivered(self) -> None:
        """Wait until the broker has everything put so far.  Raises NotDeliveredError where it has not."""
        if len(self._producer):
            await asyncio.get_running_loop().run_in_executor(None, self.deliver)
        else:
            self._raise_failure()

    def deliver(self) -> None:
        """Wait, without an event loop, until the broker has everything put so far.  Raises NotDeliveredError."""
        # What is left may be but a line for the log, which the second look hands over.
        left = self._producer.flush(self._patience + 1.0) and self._producer.flush(_A_LOOK_SECONDS)
        self._raise_failure()
        if left:
            raise NotDeliveredError(f"{left} messages still on their way")

    async def answers(self) -> bool:
        """Whether the broker answers at all."""
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
