"""Which records were erased, and until when what was said of them is dropped.

Their names must not be kept, so a digest stands for each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import TypeAlias

from sqlalchemy import Connection, select

from dashboards.board.readmodel.store import ReadModel, in_chunks
from dashboards.board.readmodel.tables import erased_records

RecordName: TypeAlias = tuple[str, str, str]
"""(force, system, normalised reference)."""
NEVER = -(1 << 62)
"""Before every moment."""


def put(
    model: ReadModel, connection: Connection, force: str, subjects: Collection[tuple[str, str]], erased_at: int
) -> None:
    """Store that records (system, normalised reference) were erased."""
    rows = [
        {"record_digest": _digest((force, system, ref)), "erased_at": erased_at} for system, ref in sorted(subjects)
    ]
    model.put(connection, erased_records, *rows)


def times(connection: Connection, names: Collection[RecordName]) -> dict[RecordName, int]:
    """Return when records were erased, those of them that were."""
    by_digest = {_digest(name): name for name in names}
    erased: dict[RecordName, int] = {}
    for some in in_chunks(by_digest):
        for row in connection.execute(select(erased_records).where(erased_records.c.record_digest.in_(some))):
            erased[by_digest[row.record_digest]] = row.erased_at
    return erased


def _digest(name: RecordName) -> str:
    return hashlib.sha256("|".join(name).encode()).hexdigest()
