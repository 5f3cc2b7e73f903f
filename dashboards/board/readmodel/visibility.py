"""Limit a query to the forces that a person may see."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from dashboards.board.domain.people import Person


def visible(force: ColumnElement[str], person: Person | None) -> list[ColumnElement[bool]]:
    """Return the conditions on a column of forces; none where the person sees every force.

    Without a person every force is visible.
    """
    return [] if person is None or person.limit is None else [force.in_(person.limit)]
