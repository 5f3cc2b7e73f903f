"""Figures by route, team, class and reporter: the parts of a kind add up to the whole, and none says what it cannot."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given

from schemas.records import Snapshot
from streams.engine.monitor import Monitor
from streams.facts.context import Context
from streams.reports.figure import ALWAYS
from streams.reports.figures import figures
from streams.reports.parts import (
    DIMENSIONS,
    NOT_STATED,
    WITHOUT_REPORT,
    PartFigures,
    ReportPart,
    part_figures,
    parts,
    parts_by_month,
    together,
)
from streams.reports.recordings import RecordingTotals
from streams.reports.report_figures import NO_RECORDINGS, REPORTED
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
    protection_report,
    referral,
)

NOON = ms("2026-05-10 12:00")
LIMIT = 24 * HOUR
NONE_UNKNOWN = Fraction(1, 20)


def context(*snapshots: Snapshot, clock: int = NOON + 60 * DAY) -> Context:
    """Return what is known of a force at a moment."""
    monitor = Monitor(FORCE, BUILT_IN)
    for snapshot in snapshots:
        monitor.apply(snapshot, snapshot.event_time)
    monitor.advance(clock)
    return monitor.context


def figures_of(*snapshots: Snapshot, by: str = "ROUTE") -> dict[tuple[str, str], PartFigures]:
    """Return the figures of every part by one dimension, by kind and value."""
    of_parts = part_figures(parts([context(*snapshots)], ALWAYS), NONE_UNKNOWN)
    return {(one.part.kind, one.part.value): one for one in of_parts if one.part.by == by}


def shares(one: PartFigures) -> tuple[int, int, int, int]:
    """Return crimes recorded, of those identified, and crimes in time, of those recorded."""
    return (one.recorded.found, one.recorded.of, one.in_time.found, one.in_time.of)


def total(of_parts: list[ReportPart], kind: str, by: str) -> RecordingTotals:
    """Add up the parts of a kind by one dimension."""
    sums = NO_RECORDINGS
    for part in of_parts:
        if (part.kind, part.by) == (kind, by):
            sums = sums.plus(part.totals)
    return sums


@given(histories())
def test_the_parts_add_up_to_the_whole(history: list[Snapshot]) -> None:
    """By whatever they are told apart: to the figures of the kind, and to each other."""
    known = context(*history, clock=END)
    of_parts = parts([known], ALWAYS)
    assert together([*of_parts[1::2], *of_parts[::2]]) == of_parts
    whole = {figure.label: figure for figure in figures([known], ALWAYS)}
    for kind in REPORTED:
        dimensions = {part.by for part in of_parts if part.kind == kind.label}
        for dimension in dimensions:
            sums = total(of_parts, kind.label, dimension)
            identified = whole[f"{kind.label}: crimes identified, of {kind.reviewed}"]
            recorded = whole[f"{kind.label}: crimes recorded, of those identified"]
            in_time = whole[f"{kind.label}: recorded in time"]
            assert (sums.identified, sums.reports, sums.not_known) == (*identified[1:3], identified.not_known)
            assert (sums.recorded, sums.identified - sums.pending) == recorded[1:3]
            assert (sums.in_time, sums.counted) == in_time[1:3]
    assert together(part for _, part in parts_by_month(known)) == of_parts
    without = {total(of_parts, WITHOUT_REPORT, by) for by in DIMENSIONS if by != "REPORTER"}
    assert len(without) == 1


def test_a_report_is_of_the_local_month_that_it_was_received_in() -> None:
    """Whatever became of it later; at midnight in London, not in Greenwich."""
    known = context(incident("2026-05-31 22:59", "I-1"), incident("2026-05-31 23:00", "I-2"))
    by_month = [(month, part.totals.reports) for month, part in parts_by_month(known) if part.by == "ROUTE"]
    assert sorted(by_month) == [("2026-05", 1), ("2026-06", 1)]


def test_every_kind_is_told_apart_by_its_own_route() -> None:
    """The channel, the unit, the kind of form, the partner; and of crimes that nobody reported here, CIS' own."""
    found = figures_of(
        incident(NOON, channel="ONLINE", crimes_expected=1),
        crime(NOON + LIMIT, "C-1", incident_refs=("I-1",)),
        referral(NOON, unit="POLIT", crimes_expected=1),
        crime(NOON + LIMIT + 1, "C-2", referral_refs=("R-1",)),
        protection_report(NOON, kind="SCHOOL", crimes_expected=2),
        crime(NOON, "C-3", referral_refs=("PR-1",)),
        asb_report(NOON, partner="OTHER", crimes_expected=1),
        crime(NOON + LIMIT, "C-4", route="BUREAU", reported_at=NOON),
        crime(NOON + LIMIT + 1, "C-5", route="BUREAU", reported_at=NOON),
    )
    assert {key: shares(one) for key, one in found.items()} == {
        ("Incidents", "ONLINE"): (1, 1, 1, 1),
        ("Referrals", "POLIT"): (1, 1, 0, 1),
        ("Protection reports", "SCHOOL"): (1, 2, 1, 1),
        ("ASB reports", "OTHER"): (0, 1, 0, 0),
        (WITHOUT_REPORT, "BUREAU"): (2, 2, 1, 2),
    }


@pytest.mark.parametrize(
    ("by", "stated"), [("TEAM", {"team": "North"}), ("CLASS", {"offence_class": "RAPE"}), ("REPORTER", {})]
)
def test_incidents_are_told_apart_by_team_class_and_reporter(by: str, stated: dict[str, str]) -> None:
    """As their system says now."""
    value = {"TEAM": "North", "CLASS": "RAPE", "REPORTER": "VICTIM"}[by]
    assert figures_of(incident(NOON, crimes_expected=1, **stated), by=by).keys() == {("Incidents", value)}


def test_no_share_in_time_is_given_of_crimes_whose_report_has_no_time() -> None:
    """It lies between none and all of them."""
    (one,) = figures_of(crime(NOON, "C-1", reported_at=NOON), crime(NOON, "C-2")).values()
    assert shares(one) == (2, 2, 1, 1)
    assert one.in_time.not_known == 1
    assert one.in_time.bounds == (0.5, 1.0)
    assert one.recorded.interval() is None


def test_records_that_are_no_crimes_are_none_without_a_report() -> None:
    """N100, N200 and N300 are reported incidents, and what is cancelled does not stand."""
    codes = ("N100/01", "N200", "N300")
    assert not figures_of(
        *(crime(NOON, f"C-{code}", offence_code=code) for code in codes), crime(NOON, status="CANCELLED")
    )


def test_what_is_not_known_of_reports_without_a_class_widens_the_bounds_of_every_class() -> None:
    """They may belong to any; they are counted once all the same, where they stand."""
    found = figures_of(
        incident(NOON, "I-1", crimes_expected=1, offence_class="THEFT"),
        crime(NOON, "C-1", incident_refs=("I-1",)),
        incident(NOON, "I-2"),
        by="CLASS",
    )
    theft, unstated = found["Incidents", "THEFT"], found["Incidents", NOT_STATED]
    assert (theft.recorded.not_known, unstated.recorded.not_known) == (0, 1)
    assert theft.recorded.bounds == (0.5, 1.0)


def test_a_report_is_in_the_part_of_the_class_that_a_person_states() -> None:
    """An assessment states a class as good as the system does."""
    found = figures_of(incident(NOON), assessment(NOON + HOUR, offence_class="FRAUD"), by="CLASS")
    assert found.keys() == {("Incidents", "FRAUD")}
