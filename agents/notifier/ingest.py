"""Reads alerts and actions into the outbox; what was read and how far are stored in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from agents.kafka.codecs import product_codec, schema_source
from agents.kafka.topic_reader import TopicReader
from agents.notifier.outbox import alerts, progress
from agents.notifier.outbox.failures import is_refusal
from agents.observability.log_levels import debugging
from agents.settings.clock import wall_clock
from schemas.admission import require_key
from schemas.products import Alert, AlertAction
from schemas.refusals import BadRecordError
from streams.topology.batch_halving import apply_in_halves
from streams.topology.correlation_headers import event_names
from streams.topology.messages import TopicMessage, UnreadableError, action_fields
from streams.topology.topics import ACTIONS, ALERTS
from streams.topology.unread_messages import NOT_STORABLE, UnreadChanges

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from agents.notifier.outbox import Outbox
    from agents.settings.settings import Settings

_log: Final = structlog.get_logger("cdi.notifier")
_is_debugged: Final = debugging("cdi.notifier")
_AT_ONCE: Final = 1000
_WAIT_SECONDS: Final = 0.2


class AlertIngest:
    """Reads on from where the outbox says; it belongs to no consumer group."""

    def __init__(self, settings: Settings, outbox: Outbox) -> None:
        """Begin to read.  Raises UnreadableError where the topics are not there."""
        self._outbox = outbox
        self._prefix = settings.prefix
        self._source = schema_source(settings)
        self._codec = product_codec(settings, asks=False)
        self._started_at = wall_clock()
        self.unreadable = 0
        """How many messages were passed over because they cannot be read."""
        self.caught_up = False
        """Whether every partition was read and stored to its end once: from then on the state of alerts is known."""
        self._reader = TopicReader(settings, "notifier", offset_reset="earliest")
        spans = [span for topic in (ALERTS, ACTIONS) for span in self._reader.spans(topic.name)]
        with outbox.transaction() as connection:
            stored = {
                topic.name: progress.next_offsets(connection, settings.topic(topic)) for topic in (ALERTS, ACTIONS)
            }
        self._reader.assign(
            {(span.topic, span.partition): stored[span.topic].get(span.partition, span.start) for span in spans}
        )
        self._retry_unread()

    def poll(self) -> list[TopicMessage]:
        """Wait a little for messages; the only method that may run in another thread."""
        try:
            messages = self._reader.poll(_WAIT_SECONDS, _AT_ONCE)
        except UnreadableError as failure:
            _log.warning("cannot_read", problem=str(failure))
            return []
        if self._source is not None:
            self._source.learn(self._codec, (message.value for message in messages))
        return messages

    def store(self, messages: list[TopicMessage]) -> None:
        """Store what :meth:`poll` returned in the outbox, and how far each partition is read.

        A message that cannot be stored is set aside by itself.  Raises OutboxError.
        """
        if messages:
            apply_in_halves(messages, self._store_whole, self._set_aside, is_refusal)
        self.caught_up = self._reader.caught_up

    def _store_whole(self, messages: Sequence[TopicMessage]) -> None:
        unread = UnreadChanges()
        refused = 0
        with self._outbox.transaction() as connection:
            for message in messages:
                refused += not self._store(connection, message, unread)
            self._move_past(connection, messages, unread)
        self.unreadable += refused

    def _set_aside(self, message: TopicMessage, failure: Exception) -> None:
        unread = UnreadChanges()
        unread.refused(message, NOT_STORABLE)
        with self._outbox.transaction() as connection:
            self._move_past(connection, [message], unread)
        self.unreadable += 1
        self._log_refused(message, NOT_STORABLE, fault=type(failure).__name__)

    def _move_past(self, connection: Connection, messages: Sequence[TopicMessage], unread: UnreadChanges) -> None:
        progress.write_unread(connection, self._prefix, unread)
        next_offsets = {(message.topic, message.partition): message.offset + 1 for message in messages}
        for (topic, partition), next_offset in next_offsets.items():
            progress.set_next_offset(connection, f"{self._prefix}{topic}", partition, next_offset)

    def close(self) -> None:
        """Stop reading."""
        self._reader.close()

    def _store(self, connection: Connection, message: TopicMessage, unread: UnreadChanges) -> bool:
        """Store what a message says; return False where it cannot be read."""
        try:
            self._store_value(connection, message)
        except BadRecordError as refusal:
            self._log_refused(message, refusal.reason)
            unread.refused(message, refusal.reason)
            return False
        unread.read(message)
        return True

    def _log_refused(self, message: TopicMessage, reason: str, **more: str) -> None:
        topic = f"{self._prefix}{message.topic}"
        _log.warning(
            "unreadable", topic=topic, partition=message.partition, offset=message.offset, reason=reason, **more
        )

    def _store_value(self, connection: Connection, message: TopicMessage) -> None:
        """Store what a message says.  Raises BadRecordError."""
        if message.topic == ACTIONS.name:
            action = self._codec.decode_as(AlertAction, message.value or b"")
            require_key(action, message.key)
            if action.alert_id:
                alerts.put_action(connection, action)
            # A notifier that starts reads all actions again; only new ones are news.
            log = _log.info if message.ingest_time >= self._started_at else _log.debug
            log("action_read", **action_fields(action, message))
        elif message.value is None:
            alerts.forget(connection, (message.key or b"").decode(errors="replace"))
        else:
            alert = self._codec.decode_as(Alert, message.value)
            alerts.put(connection, alert)
            if _is_debugged():
                events = event_names(fact.event_id for fact in alert.facts)
                _log.debug("alert_read", alert_id=alert.alert_id, sequence=alert.sequence, event_ids=events)

    def _retry_unread(self) -> None:
        """Store what could not be read when it came, if this release can read it."""
        with self._outbox.transaction() as connection:
            rows = progress.unread_messages(connection)
        if self._source is not None:
            self._source.learn(self._codec, [row.value for row in rows])
        for row in rows:
            topic = row.topic.removeprefix(self._prefix)
            message = TopicMessage(topic, row.partition, row.offset, row.key, row.value)
            try:
                with self._outbox.transaction() as connection:
                    self._store_value(connection, message)
                    progress.drop_unread_at(connection, row.topic, row.partition, row.offset)
            except Exception as failure:
                if not is_refusal(failure):
                    raise
