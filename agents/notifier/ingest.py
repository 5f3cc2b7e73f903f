"""Reads alerts and actions into the outbox; what was read and how far are stored in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from agents.kafka.codecs import product_codec, schema_source
from agents.notifier.outbox import alerts, progress
from agents.observability.log_levels import debugging
from agents.settings.clock import wall_clock
from agents.topics.actions import read_action
from schemas.products import Alert, AlertAction
from schemas.refusals import BadRecordError
from streams.topology.headers import event_names, request_of
from streams.topology.messages import UnreadableError
from streams.topology.topics import ACTIONS, ALERTS

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from agents.notifier.outbox import Outbox
    from agents.settings.settings import Settings

_log: Final = structlog.get_logger("cdi.notifier")
_is_debugged: Final = debugging("cdi.notifier")
_AT_ONCE: Final = 1000
_WAIT_SECONDS: Final = 0.2
_TIMEOUT_SECONDS: Final = 30.0


class AlertIngest:
    """Reads on from where the outbox says; it belongs to no consumer group."""

    def __init__(self, settings: Settings, outbox: Outbox) -> None:
        """Begin to read.  Raises UnreadableError where the topics are not there."""
        self._outbox = outbox
        self._source = schema_source(settings)
        self._codec = product_codec(settings, asks=False)
        self._alerts, self._actions = settings.topic(ALERTS), settings.topic(ACTIONS)
        self._started_at = wall_clock()
        self.unreadable = 0
        """How many messages were passed over because they cannot be read."""
        self._consumer = Consumer(
            settings.client(
                group_id=f"{settings.group}-notifier",
                enable_auto_commit=False,
                enable_auto_offset_store=False,
                auto_offset_reset="earliest",
                enable_partition_eof=True,
            )
        )
        assigned = [*self._partitions(self._alerts), *self._partitions(self._actions)]
        self._behind = {(place.topic, place.partition) for place in assigned}
        self._consumer.assign(assigned)
        self._retry_unread()

    @property
    def caught_up(self) -> bool:
        """Tell whether every partition has been read to its end once: from then on the state of alerts is known."""
        return not self._behind

    def poll(self) -> list[Message]:
        """Wait a little for messages; the only method that may run in another thread."""
        messages = self._consumer.consume(_AT_ONCE, timeout=_WAIT_SECONDS)
        if self._source is not None:
            self._source.learn(self._codec, (message.value() for message in messages if message.error() is None))
        return messages

    def store(self, messages: list[Message]) -> None:
        """Store messages in the outbox, and how far each partition is read."""
        with self._outbox.transaction() as connection:
            next_offsets: dict[tuple[str, int], int] = {}
            for message in messages:
                place = (message.topic() or "", message.partition() or 0)
                if (error := message.error()) is None:
                    self._store(connection, message)
                    next_offsets[place] = (message.offset() or 0) + 1
                elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - librdkafka's own name for it
                    self._behind.discard(place)
                else:
                    _log.warning("cannot_read", topic=place[0], partition=place[1], problem=error.str())
            for (topic, partition), next_offset in next_offsets.items():
                progress.set_next_offset(connection, topic, partition, next_offset)

    def close(self) -> None:
        """Stop reading."""
        self._consumer.close()

    def _store(self, connection: Connection, message: Message) -> None:
        topic, key, value = message.topic() or "", message.key() or b"", message.value()
        if self._store_value(connection, topic, key, value):
            if topic == self._actions:
                self._log_action(message)
            return
        self.unreadable += 1
        partition, offset = message.partition() or 0, message.offset() or 0
        _log.warning("unreadable", topic=topic, partition=partition, offset=offset)
        if value is not None and self._may_be_newer(topic, value):
            if topic == self._alerts:  # of an alert, only the newest state matters
                progress.drop_unread(connection, topic, key)
            progress.put_unread(connection, topic, partition, offset, key=key, value=value)

    def _store_value(self, connection: Connection, topic: str, key: bytes, value: bytes | None) -> bool:
        """Store what a message says; return whether it could be read."""
        if topic == self._actions:
            action = read_action(self._codec, key, value)
            if action is not None and action.alert_id:
                alerts.put_action(connection, action)
            return action is not None
        if value is None:
            alerts.forget(connection, key.decode(errors="replace"))
        else:
            try:
                alert = self._codec.decode_as(Alert, value)
            except BadRecordError:
                return False
            alerts.put(connection, alert)
            if _is_debugged():
                events = event_names(fact.event_id for fact in alert.facts)
                _log.debug("alert_read", alert_id=alert.alert_id, sequence=alert.sequence, event_ids=events)
        progress.drop_unread(connection, topic, key)
        return True

    def _log_action(self, message: Message) -> None:
        """Log an action with the id of its request; at info level only if it happened after our start."""
        action = read_action(self._codec, message.key(), message.value())
        if action is None:
            return
        is_new = message.timestamp()[1] >= self._started_at
        (_log.info if is_new else _log.debug)(
            "action_read",
            action_id=action.action_id,
            alert_id=action.alert_id,
            kind=action.kind,
            request_id=request_of(message.headers()),
            partition=message.partition(),
            offset=message.offset(),
        )

    def _may_be_newer(self, topic: str, value: bytes) -> bool:
        """Tell whether a newer release could read a message: its schema, or one of its values, is unknown here."""
        try:
            self._codec.decode(Alert.TOPIC if topic == self._alerts else AlertAction.TOPIC, value)
        except BadRecordError as refusal:
            return refusal.reason in {"UNKNOWN_SCHEMA", "UNKNOWN_VALUE"}
        return False

    def _retry_unread(self) -> None:
        """Store what could not be read when it came, if this release can read it."""
        with self._outbox.transaction() as connection:
            rows = progress.unread_messages(connection)
        if self._source is not None:
            self._source.learn(self._codec, [row.value for row in rows])
        with self._outbox.transaction() as connection:
            for row in rows:
                if self._store_value(connection, row.topic, row.key, row.value):
                    progress.drop_unread_at(connection, row.topic, row.partition, row.offset)

    def _partitions(self, topic: str) -> list[TopicPartition]:
        try:
            metadata = self._consumer.list_topics(topic, timeout=_TIMEOUT_SECONDS).topics[topic]
        except KafkaException as failure:
            raise UnreadableError(f"{topic}: {failure.args[0].str()}") from None
        if metadata.error is not None:
            raise UnreadableError(f"{topic}: {metadata.error.str()}")
        with self._outbox.transaction() as connection:
            next_offsets = progress.next_offsets(connection, topic)
        return [
            TopicPartition(topic, partition, next_offsets.get(partition, OFFSET_BEGINNING))
            for partition in metadata.partitions
        ]
