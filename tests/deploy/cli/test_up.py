"""What ``cdi up`` tells those who start it, and the policy that an installation begins with."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agents.kafka.reader import latest_records
from agents.settings.clock import wall_clock
from agents.settings.settings import Settings
from deploy.cli import main
from deploy.cli.framework.installation import book_of, read_settings
from deploy.cli.up import settings_with_policy, where
from deploy.local.cluster import provide_topics
from deploy.local.own_policy import STARTER
from schemas.products import Alert
from schemas.times import to_rfc3339
from streams.policy.calendar import DAY, HOUR
from streams.topology.topics import ALERTS
from tests.agents.processes import eventually


def test_other_commands_are_told_of_a_data_folder_they_would_not_find() -> None:
    """Users made in another folder's board could never sign in."""
    assert where(Path("/srv/cdi"), is_default=True) == "by themselves"
    assert where(Path("/srv/c d i"), is_default=False) == "with CDI_DATA='/srv/c d i' set"


def test_a_data_folders_own_policy_is_every_commands_unless_another_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file that a new installation begins with is there for the doctor too, in another terminal."""
    monkeypatch.setenv("CDI_DATA", str(tmp_path))
    assert read_settings().policy is None
    (tmp_path / "policy.toml").write_text('version = "ours-1"\n')
    assert book_of(read_settings()).version == "ours-1"
    assert read_settings(policy=None).policy is None
    monkeypatch.setenv("CDI_POLICY", str(STARTER))
    assert book_of(read_settings()).version == "two-feeds-1"


def rows_of_an_old_report(folder: Path) -> Path:
    """Write a log that was opened and closed as a crime three days ago."""
    reported_at = wall_clock() - 3 * DAY
    row = {
        "event_id": "log-1",
        "force": "LEICS",
        "source": "STORM",
        "event_time": to_rfc3339(reported_at + HOUR),
        "incident_ref": "LOG-1",
        "reported_at": to_rfc3339(reported_at),
        "channel": "PHONE",
        "reporter": "VICTIM",
        "opening_code": "VIOLENCE",
        "closing_code": "VIOLENCE",
        "crimes_expected": 1,
        "status": "CLOSED",
        "closed_at": to_rfc3339(reported_at + HOUR),
    }
    file = folder / "storm.incidents.v1.jsonl"
    file.write_text(json.dumps(row) + "\n")
    return file


def word_of_crimes(folder: Path) -> Path:
    """Write a heartbeat of the crime system, by which it is heard."""
    file = folder / "cis.crimes.v1.jsonl"
    word = {"force": "LEICS", "source": "CIS", "complete_through": to_rfc3339(wall_clock())}
    file.write_text(json.dumps(word) + "\n")
    return file


@pytest.mark.kafka
def test_an_installation_that_has_a_policy_or_records_is_not_changed(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which policy it goes by, and why, is one line; without a policy it goes on by the built-in one."""
    provide_topics(settings)
    named = settings.model_copy(update={"policy": STARTER})
    assert settings_with_policy(named) is named
    assert capsys.readouterr().err == f"Policy two-feeds-1, of {STARTER}\n"
    assert not (settings.data / "policy.toml").exists()
    assert main(["feed", "storm.incidents.v1", str(rows_of_an_old_report(tmp_path))]) == 0
    capsys.readouterr()
    assert settings_with_policy(settings).policy is None
    assert "Policy builtin-1, the built-in one: records were fed here before" in capsys.readouterr().err
    assert not (settings.data / "policy.toml").exists()
    monkeypatch.undo()


@pytest.mark.kafka
@pytest.mark.slow
def test_up_begins_with_two_feeds_and_says_so(settings: Settings, tmp_path: Path) -> None:
    """The policy is a file in the data folder, named by every alert; whoever changes it finds it in force again."""
    environment = {**os.environ, "CDI_DATA": str(tmp_path / "up"), "CDI_CLOCK": "live"}
    command, own = [sys.executable, "-m", "deploy"], tmp_path / "up" / "policy.toml"
    told: list[str] = []

    def versions() -> set[str]:
        alerts = latest_records(settings, ALERTS, Alert).values()
        return {alert.policy_version for alert in alerts if alert.rule_id == "crime-not-recorded"}

    for begins in (True, False):
        with subprocess.Popen([*command, "up"], env=environment, stderr=subprocess.PIPE, text=True) as running:
            assert running.stderr is not None
            told += itertools.takewhile(lambda line: "No notifications go out" not in line, running.stderr)
            if begins:
                for file in (rows_of_an_old_report(tmp_path), word_of_crimes(tmp_path)):
                    fed = [*command, "feed", file.stem, str(file)]
                    subprocess.run(fed, env=environment, capture_output=True, check=True)
                eventually(lambda: versions() == {"two-feeds-1"}, "the report is an alert")
                own.write_text(own.read_text().replace("two-feeds-1", "ours-1"))
            running.send_signal(signal.SIGTERM)
            assert running.wait(60) == 0
    first, _, then = (line for line in told if line.startswith(("Policy", "  It is")))
    assert first.startswith("Policy two-feeds-1: nothing was ever fed here, and neither --policy nor CDI_POLICY names")
    assert then.startswith(f"Policy ours-1, of {own}, the file that 'cdi up' takes")
    assert own.read_text() == STARTER.read_text().replace("two-feeds-1", "ours-1")
