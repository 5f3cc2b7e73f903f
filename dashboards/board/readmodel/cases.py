"""Questions about cases: what each system holds on one matter, and what is linked to what."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final, TypeAlias

import msgspec
from sqlalchemy import Connection, RowMapping, and_, or_, select

from dashboards.board.domain.people import Person
from dashboards.board.domain.references import loose
from dashboards.board.readmodel.tables import cases, links
from schemas.identifiers import normalise
from schemas.products import Case

Subject: TypeAlias = tuple[str, str]
"""(system, normalised reference)."""

_JSON: Final = ("linked", "moments", "summary")


class Held(msgspec.Struct, frozen=True):
    """A case, and what kind of record it is (incident, crime, disposal, ...)."""

    kind: str
    case: Case

    @property
    def subject(self) -> Subject:
        """What others link to."""
        return self.case.system, self.case.normalised_ref


def found_as(connection: Connection, reference: str, person: Person | None) -> list[Held]:
    """Return the cases that a loosely typed reference names: those it spells exactly, else those it resembles."""
    exact = _held(connection, [cases.c.normalised_ref == normalise(reference)], person)
    return exact or _held(connection, [cases.c.loose_ref == loose(reference)], person)


def suggestions(connection: Connection, reference: str, person: Person | None, limit: int) -> list[Held]:
    """Return the cases whose reference contains what was typed."""
    ref = normalise(reference)
    return _held(connection, [cases.c.normalised_ref.contains(ref)], person, limit) if len(ref) >= 3 else []


def of_subjects(connection: Connection, force: str, subjects: Collection[Subject]) -> list[Held]:
    """Return what a force holds under these references."""
    pairs = [and_(cases.c.system == system, cases.c.normalised_ref == ref) for system, ref in subjects]
    return _held(connection, [cases.c.force == force, or_(*pairs)], None) if pairs else []


def linked_to(connection: Connection, force: str, subjects: Collection[Subject]) -> set[tuple[Subject, Subject]]:
    """Return every link that has one of these at either end, as (who says so, whom it names)."""
    ends = [
        condition
        for system, ref in subjects
        for condition in (
            and_(links.c.system == system, links.c.ref == ref),
            and_(links.c.linked_system == system, links.c.linked_ref == ref),
        )
    ]
    if not ends:
        return set()
    found = connection.execute(select(links).where(links.c.force == force, or_(*ends)))
    return {((row.system, row.ref), (row.linked_system, row.linked_ref)) for row in found}


def changed_since(connection: Connection, change: int, limit: int) -> list[tuple[str, str, str]]:
    """Return (force, system, normalised ref) of cases that changed after a change."""
    query = select(cases.c.force, cases.c.system, cases.c.normalised_ref).where(cases.c.change > change).limit(limit)
    return [(force, system, ref) for force, system, ref in connection.execute(query)]


def _held(
    connection: Connection, conditions: Iterable[Any], person: Person | None, limit: int | None = None
) -> list[Held]:
    query = select(cases).where(*conditions).order_by(cases.c.first_event_time, cases.c.key).limit(limit)
    if person is not None and person.limit is not None:
        query = query.where(cases.c.force.in_(person.limit))
    return [Held(row["kind"], read_case(row)) for row in connection.execute(query).mappings()]


def read_case(row: RowMapping) -> Case:
    """Return the case a row of the cases holds."""
    fields: dict[str, Any] = {name: row[name] for name in Case.__struct_fields__ if name not in _JSON}
    fields |= {name: msgspec.json.decode(row[name]) for name in _JSON}
    return msgspec.convert(fields, Case)


def cited(connection: Connection, reference: str, person: Person | None) -> list[tuple[str, Subject]]:
    """Return (force, subject) of records that others name by this reference."""
    query = select(links.c.force, links.c.linked_system, links.c.linked_ref).distinct()
    query = query.where(links.c.linked_ref == normalise(reference))
    if person is not None and person.limit is not None:
        query = query.where(links.c.force.in_(person.limit))
    return [(force, (system, ref)) for force, system, ref in connection.execute(query)]
