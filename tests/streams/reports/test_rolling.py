"""Rolling figures: what rose, was breached and was cleared in the last day, week and four weeks, by event time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.products import Alert
from streams.engine.monitor import Monitor
from streams.reports.rolling import WINDOWS, WindowCounts, alerts_of, breached_at, cleared_at, rolling
from tests.streams.world import BUILT_IN, DAY, FORCE, HOUR, Outcome, crime, incident, ms, referral

NOON = ms("2016-03-10 12:00")
DUE = NOON + 24 * HOUR
RULE = "crime-not-recorded"
ONCE = WindowCounts(1, 1, 1)


def alert(**stated: Any) -> Alert:
    """Return an alert that rose, was breached and was put right at NOON."""
    usual = {
        "alert_id": "a",
        "force": FORCE,
        "rule_id": RULE,
        "policy_version": "p",
        "subject_system": "STORM",
        "subject_ref": "I-1",
        "severity": "HIGH",
        "status": "CLEARED",
        "certainty": "CONFIRMED",
        "raised_at": NOON,
        "updated_at": NOON,
        "breached_at": NOON,
        "sequence": 2,
        "title": "t",
    }
    return Alert(**{**usual, **stated})


def windows(*alerts: Alert, clock: int) -> tuple[WindowCounts, ...]:
    """Return the counts of alerts of one group, by window; nothing where nothing happened."""
    rows = rolling(alerts, clock)
    assert len(rows) <= 1
    return rows[0].counts if rows else (WindowCounts(0, 0, 0),) * len(WINDOWS)


@pytest.mark.parametrize("place", range(len(WINDOWS)))
def test_a_window_holds_the_clock_and_reaches_back_to_its_length_to_the_millisecond(place: int) -> None:
    """24 hours, 7 days, 28 days."""
    length = (DAY, 7 * DAY, 28 * DAY)[place]
    assert windows(alert(), clock=NOON - 1)[place] == WindowCounts(0, 0, 0)
    assert windows(alert(), clock=NOON)[place] == ONCE
    assert windows(alert(), clock=NOON + length - 1)[place] == ONCE
    assert windows(alert(), clock=NOON + length)[place] == WindowCounts(0, 0, 0)


def test_a_breach_belongs_to_the_moment_it_was_due_and_a_clearance_to_the_moment_it_was_met() -> None:
    """However much later a worker saw either."""
    late = alert(due_at=DUE, breached_at=DUE, lateness_ms=HOUR, raised_at=DUE + 9 * DAY, updated_at=DUE + 9 * DAY)
    assert (breached_at(late), cleared_at(late)) == (DUE, DUE + HOUR)
    assert windows(late, clock=DUE)[0] == WindowCounts(0, 1, 0)
    assert windows(late, clock=DUE + HOUR)[0] == WindowCounts(0, 1, 1)
    assert windows(late, clock=DUE + 9 * DAY)[0] == WindowCounts(1, 0, 0)


def test_what_has_no_deadline_was_cleared_when_it_was_seen_to_be_right() -> None:
    """There is no other moment."""
    assert cleared_at(alert(updated_at=NOON + HOUR)) == NOON + HOUR


@pytest.mark.parametrize(
    ("status", "counts"),
    [
        ("AT_RISK", WindowCounts(1, 0, 0)),
        ("BREACHED", WindowCounts(1, 1, 0)),
        ("CLEARED", WindowCounts(1, 1, 1)),
        ("WITHDRAWN", WindowCounts(1, 0, 0)),
    ],
)
def test_each_status_counts_as_what_it_says_happened(status: str, counts: WindowCounts) -> None:
    """One that was withdrawn rose, and was no breach after all."""
    breached = NOON if status != "AT_RISK" else None
    assert windows(alert(status=status, breached_at=breached), clock=NOON)[0] == counts


def test_figures_are_by_rule_team_and_offence_class_in_order() -> None:
    """What states none is a group of its own, and comes first."""
    rows = rolling(
        [
            alert(team="B", offence_class="RAPE"),
            alert(team="A"),
            alert(),
            alert(rule_id="a-rule", team="B"),
            alert(team="A"),
        ],
        NOON,
    )
    assert [(row.group, row.counts[0].raised) for row in rows] == [
        (("a-rule", "B", ""), 1),
        ((RULE, "", ""), 1),
        ((RULE, "A", ""), 2),
        ((RULE, "B", "RAPE"), 1),
    ]


def test_other_dimensions_may_be_asked_for() -> None:
    """By force alone, say."""
    rows = rolling([alert(), alert(force="NOTTS"), alert(team="A")], NOON, by=("force",))
    assert [(row.group, row.counts[0].raised) for row in rows] == [(("LEICS",), 2), (("NOTTS",), 1)]


def test_what_lies_behind_every_window_makes_no_group() -> None:
    """A rule nobody broke for a month is not listed."""
    assert rolling([alert()], NOON + 28 * DAY) == []


@given(st.lists(st.tuples(st.sampled_from(["A", "B", None]), st.integers(0, 40))), st.integers(0, 40))
def test_groups_add_up_to_the_whole_and_windows_never_shrink(alerts: list[tuple[str | None, int]], day: int) -> None:
    """Each alert is in one group; what is in a window is in every longer one."""
    alert_list = [
        alert(team=team, raised_at=NOON + at * DAY, status="AT_RISK", breached_at=None) for team, at in alerts
    ]
    clock = NOON + day * DAY
    rows = rolling(alert_list, clock)
    for place, length in enumerate(WINDOWS.values()):
        raised = sum(clock - length < one_alert.raised_at <= clock for one_alert in alert_list)
        assert sum(row.counts[place].raised for row in rows) == raised
    assert all(list(row.counts) == sorted(row.counts) for row in rows)


def test_a_monitors_own_alerts_are_those_it_published_last() -> None:
    """Of every kind of matter; on them the figures rest."""
    monitor = Monitor(FORCE, BUILT_IN)
    for snapshot in (
        incident(NOON, crimes_expected=1, team="T1"),
        crime(DUE + HOUR, incident_refs=("I-1",)),
        referral(NOON),
    ):
        monitor.apply(snapshot, NOON)
    monitor.advance(DUE + DAY)
    known = {one_alert.alert_id: one_alert for one_alert in alerts_of([monitor.context])}
    published = Outcome(tuple(monitor.drain_alerts())).final
    assert known.keys() == published.keys()
    assert {one_alert.status for one_alert in known.values()} == {one_alert.status for one_alert in published.values()}
    (row,) = (row for row in rolling(known.values(), DUE + DAY - 1) if row.group == (RULE, "T1", ""))
    assert row.counts == (WindowCounts(0, 1, 1), ONCE, ONCE)
