"""Links of reports and crimes that people confirm: queries, and which snapshot of each counts."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, and_, or_, select

from dashboards.board.readmodel.judgements import erased_records
from dashboards.board.readmodel.judgements.erased_records import NEVER
from dashboards.board.readmodel.store import ReadModel, in_chunks
from dashboards.board.readmodel.tables import people_links
from schemas.identifiers import normalise
from schemas.records import Link
from streams.facts.record import version
from streams.facts.references import identity

_FIELDS: Final = Link.__struct_fields__
_CRIMES: Final = "CIS"
_ABOUT: Final = people_links.c


def link_id(link: Link) -> str:
    """Return the id under which the read model holds all snapshots of a link."""
    return hashlib.sha256(f"{link.force}|{identity(link)}".encode()).hexdigest()


def of_record(connection: Connection, force: str, system: str, ref: str) -> list[Link]:
    """Return the confirmed links of a report or a crime, the newest first."""
    query = select(people_links).where(_ABOUT.force == force, _names(system, normalise(ref)), _ABOUT.confirmed)
    rows = connection.execute(query.order_by(_ABOUT.event_time.desc(), _ABOUT.link_id)).mappings()
    return [_read(row) for row in rows]


def newest(connection: Connection, link: Link) -> Link | None:
    """Return what was said last of the two records that a link is about."""
    row = connection.execute(select(people_links).where(_ABOUT.link_id == link_id(link))).mappings().first()
    return None if row is None else _read(row)


def put_snapshots(model: ReadModel, connection: Connection, snapshots: Collection[tuple[Link, int]]) -> None:
    """Write snapshots of links, each with when it arrived (ms); the newest of each counts."""
    arrived: dict[str, list[tuple[Link, int]]] = {}
    for snapshot, arrived_at in _not_erased(connection, snapshots):
        arrived.setdefault(link_id(snapshot), []).append((snapshot, arrived_at))
    for some in in_chunks(arrived):
        for row in connection.execute(select(people_links).where(_ABOUT.link_id.in_(some))).mappings():
            arrived[row["link_id"]].append((_read(row), row["arrived_at"]))
    model.put(connection, people_links, *(_row(of_id, known) for of_id, known in arrived.items()))


def erase(connection: Connection, force: str, subjects: Collection[tuple[str, str]], erased_at: int) -> None:
    """Delete what was said of records (system, normalised reference) until they were erased."""
    for system, ref in subjects:
        of_record_ = (_ABOUT.force == force, _names(system, ref), _ABOUT.arrived_at <= erased_at)
        connection.execute(people_links.delete().where(*of_record_))


def _names(system: str, ref: str) -> ColumnElement[bool]:
    report = and_(_ABOUT.left_system == system, _ABOUT.normalised_left_ref == ref)
    return or_(report, _ABOUT.normalised_crime_ref == ref) if system == _CRIMES else report


def _not_erased(connection: Connection, snapshots: Collection[tuple[Link, int]]) -> list[tuple[Link, int]]:
    names = {(snapshot.force, *end) for snapshot, _ in snapshots for end in _ends(snapshot)}
    erased = erased_records.times(connection, names)
    return [
        (snapshot, arrived_at)
        for snapshot, arrived_at in snapshots
        if all(arrived_at > erased.get((snapshot.force, *end), NEVER) for end in _ends(snapshot))
    ]


def _ends(link: Link) -> tuple[tuple[str, str], tuple[str, str]]:
    return (link.left_system, normalise(link.left_ref)), (_CRIMES, normalise(link.crime_ref))


def _row(of_id: str, known: list[tuple[Link, int]]) -> dict[str, Any]:
    link = max((snapshot for snapshot, _ in known), key=version)
    return msgspec.structs.asdict(link) | {
        "link_id": of_id,
        "normalised_left_ref": normalise(link.left_ref),
        "normalised_crime_ref": normalise(link.crime_ref),
        "arrived_at": max(arrived_at for _, arrived_at in known),
    }


def _read(row: RowMapping) -> Link:
    return msgspec.convert({name: row[name] for name in _FIELDS}, Link)
