"""What people judged: queries, and how snapshots of an assessment are put together."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, RowMapping, select

from dashboards.board.readmodel.judgements import erased_records
from dashboards.board.readmodel.judgements.erased_records import NEVER, RecordName
from dashboards.board.readmodel.store import ReadModel, in_chunks
from dashboards.board.readmodel.tables import alerts, assessments, cases
from schemas.identifiers import normalise
from schemas.records import Assessment
from streams.facts.record import version
from streams.facts.references import identity

_FIELDS: Final = Assessment.__struct_fields__


class ShownAssessment(msgspec.Struct, frozen=True):
    """An assessment as it stands now, and when it was first given (ms)."""

    assessment_id: str
    given_at: int
    newest: Assessment


def assessment_id(assessment: Assessment) -> str:
    """Return the id under which the read model holds all snapshots of an assessment."""
    return hashlib.sha256(f"{assessment.force}|{identity(assessment)}".encode()).hexdigest()


def of_record(connection: Connection, force: str, system: str, ref: str) -> list[ShownAssessment]:
    """Return the unrevoked assessments of a record, one a person, the newest first."""
    about = assessments.c
    query = select(assessments).where(
        about.force == force,
        about.system == system,
        about.normalised_ref == normalise(ref),
        about.revoked.is_(False),
    )
    by_person: dict[str, ShownAssessment] = {}
    for row in connection.execute(query.order_by(about.given_at.desc(), about.assessment_id)).mappings():
        by_person.setdefault(normalise(row["assessed_by"]), _read(row))
    return list(by_person.values())


def find(connection: Connection, of_id: str) -> ShownAssessment | None:
    """Return an assessment by its id."""
    row = connection.execute(select(assessments).where(assessments.c.assessment_id == of_id)).mappings().first()
    return None if row is None else _read(row)


def was_sent(connection: Connection, event_id: str, person: str, force: str) -> bool:
    """Return whether a person has sent this form already: it is sent twice by a second click."""
    of_form = (
        assessments.c.assessed_by == person,
        assessments.c.force == force,
        assessments.c.event_id == event_id,
    )
    return connection.execute(select(assessments.c.assessment_id).where(*of_form)).first() is not None


def given_since(connection: Connection, force: str, moment: int) -> list[ShownAssessment]:
    """Return the unrevoked assessments of a force's records that were given at or after a moment (ms)."""
    about = assessments.c
    query = select(assessments).where(about.force == force, about.given_at >= moment, about.revoked.is_(False))
    return [_read(row) for row in connection.execute(query.order_by(about.given_at)).mappings()]


def put_snapshots(model: ReadModel, connection: Connection, snapshots: Collection[tuple[Assessment, int]]) -> None:
    """Write snapshots of assessments, each with when it arrived (ms); the newest of each counts."""
    arrived: dict[str, list[tuple[Assessment, int]]] = {}
    for snapshot, arrived_at in _not_erased(connection, snapshots):
        arrived.setdefault(assessment_id(snapshot), []).append((snapshot, arrived_at))
    stored: dict[str, RowMapping] = {}
    for some in in_chunks(arrived):
        query = select(assessments).where(assessments.c.assessment_id.in_(some))
        stored |= {row["assessment_id"]: row for row in connection.execute(query).mappings()}
    model.put(connection, assessments, *(_row(of_id, new, stored.get(of_id)) for of_id, new in arrived.items()))


def erase(connection: Connection, force: str, subjects: Collection[tuple[str, str]], erased_at: int) -> None:
    """Delete what was said of records (system, normalised reference) until they were erased."""
    about = assessments.c
    for system, ref in subjects:
        of_record_ = (about.force == force, about.system == system, about.normalised_ref == ref)
        connection.execute(assessments.delete().where(*of_record_, about.arrived_at <= erased_at))


def prune(connection: Connection) -> None:
    """Delete what was said of records that no system shows and no alert is about."""
    judged = assessments.c
    in_case = (
        cases.c.normalised_ref == judged.normalised_ref,
        cases.c.system == judged.system,
        cases.c.force == judged.force,
    )
    in_alert = (
        alerts.c.normalised_ref == judged.normalised_ref,
        alerts.c.subject_system == judged.system,
        alerts.c.force == judged.force,
    )
    is_gone = (~select(cases.c.key).where(*in_case).exists(), ~select(alerts.c.alert_id).where(*in_alert).exists())
    connection.execute(assessments.delete().where(*is_gone))


def _not_erased(connection: Connection, snapshots: Collection[tuple[Assessment, int]]) -> list[tuple[Assessment, int]]:
    erased = erased_records.times(connection, {_name(snapshot) for snapshot, _ in snapshots})
    return [
        (snapshot, arrived_at) for snapshot, arrived_at in snapshots if arrived_at > erased.get(_name(snapshot), NEVER)
    ]


def _name(assessment: Assessment) -> RecordName:
    return assessment.force, assessment.system, normalise(assessment.ref)


def _row(of_id: str, arrived: list[tuple[Assessment, int]], stored: RowMapping | None) -> dict[str, Any]:
    known = [*arrived, *([] if stored is None else [(_read(stored).newest, stored["arrived_at"])])]
    newest = max((snapshot for snapshot, _ in known), key=version)
    given = [snapshot.event_time for snapshot, _ in known] + ([] if stored is None else [stored["given_at"]])
    return msgspec.structs.asdict(newest) | {
        "assessment_id": of_id,
        "normalised_ref": normalise(newest.ref),
        "given_at": min(given),
        "arrived_at": max(arrived_at for _, arrived_at in known),
    }


def _read(row: RowMapping) -> ShownAssessment:
    newest = msgspec.convert({name: row[name] for name in _FIELDS}, Assessment)
    return ShownAssessment(row["assessment_id"], row["given_at"], newest)
