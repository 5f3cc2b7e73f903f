"""SQL Server, by pymssql."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Connection, String, cast, func, literal, literal_column, text
from sqlalchemy.dialects.mssql import DATETIME2

from deploy.connect.database.database_kind import CONNECT_SECONDS, DatabaseKind, Expression
from deploy.connect.database.watermarks import WatermarkKind

_DATETIME2: Final = DATETIME2(7)  # type: ignore[no-untyped-call]
_ISO_STYLE: Final = 126


class SQLServer(DatabaseKind):
    """SQL Server, by pymssql.  It has no session that cannot write: the login must not be allowed to."""

    extra = "sqlserver"

    def arguments(self, timeout_seconds: int) -> dict[str, object]:
        """Go to a copy for readers, where there is one."""
        return {"timeout": timeout_seconds, "login_timeout": CONNECT_SECONDS, "appname": "cdi", "read_only": True}

    def prepare(self, connection: Connection, timeout_seconds: int) -> None:
        """Wait for a writer no longer than a query may take; committed rows alone are read."""
        connection.exec_driver_sql(f"SET LOCK_TIMEOUT {timeout_seconds * 1000}")

    def now(self) -> Expression:
        """Return SYSUTCDATETIME as text."""
        return self._iso(func.sysutcdatetime())

    def kind_of(self, value: object, type_code: object) -> WatermarkKind | None:
        """Take a rowversion, eight bytes, for the number that it is."""
        return "number" if isinstance(value, bytes) and len(value) == 8 else super().kind_of(value, type_code)

    def ordered(self, column: Expression, kind: WatermarkKind) -> Expression:
        """Compare a rowversion, and any number, as a number."""
        return cast(column, BigInteger) if kind == "number" else column

    def exact(self, column: Expression, kind: WatermarkKind) -> Expression:
        """Write a time with seven digits of a second, in UTC where it has an offset."""
        if kind == "number":
            return cast(column, BigInteger)
        return self._iso(func.switchoffset(column, "+00:00") if kind == "aware" else column)

    def bound(self, exact: str, kind: WatermarkKind) -> Expression:
        """Read a time with seven digits of a second."""
        if kind == "number":
            return cast(literal(int(exact), BigInteger), BigInteger)
        moment = cast(literal(exact[:27], String), _DATETIME2)
        return func.todatetimeoffset(moment, "+00:00") if kind == "aware" else moment

    @staticmethod
    def _iso(moment: Expression) -> Expression:
        return func.convert(text("varchar(33)"), cast(moment, _DATETIME2), literal_column(str(_ISO_STYLE)))
