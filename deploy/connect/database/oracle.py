"""Oracle, by oracledb."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, String, cast, func, literal, literal_column
from sqlalchemy.types import UserDefinedType

from deploy.connect.database.database_kind import CONNECT_SECONDS, DatabaseKind, Expression, number_bound
from deploy.connect.database.watermarks import WatermarkKind

_FORMAT: Final = 'YYYY-MM-DD"T"HH24:MI:SS.FF9'


class Oracle(DatabaseKind):
    """Oracle, by oracledb without Oracle's own client."""

    extra = "oracle"
    sets_autocommit = False

    def arguments(self, timeout_seconds: int) -> dict[str, object]:
        """Give up a connection that does not come."""
        return {"tcp_connect_timeout": CONNECT_SECONDS}

    def prepare(self, connection: Connection, timeout_seconds: int) -> None:
        """Set how long the driver waits for an answer."""
        driver: Any = connection.connection.driver_connection
        driver.call_timeout = timeout_seconds * 1000

    def begin(self, connection: Connection) -> None:
        """Let the transaction read alone; it locks nothing, and writers go on."""
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")

    def now(self) -> Expression:
        """Return the database's clock as text."""
        return func.to_char(func.sys_extract_utc(literal_column("SYSTIMESTAMP")), _FORMAT)

    def kind_of(self, value: object, type_code: object) -> WatermarkKind | None:
        """Ask the driver whether a time has an offset, since the value does not say."""
        kind = super().kind_of(value, type_code)
        has_offset = getattr(type_code, "name", "") in ("DB_TYPE_TIMESTAMP_TZ", "DB_TYPE_TIMESTAMP_LTZ")
        return "aware" if kind == "naive" and has_offset else kind

    def exact(self, column: Expression, kind: WatermarkKind) -> Expression:
        """Write a time with nine digits of a second, in UTC where it has an offset."""
        if kind == "number":
            return column
        moment = func.sys_extract_utc(column) if kind == "aware" else cast(column, _OracleTimestamp)
        return func.to_char(moment, _FORMAT)

    def bound(self, exact: str, kind: WatermarkKind) -> Expression:
        """Read a time with nine digits of a second."""
        if kind == "number":
            return number_bound(exact)
        moment = func.to_timestamp(literal(exact, String), _FORMAT)
        return func.from_tz(moment, "UTC") if kind == "aware" else moment


class _OracleTimestamp(UserDefinedType[Any]):
    """A time without an offset, as fine as Oracle counts."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:  # noqa: ANN401 - SQLAlchemy's
        return "TIMESTAMP(9)"
