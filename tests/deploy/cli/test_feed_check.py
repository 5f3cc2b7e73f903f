"""``cdi feed --check``: what files would come to, without Kafka."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deploy.cli import main
from schemas.rows import write_json
from tests.streams.world import crime, incident

STORM, CIS = "storm.incidents.v1", "cis.crimes.v1"
MAPPING = """
topic = "storm.incidents.v1"
blank = ["N/A"]

[fields]
event_id = { digest = [] }
force = { constant = "LEICS" }
source = { constant = "STORM" }
event_time = { column = "At", time = "%Y-%m-%d %H:%M", zone = "Europe/London" }
incident_ref = "Ref"
reported_at = { column = "At", time = "%Y-%m-%d %H:%M", zone = "Europe/London" }
channel = { column = "How", values = { TEL = "PHONE" } }
reporter = { constant = "VICTIM" }
opening_code = "Code"
crimes_expected = { column = "Code", values = { THEFT = "1" }, otherwise = "0" }
qualifiers = { column = "Marks", split = "/", values = { HATE = "HATE", DA = "DOMESTIC" }, otherwise = "OTHER" }
status = { constant = "OPEN" }

[[skip]]
column = "Code"
any_of = ["TEST"]
"""
ROWS = [
    "I1,2016-03-01 09:00,TEL,THEFT,HATE/X",
    "I2,2016-03-01 10:00,TEL,NOISE,DA",
    "I3,2016-03-01 11:00,WEB,NOISE,Y/X",
    "I4,2016-03-09 12:00,TEL,PARKING,N/A",
    "I5,2016-03-09 12:00,WEB,TEST,Z",
    "I2,2016-03-01 10:00,TEL,THEFT,DA",
]


@pytest.fixture(autouse=True)
def no_kafka(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Name a Kafka that nobody runs."""
    monkeypatch.setenv("CDI_KAFKA", "127.0.0.1:1")
    monkeypatch.setenv("CDI_DATA", str(tmp_path / "data"))


def checked(folder: Path, *rows: str, options: tuple[str, ...] = ()) -> int:
    """Check a table of rows, and return the exit status."""
    (folder / "m.toml").write_text(MAPPING)
    (folder / "calls.csv").write_text("".join(f"{row}\n" for row in ("Ref,At,How,Code,Marks", *rows)))
    return main(["feed", "--check", STORM, str(folder / "calls.csv"), "--mapping", str(folder / "m.toml"), *options])


def cells(output: str, title: str) -> list[list[str]]:
    """Return the words of each line below a title."""
    (_, below) = output.split(f"\n{title}")
    return [line.split() for line in below.split("\n\n")[1].splitlines()]


def test_rows_older_than_workers_remember_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As feeding them would say."""
    assert checked(tmp_path, "I1,2016-03-01 09:00,TEL,THEFT,HATE/X") == 0
    assert "1 snapshot is older than the policy's forget_after, 800 days, the oldest of 2016" in capsys.readouterr().err


def test_the_first_three_rows_are_shown_as_records(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The fields that they state, as JSON; a bad row is none of them."""
    assert checked(tmp_path, *ROWS) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    records = [json.loads(line) for line in lines]
    assert [record["incident_ref"] for record in records] == ["I1", "I2", "I4"]
    assert (records[0]["reported_at"], records[0]["qualifiers"]) == ("2016-03-01T09:00:00.000Z", ["HATE", "OTHER"])
    assert "closed_at" not in records[0]


def test_values_without_a_code_are_counted_by_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what becomes of them; neither blank ones, nor those of rows skipped, nor what follows where a row is bad."""
    checked(tmp_path, *ROWS)
    assert cells(capsys.readouterr().out, "Values without a code")[1:] == [
        ["Code", "crimes_expected", "NOISE", "1", "0"],
        ["Code", "crimes_expected", "PARKING", "1", "0"],
        ["How", "channel", "WEB", "1", "a", "bad", "row"],
        ["Marks", "qualifiers", "X", "1", "OTHER"],
    ]


def test_codes_by_their_beginning_are_looked_up_as_the_mapping_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A value with a code by its beginning has one."""
    coded = 'channel = [{ column = "How", prefixes = { TE = "PHONE" }, otherwise = "OTHER" }]'
    monkeypatch.setattr(
        f"{__name__}.MAPPING", MAPPING.replace('channel = { column = "How", values = { TEL = "PHONE" } }', coded)
    )
    assert checked(tmp_path, *ROWS) == 0
    lines = cells(capsys.readouterr().out, "Values without a code")[1:]
    assert [line for line in lines if line[0] == "How"] == [["How", "channel", "WEB", "1", "OTHER"]]


def test_of_a_column_of_many_values_the_most_frequent_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The others are counted together, and a long value is cut."""
    rows = [f"I{number},2016-03-01 09:00,TEL,{number:064},DA" for number in range(1_200)]
    checked(tmp_path, *[ROWS[1]] * 2, *rows)
    lines = cells(capsys.readouterr().out, "Values without a code")[1:]
    assert len(lines) == 21
    assert lines[0][2:4] == ["NOISE", "2"]
    assert lines[1][2] == f"{'0' * 60}…"
    assert lines[-1] == ["Code", "crimes_expected", "(others)", "1,181", "0"]


def test_fields_stated_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As profile counts them: by record."""
    checked(tmp_path, *ROWS)
    lines = cells(capsys.readouterr().out, "How many records state each field")
    assert ["LEICS", STORM, "qualifiers", "2", "3", "66.7%"] in lines


def test_what_would_be_raised_is_counted_as_backtest_judges(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By rule, at the newest time of the files, as though nothing else were ever fed."""
    file, out = tmp_path / f"{STORM}.jsonl", tmp_path / "alerts.jsonl"
    rows = [incident("2016-03-01 09:00", crimes_expected=1), incident("2016-04-01 09:00", ref="I2", crimes_expected=2)]
    file.write_bytes(b"".join(write_json(row) + b"\n" for row in rows))
    assert main(["feed", "--check", STORM, str(file)]) == 0
    output = capsys.readouterr()
    rules = {rule: int(alerts) for rule, alerts, *_ in cells(output.out, "What would be raised by 2016-04-01T")[1:]}
    assert main(["backtest", str(file), "--out", str(out)]) == 0
    raised = [json.loads(line)["rule_id"] for line in out.read_text().splitlines()]
    assert rules == {rule: raised.count(rule) for rule in raised} != {}
    assert "LEICS: no record was read of cis.crimes.v1" in output.err
    (line,) = (line for line in output.out.splitlines() if line.startswith("crime-not-recorded"))
    assert line.split()[-1] == CIS


def test_bad_rows_ties_and_rows_skipped_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is sent, and no file of bad rows is written."""
    assert checked(tmp_path, *ROWS) == 0
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith(f"{tmp_path}/calls.csv:4: UNKNOWN_VALUE: channel: ")
    assert "4 snapshots and 0 heartbeats would be fed to storm.incidents.v1" in lines
    assert "1 row skipped, as the mapping says" in lines
    assert any(line.startswith("1 row states another body of a record at an event_time and revision") for line in lines)
    assert lines[-1] == "1 of 6 rows, named above, would be set aside"
    assert not list(tmp_path.glob("*.rejected.jsonl"))
    assert not (tmp_path / "data").exists()


def test_it_fails_where_nothing_could_be_read_or_with_strict_not_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One bad row among good ones fails with --strict alone."""
    assert checked(tmp_path, *ROWS, options=("--strict",)) == 1
    assert capsys.readouterr().err.endswith("cdi: 1 of 6 rows, named above, would be set aside\n")
    assert checked(tmp_path, ROWS[2]) == 1
    assert capsys.readouterr().err.endswith("cdi: 1 of 1 row, named above, would be set aside\n")
    assert checked(tmp_path) == 1
    assert capsys.readouterr().err.endswith("cdi: no row could be read\n")
    assert checked(tmp_path, *ROWS[:2], options=("--strict",)) == 0


def test_unknown_offence_classes_are_values_without_a_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON Lines have no mapping, and a vocabulary all the same."""
    fields = json.loads(write_json(crime("2016-03-01 09:00"))) | {"offence_class": "LARCENY"}
    (tmp_path / "crimes").write_text(json.dumps(fields))
    assert main(["feed", "--check", CIS, str(tmp_path / "crimes")]) == 0
    assert cells(capsys.readouterr().out, "Values without a code")[1:] == [
        ["an", "offence", "class", "LARCENY", "1", "OTHER"]
    ]


@pytest.mark.parametrize(
    "options", [("--complete",), ("--rejects", "r.jsonl"), ("--until", "2016-03-01T00:00:00Z"), ("--force", "LEICS")]
)
def test_what_goes_with_feeding_alone_is_bad_usage(tmp_path: Path, options: tuple[str, ...]) -> None:
    """It sends nothing, and sets nothing aside."""
    assert checked(tmp_path, *ROWS, options=options) == 2


def test_codes_in_a_file_of_their_own_are_codes_and_people_are_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A value of which a pseudonym is made is counted among others."""
    monkeypatch.setenv("CDI_TEST_KEY", "k" * 32)
    (tmp_path / "codes.toml").write_text('[values]\nTHEFT = "1"\n[prefixes]\nNOI = "0"\n')
    mapping = MAPPING.replace(
        'values = { THEFT = "1" }, otherwise = "0"', 'values_file = "codes.toml", otherwise = "0"'
    )
    key = 'pseudonym = { environment = "CDI_TEST_KEY" }'
    victim = f'victim_token = {{ column = "Ref", values = {{ I9 = "x" }}, otherwise = "y", {key} }}'
    monkeypatch.setattr(f"{__name__}.MAPPING", mapping.replace("[[skip]]", f"{victim}\n\n[[skip]]"))
    assert checked(tmp_path, *ROWS) == 0
    lines = cells(capsys.readouterr().out, "Values without a code")[1:]
    assert [line for line in lines if line[0] in {"Code", "Ref"}] == [
        ["Code", "crimes_expected", "PARKING", "1", "0"],
        ["Ref", "victim_token", "(others)", "4", "y"],
    ]


def test_fields_that_nothing_states_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not a row each: what a table cannot say is most of what a record may."""
    checked(tmp_path, *ROWS)
    output = capsys.readouterr().out
    (line,) = (line for line in output.splitlines() if line.startswith(f"LEICS {STORM}, stated by none: "))
    assert "closed_at, disposition" in line
    assert not any(cells[3:4] == ["0"] for cells in cells_of(output))


def cells_of(output: str) -> list[list[str]]:
    """Return the words of the rows of the table of fields."""
    return cells(output, "How many records state each field")


def test_a_value_that_is_kept_is_shown_as_such(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no code, and its row is no bad one."""
    kept = 'opening_code = { column = "Code", values = { THEFT = "CRIME-THEFT" }, keep = true }'
    monkeypatch.setattr(f"{__name__}.MAPPING", MAPPING.replace('opening_code = "Code"', kept))
    assert checked(tmp_path, *ROWS) == 0
    lines = cells(capsys.readouterr().out, "Values without a code")[1:]
    assert ["Code", "opening_code", "PARKING", "1", "itself"] in lines


def test_rows_skipped_are_counted_by_the_condition_that_skips_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With their share of all: a quarter of an export that goes by unseen is a quarter that nobody judges."""
    more = '[[skip]]\ncolumn = "Marks"\nmatches = "^D"\n\n[[skip]]\ncolumn = "Ref"\nblank = true\n'
    monkeypatch.setattr(f"{__name__}.MAPPING", f"{MAPPING}\n{more}")
    assert checked(tmp_path, *ROWS) == 0
    assert cells(capsys.readouterr().out, "Rows that the mapping says are no records")[1:] == [
        ["Marks:", "matches", "^D", "2", "33.3%"],
        ["Code:", "any", "of", "TEST", "1", "16.7%"],
    ]
