"""victim-contract-missing: every victim has a victim care contract within five days."""

from __future__ import annotations

from typing import Any

import pytest

from tests.streams.world import crime, run

RULE = "victim-contract-missing"
RECORDED = "2016-02-27 09:00"
DUE = "2016-03-03 09:00"
"""Five days later: there is a 29 February in between."""


def recorded(until: str, **stated: Any) -> str | None:
    """Judge a crime with a victim; what is stated was saved a week later."""
    return run(
        crime(RECORDED, victim_token="v-1"),
        crime("2016-03-05 09:00", recorded_at=RECORDED, **{"victim_token": "v-1", **stated}),
        until=until,
    ).status(RULE)


def test_it_is_breached_one_millisecond_past_five_days() -> None:
    """The due moment itself is still in time."""
    assert recorded("2016-03-03 08:59:59.999") is None
    assert recorded(DUE) is None
    assert recorded("2016-03-03 09:00:00.001") == "BREACHED"


@pytest.mark.parametrize(
    ("contract_at", "status"), [(DUE, "WITHDRAWN MET_IN_TIME"), ("2016-03-03 09:00:00.001", "CLEARED REMEDIED")]
)
def test_the_time_of_the_contract_says_whether_it_was_in_time(contract_at: str, status: str) -> None:
    """Not when somebody saved it."""
    assert recorded("2016-03-05 09:00", victim_care_contract_at=contract_at) == status


def test_five_days_run_from_the_recording_first_stated() -> None:
    """A record dated forward gains no time."""
    outcome = run(
        crime(RECORDED, victim_token="v-1"),
        crime("2016-02-28", recorded_at="2016-02-28", victim_token="v-1"),
        until="2016-03-03 09:00:00.001",
    )
    assert outcome.status(RULE) == "BREACHED"


@pytest.mark.parametrize("nobody", [None, "", " "])
def test_a_crime_without_a_victim_owes_no_contract(nobody: str | None) -> None:
    """A crime against the state has nobody to contract with."""
    assert run(crime(RECORDED, victim_token=nobody), until="2016-04-01").status(RULE) is None


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
def test_what_is_no_recorded_crime_any_more_is_withdrawn(stated: dict[str, str]) -> None:
    """Rules about a crime look at records RECORDED now and not coded N100, N200 or N300."""
    assert recorded("2016-03-05 09:00", **stated) == "WITHDRAWN CORRECTED"
