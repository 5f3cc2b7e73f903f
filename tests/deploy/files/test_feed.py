"""Feeding files: what becomes of each row, and how feeds are opened and closed."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from deploy.files.completion import FeedCompletion, feed_completions, send_completions
from deploy.files.feed import FeedCounts, RejectedRows, scan, send_files, send_first_heartbeats
from deploy.files.mapping import read_mapping
from deploy.files.record_files import FileRefusedError
from deploy.files.row_reader import FileRow, RowReader
from schemas.records import FEEDS, Crime, Heartbeat, Snapshot
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
        (GOOD.replace("live", "undead"), "UNKNOWN_VALUE: status: not among the mapping's values"),
        (GOOD.replace("07012018", "13012018"), "IMPOSSIBLE_DATE: recorded_at: not a time of the mapping's format"),
        (GOOD.replace("C1,", "--,"), "EMPTY_REFERENCE: crime_ref holds no letter from A to Z and no digit"),
        (GOOD.replace("C1,", ","), "EMPTY_REFERENCE: crime_ref holds no letter from A to Z and no digit"),
        (GOOD + ",more", "WRONG_TYPE: 12 columns, the first row has 11"),
        (
            GOOD.replace("2018-07-01", "2019-07-01"),
            "FAR_FUTURE: event_time is more than 86400000 ms ahead of its arrival",
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
    ("changed", "said"),
    [
        (('topic = "cis.crimes.v1"', 'topic = "cis.crimes"'), "topic"),
        (('crime_ref = "Ref"', 'crime_reference = "Ref"'), "crime_reference"),
        (('crime_ref = "Ref"\n', ""), "fields.crime_ref: required"),
        (('zone = "Europe/London"', 'zone = "Europe/Leicester"'), "Europe/Leicester"),
        ((', zone = "Europe/London"', ""), "needs a zone"),
        (("digest = []", 'digest = [], column = "Ref"'), "exactly one"),
        (("any_of", "anyof"), "anyof"),
        (('blank = ["N/A"]', 'blank = ["N/A"'), "mapping.toml"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(tmp_path: Path, changed: tuple[str, str], said: str) -> None:
    """In one line that names what is wrong."""
    with pytest.raises(FileRefusedError, match="not a mapping") as refusal:
        table(tmp_path, GOOD, mapping=MAPPING.replace(*changed))
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


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
    sources, rows = scan([file], reader)
    send_first_heartbeats(TOPIC, sources, sent)
    fed = send_files([file], reader, sent, refuse=_no_refusal)
    opened = [(topic, each.source, each.complete_through) for topic, each in map(_as_heartbeat, sent.records[:3])]
    assert rows == 4
    assert opened == [(TOPIC, "CIS", 0), (TOPIC, "OLD", 0), (TOPIC, "NEW", 0)]
    assert [type(record).__name__ for record in sent.records[3:]] == ["Crime", "tuple", "Crime", "tuple"]
    assert fed == FeedCounts(snapshots=2, heartbeats=2)
    assert sent.flushed_after == len(sent.records)


def _as_heartbeat(record: Snapshot | tuple[str, Heartbeat]) -> tuple[str, Heartbeat]:
    assert isinstance(record, tuple)
    return record


def test_peoples_links_hold_no_clock(tmp_path: Path) -> None:
    """The links' topic is no feed: it is not opened."""
    sent = Sent()
    send_first_heartbeats("compliance.links.v1", [("LEICS", "BOARD")], sent)
    assert sent.records == []


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
    kept = [json.loads(line) for line in place.read_text().splitlines()]
    assert kept == 2 * [
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
