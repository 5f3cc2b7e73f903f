"""Crimes recorded, of those identified: a share where nearly all is known, and bounds where it is not."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.records import Crime, Incident, Snapshot
from streams.engine.monitor import Monitor
from streams.reports.figure import Bounds, Figure, Period
from streams.reports.figures import figures
from tests.streams.world import DAY, FORCE, HOUR, MINUTE, assessment, crime, incident, ms, policy

NOON = ms("2016-03-10 12:00")
MARCH = Period(ms("2016-03-01"), ms("2016-03-31 23:00"))
LACKING = policy('[lacks]\n"storm.incidents.v1" = ["crimes_expected"]')
RECORDED = "Incidents: crimes recorded, of those identified"


def figure(*snapshots: Snapshot, label: str = RECORDED, clock: int = NOON + 60 * DAY) -> Figure:
    """Return one figure of a force whose STORM does not hold how many crimes a report discloses."""
    monitor = Monitor(FORCE, LACKING)
    for snapshot in snapshots:
        monitor.apply(snapshot, snapshot.event_time)
    monitor.advance(clock)
    (one,) = (figure for figure in figures([monitor.context], MARCH) if figure.label == label)
    return one


def reported(number: int, **stated: Any) -> Incident:
    """Return one of several incidents."""
    return incident(NOON + number * MINUTE, f"I-{number}", **stated)


def recorded(number: int, of: int) -> Crime:
    """Return a crime recorded in time for one of the incidents."""
    return crime(NOON + HOUR + number, f"C-{number}", incident_refs=(f"I-{of}",))


def test_bounds_take_what_is_not_known_for_nothing_or_for_unrecorded_crimes() -> None:
    """F 1 of O 2 recorded, r 1 crime of a report that nobody judged, N 2 reports without one: 2/5 to 2/3."""
    found = figure(
        *(reported(number, crimes_expected=1) for number in (1, 2)),
        *(reported(number) for number in (3, 4, 5)),
        recorded(1, of=1),
        recorded(3, of=3),
    )
    assert (found.found, found.of, found.not_known) == (1, 2, 2)
    assert found.bounds == Bounds(2 / 5, 2 / 3)


@pytest.mark.parametrize(("judged", "share"), [(19, True), (18, False)])
def test_a_share_is_given_up_to_five_percent_not_known(judged: int, share: bool) -> None:
    """One report of twenty is five percent of all; one of nineteen is more."""
    known = [reported(number, crimes_expected=1) for number in range(judged)]
    found = figure(*known, reported(50))
    assert (found.bounds is None) is share
    assert (found.of, found.not_known) == (judged, 1)


def test_a_report_that_nobody_judged_weighs_in_the_five_percent_though_a_crime_counts_for_it() -> None:
    """It is none of N, and its crime is r."""
    known = [reported(number, crimes_expected=1) for number in range(3)]
    found = figure(*known, recorded(0, of=0), reported(9), recorded(9, of=9))
    assert (found.not_known, found.bounds) == (0, Bounds(2 / 4, 2 / 4))


@pytest.mark.parametrize(
    ("stated", "not_known"),
    [
        ({"opening_code": "ADMIN", "closing_code": "TEST"}, 0),
        ({"opening_code": "ADMIN"}, 0),
        ({"opening_code": "ADMIN", "closing_code": " "}, 0),
        ({"opening_code": "VIOLENCE", "closing_code": "TEST"}, 1),
        ({"opening_code": "ADMIN", "closing_code": "CIVIL"}, 1),
        ({"opening_code": "ADMIN", "closing_code": "VIOLENCE"}, 0),
        ({"disposition": "NOT_A_CRIME", "disposition_rationale": "x", "reporter_informed": True}, 1),
        ({"crimes_expected": 0}, 0),
    ],
)
def test_what_makes_a_report_known(stated: dict[str, Any], not_known: int) -> None:
    """Two codes of no report, a crime's closing code, or a stated number; no disposition, which is what is tested."""
    assert figure(reported(1, **stated)).not_known == not_known


@pytest.mark.parametrize(("crimes", "known"), [(0, True), (2, True), (None, False)])
def test_an_assessment_makes_a_report_known(crimes: int | None, known: bool) -> None:
    """By whoever gave it, where it states a number."""
    found = figure(reported(1), assessment(NOON + HOUR, crimes=crimes))
    assert (found.of, found.not_known) == (crimes or 0, int(not known))


def test_a_number_that_was_stated_once_is_known() -> None:
    """The source said so, whatever it says now."""
    assert figure(reported(1, crimes_expected=0), incident(NOON + HOUR, "I-1", reported_at=NOON)).not_known == 0


@pytest.mark.parametrize(("past", "not_known"), [(0, 0), (1, 1)])
def test_a_report_may_be_unknown_up_to_its_limit(past: int, not_known: int) -> None:
    """From the millisecond after."""
    assert figure(reported(0), clock=NOON + DAY + past).not_known == not_known


def test_where_nothing_is_identified_all_is_possible() -> None:
    """Between none and all."""
    assert figure(reported(1)).bounds == Bounds(0.0, 1.0)


def test_a_crime_of_a_report_said_to_disclose_none_is_of_no_identified_one() -> None:
    """It is r, above and below the line."""
    found = figure(reported(1, crimes_expected=0), recorded(1, of=1), reported(2, crimes_expected=1), reported(3))
    assert (found.found, found.of, found.bounds) == (0, 1, Bounds(1 / 3, 1 / 2))


@pytest.mark.parametrize(
    ("bounds", "words"), [((0.25, 1.0), "between 25.0% and 100.0%"), ((0.0, 0.0), "0.0% in any case")]
)
def test_bounds_that_are_one_are_written_once(bounds: tuple[float, float], words: str) -> None:
    """Whatever those that are not known turn out to be, the share stays what it is."""
    assert Bounds(*bounds).in_words() == words
