"""rape-recorded-by-specialist: from April 2013 the first officer records a rape."""

from __future__ import annotations

from typing import Any

import pytest

from tests.streams.world import crime, run

RULE = "rape-recorded-by-specialist"


def recorded(event_time: str = "2016-03-10 09:00", **stated: Any) -> str | None:
    """Judge a rape recorded by a specialist unless stated otherwise."""
    fields = {"offence_class": "RAPE", "recorded_by_role": "SPECIALIST", **stated}
    return run(crime(event_time, **fields), until=event_time).status(RULE)


@pytest.mark.parametrize(
    ("role", "status"),
    [("ATTENDING_OFFICER", None), ("CALL_HANDLER", None), ("SPECIALIST", "BREACHED"), ("OTHER", "BREACHED")],
)
def test_the_attending_officer_or_the_call_handler_records(role: str, status: str | None) -> None:
    """Anybody else came later, and it waited for them."""
    assert recorded(recorded_by_role=role) == status


@pytest.mark.parametrize(
    ("recorded_at", "status"),
    [("2013-03-31 22:59:59.999", None), ("2013-03-31 23:00", "BREACHED"), ("2013-03-31 23:00:00.001", "BREACHED")],
)
def test_the_policy_began_at_midnight_in_leicester(recorded_at: str, status: str | None) -> None:
    """1 April 2013 began at 23:00 UTC: the clocks had gone forward the day before."""
    assert recorded(recorded_at) == status


def test_the_first_stated_time_of_recording_says_whether_the_policy_held() -> None:
    """Dating the record back afterwards moves nothing."""
    fields = {"offence_class": "RAPE", "recorded_by_role": "SPECIALIST"}
    outcome = run(
        crime("2013-04-02", **fields), crime("2013-04-03", recorded_at="2013-03-30", **fields), until="2013-04-03"
    )
    assert outcome.status(RULE) == "BREACHED"


@pytest.mark.parametrize(
    "stated",
    [
        {"offence_class": "SEXUAL"},
        {"status": "CANCELLED"},
        {"status": "TRANSFERRED"},
        {"offence_code": "N100/01"},
        {"offence_code": "N200/01"},
        {"offence_code": "300/01"},
    ],
)
def test_only_a_rape_that_stands_recorded_is_looked_at(stated: dict[str, str]) -> None:
    """Another class, a cancelled record and a reported incident are none."""
    assert recorded(**stated) is None


def test_a_role_entered_wrongly_is_corrected_and_a_reclassified_crime_withdrawn() -> None:
    """The newest snapshot says what is so."""
    first = crime("2016-03-10 09:00", offence_class="RAPE", recorded_by_role="SPECIALIST")
    correct = crime("2016-03-10 10:00", recorded_at="2016-03-10 09:00", offence_class="RAPE")
    other = crime(
        "2016-03-10 10:00", recorded_at="2016-03-10 09:00", offence_class="SEXUAL", recorded_by_role="SPECIALIST"
    )
    assert run(first, correct, until="2016-03-10 10:00").status(RULE) == "CLEARED REMEDIED"
    assert run(first, other, until="2016-03-10 10:00").status(RULE) == "WITHDRAWN CORRECTED"
