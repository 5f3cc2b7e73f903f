"""The cases of a comparison: the matters of which two policies do not say the same."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, func, select

from dashboards.board.readmodel.tables import alerts, differences
from schemas.products import Alert
from streams.reports.alert_differences import AlertDifference, DifferenceKind


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What one policy makes of one matter."""

    status: str
    reason: str | None
    due_at: int | None
    lateness_ms: int | None
    severity: str


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A matter of which the two policies do not say the same."""

    kind: DifferenceKind
    rule_id: str
    alert_id: str
    subject_system: str
    subject_ref: str
    discriminator: str | None
    team: str | None
    began_at: int
    ours: Standing | None
    theirs: Standing | None
    has_alert: bool = False
    """Whether the board has a page for it."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases of a comparison to list."""

    comparison_id: str
    start: int
    end: int
    rule: str | None = None
    kind: str | None = None
    without: tuple[str, ...] = ()
    """Rules whose cases are not listed."""


def case_row(comparison_id: str, number: int, difference: AlertDifference, began_at: int) -> dict[str, Any]:
    """Return a difference as a row."""
    alert = difference.ours or difference.theirs
    assert alert is not None  # noqa: S101 - a difference is of an alert
    names = ("rule_id", "alert_id", "subject_system", "subject_ref", "discriminator", "team")
    return {
        "comparison_id": comparison_id, "number": number, "kind": difference.kind, "began_at": began_at,
        "ours": _standing(difference.ours), "theirs": _standing(difference.theirs),
        **{name: getattr(alert, name) for name in names},
    }  # fmt: skip


def cases_of(connection: Connection, wanted: Wanted, limit: int | None = None, offset: int = 0) -> list[Case]:
    """Return the cases of a comparison on which the policies differ, the newest matters first."""
    query = select(differences, alerts.c.alert_id.is_not(None).label("has_alert"))
    query = query.select_from(differences.outerjoin(alerts, alerts.c.alert_id == differences.c.alert_id))
    query = query.where(*_conditions(wanted)).order_by(differences.c.began_at.desc(), differences.c.number)
    return [_case(row) for row in connection.execute(query.limit(limit).offset(offset)).mappings()]


def count_cases(connection: Connection, wanted: Wanted) -> int:
    """Count them."""
    query = select(func.count()).select_from(differences).where(*_conditions(wanted))
    return int(connection.execute(query).scalar_one())


def _conditions(wanted: Wanted) -> Iterable[ColumnElement[bool]]:
    yield differences.c.comparison_id == wanted.comparison_id
    yield differences.c.began_at >= wanted.start
    yield differences.c.began_at < wanted.end
    if wanted.rule:
        yield differences.c.rule_id == wanted.rule
    if wanted.kind:
        yield differences.c.kind == wanted.kind
    if wanted.without:
        yield differences.c.rule_id.not_in(wanted.without)


def _standing(alert: Alert | None) -> str | None:
    return (
        None
        if alert is None
        else msgspec.json.encode({name: getattr(alert, name) for name in Standing.__struct_fields__}).decode()
    )


def _case(row: RowMapping) -> Case:
    stated = {name: row[name] for name in Case.__struct_fields__}
    for name in ("ours", "theirs"):
        stated[name] = None if stated[name] is None else msgspec.json.decode(stated[name], type=Standing)
    return Case(**{**stated, "has_alert": bool(stated["has_alert"])})
