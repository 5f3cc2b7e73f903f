"""A database is read again and again; SQLite stands in for any, with a clock that the test moves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from deploy.connect.sources import SourceUnavailableError
from deploy.files.record_files import FileRefusedError
from schemas.times import MINUTE, from_rfc3339
from tests.deploy.connect.database.sources import (
    MAPPING,
    ClockedSQLite,
    Installation,
    KilledError,
    installation,
    sqlite_database,
)

T0 = from_rfc3339("2026-05-31T12:00:00Z")


class Rms:
    """A records system on SQLite, and the feed that reads it; both clocks are the test's."""

    def __init__(self, folder: Path, kind: ClockedSQLite, columns: str | None = None, **keys: Any) -> None:
        table = f"crimes ({columns})" if columns else "crimes (crime_ref text, offence text, updated_at text)"
        self.database = sqlite_database(folder / "rms.sqlite", table)
        self.kind = kind
        self.feed: Installation = installation(folder, clock=lambda: self.kind.at, **keys)
        self.at(0)

    def at(self, minutes: float) -> Rms:
        """Set the clock to minutes after noon."""
        self.kind.at = T0 + int(minutes * MINUTE)
        return self

    def save(self, crime: str, offence: str, updated_at: object) -> None:
        """Insert or update a row."""
        self.database.execute("delete from crimes where crime_ref = ?", [crime])
        self.database.execute("insert into crimes values (?, ?, ?)", [crime, offence, updated_at])

    @property
    def sent(self) -> list[tuple[str, str]]:
        """What was delivered."""
        return self.feed.delivered.bodies


@pytest.fixture
def rms(tmp_path: Path, sqlite: ClockedSQLite) -> Rms:
    """Give a records system of UTC times, read two rows at a time."""
    return Rms(tmp_path, sqlite, page=2)


def test_a_look_delivers_what_was_changed_since_the_one_before(rms: Rms) -> None:
    """In pages, in the order of the watermark; at its end it vouches through an overlap before it began."""
    for number in range(5):
        rms.save(f"C{number}", "8N", f"2026-05-31T11:0{number}:00Z")
    rms.at(0).feed.look()
    assert rms.sent == [(f"C{number}", "8N") for number in range(5)]
    assert rms.feed.delivered.through == [T0 - 10 * MINUTE - 1]
    assert msgspec.json.decode(rms.feed.delivered.records[0])["event_time"] == "2026-05-31T11:00:00.000Z"
    rms.save("C1", "49A", "2026-05-31T12:00:30Z")
    rms.at(1).feed.look()
    assert rms.sent[5:] == [("C1", "49A")]
    assert rms.feed.delivered.through[1:] == [T0 - 9 * MINUTE - 1]


def test_a_table_that_stands_still_is_vouched_for(rms: Rms) -> None:
    """Nothing new is known to be nothing new."""
    rms.save("C1", "8N", "2026-05-31T11:00:00Z")
    for minute in range(3):
        rms.at(minute).feed.look()
    assert len(rms.sent) == 1
    assert rms.feed.delivered.through == [T0 + (minute - 10) * MINUTE - 1 for minute in range(3)]


def test_a_row_committed_late_is_delivered(rms: Rms) -> None:
    """Its watermark lies behind what was read, by less than the overlap."""
    rms.save("C1", "8N", "2026-05-31T11:59:00Z")
    rms.at(0).feed.look()
    rms.save("C2", "8N", "2026-05-31T11:50:30Z")
    rms.at(0.5).feed.look()
    assert rms.sent == [("C1", "8N"), ("C2", "8N")]


def test_more_rows_of_one_watermark_than_a_page_are_delivered_once(rms: Rms) -> None:
    """The key leads from page to page."""
    for number in range(7):
        rms.save(f"C{number}", "8N", "2026-05-31T11:30:00Z")
    rms.at(0).feed.look()
    assert rms.sent == [(f"C{number}", "8N") for number in range(7)]


@pytest.mark.parametrize("after_sending", [True, False])
@pytest.mark.parametrize("killed_at", range(4))
def test_killed_anywhere_it_delivers_the_same(rms: Rms, killed_at: int, after_sending: bool) -> None:
    """Some of it twice, byte for byte; and none is vouched for before it is there."""
    for number in range(7):
        rms.save(f"C{number}", "8N", f"2026-05-31T11:{30 + number // 3}:00Z")
    with pytest.raises(KilledError):
        rms.at(0).feed.look(killed_at=killed_at, after_sending=after_sending)
    killed_before_the_end = killed_at < 3 or not after_sending
    assert rms.feed.delivered.through == ([] if killed_before_the_end else [T0 - 10 * MINUTE - 1])
    rms.at(1).feed.look()
    rms.at(2).feed.look()
    records = rms.feed.delivered.records
    assert {*rms.sent} == {(f"C{number}", "8N") for number in range(7)}
    assert len({*records}) == 7
    assert rms.feed.delivered.through[-1] == T0 - 8 * MINUTE - 1


def test_a_row_refused_is_kept_and_named_once_and_holds_nothing(tmp_path: Path, sqlite: ClockedSQLite) -> None:
    """As for a file: what is wrong with one row must not stop a force's clock."""
    rms = Rms(tmp_path, sqlite)
    rms.save("", "8N", "2026-05-31T11:59:00Z")
    rms.save("C2", "8N", "2026-05-31T11:59:00Z")
    rms.at(0).feed.look()
    rms.at(1).feed.look()
    assert rms.sent == [("C2", "8N")]
    assert len(rms.feed.delivered.refused) == 1
    assert rms.feed.delivered.refused[0].startswith("EMPTY_REFERENCE: crime_ref")
    assert len(rms.feed.delivered.through) == 2


def test_rows_without_a_watermark_or_key_are_counted(rms: Rms) -> None:
    """No look can read them, so somebody is told."""
    rms.save("C1", "8N", "2026-05-31T11:00:00Z")
    rms.save("C2", "8N", None)
    rms.save("C3", "8N", "yesterday")
    rms.database.execute("insert into crimes values (null, '8N', '2026-05-31T11:00:00Z')")
    remark = rms.at(0).feed.look()
    assert remark == "3 rows are not read: no usable updated_at or crime_ref (NULL, infinite or BC)"
    assert rms.sent == [("C1", "8N")]


def test_a_row_far_ahead_waits_for_its_day(rms: Rms) -> None:
    """A worker would set its record aside for good."""
    rms.save("C1", "8N", "2026-06-02T12:00:00Z")
    remark = rms.at(0).feed.look()
    assert remark == "1 row has a watermark too far ahead of the clock to be fed before it is nearer"
    assert rms.sent == []
    assert rms.at(25 * 60).feed.look() is None
    assert rms.sent == [("C1", "8N")]


def test_a_watermark_that_goes_back_is_named(rms: Rms) -> None:
    """The newest row was deleted, or the database restored; times go on as they were."""
    rms.save("C1", "8N", "2026-05-31T11:00:00Z")
    rms.save("C2", "8N", "2026-05-31T11:59:00Z")
    rms.at(0).feed.look()
    rms.database.execute("delete from crimes where crime_ref = 'C2'")
    remark = rms.at(1).feed.look()
    assert remark == "the greatest watermark went back: its row was deleted, or the database restored"
    rms.save("C3", "8N", "2026-05-31T12:01:30Z")
    rms.at(2).feed.look()
    assert rms.sent == [("C1", "8N"), ("C2", "8N"), ("C3", "8N")]


def test_a_clock_that_is_put_back_loses_nothing(tmp_path: Path, sqlite: ClockedSQLite) -> None:
    """What was saved since has a smaller watermark than what was read."""
    rms = Rms(tmp_path, sqlite, overlap="1m")
    ours = [T0]
    rms.feed.clock = lambda: ours[0]
    rms.save("C1", "8N", "2026-05-31T11:59:00Z")
    rms.at(0).feed.look()
    rms.save("C2", "8N", "2026-05-31T11:35:00Z")  # half an hour was taken from the clock, five minutes later
    ours[0] = T0 + 6 * MINUTE
    remark = rms.at(-24).feed.look()
    assert rms.sent == [("C1", "8N"), ("C2", "8N")]
    assert remark == "the database's clock is 1,800 seconds behind ours"


def test_a_clock_that_is_put_forward_loses_nothing(tmp_path: Path, sqlite: ClockedSQLite) -> None:
    """What was on its way then looks older than an overlap, and comes within one; until then no more is vouched for."""
    rms = Rms(tmp_path, sqlite, overlap="5m")
    ours = [T0]
    rms.feed.clock = lambda: ours[0]
    rms.save("C1", "8N", "2026-05-31T11:59:00Z")
    rms.at(0).feed.look()
    ours[0] = T0 + MINUTE
    rms.at(61).feed.look()
    rms.save("C2", "8N", "2026-05-31T12:00:30Z")  # began before the clock was put forward
    ours[0] = T0 + 4 * MINUTE
    rms.at(64).feed.look()
    assert rms.sent == [("C1", "8N"), ("C2", "8N")]
    ours[0] = T0 + 7 * MINUTE
    rms.at(67).feed.look()
    assert rms.feed.delivered.through == [T0 + minutes * MINUTE - 1 for minutes in (-5, -4, -4, 62)]


def test_another_query_is_read_from_its_beginning(rms: Rms) -> None:
    """Rows that it has and the other had not may lie anywhere; how it is laid out says nothing."""
    rms.save("C1", "8N", "2026-05-31T11:00:00Z")
    rms.at(0).feed.look()
    query = rms.feed.definition.query
    rms.feed.definition = msgspec.structs.replace(rms.feed.definition, query=f"  {query.replace(' ', '  ')};")
    rms.at(1).feed.look()
    assert len(rms.sent) == 1
    rms.feed.definition = msgspec.structs.replace(rms.feed.definition, query=f"{query} where 1 = 1")
    rms.at(2).feed.look()
    assert rms.sent == [("C1", "8N")] * 2


@pytest.mark.parametrize("forgotten", [True, False])
def test_a_corrected_mapping_takes_back_what_it_said(rms: Rms, forgotten: bool) -> None:
    """Everything is read again, under higher revisions, and killed or forgotten meanwhile it says the same again."""
    rms.save("C1", "8N", "2026-05-31T11:00:00.123456Z")
    rms.save("C2", "8N", "2026-05-31T11:00:00.123457Z")
    rms.at(0).feed.look()
    mapping = rms.feed.folder / "rms.toml"
    mapping.write_text(mapping.read_text().replace("THEFT", "ROBBERY"))
    with pytest.raises(KilledError):
        rms.at(1).feed.look(killed_at=0)
    rms.at(2).feed.look()
    if forgotten:
        with rms.feed.source() as source:
            source._feed.cursors.forget("rms")
    rms.at(3).feed.look()
    records = [msgspec.json.decode(record) for record in {*rms.feed.delivered.records}]
    assert len(records) == len({record["event_id"] for record in records}) == 4
    for crime in ("C1", "C2"):
        of_crime = sorted((one for one in records if one["crime_ref"] == crime), key=lambda one: one["revision"])
        assert [one["offence_class"] for one in of_crime] == ["THEFT", "ROBBERY"]
        assert of_crime[1]["revision"] == of_crime[0]["revision"] + 1


def test_a_column_gone_stands_still_and_goes_on_once_it_is_back(rms: Rms) -> None:
    """And a column more changes nothing."""
    rms.feed.definition = msgspec.structs.replace(rms.feed.definition, query="select * from crimes")
    rms.save("C1", "8N", "2026-05-31T11:00:00Z")
    rms.at(0).feed.look()
    rms.database.execute("alter table crimes rename column offence to offence_code")
    with pytest.raises(
        SourceUnavailableError,
        match="no column 'offence', which the mapping reads; it yields crime_ref, offence_code, updated_at",
    ):
        rms.at(1).feed.look()
    rms.database.execute("alter table crimes rename column offence_code to offence")
    rms.database.execute("alter table crimes add column beat text default 'B1'")
    rms.database.execute("update crimes set offence = '49A', updated_at = '2026-05-31T12:01:00Z'")
    rms.at(2).feed.look()
    assert rms.sent == [("C1", "8N"), ("C1", "49A")]


def test_a_watermark_of_another_type_stands_still(rms: Rms) -> None:
    """A cursor of times says nothing of numbers."""
    rms.save("C1", "8N", "2026-05-31T11:00:00Z")
    rms.at(0).feed.look()
    rms.database.execute("alter table crimes drop column updated_at")
    rms.database.execute("alter table crimes add column updated_at integer default 7")
    with pytest.raises(SourceUnavailableError, match="updated_at was a time with an offset and is now a number"):
        rms.at(1).feed.look()
    rms.database.execute("update crimes set updated_at = x'00'")
    with pytest.raises(SourceUnavailableError, match="updated_at is neither a time nor a number: bytes"):
        rms.at(1).feed.look()


def test_a_key_that_tells_nothing_apart_is_refused(rms: Rms) -> None:
    """Between pages one of the two would be lost."""
    for offence in ("8N", "49A"):
        rms.database.execute("insert into crimes values ('C1', ?, '2026-05-31T11:00:00Z')", [offence])
    with pytest.raises(SourceUnavailableError, match="two rows have one updated_at and one key"):
        rms.feed.look()


def test_event_time_from_elsewhere_must_be_vouched_for_by_somebody(tmp_path: Path, sqlite: ClockedSQLite) -> None:
    """That all is read says nothing of a time that the watermark does not follow."""
    mapping = MAPPING.replace("[fields]", '[fields]\nevent_time = "recorded"')
    with pytest.raises(FileRefusedError, match="say vouch = true"):
        installation(tmp_path, mapping=mapping).look()


def test_times_without_an_offset_need_a_zone(rms: Rms) -> None:
    """Nobody knows what they mean."""
    rms.save("C1", "8N", "2026-05-31 11:00:00")
    with pytest.raises(SourceUnavailableError, match='updated_at has no offset: say time_zone = "Europe/London"'):
        rms.feed.look()


def test_the_hour_that_clocks_show_twice_loses_nothing(tmp_path: Path, sqlite: ClockedSQLite) -> None:
    """At two in the morning of 25 October it is one again: what is saved then has a smaller watermark."""
    rms = Rms(tmp_path, sqlite, time_zone="Europe/London")
    end = from_rfc3339("2026-10-25T01:00:00Z")
    saved = 0
    for minute in range(-70, 130, 8):
        moment = end + minute * MINUTE
        local = (minute + 120 if minute < 0 else minute + 60) % (24 * 60)
        rms.save(f"C{saved}", "8N", f"2026-10-25 {local // 60:02}:{local % 60:02}:00")
        saved += 1
        rms.kind.at = moment + 1000
        through = len(rms.feed.delivered.records), list(rms.feed.delivered.through)
        rms.feed.look()
        new = [msgspec.json.decode(record)["event_time"] for record in rms.feed.delivered.records[through[0] :]]
        assert all(from_rfc3339(time) > max(through[1], default=0) for time in new), minute
    assert len(rms.sent) == saved
    assert rms.feed.delivered.through[-1] == end + 122 * MINUTE + 1000 - 10 * MINUTE - 1


def test_a_growing_number_is_a_watermark_too(tmp_path: Path, sqlite: ClockedSQLite) -> None:
    """Which numbers may still come is known an overlap after the first look; then all is read once more."""
    mapping = MAPPING.replace("[fields]", '[fields]\nevent_time = "saved"').replace("updated_at", "saved")
    rms = Rms(
        tmp_path,
        sqlite,
        "crime_ref text, offence text, saved text, number integer",
        mapping=mapping,
        watermark="number",
        query="select * from crimes",
        vouch=True,
        page=2,
    )

    def save(crime: str, number: int) -> None:
        rms.database.execute("insert into crimes values (?, '8N', '2026-05-31T12:00:00Z', ?)", [crime, number])

    for number in (1, 2, 4):
        save(f"C{number}", number)
    rms.at(0).feed.look()
    save("C5", 5)
    rms.at(1).feed.look()
    assert [crime for crime, _ in rms.sent] == ["C1", "C2", "C4", "C5"]
    assert rms.feed.delivered.through == [T0 - 10 * MINUTE - 1]
    save("C3", 3)  # its transaction was open all the while
    rms.at(9).feed.look()
    rms.at(11).feed.look()
    assert [crime for crime, _ in rms.sent] == ["C1", "C2", "C4", "C5", "C3"]
    assert rms.feed.delivered.through[1:] == [T0 + MINUTE - 1]
    rms.database.execute("delete from crimes where number > 2")
    save("C9", 3)
    remark = rms.at(12).feed.look()
    assert remark is not None
    assert remark.endswith("since numbers may come again, everything is read again")
    assert rms.sent[-1] == ("C9", "8N")
