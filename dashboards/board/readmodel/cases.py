"""Queries of cases: what each system holds under a reference, and what is linked to what."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, and_, or_, select

from dashboards.board.domain.people import Person
from dashboards.board.readmodel.alerts import about_subjects
from dashboards.board.readmodel.tables import cases, links
from dashboards.board.readmodel.visibility import visible
from schemas.identifiers import normalise
from schemas.products import Alert, Case
from streams.reports.linked_cases import LEAST_TYPED, CaseSubject, HeldCase, SubjectLink
from streams.reports.loose_references import loose

_JSON: Final = ("linked", "moments", "summary")


class StoredCases:
    """The cases, links and alerts of the read model, of the forces a person may see (None: of all)."""

    def __init__(self, connection: Connection, person: Person | None = None) -> None:
        self._connection = connection
        self._person = person

    def named(self, reference: str) -> list[HeldCase]:
        """Return the cases a loosely typed reference names: those it spells exactly, else those it resembles."""
        exact = self._select([cases.c.normalised_ref == normalise(reference)])
        return exact or self._select([cases.c.loose_ref == loose(reference)])

    def citing(self, reference: str) -> list[tuple[str, CaseSubject]]:
        """Return (force, subject) of what records link to under this reference, sorted."""
        query = select(links.c.force, links.c.linked_system, links.c.linked_ref).distinct()
        query = query.where(links.c.linked_ref == normalise(reference), *visible(links.c.force, self._person))
        query = query.order_by(links.c.force, links.c.linked_system)
        return [(force, (system, ref)) for force, system, ref in self._connection.execute(query)]

    def resembling(self, reference: str, limit: int) -> list[HeldCase]:
        """Return cases whose reference contains what was typed, if that is long enough."""
        ref = normalise(reference)
        return self._select([cases.c.normalised_ref.contains(ref)], limit) if len(ref) >= LEAST_TYPED else []

    def links_of(self, force: str, subjects: Collection[CaseSubject]) -> set[SubjectLink]:
        """Return every link that has one of these at either end."""
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
        rows = self._connection.execute(select(links).where(links.c.force == force, or_(*ends)))
        return {((row.system, row.ref), (row.linked_system, row.linked_ref)) for row in rows}

    def held(self, force: str, subjects: Collection[CaseSubject]) -> list[HeldCase]:
        """Return what a force holds under these references."""
        pairs = [and_(cases.c.system == system, cases.c.normalised_ref == ref) for system, ref in subjects]
        return self._select([cases.c.force == force, or_(*pairs)]) if pairs else []

    def alerts_about(self, force: str, subjects: Collection[CaseSubject]) -> list[Alert]:
        """Return the alerts about any of these, the newest first."""
        return [item.alert for item in about_subjects(self._connection, force, subjects)]

    def _select(self, conditions: Iterable[ColumnElement[bool]], limit: int | None = None) -> list[HeldCase]:
        query = select(cases).where(*conditions, *visible(cases.c.force, self._person))
        query = query.order_by(cases.c.first_event_time, cases.c.key).limit(limit)
        return [HeldCase(row["kind"], read_case(row)) for row in self._connection.execute(query).mappings()]


def changed_since(connection: Connection, change: int, limit: int) -> list[tuple[str, str, str]]:
    """Return (force, system, normalised ref) of cases that changed after a change."""
    query = select(cases.c.force, cases.c.system, cases.c.normalised_ref).where(cases.c.change > change).limit(limit)
    return [(force, system, ref) for force, system, ref in connection.execute(query)]


def read_case(row: RowMapping) -> Case:
    """Return the case in a row of the table of cases."""
    fields: dict[str, Any] = {name: row[name] for name in Case.__struct_fields__ if name not in _JSON}
    fields |= {name: msgspec.json.decode(row[name]) for name in _JSON}
    return msgspec.convert(fields, Case)
