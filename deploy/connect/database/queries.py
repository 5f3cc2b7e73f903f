"""The queries of a feed: the force's own, read as a table, with conditions laid round it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import Select, and_, bindparam, column, func, literal_column, null, or_, select, text
from sqlalchemy.types import NullType

from deploy.connect.database.watermarks import earliest_text, latest_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploy.connect.database.database_kind import DatabaseKind, Expression
    from deploy.connect.database.definition import DatabaseFeed
    from deploy.connect.database.watermarks import WatermarkKind

EXACT: Final = "cdi_watermark"
"""The column that we add: the watermark as it is held."""
_PARAMETER_SIGN: Final = re.compile(r":(?=\w)")


class RowPlace(NamedTuple):
    """Where a row stands: its watermark as it is held, and its key as the driver gave it."""

    watermark: str
    keys: tuple[Any, ...]


class FeedQueries:
    """Makes the queries of one feed for one kind of database."""

    def __init__(self, definition: DatabaseFeed, database: DatabaseKind) -> None:
        self._definition = definition
        self._database = database
        # A colon is no parameter of ours: it stays as the force wrote it.
        query = _PARAMETER_SIGN.sub(r"\\:", definition.statement)
        self._table = text(f"({query}\n) feed")
        self._watermark: Expression = column(definition.watermark)
        self._keys: list[Expression] = [column(name) for name in definition.keys]

    def columns(self) -> Select[Any]:
        """Return a query for no row, which shows the columns."""
        return self._all().where(literal_column("1") == literal_column("0"))

    def now(self) -> Select[Any]:
        """Return a query for the database's clock."""
        return select(self._database.now())

    def any_watermark(self) -> Select[Any]:
        """Return a query for one watermark, by which its kind is known."""
        watermark = self._watermark
        return select(watermark).select_from(self._table).where(watermark.is_not(null())).limit(1)

    def greatest(self, kind: WatermarkKind) -> Select[Any]:
        """Return a query for the greatest watermark that is read."""
        ordered = self._database.ordered(self._watermark, kind)
        greatest = self._database.greatest(self._watermark, kind)
        statement = select(greatest).select_from(self._table)
        return statement if kind == "number" else statement.where(ordered <= self._database.bound(latest_text(), kind))

    def unusable(self, kind: WatermarkKind) -> Select[Any]:
        """Return a query for how many rows cannot be put in order, and so are not read."""
        conditions = [self._database.unusable(self._watermark, kind), *(key.is_(null()) for key in self._keys)]
        return select(func.count()).select_from(self._table).where(or_(*conditions))

    def page(self, kind: WatermarkKind, least: str | None, after: RowPlace | None, limit: int) -> Select[Any]:
        """Return a query for rows in their order: from a watermark on, or those behind a row."""
        ordered = self._database.ordered(self._watermark, kind)
        least = after.watermark if after is not None else least
        if kind != "number":
            least = least or earliest_text()
        conditions: list[Expression] = [key.is_not(null()) for key in self._keys]
        conditions.append(ordered.is_not(null()) if least is None else ordered >= self._database.bound(least, kind))
        if kind != "number":
            conditions.append(ordered <= self._database.bound(latest_text(), kind))
        if after is not None:
            bound = self._database.bound(after.watermark, kind)
            conditions.append(or_(ordered > bound, self._behind(after.keys)))
        exact = self._database.exact(self._watermark, kind).label(EXACT)
        return self._all(exact).where(and_(*conditions)).order_by(ordered, *self._keys).limit(limit)

    def keys(self) -> Select[Any]:
        """Return a query for the key of every row."""
        return select(*self._keys).select_from(self._table)

    def _all(self, *more: Expression) -> Select[Any]:
        return select(literal_column("feed.*")).add_columns(*more).select_from(self._table)

    def _behind(self, keys: Sequence[Any]) -> Expression:
        """Return whether a row of the same watermark stands behind the one with these keys."""
        alternatives = []
        for index, (key, value) in enumerate(zip(self._keys, keys, strict=True)):
            before = [self._keys[earlier] == _parameter(f"key_{earlier}", keys[earlier]) for earlier in range(index)]
            alternatives.append(and_(*before, key > _parameter(f"key_{index}", value)))
        return or_(*alternatives)


def _parameter(name: str, value: object) -> Expression:
    """Return a parameter without a type, so that the database compares it as what its column is."""
    return bindparam(name, value, type_=NullType())
