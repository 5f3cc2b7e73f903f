"""The scenario of 2026: every story raises what it should, and nothing else is raised."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import msgspec
import pytest

from deploy.demo.programmes import FORCE_OF_2026, year_2026
from deploy.demo.stories_view import NOTHING, alerts_text
from deploy.inspect.stories import ANYTHING_ELSE, StoryComparison, compare_with_stories
from deploy.scenario.year_2026 import END, StoryAlert, events, examples, stories
from deploy.scenario.year_2026.records import FORCE
from schemas.products import Alert
from schemas.records import POSSIBLE_FEEDS, Incident, Snapshot
from schemas.rows import write_json
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook
from streams.rules import RULES

BOOK = PolicyBook.from_toml(FORCE_OF_2026.read_text(encoding="utf-8"))
APRIL = 1_774_998_000_000
"""2026-04-01T00:00 Europe/London."""
RULES_OF_2026 = {
    "crime-recorded-late",
    "crime-reclassified",
    "incident-only-unseen",
    "death-not-recorded",
    "vulnerable-closed-unassessed",
    "offence-code-contradicts-class",
    "outcome-unsuitable",
}
ROWS_OF_THE_CONTRACT = {"15", "5", "8", "22", "rationale", "21", "suspect"}


def judged(snapshots: list[Snapshot]) -> list[Alert]:
    """Return every alert as it stands when the scenario is over."""
    monitor = Monitor(FORCE, BOOK)
    for snapshot in snapshots:
        monitor.apply(snapshot, snapshot.event_time)
    monitor.advance(END)
    return list({alert.alert_id: alert for alert in monitor.drain_alerts()}.values())


LINES = compare_with_stories(judged(events()))


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.title)
def test_a_story_raises_what_it_should_and_nothing_else(line: StoryComparison) -> None:
    """By rule, subject, status and discriminator; the last line is of alerts that belong to no story."""
    assert line.found == line.expected


def test_records_that_arrive_backwards_raise_the_same() -> None:
    """The order of arrival changes nothing."""
    assert compare_with_stories(judged(events()[::-1])) == LINES


def test_a_backtest_of_the_files_raises_the_same(tmp_path: Path) -> None:
    """As ``cdi backtest`` writes them, under the policy that the demonstration uses."""
    files: dict[str, list[bytes]] = defaultdict(list)
    for snapshot in events():
        files[snapshot.TOPIC].append(write_json(snapshot) + b"\n")
    for topic, lines in files.items():
        (tmp_path / f"{topic}.jsonl").write_bytes(b"".join(lines))
    paths = sorted(map(str, tmp_path.glob("*.jsonl")))
    out = tmp_path / "alerts"
    command = [sys.executable, "-m", "deploy", "backtest", *paths, "--policy", str(FORCE_OF_2026), "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    alerts = [msgspec.json.decode(line) for line in out.read_bytes().splitlines()]
    found = {(alert["rule_id"], alert["subject_ref"], alert["status"], alert["discriminator"]) for alert in alerts}
    expected = {
        (alert.rule_id, alert.subject_ref, alert.status, alert.discriminator)
        for story in stories()
        for alert in story.expected
    }
    assert found == expected
    assert len(alerts) == len(expected)


def test_each_rule_of_2026_is_broken_once_and_kept_beside_it() -> None:
    """A story that raises it, and one about it that raises nothing."""
    broken = {story.rule_id for story in stories() if story.expected}
    kept = {story.rule_id for story in stories() if not story.expected}
    assert broken >= RULES_OF_2026
    assert kept >= RULES_OF_2026
    rows = {
        alert.discriminator for story in stories() for alert in story.expected if alert.rule_id == "outcome-unsuitable"
    }
    assert rows >= ROWS_OF_THE_CONTRACT


def test_what_raises_something_raises_the_rule_it_is_about() -> None:
    """So that an example in the README is one of its rule."""
    for story in stories():
        assert story.rule_id in RULES
        assert not story.expected or story.rule_id in {alert.rule_id for alert in story.expected}, story.title
    assert examples().keys() >= RULES_OF_2026


def test_no_two_stories_share_a_record() -> None:
    """Each alert belongs to one story."""
    subjects = [subject for story in stories() for subject in story.subjects()]
    assert len(subjects) == len(set(subjects))


def test_everything_happens_after_the_rules_begin() -> None:
    """From 1 April 2026, and all ten feeds say something, so that none holds the clock."""
    assert all(APRIL <= snapshot.event_time <= END for snapshot in events())
    assert {snapshot.TOPIC for snapshot in events()} >= set(POSSIBLE_FEEDS)
    assert year_2026().snapshots == events()


def test_what_differs_is_said() -> None:
    """A missing alert, another status and an alert about no story are each a line that does not agree."""
    alerts = judged(events())
    stranger = msgspec.structs.replace(alerts[0], subject_ref="L-9999-999")
    cleared = msgspec.structs.replace(alerts[1], status="CLEARED" if alerts[1].status == "BREACHED" else "BREACHED")
    differing = [line for line in compare_with_stories([stranger, cleared, *alerts[2:]]) if not line.agrees]
    assert len(differing) == 3
    assert differing[-1].title == ANYTHING_ELSE


def test_under_the_rules_before_2026_hardly_anything_is_raised() -> None:
    """The stories follow from the rules: a year earlier the new ones judge nothing."""
    year = 365 * 86_400_000
    before = [_earlier(snapshot, year) for snapshot in events()]
    monitor = Monitor(FORCE, BOOK)
    for snapshot in before:
        monitor.apply(snapshot, snapshot.event_time)
    monitor.advance(END - year)
    raised = {alert.rule_id for alert in monitor.drain_alerts()}
    assert raised & RULES_OF_2026 == {"death-not-recorded"}


def _earlier(snapshot: Snapshot, by: int) -> Snapshot:
    """Return a snapshot with all its times moved back."""
    times = {
        name: value - by
        for name in snapshot.__struct_fields__
        if isinstance(value := getattr(snapshot, name), int) and value > APRIL
    }
    return msgspec.structs.replace(snapshot, **times)


def test_alerts_are_told_in_words() -> None:
    """Those of the story's rule by status, others with their rule, and nothing as nothing."""
    assert alerts_text([], "a") == NOTHING
    own, other = StoryAlert("a", "X", "CLEARED", "15"), StoryAlert("b", "X")
    assert alerts_text([other, own], "a") == "CLEARED (15)\nb BREACHED"


def test_only_the_logs_corrected_have_two_snapshots_of_one_moment() -> None:
    """And of those the higher revision says what is right."""
    moments: dict[tuple[str, int], list[Incident]] = defaultdict(list)
    for snapshot in events():
        if isinstance(snapshot, Incident):
            moments[snapshot.incident_ref, snapshot.event_time].append(snapshot)
    corrected = {ref: snapshots for (ref, _), snapshots in moments.items() if len(snapshots) > 1}
    assert corrected.keys() == {"L-0728-007", "L-0730-009"}
    assert all([snapshot.revision for snapshot in snapshots] == [0, 1] for snapshots in corrected.values())
