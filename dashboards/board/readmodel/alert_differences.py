"""Queries of alert differences: the alerts that differ between the two policies of a comparison."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, func, select

from dashboards.board.readmodel.tables import alerts, differences
from schemas.products import Alert
from streams.reports.alert_differences import AlertDifference, DifferenceKind


class PolicyOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """How an alert ends under one policy; times in ms."""

    status: str
    reason: str | None
    due_at: int | None
    lateness_ms: int | None
    severity: str


class ListedDifference(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that differs: ``ours`` under the policy chosen, ``theirs`` under the one in force."""

    kind: DifferenceKind
    rule_id: str
    alert_id: str
    subject_system: str
    subject_ref: str
    discriminator: str | None
    team: str | None
    began_at: int
    """When its matter began (ms)."""
    ours: PolicyOutcome | None
    theirs: PolicyOutcome | None
    has_alert: bool = False
    """Whether the board has a page for it."""


class DifferenceFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which differences of a comparison to list.

    Their matters began from ``start`` up to ``end`` (ms).
    """

    comparison_id: str
    start: int
    end: int
    rule: str | None = None
    kind: str | None = None
    without: tuple[str, ...] = ()
    """Rules whose differences are not listed."""


def difference_row(comparison_id: str, number: int, difference: AlertDifference, began_at: int) -> dict[str, Any]:
    """Return a difference as a row; ``began_at`` is when its matter began (ms)."""
    alert = difference.ours or difference.theirs
    assert alert is not None  # noqa: S101 - a difference is of an alert
    names = ("rule_id", "alert_id", "subject_system", "subject_ref", "discriminator", "team")
    return {
        "comparison_id": comparison_id,
        "number": number,
        "kind": difference.kind,
        "began_at": began_at,
        "ours": _outcome(difference.ours),
        "theirs": _outcome(difference.theirs),
        **{name: getattr(alert, name) for name in names},
    }


def search(
    connection: Connection, filters: DifferenceFilter, limit: int | None = None, offset: int = 0
) -> list[ListedDifference]:
    """Return the differences that filters match, the newest matters first."""
    query = select(differences, alerts.c.alert_id.is_not(None).label("has_alert"))
    query = query.select_from(differences.outerjoin(alerts, alerts.c.alert_id == differences.c.alert_id))
    query = query.where(*_conditions(filters)).order_by(differences.c.began_at.desc(), differences.c.number)
    return [_read(row) for row in connection.execute(query.limit(limit).offset(offset)).mappings()]


def count(connection: Connection, filters: DifferenceFilter) -> int:
    """Count the differences that filters match."""
    query = select(func.count()).select_from(differences).where(*_conditions(filters))
    return int(connection.execute(query).scalar_one())


def _conditions(filters: DifferenceFilter) -> Iterable[ColumnElement[bool]]:
    yield differences.c.comparison_id == filters.comparison_id
    yield differences.c.began_at >= filters.start
    yield differences.c.began_at < filters.end
    if filters.rule:
        yield differences.c.rule_id == filters.rule
    if filters.kind:
        yield differences.c.kind == filters.kind
    if filters.without:
        yield differences.c.rule_id.not_in(filters.without)


def _outcome(alert: Alert | None) -> str | None:
    if alert is None:
        return None
    return msgspec.json.encode({name: getattr(alert, name) for name in PolicyOutcome.__struct_fields__}).decode()


def _read(row: RowMapping) -> ListedDifference:
    fields = {name: row[name] for name in ListedDifference.__struct_fields__}
    for name in ("ours", "theirs"):
        fields[name] = None if fields[name] is None else msgspec.json.decode(fields[name], type=PolicyOutcome)
    return ListedDifference(**{**fields, "has_alert": bool(fields["has_alert"])})
