"""Reads alerts and actions into the outbox: what was read and how far are kept in one change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from agents.kafka.codecs import product_codec, schema_source
from agents.observability.log_levels import debugging
from agents.settings.clock import wall_clock
from agents.topics.actions import read_action
from schemas.products import Alert, AlertAction
from schemas.refusals import BadRecordError
from streams.topology.headers import event_names, request_of
from streams.topology.messages import UnreadableError
from streams.topology.topics import ACTIONS, ALERTS

if TYPE_CHECKING:
    from agents.notifier.store import Store
    from agents.settings.settings import Settings

_log: Final = structlog.get_logger("cdi.notifier")
_is_debugged: Final = debugging("cdi.notifier")
_AT_ONCE: Final = 1000
_WAIT_SECONDS: Final = 0.2
_TIMEOUT_SECONDS: Final = 30.0


class Reader:
    """Goes on where the outbox says; belongs to no group, for the outbox knows better than the broker."""

    def __init__(self, settings: Settings, store: Store) -> None:
        """Begin to read.  Raises UnreadableError where the topics are not there."""
        self._store = store
        self._source = schema_source(settings)
        self._codec = product_codec(settings, asks=False)
        self._alerts, self._actions = settings.topic(ALERTS), settings.topic(ACTIONS)
        self._since = wall_clock()
        self.unreadable = 0
        """Messages that were passed over because they cannot be read."""
        self._consumer = Consumer(
            settings.client(
                group_id=f"{settings.group}-notifier", enable_auto_commit=False, enable_auto_offset_store=False,
                auto_offset_reset="earliest", enable_partition_eof=True,
            )
        )  # fmt: skip
        assigned = [*self._partitions(self._alerts), *self._partitions(self._actions)]
        self._behind = {(each.topic, each.partition) for each in assigned}
        self._consumer.assign(assigned)
        self._take_what_waited()

    @property
    def caught_up(self) -> bool:
        """Whether every partition has been read to an end at least once: only then is what stands known."""
        return not self._behind

    def poll(self) -> list[Message]:
        """Wait a little for messages; the only part that may run in another thread."""
        found = self._consumer.consume(_AT_ONCE, timeout=_WAIT_SECONDS)
        if self._source is not None:
            self._source.learn(self._codec, (message.value() for message in found if message.error() is None))
        return found

    def keep(self, messages: list[Message]) -> None:
        """Take messages into the outbox."""
        with self._store.change():
            cursors: dict[tuple[str, int], int] = {}
            for message in messages:
                place = (message.topic() or "", message.partition() or 0)
                if (error := message.error()) is None:
                    self._take(message)
                    cursors[place] = (message.offset() or 0) + 1
                elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - librdkafka's own name for it
                    self._behind.discard(place)
                else:
                    _log.warning("cannot_read", topic=place[0], partition=place[1], problem=error.str())
            for (topic, partition), next_offset in cursors.items():
                self._store.set_cursor(topic, partition, next_offset)

    def close(self) -> None:
        """Stop reading."""
        self._consumer.close()

    def _take(self, message: Message) -> None:
        topic, key, value = message.topic() or "", message.key() or b"", message.value()
        if self._understood(topic, key, value):
            if topic == self._actions:
                self._say_action(message)
            return
        self.unreadable += 1
        partition, offset = message.partition() or 0, message.offset() or 0
        _log.warning("unreadable", topic=topic, partition=partition, offset=offset)
        if value is not None and self._may_be_newer(topic, value):
            self._store.put_unread(topic, partition, offset, key=key, value=value, replaces=topic == self._alerts)

    def _understood(self, topic: str, key: bytes, value: bytes | None) -> bool:
        """Take in what a message says; whether it could be read."""
        if topic == self._actions:
            action = read_action(self._codec, key, value)
            if action is not None and action.alert_id:
                self._store.put_action(action)
            return action is not None
        if value is None:
            self._store.drop_alert(key.decode(errors="replace"))
        else:
            try:
                alert = self._codec.decode_as(Alert, value)
            except BadRecordError:
                return False
            self._store.put_alert(alert)
            if _is_debugged():
                events = event_names(fact.event_id for fact in alert.facts)
                _log.debug("alert_read", alert_id=alert.alert_id, sequence=alert.sequence, event_ids=events)
        self._store.drop_unread(topic, key)
        return True

    def _say_action(self, message: Message) -> None:
        """Say that what somebody did has come, and of which request; aloud only what is done while we look on."""
        action = read_action(self._codec, message.key(), message.value())
        if action is None:
            return
        is_news = message.timestamp()[1] >= self._since
        (_log.info if is_news else _log.debug)(
            "action_read", action_id=action.action_id, alert_id=action.alert_id, kind=action.kind,
            request_id=request_of(message.headers()), partition=message.partition(), offset=message.offset(),
        )  # fmt: skip

    def _may_be_newer(self, topic: str, value: bytes) -> bool:
        """Whether a newer release than ours could read it: its schema is unknown here, or a value is."""
        try:
            self._codec.decode(Alert.TOPIC if topic == self._alerts else AlertAction.TOPIC, value)
        except BadRecordError as refusal:
            return refusal.reason in {"UNKNOWN_SCHEMA", "UNKNOWN_VALUE"}
        return False

    def _take_what_waited(self) -> None:
        """Take in what could not be read when it came: this may be the release that it waited for."""
        rows = self._store.unread()
        if self._source is not None:
            self._source.learn(self._codec, [row["value"] for row in rows])
        with self._store.change():
            for row in rows:
                if self._understood(row["topic"], row["key"], row["value"]):
                    self._store.forget_unread(row)

    def _partitions(self, topic: str) -> list[TopicPartition]:
        try:
            metadata = self._consumer.list_topics(topic, timeout=_TIMEOUT_SECONDS).topics[topic]
        except KafkaException as failure:
            raise UnreadableError(f"{topic}: {failure.args[0].str()}") from None
        if metadata.error is not None:
            raise UnreadableError(f"{topic}: {metadata.error.str()}")
        cursors = self._store.cursors(topic)
        return [TopicPartition(topic, each, cursors.get(each, OFFSET_BEGINNING)) for each in metadata.partitions]
