"""Queries of the figures page: cases, those without a breach, and those not known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, not_, or_, select, true

from dashboards.board.domain.indicators import Indicator, Tally
from dashboards.board.domain.people import Person
from dashboards.board.readmodel.tables import alerts, cases, links
from dashboards.board.readmodel.visibility import visible
from schemas.products import BREACH_STATUSES

_NOT_STATED = "not stated"


def by_month(
    connection: Connection, indicator: Indicator, start: int, months: Sequence[tuple[str, int]], person: Person
) -> list[Tally]:
    """Return the tally of each month (label, end in ms) from ``start`` on."""
    if not months:
        return []
    bucket = case(*[(cases.c.began_at < end, index) for index, (_, end) in enumerate(months)], else_=-1)
    counts = _tallies(connection, indicator, start, months[-1][1], person, bucket)
    return [counts.get(index, Tally(""))._replace(label=label) for index, (label, _) in enumerate(months)]


def by_class(connection: Connection, indicator: Indicator, start: int, end: int, person: Person) -> list[Tally]:
    """Return the tally of each offence class, the most frequent first.

    What is not known of reports without a class may belong to any.
    """
    tallies = _tallies(connection, indicator, start, end, person, func.coalesce(cases.c.offence_class, _NOT_STATED))
    unclassed = tallies.get(_NOT_STATED, Tally(""))
    rows = [
        tally._replace(label=name)
        if name == _NOT_STATED
        else tally._replace(
            label=name,
            not_known=tally.not_known + unclassed.not_known,
            unjudged=tally.unjudged + unclassed.unjudged,
            cases=tally.cases + unclassed.cases,
        )
        for name, tally in tallies.items()
        if tally.total
    ]
    return sorted(rows, key=lambda row: (-row.total, row.label))


def _tallies(
    connection: Connection, indicator: Indicator, start: int, end: int, person: Person, bucket: ColumnElement[Any]
) -> dict[Any, Tally]:
    """Return the tally of each bucket."""
    belongs, failed, unknown, unjudged = _conditions(indicator)
    conditions = [cases.c.kind == indicator.kind, cases.c.began_at >= start, cases.c.began_at < end]
    conditions += visible(cases.c.force, person)
    if indicator.states:
        conditions.append(cases.c.state.in_(indicator.states))
    marked = select(
        bucket.label("bucket"),
        *(
            case((condition, 1), else_=0).label(name)
            for name, condition in (
                ("belongs", and_(belongs, not_(and_(unjudged, not_(failed))) if not indicator.disclosed else true())),
                ("failed", and_(belongs, failed)),
                ("unknown", unknown),
                ("unjudged", unjudged),
            )
        ),
    ).where(*conditions)
    rows = marked.subquery()
    sums = (func.sum(rows.c[name]) for name in ("belongs", "failed", "unknown", "unjudged"))
    query = select(rows.c.bucket, *sums, func.count()).group_by(rows.c.bucket)
    return {name: _tally(indicator, *map(int, numbers)) for name, *numbers in connection.execute(query)}


def _tally(indicator: Indicator, total: int, failed: int, unknown: int, unjudged: int, among: int) -> Tally:
    """Return a tally.  While nobody said whether a report discloses crimes, it is not as it should be."""
    return Tally(
        label="",
        found=total - failed,
        total=total,
        not_known=unknown,
        unjudged=unjudged if indicator.disclosed else unknown,
        cases=among if indicator.disclosed else total + unknown,
        may_count=0 if indicator.disclosed else unknown,
    )


def _conditions(indicator: Indicator) -> tuple[ColumnElement[bool], ...]:
    """Return when a case belongs to the total, has a breach, is not known, and was judged by nobody."""
    failed = exists().where(
        alerts.c.normalised_ref == cases.c.normalised_ref,
        alerts.c.subject_system == cases.c.system,
        alerts.c.force == cases.c.force,
        alerts.c.rule_id.in_(indicator.rules),
        alerts.c.status.in_(BREACH_STATUSES),
    )
    if indicator.disclosed:
        unjudged = cases.c.undisclosed == 1
        return cases.c.crimes_expected >= 1, failed, and_(unjudged, not_(_has_recorded_crime())), unjudged
    unjudged = or_(*(cases.c.not_judged.contains(f" {rule_id} ") for rule_id in indicator.rules))
    if indicator.offence_class is None:
        return true(), failed, and_(unjudged, not_(failed)), unjudged
    belongs = cases.c.offence_class == indicator.offence_class
    may_belong = or_(belongs, cases.c.offence_class.is_(None))
    return belongs, failed, and_(may_belong, unjudged, not_(failed)), unjudged


def _has_recorded_crime() -> ColumnElement[bool]:
    """Return whether a crime that CIS holds as RECORDED is linked to a report."""
    crimes = cases.alias("crimes")
    return exists().where(
        links.c.case_key == cases.c.key,
        links.c.linked_system == "CIS",
        crimes.c.force == cases.c.force,
        crimes.c.kind == "crime",
        crimes.c.state == "RECORDED",
        crimes.c.normalised_ref == links.c.linked_ref,
    )
