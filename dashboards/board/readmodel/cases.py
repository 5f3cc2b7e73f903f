"""Queries of cases: what each system holds under a reference, and what is linked to what."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, select

from dashboards.board.domain.people import Person
from dashboards.board.readmodel.alerts import about_subjects
from dashboards.board.readmodel.store import in_chunks
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
        wanted = set(subjects)
        touching: set[SubjectLink] = set()
        for refs in in_chunks({ref for _, ref in wanted}):
            for end in (links.c.ref, links.c.linked_ref):
                query = select(links).where(links.c.force == force, end.in_(refs))
                touching |= {
                    ((row.system, row.ref), (row.linked_system, row.linked_ref))
                    for row in self._connection.execute(query)
                }
        return {link for link in touching if not wanted.isdisjoint(link)}

    def held(self, force: str, subjects: Collection[CaseSubject]) -> list[HeldCase]:
        """Return what a force holds under these references, the first recorded first."""
        wanted = set(subjects)
        rows = [
            row
            for refs in in_chunks({ref for _, ref in wanted})
            for row in self._rows([cases.c.force == force, cases.c.normalised_ref.in_(refs)])
            if (row["system"], row["normalised_ref"]) in wanted
        ]
        return [_held(row) for row in sorted(rows, key=lambda row: (row["first_event_time"], row["key"]))]

    def alerts_about(self, force: str, subjects: Collection[CaseSubject]) -> list[Alert]:
        """Return the alerts about any of these, the newest first."""
        return [item.alert for item in about_subjects(self._connection, force, subjects)]

    def _select(self, conditions: Iterable[ColumnElement[bool]], limit: int | None = None) -> list[HeldCase]:
        return [_held(row) for row in self._rows(conditions, limit)]

    def _rows(self, conditions: Iterable[ColumnElement[bool]], limit: int | None = None) -> Sequence[RowMapping]:
        query = select(cases).where(*conditions, *visible(cases.c.force, self._person))
        query = query.order_by(cases.c.first_event_time, cases.c.key).limit(limit)
        return self._connection.execute(query).mappings().all()


def changed_since(connection: Connection, change: int, limit: int) -> list[tuple[str, str, str]]:
    """Return (force, system, normalised ref) of cases that changed after a change."""
    query = select(cases.c.force, cases.c.system, cases.c.normalised_ref).where(cases.c.change > change).limit(limit)
    return [(force, system, ref) for force, system, ref in connection.execute(query)]


def _held(row: RowMapping) -> HeldCase:
    return HeldCase(row["kind"], read_case(row))


def read_case(row: RowMapping) -> Case:
    """Return the case in a row of the table of cases."""
    fields: dict[str, Any] = {name: row[name] for name in Case.__struct_fields__ if name not in _JSON}
    fields |= {name: msgspec.json.decode(row[name]) for name in _JSON}
    return msgspec.convert(fields, Case)
