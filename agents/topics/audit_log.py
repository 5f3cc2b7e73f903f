"""The audit log: who saw or did what, when and to whom, each writer's entries in one hash chain.

Data Protection Act 2018, section 62.  An entry refers to alerts and never repeats what they or a note say.  What
cannot be noted must not be done: :meth:`AuditLog.note` returns once the broker has the entry, and raises where it has
not.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from agents.kafka.codecs import product_codec
from agents.kafka.correlation_headers import correlation_headers
from agents.kafka.producer import KafkaProducer
from agents.kafka.reader import messages
from agents.settings.clock import wall_clock
from agents.topics.audit_heads import HeadFile, last_entry
from agents.topics.instance_name import InstanceName
from schemas.products import AuditDetail, AuditEntry, ChainHead
from schemas.refusals import BadRecordError
from streams.topology.audit_chain import ANCHOR, ChainFault, ChainVerification, following, head_of
from streams.topology.topics import AUDIT_LOG, partition_for

if TYPE_CHECKING:
    from types import TracebackType

    from agents.settings.settings import Settings

_log: Final = logging.getLogger("cdi.audit")
_DELIVER_WITHIN_SECONDS: Final = 10.0


class AuditLog:
    """One writer of the audit log; its entries follow on those it wrote before it was last stopped.

    A lock in ``data`` gives the writer's name to one process, so that two never write one chain.  Any thread may call
    :meth:`note`.
    """

    def __init__(
        self, settings: Settings, component: str, *, data: Path | None = None, clock: Callable[[], int] = wall_clock
    ) -> None:
        """Take a name for a component (``board``, ``cli``, ``notifier``, ``worker``); send nothing yet."""
        self._settings = settings
        self._clock = clock
        self._codec = product_codec(settings)
        self._name = InstanceName((data or settings.data) / "audit", component, settings.worker)
        self._topic = settings.topic(AUDIT_LOG)
        self._lock = threading.Lock()
        self._producer: KafkaProducer | None = None
        self._head: ChainHead | None = None
        self._file: HeadFile | None = None

    @property
    def writer(self) -> str:
        """The name on this writer's entries."""
        return self._name.name

    def note(
        self,
        actor: str,
        role: str,
        action: str,
        target: str | None = None,
        details: Mapping[str, str] | None = None,
        *,
        recipient: str | None = None,
        entry_id: str | None = None,
    ) -> None:
        """Append an entry for one view, search, export, action or notification.

        Returns once the broker has it.  ``recipient`` is to whom something was disclosed, where that is not ``actor``.
        Raises NotDeliveredError where the broker does not take it, UnreadableError where the end of the chain cannot
        be found.
        """
        entry_details = tuple(AuditDetail(name=name, value=value) for name, value in (details or {}).items())
        self._append(entry_id or str(uuid.uuid4()), actor, role, action, target, recipient, entry_details)

    def note_derived(
        self, actor: str, role: str, action: str, derive: Callable[[str], tuple[str, Mapping[str, str]]]
    ) -> str:
        """Append an entry whose target and details follow from the hash of this writer's entry before it.

        That is an anchor, written now, whose own id is random: nobody chooses what is derived, and nobody foresees it.
        Return the target.  Raises what :meth:`note` raises, and what ``derive`` does, which is then not noted.
        """
        self.anchor()
        with self._lock:
            self._producer = self._producer or self._start()
            if self._head is None:
                raise AssertionError("an anchor was written")
            target, details = derive(self._head.hash)
            entry_details = tuple(AuditDetail(name=name, value=value) for name, value in details.items())
            self._append_next(str(uuid.uuid4()), actor, role, action, target, None, entry_details)
        return target

    def anchor(self) -> None:
        """Append an entry with every writer's head, so that no chain can be cut short unnoticed."""
        heads = verify(self._settings)[0].heads
        self._append(str(uuid.uuid4()), self.writer, "SYSTEM", ANCHOR, None, None, (), heads)

    def close(self) -> None:
        """Release the name."""
        with self._lock:
            self._producer = None
            self._name.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _append(
        self,
        entry_id: str,
        actor: str,
        role: str,
        action: str,
        target: str | None,
        recipient: str | None,
        details: tuple[AuditDetail, ...],
        heads: tuple[ChainHead, ...] = (),
    ) -> None:
        with self._lock:
            self._append_next(entry_id, actor, role, action, target, recipient, details, heads)

    def _append_next(
        self,
        entry_id: str,
        actor: str,
        role: str,
        action: str,
        target: str | None,
        recipient: str | None,
        details: tuple[AuditDetail, ...],
        heads: tuple[ChainHead, ...] = (),
    ) -> None:
        """Append the next entry, while the lock is held."""
        producer = self._producer or self._start()
        entry = following(
            self._head,
            writer=self.writer,
            entry_id=entry_id,
            at=self._clock(),
            actor=actor,
            role=role,
            action=action,
            target=target,
            recipient=recipient,
            details=details,
            heads=heads,
        )
        self._producer = None  # unless the broker says it has the entry, the chain's end must be looked up again
        self._deliver(producer, entry)
        self._producer, self._head = producer, head_of(entry)
        if self._file is not None:
            self._file.write(self._head)
        fields = {"entry_id": entry.entry_id, "action": entry.action, "writer": entry.writer, "number": entry.number}
        _log.debug("audited", extra=fields)

    def _start(self) -> KafkaProducer:
        """Find the end of our chain: in the log or, where the log has lost it, in our own note."""
        partition = partition_for(self.writer, self._settings.partitions)
        written, cluster = last_entry(self._settings, self.writer, partition)
        self._file = HeadFile(self._name.folder, self.writer, f"{cluster}/{self._topic}")
        noted = self._file.read()
        self._head = head_of(written) if written is not None else None
        if noted is not None and noted.number > (self._head.number if self._head is not None else 0):
            _log.error("audit_log_lost_entries", extra={"writer": self.writer, "number": noted.number})
            self._head = noted  # so that the check finds a gap in the numbers
        return KafkaProducer(self._settings.client(), deliver_within_seconds=_DELIVER_WITHIN_SECONDS)

    def _deliver(self, producer: KafkaProducer, entry: AuditEntry) -> None:
        partition = partition_for(entry.writer, self._settings.partitions)
        value = self._codec.encode(entry)
        producer.put(self._topic, entry.writer.encode(), value, partition, correlation_headers())
        producer.deliver()


def verify(
    settings: Settings, expected: tuple[tuple[ChainHead, str], ...] = ()
) -> tuple[ChainVerification, list[ChainFault]]:
    """Read the whole audit log and return everything that is wrong with it.

    It must hold the ``expected`` heads, each given with the place it was stored.  Raises UnreadableError.
    """
    verification = ChainVerification()
    faults: list[ChainFault] = []
    for entry, place in entries(settings):
        if isinstance(entry, BadRecordError):
            faults.append(ChainFault("UNREADABLE", "?", 0, place, entry.detail))
        else:
            faults += verification.check(entry, place)
    for head, place in expected:
        verification.expect(head, place)
    return verification, [*faults, *verification.finish()]


def entry_ids(settings: Settings, action: str) -> set[str]:
    """Return the ids of the entries for an action.  Raises UnreadableError."""
    audited = (entry for entry, _ in entries(settings) if not isinstance(entry, BadRecordError))
    return {entry.entry_id for entry in audited if entry.action == action}


def entries(settings: Settings) -> Iterator[tuple[AuditEntry | BadRecordError, str]]:
    """Go through the audit log, each writer's entries in order, with their places.

    Raises UnreadableError.
    """
    codec = product_codec(settings)
    for message in messages(settings, AUDIT_LOG):
        place = f"{settings.prefix}{message.topic}/{message.partition}/{message.offset}"
        try:
            yield codec.decode_as(AuditEntry, message.value or b""), place
        except BadRecordError as refusal:
            yield refusal, place
