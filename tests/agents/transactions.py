"""Producers that write in transactions, as connectors and other programs may."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from confluent_kafka import Producer

from agents.settings.settings import Settings
from schemas.codec import Codec
from schemas.records import Heartbeat, Snapshot

TIMEOUT_SECONDS = 30.0


class TransactionalFeed:
    """Sends records to source topics in one transaction at a time."""

    def __init__(self, settings: Settings, *, timeout_seconds: float = 60.0) -> None:
        """Have the broker abort a transaction that is open for ``timeout_seconds``."""
        self._settings = settings
        self._codec = Codec()
        self._producer = Producer(
            settings.client(
                transactional_id=f"{settings.prefix}{uuid.uuid4()}",
                transaction_timeout_ms=int(timeout_seconds * 1000),
                **{"message.max.bytes": 1 << 20},
            )
        )
        self._producer.init_transactions(TIMEOUT_SECONDS)

    def begin(self, records: Iterable[tuple[str, Snapshot | Heartbeat]]) -> None:
        """Begin a transaction and send records, each with its topic; return once the broker has them."""
        self._producer.begin_transaction()
        for topic, record in records:
            self.put(
                topic, record.force.encode(), self._codec.encode(record), self._settings.partition_of(record.force)
            )
        self._producer.flush(TIMEOUT_SECONDS)

    def put(self, topic: str, key: bytes, value: bytes, partition: int) -> None:
        """Send bytes within the transaction."""
        self._producer.produce(f"{self._settings.prefix}{topic}", value, key=key, partition=partition)

    def begin_raw(self, topic: str, key: bytes, value: bytes, partition: int) -> None:
        """Begin a transaction and send bytes; return once the broker has them."""
        self._producer.begin_transaction()
        self.put(topic, key, value, partition)
        self._producer.flush(TIMEOUT_SECONDS)

    def abort(self) -> None:
        """Take back what the transaction sent."""
        self._producer.abort_transaction(TIMEOUT_SECONDS)

    def commit(self) -> None:
        """Let everybody read what the transaction sent."""
        self._producer.commit_transaction(TIMEOUT_SECONDS)
