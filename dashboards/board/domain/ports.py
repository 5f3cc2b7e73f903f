"""What the board needs from outside: topics, sinks of what people do, an audit log, and the time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Protocol, TypeAlias

from schemas.products import AlertAction, Case
from schemas.records import Assessment, AuditReading, Link, Snapshot
from streams.topology.messages import Place, Span, TopicMessage

Judgement: TypeAlias = Assessment | AuditReading | Link
"""What a person says of a record."""

Clock = Callable[[], int]
"""The wall clock: milliseconds since the epoch."""


class ActionSink(Protocol):
    """Where what people do about alerts goes."""

    def send(self, action: AlertAction) -> None:
        """Write an action to its topic and return once the broker has it; raise where it has not."""

    def send_all(self, actions: Iterable[AlertAction]) -> None:
        """Write several, or raise."""


class JudgementSink(Protocol):
    """Where what people say of records goes."""

    def send(self, judgement: Judgement) -> None:
        """Write a judgement to its topic and return once the broker has it; raise where it has not.

        Whoever sends one has noted it in the audit log before.
        """


class SnapshotSource(Protocol):
    """Where records are looked up as their source system wrote them, when somebody asks for one."""

    def newest(self, cases: Iterable[Case]) -> Mapping[str, Snapshot]:
        """Return the newest snapshot of each case, by event_id; those not found in time are left out.

        Whoever asks has noted it in the audit log before.  Raises UnreadableError.
        """


class AuditSink(Protocol):
    """Where it is noted who looked at what (Data Protection Act 2018, section 62)."""

    def note(self, actor: str, role: str, action: str, target: str | None) -> None:
        """Note one view, search, export or action; raise where it cannot be noted: it is then refused."""


class TopicSource(Protocol):
    """Reads our topics, named without the installation's prefix.

    Every method but ``close`` raises UnreadableError.
    """

    def topic_id(self, topic: str) -> str:
        """Return an id that a topic loses when it is deleted and made again."""

    def spans(self, topic: str) -> list[Span]:
        """Return where each partition begins and ends now."""

    def assign(self, offsets: Mapping[Place, int]) -> None:
        """Read these partitions, each from its offset; where that is there no more, from the first that is."""

    def poll(self, timeout_seconds: float, at_most: int) -> list[TopicMessage]:
        """Return the next messages, each partition in its own order, after ``timeout_seconds`` at the latest."""

    def lag(self, topics: Collection[str]) -> int:
        """Count the messages of these topics that were not read yet; raise where Kafka does not answer."""

    def close(self) -> None:
        """Stop reading."""


OpenTopics = Callable[[], TopicSource]
"""Connects to Kafka; called again after every failure."""
