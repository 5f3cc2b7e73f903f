"""Deletes from the read model what was erased, and keeps it from coming back."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from dashboards.board.readmodel import assessments, tables
from dashboards.board.readmodel.audits import sheets as audits
from dashboards.board.readmodel.counts import force_counts
from dashboards.board.readmodel.judgements import erased_records
from dashboards.board.readmodel.judgements import links as people_links
from dashboards.board.readmodel.store import ReadModel, in_chunks
from schemas.identifiers import normalise
from schemas.products import AlertAction, Erasure
from streams.engine.erasure import SYSTEM_BY_KIND


def erase_actions(model: ReadModel, connection: Connection, erasures: Collection[Erasure]) -> None:
    """Delete the actions on erased records' alerts, and store that they must not be applied again."""
    for erasure in sorted(erasures, key=lambda erasure: erasure.erased_at):
        rows = [
            {"alert_id": alert_id, "force": erasure.force, "erased_at": erasure.erased_at}
            for alert_id in erasure.alert_ids
        ]
        model.put(connection, tables.erased, *rows)
        for some in in_chunks(erasure.alert_ids):
            done = tables.actions.c
            of_force = (done.alert_id.in_(some), done.force == erasure.force, done.at <= erasure.erased_at)
            connection.execute(tables.actions.delete().where(*of_force))
            summary = tables.handling_summaries.c
            connection.execute(
                tables.handling_summaries.delete().where(summary.alert_id.in_(some), summary.force == erasure.force)
            )


def erase_judgements(model: ReadModel, connection: Connection, erasures: Collection[Erasure]) -> None:
    """Delete what people said of erased records, and store that it must not be applied again."""
    for erasure in sorted(erasures, key=lambda erasure: erasure.erased_at):
        subjects = {(SYSTEM_BY_KIND[subject.kind], normalise(subject.ref)) for subject in erasure.subjects}
        erased_records.put(model, connection, erasure.force, subjects, erasure.erased_at)
        assessments.erase(connection, erasure.force, subjects, erasure.erased_at)
        people_links.erase(connection, erasure.force, subjects, erasure.erased_at)


def erase_differences(connection: Connection, erasures: Collection[Erasure]) -> None:
    """Delete the rows of policy comparisons that are about erased records."""
    for force in {erasure.force for erasure in erasures}:
        erased = {
            (SYSTEM_BY_KIND[subject.kind], normalise(subject.ref))
            for erasure in erasures
            if erasure.force == force
            for subject in erasure.subjects
        }
        ids = select(tables.comparisons.c.comparison_id).where(tables.comparisons.c.force == force)
        stated = tables.differences.c
        of_force = (stated.comparison_id.in_(ids), stated.subject_system.in_({system for system, _ in erased}))
        for row in connection.execute(select(tables.differences).where(*of_force)).all():
            if (row.subject_system, normalise(row.subject_ref)) in erased:
                this = (stated.comparison_id == row.comparison_id, stated.number == row.number)
                connection.execute(tables.differences.delete().where(*this))


def erase_audit_records(connection: Connection, erasures: Collection[Erasure]) -> None:
    """Delete erased records from audits: what is drawn, and what people read in it."""
    for erasure in erasures:
        subjects = {(SYSTEM_BY_KIND[subject.kind], normalise(subject.ref)) for subject in erasure.subjects}
        audits.forget(connection, erasure.force, subjects)


def erase_counts(connection: Connection, erasures: Collection[Erasure]) -> None:
    """Delete what was counted with the erased records among the rest, names of the staff too."""
    for erasure in erasures:
        force_counts.forget_before(connection, erasure.force, erasure.erased_at)


def not_erased(connection: Connection, actions: Collection[AlertAction]) -> list[AlertAction]:
    """Return the actions without those on alerts that were erased later."""
    erased: dict[tuple[str, str], int] = {}
    for some in in_chunks({action.alert_id for action in actions}):
        for row in connection.execute(select(tables.erased).where(tables.erased.c.alert_id.in_(some))):
            erased[row.alert_id, row.force] = row.erased_at
    before = -(1 << 62)
    return [action for action in actions if action.at > erased.get((action.alert_id, action.force), before)]
