"""Which reading of a record stands."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.records import AuditReading
from streams.audits.agreement import DoubleReading
from streams.audits.readings import RecordReadings, audits_of, reading_outcome, readings_differ, readings_in_audit
from tests.streams.audits.audited import PLANNED, known
from tests.streams.world import DAY, reading

ORDINARY: dict[str, Any] = {
    "crimes_found": 2,
    "crimes_recorded": 1,
    "in_time": 1,
    "classified_right": 1,
    "offence_classes": ("VIOLENCE", "THEFT"),
}


def first(**stated: Any) -> AuditReading:
    """Return the first reader's reading."""
    return reading(PLANNED, **{**ORDINARY, **stated})


def second(**stated: Any) -> AuditReading:
    """Return the second reader's, who is another person."""
    return first(**{"reader": "SECOND", "read_by": "A2", **stated})


def fcr(**stated: Any) -> AuditReading:
    """Return the registrar's."""
    return first(**{"reader": "FCR", "read_by": "F1", **stated})


def test_the_first_reading_stands_where_there_is_no_second() -> None:
    """A second alone stands for nothing."""
    one = first()
    assert RecordReadings.of([one]).standing is one
    assert RecordReadings.of([second()]).standing is None
    assert RecordReadings.of([]).standing is None
    assert not RecordReadings.of([]).anything


def test_the_first_reading_stands_where_the_second_says_the_same() -> None:
    """The classes in whatever order."""
    one = first()
    both = RecordReadings.of([second(offence_classes=("THEFT", "VIOLENCE")), one])
    assert (both.standing, both.differ) == (one, False)


@pytest.mark.parametrize(
    "other",
    [
        {"crimes_found": 3},
        {"crimes_recorded": 2},
        {"in_time": 0},
        {"classified_right": 0},
        {"offence_classes": ("VIOLENCE", "VIOLENCE")},
        {"offence_classes": ("VIOLENCE",)},
    ],
)
def test_where_two_readers_differ_only_the_registrars_reading_stands(other: dict[str, Any]) -> None:
    """Until then the record is not in."""
    both = [first(), second(**other)]
    assert (RecordReadings.of(both).standing, RecordReadings.of(both).differ) == (None, True)
    ruling = fcr(crimes_found=4)
    assert RecordReadings.of([*both, ruling]).standing is ruling
    assert RecordReadings.of([ruling]).standing is ruling


def test_notes_causes_and_what_a_victim_was_told_make_no_difference() -> None:
    """They count nothing."""
    other = second(note="as I see it", cause="AWAITING", victim_told=True)
    assert not readings_differ(first(), other)


def test_whether_a_record_is_right_makes_a_difference_where_both_say_so() -> None:
    """It is the one question of an N100, a cancellation or a disposal."""
    assert readings_differ(first(right=True), second(right=False))
    assert not readings_differ(first(right=True), second())


def test_a_second_reading_by_who_gave_the_first_is_none() -> None:
    """Nobody reads twice, however they spell their name."""
    again = second(read_by=" a1", crimes_found=3)
    alone = RecordReadings.of([first(), again])
    assert (alone.second, alone.differ) == (None, False)
    assert alone.double_reading() is None


def test_two_readings_are_compared_by_their_outcomes() -> None:
    """For kappa."""
    both = RecordReadings.of([first(), second(crimes_recorded=2)])
    assert both.double_reading() == DoubleReading("NOT_RECORDED", "LATE", differ=True)
    assert reading_outcome(first(crimes_found=0, crimes_recorded=0, in_time=0, classified_right=0)) == (
        "NOT_A_CRIME_RIGHTLY"
    )


def test_a_records_readings_are_found_by_audit() -> None:
    """The newest of each reader, once it is in effect."""
    monitor = known(
        first(ref="I-1", crimes_found=1),
        first(ref="i/1", crimes_found=3, revision=1),
        first(ref="I-1", audit_id="LEICS-INCIDENTS-other-1"),
        reading(PLANNED + DAY, ref="I-1", reader="FCR"),
        clock=PLANNED,
    )
    facts = monitor.context.facts
    audit_id = "leics-incidents-20160301-20160401-0123abcd"
    found = readings_in_audit(facts, ("STORM", "I-1"), audit_id)
    assert found.first is not None
    assert (found.first.crimes_found, found.fcr) == (3, None)
    assert [name for name, _ in audits_of(facts, ("STORM", "I-1"))] == [
        "LEICS-INCIDENTS-20160301-20160401-0123ABCD",
        "LEICS-INCIDENTS-OTHER-1",
    ]
    assert readings_in_audit(facts, ("STORM", "I-2"), audit_id) == RecordReadings()
