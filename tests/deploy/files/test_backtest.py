"""``cdi backtest``: files in, the final state of every alert out."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.cli import main
from deploy.files.backtest import backtest
from deploy.files.loading import LoadedRecords, RefusedRow, load_file
from deploy.files.record_files import FileRefusedError, numbered_lines, topic_of
from deploy.scenario import events, write
from schemas.records import Incident
from streams.engine.monitor import Monitor
from streams.facts.context import Context
from streams.facts.matters import Matter
from streams.obligations.findings import Judgement
from streams.policy import PolicyBook
from streams.rules import CATALOGUE

YEAR = 31_536_000_000
MONDAY_NOON = "2013-05-13T12:00:00.000Z"
LATER = 4_000_000_000_000
"""A reader's clock after everything in these files."""


def incident(ref: str, event_time: str = MONDAY_NOON, **more: object) -> bytes:
    """Return a line of an incident that disclosed one crime."""
    fields = {
        "event_id": f"{ref} {event_time}",
        "force": "LEICS",
        "source": "STORM",
        "event_time": event_time,
        "incident_ref": ref,
        "reported_at": MONDAY_NOON,
        "channel": "PHONE",
        "reporter": "VICTIM",
        "opening_code": "THEFT",
        "crimes_expected": 1,
        "status": "OPEN",
    }
    return json.dumps(fields | more).encode()


def heartbeat(through: str) -> bytes:
    """Return a line in which STORM says how far it is complete."""
    return json.dumps({"force": "LEICS", "source": "STORM", "complete_through": through}).encode()


def write_lines(path: Path, *lines: bytes) -> Path:
    """Return a file of lines; gzipped if its name ends in .gz."""
    data = b"".join(line + b"\n" for line in lines)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def none(row: RefusedRow) -> None:
    """Take no bad row."""
    pytest.fail(str(row))


def alerts_in(out: Path) -> list[dict[str, str]]:
    """Return the alerts of an output file."""
    return [json.loads(line) for line in out.read_bytes().splitlines()]


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        ("storm.incidents.v1.jsonl", "storm.incidents.v1"),
        ("cis.no-crimes.v1.jsonl.gz", "cis.no-crimes.v1"),
        ("storm.incidents.v1.2013-05.jsonl", "storm.incidents.v1"),
        ("leics.cis.crimes.v1.jsonl", "cis.crimes.v1"),
        ("compliance.links.v1.jsonl", "compliance.links.v1"),
        ("ppn.reports.v1.jsonl", "ppn.reports.v1"),
        ("compliance.assessments.v1.jsonl.gz", "compliance.assessments.v1"),
        ("compliance.scores.v1.jsonl", "compliance.scores.v1"),
        ("leics.compliance.audits.v1.jsonl", "compliance.audits.v1"),
    ],
)
def test_a_files_topic_is_read_from_its_name(name: str, topic: str) -> None:
    """The topic stands in the name, alone or set off from what else stands there."""
    assert topic_of(Path("anywhere") / name) == topic


@pytest.mark.parametrize(
    "name", ["storm.incidents.jsonl", "storm.incidents.v10.jsonl", "storm.incidents.v1.csv", "xcis.crimes.v1.jsonl"]
)
def test_a_name_without_a_topic_is_refused(name: str) -> None:
    """A guess would judge records as what they are not."""
    with pytest.raises(FileRefusedError, match="source topics"):
        topic_of(Path(name))


def test_lines_are_numbered_as_an_editor_does(tmp_path: Path) -> None:
    """Blank lines count and are no records; a byte order mark is no part of the first."""
    path = tmp_path / "lines"
    path.write_bytes(b"\xef\xbb\xbfone\r\n\n  \nfour")
    assert list(numbered_lines(path)) == [(1, b"one\r\n"), (4, b"four")]


def test_compression_is_seen_by_content(tmp_path: Path) -> None:
    """A gzipped file without .gz in its name is read all the same."""
    path = tmp_path / "lines"
    path.write_bytes(gzip.compress(b"one\n"))
    assert list(numbered_lines(path)) == [(1, b"one\n")]


def test_half_a_gzip_file_is_refused(tmp_path: Path) -> None:
    """A transfer cut short must not pass for a whole file."""
    path = tmp_path / "storm.incidents.v1.jsonl.gz"
    path.write_bytes(gzip.compress(incident("I1") * 1000)[:-20])
    with pytest.raises(FileRefusedError, match="not a whole gzip file: it ends too early"):
        list(numbered_lines(path))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (gzip.compress(b"one\n") + b"PC 4711", "behind the end of its gzip data stand bytes that are no gzip data"),
        (gzip.compress(b"one\n")[:-8] + b"\1" * 8, "not a whole gzip file: its data is damaged"),
        (gzip.compress(b"one\n")[:10] + b"\7" * 30, "not a whole gzip file: its data is damaged"),
    ],
    ids=["followed", "checksum", "data"],
)
def test_what_is_wrong_with_a_gzip_file_is_said(tmp_path: Path, content: bytes, sentence: str) -> None:
    """In words that mean something to whoever sent it, and without the bytes that stand there."""
    path = tmp_path / "lines.gz"
    path.write_bytes(content)
    with pytest.raises(FileRefusedError) as refusal:
        list(numbered_lines(path))
    assert sentence in str(refusal.value)
    assert "PC" not in str(refusal.value)


def test_two_gzip_files_in_one_are_both_read(tmp_path: Path) -> None:
    """So log shippers append; zeros at the end are padding."""
    path = tmp_path / "lines.gz"
    path.write_bytes(gzip.compress(b"one\n") + gzip.compress(b"two\n") + b"\0" * 10)
    assert list(numbered_lines(path)) == [(1, b"one\n"), (2, b"two\n")]


def test_the_clock_ends_at_the_newest_event_time_of_all_forces(tmp_path: Path) -> None:
    """What another force saved later lets this force's deadline pass."""
    ours = write_lines(tmp_path / "a" / "storm.incidents.v1.jsonl", incident("I1"))
    other = incident("I2", "2013-06-01T00:00:00.000Z", force="DERBS", crimes_expected=0)
    theirs = write_lines(tmp_path / "b" / "storm.incidents.v1.jsonl.gz", other)
    _, alone = backtest([ours], PolicyBook.built_in(), read_at=LATER, refuse=none)
    _, both = backtest([ours, theirs], PolicyBook.built_in(), read_at=LATER, refuse=none)
    assert [alert.status for alert in alone.alerts] == []
    assert [(alert.subject_ref, alert.status) for alert in both.alerts] == [("I1", "BREACHED")]


def test_until_ends_the_clock_exactly_there(tmp_path: Path) -> None:
    """At due_at the obligation can still be met; a millisecond later it is breached."""
    file = write_lines(tmp_path / "storm.incidents.v1.jsonl", incident("I1"))
    due_at = 1_368_446_400_000 + 72 * 3_600_000
    status = {}
    for until in (due_at, due_at + 1):
        _, result = backtest([file], PolicyBook.built_in(), read_at=LATER, until=until, refuse=none)
        status[until - due_at] = [alert.status for alert in result.alerts]
    assert status == {0: ["AT_RISK"], 1: ["BREACHED"]}


def test_heartbeats_change_nothing(tmp_path: Path) -> None:
    """A finished file is complete, whatever its feed said of itself on the way."""
    lines = [incident("I1"), incident("I2", "2013-06-01T00:00:00.000Z", crimes_expected=0)]
    plain = write_lines(tmp_path / "a" / "storm.incidents.v1.jsonl", *lines)
    word = heartbeat("1970-01-01T00:00:00.000Z")
    with_word = write_lines(tmp_path / "b" / "storm.incidents.v1.jsonl", word, *lines, word)
    book = PolicyBook.built_in()
    _, expected = backtest([plain], book, read_at=LATER, refuse=none)
    records, result = backtest([with_word], book, read_at=LATER, refuse=none)
    assert records.heartbeats == 2
    assert result.alerts == expected.alerts


def test_a_record_from_the_far_future_is_a_bad_row(tmp_path: Path) -> None:
    """A day ahead of the reader's clock is allowed, a millisecond more is not; heartbeats the same."""
    file = write_lines(
        tmp_path / "storm.incidents.v1.jsonl",
        incident("I1", "2013-05-14T12:00:00.000Z"),
        incident("I2", "2013-05-14T12:00:00.001Z"),
        heartbeat("2013-05-14T12:00:00.001Z"),
    )
    records = LoadedRecords()
    refused: list[RefusedRow] = []
    noon = 1_368_446_400_000
    load_file(file, "storm.incidents.v1", records, read_at=noon, far_future=86_400_000, refuse=refused.append)
    assert [snapshot.event_id for snapshot in records.snapshots] == ["I1 2013-05-14T12:00:00.000Z"]
    assert [(row.line, row.reason) for row in refused] == [(2, "FAR_FUTURE"), (3, "FAR_FUTURE")]


def test_a_row_too_large_for_a_message_is_a_bad_row(tmp_path: Path) -> None:
    """What Kafka would not carry is not judged here either."""
    lines = [incident("I1", location="x" * 1_100_000), incident("I2", unknown="x" * 1_100_000)]
    file = write_lines(tmp_path / "storm.incidents.v1.jsonl", *lines)
    records = LoadedRecords()
    refused: list[RefusedRow] = []
    load_file(file, "storm.incidents.v1", records, read_at=LATER, far_future=1, refuse=refused.append)
    assert [(row.line, row.reason) for row in refused] == [(1, "TOO_LARGE")]
    assert len(records.snapshots) == 1


def test_order_of_files_and_lines_and_duplicates_change_no_byte(tmp_path: Path) -> None:
    """Alerts are a function of the set of snapshots."""
    files = write(tmp_path)
    for file in files:
        lines = file.read_bytes().splitlines()
        write_lines(tmp_path / "again" / file.name, *reversed(lines), *lines[::3])
    again = sorted((tmp_path / "again").iterdir(), reverse=True)
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    assert main(["backtest", *map(str, files), "--out", str(first)]) == 0
    assert main(["backtest", *map(str, again), "--out", str(second)]) == 0
    assert first.read_bytes() == second.read_bytes()
    assert len(alerts_in(first)) > 50


def test_alerts_come_sorted_by_id(tmp_path: Path) -> None:
    """One JSON object a line, by alert_id, each alert once."""
    out = tmp_path / "alerts.jsonl"
    assert main(["backtest", *map(str, write(tmp_path / "in")), "--out", str(out)]) == 0
    ids = [alert["alert_id"] for alert in alerts_in(out)]
    assert ids == sorted(set(ids))
    assert {alert["certainty"] for alert in alerts_in(out)} == {"CONFIRMED"}


def test_the_command_names_bad_rows_and_goes_on(tmp_path: Path) -> None:
    """Bad rows are named by file, line and reason, without their content; the rest is judged; the status is 0."""
    bad = [b"{", b'{"event_id": "E", "force": "LEICS", "location": "12 High Street"}', b"[1]"]
    good = incident("I1"), incident("I2", "2013-06-01T00:00:00.000Z", crimes_expected=0)
    file = write_lines(tmp_path / "storm.incidents.v1.jsonl", good[0], *bad, good[1])
    out = tmp_path / "alerts.jsonl"
    command = [sys.executable, "-m", "deploy", "backtest", str(file), "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    assert [line for line in done.stderr.splitlines() if line.startswith(str(file))] == [
        f"{file}:2: NOT_JSON: the line is not one JSON object",
        f"{file}:3: MISSING_FIELD: source: required, and not there",
        f"{file}:4: NOT_JSON: the line is not one JSON object",
    ]
    assert "3 bad rows" in done.stderr
    assert "High Street" not in done.stderr
    assert [alert["subject_ref"] for alert in alerts_in(out)] == ["I1"]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([], "no record could be read; nothing was judged, and nothing written"),
        (
            [b"{", b"[1]"],
            "no record could be read; 2 bad rows are named above; nothing was judged, and nothing written",
        ),
    ],
)
@pytest.mark.parametrize("comparison", [[], ["--against", "built-in"]])
def test_no_readable_row_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: list[bytes], problem: str, comparison: list[str]
) -> None:
    """An empty export, or one in another format, is no sign that all is well; a former file of alerts stays."""
    file, out = write_lines(tmp_path / "cis.crimes.v1.jsonl", *lines), tmp_path / "alerts.jsonl"
    out.write_text("former")
    assert main(["backtest", str(file), "--out", str(out), *comparison]) == 1
    assert capsys.readouterr().err.splitlines()[-1].endswith(problem)
    assert out.read_text() == "former"


def test_heartbeats_alone_give_an_empty_file(tmp_path: Path) -> None:
    """They are readable, and nothing to judge is not an error then."""
    file, out = write_lines(tmp_path / "cis.crimes.v1.jsonl", heartbeat("2013-05-14T12:00:00Z")), tmp_path / "out"
    assert main(["backtest", str(file), "--out", str(out)]) == 0
    assert out.read_bytes() == b""


def test_a_feed_that_the_policy_names_and_no_file_is_of_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its rules judge as if nothing had happened there, unless the policy leaves it out."""
    file = write_lines(tmp_path / "storm.incidents.v1.jsonl", incident("I1"))
    command = ["backtest", str(file), "--out", str(tmp_path / "out")]
    assert main(command) == 0
    told = capsys.readouterr().err
    assert "LEICS: no record was read of cis.crimes.v1, cis.no-crimes.v1, " in told
    assert "ppn.reports.v1" not in told
    policy = tmp_path / "policy.toml"
    policy.write_text('version = "p"\n[installation]\nfeeds = ["storm.incidents.v1"]\n')
    assert main([*command, "--policy", str(policy)]) == 0
    assert "no record was read" not in capsys.readouterr().err


def test_rows_that_feed_set_aside_are_no_records(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A glob takes them in beside their file: they are left out, and named; alone they are nothing to judge."""
    file = write_lines(tmp_path / "storm.incidents.v1.jsonl", incident("I1"))
    aside = write_lines(tmp_path / "storm.incidents.v1.jsonl.rejected.jsonl", b'{"file": "x", "line": 1, "row": "{}"}')
    out = tmp_path / "alerts.jsonl"
    assert main(["backtest", str(file), str(aside), "--out", str(out)]) == 0
    output = capsys.readouterr().err
    assert output.startswith(f"{aside} is left out: ")
    assert "1 snapshot " in output
    assert "bad rows" not in output
    assert main(["report", "--files", str(file), str(aside)]) == 0
    assert f"{aside} is left out: " in capsys.readouterr().err
    assert main(["backtest", str(aside), "--out", str(out)]) == 2
    assert "no file of records is left" in capsys.readouterr().err


def test_a_topic_may_lie_in_several_files(tmp_path: Path) -> None:
    """Parts of a topic are judged together, an empty one and the same one twice included."""
    parts = [
        write_lines(tmp_path / "storm.incidents.v1.1.jsonl", incident("I1")),
        write_lines(tmp_path / "storm.incidents.v1.2.jsonl.gz", incident("I2")),
        write_lines(tmp_path / "storm.incidents.v1.3.jsonl"),
    ]
    out = tmp_path / "alerts.jsonl"
    arguments = [str(path) for path in (*parts, parts[0])]
    assert main(["backtest", *arguments, "--until", "2014-01-01T00:00:00Z", "--out", str(out)]) == 0
    refs = {alert["subject_ref"] for alert in alerts_in(out)}
    assert refs == {"I1", "I2"}


def test_a_file_without_a_row_is_named_and_the_rest_is_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Empty, or empty once unpacked: an export that failed looks so; by every command that reads files."""
    empty = [tmp_path / name for name in ("cis.crimes.v1.jsonl", "cmc.calls.v1.jsonl.gz")]
    file = write_lines(tmp_path / "storm.incidents.v1.jsonl", incident("I1"))
    files = [str(path) for path in (*map(write_lines, empty), file)]
    out = tmp_path / "alerts.jsonl"
    for command in (["backtest", *files, "--out", str(out)], ["backtest", *files, "--against", "built-in"]):
        assert main(command) == 0
        told = capsys.readouterr().err.splitlines()
        assert [line for line in told if "no row" in line] == [
            f"{path}: there is no row in it: is the file whole?" for path in empty
        ]
    main(["report", "--files", *files])
    assert capsys.readouterr().err.count("there is no row in it") == 2


def test_what_workers_would_have_forgotten_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With its number and the oldest: a backtest judges it in its time, workers whose clock is there do not."""
    old = (incident("I1", "2001-01-01T00:00:00Z"), incident("I2", "2010-12-31T12:00:00Z"))
    file = write_lines(tmp_path / "storm.incidents.v1.jsonl", *old, incident("I3"))
    command = ["backtest", str(file), "--out", str(tmp_path / "alerts.jsonl")]
    assert main([*command, "--until", "2013-06-01T00:00:00Z"]) == 0
    (line,) = (line for line in capsys.readouterr().err.splitlines() if "forget_after" in line)
    assert line.startswith("2 snapshots are older than the policy's forget_after, 800 days, at the clock's end")
    assert "the oldest of 2001-01-01T00:00:00.000Z" in line
    assert main([*command, "--until", "2001-01-02T00:00:00Z"]) == 0
    assert "forget_after" not in capsys.readouterr().err


def test_one_is_said_as_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A snapshot, a bad row, an alert."""
    file = write_lines(tmp_path / "storm.incidents.v1.jsonl", incident("I1", closing_code="X"), b"{")
    command = ["backtest", str(file), "--out", str(tmp_path / "out"), "--until", "2013-06-01T00:00:00Z"]
    assert main(command) == 0
    told = capsys.readouterr().err
    assert "1 snapshot and 0 heartbeats read" in told
    assert "1 bad row, named above, was left out" in told
    assert "1 alert written to" in told


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["{dir}/missing/cis.crimes.v1.jsonl", "--out", "{dir}/out"],
        ["{dir}/records.jsonl", "--out", "{dir}/out"],
        ["{dir}/cis.crimes.v1.jsonl"],
        ["{dir}/cis.crimes.v1.jsonl", "--out", "{dir}/missing/out"],
        ["{dir}/cis.crimes.v1.jsonl", "--out", "{dir}"],
        ["{dir}/cis.crimes.v1.jsonl", "--out", "{dir}/./cis.crimes.v1.jsonl"],
        ["{dir}", "--out", "{dir}/out"],
        ["{dir}/cis.crimes.v1.jsonl", "--out", "{dir}/out", "--until", "2013-05-13"],
        ["{dir}/cis.crimes.v1.jsonl", "--out", "{dir}/out", "--until", "tomorrow"],
        ["{dir}/cis.crimes.v1.jsonl", "--out", "{dir}/out", "--policy", "{dir}/missing.toml"],
        ["{dir}/cis.crimes.v1.jsonl", "--out", "{dir}/out", "--policy", "{dir}/bad.toml"],
        ["{dir}/cis.crimes.v1.jsonl", "--out", "{dir}/out", "--frobnicate"],
    ],
)
def test_bad_usage_exits_2_with_one_line(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever is wrong with the arguments is said in one line, and nothing is written."""
    write_lines(tmp_path / "cis.crimes.v1.jsonl")
    (tmp_path / "bad.toml").write_text('version = "x"\nsurprise = 1\n')
    assert main(["backtest", *(argument.format(dir=tmp_path) for argument in arguments)]) == 2
    output = capsys.readouterr().err
    assert output.startswith("cdi: ")
    assert output.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_the_scenario_is_judged_whole(tmp_path: Path) -> None:
    """Every snapshot of the scenario's files is read."""
    records, result = backtest(write(tmp_path), PolicyBook.built_in(), read_at=LATER, refuse=none)
    assert len(records.snapshots) == len(events())
    assert result.until == events()[-1].event_time


def test_what_cannot_be_judged_is_named_and_counted_and_the_rest_is_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its reference: only the snapshot, the rule, and where in the program it failed."""
    recording = next(rule for rule in CATALOGUE if rule.id == "crime-not-recorded")

    def judge(matter: Matter[Incident], context: Context) -> Judgement:
        if matter.ref == "SICK":
            raise ZeroDivisionError(matter.ref)
        return recording.judge(matter, context)

    rules = tuple(replace(rule, judge=judge) if rule is recording else rule for rule in CATALOGUE)
    monkeypatch.setattr(Monitor.__init__, "__kwdefaults__", {**(Monitor.__init__.__kwdefaults__ or {}), "rules": rules})
    file = write_lines(tmp_path / "storm.incidents.v1.jsonl", incident("SICK"), incident("WELL"))
    out = tmp_path / "alerts.jsonl"
    assert main(["backtest", str(file), "--out", str(out), "--until", "2013-06-30T00:00:00Z"]) == 0
    output = capsys.readouterr().err
    assert "UNJUDGEABLE: LEICS: incident, event_id SICK" in output
    assert "crime-not-recorded: ZeroDivisionError at " in output
    assert "1 snapshot or matter, named above, could not be judged" in output
    assert {alert["subject_ref"] for alert in alerts_in(out) if alert["rule_id"] == recording.id} == {"WELL"}
