"""The demonstration: the scenario in compressed time, and its figures beside HMIC's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.cli.demo import require_agreement, require_stories
from deploy.cli.framework.errors import CommandError
from deploy.demo.playback import playback
from deploy.demo.stories_view import stories_table
from deploy.files.feed import EPOCH
from deploy.inspect.published_figures import FigureComparison, compare_with_published
from deploy.inspect.stories import StoryComparison
from deploy.scenario import PUBLISHED, PublishedFigure, events
from deploy.scenario.year_2026 import StoryAlert
from schemas.records import FEEDS, Heartbeat, Snapshot
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook
from streams.reports.figure import Figure

HOUR = 3_600_000


class Played:
    """A producer that keeps what it is given."""

    def __init__(self) -> None:
        self.snapshots: list[Snapshot] = []
        self.heartbeats: list[tuple[str, Heartbeat]] = []

    def send(self, record: Snapshot) -> None:
        """Keep a snapshot."""
        self.snapshots.append(record)

    def send_heartbeat(self, topic: str, heartbeat: Heartbeat) -> None:
        """Keep a heartbeat."""
        self.heartbeats.append((topic, heartbeat))

    def flush(self) -> None:
        """Have nothing to wait for."""


def test_every_slice_is_whole_when_its_sources_vouch_for_it() -> None:
    """No snapshot comes after a heartbeat that spoke for it, each comes once, and the last word is the newest time."""
    played, to = playback(events(), 6 * HOUR), Played()
    played.open(to)
    assert {beat.complete_through for _, beat in to.heartbeats} == {EPOCH}
    assert {feed for feed, _ in to.heartbeats} == {*FEEDS}
    vouched = EPOCH
    for part in played.slices:
        before = len(to.snapshots)
        played.send(part, to)
        assert all(vouched < snapshot.event_time <= part.through for snapshot in to.snapshots[before:])
        vouched = part.through
        assert {beat.complete_through for _, beat in to.heartbeats[-len(played.sources) :]} == {vouched}
    assert vouched == played.end == events()[-1].event_time
    assert len(to.snapshots) == len(events())


def test_one_snapshot_is_one_slice() -> None:
    """The shortest scenario there can be."""
    only = events()[0]
    played = playback([only], HOUR)
    assert [(part.through, list(part.snapshots)) for part in played.slices] == [(only.event_time, [only])]


def judged() -> Monitor:
    """Return a monitor that has judged the scenario."""
    monitor = Monitor("LEICS", PolicyBook.built_in())
    for snapshot in events():
        monitor.apply(snapshot, 0)
    monitor.advance(events()[-1].event_time)
    return monitor


def test_the_rules_find_what_hmic_published() -> None:
    """Every figure of Part B and the dip samples."""
    lines = compare_with_published([judged()])
    assert [line.label for line in lines if not line.agrees] == []
    assert len(lines) == len(PUBLISHED) == 21


def test_a_figure_nobody_found_does_not_agree() -> None:
    """A label without a figure of its own is a difference, not a match."""
    (line,) = compare_with_published([judged()], {"Incidents: lost": PublishedFigure(0, 0)})
    assert not line.agrees


def test_figures_that_differ_fail_the_demonstration(capsys: pytest.CaptureFixture[str]) -> None:
    """They are named, and the exit status is 1."""
    same = FigureComparison("A", Figure("A", 1, 2), PublishedFigure(1, 2))
    require_agreement([same])
    assert "All 1 figures agree" in capsys.readouterr().err
    with pytest.raises(CommandError, match="1 of 2 figures differ from HMIC's: B"):
        require_agreement([same, FigureComparison("B", Figure("B", 1, 2), PublishedFigure(2, 2))])


def test_stories_that_raise_something_else_fail_the_demonstration(capsys: pytest.CaptureFixture[str]) -> None:
    """They are named, the table says NO, and the exit status is 1."""
    alert = StoryAlert("crime-reclassified", "C1")
    same = StoryComparison("A", "crime-reclassified", "", frozenset({alert}), frozenset({alert}))
    other = StoryComparison("B", "crime-reclassified", "", frozenset(), frozenset({alert}))
    require_stories([same])
    assert "All 1 stories raise what they should" in capsys.readouterr().err
    with pytest.raises(CommandError, match="1 of 2 stories raise other alerts: B"):
        require_stories([same, other])
    agree = stories_table([same, other]).columns[-1]
    assert [str(cell) for cell in agree.cells] == ["yes", "NO"]


def test_the_month_is_a_scenario_of_its_own() -> None:
    """Two scenarios at once are bad usage."""
    command = [sys.executable, "-m", "deploy", "demo", "--month", "--scenario", "2026"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "leave --scenario out" in done.stderr


@pytest.mark.kafka
@pytest.mark.slow
def test_the_stories_of_2026_end_in_agreement(kafka: str, tmp_path: Path) -> None:
    """Through Kafka and workers, under the policy that names the tenth feed."""
    environment = {**os.environ, "CDI_KAFKA": kafka, "CDI_DATA": str(tmp_path), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "deploy", "demo", "--scenario", "2026", "--once", "--seconds", "4"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "stories raise what they should" in done.stderr
    assert "An officer recodes a" in done.stdout


@pytest.mark.kafka
@pytest.mark.slow
def test_the_demonstration_ends_in_agreement(kafka: str, tmp_path: Path) -> None:
    """Through Kafka and workers the rules find the same, alerts rise week by week, and nothing is left behind."""
    environment = {**os.environ, "CDI_KAFKA": kafka, "CDI_DATA": str(tmp_path), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "deploy", "demo", "--once", "--seconds", "8"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "All 21 figures agree with HMIC's" in done.stderr
    weeks = [line for line in done.stdout.splitlines() if "alerts," in line]
    counts = [int(line.split(": ")[1].split()[0]) for line in weeks]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]
    assert list(tmp_path.glob("cdi-demo-*")) == []


@pytest.mark.kafka
@pytest.mark.slow
def test_under_another_policy_the_demonstration_differs(kafka: str, tmp_path: Path) -> None:
    """The figures follow from the rules: with penalty notices allowed for dearer goods more of them are suitable."""
    (tmp_path / "policy.toml").write_text('version = "dear"\n[rules]\npnd_goods_limit_pence = 100000000\n')
    environment = {"CDI_KAFKA": kafka, "CDI_DATA": str(tmp_path), "CDI_POLICY": str(tmp_path / "policy.toml")}
    command = [sys.executable, "-m", "deploy", "demo", "--once", "--seconds", "1"]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "figures differ from HMIC's: Penalty notices: offender suitable" in done.stderr
