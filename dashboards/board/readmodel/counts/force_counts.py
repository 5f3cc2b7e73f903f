"""The counts of a force, as they follow from the workers' state: kept until the state is read again."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, select

from dashboards.board.domain.people import Person
from dashboards.board.readmodel.counts import tables
from dashboards.board.readmodel.store import ReadModel
from dashboards.board.readmodel.visibility import visible
from streams.facts.context import Context
from streams.facts.memory import whole_since
from streams.policy.calendar import local_date, local_month
from streams.reports.deciders.crime_decisions import DecisionTally, decision_tallies
from streams.reports.deciders.training_needs import TrainingNeed, most_first, training_needs
from streams.reports.figure import ALWAYS, Period
from streams.reports.parts import ReportPart, parts_by_month, together
from streams.reports.recordings import RecordingTotals


class ForceCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is counted of one force."""

    force: str
    clock: int
    read_at: int
    """When reading the state began (ms)."""
    whole_since: int | None
    """From when on (ms) nothing is forgotten, where anything is: what began before is not counted."""
    parts: tuple[tuple[str, ReportPart], ...]
    """By the local month in which the reports were received."""
    decisions: tuple[DecisionTally, ...]
    training: tuple[TrainingNeed, ...]


class CountAge(msgspec.Struct, frozen=True):
    """When a force was counted."""

    force: str
    clock: int
    read_at: int
    whole_since: int | None = None
    """From when on (ms) it could be counted; None: nothing is forgotten."""


def force_counts(context: Context, read_at: int) -> ForceCounts:
    """Count a force: whole local months of which nothing is forgotten."""
    since = _first_whole_month(context)
    period = ALWAYS if since is None else Period(since, ALWAYS.end)
    return ForceCounts(
        force=context.force,
        clock=context.clock,
        read_at=read_at,
        whole_since=since,
        parts=tuple(parts_by_month(context, period)),
        decisions=tuple(decision_tallies([context], period)),
        training=tuple(training_needs([context], period)),
    )


def _first_whole_month(context: Context) -> int | None:
    """Return when the first local month of which nothing is forgotten begins (ms); None for all."""
    since = whole_since(context)
    if since is None:
        return None
    day = local_date(since)
    begins, ends = local_month(day.year, day.month)
    return begins if begins == since else ends


def replace(model: ReadModel, counts: ForceCounts) -> None:
    """Store a force's counts in the place of its former ones."""
    force = counts.force
    parts = [{"force": force, "month": month, **_part_row(part)} for month, part in counts.parts]
    with model.writing() as connection:
        for table in tables.TABLES:
            connection.execute(table.delete().where(table.c.force == force))
        about = {name: getattr(counts, name) for name in ("force", "clock", "read_at", "whole_since")}
        model.put(connection, tables.counted_forces, about)
        model.put(connection, tables.counted_parts, *parts)
        model.put(connection, tables.counted_decisions, *(tally._asdict() for tally in counts.decisions))
        model.put(connection, tables.training_needs, *(need._asdict() for need in counts.training))


def forget_before(connection: Connection, force: str, moment: int) -> None:
    """Delete a force's counts, if they were counted before a moment (ms): they hold what was erased then."""
    counted = tables.counted_forces
    earlier = select(counted.c.force).where(counted.c.force == force, counted.c.read_at <= moment)
    if connection.execute(earlier).first() is not None:
        for table in tables.TABLES:
            connection.execute(table.delete().where(table.c.force == force))


def ages(connection: Connection, person: Person) -> list[CountAge]:
    """Return when each force that a person sees was counted."""
    query = select(tables.counted_forces).where(*visible(tables.counted_forces.c.force, person))
    rows = connection.execute(query.order_by(tables.counted_forces.c.force))
    return [CountAge(**row) for row in rows.mappings()]


def parts(connection: Connection, months: tuple[str, str], person: Person) -> list[ReportPart]:
    """Return the parts of reports from the first to the last month, of all that a person sees."""
    table = tables.counted_parts
    query = select(table).where(table.c.month.between(*months), *visible(table.c.force, person))
    return together(
        ReportPart(row.kind, row.by, row.value, msgspec.json.decode(row.totals, type=RecordingTotals))
        for row in connection.execute(query)
    )


def decisions(connection: Connection, force: str, kind: str, months: tuple[str, str]) -> list[DecisionTally]:
    """Return the decisions of one kind in some months of one force, whoever took them."""
    table = tables.counted_decisions
    query = select(table).where(table.c.force == force, table.c.kind == kind, table.c.month.between(*months))
    return [DecisionTally(**row) for row in connection.execute(query).mappings()]


def training(connection: Connection, person: Person) -> list[TrainingNeed]:
    """Return the training needs of the forces that a person sees, of those who decided most first."""
    table = tables.training_needs
    rows = connection.execute(select(table).where(*visible(table.c.force, person))).mappings()
    return most_first(TrainingNeed(**row) for row in rows)


def _part_row(part: ReportPart) -> dict[str, Any]:
    return {**part._asdict(), "totals": msgspec.json.encode(part.totals).decode()}
