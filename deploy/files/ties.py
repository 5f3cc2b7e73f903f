"""Count rows that state different bodies of one record at one moment.

Nothing but their ids says which of them came later.
"""

from __future__ import annotations

from typing import Final

import msgspec

from schemas.identifiers import normalise
from schemas.records import Snapshot

MOST_ROWS: Final = 1_000_000
"""Rows that are remembered, at about 150 bytes each; what follows is compared with these alone."""

_ENVELOPE_FIELDS: Final = len(Snapshot.__struct_fields__)


class TieCounter:
    """Remembers a hash of each row's version and body."""

    def __init__(self) -> None:
        self.ties = 0
        """Rows whose record, event_time and revision are those of an earlier row with another body."""
        self._body_by_version: dict[int, int] = {}

    def add(self, snapshot: Snapshot) -> None:
        """Compare a snapshot with those before it."""
        version = hash((snapshot.force, _identity(snapshot), snapshot.event_time, snapshot.revision))
        body = hash(msgspec.structs.astuple(snapshot)[_ENVELOPE_FIELDS:])
        if len(self._body_by_version) < MOST_ROWS:
            self.ties += self._body_by_version.setdefault(version, body) != body
        else:
            self.ties += self._body_by_version.get(version, body) != body


def _identity(snapshot: Snapshot) -> tuple[object, ...]:
    """Return which record it is a snapshot of, as references are compared."""
    values = (getattr(snapshot, name) for name in snapshot.IDENTITY)
    return tuple(normalise(value) if isinstance(value, str) else value for value in values)
