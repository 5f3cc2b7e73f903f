"""``cdi profile``: how often each field is stated, and the ``[lacks]`` to begin a policy with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deploy.cli import main
from schemas.records import Snapshot
from schemas.rows import write_json
from streams.policy import Policy, PolicyBook
from tests.deploy.installed import installed, use
from tests.streams.world import crime, incident, ms

STORM, CIS = "storm.incidents.v1", "cis.crimes.v1"


def written(folder: Path, *snapshots: Snapshot, name: str = f"{STORM}.jsonl") -> Path:
    """Write snapshots to a file, and return its path."""
    path = folder / name
    path.write_bytes(b"".join(write_json(snapshot) + b"\n" for snapshot in snapshots))
    return path


def policy_in(text: str) -> Policy:
    """Return the policy that the command wrote."""
    return PolicyBook.from_toml(text).at(0)


def row(text: str, field: str) -> list[str]:
    """Return the cells of the table's row of a field."""
    (line,) = re.findall(rf"^(?:# )?(.* {field} .*%)$", text, re.MULTILINE)
    return str(line).split()


def test_a_field_that_no_record_states_is_lacking(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One that some snapshot of a record states is not, whatever the newest says; blank text states nothing."""
    first = incident("2016-03-01 09:00", crimes_expected=1)
    newer = incident("2016-03-01 11:00", disposition_rationale=" ")
    other = incident("2016-03-01 10:00", ref="I-2", crimes_expected=None)
    assert main(["profile", str(written(tmp_path, first, newer, other))]) == 0
    text = capsys.readouterr().out
    lacked = policy_in(text).lacked("LEICS", STORM)
    assert "disposition_rationale" in lacked
    assert "crimes_expected" not in lacked
    assert row(text, "crimes_expected") == ["LEICS", STORM, "crimes_expected", "1", "2", "50.0%"]


def test_a_field_that_few_of_many_records_state_is_lacking(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Under 1 % of 200 records: of exactly 1 % it is not."""
    for stated, is_lacking in ((1, True), (2, False)):
        reports = [
            incident("2016-03-01 09:00", ref=f"I-{number}", crimes_expected=1 if number < stated else None)
            for number in range(200)
        ]
        assert main(["profile", str(written(tmp_path, *reports))]) == 0
        assert ("crimes_expected" in policy_in(capsys.readouterr().out).lacked("LEICS", STORM)) is is_lacking


def test_the_rules_that_a_field_decides_stand_beside_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever reads the policy sees what it costs."""
    assert main(["profile", str(written(tmp_path, incident("2016-03-01 09:00")))]) == 0
    text = capsys.readouterr().out
    (line,) = (line for line in text.splitlines() if line.startswith('    "crimes_expected",'))
    assert "report-undecided" in line
    assert "incident-closed-unresolved" in line


def test_the_feeds_seen_stand_ready_to_be_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As comments: whether these are all that a force has, only the force knows."""
    assert main(["profile", str(written(tmp_path, incident("2016-03-01 09:00")))]) == 0
    text = capsys.readouterr().out
    assert PolicyBook.from_toml(text).feeds("LEICS") == PolicyBook.built_in().feeds("LEICS")
    named = text.replace("# [installation]", "[installation]").replace("# feeds =", "feeds =")
    assert set(PolicyBook.from_toml(named).feeds("LEICS")) == {STORM}


def test_what_one_force_alone_lacks_stands_under_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And what each of them lacks under all."""
    here = incident("2016-03-01 09:00", crimes_expected=2)
    there = incident("2016-03-01 09:00", force='K"ENT')
    assert main(["profile", str(written(tmp_path, here, there))]) == 0
    policy = policy_in(capsys.readouterr().out)
    assert "assessed_at" in policy.lacked("LEICS", STORM)
    assert "crimes_expected" not in policy.lacked("LEICS", STORM)
    assert "crimes_expected" in policy.lacked('K"ENT', STORM)


def test_the_policy_is_written_to_a_file_that_can_be_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the table above it; the table alone is shown."""
    out = tmp_path / "mine.toml"
    files = [
        written(tmp_path, incident("2016-03-01 09:00")),
        written(tmp_path, crime("2016-03-01"), name=f"{CIS}.jsonl"),
    ]
    assert main(["profile", *map(str, files), "--out", str(out)]) == 0
    assert "[lacks]" not in capsys.readouterr().out
    assert main(["policy", "check", str(out)]) == 0
    assert row(out.read_text(), "closing_code")


def test_no_value_of_a_record_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They are personal data."""
    report = incident("2016-03-01 09:00", disposition_rationale="she rang", victim_token="v-1", attending_officer="PC1")
    assert main(["profile", str(written(tmp_path, report))]) == 0
    text = capsys.readouterr().out
    assert not any(value in text for value in ("she rang", "v-1", "PC1", report.incident_ref))


def test_a_table_is_read_by_its_mapping(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As feed reads it; without one it is bad usage."""
    table = tmp_path / "calls.csv"
    table.write_text("a,b\n1,2\n")
    assert main(["profile", str(table)]) == 2
    assert "a CSV file needs a --mapping" in capsys.readouterr().err


def test_what_is_no_feed_is_bad_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A policy says nothing of what people write."""
    file = tmp_path / "compliance.links.v1.jsonl"
    file.write_bytes(b"")
    assert main(["profile", str(file)]) == 2
    assert "is no feed" in capsys.readouterr().err


def test_bad_rows_are_named_and_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And where nothing is left there is nothing to say."""
    file = tmp_path / f"{STORM}.jsonl"
    file.write_bytes(b"{}\n")
    assert main(["profile", str(file)]) == 1
    assert f"{file}:1: " in capsys.readouterr().err


@pytest.mark.kafka
@pytest.mark.slow
def test_what_the_workers_know_is_profiled_as_its_files_are(
    kafka: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without files: all that is in the workers' state; how to read files has no meaning then."""
    records = (incident("2016-03-01 09:00", crimes_expected=1), crime("2016-03-01 10:00"))
    files = [written(tmp_path, record, name=f"{record.TOPIC}.jsonl") for record in records]
    assert main(["profile", *map(str, files)]) == 0
    of_files = capsys.readouterr().out
    use(installed(kafka, tmp_path / "data", records, ms("2016-03-02")), monkeypatch)
    assert main(["profile"]) == 0
    assert capsys.readouterr().out == of_files
    assert main(["profile", "--topic", STORM]) == 2
