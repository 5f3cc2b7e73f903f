"""Queries of the review queue: what waits, and one entry of it."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, and_, select

from dashboards.board.domain.people import Person
from dashboards.board.readmodel.tables import assessments, reviews
from dashboards.board.readmodel.visibility import visible
from schemas.identifiers import normalise
from schemas.products import Review

_RANKED: Final = (
    reviews.c.key,
    reviews.c.force,
    reviews.c.system,
    reviews.c.normalised_ref,
    reviews.c.reported_at,
    reviews.c.due_at,
    reviews.c.probability,
    reviews.c.status,
)
_JUDGED: Final = (
    select(assessments.c.assessment_id)
    .where(
        and_(
            assessments.c.normalised_ref == reviews.c.normalised_ref,
            assessments.c.system == reviews.c.system,
            assessments.c.force == reviews.c.force,
            assessments.c.revoked.is_(False),
        )
    )
    .exists()
)
"""Somebody has judged the report: the workers say so a moment later."""


class QueueEntry(msgspec.Struct, frozen=True):
    """An entry of the review queue and the key it has there."""

    key: str
    review: Review


def waiting(connection: Connection, force: str) -> list[QueueEntry]:
    """Return the entries of a force that nobody has judged, in no order; without their reasons and teams."""
    query = select(*_RANKED).where(reviews.c.force == force, reviews.c.status == "WAITING", ~_JUDGED)
    return [
        QueueEntry(
            key,
            Review(
                force=of_force,
                system=system,
                ref=ref,
                normalised_ref=ref,
                reported_at=reported_at,
                due_at=due_at,
                probability=probability,
                status=status,
            ),
        )
        for key, of_force, system, ref, reported_at, due_at, probability, status in connection.execute(query)
    ]


def still_waits(connection: Connection, key: str) -> bool:
    """Return whether an entry is waiting and nobody has judged it."""
    query = select(reviews.c.key).where(reviews.c.key == key, reviews.c.status == "WAITING", ~_JUDGED)
    return connection.execute(query).first() is not None


def find(connection: Connection, person: Person, force: str, system: str, ref: str) -> QueueEntry | None:
    """Return the entry of a report; None where there is none, or it is of a force the person may not see."""
    conditions = (reviews.c.force == force, reviews.c.system == system, reviews.c.normalised_ref == normalise(ref))
    return next(iter(_entries(connection, *conditions, *visible(reviews.c.force, person))), None)


def entries(connection: Connection, keys: list[str]) -> list[QueueEntry]:
    """Return whole entries by their keys, in the order of the keys."""
    by_key = {entry.key: entry for entry in _entries(connection, reviews.c.key.in_(keys))}
    return [by_key[key] for key in keys if key in by_key]


def _entries(connection: Connection, *conditions: ColumnElement[bool]) -> list[QueueEntry]:
    query = select(reviews).where(*conditions).order_by(reviews.c.key)
    return [QueueEntry(row["key"], _review(row)) for row in connection.execute(query).mappings()]


def _review(row: RowMapping) -> Review:
    fields: dict[str, Any] = {name: row[name] for name in Review.__struct_fields__}
    return msgspec.convert(fields | {"reasons": msgspec.json.decode(row["reasons"])}, Review)
