"""What is fed later corrects what was fed before: in every shipped mapping, in files and on a Kafka."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agents.settings.settings import Settings
from deploy.cli import main
from deploy.files.mapping import read_mapping
from deploy.files.row_reader import RowReader
from deploy.inspect.history import judge_history
from deploy.local.cluster import provide_topics
from schemas.identifiers import IncidentRef
from schemas.rows import write_json
from schemas.times import from_rfc3339
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook
from tests.deploy.files.worked_mappings import KEY, MAPPINGS, mapping_names

CALLS = 1_000
RULE = "crime-not-recorded"
END = "2018-11-25T12:00:00Z"
TOPIC = "storm.incidents.v1"
CODED = """
topic = "storm.incidents.v1"
[fields]
event_id = { digest = [] }
force = { constant = "LEICS" }
source = { constant = "STORM" }
event_time = { column = "Saved", time = "%d/%m/%Y %H:%M", zone = "Europe/London" }
revision = { feeding_time = true }
incident_ref = "Log"
reported_at = { column = "Saved", time = "%d/%m/%Y %H:%M", zone = "Europe/London" }
channel = { constant = "PHONE" }
reporter = { constant = "VICTIM" }
opening_code = { column = "Type", values_file = "types.toml" }
crimes_expected = { column = "Type", values_file = "crimes.toml" }
status = { constant = "OPEN" }
"""


@pytest.mark.parametrize("name", mapping_names())
def test_every_shipped_mapping_says_which_state_is_the_later(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two states of one record at one moment are told apart by a revision, not by their ids."""
    monkeypatch.setenv("CDI_PSEUDONYM_KEY", KEY)
    assert read_mapping(str(MAPPINGS / f"{name}.toml")).order is not None


def nights(folder: Path, first: str, second: str) -> list[str]:
    """Write a call list of two nights: the second has another disposition of each call."""
    paths = []
    for number, disposition in enumerate((first, second), 1):
        path = folder / f"night{number}.csv"
        rows = [
            f"{180_000_000 + n},2018-11-18T{10 + n // 600:02}:{n // 10 % 60:02}:00.000,Burglary,{disposition}\n"
            for n in range(CALLS)
        ]
        path.write_text("crime_id,call_date_time,crime_type,disposition\n" + "".join(rows))
        paths.append(str(path))
    return paths


def judged(folder: Path, *arguments: str) -> list[str]:
    """Return the status of each alert of one rule that a backtest ends with."""
    out = folder / "alerts.jsonl"
    assert main(["backtest", *arguments, "--until", END, "--out", str(out)]) == 0
    alerts = [json.loads(line) for line in out.read_text().splitlines()]
    return [alert["status"] for alert in alerts if alert["rule_id"] == RULE]


@pytest.mark.parametrize(("first", "second", "alerts"), [("ND", "REP", CALLS), ("REP", "ND", 0)])
def test_the_second_night_counts_for_every_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], first: str, second: str, alerts: int
) -> None:
    """A thousand of a thousand, whichever way the dispositions changed, and none is said to tie."""
    files = nights(tmp_path, first, second)
    assert judged(tmp_path, *files, "--mapping", "san-francisco-calls") == ["BREACHED"] * alerts
    assert "another body" not in capsys.readouterr().err


def test_a_code_table_that_is_corrected_takes_back_what_it_said(tmp_path: Path) -> None:
    """The same export, read by the corrected table and fed later, leaves nothing of the mistake."""
    (tmp_path / "m.toml").write_text(CODED)
    (tmp_path / "types.toml").write_text('[values]\nT = "THEFT"\nN = "NUISANCE"\n')
    (tmp_path / "log.csv").write_text("Log,Saved,Type\nL-1,18/11/2018 10:00,T\nL-2,18/11/2018 10:00,N\n")
    state = tmp_path / "state"
    state.mkdir()
    for number, crimes in enumerate(('T = "1"\nN = "1"', 'T = "1"\nN = "0"')):
        (tmp_path / "crimes.toml").write_text(f"[values]\n{crimes}\n")
        lines = tmp_path / f"{TOPIC}.{number}.jsonl"
        lines.write_text("".join(as_fed(tmp_path, number)))
    both = [str(path) for path in sorted(tmp_path.glob(f"{TOPIC}.*.jsonl"))]
    assert judged(tmp_path, both[0]) == ["BREACHED", "BREACHED"]
    assert judged(tmp_path, *both) == judged(tmp_path, both[1]) == ["BREACHED"]


def as_fed(folder: Path, moment: int) -> list[str]:
    """Return the log's rows as records, as a feeding at a moment (ms) makes them."""
    mapping = read_mapping(str(folder / "m.toml"))
    reader = RowReader(TOPIC, mapping, 1_600_000_000_000 + moment, 0)
    records = [row.record for row in reader.rows(folder / "log.csv")]
    return [f"{write_json(record).decode()}\n" for record in records if record is not None]


def test_rows_that_tie_are_named_by_every_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing says which of two states is the later: feed does too, in its own tests."""
    monkeypatch.setenv("CDI_DATA", str(tmp_path / "data"))
    text = (MAPPINGS / "san-francisco-calls.toml").read_text().replace("revision = { feeding_time = true }", "")
    (tmp_path / "m.toml").write_text(text)
    files = nights(tmp_path, "ND", "REP")
    told = f"{CALLS:,} rows state another body of a record at an event_time and revision stated before"
    judged(tmp_path, *files, "--mapping", str(tmp_path / "m.toml"))
    assert told in capsys.readouterr().err
    assert main(["feed", "--check", TOPIC, *files, "--mapping", str(tmp_path / "m.toml")]) == 0
    assert told in capsys.readouterr().err


def until_the_end() -> Monitor:
    """Return a monitor that knows nothing and whose clock is at the end."""
    monitor = Monitor("SFPD", PolicyBook.built_in())
    monitor.advance(from_rfc3339(END))
    return monitor


@pytest.mark.kafka
def test_the_second_night_counts_on_a_kafka_as_well(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each night is a feeding of its own, and the first fed again after it changes nothing."""
    provide_topics(settings)
    files = nights(tmp_path, "ND", "REP")
    for file in (*files, files[0]):
        assert main(["feed", TOPIC, file, "--mapping", "san-francisco-calls"]) == 0
    assert "another body" not in capsys.readouterr().err
    monitor = judge_history(settings, until_the_end())
    incidents = [monitor.context.facts.incidents[IncidentRef(str(180_000_000 + n))] for n in range(CALLS)]
    assert [incident.newest.crimes_expected for incident in incidents] == [1] * CALLS
