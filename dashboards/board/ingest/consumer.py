"""The thread that reads our topics into the read model, on from where it stopped."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from dashboards.board.domain.kafka_health import KafkaHealth
from dashboards.board.domain.ports import Clock, OpenTopics, TopicSource
from dashboards.board.ingest import apply
from dashboards.board.readmodel import ReadModel, ReadModelIsNewerError
from dashboards.board.readmodel.failures import fault_of, trouble_of
from schemas.codec import Codec
from schemas.products import AlertAction, Tick
from schemas.refusals import BadRecordError
from streams.policy.calendar import HOUR
from streams.topology.messages import Place, TopicMessage, UnreadableError, action_fields
from streams.topology.topics import LARGEST_MESSAGE_BYTES

_log: Final = structlog.get_logger("cdi.board")

_AT_ONCE: Final = 1000
_WAIT_SECONDS: Final = 0.1
_RETRY_SECONDS: Final = 2.0
_CHECK_EVERY_MS: Final = 2000
_PRUNE_EVERY_MS: Final = HOUR
_SENTENCES: Final = {
    "MISSING": "a topic is missing on Kafka; ops: cdi topics create",
    "FORBIDDEN": "it may not read a topic on Kafka; ops: cdi topics acls",
    "UNAVAILABLE": "Kafka does not answer",
}


class BoardConsumer(threading.Thread):
    """Reads until it is stopped; after any failure it sets ``kafka_health.trouble`` and tries again."""

    def __init__(
        self,
        open_topics: OpenTopics,
        model: ReadModel,
        kafka_health: KafkaHealth,
        clock: Clock,
        codec: Codec | None = None,
    ) -> None:
        """Decode by ``codec``, which must allow the largest messages; without, by our own schemas alone."""
        super().__init__(name="board-consumer", daemon=True)
        self._open_topics = open_topics
        self._model = model
        self._kafka_health = kafka_health
        self._clock = clock
        self._codec = codec or Codec(max_bytes=LARGEST_MESSAGE_BYTES)
        self._stopping = threading.Event()
        self._checked_at = 0
        self._pruned_at: int | None = None

    def stop(self) -> None:
        """Stop reading and wait until it has."""
        self._stopping.set()
        self.join()

    def run(self) -> None:
        """Read; begin again after any failure."""
        while not self._stopping.is_set():
            try:
                self._read()
            except UnreadableError as failure:
                self._trouble(_SENTENCES[failure.reason], str(failure))
            except ReadModelIsNewerError as newer:
                self._trouble("a newer release has taken its database over", str(newer))
            except SQLAlchemyError as failure:
                self._trouble(trouble_of(failure), fault_of(failure))
            except Exception:  # noqa: BLE001 - a board that shows an old state, and says so, is better than none
                _log.exception("board_consumer_failed")
                self._kafka_health.trouble = "a fault in this board; see its log"
            self._stopping.wait(_RETRY_SECONDS)

    def _trouble(self, sentence: str, detail: str) -> None:
        _log.warning("board_cannot_read", reason=detail)
        self._kafka_health.trouble = sentence

    def _read(self) -> None:
        topics = self._open_topics()
        try:
            topics.assign(self._offsets(topics))
            self._apply_unread(since_start=False)
            self._kafka_health.trouble = None
            while not self._stopping.is_set():
                self._take(topics.poll(_WAIT_SECONDS, _AT_ONCE))
                self._check(topics)
        finally:
            topics.close()

    def _offsets(self, topics: TopicSource) -> dict[Place, int]:
        """Return where to begin: ticks at their end, every other topic where the read model stopped."""
        offsets = {(span.topic, span.partition): span.end for span in topics.spans(Tick.TOPIC)}
        for topic in apply.TOPICS:
            stored = apply.positions(self._model, topic, topics.topic_id(topic))
            offsets |= {(topic, span.partition): stored.get(span.partition, 0) for span in topics.spans(topic)}
        return offsets

    def _take(self, messages: list[TopicMessage]) -> None:
        batch = []
        for message in messages:
            if message.topic == Tick.TOPIC:
                self._note_tick(message)
                continue
            if message.topic == AlertAction.TOPIC:
                self._log_action(message)
            batch.append(message)
        if batch:
            _log.debug("batch_read", messages=len(batch), topics=dict(Counter(message.topic for message in batch)))
            self._kafka_health.heard_at = self._clock()
            for refused in apply.apply(self._model, batch, self._codec):
                self._kafka_health.refused += 1
                where = {name: getattr(refused.message, name) for name in ("topic", "partition", "offset")}
                _log.error("board_refused_message", reason=refused.reason, fault=refused.fault, **where)

    def _apply_unread(self, *, since_start: bool) -> None:
        if count := apply.apply_unread(self._model, self._codec, since_start=since_start):
            _log.info("board_read_at_last", messages=count)

    def _log_action(self, message: TopicMessage) -> None:
        """Log an action that was read; at info only one that was sent since the board began."""
        try:
            action = self._codec.decode_as(AlertAction, message.value or b"")
        except BadRecordError:
            return  # logged where it is refused
        log = _log.info if message.ingest_time >= self._kafka_health.since else _log.debug
        log("action_read", **action_fields(action, message))

    def _note_tick(self, message: TopicMessage) -> None:
        self._kafka_health.heard_at = self._clock()
        try:
            tick = self._codec.decode_as(Tick, message.value or b"")
        except BadRecordError:
            return
        self._kafka_health.ticked_at[message.partition] = tick.wall

    def _prune(self, behind: int) -> None:
        """Delete, now and then, actions whose alert is gone; only when all that was written has been read."""
        clock = self._clock()
        if behind == 0 and (self._pruned_at is None or clock - self._pruned_at >= _PRUNE_EVERY_MS):
            self._pruned_at = clock
            apply.prune(self._model)
            self._model.drop_traces()

    def _check(self, topics: TopicSource) -> None:
        """Check, now and then, that Kafka answers, and count what is not read yet."""
        if self._clock() - self._checked_at < _CHECK_EVERY_MS:
            return
        self._kafka_health.behind = topics.lag(apply.TOPICS)
        self._apply_unread(since_start=True)
        self._prune(self._kafka_health.behind)
        self._kafka_health.heard_at = self._checked_at = self._clock()
