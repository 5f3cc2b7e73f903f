"""Suggested crimes: what a probable link rests on, and when there is none."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.products import Candidate
from schemas.records import Crime, Incident, Snapshot
from streams.engine.changes import Changes
from streams.engine.monitor import Monitor
from tests.streams.world import BUILT_IN, FORCE, crime, incident, link, ms

REPORTED = "2016-03-10 09:00"
SAME: dict[str, Any] = {
    "victim_token": "v1",
    "beat": "B4",
    "location": "12 High Street, Oadby",
    "occurred_at": "2016-03-10 08:30",
}


def changes(*snapshots: Snapshot, until: str) -> Changes:
    """Run snapshots through a monitor and return all that changed."""
    monitor = Monitor(FORCE, BUILT_IN)
    for snapshot in snapshots:
        monitor.apply(snapshot, 0)
    monitor.advance(ms(until))
    return monitor.drain()


def suggested(*snapshots: Snapshot, until: str = "2016-03-11 10:00") -> list[Candidate]:
    """Return what is suggested in the end."""
    candidates = changes(*snapshots, until=until).candidates.values()
    return [candidate for candidate in candidates if candidate is not None and candidate.subject_system != "CIS"]


def report(**stated: Any) -> Incident:
    """Return a burglary reported that nobody recorded."""
    return incident(REPORTED, crimes_expected=1, offence_class="BURGLARY", **{**SAME, **stated})


def unlinked(ref: str = "C-1", **stated: Any) -> Crime:
    """Return a burglary recorded that same morning, linked to nothing."""
    return crime("2016-03-10 11:00", ref, offence_class="BURGLARY", **{**SAME, **stated})


def test_the_crime_of_the_same_victim_and_place_is_suggested() -> None:
    """A crime that agrees in everything is suggested, with what it agrees in and no value of it."""
    (candidate,) = suggested(report(), unlinked())
    assert candidate.crime_ref == "C-1"
    assert candidate.probability > 0.99
    assert candidate.reasons == (
        "same victim",
        "same offence class",
        "same beat",
        "same place",
        "same time",
        "recorded within six hours",
    )


def test_a_crime_that_differs_in_everything_is_not_suggested() -> None:
    """Chance nearness in time makes no suggestion."""
    other = unlinked(victim_token="v2", beat="Z9", location="1 Mill Lane, Loughborough", occurred_at="2016-02-01 08:30")
    assert suggested(report(), other) == []


def test_a_crime_linked_to_another_report_is_not_suggested() -> None:
    """What belongs to one report is no candidate for the next."""
    other = incident(REPORTED, "I-2", crimes_expected=1, offence_class="BURGLARY", **SAME)
    assert suggested(report(), other, unlinked(incident_refs=("I-2",))) == []


def test_a_crime_that_cites_a_report_nobody_holds_is_suggested() -> None:
    """A mistyped reference links nothing, so the crime is still to be found."""
    (candidate,) = suggested(report(), unlinked(incident_refs=("I-2",)))
    assert candidate.crime_ref == "C-1"


def test_a_crime_that_cites_another_report_which_contradicts_it_is_suggested() -> None:
    """A mistyped reference often is another report's; what the two state tells."""
    stated = {"victim_token": "v9", "beat": "Z9", "location": "1 Mill Lane, Loughborough", "crimes_expected": 0}
    other = incident("2016-03-10 03:00", "I-2", occurred_at="2016-03-01 03:00", **stated)
    cited = unlinked(incident_refs=("I-2",), reported_at=REPORTED)
    assert [candidate.crime_ref for candidate in suggested(report(), other, cited)] == ["C-1"]


def test_a_person_who_links_the_two_is_never_doubted() -> None:
    """Whoever confirms a link knows more than the records state."""
    stated = {"victim_token": "v9", "beat": "Z9", "location": "1 Mill Lane, Loughborough", "crimes_expected": 0}
    other = incident("2016-03-10 03:00", "I-2", occurred_at="2016-03-01 03:00", **stated)
    cited = unlinked(incident_refs=("I-2",), reported_at=REPORTED)
    assert suggested(report(), other, cited, link("2016-03-10 12:00", ref="I-2")) == []


@pytest.mark.parametrize(
    ("cited", "words"),
    [
        ("LP 0123 10/03/2016", "the crime cites this report's number, written otherwise"),
        ("XX-20160310-0123", "the crime cites this report's number, written otherwise"),
        ("LP-20160310-0132", "the crime cites a number like this report's"),
        ("LP-20160310-123", "the crime cites this report's number, written otherwise"),
        ("LP-20160310-01123", "the crime cites a number like this report's"),
        ("LP-20160322-0123", "the crime cites this report's serial number under another day or year"),
    ],
)
@pytest.mark.parametrize("field", ["incident_refs", "referral_refs", "asb_refs"])
def test_a_mistyped_reference_is_evidence(cited: str, words: str, field: str) -> None:
    """However it is mistyped, and in whichever system's field."""
    opened = incident(REPORTED, "LP-20160310-0123", crimes_expected=1, beat="B4")
    found = crime("2016-03-10 11:00", "CR/012345/16", beat="B4", **{field: (cited,)})
    (candidate,) = suggested(opened, found)
    assert words in candidate.reasons
    assert candidate.probability > 0.5


def test_a_report_that_mistypes_its_crime_has_it_suggested_for_every_alert() -> None:
    """For the crime it misses, and for the reference that CIS does not hold."""
    opened = incident(REPORTED, "LP-20160310-0123", crimes_expected=1, beat="B4", crime_refs=("CR/012354/16",))
    found = crime("2016-03-10 11:00", "CR/012345/16", beat="B4")
    candidates = suggested(opened, found)
    assert [candidate.crime_ref for candidate in candidates] == ["CR/012345/16"] * 2
    assert {candidate.probable[0].weights[-1].field for candidate in candidates} == {"report_cites"}


def test_up_to_three_crimes_are_named_with_each_fields_weight() -> None:
    """The most probable first; what speaks against one is said too."""
    alike = [unlinked(f"C-{number}", victim_token=None) for number in range(1, 6)]
    (candidate,) = suggested(report(), unlinked("C-9", victim_token="v2"), *alike, until="2016-03-11 09:30")
    assert [probable.ref for probable in candidate.probable] == ["C-1", "C-2", "C-3"]
    assert candidate.probability < 0.34
    assert all(weight.weight > 0 for weight in candidate.probable[0].weights)
    (other,) = suggested(report(), unlinked(beat="B9"), until="2016-03-11 09:30")
    assert [(one.field, one.weight > 0) for one in other.probable[0].weights if one.field == "beat"] == [
        ("beat", False)
    ]


def test_the_more_probable_of_two_is_suggested() -> None:
    """Of several only the best is named."""
    (candidate,) = suggested(report(), unlinked("C-1", victim_token=None, location=None), unlinked("C-2"))
    assert candidate.crime_ref == "C-2"


def test_a_cancelled_crime_is_not_suggested() -> None:
    """Only a crime that stands recorded could be linked."""
    cancelled = crime("2016-03-10 12:00", offence_class="BURGLARY", status="CANCELLED", **SAME)
    assert suggested(report(), unlinked(), cancelled) == []


@pytest.mark.parametrize("recorded", ["2016-03-08 11:00", "2016-03-26 11:00"])
def test_a_crime_recorded_too_far_from_the_report_is_not_looked_at(recorded: str) -> None:
    """Crimes from a day before to two weeks after the report are looked at, and no others."""
    far = crime(recorded, offence_class="BURGLARY", **SAME)
    assert suggested(report(), far, until="2016-03-27 00:00") == []


def test_a_suggestion_is_deleted_with_its_alert() -> None:
    """Once the crime is linked the alert misses none, and the suggestion is deleted."""
    linked = incident(
        "2016-03-11 09:30",
        reported_at=REPORTED,
        crimes_expected=1,
        offence_class="BURGLARY",
        crime_refs=("C-1",),
        **SAME,
    )
    monitor = Monitor(FORCE, BUILT_IN)
    for snapshot in (report(), unlinked(), linked):
        monitor.apply(snapshot, 0)
    monitor.advance(ms("2016-03-11 08:00"))
    before = monitor.drain().candidates
    monitor.advance(ms("2016-03-11 10:00"))
    after = monitor.drain().candidates
    assert [candidate is not None for candidate in before.values()] == [True]
    assert after == dict.fromkeys(before)
