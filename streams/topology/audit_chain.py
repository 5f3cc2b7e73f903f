"""The audit log's hash chains: how an entry follows from the one before, and how they are verified.

Data Protection Act 2018, section 62: who consulted or disclosed what, when, and to whom.  Each writer's entries are
numbered from 1 without a gap, and each holds the hash of the one before; so nothing in the middle can be changed or
taken out unnoticed.  That the end was not cut off, or a whole tail written anew, is held by anchors: entries in which
one writer names the heads of all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

import msgspec

from schemas.products import AuditDetail, AuditEntry, ChainHead

ANCHOR: Final = "ANCHOR"
"""The action of an entry that names heads."""
FIRST: Final = ""
"""The previous_hash of a writer's first entry."""

_NOTHING: Final = object()
_UNSTATED: Final = {
    item.name: msgspec.to_builtins(item.default) for item in msgspec.structs.fields(AuditEntry) if not item.required
}

FaultKind = Literal["CHANGED", "BROKEN", "GAP", "FORK", "TRUNCATED", "REWRITTEN", "UNREADABLE"]


@dataclass(frozen=True, slots=True)
class ChainFault:
    """One fault of the log, and where it is."""

    kind: FaultKind
    writer: str
    number: int
    """The writer's entry it is found at, or the first that is missing."""
    place: str
    """Where the entry that shows it stands: ``topic/partition/offset``."""
    sentence: str

    def __str__(self) -> str:
        return f"{self.writer} {self.number} ({self.place}): {self.kind}: {self.sentence}"


def entry_hash(entry: AuditEntry) -> str:
    """Return an entry's SHA-256 (hexadecimal), over its fields but the hash as JSON, names in order.

    A field with its default value is left out, so that a field added later changes no old hash.
    """
    body = {name: value for name, value in msgspec.to_builtins(entry).items() if value != _UNSTATED.get(name, _NOTHING)}
    del body["hash"]
    return hashlib.sha256(msgspec.json.encode(body, order="sorted")).hexdigest()


def following(
    head: ChainHead | None,
    *,
    writer: str,
    entry_id: str,
    at: int,
    actor: str,
    role: str,
    action: str,
    target: str | None = None,
    recipient: str | None = None,
    details: tuple[AuditDetail, ...] = (),
    heads: tuple[ChainHead, ...] = (),
) -> AuditEntry:
    """Return the writer's next entry after its head (None: its first), with its number and hashes."""
    entry = AuditEntry(
        entry_id=entry_id,
        at=at,
        actor=actor,
        role=role,
        action=action,
        target=target,
        recipient=recipient,
        details=details,
        heads=heads,
        writer=writer,
        number=1 if head is None else head.number + 1,
        previous_hash=FIRST if head is None else head.hash,
        hash="",
    )
    return msgspec.structs.replace(entry, hash=entry_hash(entry))


def head_of(entry: AuditEntry) -> ChainHead:
    """Return the head of a writer's chain whose newest entry this is, as an anchor names it."""
    return ChainHead(writer=entry.writer, number=entry.number, hash=entry.hash)


@dataclass(slots=True)
class _Chain:
    """What has been read of one writer's entries."""

    hashes: dict[int, str] = field(default_factory=dict)
    head: ChainHead | None = None


@dataclass(slots=True)
class ChainVerification:
    """Checks every entry once, each writer's in the order of the log."""

    entries: int = 0
    repeated: int = 0
    """Entries read twice, the same in every bit: their producer sent them again because it had no acknowledgement."""
    anchors: int = 0
    _chains: dict[str, _Chain] = field(default_factory=dict)
    _anchored: list[tuple[ChainHead, str]] = field(default_factory=list)
    """Each head that was named, and where."""

    def check(self, entry: AuditEntry, place: str) -> Iterator[ChainFault]:
        """Check the next entry and yield what is wrong with it."""
        self.entries += 1
        if entry_hash(entry) != entry.hash:
            yield ChainFault("CHANGED", entry.writer, entry.number, place, "its content does not match its hash")
        chain = self._chains.setdefault(entry.writer, _Chain())
        known = chain.hashes.get(entry.number)
        if known == entry.hash:
            self.repeated += 1
            return
        yield from _fault_in_place(chain, entry, place, known)
        if known is None:
            chain.hashes[entry.number] = entry.hash
            if chain.head is None or entry.number > chain.head.number:
                chain.head = head_of(entry)
        if entry.action == ANCHOR:
            self.anchors += 1
            self._anchored += [(head, place) for head in entry.heads]

    def expect(self, head: ChainHead, place: str) -> None:
        """Expect a head that somebody wrote down elsewhere."""
        self._anchored.append((head, place))

    def finish(self) -> Iterator[ChainFault]:
        """Yield what anchors name and the log no longer holds, once every entry has been checked."""
        named: set[tuple[str, int, str]] = set()
        for head, place in self._anchored:
            if (head.writer, head.number, head.hash) in named:
                continue
            named.add((head.writer, head.number, head.hash))
            chain = self._chains.get(head.writer)
            logged = chain.hashes.get(head.number) if chain is not None else None
            if logged is None:
                yield ChainFault(
                    "TRUNCATED", head.writer, head.number, place, "anchored here, and no longer in the log"
                )
            elif logged != head.hash:
                yield ChainFault("REWRITTEN", head.writer, head.number, place, "anchored here with another hash")

    @property
    def heads(self) -> tuple[ChainHead, ...]:
        """Every writer's newest entry, by writer."""
        return tuple(chain.head for _, chain in sorted(self._chains.items()) if chain.head is not None)


def _fault_in_place(chain: _Chain, entry: AuditEntry, place: str, known: str | None) -> Iterator[ChainFault]:
    """Yield what is wrong with an entry's place in its chain."""
    number, writer = entry.number, entry.writer
    last = chain.head.number if chain.head is not None else 0
    if known is not None or number <= last:
        yield ChainFault("FORK", writer, number, place, f"another entry under this number, after {last}")
    elif number > last + 1:
        missing = f"{last + 1}" if number == last + 2 else f"{last + 1} to {number - 1}"
        yield ChainFault("GAP", writer, last + 1, place, f"{missing} missing before {number}")
    elif entry.previous_hash != (chain.head.hash if chain.head is not None else FIRST):
        yield ChainFault(
            "BROKEN", writer, number, place, f"does not follow from {last}: one of the two is not the original"
        )
