"""How audits stand: plans and drawn records as the workers' state has them, and every reading known.

What a reading changes (estimates, agreement, what is still to be read) is worked out anew whenever it is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec
from sqlalchemy import Connection, select

from dashboards.board.domain.people import Person
from dashboards.board.readmodel.audits import tables
from dashboards.board.readmodel.store import ReadModel
from dashboards.board.readmodel.visibility import visible
from schemas.identifiers import normalise
from schemas.records import AuditReading
from streams.audits.frames import Measure
from streams.audits.plan import AuditPlan
from streams.audits.readings import RecordReadings
from streams.audits.results import AuditResults, overall_from, results_from
from streams.audits.sample import AuditSample, DrawnRecord, StratumNow
from streams.facts.linkage import ReportKey
from streams.policy.calendar import HOUR
from streams.reports.audits import AuditReport
from streams.reports.figure import Figure

_IN_STREAM_MS = HOUR
"""How long a reading sent from a board may be on its way to the workers."""


class AuditSheet(msgspec.Struct, frozen=True, kw_only=True):
    """One audit as the workers' state has it."""

    sample: AuditSample
    readings: tuple[AuditReading, ...]
    recorded_a_year: int | None
    linkage: Mapping[Measure, Figure]


class AuditState(msgspec.Struct, frozen=True, kw_only=True):
    """All audits of a force as the workers' state has them."""

    force: str
    clock: int | None
    read_at: int
    """When reading the state began (ms)."""
    recorded: int | None
    """Crimes of the year linked to reports of the four frames that hold every report of crime, where audited.

    None where some of that year are forgotten.
    """
    sheets: tuple[AuditSheet, ...]


class AuditAge(msgspec.Struct, frozen=True):
    """When the audits of a force were read from the workers' state."""

    force: str
    clock: int | None
    read_at: int


def replace(model: ReadModel, state: AuditState, erased: Collection[tuple[str, str]] = ()) -> None:
    """Store how a force's audits stand, without the records that were ``erased`` meanwhile.

    Those are given by system and normalised reference.  A reading sent from a board stays until the workers hold it, or
    have had the time to.
    """
    force = state.force
    records = [row for sheet in state.sheets for row in _record_rows(sheet.sample, force)]
    readings = [_reading_row(reading, sheet.sample.plan) for sheet in state.sheets for reading in sheet.readings]
    with model.writing() as connection:
        stored = select(tables.audit_readings).where(
            tables.audit_readings.c.force == force,
            tables.audit_readings.c.event_time >= state.read_at - _IN_STREAM_MS,
        )
        sent = [dict(row) for row in connection.execute(stored).mappings()]
        for table in (tables.audit_forces, tables.audit_sheets, tables.audit_records, tables.audit_readings):
            connection.execute(table.delete().where(table.c.force == force))
        about = {"force": force, "clock": state.clock, "read_at": state.read_at, "recorded": state.recorded}
        model.put(connection, tables.audit_forces, about)
        model.put(connection, tables.audit_sheets, *(_sheet_row(sheet) for sheet in state.sheets))
        model.put(connection, tables.audit_records, *(row for row in records if _subject(row) not in erased))
        drawn = {(row["audit_id"], *_subject(row)) for row in records if _subject(row) not in erased}
        newest: dict[tuple[str, ...], dict[str, object]] = {}
        for row in sorted([*readings, *sent], key=lambda row: row["event_time"]):
            if (row["audit_id"], *_subject(row)) in drawn:
                newest[row["audit_id"], *_subject(row), row["reader"]] = row
        model.put(connection, tables.audit_readings, *newest.values())


def show_reading(model: ReadModel, reading: AuditReading) -> None:
    """Store a reading that was just sent, before the workers hold it."""
    row = _reading_row(reading, reading)
    with model.writing() as connection:
        model.put(connection, tables.audit_readings, row)


def forget(connection: Connection, force: str, subjects: Iterable[tuple[str, str]]) -> None:
    """Delete what is stored of records that are gone, by system and normalised reference."""
    for table in (tables.audit_records, tables.audit_readings):
        for system, ref in subjects:
            of_record = (table.c.force == force, table.c.system == system, table.c.normalised_ref == ref)
            connection.execute(table.delete().where(*of_record))


def ages(connection: Connection, person: Person) -> dict[str, AuditAge]:
    """Return when the audits of each force that a person sees were read."""
    query = select(tables.audit_forces).where(*visible(tables.audit_forces.c.force, person))
    rows = connection.execute(query.order_by(tables.audit_forces.c.force))
    return {row.force: AuditAge(row.force, row.clock, row.read_at) for row in rows}


def plans(connection: Connection, person: Person) -> list[AuditPlan]:
    """Return the audits of the forces that a person sees, the newest first."""
    query = select(tables.audit_sheets.c.plan).where(*visible(tables.audit_sheets.c.force, person))
    found = [msgspec.json.decode(text, type=AuditPlan) for text in connection.execute(query).scalars()]
    return sorted(found, key=lambda plan: (plan.end, plan.planned_at, plan.audit_id), reverse=True)


def results(connection: Connection, plan: AuditPlan, z: float) -> AuditResults:
    """Return what an audit found, by every reading known."""
    return _results(connection, plan.audit_id, z)[0]


def find_plan(connection: Connection, audit_id: str, person: Person) -> AuditPlan | None:
    """Return an audit's plan, or None where there is none, or none that this person may see."""
    query = select(tables.audit_sheets.c.plan).where(
        tables.audit_sheets.c.audit_id == audit_id, *visible(tables.audit_sheets.c.force, person)
    )
    text = connection.execute(query).scalar_one_or_none()
    return None if text is None else msgspec.json.decode(text, type=AuditPlan)


def report(connection: Connection, force: str, audits: Iterable[AuditPlan], z: float) -> AuditReport:
    """Return the report of some audits of one force, and its reports of crime overall."""
    recorded = select(tables.audit_forces.c.recorded).where(tables.audit_forces.c.force == force)
    of_year = connection.execute(recorded).scalar_one_or_none()
    found = [_results(connection, plan.audit_id, z) for plan in audits]
    of_audits = tuple(result for result, _ in found)
    linkage = {result.plan.audit_id: figures for result, figures in found}
    return AuditReport(force, of_audits, overall_from(of_audits, lambda _: of_year, z), linkage)


def _results(connection: Connection, audit_id: str, z: float) -> tuple[AuditResults, Mapping[Measure, Figure]]:
    sheet = connection.execute(select(tables.audit_sheets).where(tables.audit_sheets.c.audit_id == audit_id)).one()
    records: dict[str, list[DrawnRecord]] = {}
    drawn = select(tables.audit_records).where(tables.audit_records.c.audit_id == audit_id)
    for row in connection.execute(drawn.order_by(tables.audit_records.c.digest)).mappings():
        fields = {name: row[name] for name in DrawnRecord._fields}
        records.setdefault(row["stratum"], []).append(DrawnRecord(**fields))
    strata = msgspec.json.decode(sheet.strata, type=list[tuple[str, int, int]])
    sample = AuditSample(
        msgspec.json.decode(sheet.plan, type=AuditPlan),
        tuple(StratumNow(name, count, size, tuple(records.get(name, ()))) for name, count, size in strata),
    )
    readings = _readings(connection, audit_id)
    found = results_from(
        sample,
        lambda subject: RecordReadings.of(readings.get(subject, ())),
        recorded_a_year=sheet.recorded_a_year,
        z=z,
    )
    return found, msgspec.json.decode(sheet.linkage, type=dict[Measure, Figure])


def _readings(connection: Connection, audit_id: str) -> dict[ReportKey, list[AuditReading]]:
    query = select(tables.audit_readings).where(tables.audit_readings.c.audit_id == audit_id)
    readings: dict[ReportKey, list[AuditReading]] = {}
    for row in connection.execute(query):
        reading = msgspec.json.decode(row.reading, type=AuditReading)
        readings.setdefault((row.system, row.normalised_ref), []).append(reading)
    return readings


def _sheet_row(sheet: AuditSheet) -> dict[str, object]:
    plan = sheet.sample.plan
    strata = [(stratum.name, stratum.population, stratum.sample_size) for stratum in sheet.sample.strata]
    return {
        "audit_id": plan.audit_id,
        "force": plan.force,
        "plan": msgspec.json.encode(plan).decode(),
        "strata": msgspec.json.encode(strata).decode(),
        "recorded_a_year": sheet.recorded_a_year,
        "linkage": msgspec.json.encode(sheet.linkage).decode(),
    }


def _record_rows(sample: AuditSample, force: str) -> Iterable[dict[str, object]]:
    return ({"audit_id": sample.plan.audit_id, "force": force, **record._asdict()} for record in sample.records)


def _reading_row(reading: AuditReading, audit: AuditPlan | AuditReading) -> dict[str, object]:
    return {
        "audit_id": audit.audit_id,
        "system": reading.system,
        "normalised_ref": normalise(reading.ref),
        "reader": reading.reader,
        "force": reading.force,
        "event_time": reading.event_time,
        "reading": msgspec.json.encode(reading).decode(),
    }


def _subject(row: Mapping[str, object]) -> tuple[str, str]:
    return str(row["system"]), str(row["normalised_ref"])
