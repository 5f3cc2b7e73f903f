"""CSV is judged without Kafka as it is fed: by a mapping."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deploy.cli import main
from deploy.files.loading import LoadedRecords, RefusedRow, load_files, mapping_of
from deploy.files.mapping import read_mapping
from deploy.files.record_files import FileRefusedError
from schemas.records import Crime, Incident

LATER = 4_000_000_000_000
LOGS = """topic = "storm.incidents.v1"
[fields]
event_id = { digest = ["Log", "Saved"] }
force = { constant = "LEICS" }
source = { constant = "CAD" }
event_time = { column = "Saved", time = "%Y-%m-%d %H:%M", zone = "UTC" }
revision = { row_number = true }
incident_ref = "Log"
reported_at = { column = "Reported", time = "%Y-%m-%d %H:%M", zone = "UTC" }
channel = { constant = "PHONE" }
reporter = { constant = "VICTIM" }
opening_code = "Code"
crimes_expected = "Crimes"
status = { constant = "OPEN" }
"""
CRIMES = """topic = "cis.crimes.v1"
[fields]
event_id = { digest = ["Crime"] }
force = { constant = "LEICS" }
source = { constant = "CIS" }
event_time = { column = "Recorded", time = "%Y-%m-%d %H:%M", zone = "UTC" }
crime_ref = "Crime"
recorded_at = { column = "Recorded", time = "%Y-%m-%d %H:%M", zone = "UTC" }
offence_code = { constant = "039" }
offence_class = { constant = "THEFT" }
status = { constant = "RECORDED" }
incident_refs = { column = "Log", split = ";" }
"""
TWO_LOGS = """Log,Saved,Reported,Code,Crimes
L-1,2013-05-13 12:00,2013-05-13 12:00,THEFT,1
L-2,2013-05-13 12:30,2013-05-13 12:30,THEFT,1
L-3,2013-05-13 12:40,never,THEFT,1
"""
ONE_CRIME = """Crime,Recorded,Log
C-1,2013-05-14 09:00,L-1
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with two mappings and a CSV file for each, named after its topic."""
    (tmp_path / "logs.toml").write_text(LOGS)
    (tmp_path / "crimes.toml").write_text(CRIMES)
    (tmp_path / "may.storm.incidents.v1.csv").write_text(TWO_LOGS)
    (tmp_path / "may.cis.crimes.v1.csv").write_text(ONE_CRIME)
    return tmp_path


def load(folder: Path, refuse: list[RefusedRow]) -> LoadedRecords:
    """Return what the CSV files of a folder hold."""
    mappings = [read_mapping(str(folder / name)) for name in ("logs.toml", "crimes.toml")]
    return load_files(sorted(folder.glob("*.csv")), mappings, read_at=LATER, far_future=0, refuse=refuse.append)


def test_each_file_is_read_by_the_mapping_of_the_topic_in_its_name(folder: Path) -> None:
    """A bad row is named by its line and counted; the others are records."""
    refused: list[RefusedRow] = []
    records = load(folder, refused)
    assert [(type(record), record.force) for record in records.snapshots] == [
        (Crime, "LEICS"),
        *[(Incident, "LEICS")] * 2,
    ]
    assert records.refused == 1
    assert [(row.path.name, row.line, row.reason) for row in refused] == [
        ("may.storm.incidents.v1.csv", 4, "IMPOSSIBLE_DATE")
    ]


def test_the_only_mapping_reads_every_table_whatever_its_name(folder: Path) -> None:
    """A file of an export is called as the exporting system calls it."""
    only = read_mapping(str(folder / "logs.toml"))
    assert mapping_of(Path("Export 12.csv.gz"), [only]) is only
    assert mapping_of(Path("storm.incidents.v1.jsonl"), [only]) is None


def test_what_is_to_be_said_of_a_table_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By ``cdi backtest`` and ``cdi profile`` as by ``cdi feed``."""
    table = folder / "may.storm.incidents.v1.csv"
    table.write_bytes(TWO_LOGS.replace("L-2", "L-2£").encode("windows-1252"))
    sentence = f'{table}: not utf-8 throughout; windows-1252, it seems: write encoding = "windows-1252" into the'
    mapping = ["--mapping", str(folder / "logs.toml")]
    assert main(["backtest", str(table), *mapping, "--out", str(folder / "alerts.jsonl")]) == 0
    assert sentence in capsys.readouterr().err
    assert main(["profile", str(table), *mapping]) == 0
    assert sentence in capsys.readouterr().err


def test_a_table_that_no_mapping_is_for_is_refused(folder: Path) -> None:
    """Nothing is guessed from columns."""
    mappings = [read_mapping(str(folder / name)) for name in ("logs.toml", "crimes.toml")]
    with pytest.raises(FileRefusedError, match="needs a --mapping"):
        mapping_of(Path("storm.incidents.v1.csv"), [])
    for name in ("Export.csv", "cats.referrals.v1.csv"):
        with pytest.raises(FileRefusedError, match=r"as in storm\.incidents\.v1\.csv: the mappings are for storm"):
            mapping_of(Path(name), mappings)


def test_csv_comes_to_the_same_alerts_as_json_lines(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """``cdi backtest`` with a mapping a topic; L-2 has no crime within its 72 hours."""
    files = sorted(map(str, folder.glob("*.csv")))
    mappings = [f"--mapping={folder / name}" for name in ("logs.toml", "crimes.toml")]
    end = ["--until", "2013-05-20T00:00:00Z"]
    assert main(["backtest", *files, *mappings, *end, "--out", str(folder / "csv.out")]) == 0
    assert "may.storm.incidents.v1.csv:4: IMPOSSIBLE_DATE" in capfd.readouterr().err
    for topic in ("storm.incidents.v1", "cis.crimes.v1"):
        rows = [json.loads(line) for line in as_json(folder) if line]
        kept = [row for row in rows if ("crime_ref" in row) is topic.startswith("cis")]
        (folder / f"{topic}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in kept))
    lines = sorted(map(str, folder.glob("*.jsonl")))
    assert main(["backtest", *lines, *end, "--out", str(folder / "json.out")]) == 0
    assert (folder / "csv.out").read_bytes() == (folder / "json.out").read_bytes()
    breached = [json.loads(line) for line in (folder / "csv.out").read_text().splitlines()]
    assert ("crime-not-recorded", "L-2", "BREACHED") in {
        (a["rule_id"], a["subject_ref"], a["status"]) for a in breached
    }


def as_json(folder: Path) -> list[str]:
    """Return the records of a folder's CSV files as lines of JSON."""
    from schemas.rows import write_json

    return [write_json(record).decode() for record in load(folder, []).snapshots]


def test_the_report_and_the_comparison_of_policies_read_csv_too(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """One option, read alike by every command that judges files."""
    files = sorted(map(str, folder.glob("*.csv")))
    mappings = [f"--mapping={folder / name}" for name in ("logs.toml", "crimes.toml")]
    assert main(["report", "--files", *files, *mappings, "--format", "csv", "--until", "2013-05-20T00:00:00Z"]) == 0
    recorded = next(row for row in capfd.readouterr().out.splitlines() if "crimes recorded, of those" in row)
    assert recorded.startswith('LINKAGE,"Incidents: crimes recorded, of those identified",1,2,0,0.5,')
    assert main(["backtest", *files, *mappings, "--against", "built-in"]) == 0
    assert "0 alerts appear" in capfd.readouterr().err
    assert main(["report", *mappings]) == 2
    assert "--mapping goes with --files" in capfd.readouterr().err
    assert main(["backtest", *files, mappings[0], mappings[0], "--out", str(folder / "out")]) == 2
    assert "two of them are for storm.incidents.v1" in capfd.readouterr().err
