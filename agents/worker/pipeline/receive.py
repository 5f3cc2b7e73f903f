"""Receiving, the first stage: events become a batch once no message before it is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agents.kafka.fetched_message import FIRST, Fetched
from streams.topology.messages import TopicMessage

if TYPE_CHECKING:
    from faust.types import TP, EventT, Message

    from agents.worker.faust_app import WorkerApp


class MessageLostError(RuntimeError):
    """A message was fetched and never came: what follows it must not be acknowledged."""


class StaleBatchError(RuntimeError):
    """A batch is older than the assignment of partitions: another worker may own its messages by now."""


@dataclass(frozen=True, slots=True)
class InputBatch:
    """Messages that are processed together, and acknowledged together at the end."""

    messages: Sequence[TopicMessage]
    events: Sequence[EventT[Any]]
    """Faust's event of each message, in the same order."""

    @property
    def newest(self) -> dict[int, EventT[Any]]:
        """The newest event of each partition: Faust writes a table entry only on behalf of an event."""
        return {event.message.partition: event for event in self.events}


class Receiver:
    """Makes batches, and remembers which message of each partition came last."""

    def __init__(self, app: WorkerApp) -> None:
        self._app = app
        self._latest: dict[TP, int] = {}

    def receive(self, events: Sequence[EventT[Any]]) -> InputBatch:
        """Make a batch of Faust's events.  Raises StaleBatchError, MessageLostError."""
        generation = self._app.consumer_generation_id
        if any(event.message.generation_id != generation for event in events):
            raise StaleBatchError(f"not of generation {generation}")
        for event in events:
            self._require_predecessor(event.message)
        return InputBatch([self._input(event.message) for event in events], events)

    def _require_predecessor(self, message: Message) -> None:
        """Check that a message comes after the last one of its partition, or is the first after a seek."""
        if not isinstance(message, Fetched):
            raise MessageLostError(f"{message.topic}: not from our transport")
        if message.after != FIRST and message.after != self._latest.get(message.tp):
            raise MessageLostError(f"{message.topic}/{message.partition} before {message.offset}")
        self._latest[message.tp] = message.offset

    def _input(self, message: Message) -> TopicMessage:
        headers: Any = message.headers or ()
        topic, ingest_time = self._app.input_topics[message.topic], round(message.timestamp * 1000)
        return TopicMessage(topic, message.partition, message.offset, message.key, message.value, ingest_time, headers)
