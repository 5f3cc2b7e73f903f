"""SQLite, which holds times as text."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, String, func, literal

from deploy.connect.database.database_kind import DatabaseKind, Expression, number_bound
from deploy.connect.database.watermarks import WatermarkKind, exact_text
from deploy.connect.sources import SourceUnavailableError

_FORMAT: Final = "%Y-%m-%dT%H:%M:%f"


class SQLite(DatabaseKind):
    """SQLite: times are text such as ``2026-05-31 13:30:00``, with an offset or without, to the ms."""

    def address(self, url: URL) -> URL:
        """Open a file that is there, to read it."""
        if not url.database or url.database == ":memory:":
            raise SourceUnavailableError("url: sqlite:///FILE")
        name = f"file:{quote(url.database)}"
        return URL.create(url.drivername, database=name, query={"mode": "ro", "uri": "true"})

    def arguments(self, timeout_seconds: int) -> dict[str, object]:
        """Wait for a writer; the one connection is asked from one thread at a time."""
        return {"timeout": timeout_seconds, "check_same_thread": False}

    def prepare(self, connection: Connection, timeout_seconds: int) -> None:
        """Set the connection read-only, for the files attached to it too."""
        connection.exec_driver_sql("PRAGMA query_only = on")

    def cancel(self, driver_connection: Any) -> None:  # noqa: ANN401 - sqlite3's
        """Interrupt it."""
        driver_connection.interrupt()

    def now(self) -> Expression:
        """Return this machine's clock."""
        return func.strftime(_FORMAT, "now")

    def kind_of(self, value: object, type_code: object) -> WatermarkKind | None:
        """Take a text for a time where it is one."""
        if not isinstance(value, str):
            return super().kind_of(value, type_code)
        try:
            exact_text(value[:19], "naive")
        except ValueError:
            return None
        return "aware" if value.endswith("Z") or value[-6:-5] in ("+", "-") else "naive"

    def ordered(self, column: Expression, kind: WatermarkKind) -> Expression:
        """Compare times in one spelling, and in UTC where they have an offset."""
        return column if kind == "number" else func.strftime(_FORMAT, column)

    def exact(self, column: Expression, kind: WatermarkKind) -> Expression:
        """Return the time in that spelling."""
        return self.ordered(column, kind)

    def greatest(self, column: Expression, kind: WatermarkKind) -> Expression:
        """Return the greatest in that spelling."""
        return func.max(self.ordered(column, kind))

    def bound(self, exact: str, kind: WatermarkKind) -> Expression:
        """Return the time in that spelling."""
        return number_bound(exact) if kind == "number" else literal(exact[:23], String)
