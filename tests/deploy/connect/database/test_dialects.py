"""The queries that databases are asked which no test can start: compiled as their own drivers would send them."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from pymssql import _mssql
from sqlalchemy import create_engine

from deploy.connect.database.dialects import KINDS
from deploy.connect.database.queries import FeedQueries, RowPlace
from deploy.connect.database.watermarks import WatermarkKind, exact_text
from tests.deploy.connect.database.sources import definition

AT = "2026-05-31T13:30:00.123456789"
AFTER = RowPlace(AT, ("NK", 7))
ADDRESSES = {"mssql": "mssql+pymssql://", "oracle": "oracle+oracledb://", "postgresql": "postgresql+psycopg://"}


def compiled(kind: str, watermark: WatermarkKind, after: RowPlace | None = AFTER) -> tuple[str, dict[str, Any]]:
    """Return the query of a page, on one line, and its parameters."""
    feed = definition(query="select * from t where a like 'x%'", key=["station", "Serial"])
    statement = FeedQueries(feed, KINDS[kind]).page(watermark, AT, after, 11)
    page = statement.compile(create_engine(ADDRESSES[kind]), compile_kwargs={"render_postcompile": True})
    return re.sub(r"\s+", " ", str(page)), page.params


@pytest.mark.parametrize("kind", ADDRESSES)
@pytest.mark.parametrize("watermark", ["aware", "naive", "number"])
def test_a_page_is_bounded_by_parameters(kind: str, watermark: WatermarkKind) -> None:
    """Each database limits rows in its own words; what is compared is never written into the query."""
    place = RowPlace("17", AFTER.keys) if watermark == "number" else AFTER
    statement, parameters = compiled(kind, watermark, place)
    limit = {"mssql": "SELECT TOP", "oracle": "FETCH FIRST", "postgresql": " LIMIT "}[kind]
    assert limit in statement
    assert "2026" not in statement
    assert "NK" not in statement
    assert {"NK", 7} <= {*parameters.values()}
    column = "CAST(updated_at AS BIGINT)" if (kind, watermark) == ("mssql", "number") else "updated_at"
    serial = "[Serial]" if kind == "mssql" else '"Serial"'
    assert f"ORDER BY {column}, station, {serial}" in statement
    assert f"station IS NOT NULL AND {serial} IS NOT NULL AND {column} >= " in statement


def test_sql_server_is_given_back_its_times_with_all_their_digits() -> None:
    """As text that it turns into a datetime2(7) itself: the driver would round a time to milliseconds."""
    statement, parameters = compiled("mssql", "naive")
    assert "updated_at >= CAST(%(param_" in statement
    assert "AS DATETIME2(7))" in statement
    assert "2026-05-31T13:30:00.1234567" in parameters.values()
    assert "convert(varchar(33), CAST(updated_at AS DATETIME2(7)), 126) AS cdi_watermark" in statement
    statement, _ = compiled("mssql", "aware")
    assert "updated_at >= todatetimeoffset(CAST(%(param_" in statement


def test_oracle_is_given_back_its_times_with_all_their_digits() -> None:
    """Compared in UTC where they have an offset."""
    statement, parameters = compiled("oracle", "naive")
    assert "updated_at >= to_timestamp(:param_" in statement
    assert AT in parameters.values()
    assert "to_char(CAST(updated_at AS TIMESTAMP(9)), :to_char_1) AS cdi_watermark" in statement
    statement, _ = compiled("oracle", "aware")
    assert "updated_at >= from_tz(to_timestamp(:param_" in statement
    assert "to_char(sys_extract_utc(updated_at), :to_char_1) AS cdi_watermark" in statement


def test_a_percent_sign_of_a_query_comes_as_its_driver_wants_it() -> None:
    """Doubled for psycopg; pymssql leaves alone what is no parameter's name."""
    assert "like 'x%%'" in compiled("postgresql", "aware")[0]
    statement, parameters = compiled("mssql", "aware")
    sent = _mssql.substitute_params(statement.encode(), parameters, "UTF-8").decode()  # type: ignore[arg-type]
    assert "like 'x%'" in sent
    assert "station = N'NK' AND [Serial] > 7" in sent
    assert "CAST(N'2026-05-31T13:30:00.1234567' AS DATETIME2(7))" in sent


@pytest.mark.parametrize("kind", ADDRESSES)
def test_each_database_says_what_time_it_is(kind: str) -> None:
    """In UTC, by its own clock."""
    queries = FeedQueries(definition(), KINDS[kind])
    statement = str(queries.now().compile(create_engine(ADDRESSES[kind])))
    clock = {"mssql": "sysutcdatetime()", "oracle": "sys_extract_utc(SYSTIMESTAMP)", "postgresql": "clock_timestamp()"}
    assert clock[kind] in statement
    assert statement.endswith("FROM DUAL") == (kind == "oracle")


def test_a_watermark_is_of_the_kind_that_its_database_says() -> None:
    """A rowversion is a number; of Oracle's times the driver alone knows whether they have an offset."""
    assert KINDS["mssql"].kind_of(bytes(8), 2) == "number"
    assert KINDS["postgresql"].kind_of(bytes(8), 17) is None
    assert KINDS["postgresql"].kind_of(True, 16) is None
    assert KINDS["oracle"].kind_of(Decimal(7), None) == "number"
    naive = datetime(2026, 5, 31)  # noqa: DTZ001 - as the driver gives it
    assert KINDS["oracle"].kind_of(naive, SimpleNamespace(name="DB_TYPE_TIMESTAMP_TZ")) == "aware"
    assert KINDS["oracle"].kind_of(naive, SimpleNamespace(name="DB_TYPE_DATE")) == "naive"


@pytest.mark.parametrize(
    ("value", "kind", "exact"),
    [
        ("2026-05-31T13:30:00", "naive", "2026-05-31T13:30:00.000000000"),
        ("2026-05-31 13:30:00.1234567", "aware", "2026-05-31T13:30:00.123456700"),
        (Decimal("12.50"), "number", "12.50"),
        (0.1, "number", "0.1"),
        (-3, "number", "-3"),
    ],
)
def test_a_watermark_is_held_exactly(value: object, kind: WatermarkKind, exact: str) -> None:
    """So that it is found again by its value."""
    assert exact_text(value, kind) == exact
