"""Which of the crimes linked to a report count: seen through crime-not-recorded, which wants one or two."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.identifiers import IncidentRef
from schemas.records import Snapshot
from streams.engine.monitor import Monitor
from streams.obligations.counting import counting_crimes
from tests.streams.world import DAY, FORCE, HOUR, MINUTE, Outcome, crime, incident, ms, no_crime, policy, run

RULE = "crime-not-recorded"
NOON = "2016-03-10 12:00"
DUE = ms(NOON) + 24 * HOUR
GONE = "2016-03-14 12:00"
"""When the crime is cancelled or transferred: long after the limit."""
UNTIL = "2016-04-10"
LINKED: dict[str, Any] = {"incident_refs": ("I-1",)}


def recorded(ref: str = "C-1", **stated: Any) -> Snapshot:
    """Return a crime recorded and linked in time."""
    return crime(ms(NOON) + HOUR, ref, **{**LINKED, **stated})


def cancelled(ref: str = "C-1", at: str | int = GONE, status: str = "CANCELLED", **stated: Any) -> Snapshot:
    """Return the same crime, no longer RECORDED."""
    return crime(at, ref, recorded_at=ms(NOON) + HOUR, status=status, **{**LINKED, **stated})


def watched(*snapshots: Snapshot, wanted: int = 1) -> Outcome:
    """Return what is said of an incident that disclosed ``wanted`` crimes at NOON."""
    return run(incident(NOON, crimes_expected=wanted), *snapshots, until=UNTIL)


# -- without a decision --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["CANCELLED", "TRANSFERRED"])
def test_a_crime_gone_without_a_decision_counts_on_for_24_hours(status: str) -> None:
    """Until cancelled-without-decision is breached, in the very millisecond."""
    outcome = watched(recorded(), cancelled(status=status))
    assert outcome.course(RULE) == ["2016-03-15T12:00:00.001Z BREACHED"]
    assert outcome.course("cancelled-without-decision") == ["2016-03-15T12:00:00.001Z BREACHED"]


@pytest.mark.parametrize("status", ["CANCELLED", "TRANSFERRED"])
def test_without_a_feed_of_decisions_a_crime_gone_counts_on(status: str) -> None:
    """Nothing can say then that it was cancelled without one; whether a report was recorded is judged all the same."""
    book = policy('[installation]\nfeeds = ["storm.incidents.v1", "cis.crimes.v1"]')
    unrecorded = incident(NOON, "I-2", crimes_expected=1)
    outcome = run(
        incident(NOON, crimes_expected=1), unrecorded, recorded(), cancelled(status=status), until=UNTIL, book=book
    )
    finals = outcome.final.values()
    assert ("I-2", RULE, "BREACHED") in {(alert.subject_ref, alert.rule_id, alert.status) for alert in finals}
    assert [alert.rule_id for alert in finals if alert.subject_ref != "I-2"] == []


def test_a_sound_decision_in_those_24_hours_keeps_it_counting() -> None:
    """Cancelled rightly: the report was recorded."""
    assert watched(recorded(), cancelled(), no_crime(ms(GONE) + 24 * HOUR)).history(RULE) == []


def test_a_flawed_decision_ends_its_counting_at_once() -> None:
    """The 24 hours are for crimes without any decision."""
    outcome = watched(recorded(), cancelled(), no_crime(ms(GONE) + HOUR, rationale=None))
    assert outcome.course(RULE) == ["2016-03-14T13:00:00.000Z BREACHED"]


def test_a_sound_decision_after_those_24_hours_makes_it_count_again() -> None:
    """It had been recorded in time all along."""
    outcome = watched(recorded(), cancelled(), no_crime(ms(GONE) + 2 * DAY))
    assert outcome.course(RULE) == [
        "2016-03-15T12:00:00.001Z BREACHED",
        "2016-03-16T12:00:00.000Z WITHDRAWN MET_IN_TIME",
    ]


def test_restoring_the_crime_makes_it_count_again() -> None:
    """RECORDED counts, whatever was decided."""
    outcome = watched(recorded(), cancelled(), no_crime(GONE, avi=()), recorded_again(ms(GONE) + DAY))
    assert outcome.course(RULE) == [
        "2016-03-14T12:00:00.000Z BREACHED",
        "2016-03-15T12:00:00.000Z WITHDRAWN MET_IN_TIME",
    ]


def recorded_again(at: int, ref: str = "C-1") -> Snapshot:
    """Return the crime restored."""
    return crime(at, ref, recorded_at=ms(NOON) + HOUR, **LINKED)


def test_cancelling_it_again_gives_it_24_hours_again() -> None:
    """The grace runs from the snapshot since which it is gone."""
    outcome = watched(recorded(), cancelled(), recorded_again(ms(GONE) + 12 * HOUR), cancelled(at=ms(GONE) + 20 * HOUR))
    assert outcome.course(RULE) == ["2016-03-16T08:00:00.001Z BREACHED"]


def test_a_crime_cancelled_before_it_was_linked_counts_for_what_is_left_of_the_24_hours() -> None:
    """The link may come any time; the grace does not start again with it."""
    outcome = watched(cancelled(incident_refs=()), cancelled(at=ms(GONE) + 23 * HOUR))
    assert outcome.course(RULE)[-2:] == [
        "2016-03-15T11:00:00.000Z WITHDRAWN MET_IN_TIME",
        "2016-03-15T12:00:00.001Z BREACHED",
    ]


# -- with decisions ------------------------------------------------------------------------------------------------


def test_the_newest_decision_by_decided_at_is_the_one_that_counts() -> None:
    """Saved earlier, but decided later: it is the newest."""
    earlier, later = "2016-03-14 13:00", "2016-03-14 14:00"
    sound_is_newest = (no_crime(GONE, decided_at=later), no_crime(ms(GONE) + DAY, decided_at=earlier, avi=()))
    assert watched(recorded(), cancelled(), *sound_is_newest).history(RULE) == []
    flawed_is_newest = (no_crime(GONE, decided_at=later, avi=()), no_crime(ms(GONE) + DAY, decided_at=earlier))
    assert watched(recorded(), cancelled(), *flawed_is_newest).course(RULE) == ["2016-03-14T12:00:00.000Z BREACHED"]


@pytest.mark.parametrize(
    "stated",
    [{"decided_by_role": "SERGEANT"}, {"independent": None}, {"avi": ()}, {"rationale": " "}],
    ids=["without authority", "not independent", "without information", "without rationale"],
)
def test_a_decision_that_raises_either_no_crime_rule_does_not_count(stated: dict[str, Any]) -> None:
    """Unauthorised or unsupported: the report stands unrecorded."""
    assert watched(recorded(), cancelled(), no_crime(GONE, **stated)).status(RULE) == "BREACHED"


def test_correcting_the_decision_makes_the_crime_count_again() -> None:
    """Its missing rationale is entered a day later."""
    outcome = watched(
        recorded(), cancelled(), no_crime(GONE, rationale=None), no_crime(ms(GONE) + DAY, decided_at=GONE)
    )
    assert outcome.status(RULE) == "WITHDRAWN MET_IN_TIME"


def test_a_decision_on_a_recorded_crime_takes_nothing_away() -> None:
    """While CIS shows it RECORDED it counts."""
    assert watched(recorded(), no_crime(GONE, avi=())).history(RULE) == []


# -- duplicates (C3) -----------------------------------------------------------------------------------------------


def duplicate(ref: str, of: str, at: str | int = GONE) -> Snapshot:
    """Return the decision that a crime duplicates another."""
    return no_crime(at, ref, reason="C3", duplicate_of=of)


def test_under_c3_the_duplicated_crime_stands_in_with_its_own_recorded_at() -> None:
    """It was recorded an hour late, so now the report was."""
    original = crime(DUE + HOUR, "C-2")
    outcome = watched(recorded(), original, cancelled(), duplicate("C-1", "c/2"))
    alert = outcome.alert(RULE)
    assert alert is not None
    assert (alert.status, alert.reason, alert.lateness_ms) == ("CLEARED", "RECORDED_LATE", HOUR)


def test_a_crime_counts_on_where_the_feed_does_not_hold_which_one_it_duplicates() -> None:
    """Nobody can say which crime stands in its place, and nothing is raised for what the feed lacks."""
    snapshots = (incident(NOON, crimes_expected=1), recorded(), cancelled(), no_crime(GONE, reason="C3"))
    assert run(*snapshots, until=UNTIL).status(RULE) == "BREACHED"
    monitor = Monitor(FORCE, policy('[lacks]\n"cis.no-crimes.v1" = ["duplicate_of"]'))
    for snapshot in snapshots:
        monitor.apply(snapshot, snapshot.event_time)
    monitor.advance(ms(UNTIL))
    assert [alert.rule_id for alert in monitor.drain_alerts() if alert.rule_id == RULE] == []
    context = monitor.context
    assert [crime.ref for crime in counting_crimes(context.facts.incidents[IncidentRef("I-1")], context)] == ["C-1"]


def test_a_crime_and_its_duplicate_count_once() -> None:
    """Both linked, two wanted: there is one."""
    outcome = watched(recorded("C-1"), recorded("C-2"), cancelled("C-1"), duplicate("C-1", "C-2"), wanted=2)
    assert outcome.status(RULE) == "BREACHED"


def test_the_stand_in_is_judged_the_same_way() -> None:
    """The crime it duplicates was itself cancelled: soundly, on nothing, or as a duplicate of a third."""
    story = [
        recorded(),
        crime(NOON, "C-2"),
        cancelled(),
        duplicate("C-1", "C-2"),
        crime(GONE, "C-2", status="CANCELLED"),
    ]
    assert watched(*story, no_crime(GONE, "C-2")).status(RULE) is None
    assert watched(*story, no_crime(GONE, "C-2", avi=())).status(RULE) == "BREACHED"
    assert watched(*story, duplicate("C-2", "C-3"), crime(NOON, "C-3")).status(RULE) is None
    assert watched(*story, duplicate("C-2", "C-3")).status(RULE) == "BREACHED"
    assert watched(*story).course(RULE) == ["2016-03-15T12:00:00.001Z BREACHED"]


def test_in_a_circle_none_counts() -> None:
    """Each duplicates the other, or three in a ring."""
    two = [
        recorded("C-1"),
        recorded("C-2"),
        cancelled("C-1"),
        cancelled("C-2"),
        duplicate("C-1", "C-2"),
        duplicate("C-2", "C-1"),
    ]
    assert watched(*two).status(RULE) == "BREACHED"
    three = [
        *(recorded(ref) for ref in ("C-1", "C-2", "C-3")),
        *(cancelled(ref) for ref in ("C-1", "C-2", "C-3")),
        duplicate("C-1", "C-2"),
        duplicate("C-2", "C-3"),
        duplicate("C-3", "C-1"),
    ]
    assert watched(*three).status(RULE) == "BREACHED"


def test_breaking_the_circle_makes_both_ends_count() -> None:
    """The other crime is restored, a day later: nothing was linked to it."""
    outcome = watched(
        recorded("C-1"),
        crime(NOON, "C-2"),
        cancelled("C-1"),
        crime(GONE, "C-2", status="CANCELLED"),
        duplicate("C-1", "C-2"),
        duplicate("C-2", "C-1"),
        crime(ms(GONE) + DAY, "C-2", recorded_at=NOON),
    )
    assert outcome.course(RULE) == [
        "2016-03-14T12:00:00.000Z BREACHED",
        "2016-03-15T12:00:00.000Z WITHDRAWN MET_IN_TIME",
    ]


@pytest.mark.parametrize("change", ["cancelled", "n100"])
def test_what_becomes_of_the_stand_in_reaches_the_report(change: str) -> None:
    """Two steps away: nothing linked changed, only the crime that stands in."""
    later = ms(GONE) + DAY
    changes: dict[str, list[Snapshot]] = {
        "cancelled": [crime(later, "C-3", status="CANCELLED"), no_crime(later, "C-3", avi=())],
        "n100": [crime(later, "C-3", offence_code="N100/01")],
    }
    outcome = watched(
        recorded("C-1"),
        crime(NOON, "C-2"),
        crime(NOON, "C-3"),
        cancelled("C-1"),
        crime(GONE, "C-2", status="CANCELLED"),
        duplicate("C-1", "C-2"),
        duplicate("C-2", "C-3"),
        *changes[change],
    )
    assert outcome.course(RULE) == ["2016-03-15T12:00:00.000Z BREACHED"]


# -- N100, N200 and N300 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["N100/01", "N200/01", "200/04", "N300", "300 / 05"])
def test_a_reported_incident_is_no_crime(code: str) -> None:
    """Linked to an incident that is not of rape it meets nothing."""
    assert watched(recorded(offence_code=code)).status(RULE) == "BREACHED"


@pytest.mark.parametrize("code", ["N200/01", "N300/01"])
def test_only_a_record_under_n100_disposes_of_an_incident_of_rape(code: str) -> None:
    """A reported incident of another kind answers no report."""
    rape = incident(NOON, crimes_expected=1, offence_class="RAPE")
    assert run(rape, recorded(offence_code=code, offence_class="RAPE"), until=UNTIL).status(RULE) == "BREACHED"


@pytest.mark.parametrize("code", ["N200/01", "N300/01"])
def test_a_crime_recoded_as_a_reported_incident_counts_no_more(code: str) -> None:
    """And counts again once it is coded as a crime."""
    outcome = watched(
        recorded(),
        crime(ms(NOON) + 5 * DAY, recorded_at=NOON, offence_code=code, **LINKED),
        crime(ms(NOON) + 6 * DAY, recorded_at=NOON, **LINKED),
    )
    assert outcome.course(RULE) == [
        "2016-03-15T12:00:00.000Z BREACHED",
        "2016-03-16T12:00:00.000Z WITHDRAWN MET_IN_TIME",
    ]


def test_a_crime_that_duplicates_a_reported_incident_does_not_count() -> None:
    """Nothing stands in its place."""
    outcome = watched(
        recorded("C-1", status="CANCELLED"),
        crime(NOON, "C-2", offence_code="N300/01"),
        no_crime(NOON, "C-1", reason="C3", duplicate_of="C-2"),
    )
    assert outcome.status(RULE) == "BREACHED"


def test_a_record_under_n100_disposes_of_an_incident_of_rape() -> None:
    """As the disposition N100 would, whatever number of crimes was expected, at its recorded_at."""
    rape = incident(NOON, crimes_expected=2, offence_class="RAPE")
    in_time = recorded(offence_code="n100/01", offence_class="RAPE")
    assert run(rape, in_time, until=UNTIL).history(RULE) == []
    late = crime(DUE + HOUR, offence_code="N100/01", offence_class="RAPE", **LINKED)
    alert = run(rape, late, until=UNTIL).alert(RULE)
    assert alert is not None
    assert (alert.status, alert.reason, alert.lateness_ms) == ("CLEARED", "DISPOSED_LATE", HOUR)


def test_where_the_crimes_are_linked_they_are_what_counts_whatever_else_is_there() -> None:
    """Disposed of in time under N100, but then recorded late as a crime: recorded late it is."""
    outcome = run(
        incident(NOON, crimes_expected=1, offence_class="RAPE"),
        recorded("C-1", offence_code="N100/01", offence_class="RAPE"),
        crime(DUE + HOUR, "C-2", offence_class="RAPE", **LINKED),
        until=UNTIL,
    )
    assert outcome.status(RULE) == "CLEARED RECORDED_LATE"


def test_too_few_crimes_do_not_stand_in_the_way_of_a_disposition() -> None:
    """One of two is recorded late; a valid disposition in time meets the obligation."""
    outcome = run(
        incident(NOON, crimes_expected=2),
        incident(
            ms(NOON) + MINUTE,
            reported_at=NOON,
            crimes_expected=2,
            disposition="NOT_A_CRIME",
            disposition_rationale="x",
            reporter_informed=True,
        ),
        crime(DUE + HOUR, **LINKED),
        until=UNTIL,
    )
    assert outcome.history(RULE) == []


# -- what CIS holds ------------------------------------------------------------------------------------------------


def test_a_crime_that_cis_does_not_hold_does_not_count() -> None:
    """A reference on the incident is only a promise."""
    cited = incident(NOON, crimes_expected=1, crime_refs=("C-1",))
    assert run(cited, no_crime(NOON), until=UNTIL).status(RULE) == "BREACHED"
