"""Feeding files: what becomes of each row, and how feeds are opened and closed."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.files.completion import FeedCompletion, feed_completions, moving_forward, send_completions
from deploy.files.feed import FeedCounts, RejectedRows, scan, send_files, send_first_heartbeats
from deploy.files.feedings import FILE, Feedings, FeedingsUnavailableError
from deploy.files.mapping import read_mapping
from deploy.files.record_files import FileRefusedError
from deploy.files.row_reader import FileRow, RowReader
from deploy.files.ties import TieCounter
from schemas.records import FEEDS, PEOPLES_RECORDS, Crime, Heartbeat, Snapshot
from schemas.refusals import BadRecordError
from schemas.times import from_rfc3339
from streams.facts.completeness import STAND_IN
from streams.policy import PolicyBook

TOPIC = "cis.crimes.v1"
READ_AT = from_rfc3339("2018-12-31T00:00:00Z")
DAY = 86_400_000

MAPPING = """
topic = "cis.crimes.v1"
blank = ["N/A"]

[fields]
crime_ref = "Ref"
force = { constant = "LEICS" }
source = { constant = "CIS" }
event_id = { digest = [] }
event_time = { column = "Saved", time = ["%Y-%m-%d %H:%M:%S", "%d/%m/%Y"], zone = "Europe/London" }
recorded_at = { template = "{Day} {Time}", time = "%m%d%Y %H%M", zone = "Europe/London" }
offence_code = "Code"
offence_class = { column = "Type", values = { "Theft of bicycle" = "THEFT" }, otherwise = "OTHER" }
status = { column = "State", values = { live = "RECORDED", dead = "CANCELLED" } }
incident_refs = { column = "Incidents", split = "/" }
recorded_by = "By"
recorded_by_role = { constant = "OTHER" }
team = "Team"

[[skip]]
column = "Kind"
any_of = ["supplement"]

[[skip]]
column = "Kind"
blank = true
"""
HEADER = "Ref,Saved,Day,Time,Code,Type,State,Incidents,By,Team,Kind"
GOOD = "C1,2018-07-01 12:00:00,07012018,1130,8N,Theft of bicycle,live,I1 / I2,PC1,N/A,initial"


class Sent:
    """A producer that keeps what it is given."""

    def __init__(self) -> None:
        self.records: list[Snapshot | tuple[str, Heartbeat]] = []
        self.flushed_after = 0

    def send(self, record: Snapshot) -> None:
        """Keep a snapshot."""
        self.records.append(record)

    def send_heartbeat(self, topic: str, heartbeat: Heartbeat) -> None:
        """Keep a heartbeat."""
        self.records.append((topic, heartbeat))

    def flush(self) -> None:
        """Note how much was sent before."""
        self.flushed_after = len(self.records)


def table(tmp_path: Path, *rows: str, mapping: str = MAPPING) -> tuple[Path, RowReader]:
    """Return a CSV file of rows, and the reader of its mapping."""
    (tmp_path / "mapping.toml").write_text(mapping)
    file = tmp_path / "crimes.csv"
    file.write_text("\n".join([HEADER, *rows]))
    return file, RowReader(TOPIC, read_mapping(str(tmp_path / "mapping.toml")), READ_AT, DAY)


def only(rows: list[FileRow]) -> Crime:
    """Return the one record of one row."""
    assert len(rows) == 1
    assert isinstance(rows[0].record, Crime), rows[0].refusal
    return rows[0].record


def test_a_mapping_makes_a_record_of_a_row(tmp_path: Path) -> None:
    """Columns, constants, templates, vocabularies, lists, blanks and local times come out as the record's fields."""
    file, reader = table(tmp_path, GOOD)
    crime = only(list(reader.rows(file)))
    assert crime.crime_ref == "C1"
    assert crime.event_time == from_rfc3339("2018-07-01T11:00:00Z")  # British Summer Time
    assert crime.recorded_at == from_rfc3339("2018-07-01T10:30:00Z")
    assert (crime.offence_class, crime.status, crime.team) == ("THEFT", "RECORDED", None)
    assert crime.incident_refs == ("I1", "I2")
    assert (crime.force, crime.source, crime.recorded_by_role) == ("LEICS", "CIS", "OTHER")


def test_a_second_format_is_tried(tmp_path: Path) -> None:
    """An export that changed its dates midway can be read whole."""
    file, reader = table(tmp_path, GOOD.replace("2018-07-01 12:00:00", "01/12/2018"))
    assert only(list(reader.rows(file))).event_time == from_rfc3339("2018-12-01T00:00:00Z")


def test_an_hour_that_clocks_show_twice_is_its_first(tmp_path: Path) -> None:
    """At 01:30 on the last Sunday of October the mapping's word is summer time."""
    file, reader = table(tmp_path, GOOD.replace("2018-07-01 12:00:00", "2018-10-28 01:30:00"))
    assert only(list(reader.rows(file))).event_time == from_rfc3339("2018-10-28T00:30:00Z")


def test_an_id_made_of_a_row_is_the_rows_own(tmp_path: Path) -> None:
    """The same row has the same id wherever it stands, another row another."""
    file, reader = table(tmp_path, GOOD, GOOD.replace("C1", "C2"), GOOD)
    ids = [row.record.event_id for row in reader.rows(file) if isinstance(row.record, Crime)]
    assert ids[0] == ids[2] != ids[1]
    assert len(ids[0]) == 32


def test_rows_the_mapping_skips_are_no_bad_rows(tmp_path: Path) -> None:
    """Supplements, here, are no records: neither fed nor set aside."""
    file, reader = table(tmp_path, GOOD, GOOD.replace("initial", "supplement"), GOOD.replace("initial", ""))
    sent = Sent()
    assert send_files([file], reader, sent, refuse=_no_refusal) == FeedCounts(snapshots=1, skipped=2)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (GOOD.replace("live", "undead"), ("UNKNOWN_VALUE: status: not among the mapping's values: live, dead; "
         "column 'State': 'AAAAAA'")),
        (GOOD.replace("07012018", "13012018"), ("IMPOSSIBLE_DATE: recorded_at: not a time of the mapping's format, "
         "%m%d%Y %H%M; column 'Day': '99999999', column 'Time': '9999'")),
        (GOOD.replace("C1,", "--,"), ("EMPTY_REFERENCE: crime_ref holds no letter from A to Z and no digit; "
         "column 'Ref': '--'")),
        (GOOD.replace("C1,", ","), ("EMPTY_REFERENCE: crime_ref holds no letter from A to Z and no digit; "
         "column 'Ref' is blank")),
        (GOOD + ",more", "WRONG_TYPE: 12 columns, the first row has 11"),
        (
            GOOD.replace("2018-07-01", "2019-07-01"),
            "FAR_FUTURE: event_time is more than 24 hours ahead of its arrival; column 'Saved': '9999-99-99 99:99:99'",
        ),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_and_the_rest_is_fed(tmp_path: Path, broken: str, reason: str) -> None:
    """A bad row comes with its line and reason, as written; the rows around it are fed."""
    file, reader = table(tmp_path, GOOD, broken, GOOD)
    sent, refused = Sent(), list[FileRow]()
    fed = send_files([file], reader, sent, refuse=lambda _, row: refused.append(row))
    assert fed == FeedCounts(snapshots=2, refused=1)
    assert [(row.line, str(row.refusal), row.text) for row in refused] == [(3, reason, broken)]


def test_a_row_over_several_lines_is_named_by_its_first(tmp_path: Path) -> None:
    """What an editor shows is what the reason names."""
    long = GOOD.replace("PC1", '"PC\n1"')
    file, reader = table(tmp_path, long, GOOD.replace("live", "undead"), long)
    assert [row.line for row in reader.rows(file)] == [2, 4, 5]


def test_text_in_another_encoding_is_a_bad_row(tmp_path: Path) -> None:
    """A byte that is no UTF-8 costs its row, not the file."""
    file, reader = table(tmp_path, GOOD, GOOD.replace("PC1", "PÇ1"), GOOD)
    file.write_bytes(file.read_bytes().replace("Ç".encode(), b"\xc7"))
    rows = list(reader.rows(file))
    assert [row.refusal is None for row in rows] == [True, False, True]
    assert "\\xc7" in rows[1].text


def test_a_column_that_stands_twice_stops_the_file(tmp_path: Path) -> None:
    """Which of the two is meant nobody can tell."""
    file, reader = table(tmp_path, GOOD)
    file.write_text(file.read_text().replace(",Kind", ",Team"))
    with pytest.raises(FileRefusedError, match="'Team' stands twice"):
        list(reader.rows(file))


def test_a_mapped_column_that_is_not_there_stops_the_file(tmp_path: Path) -> None:
    """A renamed column would make every row bad: it is said once."""
    file, reader = table(tmp_path, GOOD, mapping=MAPPING.replace('"Team"', '"Squad"'))
    with pytest.raises(FileRefusedError, match="column 'Squad'"):
        list(reader.rows(file))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (('topic = "cis.crimes.v1"', 'topic = "cis.crimes"'), "topic"),
        (('crime_ref = "Ref"', 'crime_reference = "Ref"'), "crime_reference"),
        (('crime_ref = "Ref"\n', ""), "fields.crime_ref: required"),
        (('zone = "Europe/London"', 'zone = "Europe/Leicester"'), "Europe/Leicester"),
        ((', zone = "Europe/London"', ""), "needs a zone"),
        (("digest = []", 'digest = [], column = "Ref"'), "exactly one"),
        (("any_of", "anyof"), "anyof"),
        (('blank = ["N/A"]', 'blank = ["N/A"'), "mapping.toml"),
        (('time = "%m%d%Y %H%M"', 'time = "%m%d%Y %Q"'), "fields.recorded_at: 'Q' is a bad directive"),
        (('time = "%m%d%Y %H%M"', 'time = "%m%d%Y %"'), "fields.recorded_at: stray %"),
        (('time = "%m%d%Y %H%M"', 'time = "%Y%Y"'), "redefinition"),
        (('time = "%m%d%Y %H%M"', 'time = "%m%d %H%M"'), "fields.recorded_at: a time without a year"),
        (('"{Day} {Time}"', '"{Day:d} {Time}"'), "fields.recorded_at: a template has columns"),
        (('"{Day} {Time}"', '"{Day!r} {Time}"'), "fields.recorded_at: a template has columns"),
        (('split = "/"', 'split = ""'), "fields.incident_refs: split by nothing"),
        (('blank = ["N/A"]', "delimiter = '\"'"), "delimiter"),
        (('blank = ["N/A"]', 'encoding = "hex"'), "hex"),
        (('team = "Team"', "team = { row_number = true }"), "fields.team: one of feeding_time"),
        (('team = "Team"', "revision = { row_number = true, file_time = true }"), "fields.revision: one of"),
        (('team = "Team"', 'revision = { row_number = true, column = "Team" }'), "exactly one"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(tmp_path: Path, changed: tuple[str, str], sentence: str) -> None:
    """In one line that names what is wrong."""
    with pytest.raises(FileRefusedError, match="not a mapping") as refusal:
        table(tmp_path, GOOD, mapping=MAPPING.replace(*changed))
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


HIGH_STREET = GOOD.replace("PC1", '"12 High Street"')
"""A row of which one cell is quoted."""


def fed(file: Path, reader: RowReader) -> tuple[list[str], list[tuple[int, str]]]:
    """Feed a file; return the references fed, and lines and details of the rows refused."""
    sent, refused = Sent(), list[tuple[int, str]]()
    send_files([file], reader, sent, refuse=lambda _, row: refused.append((row.line, str(row.refusal))))
    return [record.crime_ref for record in sent.records if isinstance(record, Crime)], refused


def test_a_quote_that_is_not_closed_hides_no_rows(tmp_path: Path) -> None:
    """A typographic quote at the end of a cell: its row is set aside by the line it opened on, all others are fed."""
    unclosed = GOOD.replace("PC1", '"smart”').replace("C1,", "C2,")
    file, reader = table(tmp_path, GOOD, unclosed, GOOD.replace("C1,", "C3,"), HIGH_STREET.replace("C1,", "C4,"))
    refs, refused = fed(file, reader)
    assert refs == ["C1", "C3", "C4"]
    assert [line for line, _ in refused] == [3]
    assert "the cell whose quote opened on line 3" in refused[0][1]


def test_a_quote_that_is_closed_by_another_rows_hides_no_rows_silently(tmp_path: Path) -> None:
    """An inch mark far below closes the cell: the row is set aside with the rows in it, which are counted."""
    unclosed, inches = GOOD.replace("PC1", '"shelf'), GOOD.replace("PC1", '6"')
    file, reader = table(tmp_path, unclosed, GOOD, GOOD, inches, GOOD.replace("C1,", "C5,"))
    refs, refused = fed(file, reader)
    assert refs == ["C5"]
    assert [line for line, _ in refused] == [2]
    assert "the quote opened on line 2 is closed only on line 5, and 3 rows lie between" in refused[0][1]


def test_text_of_several_lines_with_commas_is_a_cell(tmp_path: Path) -> None:
    """Only lines that are records by themselves are taken for rows."""
    prose = GOOD.replace("PC1", '"first, second,\n1,2,3,4,5,6,7,8,9,10,11\nlast"')
    file, reader = table(tmp_path, prose, GOOD.replace("C1,", "C2,"))
    assert fed(file, reader) == (["C1", "C2"], [])


def test_a_file_that_was_cut_within_a_cell_or_a_row_is_named(tmp_path: Path) -> None:
    """Within quotes, before the last column, or within the last column, where a remark is all there can be."""
    file, reader = table(tmp_path, GOOD, HIGH_STREET)
    whole = file.read_text()
    file.write_text(whole[: whole.index("High")])
    assert fed(file, reader) == (["C1"], [(3, "WRONG_TYPE: not CSV: the quote opened on line 3 is not closed")])
    file.write_text(whole[: whole.index(',"12')])
    assert fed(file, reader) == (["C1"], [(3, "WRONG_TYPE: 8 columns, the first row has 11")])
    reader.remarks.clear()
    file.write_text(f"{whole}\n")
    assert fed(file, reader) == (["C1", "C1"], [])
    assert reader.remarks == {}
    file.write_text(whole[:-3])
    assert fed(file, reader) == (["C1", "C1"], [])
    assert reader.remarks == {file: "its last line has no end: is the file whole?"}


@pytest.mark.parametrize("saved", ["0001-01-01", "1899-12-30", "1899-12-31", "9999-12-31", "9999-01-01"])
@pytest.mark.parametrize("zone", ["Europe/London", "America/Los_Angeles", "Asia/Tokyo", "Pacific/Kiritimati"])
@pytest.mark.parametrize("column", ["Saved", "Day"])
def test_a_time_that_no_record_states_is_a_bad_row(tmp_path: Path, saved: str, zone: str, column: str) -> None:
    """A spreadsheet's first day, a database's never, in any zone: the row is set aside or read, and the rest is fed."""
    year, month, day = saved.split("-")
    strange = GOOD.replace("2018-07-01 12:00:00", f"{saved} 23:59:59" if column == "Saved" else "2018-07-01 12:00:00")
    strange = strange.replace("07012018,1130", f"{month}{day}{year},2359" if column == "Day" else "07012018,1130")
    file, reader = table(tmp_path, strange, GOOD.replace("C1,", "C2,"), mapping=MAPPING.replace("Europe/London", zone))
    refs, refused = fed(file, reader)
    assert refs[-1] == "C2"
    assert len(refs) + len(refused) == 2
    if saved <= "1899-12-30":
        name = "event_time" if column == "Saved" else "recorded_at"
        shapes = "column 'Saved': '9999-99-99 99:99:99'"
        if column == "Day":
            shapes = "column 'Day': '99999999', column 'Time': '9999'"
        assert refused == [(2, f"IMPOSSIBLE_DATE: {name}: outside 1900 to 9999; {shapes}")]


def with_revision(order: str) -> str:
    """Return the mapping with a revision taken from the rows' order."""
    return MAPPING.replace("[fields]", f"[fields]\nrevision = {{ {order} = true }}")


def snapshots(file: Path, reader: RowReader) -> list[Crime]:
    """Return the records of a file."""
    return [row.record for row in reader.rows(file) if isinstance(row.record, Crime)]


def test_what_is_fed_later_is_the_later_snapshot(tmp_path: Path) -> None:
    """Of two rows of one file, of two files of one feeding, and of two feedings."""
    file, reader = table(tmp_path, GOOD, GOOD.replace("8N", "9N"), mapping=with_revision("feeding_time"))
    second = tmp_path / "second.csv"
    second.write_bytes(file.read_bytes())
    next_night = RowReader(TOPIC, reader.mapping, READ_AT + 1, DAY)
    read = [*snapshots(file, reader), *snapshots(second, reader), *snapshots(file, next_night)]
    assert len({(crime.event_time, crime.crime_ref) for crime in read}) == 1
    assert len(read) == 6
    assert [crime.revision for crime in read] == sorted({crime.revision for crime in read})
    assert len({crime.event_id for crime in read}) == 6
    assert snapshots(second, reader) == read[2:4]  # scanned first and sent then, it is the same


def night(tmp_path: Path, code: str) -> tuple[Path, RowReader]:
    """Return one night's export, which states a record's last state alone, and its mapping by feeding time."""
    _, reader = table(tmp_path, mapping=with_revision("feeding_time"))
    file = tmp_path / f"night-{code}.csv"
    file.write_text("\n".join([HEADER, GOOD.replace("8N", code), GOOD.replace("8N", code).replace("C1,", "C2,")]))
    return file, reader


def fed_at(file: Path, reader: RowReader, moment: int) -> list[Crime]:
    """Feed a file by a command of its own at a moment (ms); return what was sent."""
    feedings = Feedings(file.parent / "data", "")
    later = RowReader(TOPIC, reader.mapping, moment, DAY, feedings=feedings)
    read = snapshots(file, later)
    feedings.save_files()
    return read


def test_a_file_fed_again_is_no_later_snapshot(tmp_path: Path) -> None:
    """Not after a newer night either, under another name or at another time; a changed file or mapping is."""
    (first, reader), (second, _) = night(tmp_path, "8N"), night(tmp_path, "9N")
    before, after = fed_at(first, reader, READ_AT), fed_at(second, reader, READ_AT + 1)
    assert max(crime.revision for crime in before) < min(crime.revision for crime in after)
    copied = first.rename(tmp_path / "copy.csv")
    os.utime(copied, (1, 1))
    assert fed_at(copied, reader, READ_AT + 2) == before
    copied.write_text(copied.read_text().replace("PC1", "PC2"))
    changed = fed_at(copied, reader, READ_AT + 3)
    assert min(crime.revision for crime in changed) > max(crime.revision for crime in after)
    assert reader.mapping is not None
    other = msgspec.structs.replace(reader.mapping, blank=frozenset({"N/A", "PC2"}))
    assert fed_at(second, RowReader(TOPIC, other, READ_AT, DAY), READ_AT + 4) != after


def ties_of_feeding(tmp_path: Path, prefix: str, *rows: str) -> int:
    """Feed rows to the installation with a prefix; return how many tie with rows fed to it before."""
    file, reader = table(tmp_path, *rows)
    feedings = Feedings(tmp_path / "data", prefix)
    rows_fed = scan([file], reader, TieCounter(feedings.key)).ties.body_by_version
    ties = feedings.ties(rows_fed)
    feedings.save_rows(rows_fed, READ_AT)
    return ties


def test_ties_between_two_feedings_are_counted(tmp_path: Path) -> None:
    """Of one record and moment; not of the same rows fed again, or of those of another installation."""
    counts = [
        ties_of_feeding(tmp_path, "", GOOD),
        ties_of_feeding(tmp_path, "", GOOD),
        ties_of_feeding(tmp_path, "another.", GOOD.replace("8N", "9N")),
        ties_of_feeding(tmp_path, "", GOOD.replace("8N", "9N"), GOOD.replace("C1,", "C2,")),
    ]
    assert counts == [0, 0, 0, 1]
    assert b"C1" not in (tmp_path / "data" / FILE).read_bytes()
    assert stat.S_IMODE((tmp_path / "data" / FILE).stat().st_mode) == 0o600


def test_feedings_that_cannot_be_kept_are_named(tmp_path: Path) -> None:
    """A folder that is none, and a file that is no database."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(FeedingsUnavailableError, match="file"):
        Feedings(tmp_path / "file", "")
    (tmp_path / FILE).write_text("no database, though long enough to be taken for one" * 100)
    with pytest.raises(FeedingsUnavailableError, match="not a database"):
        Feedings(tmp_path, "")


def test_blank_rows_are_passed_over_and_counted(tmp_path: Path) -> None:
    """As spreadsheets leave them: above the names of columns, between rows and below, of any number of separators."""
    file, reader = table(tmp_path)
    file.write_text(f",,\n{HEADER}\n{GOOD}\n,,,,,,,,,,\n , \t,\n{GOOD}\n\n,,,\n")
    sent = Sent()
    scanned = scan([file], reader)
    counts = send_files([file], reader, sent, refuse=_no_refusal)
    assert counts == FeedCounts(snapshots=2, blank=3)
    assert (scanned.total, scanned.empty) == (2, [])


@pytest.mark.parametrize("text", [HEADER, f"{HEADER}\n", f"{HEADER}\n,,,\n"])
def test_a_table_of_names_alone_has_no_row(tmp_path: Path, text: str) -> None:
    """Blank rows are none."""
    file, reader = table(tmp_path)
    file.write_text(text)
    assert scan([file], reader).empty == [file]


def test_a_text_that_a_formula_keeps_is_read(tmp_path: Path) -> None:
    """Exports write so that a spreadsheet leaves zeros; quoted as a cell or not."""
    file, reader = table(tmp_path, GOOD.replace("C1", '="0123"'), GOOD.replace("C1", '"=""0456"""'))
    refs, refused = fed(file, reader)
    assert (refs, refused) == (["0123", "0456"], [])


def test_a_file_that_was_changed_later_holds_the_later_snapshot(tmp_path: Path) -> None:
    """In whatever order the files are fed, and the same file again is the same snapshot."""
    file, reader = table(tmp_path, GOOD, GOOD.replace("8N", "9N"), mapping=with_revision("file_time"))
    os.utime(file, (1_541_060_000, 1_541_060_000))
    first = snapshots(file, reader)
    assert snapshots(file, reader) == first
    os.utime(file, (1_541_060_001, 1_541_060_001))
    second = snapshots(file, reader)
    revisions = [crime.revision for crime in (*first, *second)]
    assert revisions == sorted(set(revisions))


def test_a_later_row_of_a_file_is_the_later_snapshot(tmp_path: Path) -> None:
    """By its line, so that the same file again is the same snapshots."""
    file, reader = table(tmp_path, GOOD, "", GOOD.replace("8N", "9N"), mapping=with_revision("row_number"))
    assert [crime.revision for crime in snapshots(file, reader)] == [2, 4]
    assert snapshots(file, reader) == snapshots(file, reader)


def test_rows_that_state_two_bodies_at_one_moment_are_counted(tmp_path: Path) -> None:
    """Not the same row again, another moment or another record; none where the mapping says which is later."""
    other = GOOD.replace("8N", "9N")
    rows = (GOOD, other, GOOD, GOOD.replace("C1,", "c1,"), GOOD.replace("C1,", "C2,"), GOOD.replace("12:00", "12:01"))
    file, reader = table(tmp_path, *rows)
    ties = TieCounter()
    scan([file], reader, ties)
    assert ties.ties == 2
    file, reader = table(tmp_path, *rows, mapping=with_revision("row_number"))
    ties = TieCounter()
    scan([file], reader, ties)
    assert ties.ties == 0


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the file is empty"),
        (b'"Ref,Saved\n', "the first row is not CSV: the quote opened on line 1 is not closed"),
        ("Ref,Saved\n".encode("utf-16-le"), "UTF-16"),
    ],
)
def test_a_table_that_is_none_is_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    """In one line that says what is wrong with it."""
    file, reader = table(tmp_path, GOOD)
    file.write_bytes(content)
    with pytest.raises(FileRefusedError, match=problem):
        list(reader.rows(file))


def test_a_table_in_the_mappings_encoding_is_read(tmp_path: Path) -> None:
    """UTF-16 too; cut within a character it is refused."""
    file, reader = table(tmp_path, GOOD, mapping=MAPPING.replace("[fields]", 'encoding = "utf-16"\n[fields]', 1))
    text = file.read_text()
    file.write_bytes(text.encode("utf-16"))
    assert only(list(reader.rows(file))).crime_ref == "C1"
    file.write_bytes(text.encode("utf-16")[:-1])
    with pytest.raises(FileRefusedError, match=r"not text in utf-16(-le)?, or not whole"):
        list(reader.rows(file))


@pytest.mark.parametrize("end", [b"\r", b"\r\n", b"\n"])
def test_lines_end_in_any_way(tmp_path: Path, end: bytes) -> None:
    """JSON Lines of an old machine are no single line."""
    file = tmp_path / "crimes.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + end.join([crime_line("C1").encode(), b"", b"{", crime_line("C2").encode()]))
    rows = list(RowReader(TOPIC, None, READ_AT, DAY).rows(file))
    assert [(row.line, row.record is not None) for row in rows] == [(1, True), (3, False), (4, True)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_json_lines_in_utf_16_are_refused(tmp_path: Path, encoding: str) -> None:
    """Once, and not line by line."""
    file = tmp_path / "crimes.jsonl"
    file.write_text(f"{crime_line('C1')}\n{crime_line('C2')}\n", encoding=encoding)
    with pytest.raises(FileRefusedError, match="UTF-16 text, where JSON Lines are UTF-8"):
        list(RowReader(TOPIC, None, READ_AT, DAY).rows(file))


def test_a_nul_is_a_bad_row_that_names_the_column_s_field(tmp_path: Path) -> None:
    """No database takes one."""
    file, reader = table(tmp_path, GOOD, GOOD.replace("I1", "I\0001"), GOOD.replace("PC1", "P\0"))
    _, refused = fed(file, reader)
    assert refused == [
        (3, "WRONG_TYPE: incident_refs[0]: holds a NUL; column 'Incidents': 'A?9 / A9'"),
        (4, "WRONG_TYPE: recorded_by: holds a NUL; column 'By': 'A?'"),
    ]


def test_a_reference_that_a_spreadsheet_made_a_number_of_is_a_bad_row(tmp_path: Path) -> None:
    """Its last digits are lost: two references would become one."""
    file, reader = table(tmp_path, GOOD.replace("C1,", "2.0171E+11,"), GOOD.replace("I1 ", "2,0171e+11 "), GOOD)
    file.write_text(file.read_text().replace("2,0171e+11", '"2.0E+5'.strip('"')))
    refs, refused = fed(file, reader)
    assert refs == ["C1"]
    assert [(line, detail.split(": ")[1]) for line, detail in refused] == [(2, "crime_ref"), (3, "incident_refs")]


CELLS = st.sampled_from(
    [*GOOD.split(","), '"', '"x"', "\0", "\udce9", "2E+11", "9999-12-31 23:59:59", "0001-01-01 00:00:00"]
)
MIXED = st.lists(st.lists(CELLS, min_size=9, max_size=12).map(",".join), max_size=4)


@given(MIXED, st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["feeding_time", "file_time", "row_number"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_table_is_read_to_its_end(tmp_path: Path, rows: list[str], end: str, order: str) -> None:
    """And the good row at its end is read, or set aside with the row that hid it."""
    file, reader = table(tmp_path, mapping=with_revision(order))
    file.write_bytes(end.join([HEADER, *rows, GOOD, ""]).encode(errors="surrogateescape"))
    read = list(reader.rows(file))
    assert read[-1].record is not None or (read[-1].refusal is not None and GOOD in read[-1].text)


@given(st.binary(max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_rows_or_refused(tmp_path: Path, content: bytes) -> None:
    """As a table's rows, a table, or JSON Lines: one clear line, and no other exception."""
    file, reader = table(tmp_path, GOOD)
    for whole, rows in (
        (HEADER.encode() + b"\n" + content, reader),
        (content, reader),
        (content, RowReader(TOPIC, None, READ_AT, DAY)),
    ):
        file.write_bytes(whole)
        try:
            read = list(rows.rows(file))
        except FileRefusedError as refusal:
            assert "\n" not in str(refusal)  # noqa: PT017 - either is right
        else:
            assert all(row.refusal is not None or row.is_blank for row in read)


def _no_refusal(_: Path, row: FileRow) -> None:
    pytest.fail(f"{row.line}: {row.refusal}")


def crime_line(ref: str, source: str = "CIS", force: str = "LEICS") -> str:
    """Return a JSON line of a crime."""
    time = "2018-07-01T12:00:00Z"
    fields = {
        "event_id": ref,
        "force": force,
        "source": source,
        "event_time": time,
        "crime_ref": ref,
        "recorded_at": time,
        "offence_code": "8N",
        "offence_class": "THEFT",
        "status": "RECORDED",
        "recorded_by": "PC1",
        "recorded_by_role": "OTHER",
    }
    return json.dumps(fields)


def heartbeat_line(source: str) -> str:
    """Return a JSON line of a heartbeat."""
    return json.dumps({"force": "LEICS", "source": source, "complete_through": "2018-07-02T00:00:00Z"})


def test_every_source_is_opened_before_anything_is_sent(tmp_path: Path) -> None:
    """A source first heard late in the file is known from the start, so nobody's heartbeat outruns it."""
    file = tmp_path / "crimes.jsonl"
    file.write_text(
        "\n".join([crime_line("C1"), heartbeat_line("CIS"), crime_line("C2", "OLD"), heartbeat_line("NEW")])
    )
    reader, sent = RowReader(TOPIC, None, READ_AT, DAY), Sent()
    scanned = scan([file], reader)
    send_first_heartbeats(TOPIC, scanned.sources, sent)
    fed = send_files([file], reader, sent, refuse=_no_refusal)
    opened = [
        (topic, heartbeat.source, heartbeat.complete_through)
        for topic, heartbeat in map(_as_heartbeat, sent.records[:3])
    ]
    assert scanned.total == 4
    assert opened == [(TOPIC, "CIS", 0), (TOPIC, "OLD", 0), (TOPIC, "NEW", 0)]
    assert [type(record).__name__ for record in sent.records[3:]] == ["Crime", "tuple", "Crime", "tuple"]
    assert fed == FeedCounts(snapshots=2, heartbeats=2)
    assert sent.flushed_after == len(sent.records)


def _as_heartbeat(record: Snapshot | tuple[str, Heartbeat]) -> tuple[str, Heartbeat]:
    assert isinstance(record, tuple)
    return record


@pytest.mark.parametrize("record_type", PEOPLES_RECORDS)
def test_what_people_say_holds_no_clock(record_type: type[Snapshot]) -> None:
    """Its topic is no feed: it is not opened."""
    sent = Sent()
    send_first_heartbeats(record_type.TOPIC, [("LEICS", "BOARD")], sent)
    assert sent.records == []


def test_the_protection_reports_are_opened_as_every_feed() -> None:
    """Whether or not a policy names them: they do no harm where it does not."""
    sent = Sent()
    send_first_heartbeats("ppn.reports.v1", [("LEICS", "PPN")], sent)
    assert [_as_heartbeat(record)[0] for record in sent.records] == ["ppn.reports.v1"]


def test_protection_reports_are_closed_where_the_policy_names_them() -> None:
    """By the sources that vouched, else by a stand-in."""
    named = PolicyBook.from_toml(
        'version = "trial"\n[installation.feeds_by_force]\nLEICS = ["storm.incidents.v1", "ppn.reports.v1"]'
    )
    closed = feed_completions({"LEICS": {"ppn.reports.v1": {"PPN"}}, "DERBS": {}}, named)
    assert FeedCompletion("LEICS", "ppn.reports.v1", ("PPN",)) in closed
    assert all(completion.topic != "ppn.reports.v1" for completion in closed if completion.force == "DERBS")


def test_bad_rows_are_kept_beside_the_file_for_its_owner_only(tmp_path: Path) -> None:
    """Each with file, line, reason and the row itself; a second run adds to what is there."""
    file = tmp_path / "crimes.jsonl"
    file.write_text("\n".join([crime_line("C1"), '{"event_id": "', crime_line("C2")]))
    reader = RowReader(TOPIC, None, READ_AT, DAY)
    for _ in range(2):
        aside = RejectedRows(READ_AT)
        send_files([file], reader, Sent(), refuse=aside.add)
        assert aside.close() == [tmp_path / "crimes.jsonl.rejected.jsonl"]
    place = tmp_path / "crimes.jsonl.rejected.jsonl"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    rejected = [json.loads(line) for line in place.read_text().splitlines()]
    assert rejected == 2 * [
        {
            "file": str(file),
            "line": 2,
            "reason": "NOT_JSON",
            "detail": "the line is not one JSON object",
            "fed_at": "2018-12-31T00:00:00.000Z",
            "row": '{"event_id": "',
        }
    ]


def test_no_bad_rows_leave_no_file(tmp_path: Path) -> None:
    """A clean feed writes nothing beside the file."""
    file = tmp_path / "crimes.jsonl"
    file.write_text(crime_line("C1"))
    aside = RejectedRows(READ_AT)
    send_files([file], RowReader(TOPIC, None, READ_AT, DAY), Sent(), refuse=aside.add)
    assert aside.close() == []
    assert list(tmp_path.iterdir()) == [file]


def test_closing_speaks_for_every_source_that_ever_spoke() -> None:
    """Each source with a heartbeat on the feed is completed; a feed without one in the name of a stand-in."""
    sources_by_force = {"LEICS": {"storm.incidents.v1": {"STORM", "OLD-STORM", STAND_IN}}, "DERBS": {}}
    feeds = list(feed_completions(sources_by_force, PolicyBook.built_in()))
    sources = {(feed.force, feed.topic): feed.sources for feed in feeds}
    assert sources.pop(("LEICS", "storm.incidents.v1")) == ("OLD-STORM", "STORM")
    assert sources.keys() == {(force, feed) for force in ("LEICS", "DERBS") for feed in FEEDS} - {
        ("LEICS", "storm.incidents.v1")
    }
    assert set(sources.values()) == {(STAND_IN,)}


def test_closing_sends_each_sources_word() -> None:
    """One heartbeat a source, on its feed, through the moment asked for; then the broker has it."""
    sent = Sent()
    send_completions(sent, [FeedCompletion("LEICS", TOPIC, ("A", "B")), FeedCompletion("DERBS", TOPIC, (STAND_IN,))], 7)
    assert sent.records == [
        (TOPIC, Heartbeat(force=force, source=source, complete_through=7))
        for force, source in (("LEICS", "A"), ("LEICS", "B"), ("DERBS", STAND_IN))
    ]
    assert sent.flushed_after == 3


def test_a_completion_that_goes_back_is_none() -> None:
    """Of two sources the one that is behind is completed; a feed of which none is behind is left out."""
    feeds = [FeedCompletion("LEICS", TOPIC, ("A", "B")), FeedCompletion("DERBS", TOPIC, (STAND_IN,))]
    vouched = {"LEICS": {TOPIC: {"A": 7, "B": 6}}}
    assert list(moving_forward(feeds, vouched, 6)) == [feeds[1]]
    assert list(moving_forward(feeds, vouched, 7)) == [FeedCompletion("LEICS", TOPIC, ("B",)), feeds[1]]
    assert list(moving_forward(feeds, vouched, 8)) == feeds


def test_closing_keeps_to_the_forces_and_feeds_meant() -> None:
    """Only the forces asked for, and only the feeds the policy names for each."""
    book = PolicyBook.from_toml(
        'version = "x"\n[installation.feeds_by_force]\nDERBS = ["storm.incidents.v1", "cis.crimes.v1"]'
    )
    feeds = list(feed_completions({"LEICS": {}, "DERBS": {}}, book, ["DERBS"]))
    assert [(feed.topic, feed.force) for feed in feeds] == [
        ("cis.crimes.v1", "DERBS"),
        ("storm.incidents.v1", "DERBS"),
    ]


def test_a_disk_that_is_full_is_named_where_rejected_rows_are_kept() -> None:
    """It shows only when the last of them is written."""
    rejected = RejectedRows(0, Path("/dev/full"))
    rejected.add("orders/7", FileRow(7, "rubbish", refusal=BadRecordError("NOT_JSON", "not JSON")))
    with pytest.raises(FileRefusedError, match="/dev/full: No space left on device"):
        rejected.close()
