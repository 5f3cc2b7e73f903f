"""What differs between databases: how one is opened to be read, its clock, its watermarks.

A watermark is read as exact text and given back as exact text, since what Python holds may be rounded: SQL Server and
Oracle count finer than a microsecond, and one that is rounded is neither equal to its row's nor surely smaller.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sqlalchemy import URL, BigInteger, ColumnElement, DateTime, Numeric, cast, func, literal, null, or_

from deploy.connect.database.watermarks import WatermarkKind, earliest_text, latest_text, to_datetime

if TYPE_CHECKING:
    from sqlalchemy import Connection

CONNECT_SECONDS: Final = 15
"""How long a connection may take to come."""

Expression = ColumnElement[Any]


class DatabaseKind:
    """One kind of database; each method that is not overridden is standard SQL."""

    extra: ClassVar[str | None] = None
    """The extra of this program that installs its driver; None where that is always there."""
    sets_autocommit: ClassVar[bool] = True
    """Whether each query is a transaction of its own without being told."""
    streams_in: ClassVar[str | None] = None
    """The isolation of a transaction in which rows are read a part at a time; None where it needs none."""

    def address(self, url: URL) -> URL:
        """Return the address that is opened."""
        return url

    def arguments(self, timeout_seconds: int) -> dict[str, object]:
        """Return what the driver's connect is given; a query may take ``timeout_seconds``."""
        return {}

    def prepare(self, connection: Connection, timeout_seconds: int) -> None:
        """Set a new connection read-only, with a limit on how long a query may take."""

    def begin(self, connection: Connection) -> None:
        """Begin a query's transaction."""

    def cancel(self, driver_connection: Any) -> None:  # noqa: ANN401 - each driver's own
        """Ask from another thread that the running query ends."""
        driver_connection.cancel()

    def now(self) -> Expression:
        """Return the database's clock, in UTC."""
        return func.clock_timestamp()

    def kind_of(self, value: object, type_code: object) -> WatermarkKind | None:
        """Return of which kind a watermark is, by a value and its driver's type; None where it is none."""
        if isinstance(value, bool):
            return None
        if isinstance(value, int | float) or type(value).__name__ == "Decimal":
            return "number"
        if hasattr(value, "isoformat") and hasattr(value, "year"):
            return "aware" if getattr(value, "tzinfo", None) is not None else "naive"
        return None

    def ordered(self, column: Expression, kind: WatermarkKind) -> Expression:
        """Return what rows are compared and put in order by."""
        return column

    def exact(self, column: Expression, kind: WatermarkKind) -> Expression:
        """Return a watermark as :func:`~deploy.connect.database.watermarks.exact_text` reads it."""
        return column

    def greatest(self, column: Expression, kind: WatermarkKind) -> Expression:
        """Return the greatest watermark, as it is held."""
        return self.exact(func.max(column), kind)

    def bound(self, exact: str, kind: WatermarkKind) -> Expression:
        """Return a held watermark as the column is compared with it."""
        if kind == "number":
            return number_bound(exact)
        moment = to_datetime(exact)
        return literal(moment.replace(tzinfo=UTC) if kind == "aware" else moment, DateTime(timezone=kind == "aware"))

    def unusable(self, column: Expression, kind: WatermarkKind) -> Expression:
        """Return whether a row has no watermark, or one that is no time of a record's."""
        ordered = self.ordered(column, kind)
        if kind == "number":
            return ordered.is_(null())
        return or_(
            ordered.is_(null()),
            ordered < self.bound(earliest_text(), kind),
            ordered > self.bound(latest_text(), kind),
        )


def number_bound(exact: str) -> Expression:
    """Return a number as a column is compared with it."""
    return literal(int(exact), BigInteger) if exact.lstrip("-").isdecimal() else cast(exact, Numeric(38, 9))
