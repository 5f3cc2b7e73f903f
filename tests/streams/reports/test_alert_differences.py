"""Two policies compared: what appears, what vanishes, what moves, and nothing that is the same."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.products import Alert
from streams.reports.alert_differences import (
    AlertDifference,
    RuleSummary,
    alert_differences,
    sum_by_rule,
    summaries_by_day,
    summaries_by_rule,
)
from tests.streams.world import DAY, HOUR, Outcome, crime, incident, ms, policy, run

NOON = ms("2013-05-13 12:00")
RULE = "crime-not-recorded"


def alert(name: str = "a", **stated: Any) -> Alert:
    """Return an alert that was met late."""
    usual = {
        "alert_id": name,
        "force": "LEICS",
        "rule_id": RULE,
        "policy_version": "p",
        "subject_system": "STORM",
        "subject_ref": "I-1",
        "severity": "HIGH",
        "status": "CLEARED",
        "reason": "RECORDED_LATE",
        "due_at": NOON,
        "certainty": "CONFIRMED",
        "raised_at": NOON,
        "updated_at": NOON,
        "breached_at": NOON,
        "lateness_ms": HOUR,
        "sequence": 2,
        "title": "t",
    }
    return Alert(**{**usual, **stated})


def test_an_alert_of_one_policy_alone_appears_or_vanishes() -> None:
    """By alert_id, in order."""
    both, ours, theirs = alert("b"), alert("c"), alert("a")
    assert alert_differences([both, ours], [theirs, both]) == [
        AlertDifference("VANISHES", RULE, None, theirs),
        AlertDifference("APPEARS", RULE, ours, None),
    ]


@pytest.mark.parametrize(
    "stated",
    [
        {"status": "BREACHED", "reason": None, "lateness_ms": None},
        {"reason": "DISPOSED_LATE"},
        {"due_at": NOON + 1},
        {"lateness_ms": 1},
        {"severity": "LOW"},
    ],
)
def test_an_alert_that_says_something_else_moves(stated: dict[str, Any]) -> None:
    """Status and reason, due time, lateness, severity."""
    assert alert_differences([alert(**stated)], [alert()]) == [AlertDifference("MOVES", RULE, alert(**stated), alert())]


@pytest.mark.parametrize(
    "stated", [{"policy_version": "q"}, {"raised_at": 0}, {"updated_at": 0}, {"sequence": 9}, {"facts": ()}]
)
def test_when_and_how_often_it_was_said_is_no_difference(stated: dict[str, Any]) -> None:
    """Nor under which policy."""
    assert alert_differences([alert(**stated)], [alert()]) == []


def test_the_summary_counts_by_rule() -> None:
    """Alerts, breaches among them, and what differs."""
    withdrawn = alert("w", status="WITHDRAWN", reason="MET_IN_TIME", lateness_ms=None)
    ours = [alert("a"), alert("b"), alert("w")]
    theirs = [alert("b"), withdrawn, alert("z", rule_id="a-rule")]
    assert summaries_by_rule(ours, theirs) == [
        RuleSummary(
            "a-rule",
            ours=0,
            theirs=1,
            appear=0,
            vanish=1,
            move=0,
            breached_ours=0,
            breached_theirs=1,
            cleared_ours=0,
            cleared_theirs=1,
        ),
        RuleSummary(
            RULE,
            ours=3,
            theirs=2,
            appear=1,
            vanish=0,
            move=1,
            breached_ours=3,
            breached_theirs=1,
            cleared_ours=3,
            cleared_theirs=1,
        ),
    ]


def final(outcome: Outcome) -> list[Alert]:
    """Return the last word on each alert."""
    return list(outcome.final.values())


def test_twenty_four_hours_in_2013_would_have_made_a_crime_of_the_second_day_late() -> None:
    """Recorded after 30 hours: in time then, six hours late by today's limit; nothing else is different."""
    history = (incident(NOON, crimes_expected=1, assessed_at=NOON), crime(NOON + 30 * HOUR, incident_refs=("I-1",)))
    strict = policy('[rules]\nrecording_limit = "24h"\nevening_risk = true')
    until = NOON + 30 * DAY
    (difference,) = alert_differences(final(run(*history, until=until, book=strict)), final(run(*history, until=until)))
    assert (difference.kind, difference.rule_id) == ("APPEARS", RULE)
    assert difference.ours is not None
    assert (difference.ours.status, difference.ours.lateness_ms) == ("CLEARED", 6 * HOUR)


def test_a_policy_compared_with_itself_differs_in_nothing() -> None:
    """Whatever the history."""
    history = (incident(NOON, crimes_expected=1), crime(NOON + 80 * HOUR, incident_refs=("I-1",)))
    once, again = (final(run(*history, until=NOON + 30 * DAY)) for _ in range(2))
    assert once
    assert alert_differences(once, again) == []


def test_days_add_up_to_the_whole() -> None:
    """Each alert is counted on the local date on which its matter began, and summing up leaves no one out."""
    ours, theirs = [alert("a"), alert("b", status="BREACHED"), alert("c")], [alert("c"), alert("z", rule_id="a-rule")]
    midnight = ms("2013-07-01 23:00")  # in London's summer
    began = {"a": midnight - 1, "b": midnight, "c": midnight + 1, "z": midnight - DAY}
    days = summaries_by_day(ours, theirs, began)
    assert list(days) == ["2013-07-01", "2013-07-02"]
    assert [line.rule_id for line in days["2013-07-01"]] == ["a-rule", RULE]
    assert sum_by_rule(line for lines in days.values() for line in lines) == summaries_by_rule(ours, theirs)
