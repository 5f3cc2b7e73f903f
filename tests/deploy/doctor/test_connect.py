"""What the doctor says of the feeds of ``feeds.toml``."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.settings.clock import wall_clock
from agents.settings.settings import Settings
from deploy.connect.cursors import Cursors, FeedCondition
from deploy.connect.process import locked
from deploy.doctor.connect import condition, connected_feeds
from deploy.doctor.diagnosis import Diagnosis
from schemas.times import from_rfc3339
from streams.policy.calendar import MINUTE

NOW = from_rfc3339("2026-06-01T12:00:00Z")
RUNBOOK = "see 'A feed stands still' in the runbook"


@pytest.mark.parametrize(
    ("state", "runs", "lines"),
    [
        (
            FeedCondition(NOW, NOW - MINUTE),
            True,
            [Diagnosis("ok", "feed calls runs; it brought something: last at 2026-06-01T11:59:00.000Z")],
        ),
        (FeedCondition(NOW), True, [Diagnosis("ok", "feed calls runs; it brought something: nothing yet")]),
        (
            FeedCondition(NOW - 15 * MINUTE),
            True,
            [Diagnosis("ok", "feed calls runs; it brought something: nothing yet")],
        ),
        (
            FeedCondition(NOW - 15 * MINUTE - 1),
            True,
            [Diagnosis("WRONG", f"feed calls: it last got on 15 min ago: {RUNBOOK}")],
        ),
        (FeedCondition(), True, [Diagnosis("WRONG", f"feed calls: it never got on: {RUNBOOK}")]),
        (
            FeedCondition(NOW, trouble="drop: no such folder", trouble_since=NOW - MINUTE),
            True,
            [Diagnosis("WRONG", f"feed calls: drop: no such folder (since 2026-06-01T11:59:00.000Z): {RUNBOOK}")],
        ),
        (
            FeedCondition(NOW, NOW, remark="1 file waits"),
            False,
            [
                Diagnosis(
                    "WRONG", "feed calls: no process of this machine runs it: run 'cdi up', or 'cdi connect calls'"
                ),
                Diagnosis("note", "feed calls: 1 file waits"),
            ],
        ),
    ],
)
def test_each_condition_of_a_feed_has_its_line(state: FeedCondition, runs: bool, lines: list[Diagnosis]) -> None:
    """What is wrong says what to do."""
    assert list(condition("calls", state, NOW, runs=runs)) == lines


def test_feeds_are_looked_at_where_there_is_a_file_of_them(tmp_path: Path) -> None:
    """Without one nothing is said; with one that cannot be used, that."""
    settings = Settings(data=tmp_path)
    assert list(connected_feeds(settings)) == []
    (tmp_path / "feeds.toml").write_text('[feed.calls]\nway = "folder"\nfolder = "drop"\n')
    Cursors(tmp_path).keep_condition("calls", FeedCondition(wall_clock()))
    with locked(tmp_path, "calls"):
        (running,) = connected_feeds(settings)
    (stopped,) = connected_feeds(settings)
    (tmp_path / "feeds.toml").write_text("[feed")
    (unusable,) = connected_feeds(settings)
    assert [running.state, stopped.state, unusable.state] == ["ok", "WRONG", "WRONG"]
    assert "not TOML" in unusable.line
