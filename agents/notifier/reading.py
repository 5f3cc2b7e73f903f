"""Reads alerts and actions into the outbox: what was read and how far are kept in one change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from agents.actions import read_action
from agents.codecs import codec_of, schema_source
from agents.views import LARGEST_BYTES, UnreadableError
from schemas.products import Alert
from schemas.refusals import BadRecord
from streams.topology import ACTIONS, ALERTS

if TYPE_CHECKING:
    from agents.notifier.store import Store
    from agents.settings import Settings

_log: Final = structlog.get_logger("cdi.notifier")
_AT_ONCE: Final = 1000
_WAIT_SECONDS: Final = 0.2
_TIMEOUT_SECONDS: Final = 30.0


class Reader:
    """Goes on where the outbox says; belongs to no group, for the outbox knows better than the broker."""

    def __init__(self, settings: Settings, store: Store) -> None:
        """Begin to read.  Raises UnreadableError where the topics are not there."""
        self._store = store
        self._source = schema_source(settings)
        self._codec = codec_of(settings, max_bytes=LARGEST_BYTES, asks=False)
        self._alerts, self._actions = settings.topic(ALERTS), settings.topic(ACTIONS)
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
        key, value = message.key(), message.value()
        if message.topic() == self._actions:
            action = read_action(self._codec, key, value)
            if action is None:
                self._pass_over(message)
            elif action.alert_id:
                self._store.put_action(action)
        elif value is None:
            self._store.drop_alert((key or b"").decode(errors="replace"))
        else:
            try:
                self._store.put_alert(self._codec.decode_as(Alert, value))
            except BadRecord:
                self._pass_over(message)

    def _pass_over(self, message: Message) -> None:
        self.unreadable += 1
        _log.warning(
            "unreadable", topic=message.topic(), partition=message.partition(), offset=message.offset()
        )  # fmt: skip

    def _partitions(self, topic: str) -> list[TopicPartition]:
        try:
            metadata = self._consumer.list_topics(topic, timeout=_TIMEOUT_SECONDS).topics[topic]
        except KafkaException as failure:
            raise UnreadableError(f"{topic}: {failure.args[0].str()}") from None
        if metadata.error is not None:
            raise UnreadableError(f"{topic}: {metadata.error.str()}")
        cursors = self._store.cursors(topic)
        return [TopicPartition(topic, each, cursors.get(each, OFFSET_BEGINNING)) for each in metadata.partitions]
