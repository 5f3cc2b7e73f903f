"""Feeds of a real PostgreSQL: its types, its transactions, and what goes wrong with it."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from structlog.testing import capture_logs

from deploy.connect.database import connection
from deploy.connect.database.address import read_address
from deploy.connect.database.connection import DatabaseReader
from deploy.connect.database.looks import SourceTable
from deploy.connect.database.pages import PageReader
from deploy.connect.sources import SourceUnavailableError
from deploy.files.feed import FeedCounts
from deploy.files.row_reader import FileRow, RowReader
from tests.deploy.connect.database.sources import MAPPING, Installation, installation

Database = psycopg.Connection[Any]


class Rms:
    """A records system on PostgreSQL, and a role that may only read it."""

    def __init__(self, socket: str, folder: Path) -> None:
        self.name = f"rms_{uuid.uuid4().hex}"
        with psycopg.connect(host=socket, user="board", dbname="postgres", autocommit=True) as connection:
            connection.execute(f"create database {self.name}")
            connection.execute(f"create role {self.name} login password 'first secret'")
            connection.execute("do $$ begin create role with_password; exception when others then null; end $$")
            connection.execute(f"grant with_password to {self.name}")
        self.folder = folder
        self._socket = socket
        self.owner = self.connect()
        self.owner.execute("create table crimes (crime_ref text, offence text, updated_at timestamptz)")
        self.owner.execute(f"grant select on crimes to {self.name}")
        self.state_password("first secret")

    def connect(self) -> Database:
        """Connect as who writes."""
        return psycopg.connect(host=self._socket, user="board", dbname=self.name, autocommit=True)

    def state_password(self, password: str) -> None:
        """Write the address into the file that the feed names."""
        address = f"postgresql://{self.name}:{password.replace(' ', '%20')}@/{self.name}?host={self._socket}"
        (self.folder / "url").write_text(f"{address}\n")

    def feed(self, **keys: Any) -> Installation:
        """Make a feed of it."""
        return installation(self.folder, **{"url": {"file": "url"}, "overlap": "2s", **keys})

    def save(self, *crimes: str, offence: str = "8N") -> None:
        """Insert rows or change them, as of now."""
        for crime in crimes:
            self.owner.execute("delete from crimes where crime_ref = %s", [crime])
            self.owner.execute("insert into crimes values (%s, %s, clock_timestamp())", [crime, offence])


@pytest.fixture
def rms(postgres: str, tmp_path: Path) -> Iterator[Rms]:
    """Give a records system."""
    rms = Rms(postgres, tmp_path)
    yield rms
    rms.owner.close()


def cells_of(feed: Installation, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """Return the cells that the mapping would read, row by row."""
    rows: list[dict[str, str]] = []
    with feed.source() as source:
        connected = source._feed
        reader = DatabaseReader(read_address(feed.definition.url, feed.folder), feed.definition.query, 5, "rms")
        table = SourceTable(reader, feed.definition, connected.mappings[0], threading.Event())
        pages = PageReader(connected, table, table.kind(None), source._zone, table.now(), source._reading)

        def keep(_: RowReader, __: int, cells: dict[str, str], *___: Any) -> list[FileRow]:
            rows.append(cells)
            return []

        monkeypatch.setattr(type(pages._reader), "of_cells", keep)
        pages._latest = 2**62
        pages.read(None, None, {})
        reader.close()
    return rows


def test_each_type_becomes_the_text_that_is_documented(rms: Rms, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Python cannot hold comes as the database writes it."""
    rms.owner.execute("create type mood as enum ('calm', 'upset')")
    rms.owner.execute(
        """
        create table everything as select
            1::int as id, 9007199254740993::bigint as big, 1.50::numeric as amount, 'NaN'::numeric as nan,
            1e-7::float8 as small, true as yes, 'a;b'::text as words, 'x '::char(2) as padded,
            'upset'::mood as mood,
            '7b6ea6a5-2a1d-4c11-9d3a-3a9b6f0d1c55'::uuid as id_card, '\\xdead'::bytea as bytes,
            '{"a": 1.10, "b": [1]}'::json as document, array['A', 'B;C', null] as list, array[1, 2] as numbers,
            timestamptz '2026-05-31 13:30:00+01' as updated_at, timestamp '2026-10-25 01:30:00.25' as wall_clock,
            date '2026-05-31' as day, time '24:00' as midnight, interval '1 day 90 min' as lasts,
            'infinity'::timestamptz as forever, '-infinity'::date as ever, date '0044-03-15 BC' as ides,
            timestamp '12026-01-01' as far, int4range(1, 5) as range, inet '10.0.0.1/32' as address,
            null::int as nothing
        """
    )
    rms.owner.execute(f"grant select on everything to {rms.name}")
    query = "select * from everything"
    mapping = MAPPING.replace('"crime_ref"', '"id"').replace('"offence"', '"words"')
    (cells,) = cells_of(rms.feed(query=query, key="id", mapping=mapping), monkeypatch)
    assert cells == {
        "id": "1",
        "big": "9007199254740993",
        "amount": "1.50",
        "nan": "NaN",
        "small": "0.0000001",
        "yes": "true",
        "words": "a;b",
        "padded": "x ",
        "mood": "upset",
        "id_card": "7b6ea6a5-2a1d-4c11-9d3a-3a9b6f0d1c55",
        "bytes": "dead",
        "document": '{"a": 1.10, "b": [1]}',
        "list": '["A", "B;C", null]',
        "numbers": '["1", "2"]',
        "updated_at": "2026-05-31T12:30:00Z",
        "wall_clock": "2026-10-25T01:30:00.250000",
        "day": "2026-05-31",
        "midnight": "24:00:00",
        "lasts": "91800",
        "forever": "infinity",
        "ever": "-infinity",
        "ides": "0044-03-15 BC",
        "far": "12026-01-01 00:00:00",
        "range": "[1, 5)",
        "address": "10.0.0.1",
        "nothing": "",
    }
    (cells,) = cells_of(rms.feed(query=query, key="id", mapping=mapping, time_zone="Europe/London"), monkeypatch)
    assert cells["wall_clock"] == "2026-10-25T00:30:00.250000Z"


def test_rows_whose_watermark_is_no_time_are_counted(rms: Rms) -> None:
    """Infinite, before Christ, or none; the others are read."""
    rms.save("C1")
    for watermark in ("infinity", "-infinity", "0044-03-15 BC", None):
        rms.owner.execute("insert into crimes values ('C9', '8N', %s)", [watermark])
    feed = rms.feed()
    assert feed.look() == "4 rows are not read: no usable updated_at or crime_ref (NULL, infinite or BC)"
    assert feed.delivered.bodies == [("C1", "8N")]


@pytest.mark.parametrize("kind", ["uuid", "rank", "numeric", "bytea", "timestamp"])
def test_any_type_leads_from_page_to_page(rms: Rms, kind: str) -> None:
    """A key is compared as what its column is, though its cursor is text and its rows have one watermark."""
    rms.owner.execute("create type rank as enum ('first', 'second', 'third', 'fourth', 'fifth')")
    values = {
        "uuid": "gen_random_uuid()",
        "rank": "(enum_range(null::rank))[n]",
        "numeric": "n / 3.0",
        "bytea": "decode('0' || n, 'hex')",
        "timestamp": "timestamp '2026-01-01 00:00:00' + n * interval '1 microsecond'",
    }
    rms.owner.execute(
        f"create table keyed as select {values[kind]} as id, 'C' || n as crime_ref, '8N' as offence, "
        "timestamptz '2026-05-31 12:00:00.123456+00' as updated_at from generate_series(1, 5) n"
    )
    rms.owner.execute(f"grant select on keyed to {rms.name}")
    feed = rms.feed(query="select * from keyed", key="id", page=1, time_zone="UTC")
    feed.look()
    assert sorted(feed.delivered.bodies) == [(f"C{number}", "8N") for number in range(1, 6)]


def test_a_transaction_that_ends_late_is_delivered(rms: Rms) -> None:
    """Its row has the time at which it began, and others were read since."""
    with rms.connect() as late, late.transaction():
        late.execute("insert into crimes values ('C1', '8N', clock_timestamp())")
        rms.save("C2")
        feed = rms.feed(overlap="30s")
        feed.look()
    assert feed.delivered.bodies == [("C2", "8N")]
    feed.look()
    assert feed.delivered.bodies == [("C2", "8N"), ("C1", "8N")]


def test_its_own_clock_says_through_when_all_is_read(rms: Rms) -> None:
    """Less the overlap; and ours, which says something else, is named."""
    rms.save("C1")
    feed = rms.feed(overlap="10s")
    feed.clock = lambda: int((datetime.now(UTC) - timedelta(hours=1)).timestamp() * 1000)  # noqa: TID251
    before = datetime.now(UTC).timestamp() * 1000  # noqa: TID251
    remark = feed.look()
    after = datetime.now(UTC).timestamp() * 1000  # noqa: TID251
    assert before - 10_001 <= feed.delivered.through[0] <= after - 10_001
    assert remark == "the database's clock is 3,600 seconds ahead of ours"


def test_a_connection_that_ends_in_the_middle_loses_nothing(rms: Rms) -> None:
    """As where the database is started again: the next look goes on behind what was confirmed."""
    rms.save("C1", "C2", "C3", "C4")
    feed = rms.feed(page=1)
    with feed.source() as source:
        batches = source.batches(threading.Event(), once=True)
        batch = next(batches)
        feed.delivered.take(batch)
        source.confirm(batch, FeedCounts())
        rms.owner.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cdi connect' "
            "and datname = current_database()"
        )
        with pytest.raises(SourceUnavailableError, match=r"terminating connection|closed"):
            next(batches)
    feed.look()
    assert feed.delivered.bodies == [(f"C{number}", "8N") for number in (1, 2, 3, 4)]


def test_a_password_is_read_whenever_it_connects_and_never_named(rms: Rms) -> None:
    """So it may be changed while a feed runs."""
    rms.save("C1")
    feed = rms.feed()
    feed.look()
    rms.owner.execute(f"alter role {rms.name} password 'second secret'")
    with pytest.raises(SourceUnavailableError) as refused:
        feed.look()
    assert str(refused.value).startswith("connecting: ")
    assert "password authentication failed" in str(refused.value)
    assert "secret" not in str(refused.value)
    rms.state_password("second secret")
    rms.save("C2")
    feed.look()
    assert feed.delivered.bodies == [("C1", "8N"), ("C2", "8N")]


def test_what_it_may_not_read_is_named_without_data(rms: Rms) -> None:
    """A table by its name; a value of a row, which an error may quote, not at all."""
    rms.save("C1", offence="Jane Doe")
    rms.owner.execute(f"revoke select on crimes from {rms.name}")
    feed = rms.feed()
    with pytest.raises(SourceUnavailableError, match=r"permission denied for table crimes \(42501\)"):
        feed.look()
    rms.owner.execute(f"grant select on crimes to {rms.name}")
    feed = rms.feed(query="select crime_ref, offence::int as offence, updated_at from crimes")
    with pytest.raises(SourceUnavailableError) as refused:
        feed.look()
    assert "invalid input syntax for type integer" in str(refused.value)
    assert "Jane" not in str(refused.value)
    feed = rms.feed(query="select crime_ref, colour as offence, updated_at from crimes")
    with pytest.raises(SourceUnavailableError, match='looking at the columns: column "colour" does not exist'):
        feed.look()


def test_nothing_can_be_written_and_a_query_that_takes_too_long_ends(rms: Rms) -> None:
    """Even where the role may write and a function does."""
    rms.owner.execute(f"grant all on crimes to {rms.name}")
    rms.owner.execute(
        "create function touch() returns text language sql as "
        "$$ insert into crimes values ('C9', '8N', now()) returning crime_ref $$"
    )
    rms.save("C1")
    feed = rms.feed(query="select touch() as crime_ref, offence, updated_at from crimes")
    with pytest.raises(SourceUnavailableError, match=r"cannot execute INSERT in a read-only transaction \(25006\)"):
        feed.look()
    feed = rms.feed(query="select crime_ref, pg_sleep(9)::text as offence, updated_at from crimes", timeout="1s")
    with pytest.raises(SourceUnavailableError, match="canceling statement due to statement timeout"):
        feed.look()


def test_a_query_that_takes_long_says_so(rms: Rms, monkeypatch: pytest.MonkeyPatch) -> None:
    """Now and then, with what it is for; nothing of a record."""
    monkeypatch.setattr(connection, "_SLOW_SECONDS", 0.3)
    rms.save("C1")
    with capture_logs() as lines:
        rms.feed(query="select crime_ref, pg_sleep(0.8)::text as offence, updated_at from crimes").look()
    running = [line for line in lines if line["event"] == "query_running"]
    assert ("rms", "reading rows") in {(line["feed"], line["what"]) for line in running}


def test_a_feed_that_is_to_stop_ends_its_query(rms: Rms) -> None:
    """Rather than waiting for an answer that nobody wants any more."""
    rms.save("C1")
    feed = rms.feed(query="select crime_ref, pg_sleep(60)::text as offence, updated_at from crimes")
    stopped = threading.Event()
    threading.Timer(0.5, stopped.set).start()
    with feed.source() as source:
        assert list(source.batches(stopped, once=False)) == []


def test_nobody_waits_for_a_feed_that_reads(rms: Rms) -> None:
    """Between two pages no lock is held, not even one that keeps a column from being added."""
    rms.save("C1", "C2")
    feed = rms.feed(page=1)
    with feed.source() as source:
        batches = source.batches(threading.Event(), once=True)
        source.confirm(next(batches), FeedCounts())
        rms.owner.execute("set lock_timeout = '2s'")
        rms.owner.execute("alter table crimes add column beat text")
        (state,) = rms.owner.execute(
            "select state from pg_stat_activity where application_name = 'cdi connect' and datname = current_database()"
        ).fetchone() or ("gone",)
        assert state == "idle"
        batch = next(batches)
        assert [row.record is not None for row in batch.rows] == [True]


def test_rows_that_vanish_are_named_in_a_file_once(rms: Rms) -> None:
    """What is to become of their records is for people to say; a row that comes back is no longer gone."""
    rms.save("C1", "C2", "C3")
    feed = rms.feed(vanished="1s")
    moment = [int(datetime.now(UTC).timestamp() * 1000)]  # noqa: TID251
    feed.clock = lambda: moment[0]
    assert feed.look() is None
    rms.owner.execute("delete from crimes where crime_ref <> 'C2'")
    report = rms.folder / "data" / "connect" / "rms.vanished.jsonl"
    assert "vanished" not in (feed.look() or "")
    assert not report.exists()
    moment[0] += 1000
    remark = feed.look() or ""
    assert f"2 rows of 3 vanished from the database, named in {report}" in remark
    named = [msgspec.json.decode(line)["key"] for line in report.read_bytes().splitlines()]
    assert named == [{"crime_ref": "C1"}, {"crime_ref": "C3"}]
    assert report.stat().st_mode & 0o777 == 0o600
    rms.save("C3")
    moment[0] += 1000
    assert "vanished" not in (feed.look() or "")
    rms.owner.execute("delete from crimes where crime_ref = 'C3'")
    moment[0] += 1000
    assert "1 row of 2 vanished" in (feed.look() or "")


def test_a_colon_and_a_percent_sign_of_a_query_stay_as_they_are(rms: Rms) -> None:
    """Neither is a parameter; a comment at its end ends there."""
    rms.save("C1")
    query = (
        "select crime_ref || to_char(updated_at, ':MI')::text || '%s' || (7 % 4) as seen, crime_ref, offence, "
        "updated_at from crimes where crime_ref like 'C%' -- all of them"
    )
    mapping = MAPPING.replace('offence_code = "offence"', 'offence_code = "offence"\nbeat = "seen"')
    feed = rms.feed(query=query, mapping=mapping)
    feed.look()
    (record,) = (msgspec.json.decode(record) for record in feed.delivered.records)
    assert record["beat"].startswith("C1:")
    assert record["beat"].endswith("%s3")
