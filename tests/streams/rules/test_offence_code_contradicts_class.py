"""offence-code-contradicts-class: the code of a crime is of no offence of its class, or of none at all."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from schemas.codec import Codec
from schemas.products import Alert
from schemas.records import Crime
from tests.streams.world import crime, ms, no_crime, policy, run

RULE = "offence-code-contradicts-class"
MORNING = "2026-04-14 08:00"
LATER = "2026-04-15 08:00"


def recorded(offence_code: str, offence_class: str, **stated: Any) -> str | None:
    """Judge a crime recorded in April 2026 under a code and a class."""
    record = crime(MORNING, offence_code=offence_code, offence_class=offence_class, **stated)
    return run(record, until=MORNING).status(RULE)


def facts(alert: Alert | None) -> dict[str, str]:
    """Return what an alert shows, by name."""
    assert alert is not None
    return {fact.name: fact.value for fact in alert.facts}


@pytest.mark.parametrize("code", ["019/07", "19/7", "19-07", "019-07", "01907", "19D", "19j", "019/07 Rape"])
def test_a_rape_recorded_as_another_class_is_found_however_its_code_is_written(code: str) -> None:
    """019/07 is rape, and so is the category it is counted in."""
    assert recorded(code, "OTHER") == "BREACHED"
    assert recorded(code, "SEXUAL") == "BREACHED"
    assert recorded(code, "RAPE") is None


@pytest.mark.parametrize(
    ("code", "offence_class"),
    [
        ("001/01", "HOMICIDE"),
        ("8N (s47)", "VIOLENCE"),
        ("105A/01", "VIOLENCE"),
        ("8Q", "VIOLENCE"),
        ("106", "MODERN_SLAVERY"),
        ("048/01", "VEHICLE"),
        ("048/01", "THEFT"),
        ("54/1", "OTHER"),
        ("54/1", "THEFT"),
        ("39", "THEFT"),
        ("125/9", "PUBLIC_ORDER"),
        ("053/40", "FRAUD"),
        ("099/99", "OTHER"),
    ],
)
def test_a_class_that_the_codes_offences_have_is_right(code: str, offence_class: str) -> None:
    """Any of several, where the code or its category has several."""
    assert recorded(code, offence_class) is None


@pytest.mark.parametrize("code", ["008/71", "104/25", "8/32"])
def test_an_offence_that_has_ceased_is_in_the_list(code: str) -> None:
    """A crime of former years may be recorded today."""
    assert recorded(code, "PUBLIC_ORDER" if code == "8/32" else "VIOLENCE") is None


@pytest.mark.parametrize("code", ["999/99", "28E", "THEFT", "", " ", "019/99", "8"])
def test_a_code_that_is_in_no_entry_is_wrong_whatever_the_class(code: str) -> None:
    """Nothing says what was done."""
    assert {recorded(code, offence_class) for offence_class in ("THEFT", "BURGLARY", "OTHER")} == {"BREACHED"}


@pytest.mark.parametrize("stated", [{"status": "CANCELLED"}, {"status": "TRANSFERRED"}])
def test_only_a_crime_that_stands_recorded_is_looked_at(stated: dict[str, str]) -> None:
    """What was cancelled counts under no code."""
    assert recorded("019/07", "OTHER", **stated) is None


def test_a_crime_of_which_only_a_decision_is_known_is_not_looked_at() -> None:
    """CIS has not shown the record yet."""
    outcome = run(no_crime(MORNING), until=MORNING)
    assert outcome.history(RULE) == []


@pytest.mark.parametrize("code", ["N100/01", "100/2", "N200", "n300-07", "300", "N100/99"])
def test_a_reported_incident_is_no_crime_and_has_no_class(code: str) -> None:
    """Whatever class its record states."""
    assert recorded(code, "OTHER") is None


def test_a_class_outside_the_vocabulary_is_not_judged() -> None:
    """It is read as OTHER, and the crime remembers that it was not: OTHER itself would be wrong."""
    codec = Codec()
    strange = crime(MORNING, offence_code="019/07", offence_class="PIRACY")
    read = codec.decode(Crime.TOPIC, codec.encode(strange))
    assert isinstance(read, Crime)
    assert read.offence_class == "OTHER"
    assert run(read, until=MORNING).history(RULE) == []
    corrected = msgspec.structs.replace(strange, event_id="later", event_time=ms(LATER), offence_class="THEFT")
    assert run(read, corrected, until=LATER).status(RULE) == "BREACHED"


def test_a_class_becomes_unknown_and_the_alert_is_withdrawn() -> None:
    """What cannot be judged any more is out of scope."""
    wrong = crime(MORNING, offence_code="019/07", offence_class="OTHER")
    unknown = crime(LATER, offence_code="019/07", offence_class="OTHER", offence_class_unknown=True)
    assert run(wrong, unknown, until=LATER).status(RULE) == "WITHDRAWN CORRECTED"


def test_a_corrected_code_or_class_clears_it_and_a_new_contradiction_raises_it_again() -> None:
    """It has no deadline: it is wrong while it is so."""
    wrong = crime(MORNING, offence_code="019/07", offence_class="OTHER")
    by_code = crime(LATER, recorded_at=MORNING, offence_code="099/99", offence_class="OTHER")
    by_class = crime(LATER, recorded_at=MORNING, offence_code="019/07", offence_class="RAPE")
    again = crime("2026-04-16 08:00", recorded_at=MORNING, offence_code="019/07", offence_class="SEXUAL")
    for right in (by_code, by_class):
        assert run(wrong, right, until=LATER).course(RULE) == [
            "2026-04-14T08:00:00.000Z BREACHED",
            "2026-04-15T08:00:00.000Z CLEARED REMEDIED",
        ]
        assert run(wrong, right, again, until="2026-04-16 08:00").status(RULE) == "BREACHED"
    cancelled = crime(LATER, recorded_at=MORNING, offence_code="019/07", offence_class="OTHER", status="CANCELLED")
    assert run(wrong, cancelled, until=LATER).status(RULE) == "WITHDRAWN CORRECTED"


@pytest.mark.parametrize(
    ("recorded_at", "status"),
    [("2026-03-31 22:59:59.999", None), ("2026-03-31 23:00", "BREACHED"), ("2026-03-31 23:00:00.001", "BREACHED")],
)
def test_it_judges_what_is_recorded_from_april_2026(recorded_at: str, status: str | None) -> None:
    """1 April 2026 began at 23:00 UTC; when a snapshot was saved does not matter."""
    stated: dict[str, Any] = {"offence_code": "019/07", "offence_class": "OTHER", "recorded_at": recorded_at}
    assert run(crime(MORNING, **stated), until=MORNING).status(RULE) == status


def test_from_when_it_is_judged_is_policy_and_by_the_first_stated_time_of_recording() -> None:
    """Dating the record forward afterwards moves nothing."""
    old = crime("2016-03-10", offence_code="019/07", offence_class="OTHER")
    dated_on = crime(MORNING, recorded_at=MORNING, offence_code="019/07", offence_class="OTHER")
    book = policy("[rules.judged_from]\noffence-code-contradicts-class = 2016-01-01")
    assert run(old, until=MORNING).status(RULE) is None
    assert run(old, dated_on, until=MORNING).status(RULE) is None
    assert run(old, until=MORNING, book=book).status(RULE) == "BREACHED"


def test_the_alert_says_what_the_code_stands_for_and_which_classes_it_allows() -> None:
    """So that whoever reads it sees which of the two is wrong."""
    alert = run(crime(MORNING, offence_code="8/6", offence_class="THEFT"), until=MORNING).alert(RULE)
    assert alert is not None
    assert (alert.severity, alert.subject_system, alert.due_at, alert.discriminator) == ("MEDIUM", "CIS", None, None)
    assert facts(alert) == {
        "recorded_at": "2026-04-14T08:00:00.000Z",
        "offence_code": "8/6",
        "offence_class": "THEFT",
        "listed_as": "Assault occasioning actual bodily harm",
        "classes_allowed": "VIOLENCE",
    }


@pytest.mark.parametrize(
    ("code", "listed_as", "allowed"),
    [
        ("999/99", "not in the list", "none"),
        ("099/99", "99 Other Notifiable Offences", "OTHER"),
        ("54/1", "Receiving stolen goods", "OTHER, THEFT"),
    ],
)
def test_of_many_offences_the_category_is_named_and_of_none_that_there_is_none(
    code: str, listed_as: str, allowed: str
) -> None:
    """A fact is a line."""
    shown = facts(run(crime(MORNING, offence_code=code, offence_class="RAPE"), until=MORNING).alert(RULE))
    assert (shown["listed_as"], shown["classes_allowed"]) == (listed_as, allowed)
