"""Who decides against counting crimes: every occasion once, in its month, beside what chance would make of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from schemas.records import Snapshot
from streams.engine.monitor import Monitor
from streams.facts.context import Context
from streams.facts.statistics import wilson
from streams.reports.deciders.crime_decisions import CrimeDecision, DecisionTally, crime_decisions, decision_tallies
from streams.reports.deciders.decider_fields import every_share, share_fields
from streams.reports.deciders.decider_shares import DECIDED_BY, DeciderShare, decider_shares
from streams.reports.deciders.funnel import funnel_limits
from streams.reports.figure import ALWAYS, Period
from tests.streams.histories import END, histories
from tests.streams.world import (
    BUILT_IN,
    DAY,
    FORCE,
    HOUR,
    asb_report,
    assessment,
    crime,
    incident,
    ms,
    no_crime,
    protection_report,
    referral,
)

NOON = ms("2026-05-10 12:00")


def context(*snapshots: Snapshot, clock: int = NOON + 60 * DAY) -> Context:
    """Return what is known of a force at a moment."""
    monitor = Monitor(FORCE, BUILT_IN)
    for snapshot in snapshots:
        monitor.apply(snapshot, snapshot.event_time)
    monitor.advance(clock)
    return monitor.context


def decided(kind: str, *snapshots: Snapshot) -> list[tuple[str | None, bool]]:
    """Return who decided so or otherwise, by one kind of decision."""
    taken = [decision for decision in crime_decisions(context(*snapshots)) if decision.kind == kind]
    return [(decision.decider, decision.against) for decision in sorted(taken, key=lambda decision: decision.at)]


def tally(decider: str = "A", taken: int = 10, against: int = 1, **stated: Any) -> DecisionTally:
    """Return a tally of cancellations in May 2026."""
    fields = {"kind": "CANCELLED", "month": "2026-05", "designated": False, "team": "North", **stated}
    return DecisionTally(force=FORCE, decider=decider, taken=taken, against=against, **fields)


def share_of(value: str, *tallies: DecisionTally, by: Any = "DECIDER") -> DeciderShare:
    """Return the share of one decider, team or month."""
    (found,) = [share for share in decider_shares(tallies, by) if share.value == value]
    return found


# -- what is counted -----------------------------------------------------------------------------------------------


def test_a_crime_is_cancelled_by_who_decided_it_and_stands_by_who_recorded_it() -> None:
    """One cancelled with a decision, one without any, one that stands, and a reported incident, which is no crime."""
    assert decided(
        "CANCELLED",
        crime(NOON, "C-1", status="CANCELLED"),
        no_crime(NOON + HOUR, "C-1", decided_by="D1"),
        crime(NOON + 2 * HOUR, "C-2", status="CANCELLED"),
        crime(NOON + 3 * HOUR, "C-3", recorded_by="P3"),
        crime(NOON + 4 * HOUR, "C-4", offence_code="N300"),
    ) == [("D1", True), (None, True), ("P3", False)]


def test_a_decision_that_the_rules_find_wrong_is_told_from_one_that_they_do_not() -> None:
    """Without grounds, and on grounds; each by who took it."""
    wrong = no_crime(NOON, "C-1", avi=(), decided_by="D1")
    assert decided("WRONGLY", wrong, no_crime(NOON + HOUR, "C-2", decided_by="D2")) == [("D1", True), ("D2", False)]


def test_a_crime_of_another_class_than_at_first_is_reclassified() -> None:
    """By the officer in the case; to a reported incident too, and what began as one is none."""
    rape: dict[str, Any] = {"offence_class": "RAPE", "officer_in_case": "DC1"}
    assert decided(
        "RECLASSIFIED",
        crime(NOON, "C-1", **rape),
        crime(NOON + DAY, "C-1", recorded_at=NOON, offence_class="SEXUAL", officer_in_case="DC1"),
        crime(NOON, "C-2", **rape),
        crime(NOON + 2 * DAY, "C-2", recorded_at=NOON, offence_code="N100/01", **rape),
        crime(NOON + 3 * DAY, "C-3"),
        crime(NOON + 4 * DAY, "C-4", offence_code="N100/01", offence_class="RAPE"),
    ) == [("DC1", True), ("DC1", True), ("P1", False)]


def test_an_officers_crimes_are_one_share_whoever_reclassified_them() -> None:
    """The role on the record is that of whoever reclassified it, who is not named; the officer's is not known."""
    officer = {"officer_in_case": "DC1", "recorded_at": NOON}
    tallies = decision_tallies(
        [
            context(
                crime(NOON, "C-1", offence_class="RAPE", **officer),
                crime(NOON + DAY, "C-1", offence_class="SEXUAL", reclassified_role="FCR", **officer),
                crime(NOON, "C-2", **officer),
            )
        ],
        ALWAYS,
    )
    share = share_of("DC1", *(one for one in tallies if one.kind == "RECLASSIFIED"))
    assert (share.taken, share.against, share.designated) == (2, 1, False)


@pytest.mark.parametrize(
    ("report", "decider"),
    [
        (incident(NOON, disposition="NOT_A_CRIME", attending_officer="P7", call_handler="H1"), "P7"),
        (incident(NOON, disposition="DUPLICATE", call_handler="H1"), "H1"),
        (referral(NOON, decision="NOT_A_CRIME"), None),
        (protection_report(NOON, decision="EXEMPT"), None),
        (asb_report(NOON, decision="NOT_A_CRIME"), None),
    ],
)
def test_every_kind_of_report_may_be_said_to_be_no_crime(report: Snapshot, decider: str | None) -> None:
    """By whoever its system names, where it names anybody."""
    assert decided("NOT_CRIMED", report) == [(decider, True)]


def test_a_report_with_a_crime_is_answered_otherwise_and_one_that_is_open_not_at_all() -> None:
    """A delay decides nothing, and neither does CRIMED without a crime."""
    assert decided("NOT_CRIMED", incident(NOON, attending_officer="P7"), crime(NOON, incident_refs=("I-1",))) == [
        ("P7", False)
    ]
    for disposition in (None, "DELAYED", "CRIMED"):
        assert not decided("NOT_CRIMED", incident(NOON, disposition=disposition))


def test_what_people_assess_is_theirs() -> None:
    """No crime, or some; the report itself stays its officer's."""
    given_by = {"assessed_by": "S1", "rationale": "civil"}
    assert decided("NOT_CRIMED", incident(NOON), assessment(NOON + HOUR, crimes=0, **given_by)) == [("S1", True)]
    assert decided("NOT_CRIMED", incident(NOON), assessment(NOON + HOUR, crimes=1, **given_by)) == [("S1", False)]


def test_a_rape_is_recorded_as_a_crime_or_as_a_reported_incident() -> None:
    """Of other crimes there is no such choice."""
    assert decided(
        "N100",
        crime(NOON, "C-1", offence_class="RAPE", recorded_by="P1"),
        crime(NOON + HOUR, "C-2", offence_class="RAPE", offence_code="N100/02", recorded_by="P2"),
        crime(NOON, "C-3"),
    ) == [("P1", False), ("P2", True)]


@pytest.mark.parametrize(
    ("at", "month", "at_month_end"),
    [
        ("2026-03-28 23:59", "2026-03", 0),  # the 28th in London, where clocks go forward on the 29th
        ("2026-03-29 00:00", "2026-03", 1),
        ("2026-03-31 22:59", "2026-03", 1),
        ("2026-03-31 23:00", "2026-04", 0),  # April, in London
        ("2024-02-27 00:00", "2024-02", 1),  # of 29 days
        ("2026-02-25 23:59", "2026-02", 0),
        ("2026-02-26 00:00", "2026-02", 1),
    ],
)
def test_a_decision_is_of_its_local_month_and_perhaps_of_its_last_three_days(
    at: str, month: str, at_month_end: int
) -> None:
    """To the minute."""
    known = context(no_crime(at))
    (found,) = [one for one in decision_tallies([known], ALWAYS) if one.kind == "CANCELLED"]
    assert (found.month, found.at_month_end) == (month, at_month_end)
    assert decision_tallies([known], Period(ms(at), ms(at) + 1))
    assert not decision_tallies([known], Period(ms(at) + 1, ALWAYS.end))


@given(histories())
def test_each_occasion_is_in_one_decider_one_team_and_one_month(history: list[Snapshot]) -> None:
    """So each of the three adds up to all of them, and none is against more often than it was taken."""
    known = context(*history, clock=END)
    taken: list[CrimeDecision] = list(crime_decisions(known))
    tallies = decision_tallies([known], ALWAYS)
    for by in DECIDED_BY:
        shares = decider_shares(tallies, by)
        assert sum(share.taken for share in shares) == len(taken)
        assert sum(share.against for share in shares) == sum(decision.against for decision in taken)
        for share in shares:
            assert 0 <= share.at_month_end <= share.against <= share.taken
            low, high = share.limits
            assert low <= share.rate <= high


# -- what it is compared with --------------------------------------------------------------------------------------


def test_a_share_stands_beside_the_forces_with_its_interval_and_the_limits_of_chance() -> None:
    """Nine of ten where the others cancel one of ten each."""
    others = [tally(f"O{number}") for number in range(30)]
    high = share_of("A", tally(against=9), *others)
    assert (high.taken, high.against) == (10, 9)
    assert high.rate == pytest.approx(39 / 310)
    assert high.interval == wilson(9, 10)
    assert high.limits == funnel_limits(10, high.rate)
    assert (high.outside, share_of("O1", tally(against=9), *others).outside) == ("ABOVE", None)
    assert share_of("B", tally("B", 1_000, 0), *others, tally(against=9)).outside == "BELOW"


def test_those_whose_work_it_is_are_compared_with_each_other() -> None:
    """By decider alone: a team's and a month's share is beside the whole force's."""
    registrar, officer = tally("F1", 40, 40, designated=True), tally("P1", 60, 0)
    assert (share_of("F1", registrar, officer).rate, share_of("P1", registrar, officer).rate) == (1.0, 0.0)
    assert share_of("", tally("", 50, 50), officer).rate == 1.0
    (team,) = decider_shares([registrar, officer], "TEAM")
    assert (team.rate, team.designated) == (0.4, False)


def test_a_month_end_is_marked_where_more_is_decided_than_days_explain() -> None:
    """Three days of thirty-one are expected to hold a tenth of them."""
    even = share_of("A", tally(taken=100, against=62, at_month_end=6))
    assert even.month_end_rate == pytest.approx(3 / 31)
    assert (even.month_end_share, even.month_end_outside) == (6 / 62, None)
    assert share_of("A", tally(taken=100, against=62, at_month_end=30)).month_end_outside == "ABOVE"
    none = share_of("A", tally(against=0))
    assert (none.month_end_share, none.month_end_outside, none.month_end_rate) == (None, None, 0.0)


def test_a_share_is_written_with_everything_that_it_is_compared_with() -> None:
    """Nobody named is null, not a name."""
    (by_decider, *_) = every_share([tally("", 10, 10, at_month_end=10)])
    assert share_fields(by_decider) == {
        "force": FORCE,
        "kind": "CANCELLED",
        "by": "decider",
        "value": None,
        "designated": False,
        "against": 10,
        "taken": 10,
        "share": 1.0,
        "low": 0.7225,
        "high": 1.0,
        "force_rate": 1.0,
        "limit_low": 1.0,
        "limit_high": 1.0,
        "outside": None,
        "at_month_end": 10,
        "month_end_share": 1.0,
        "month_end_expected": 0.0968,
        "month_end_outside": "ABOVE",
    }
