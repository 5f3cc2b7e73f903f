"""other-force-unconfirmed: an incident passed on stays open until the other force gives its crime number."""

from __future__ import annotations

from typing import Any

import pytest

from tests.streams.world import incident, run

RULE = "other-force-unconfirmed"


def closed(**stated: Any) -> str | None:
    """Judge an incident saved closed at nine."""
    return run(incident("2016-03-10 09:00", status="CLOSED", **stated), until="2016-03-10 09:00").status(RULE)


def test_it_is_breached_at_once_when_closed_without_the_crime_number() -> None:
    """The other force is named, its reference is not."""
    assert closed(other_force="NOTTS") == "BREACHED"


def test_a_crime_number_is_enough() -> None:
    """The other force has recorded it."""
    assert closed(other_force="NOTTS", other_force_crime_ref="31/7788/16") is None


@pytest.mark.parametrize("blank", ["", "  "])
def test_blank_text_is_no_crime_number(blank: str) -> None:
    """A field that somebody tabbed through says nothing."""
    assert closed(other_force="NOTTS", other_force_crime_ref=blank) == "BREACHED"


@pytest.mark.parametrize("nobody", [None, "", " "])
def test_an_incident_that_went_nowhere_is_not_looked_at(nobody: str | None) -> None:
    """Without another force there is nobody to confirm anything."""
    assert closed(other_force=nobody) is None


def test_an_open_incident_still_waits() -> None:
    """Leicestershire keeps it open until the number comes."""
    assert run(incident("2016-03-10 09:00", other_force="NOTTS"), until="2016-06-10").status(RULE) is None


def test_the_number_clears_it_and_re_opening_withdraws_it() -> None:
    """Both put it right: the one by an answer, the other by waiting for it again."""
    first = incident("2016-03-10 09:00", status="CLOSED", other_force="NOTTS")
    answered = incident(
        "2016-03-10 10:00",
        reported_at="2016-03-10 09:00",
        status="CLOSED",
        other_force="NOTTS",
        other_force_crime_ref="31/7788/16",
    )
    reopened = incident("2016-03-10 10:00", reported_at="2016-03-10 09:00", other_force="NOTTS")
    assert run(first, answered, until="2016-03-10 09:59:59.999").status(RULE) == "BREACHED"
    assert run(first, answered, until="2016-03-10 10:00").status(RULE) == "CLEARED REMEDIED"
    assert run(first, reopened, until="2016-03-10 10:00").status(RULE) == "WITHDRAWN CORRECTED"
