"""Which records were erased, and until when what was said of them is dropped."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from dashboards.board.readmodel.store import ReadModel, in_chunks
from dashboards.board.readmodel.tables import erased_records

NEVER = -(1 << 62)
"""Before every moment."""


def put(
    model: ReadModel, connection: Connection, force: str, subjects: Collection[tuple[str, str]], erased_at: int
) -> None:
    """Store that records (system, normalised reference) were erased."""
    rows = [
        {"force": force, "system": system, "normalised_ref": ref, "erased_at": erased_at}
        for system, ref in sorted(subjects)
    ]
    model.put(connection, erased_records, *rows)


def times(connection: Connection, refs: Collection[str]) -> dict[tuple[str, str, str], int]:
    """Return when the records of these normalised references were erased, by (force, system, reference)."""
    erased: dict[tuple[str, str, str], int] = {}
    for some in in_chunks(refs):
        for row in connection.execute(select(erased_records).where(erased_records.c.normalised_ref.in_(some))):
            erased[row.force, row.system, row.normalised_ref] = row.erased_at
    return erased
