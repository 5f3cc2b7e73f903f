"""One connection to a database, that only reads: opened, asked, watched while it answers, closed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import structlog
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from agents.settings.clock import stopwatch
from deploy.connect.database.address import DRIVERS
from deploy.connect.database.dialects import KINDS
from deploy.connect.database.failures import described
from deploy.connect.sources import SourceUnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import URL, Connection, Row, Select

    from deploy.connect.database.database_kind import DatabaseKind

_SLOW_SECONDS: Final = 15.0
"""How often it is said that a query is still running."""
_LOOK_SECONDS: Final = 0.25
_STREAMED_ROWS: Final = 5_000
_SPARE_SECONDS: Final = 10.0
"""How long after its timeout a query is cut off from here, where the database has not."""

_log: Final = structlog.get_logger("cdi.connect.database")


class ReadRows(NamedTuple):
    """What a query gave."""

    names: list[str]
    """The names of its columns."""
    rows: Sequence[Row[Any]]
    type_codes: list[object]
    """Of which type each column is, as the driver has it."""


class DatabaseReader:
    """Asks one database, one query at a time."""

    def __init__(self, url: URL, query: str, timeout_seconds: int, feed: str) -> None:
        """Connect.  ``query`` is the feed's, whose words may be named.  Raises SourceUnavailableError."""
        name = url.get_backend_name()
        self.kind: Final[DatabaseKind] = KINDS[name]
        self._named = f"{query} {url.username} {url.host} {url.database}"
        self._password = url.password or ""
        self._timeout_seconds = timeout_seconds
        self._feed = feed
        if self.kind.extra is not None and find_spec(DRIVERS[name]) is None:
            raise SourceUnavailableError(
                f"the driver {DRIVERS[name]} is not installed: install cdi with its extra {self.kind.extra!r}"
            )
        with self._failing("connecting"):
            options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"} if self.kind.sets_autocommit else {}
            engine = create_engine(
                self.kind.address(url),
                poolclass=NullPool,
                connect_args=self.kind.arguments(timeout_seconds),
                hide_parameters=True,
                **options,
            )
            self._connection: Connection = engine.connect()
            try:
                self.kind.prepare(self._connection, timeout_seconds)
                self._connection.rollback()
            except BaseException:
                self._connection.close()
                raise

    def read(self, statement: Select[Any], what: str, stopped: threading.Event) -> ReadRows:
        """Return every row of a query; ``what`` it is for is said where it takes long.

        Raises SourceUnavailableError, also where ``stopped`` was set meanwhile.
        """
        with self._failing(what), self._watched(what, stopped), self._connection.begin():
            self.kind.begin(self._connection)
            result = self._connection.execute(statement)
            names = list(result.keys())
            codes = [column[1] for column in result.cursor.description]
            return ReadRows(names, result.all(), codes)

    def value(self, statement: Select[Any], what: str, stopped: threading.Event) -> object:
        """Return the first value of a query; None where it has no row.  Raises SourceUnavailableError."""
        rows = self.read(statement, what, stopped).rows
        return rows[0][0] if rows else None

    def stream(self, statement: Select[Any], what: str, stopped: threading.Event) -> Iterator[Row[Any]]:
        """Yield the rows of a query without holding them all.  Raises SourceUnavailableError."""
        with self._failing(what), self._watched(what, stopped):
            if self.kind.streams_in is not None:
                self._connection.execution_options(isolation_level=self.kind.streams_in)
            with self._connection.begin():
                self.kind.begin(self._connection)
                options = {"yield_per": _STREAMED_ROWS}
                yield from self._connection.execute(statement, execution_options=options)
            if self.kind.streams_in is not None:
                self._connection.execution_options(isolation_level="AUTOCOMMIT")

    def close(self) -> None:
        """Close the connection, whatever state it is in."""
        try:
            self._connection.close()
        except (SQLAlchemyError, OSError):
            self._connection.invalidate()

    @contextmanager
    def _failing(self, what: str) -> Iterator[None]:
        try:
            yield
        except NoSuchModuleError:
            raise SourceUnavailableError("url: no such database is read") from None
        except DBAPIError as failure:
            line = described(failure.orig or failure, self._named, self._password)
            raise SourceUnavailableError(f"{what}: {line}") from None
        except (SQLAlchemyError, OSError) as failure:
            raise SourceUnavailableError(f"{what}: {described(failure, self._named, self._password)}") from None

    @contextmanager
    def _watched(self, what: str, stopped: threading.Event) -> Iterator[None]:
        """Say that a query is still running, and end it where it takes too long or we are to stop."""
        ended = threading.Event()
        thread = threading.Thread(target=self._watch, args=(what, ended, stopped), name="cdi-query-watch", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _watch(self, what: str, ended: threading.Event, stopped: threading.Event) -> None:
        began = stopwatch()
        say_at = _SLOW_SECONDS
        while not ended.wait(_LOOK_SECONDS):
            seconds = stopwatch() - began
            if stopped.is_set() or seconds > self._timeout_seconds + _SPARE_SECONDS:
                _try(lambda: self.kind.cancel(self._connection.connection.driver_connection))
                ended.wait(_SPARE_SECONDS)
            elif seconds >= say_at:
                say_at += _SLOW_SECONDS
                _log.info("query_running", feed=self._feed, what=what, seconds=round(seconds))


def _try(cancel: Callable[[], object]) -> None:
    """Cancel; where that fails the query ends by its timeout."""
    try:
        cancel()
    except Exception as failure:  # noqa: BLE001 - each driver raises its own
        _log.debug("cancel_failed", reason=type(failure).__name__)
