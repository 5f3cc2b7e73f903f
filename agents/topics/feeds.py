"""Sends records to source topics, each in its force's partition."""

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
    """Sends snapshots and heartbeats, in order; the broker has them once :meth:`flush` returns."""

    def __init__(self, settings: Settings, *, codec: Codec | None = None, deliver_within_seconds: float = 60.0) -> None:
        self._settings = settings
        self._codec = codec or codec_of(settings)
        self._producer = KafkaProducer(settings.client(), deliver_within_seconds=deliver_within_seconds)

    def send(self, record: Snapshot) -> None:
        """Send a snapshot.  Raises NotDeliveredError, now or later, where the broker refuses one."""
        self._put(record.TOPIC, record.force, self._codec.encode(record))

    def send_heartbeat(self, topic: str, heartbeat: Heartbeat) -> None:
        """Send a heartbeat, behind what was sent on the feed's topic before."""
        self._put(topic, heartbeat.force, self._codec.encode(heartbeat))

    def send_raw(self, topic: str, key: bytes | None, value: bytes | None, partition: int) -> None:
        """Send bytes to a partition unchanged, as a dead letter that is retried."""
        self._producer.put(f"{self._settings.prefix}{topic}", key, value, partition, correlation_headers())

    def flush(self) -> None:
        """Wait until the broker has everything sent.  Raises NotDeliveredError where it has not."""
        self._producer.deliver()

    def _put(self, topic: str, force: str, value: bytes) -> None:
        self._producer.put(f"{self._settings.prefix}{topic}", force.encode(), value, self._settings.partition_of(force))
