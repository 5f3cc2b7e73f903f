"""``cdi feed`` on a Kafka: what is sent, what is told, and how feeds are closed."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from confluent_kafka import Producer

from agents.kafka.reader import messages
from agents.settings.settings import Settings
from deploy.cli import main
from deploy.local.cluster import provide_topics
from deploy.scenario import write
from schemas.codec import Codec
from schemas.products import ForceClock
from schemas.records import Heartbeat, Incident, Snapshot
from schemas.times import to_rfc3339
from streams.facts.completeness import STAND_IN
from streams.facts.record import version
from streams.topology.topics import CLOCKS, SOURCES
from tests.deploy.files.kinds.written_tables import as_xlsx, as_zip
from tests.deploy.files.mapping import occurrences

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

MAPPINGS = Path(__file__).parents[3] / "deploy" / "mappings"
END = "2013-07-08T08:00:00.000Z"
END_MS = 1_373_270_400_000


def read(settings: Settings, topic: str) -> list[Snapshot | Heartbeat]:
    """Everything on a source topic, in order within each partition."""
    codec = Codec()
    (named,) = (source for source in SOURCES if source.name == topic)
    records = [codec.decode(topic, message.value or b"") for message in messages(settings, named)]
    return [record for record in records if isinstance(record, Snapshot | Heartbeat)]


def test_feed_refuses_topics_with_other_partitions(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Fed anyway, records would lie where no worker looks for them."""
    provide_topics(settings.model_copy(update={"partitions": 3}))
    (file,) = (path for path in write(tmp_path) if path.name.startswith("cis.crimes"))
    assert main(["feed", "cis.crimes.v1", str(file)]) == 1
    output = capsys.readouterr().err
    assert "partitions are 3, should be 2" in output
    assert output.count("\n") == 1


def test_feed_sends_rows_sets_bad_ones_aside_and_opens_the_source(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The heartbeat at the epoch comes first, then every good row in order; the bad row is named, kept and tells."""
    provide_topics(settings)
    (file,) = (path for path in write(tmp_path) if path.name.startswith("cis.disposals"))
    lines = file.read_bytes().splitlines()
    file.write_bytes(b"\n".join([*lines[:10], b'{"event_id": "x"}', *lines[10:]]))
    assert main(["feed", "cis.disposals.v1", str(file)]) == 0
    output = capsys.readouterr().err
    assert f"{file}:11: MISSING_FIELD" in output
    assert output.endswith(
        f"1 of {len(lines) + 1} rows, named above, was set aside in {tmp_path}/{file.name}.rejected.jsonl\n"
    )
    opening, *rest = read(settings, "cis.disposals.v1")
    assert isinstance(opening, Heartbeat)
    assert opening.complete_through == 0
    assert [record.event_id for record in rest if isinstance(record, Snapshot)] == [
        json.loads(line)["event_id"] for line in lines
    ]
    rejected = [json.loads(line) for line in (tmp_path / f"{file.name}.rejected.jsonl").read_text().splitlines()]
    assert [(row["line"], row["reason"]) for row in rejected] == [(11, "MISSING_FIELD")]


def test_feed_fails_where_nothing_or_with_strict_not_all_could_be_fed(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that a job that feeds every night is noticed; what is good of it has been fed by then."""
    provide_topics(settings)
    (file,) = (path for path in write(tmp_path) if path.name.startswith("cis.disposals"))
    good = file.read_bytes().splitlines()[0]
    file.write_bytes(good + b'\n{"event_id": "x"}\n')
    assert main(["feed", "cis.disposals.v1", str(file), "--strict"]) == 1
    assert "cdi: 1 of 2 rows, named above, was set aside" in capsys.readouterr().err
    assert len(read(settings, "cis.disposals.v1")) == 2
    file.write_bytes(b'{"event_id": "x"}\n')
    assert main(["feed", "cis.disposals.v1", str(file)]) == 1
    assert "cdi: 1 of 1 row, named above, was set aside" in capsys.readouterr().err


NIGHT = "crime_id,call_date_time,crime_type,disposition\n" + "".join(
    f"18000000{number},2018-11-18T10:00:00.000,Burglary,{{}}\n" for number in range(9)
)


def test_of_two_nights_exports_the_later_state_counts(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing of it is left to chance, so there is nothing to warn of; a file without an end is named."""
    provide_topics(settings)
    for night, disposition in enumerate(("ND", "REP")):
        file = tmp_path / f"night{night}.csv"
        file.write_text(NIGHT.format(*[disposition] * 9).rstrip())
        mapped = ["--mapping", "san-francisco-calls", "--strict"]
        assert main(["feed", "storm.incidents.v1", str(file), *mapped]) == 0
        said = capsys.readouterr().err
        assert f"{file}: its last line has no end: is the file whole?" in said
        assert "state another body" not in said
    calls = [record for record in read(settings, "storm.incidents.v1") if isinstance(record, Incident)]
    newest = {call.incident_ref: call for call in sorted(calls, key=version)}
    assert (len(calls), len(newest)) == (18, 9)
    assert {call.crimes_expected for call in newest.values()} == {1}


def test_a_night_fed_again_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    """Not even after a newer one: it is the same snapshots, to the byte."""
    provide_topics(settings)
    for night, disposition in enumerate(("ND", "REP")):
        (tmp_path / f"night{night}.csv").write_text(NIGHT.format(*[disposition] * 9))
    for night in (0, 1, 0, 1):
        file = tmp_path / f"night{night}.csv"
        assert main(["feed", "storm.incidents.v1", str(file), "--mapping", "san-francisco-calls"]) == 0
    calls = [record for record in read(settings, "storm.incidents.v1") if isinstance(record, Incident)]
    assert calls[:18] == calls[18:]
    assert {
        call.crimes_expected for call in {call.incident_ref: call for call in sorted(calls, key=version)}.values()
    } == {1}


def test_a_row_of_two_topics_is_fed_to_both(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The mapping says which; on each the source opens with nothing complete, and the bad row is on neither."""
    provide_topics(settings)
    (tmp_path / "m.toml").write_text(occurrences.MAPPING)
    rows = [row.split(",") for row in f"{occurrences.TABLE}O-4,soon,THEFT,C-4".splitlines()]
    (tmp_path / "night.zip").write_bytes(as_zip({"occurrences.xlsx": as_xlsx(rows)}))
    assert main(["feed", str(tmp_path / "night.zip"), "--mapping", str(tmp_path / "m.toml")]) == 0
    assert f"{tmp_path / 'night.zip'}/occurrences.xlsx:5: IMPOSSIBLE_DATE: event_time" in capsys.readouterr().err
    assert json.loads((tmp_path / "night.zip.rejected.jsonl").read_text())["row"] == "O-4,soon,THEFT,C-4"
    for topic, name, references in (
        ("storm.incidents.v1", "incident_ref", ["O-1", "O-2", "O-3"]),
        ("cis.crimes.v1", "crime_ref", ["C-1", "C-3"]),
    ):
        first, *others = read(settings, topic)
        assert isinstance(first, Heartbeat)
        assert first.complete_through == 0
        assert [getattr(record, name, None) for record in others] == references


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_standard_input_is_fed(settings: Settings, tmp_path: Path, name: str) -> None:
    """Through a real pipe, by a mapping; its bad rows are named, and kept in a file of a name of their own."""
    provide_topics(settings)
    done = subprocess.run(
        [sys.executable, "-m", "deploy", "feed", "storm.incidents.v1", name, "--mapping", "san-francisco-calls"],
        input=f"{NIGHT.format(*['ND'] * 9)}1,2\n".encode(),
        env=os.environ | {"PYTHONPATH": str(MAPPINGS.parents[1])},
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    told = done.stderr.decode()
    assert done.returncode == 0, told
    assert "standard input:11: WRONG_TYPE: 2 columns" in told
    assert "1 of 10 rows, named above, was set aside in standard-input.rejected.jsonl" in told
    assert len([record for record in read(settings, "storm.incidents.v1") if isinstance(record, Incident)]) == 9
    (rejected,) = (json.loads(line) for line in (tmp_path / "standard-input.rejected.jsonl").read_text().splitlines())
    assert (rejected["file"], rejected["line"]) == ("standard input", 11)


def test_feed_warns_of_ties_with_what_was_fed_before(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two nights without a revision, each by a command of its own; not where all of it is the same again."""
    provide_topics(settings)
    text = (MAPPINGS / "san-francisco-calls.toml").read_text().replace("revision = { feeding_time = true }", "")
    (tmp_path / "mapping.toml").write_text(text)
    warnings = []
    for dispositions in (["ND"] * 9, ["ND"] * 9, ["ND"] * 8 + ["REP"], ["REP"] * 9):
        file = tmp_path / "night.csv"
        file.write_text(NIGHT.format(*dispositions))
        assert main(["feed", "storm.incidents.v1", str(file), "--mapping", str(tmp_path / "mapping.toml")]) == 0
        warnings.append([line for line in capsys.readouterr().err.splitlines() if "state" in line])
    assert [len(lines) for lines in warnings] == [0, 0, 1, 1]
    assert warnings[2][0].startswith("1 row states another body of a record at an event_time and revision that was fed")
    assert warnings[3][0].startswith("8 rows state another body of a record at an event_time and revision that was fed")


def test_feed_goes_on_where_it_cannot_remember(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that it may not write to, or a file that is no database: one line says so."""
    provide_topics(settings)
    (file,) = (path for path in write(tmp_path) if path.name.startswith("cis.disposals"))
    settings.data.write_text("in the way")
    assert main(["feed", "cis.disposals.v1", str(file)]) == 0
    assert "what was fed before is not known, so rows are not compared with it" in capsys.readouterr().err


def test_a_file_without_a_row_is_named(settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Empty, empty once unpacked, blank, or no more than the names of columns; with --strict it fails."""
    provide_topics(settings)
    files = [tmp_path / name for name in ("a.jsonl", "b.jsonl.gz", "c.jsonl")]
    for file, content in zip(files, (b"", gzip.compress(b""), b"\n \n"), strict=True):
        file.write_bytes(content)
    assert main(["feed", "storm.incidents.v1", *map(str, files)]) == 0
    said = capsys.readouterr().err
    assert all(f"{file}: there is no row in it: is the file whole?" in said for file in files)
    assert main(["feed", "storm.incidents.v1", *map(str, files), "--strict"]) == 1
    assert "cdi: 3 files, named above, have no row" in capsys.readouterr().err
    table = tmp_path / "night.csv"
    table.write_text(f"{NIGHT.splitlines()[0]}\n,,,\n")
    assert main(["feed", "storm.incidents.v1", str(table), "--mapping", "san-francisco-calls", "--strict"]) == 1
    said = capsys.readouterr().err
    assert f"{table}: there is no row in it" in said
    assert "1 blank row passed over" in said
    assert "cdi: 1 file, named above, has no row" in said


@pytest.mark.parametrize("clock", ["live", "stream"])
def test_feed_warns_of_what_workers_have_forgotten(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], clock: str
) -> None:
    """By the wall clock, and under the stream clock by the newest that is fed: with the number and the oldest."""
    monkeypatch.setenv("CDI_CLOCK", clock)
    provide_topics(settings)
    (file,) = (path for path in write(tmp_path) if path.name.startswith("cis.disposals"))
    row = json.loads(file.read_bytes().splitlines()[0])
    moments = ("2009-02-01T00:00:00.000Z", "2009-03-01T00:00:00.000Z", "2013-03-01T00:00:00.000Z")
    file.write_text("".join(f"{json.dumps(row | {'event_id': at, 'event_time': at})}\n" for at in moments))
    assert main(["feed", "cis.disposals.v1", str(file)]) == 0
    (line,) = (line for line in capsys.readouterr().err.splitlines() if "forget_after" in line)
    old = "3 snapshots are" if clock == "live" else "2 snapshots are"
    assert line.startswith(f"{old} older than the policy's forget_after, 800 days, the oldest of {moments[0]}: workers")
    assert (moments[2] in line) == (clock == "stream")


def test_feed_warns_of_rows_whose_order_nothing_states(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once, with their number; they are fed all the same."""
    provide_topics(settings)
    (file,) = (path for path in write(tmp_path) if path.name.startswith("cis.disposals"))
    row = json.loads(file.read_bytes().splitlines()[0])
    states = [{**row, "event_id": f"e{number}", "issued_by": f"PC{number}"} for number in range(4)]
    file.write_text("".join(f"{json.dumps(state)}\n" for state in states))
    assert main(["feed", "cis.disposals.v1", str(file), "--strict"]) == 0
    warnings = [line for line in capsys.readouterr().err.splitlines() if "state another body" in line]
    assert [warning.partition(" ")[0] for warning in warnings] == ["3"]


def test_complete_closes_every_feed_of_every_force_seen(settings: Settings, tmp_path: Path) -> None:
    """Nine feeds, each in the name of whoever spoke on it, or of a stand-in."""
    provide_topics(settings)
    (file,) = (path for path in write(tmp_path) if path.name.startswith("cis.disposals"))
    assert main(["feed", "cis.disposals.v1", str(file)]) == 0
    assert main(["feed", "--complete", "--until", END]) == 0
    *_, closing = read(settings, "cis.disposals.v1")
    assert isinstance(closing, Heartbeat)
    assert (closing.force, closing.source, closing.complete_through) == (
        "LEICS",
        json.loads(file.read_text().splitlines()[0])["source"],
        END_MS,
    )
    assert read(settings, "storm.incidents.v1") == [Heartbeat(force="LEICS", source=STAND_IN, complete_through=END_MS)]


def test_one_feed_is_completed_and_no_other(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also one never heard; again, or through an earlier time, nothing is sent, and that is said."""
    provide_topics(settings)
    (file,) = (path for path in write(tmp_path) if path.name.startswith("cis.disposals"))
    assert main(["feed", "cis.disposals.v1", str(file)]) == 0

    def complete(*arguments: str, until: str = END) -> str:
        capsys.readouterr()
        assert main(["feed", "--complete", "--until", until, *arguments]) == 0
        return capsys.readouterr().err

    line = complete("--feed", "cis.disposals.v1")
    assert line == f"LEICS: 1 feed complete through {to_rfc3339(END_MS)}: cis.disposals.v1\n"
    assert read(settings, "storm.incidents.v1") == []
    kept = read(settings, "cis.disposals.v1")
    for until in (END, "2013-01-01T00:00:00Z"):
        line = complete("--feed", "cis.disposals.v1", until=until)
        assert "or later already, so nothing was sent for: cis.disposals.v1" in line
    assert read(settings, "cis.disposals.v1") == kept
    assert "cdi-feed stands in until one does" in complete("--feed", "storm.incidents.v1")
    assert read(settings, "storm.incidents.v1") == [Heartbeat(force="LEICS", source=STAND_IN, complete_through=END_MS)]
    (closing,) = kept[-1:]
    assert isinstance(closing, Heartbeat)
    later = to_rfc3339(END_MS + 1)
    assert "1 feed complete" in complete("--source", closing.source, "--feed", "cis.disposals.v1", until=later)


@pytest.mark.parametrize(
    ("arguments", "status", "line"),
    [
        (["--feed", "cis.crime.v1"], 2, "cis.crime.v1 is no feed (did you mean cis.crimes.v1?): these are storm."),
        (["--feed", "ppn.reports.v1"], 1, "the policy names no ppn.reports.v1 for any force heard of, so nothing"),
        (["--source", "CISS"], 1, "CISS has vouched for none of these feeds (did you mean CIS?); those that did: "),
    ],
)
def test_complete_takes_no_feed_or_source_that_is_none(
    settings: Settings,
    tmp_path: Path,
    arguments: list[str],
    status: int,
    line: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A heartbeat in the name of a source that does not exist would hold its feed for ever."""
    provide_topics(settings)
    (file,) = (path for path in write(tmp_path) if path.name.startswith("cis.disposals"))
    assert main(["feed", "cis.disposals.v1", str(file)]) == 0
    capsys.readouterr()
    assert main(["feed", "--complete", "--until", END, *arguments]) == status
    assert line in capsys.readouterr().err
    assert read(settings, "storm.incidents.v1") == []


def test_complete_leaves_a_live_forces_feeds_alone_that_nobody_has_connected(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Their first message would name them, and have them missed from then on; one that is named is completed."""
    provide_topics(settings)
    (file,) = (path for path in write(tmp_path) if path.name.startswith("cis.disposals"))
    assert main(["feed", "cis.disposals.v1", str(file)]) == 0
    producer = Producer(settings.client())
    clock = ForceClock(force="LEICS", clock=END_MS, mode="LIVE")
    place = settings.partition_of("LEICS")
    producer.produce(settings.topic(CLOCKS), Codec().encode(clock), key=b"LEICS", partition=place)
    assert producer.flush(30) == 0
    capsys.readouterr()
    assert main(["feed", "--complete", "--until", END]) == 0
    done, left_alone = capsys.readouterr().err.splitlines()
    assert "1 feed complete through" in done
    assert left_alone.startswith("LEICS: nobody has connected cats.referrals.v1, cis.crimes.v1, ")
    assert read(settings, "storm.incidents.v1") == []


def test_complete_takes_no_force_that_nobody_heard_of(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistyped force would be there for ever; one that is meant needs a word more."""
    provide_topics(settings)
    (file,) = (path for path in write(tmp_path) if path.name.startswith("cis.disposals"))
    assert main(["feed", "cis.disposals.v1", str(file)]) == 0
    capsys.readouterr()
    assert main(["feed", "--complete", "--until", END, "--force", "LECIS"]) == 1
    output = capsys.readouterr().err
    assert output.startswith("cdi: nothing is known of LECIS; known: LEICS; --new-force")
    assert output.count("\n") == 1
    assert read(settings, "storm.incidents.v1") == []
    assert main(["feed", "--complete", "--until", END, "--force", "DERBS", "--new-force"]) == 0
    assert "DERBS: 9 feeds complete" in capsys.readouterr().err
