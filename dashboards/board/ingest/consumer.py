"""The thread that reads our topics into the read model: every partition, from where it stopped, for ever."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import structlog
from confluent_kafka import OFFSET_END, Consumer, KafkaError, KafkaException, Message, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient
from sqlalchemy.exc import SQLAlchemyError

from dashboards.board.domain.kafka_health import Contact
from dashboards.board.domain.ports import Clock
from dashboards.board.ingest import apply
from dashboards.board.readmodel import ReadModel, ReadModelIsNewerError
from schemas.codec import Codec
from schemas.products import AlertAction, Tick
from schemas.refusals import BadRecordError
from streams.policy.calendar import HOUR
from streams.topology.headers import request_of
from streams.topology.topics import LARGEST_MESSAGE_BYTES

_log: Final = structlog.get_logger("cdi.board")

_AT_ONCE: Final = 1000
_WAIT_SECONDS: Final = 0.1
_ANSWER_SECONDS: Final = 5.0
_AGAIN_SECONDS: Final = 2.0
_ASK_EVERY_MS: Final = 2000
_PRUNE_EVERY_MS: Final = HOUR
_SENTENCES: Final = {
    KafkaError.UNKNOWN_TOPIC_OR_PART: "a topic is missing on Kafka; ops: cdi topics create",
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "it may not read a topic on Kafka; ops: cdi topics acls",
}
"""Where Kafka answers, and it is something else that keeps the board from reading."""


class BoardConsumer(threading.Thread):
    """Reads until told to stop; whatever goes wrong it says in ``contact`` and tries again."""

    def __init__(
        self,
        client: Mapping[str, Any],
        prefix: str,
        model: ReadModel,
        contact: Contact,
        clock: Clock,
        codec: Codec | None = None,
    ) -> None:
        """``client`` is librdkafka's settings that reach the cluster; ``prefix`` stands before every topic's name.

        ``codec`` must read messages of any size the topics allow; the package's own schemas are known without it.
        """
        super().__init__(name="board-consumer", daemon=True)
        self._client = dict(client)
        self._prefix = prefix
        self._model = model
        self._contact = contact
        self._clock = clock
        self._codec = codec or Codec(max_bytes=LARGEST_MESSAGE_BYTES)
        self._stopping = threading.Event()
        self._asked_at = 0
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
            except KafkaException as failure:
                error = failure.args[0]
                self._trouble(_SENTENCES.get(error.code(), "Kafka does not answer"), error.str())
            except ReadModelIsNewerError as newer:
                self._trouble("a newer release has taken its database over", str(newer))
            except SQLAlchemyError as failure:
                self._trouble("its database does not answer", type(failure).__name__)
            except Exception:  # noqa: BLE001 - a board that shows why it is blind serves better than one that is gone
                _log.exception("board_consumer_failed")
                self._contact.trouble = "a fault in this board; see its log"
            self._stopping.wait(_AGAIN_SECONDS)

    def _trouble(self, sentence: str, detail: str) -> None:
        _log.warning("board_cannot_read", reason=detail)
        self._contact.trouble = sentence

    def _read(self) -> None:
        consumer = Consumer(
            {
                **self._client,
                "group.id": f"{self._prefix}cdi-board",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
            }
        )
        try:
            places = self._places(consumer)
            begun = {(place.topic, place.partition): place.offset for place in places}
            consumer.assign(places)
            self._take_in_backlog(since_start=False)
            self._contact.trouble = None
            while not self._stopping.is_set():
                self._take(consumer.consume(_AT_ONCE, timeout=_WAIT_SECONDS))
                self._ask(consumer, begun)
        finally:
            consumer.close()

    def _places(self, consumer: Consumer) -> list[TopicPartition]:
        """Say where to begin on each partition; raises KafkaException where a topic is not there."""
        places = [
            TopicPartition(f"{self._prefix}{Tick.TOPIC}", partition, OFFSET_END)
            for partition in self._partitions(consumer, Tick.TOPIC)
        ]
        # Kept in a name: a client that is collected takes its answers with it.
        admin = AdminClient(self._client)
        described = admin.describe_topics(
            TopicCollection([f"{self._prefix}{topic}" for topic in apply.TOPICS]), request_timeout=_ANSWER_SECONDS
        )
        for topic in apply.TOPICS:
            name = f"{self._prefix}{topic}"
            identity = str(described[name].result().topic_id)
            stored = apply.positions(self._model, topic, identity)
            places += [
                TopicPartition(name, partition, stored.get(partition, 0))
                for partition in self._partitions(consumer, topic)
            ]
        return places

    def _partitions(self, consumer: Consumer, topic: str) -> list[int]:
        metadata = consumer.list_topics(f"{self._prefix}{topic}", timeout=_ANSWER_SECONDS)
        found = metadata.topics[f"{self._prefix}{topic}"]
        if found.error is not None:
            raise KafkaException(found.error)
        return sorted(found.partitions)

    def _take(self, messages: list[Message]) -> None:
        batch = []
        for message in messages:
            if (error := message.error()) is not None:
                raise KafkaException(error)
            topic = (message.topic() or "").removeprefix(self._prefix)
            if topic == Tick.TOPIC:
                self._note_tick(message)
                continue
            if topic == AlertAction.TOPIC:
                self._say_action(message)
            arrived = apply.Arrived(
                topic, message.partition() or 0, message.offset() or 0, message.key() or b"", message.value()
            )
            batch.append(arrived)
        if batch:
            _log.debug("batch_read", messages=len(batch), topics=dict(Counter(arrived.topic for arrived in batch)))
            self._contact.heard_at = self._clock()
            for refused in apply.apply(self._model, batch, self._codec):
                self._contact.refused += 1
                where = {name: getattr(refused.message, name) for name in ("topic", "partition", "offset")}
                _log.error("board_refused_message", reason=refused.reason, **where)

    def _take_in_backlog(self, *, since_start: bool) -> None:
        if taken := apply.take_in_backlog(self._model, self._codec, since_start=since_start):
            _log.info("board_read_at_last", messages=taken)

    def _say_action(self, message: Message) -> None:
        """Say that what somebody did has come, and of which request; aloud only what is done while we look on."""
        try:
            action = self._codec.decode_as(AlertAction, message.value() or b"")
        except BadRecordError:
            return  # said where it is refused
        is_news = message.timestamp()[1] >= self._contact.since
        (_log.info if is_news else _log.debug)(
            "action_read", action_id=action.action_id, alert_id=action.alert_id, kind=action.kind,
            request_id=request_of(message.headers()), partition=message.partition(), offset=message.offset(),
        )  # fmt: skip

    def _note_tick(self, message: Message) -> None:
        self._contact.heard_at = self._clock()
        try:
            tick = self._codec.decode_as(Tick, message.value() or b"")
        except BadRecordError:
            return
        self._contact.ticked_at[message.partition() or 0] = tick.wall

    def _prune(self, behind: int) -> None:
        """Drop now and then what hangs on nothing any more, if all that was written has been read."""
        clock = self._clock()
        if behind == 0 and (self._pruned_at is None or clock - self._pruned_at >= _PRUNE_EVERY_MS):
            self._pruned_at = clock
            apply.prune(self._model)
            self._model.drop_traces()

    def _ask(self, consumer: Consumer, begun: Mapping[tuple[str, int], int]) -> None:
        """Find out now and then whether Kafka is there at all, and how far behind it we are.

        A partition of which nothing was read yet has no position: we are still where we ``begun``.
        """
        if self._clock() - self._asked_at < _ASK_EVERY_MS:
            return
        places = [place for place in consumer.position(consumer.assignment()) if not place.topic.endswith(Tick.TOPIC)]
        consumer.get_watermark_offsets(places[0], timeout=_ANSWER_SECONDS, cached=False)
        behind = 0
        for place in places:
            low, high = consumer.get_watermark_offsets(place, cached=True)
            reached = place.offset if place.offset >= 0 else begun[place.topic, place.partition]
            behind += max(0, high - max(reached, low))
        self._contact.behind = behind
        self._take_in_backlog(since_start=True)
        self._prune(behind)
        self._contact.heard_at = self._asked_at = self._clock()
