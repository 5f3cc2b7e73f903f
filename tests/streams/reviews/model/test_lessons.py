"""What reports teach a model: those that nobody read what became of them, the others what was said."""

from __future__ import annotations

import msgspec
import pytest

from schemas.records import Snapshot
from streams.engine.monitor import Monitor
from streams.reviews.model.lessons import Lesson, lessons
from streams.reviews.model.marks import marks_of
from tests.streams.world import (
    BUILT_IN,
    FORCE,
    Time,
    asb_report,
    assessment,
    crime,
    incident,
    ms,
    protection_report,
    referral,
)

NOON, EVENING = "2016-03-10 12:00", "2016-03-10 18:00"
NEXT_NOON = "2016-03-11 12:00"
WEEKS_LATER = "2016-03-25 12:00"
RECORDED = crime(NEXT_NOON, incident_refs=("I-1",))


def taught(*snapshots: Snapshot, until: Time = WEEKS_LATER) -> list[Lesson]:
    """Return the lessons of these snapshots at a moment."""
    monitor = Monitor(FORCE, BUILT_IN)
    for snapshot in snapshots:
        monitor.apply(snapshot, snapshot.event_time)
    monitor.advance(ms(until))
    return list(lessons(monitor.context))


def answers(*snapshots: Snapshot, until: Time = WEEKS_LATER) -> list[bool | None]:
    """Return whether each state that nobody read was answered by itself."""
    return [lesson.answered for lesson in taught(*snapshots, until=until) if lesson.read_as is None]


def readings(*snapshots: Snapshot, until: Time = WEEKS_LATER) -> list[str | None]:
    """Return what was said of each report that was read."""
    return [lesson.read_as for lesson in taught(*snapshots, until=until) if lesson.read_as is not None]


def test_a_report_whose_crime_comes_by_itself_teaches_that() -> None:
    """It is asked at nine each morning; once the crime is there it teaches no more."""
    assert answers(incident(NOON), RECORDED) == [True]


def test_one_that_nothing_becomes_of_teaches_that_once_in_each_state() -> None:
    """After a day, after three: another state each time, until it changes no more."""
    assert answers(incident(NOON)) == [False, False, False]


def test_a_log_closed_under_a_crimes_code_is_answered() -> None:
    """An alert names it, so nobody need find it; it waits all the same, and that state teaches it too."""
    closed = incident(NEXT_NOON, reported_at=NOON, status="CLOSED", closing_code="VIOLENCE")
    assert answers(incident(NOON, opening_code="CONCERN"), closed) == [True, True, True]


def test_what_may_still_be_answered_teaches_nothing() -> None:
    """A week is waited for each state."""
    assert answers(incident(NOON), until="2016-03-18 08:59") == []
    assert answers(incident(NOON), until="2016-03-18 09:00") == [False]


@pytest.mark.parametrize(
    "known",
    [incident(NOON, crimes_expected=1), incident(NOON, opening_code="ADMIN"), incident(NOON, crimes_expected=0)],
)
def test_what_nobody_need_judge_teaches_nothing(known: Snapshot) -> None:
    """Its source says what it is."""
    assert taught(known) == []


@pytest.mark.parametrize("crimes", [0, 1])
def test_what_became_of_a_report_that_somebody_read_teaches_nothing_of_what_comes_by_itself(crimes: int) -> None:
    """Reading it may be why its crime was recorded."""
    assert answers(incident(NOON), assessment(EVENING, crimes=crimes), RECORDED) == []


def test_a_state_long_before_the_reading_teaches_what_came_by_itself() -> None:
    """A week of it passed unread."""
    assert answers(incident(NOON), assessment("2016-03-18 10:00", crimes=0)) == [False]


def test_what_people_say_teaches() -> None:
    """No crime; a crime that is not recorded in a week; one that is, or may yet be."""
    assert readings(incident(NOON), assessment(EVENING, crimes=0)) == ["NO_CRIME"]
    assert readings(incident(NOON), assessment(EVENING)) == ["CRIME"]
    assert readings(incident(NOON), assessment(EVENING), RECORDED) == ["CRIME_ANSWERED"]
    assert readings(incident(NOON), assessment(EVENING), until=NEXT_NOON) == ["CRIME_ANSWERED"]


def test_what_is_taken_back_teaches_nothing() -> None:
    """As if it had never been said."""
    given = assessment(EVENING)
    revoked = msgspec.structs.replace(given, event_id="again", event_time=ms(NEXT_NOON), revoked=True)
    assert readings(incident(NOON), given, revoked) == []


def test_the_marks_of_a_reading_are_those_that_were_read() -> None:
    """What the log says later is not among them."""
    closed = incident(NEXT_NOON, reported_at=NOON, status="CLOSED", closing_code="CIVIL")
    (lesson,) = (lesson for lesson in taught(incident(NOON), assessment(EVENING), closed) if lesson.read_as)
    assert "closed -" in lesson.marks
    assert "waits under 24 hours, STORM open" in lesson.marks


@pytest.mark.parametrize(
    "report",
    [
        incident(
            NOON, "secret-1", victim_token="secret-2", suspect_token="secret-3", call_handler="secret-4", beat="secret"
        ),
        referral(NOON, "secret-1", victim_token="secret-2"),
        protection_report(NOON, "secret-1", victim_token="secret-2"),
        asb_report(NOON, "secret-1", victim_token="secret-2"),
    ],
    ids=["incident", "referral", "protection", "asb"],
)
def test_marks_hold_no_reference_no_person_and_no_place(report: Snapshot) -> None:
    """A model's file is made of them."""
    monitor = Monitor(FORCE, BUILT_IN)
    monitor.apply(report, report.event_time)
    monitor.advance(ms(EVENING))
    (matter,) = (matter for matter in monitor.context.facts.every_matter() if matter.held)
    marks = marks_of(matter, matter.newest, ms(EVENING), "repeat_victim")
    assert "named again REPEAT_VICTIM" in marks
    assert "received 12-18" in marks
    assert not [mark for mark in marks if "secret" in mark.casefold()]
