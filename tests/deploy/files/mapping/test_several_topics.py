"""A row may hold records of several topics: each goes to its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.cli import main
from deploy.files.feed import scan
from deploy.files.mapping import read_mapping
from deploy.files.record_files import FileRefusedError
from deploy.files.row_reader import RowReader
from schemas.records import Crime, Incident, Snapshot
from tests.deploy.files.mapping.crime_rows import READ_AT
from tests.deploy.files.mapping.occurrences import MAPPING, TABLE

STORM, CIS = "storm.incidents.v1", "cis.crimes.v1"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Give a table and its mapping; there is no Kafka."""
    monkeypatch.setenv("CDI_KAFKA", "127.0.0.1:1")
    monkeypatch.setenv("CDI_DATA", str(tmp_path / "data"))
    (tmp_path / "occurrences.csv").write_text(TABLE)
    (tmp_path / "m.toml").write_text(MAPPING)
    return tmp_path / "occurrences.csv", tmp_path / "m.toml"


def test_a_row_is_an_incident_and_its_crime(files: tuple[Path, Path]) -> None:
    """What both have is stated once; each has an id of its own and the row's revision."""
    table, mapping = files
    reader = RowReader(STORM, read_mapping(str(mapping)), READ_AT, 1000)
    assert reader.topics == (STORM, CIS)
    records = [row.record for row in reader.rows(table) if isinstance(row.record, Snapshot)]
    assert [type(record) for record in records] == [Incident, Crime, Incident, Incident, Crime]
    assert [record.revision for record in records] == [2, 2, 3, 4, 4]
    assert len({record.event_id for record in records}) == 5
    scanned = scan([table], reader)
    assert scanned.sources_of(STORM) == scanned.sources_of(CIS) == scanned.sources == [("LEICS", "OCC")]
    assert scanned.total == 5


def test_the_mapping_says_the_topics(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """So the command needs none; with one it would feed what was not asked for."""
    table, mapping = map(str, files)
    assert main(["feed", "--check", table, "--mapping", mapping]) == 0
    output = capsys.readouterr()
    assert f"5 snapshots and 0 heartbeats would be fed to {STORM} and {CIS}" in output.err
    assert [line.split()[1] for line in output.out.splitlines() if line.startswith("LEICS  ")].count(CIS) > 0
    assert main(["feed", "--check", CIS, table, "--mapping", mapping]) == 2
    assert f"a mapping for {STORM} and {CIS}, not for {CIS}; without TOPIC all are fed" in capsys.readouterr().err
    assert main(["feed", "--check", "storm.incident.v1", table, "--mapping", mapping]) == 2
    assert "storm.incident.v1 is no source topic" in capsys.readouterr().err


def test_they_are_judged_together(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """``cdi backtest`` and ``cdi profile`` read both."""
    table, mapping = map(str, files)
    assert main(["profile", table, "--mapping", mapping]) == 0
    output = capsys.readouterr().out
    assert STORM in output
    assert CIS in output
    out = files[0].with_name("alerts.jsonl")
    assert main(["backtest", table, "--mapping", mapping, "--out", str(out)]) == 0
    assert "no record was read of cis.crimes.v1" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (('topic = "cis.crimes.v1"', 'topic = "cis.crime.v1"'), "topic: cis.crime.v1 is no source topic"),
        (('crime_ref = "Crime"\n', ""), "record 2: fields.crime_ref: required, and not there"),
        (
            ('crime_ref = "Crime"\n', 'crime_ref = "Crime"\nchannel = "X"\n'),
            "record 2: fields.channel: the record",
        ),
        (
            ("opening_code =", "opening_cod ="),
            "fields.opening_cod: the record has no such field (did you mean opening_code?)",
        ),
        (("[[record]]\n\n", ""), "topic: no record is of storm.incidents.v1"),
        (("row_number = true", "row_number = true, file_time = true"), "fields.revision: one of"),
    ],
)
def test_faults_are_named_with_their_record(files: tuple[Path, Path], changed: tuple[str, str], sentence: str) -> None:
    """Each record by its own topic's schema."""
    files[1].write_text(MAPPING.replace(*changed))
    with pytest.raises(FileRefusedError) as refusal:
        read_mapping(str(files[1]))
    assert sentence in str(refusal.value)
