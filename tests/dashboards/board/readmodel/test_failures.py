"""What the board says of a database that it cannot use is what is so."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import SQLAlchemyError

from dashboards.board.ingest import apply
from dashboards.board.readmodel import ReadModel, tables
from dashboards.board.readmodel.failures import fault_of, is_refusal, trouble_of
from tests.dashboards.board.ingest.test_unstorable_messages import alert_about
from tests.dashboards.board.readmodel.test_read_model import CODEC, arrived


def failure_of(model: ReadModel) -> SQLAlchemyError:
    """Return how a batch fails."""
    batch = [arrived(alert_about("INC"), 0)._replace(partition=number) for number in range(200)]
    with pytest.raises(SQLAlchemyError) as failure:
        apply.apply(model, batch, CODEC)
    assert not is_refusal(failure.value)
    return failure.value


def test_a_table_that_is_not_there_is_said_to_be_missing(either_model: ReadModel) -> None:
    """Not that the database does not answer: it does."""
    with either_model.writing() as connection:
        tables.alerts.drop(connection)
    assert trouble_of(failure_of(either_model)) == "its database is not as this board made it"


def test_a_full_disk_is_named(model: ReadModel) -> None:
    """SQLite may grow no further."""

    def limit(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")

    event.listen(model._engine, "begin", limit)
    with model.reading() as connection:
        connection.execute(text("SELECT 1"))
    assert trouble_of(failure_of(model)) == "the disk of its database is full"


def test_a_database_that_may_not_be_written_is_named(either_model: ReadModel) -> None:
    """Mounted to be read only, or so set by whoever runs it."""
    statement = "PRAGMA query_only = ON" if either_model._is_sqlite else "SET TRANSACTION READ ONLY"
    event.listen(either_model._engine, "begin", lambda connection: connection.exec_driver_sql(statement))
    assert trouble_of(failure_of(either_model)) == "its database cannot be written"


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    """A file that is no database."""
    (tmp_path / "board.sqlite").write_bytes(b"nonsense" * 1000)
    with pytest.raises(SQLAlchemyError) as failure:
        ReadModel(f"sqlite:///{tmp_path / 'board.sqlite'}")
    assert trouble_of(failure.value) == "its database is damaged"


def test_a_database_that_is_away_is_said_to_be(tmp_path: Path) -> None:
    """Nobody listens."""
    with pytest.raises(SQLAlchemyError) as failure:
        ReadModel(f"postgresql+psycopg://board@/board?host={tmp_path}")
    assert trouble_of(failure.value) == "its database does not answer"
    assert not is_refusal(failure.value)


def test_a_fault_is_named_without_what_was_written() -> None:
    """The sentence of an error may repeat a value."""
    with pytest.raises(ValueError, match="invalid") as failure:
        int("somebody's name")
    line = fault_of(failure.value)
    assert line.startswith("ValueError at test_failures.py:")
    assert "name" not in line
