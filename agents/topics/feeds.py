"""Records on their way to a source topic, in the force's partition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.kafka.codecs import codec_of
from agents.kafka.correlation_headers import correlation_headers
from agents.kafka.producer import KafkaProducer
from schemas.codec import Codec
from schemas.records import Heartbeat, Snapshot

if TYPE_CHECKING:
    from agents.settings.settings import Settings


class FeedProducer:
    """Sends snapshots and heartbeats; each is with the broker once :meth:`flush` returns, in the order sent."""

    def __init__(self, settings: Settings, *, codec: Codec | None = None, deliver_within_seconds: float = 60.0) -> None:
        self._settings = settings
        self._codec = codec or codec_of(settings)
        self._producer = KafkaProducer(settings.client(), deliver_within_seconds=deliver_within_seconds)

    def send(self, record: Snapshot) -> None:
        """Put a snapshot on its way.  Raises NotDeliveredError, here or later, where the broker refuses one."""
        self._put(record.TOPIC, record.force, self._codec.encode(record))

    def send_heartbeat(self, topic: str, heartbeat: Heartbeat) -> None:
        """Put a heartbeat on its way, behind what was sent on the feed's topic before."""
        self._put(topic, heartbeat.force, self._codec.encode(heartbeat))

    def send_raw(self, topic: str, key: bytes | None, value: bytes | None, partition: int) -> None:
        """Put bytes on their way to a partition just as they are: a dead letter that is tried again."""
        self._producer.put(f"{self._settings.prefix}{topic}", key, value, partition, correlation_headers())

    def flush(self) -> None:
        """Wait until the broker has everything sent.  Raises NotDeliveredError where it has not."""
        self._producer.deliver()

    def _put(self, topic: str, force: str, value: bytes) -> None:
        self._producer.put(f"{self._settings.prefix}{topic}", force.encode(), value, self._settings.partition_of(force))
