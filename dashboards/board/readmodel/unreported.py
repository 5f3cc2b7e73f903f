"""The crimes that nobody reported, with the reports that they probably are of."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy import Connection, Select, func, select

from dashboards.board.domain.people import Person
from dashboards.board.readmodel.tables import candidates
from dashboards.board.readmodel.visibility import visible
from schemas.products import Candidate

_CRIMES = "CIS"


def unreported_crimes(connection: Connection, person: Person, limit: int) -> tuple[list[Candidate], int]:
    """Return the crimes whose report is the most probable, at most ``limit``, and how many there are."""
    about = _of_crimes(person)
    number = connection.execute(select(func.count()).select_from(about.subquery())).scalar_one()
    query = about.order_by(candidates.c.probability.desc(), candidates.c.key).limit(limit)
    return [msgspec.json.decode(text, type=Candidate) for text in connection.execute(query).scalars()], number


def unreported_crime(connection: Connection, person: Person, alert_id: str) -> Candidate | None:
    """Return what is said of one crime, by the id under which it is published."""
    query = _of_crimes(person).where(candidates.c.alert_id == alert_id)
    text = connection.execute(query).scalars().first()
    return None if text is None else msgspec.json.decode(text, type=Candidate)


def suggestions_of(connection: Connection, forces: Collection[str]) -> list[Candidate]:
    """Return all that is suggested in some forces, for alerts and for crimes."""
    query = select(candidates.c.candidate).where(candidates.c.force.in_(forces)).order_by(candidates.c.key)
    return [msgspec.json.decode(text, type=Candidate) for text in connection.execute(query).scalars()]


def _of_crimes(person: Person) -> Select[str]:
    conditions = visible(candidates.c.force, person)
    return select(candidates.c.candidate).where(candidates.c.subject_system == _CRIMES, *conditions)
