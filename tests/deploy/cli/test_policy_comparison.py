"""``cdi backtest --policy a --against b``: what a policy would have meant, on the built-in scenario."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

import deploy
from deploy.cli import main
from deploy.scenario import write
from tests.deploy.scenario.scenario_counts import CRIMES, HOUR, INCIDENTS, OF_INCIDENT

TODAY_IN_2013 = Path(deploy.__file__).parent / "policies" / "24h-in-2013.toml"


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the Leicestershire scenario as files."""
    return [str(path) for path in write(tmp_path_factory.mktemp("scenario"))]


def lags() -> list[int]:
    """Return how long after the report each crime of an incident was recorded, counted straight over the records."""
    return [CRIMES[ref].recorded_at - INCIDENTS[name].reported_at for name, refs in OF_INCIDENT.items() for ref in refs]


def test_twenty_four_hours_in_2013_would_have_made_crimes_late_that_were_in_time(
    scenario: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every crime that took longer than a day, and those alone; nothing that was breached is forgiven."""
    out = tmp_path / "differences.jsonl"
    policies = ["--policy", str(TODAY_IN_2013), "--against", "built-in"]
    assert main(["backtest", *scenario, *policies, "--out", str(out)]) == 0
    differences = [json.loads(line) for line in out.read_bytes().splitlines()]
    late = [
        difference["policy"]["lateness_ms"]
        for difference in differences
        if difference["rule_id"] == "crime-not-recorded" and difference["policy"]["reason"] == "RECORDED_LATE"
    ]
    assert sorted(late) == sorted(lag - 24 * HOUR for lag in lags() if lag > 24 * HOUR)
    assert late
    assert not [difference for difference in differences if difference["difference"] == "VANISHES"]
    assert {difference["policy"]["policy_version"] for difference in differences} == {"24h-in-2013"}
    output = capsys.readouterr()
    kinds = Counter(difference["difference"] for difference in differences)
    assert (
        f"24h-in-2013 against builtin-1: {kinds['APPEARS']} alerts appear, 0 vanish, {kinds['MOVES']} move"
        in output.err
    )
    (row,) = (line.split() for line in output.out.splitlines() if line.startswith("crime-not-recorded "))
    _, ours, breached, cleared, theirs, breached_before, cleared_before, *_ = row
    assert (int(theirs), int(breached_before)) == (21, 15)
    assert int(breached) - int(breached_before) == len(late)
    assert int(cleared) - int(cleared_before) == len(late)
    assert int(ours) > int(theirs)


def test_only_what_the_recording_limit_bears_on_is_different(scenario: list[str], tmp_path: Path) -> None:
    """Reports and referrals; neither disposals nor no-crimes nor calls."""
    out = tmp_path / "differences.jsonl"
    policies = ["--policy", str(TODAY_IN_2013), "--against", "built-in"]
    assert main(["backtest", *scenario, *policies, "--out", str(out)]) == 0
    rules = {json.loads(line)["rule_id"] for line in out.read_bytes().splitlines()}
    assert rules == {"crime-not-recorded", "asb-crime-not-recorded", "referral-unlinked", "report-undecided"}


def test_the_other_way_round_what_appeared_vanishes(scenario: list[str], tmp_path: Path) -> None:
    """Without --policy the built-in one is meant."""
    there, back = tmp_path / "there.jsonl", tmp_path / "back.jsonl"
    assert (
        main(["backtest", *scenario, "--policy", str(TODAY_IN_2013), "--against", "built-in", "--out", str(there)]) == 0
    )
    assert main(["backtest", *scenario, "--against", str(TODAY_IN_2013), "--out", str(back)]) == 0
    turned = {"APPEARS": "VANISHES", "VANISHES": "APPEARS", "MOVES": "MOVES"}
    forth = [json.loads(line) for line in there.read_bytes().splitlines()]
    for difference in forth:
        difference["difference"] = turned[difference["difference"]]
        difference["policy"], difference["against"] = difference["against"], difference["policy"]
    assert forth == [json.loads(line) for line in back.read_bytes().splitlines()]


def test_a_policy_against_itself_says_that_nothing_differs(
    scenario: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing need be written."""
    assert main(["backtest", *scenario, "--against", "built-in"]) == 0
    assert capsys.readouterr().err == "builtin-1 against builtin-1: 0 alerts appear, 0 vanish, 0 move\n"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "--out: where shall the alerts go?"),
        (["--against", "nowhere.toml"], "nowhere.toml: No such file or directory"),
        (["--against", "built-in", "--until", "noon"], "--until: not an RFC 3339 time"),
    ],
)
def test_bad_usage_is_one_line(
    scenario: list[str], arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 2."""
    assert main(["backtest", *scenario, *arguments]) == 2
    assert capsys.readouterr().err.startswith(f"cdi: {line}")
