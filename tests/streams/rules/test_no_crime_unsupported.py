"""no-crime-unsupported: a recorded crime was cancelled or transferred on nothing that can be shown."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.records import VerifiableInformation
from tests.streams.world import AVI, UNVERIFIED_AVI, crime, no_crime, policy, run

RULE = "no-crime-unsupported"
NOON = "2016-03-10 12:00"
UNTIL = "2016-03-20"


@pytest.mark.parametrize("reason", ["NO_CRIME", "C2"])
@pytest.mark.parametrize(
    ("stated", "supported"),
    [
        ({}, True),
        ({"avi": UNVERIFIED_AVI}, True),
        ({"avi": ()}, False),
        ({"rationale": None}, False),
        ({"rationale": "\n "}, False),
        ({"offence_class": "ROBBERY", "avi": AVI}, True),
        ({"offence_class": "ROBBERY", "avi": UNVERIFIED_AVI}, False),
        ({"offence_class": "ROBBERY", "avi": UNVERIFIED_AVI + AVI}, True),
        ({"offence_class": "ROBBERY", "avi": (VerifiableInformation(kind="x", detail="y", verified_by=" "),)}, False),
    ],
)
def test_no_crime_and_c2_rest_on_verifiable_information_and_a_rationale(
    reason: str, stated: dict[str, Any], supported: bool
) -> None:
    """For robbery somebody must have verified it."""
    outcome = run(no_crime(NOON, reason=reason, **stated), until=UNTIL)
    assert outcome.status(RULE) == (None if supported else "BREACHED")


@pytest.mark.parametrize(
    ("stated", "supported"),
    [
        ({"reason": "C1", "receiving_ref": "N/1"}, True),
        ({"reason": "C1"}, False),
        ({"reason": "C1", "receiving_ref": " "}, False),
        ({"reason": "C1", "receiving_force": "NOTTS"}, False),
        ({"reason": "C4"}, True),
        ({"reason": "C4", "avi": ()}, True),
        ({"reason": "C4", "rationale": " "}, False),
        ({"reason": "C4", "rationale": None}, False),
        ({"reason": "C5", "offence_code": "8N"}, True),
        ({"reason": "C5", "offence_code": "104"}, True),
        ({"reason": "C5", "offence_code": "105a"}, True),
        ({"reason": "C5", "offence_code": "28E"}, False),
        ({"reason": "C5", "offence_code": None}, False),
        ({"reason": "C5", "offence_code": "8N", "rationale": None, "avi": ()}, True),
    ],
)
def test_each_other_reason_rests_on_its_own(stated: dict[str, Any], supported: bool) -> None:
    """C1 a reference, C4 a rationale, C5 an assault of a class on the list."""
    assert run(no_crime(NOON, **stated), until=UNTIL).status(RULE) == (None if supported else "BREACHED")


def test_the_alert_is_high_and_told_apart_by_decided_at() -> None:
    """Also of a rape: only no-crime-unauthorised is critical then."""
    alert = run(no_crime(NOON, offence_class="RAPE", avi=()), until=UNTIL).alert(RULE)
    assert alert is not None
    assert (alert.severity, alert.discriminator) == ("HIGH", "2016-03-10T12:00:00.000Z")
    assert (alert.subject_system, alert.due_at) == ("CIS", None)


def test_c5_falls_back_on_the_code_of_the_crime_itself() -> None:
    """Where the decision states no code."""
    assert run(crime(NOON, offence_code="8N"), no_crime(NOON, reason="C5"), until=UNTIL).history(RULE) == []
    assert run(crime(NOON, offence_code="39"), no_crime(NOON, reason="C5"), until=UNTIL).status(RULE) == "BREACHED"


def test_the_codes_of_c5_are_policy() -> None:
    """A force's own list."""
    book = policy('[rules]\nself_defence_codes = ["39"]')
    outcome = run(no_crime(NOON, reason="C5", offence_code="39"), until=UNTIL, book=book)
    assert outcome.history(RULE) == []


@pytest.mark.parametrize("duplicate_of", [None, " ", "C-1", "c/1", "C-9"])
def test_c3_needs_another_crime_that_cis_holds(duplicate_of: str | None) -> None:
    """Neither none, nor itself, nor one unknown."""
    outcome = run(crime(NOON), no_crime(NOON, reason="C3", duplicate_of=duplicate_of), until=UNTIL)
    assert outcome.status(RULE) == "BREACHED"


def test_c3_is_right_once_cis_holds_the_other() -> None:
    """Breached until the other crime arrives, whatever its status."""
    outcome = run(
        no_crime(NOON, reason="C3", duplicate_of="c 2"),
        crime("2016-03-10 13:00", "C-2", status="CANCELLED"),
        until=UNTIL,
    )
    assert outcome.course(RULE) == ["2016-03-10T12:00:00.000Z BREACHED", "2016-03-10T13:00:00.000Z CLEARED REMEDIED"]


def test_it_is_put_right_as_no_crime_unauthorised_is() -> None:
    """By a newer decision without flaw, by correction, or by the crime being restored."""
    wrong = no_crime(NOON, avi=())
    newer = no_crime("2016-03-11 12:00")
    correction = no_crime("2016-03-11 12:00", decided_at=NOON)
    restored = (crime("2016-03-10 13:00", status="TRANSFERRED"), crime("2016-03-11 12:00"))
    for right in ((newer,), (correction,), restored):
        assert run(wrong, *right, until=UNTIL).course(RULE)[-1] == "2016-03-11T12:00:00.000Z CLEARED REMEDIED"


def test_a_newer_decision_without_authority_puts_nothing_right() -> None:
    """Without either flaw is what is asked."""
    newer = no_crime("2016-03-11 12:00", decided_by_role="OFFICER")
    outcome = run(no_crime(NOON, avi=()), newer, until=UNTIL)
    assert outcome.status(RULE, "2016-03-10T12:00:00.000Z") == "BREACHED"
