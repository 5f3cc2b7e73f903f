"""What ``feeds.toml`` may say of a database, and what is said where it cannot be used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deploy.connect.database import connection
from deploy.connect.database.address import read_address
from deploy.connect.database.connection import DatabaseReader
from deploy.connect.database.failures import described
from deploy.connect.feeds_file import FeedsFileError, read_feeds
from deploy.connect.secrets import SecretReference
from deploy.connect.sources import SourceUnavailableError
from tests.deploy.connect.database.sources import definition

TABLE = """
[feed.rms]
way = "database"
topic = "cis.crimes.v1"
mapping = "rms.toml"
url = { environment = "RMS_URL" }
query = "select * from crimes"
watermark = "updated_at"
key = "crime_ref"
"""


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ('mapping = "rms.toml"', "", "mapping: required"),
        ('{ environment = "RMS_URL" }', '"postgresql://u:hunter2@h/d"', "url"),
        ('{ environment = "RMS_URL" }', "{}", "url: an environment variable or a file"),
        ("select * from crimes", "delete from crimes", "query: one SELECT; nothing else is run"),
        ("select * from crimes", "select 1; drop table crimes", "query: one SELECT, without a semicolon within"),
        ("select * from crimes", "/* select */ truncate crimes", "query: one SELECT; nothing else is run"),
        ('key = "crime_ref"', "key = []", "key: the names of columns, each once"),
        ('key = "crime_ref"', 'key = ["a", "a"]', "key: the names of columns, each once"),
        ('key = "crime_ref"', 'key = "crime_ref"\noverlap = "0s"', "overlap: a second or more"),
        ('key = "crime_ref"', 'key = "crime_ref"\nevery = "often"', "every"),
        ('key = "crime_ref"', 'key = "crime_ref"\npage = 0', "page"),
        ('key = "crime_ref"', 'key = "crime_ref"\ntime_zone = "London"', "time_zone: no time zone is called London"),
        ('key = "crime_ref"', 'key = "crime_ref"\nlag = "5m"', "lag"),
    ],
)
def test_a_fault_is_named_in_one_line(tmp_path: Path, was: str, becomes: str, said: str) -> None:
    """With its key, and never with an address."""
    file = tmp_path / "feeds.toml"
    file.write_text(TABLE.replace(was, becomes))
    with pytest.raises(FeedsFileError) as refused:
        read_feeds(file)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "query",
    [
        "WITH a AS (SELECT 1 AS b) SELECT * FROM a",
        "-- all of them\n select 'a;b' as x, \"c;d\" from t /* ; */ ;\n",
        "(select 1)",
    ],
)
def test_a_query_that_only_reads_is_taken(query: str) -> None:
    """With comments, and semicolons in quotes."""
    assert not definition(query=query).statement.endswith(";")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "url: the environment variable RMS_URL is not set, or empty"),
        ("hunter2", "url: not one of a database"),
        ("postgresql://u:hunter2@h:port/d", "url: not one of a database"),
        ("mysql://u:hunter2@h/d", "url: mysql is not read by us"),
        ("postgresql+asyncpg://u:hunter2@h/d", "url: postgresql is not read by asyncpg"),
    ],
)
def test_an_address_that_cannot_be_used_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str, said: str
) -> None:
    """It holds a password, wherever the fault is."""
    monkeypatch.setenv("RMS_URL", address)
    with pytest.raises(SourceUnavailableError) as refused:
        read_address(SecretReference(environment="RMS_URL"), tmp_path)
    assert str(refused.value).startswith(said)
    assert "hunter2" not in str(refused.value)


def test_a_driver_that_is_not_installed_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """So nobody has to know which library an address needs."""
    monkeypatch.setattr(connection, "find_spec", lambda _: None)
    for kind, driver, extra in (("mssql", "pymssql", "sqlserver"), ("oracle", "oracledb", "oracle")):
        monkeypatch.setenv("RMS_URL", f"{kind}://u:hunter2@localhost:1/d")
        url = read_address(SecretReference(environment="RMS_URL"), tmp_path)
        with pytest.raises(SourceUnavailableError) as missing:
            DatabaseReader(url, "select 1", 1, "rms")
        assert str(missing.value) == f"the driver {driver} is not installed: install cdi with its extra '{extra}'"


@pytest.mark.parametrize("kind", ["mssql", "oracle", "postgresql"])
def test_a_database_that_does_not_answer_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    """By each real driver, at a port where nobody listens."""
    monkeypatch.setenv("RMS_URL", f"{kind}://reader:hunter2@127.0.0.1:1/rms")
    url = read_address(SecretReference(environment="RMS_URL"), tmp_path)
    with pytest.raises(SourceUnavailableError) as refused:
        DatabaseReader(url, "select 1", 1, "rms")
    assert str(refused.value).startswith("connecting: ")
    assert "hunter2" not in str(refused.value)
    assert "\n" not in str(refused.value)


class ServerError(Exception):
    """An error as a driver raises it."""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ((18456, b"Login failed for user 'reader'.DB-Lib error message 20018, severity 14"),),
            "Login failed for user 'reader'.",
        ),
        (
            ((245, b"Conversion failed when converting the varchar value 'Jane Doe' to data type int."),),
            "Conversion failed when converting the varchar value '...' to data type int.",
        ),
        (((208, b"Invalid object name 'crimes'."),), "Invalid object name 'crimes'."),
        (
            ('ORA-00942: table or view "RMS"."CRIMES" does not exist\nHelp: https://docs.oracle.com/error-help/',),
            'ORA-00942: table or view "RMS"."CRIMES" does not exist',
        ),
        (("the password hunter2 is wrong",), "the password *** is wrong"),
        ((), "ServerError"),
    ],
)
def test_an_error_is_one_line_without_data(arguments: tuple[Any, ...], said: str) -> None:
    """A quoted text stays where it stands in the query or the address, or else it may be out of a record."""
    assert described(ServerError(*arguments), "select * from crimes reader host rms", "hunter2") == said
