"""Count rows that state different bodies of one record at one moment.

Nothing but their ids says which of them came later.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

import msgspec

from schemas.identifiers import normalise
from schemas.records import Snapshot

MOST_ROWS: Final = 1_000_000
"""Rows that are remembered, at about 150 bytes each; what follows is compared with these alone."""

_ENVELOPE_FIELDS: Final = len(Snapshot.__struct_fields__)
_HASH_BYTES: Final = 8
_ENCODER: Final = msgspec.msgpack.Encoder()


class TieCounter:
    """Remembers a hash of each row's version and body."""

    def __init__(self, key: bytes = b"") -> None:
        """Key the hashes, so that nobody without ``key`` can tell of what they are."""
        self.ties = 0
        """Rows whose record, event_time and revision are those of an earlier row with another body."""
        self.body_by_version: dict[int, int] = {}
        self._key = key

    def add(self, snapshot: Snapshot) -> None:
        """Compare a snapshot with those before it."""
        version = self._hash(
            (snapshot.TOPIC, snapshot.force, _identity(snapshot), snapshot.event_time, snapshot.revision)
        )
        body = self._hash(msgspec.structs.astuple(snapshot)[_ENVELOPE_FIELDS:])
        if len(self.body_by_version) < MOST_ROWS:
            self.ties += self.body_by_version.setdefault(version, body) != body
        else:
            self.ties += self.body_by_version.get(version, body) != body

    def _hash(self, values: tuple[object, ...]) -> int:
        digest = blake2b(_ENCODER.encode(values), digest_size=_HASH_BYTES, key=self._key).digest()
        return int.from_bytes(digest, "big", signed=True)


def count_ties(snapshots: Iterable[Snapshot]) -> int:
    """Count the snapshots whose record, event_time and revision were stated before with another body."""
    counter = TieCounter()
    first: dict[tuple[object, ...], Snapshot] = {}
    compared = set()
    for snapshot in snapshots:
        moment = (snapshot.TOPIC, snapshot.force, snapshot.event_time, snapshot.revision)
        other = first.setdefault(moment, snapshot)
        if other is snapshot:
            continue  # nothing else was stated at this moment, of whatever record: most need no hash
        if moment not in compared:
            compared.add(moment)
            counter.add(other)
        counter.add(snapshot)
    return counter.ties


def _identity(snapshot: Snapshot) -> tuple[object, ...]:
    """Return which record it is a snapshot of, as references are compared."""
    values = (getattr(snapshot, name) for name in snapshot.IDENTITY)
    return tuple(normalise(value) if isinstance(value, str) else value for value in values)
