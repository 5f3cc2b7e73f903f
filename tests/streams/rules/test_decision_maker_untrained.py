"""decision-maker-untrained: whoever decides was trained for it at that time."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.records import Snapshot
from tests.streams.world import crime, disposal, no_crime, run, training

RULE = "decision-maker-untrained"
RECORDED = "2016-03-10 09:00"
DECIDED = "2016-03-11 09:00"
NO_CRIME = "NO_CRIME|2016-03-11T09:00:00.000Z"


def recorded(*courses: Snapshot, **stated: Any) -> str | None:
    """Judge a crime recorded by P1."""
    return run(*courses, crime(RECORDED, **stated), until=RECORDED).status(RULE, "RECORDING")


def decided(*courses: Snapshot, **stated: Any) -> str | None:
    """Judge a no-crime decision by F1."""
    return run(*courses, no_crime(DECIDED, **stated), until=DECIDED).status(RULE, NO_CRIME)


def reviewed(*courses: Snapshot, **stated: Any) -> str | None:
    """Judge a disposal reviewed by V1."""
    fields = {"issued_at": RECORDED, "reviewed_at": "2016-03-11 09:00", "reviewed_by": "V1", **stated}
    return run(*courses, disposal("2016-03-11 10:00", **fields), until="2016-03-11 10:00").status(RULE, "REVIEW")


@pytest.mark.parametrize(
    ("course", "status"),
    [("NCRS", None), ("HOCR", None), ("NSIR", "BREACHED"), ("AVI_ROBBERY", "BREACHED"), ("DISPOSALS", "BREACHED")],
)
def test_recording_and_no_crime_decisions_need_ncrs_or_hocr(course: str, status: str | None) -> None:
    """Either will do; no other does."""
    assert recorded(training("2015-01-01", "P1", course)) == status
    assert decided(training("2015-01-01", "F1", course)) == status


def test_somebody_without_any_record_is_untrained() -> None:
    """As is whoever is not named at all, even if records were kept under no name."""
    assert recorded() == "BREACHED"
    assert decided() == "BREACHED"
    assert reviewed() == "BREACHED"
    nameless = training("2015-01-01", " ", "DISPOSALS")
    assert reviewed(nameless, reviewed_by=None) == "BREACHED"
    assert reviewed(nameless, reviewed_by=" ") == "BREACHED"


@pytest.mark.parametrize(
    ("course", "status"), [("AVI_ROBBERY", None), ("NCRS", "BREACHED"), ("HOCR", "BREACHED")]
)  # fmt: skip
def test_a_robbery_is_no_crimed_only_by_whoever_learned_what_information_it_takes(
    course: str, status: str | None
) -> None:
    """HMIC's first recommendation; recording a robbery needs what any recording needs."""
    assert decided(training("2015-01-01", "F1", course), offence_class="ROBBERY") == status
    assert recorded(training("2015-01-01", "P1", "NCRS"), offence_class="ROBBERY") is None


@pytest.mark.parametrize(("course", "status"), [("DISPOSALS", None), ("NCRS", "BREACHED"), ("HOCR", "BREACHED")])
def test_a_review_of_a_disposal_needs_its_own_course(course: str, status: str | None) -> None:
    """HMIC: there was "no specific training" for it."""
    assert reviewed(training("2015-01-01", "V1", course)) == status


@pytest.mark.parametrize(
    ("completed_at", "expires_at", "status"),
    [
        ("2016-03-10 08:59:59.999", None, None),
        ("2016-03-10 09:00", None, None),
        ("2016-03-10 09:00:00.001", None, "BREACHED"),
        ("2013-01-01", "2016-03-10 08:59:59.999", "BREACHED"),
        ("2013-01-01", "2016-03-10 09:00", None),
        ("2013-01-01", "2016-03-10 09:00:00.001", None),
    ],
)
def test_training_holds_from_completion_through_expiry(
    completed_at: str, expires_at: str | None, status: str | None
) -> None:
    """Both ends included, to the millisecond."""
    course = training("2016-01-01", "P1", completed_at=completed_at, expires_at=expires_at)
    assert recorded(course) == status


def test_a_course_taken_again_fills_the_gap_only_from_then_on() -> None:
    """Two records of one course; between them nothing holds."""
    courses = [
        training("2013-01-01", "P1", expires_at="2016-01-01"),
        training("2016-03-10 08:00", "P1", expires_at="2019-01-01"),
    ]
    assert recorded(*courses) is None
    assert recorded(courses[0]) == "BREACHED"


def test_a_training_record_entered_late_clears_every_decision_it_covers() -> None:
    """The course was taken in time and only entered late; the three decisions of one person are all judged again."""
    snapshots = [
        crime(RECORDED, recorded_by="m 1"),
        no_crime(DECIDED, decided_by="M-1"),
        disposal("2016-03-11 10:00", issued_at=RECORDED, reviewed_at="2016-03-11 09:30", reviewed_by="M/1"),
        training("2016-03-20", "M1", "NCRS", completed_at="2015-01-01"),
        training("2016-03-21", "m.1", "NCRS", completed_at="2015-01-01"),
        training("2016-03-22", "M 1", "DISPOSALS", completed_at="2015-01-01"),
    ]
    parts = ("RECORDING", NO_CRIME, "REVIEW")
    right, wrong = "CLEARED REMEDIED", "BREACHED"

    def at(until: str) -> list[str | None]:
        outcome = run(*snapshots, until=until)
        return [outcome.status(RULE, part) for part in parts]

    assert at("2016-03-20") == [wrong, wrong, wrong]
    assert at("2016-03-21") == [right, right, wrong]
    assert at("2016-03-22") == [right, right, right]


def test_a_training_record_corrected_is_judged_again() -> None:
    """An expiry entered afterwards takes effect when it is saved."""
    course = {"completed_at": "2013-01-01"}
    outcome = run(
        training("2013-01-01", "P1", **course),
        crime(RECORDED),
        training("2016-03-12", "P1", expires_at="2016-01-01", **course),
        until="2016-03-12",
    )
    assert outcome.course(RULE, "RECORDING") == ["2016-03-12T00:00:00.000Z BREACHED"]


def test_the_recording_is_judged_by_the_time_first_stated() -> None:
    """Dating the record forward past a course does not make its maker trained."""
    outcome = run(
        crime(RECORDED),
        training("2016-03-11", "P1"),
        crime("2016-03-12", recorded_at="2016-03-12"),
        until="2016-03-12",
    )
    assert outcome.status(RULE, "RECORDING") == "BREACHED"


@pytest.mark.parametrize(
    "stated",
    [
        {"status": "CANCELLED"},
        {"status": "TRANSFERRED"},
        {"offence_code": "N100/01"},
        {"offence_code": "N200/01"},
        {"offence_code": "300/01"},
    ],
)
def test_only_a_recording_that_stands_is_looked_at(stated: dict[str, str]) -> None:
    """Rules about a crime look at records RECORDED now and not coded N100, N200 or N300."""
    assert recorded(**stated) is None
    outcome = run(crime(RECORDED), crime("2016-03-12", recorded_at=RECORDED, **stated), until="2016-03-12")
    assert outcome.status(RULE, "RECORDING") == "WITHDRAWN CORRECTED"


def test_a_no_crime_decision_is_looked_at_whatever_became_of_the_crime() -> None:
    """Each decision by its own decided_at; cancelled is what a crime is after one."""
    outcome = run(
        crime(RECORDED),
        no_crime(DECIDED, offence_class="SEXUAL"),
        no_crime("2016-03-12 09:00"),
        training("2016-03-12 08:00", "F1"),
        crime("2016-03-13", recorded_at=RECORDED, status="CANCELLED"),
        until="2016-03-14",
    )
    alert = outcome.alert(RULE, NO_CRIME)
    assert alert is not None
    assert (alert.status, alert.offence_class) == ("BREACHED", "SEXUAL")
    assert outcome.status(RULE, "NO_CRIME|2016-03-12T09:00:00.000Z") is None


def test_a_disposal_not_reviewed_has_no_decision_to_look_at() -> None:
    """That nobody reviewed it is another rule's."""
    assert reviewed(reviewed_at=None, reviewed_by=None) is None


def test_a_review_without_a_time_is_judged_from_the_snapshot_that_names_the_reviewer() -> None:
    """Where the record gives no time, the snapshot since which it is so stands for it."""
    in_time = training("2016-03-11 10:00", "V1", "DISPOSALS")
    too_late = training("2016-03-11 10:00", "V1", "DISPOSALS", completed_at="2016-03-11 10:00:00.001")
    assert reviewed(in_time, reviewed_at=None) is None
    assert reviewed(too_late, reviewed_at=None) == "BREACHED"


def test_a_review_stays_untrained_when_the_disposal_is_rescinded() -> None:
    """Rescinding meets what is asked of the disposal; the review was still made by somebody untrained."""
    assert reviewed(rescinded_at="2016-03-11 09:30") == "BREACHED"


def test_the_facts_say_which_course_was_wanted_and_name_nobody() -> None:
    """Whoever books the course looks the maker up in the record."""
    alert = run(crime(RECORDED, recorded_by="P-77"), until=RECORDED).alert(RULE, "RECORDING")
    assert alert is not None
    assert [fact.value for fact in alert.facts] == ["RECORDING", "2016-03-10T09:00:00.000Z", "HOCR or NCRS"]
