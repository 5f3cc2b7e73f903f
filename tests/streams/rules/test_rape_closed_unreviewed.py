"""rape-closed-unreviewed: a detective inspector oversees, and a chief inspector reviews before closing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.streams.world import crime, run

RULE = "rape-closed-unreviewed"
IN_ORDER: dict[str, Any] = {
    "offence_class": "RAPE",
    "closed_at": "2016-06-01 12:00",
    "oversight_di": "DI1",
    "closure_reviewed_by": "DCI1",
    "closure_reviewed_role": "DCI",
}


def closed(**stated: Any) -> str | None:
    """Judge a rape closed in order unless stated otherwise."""
    return run(crime("2016-03-10 09:00", **{**IN_ORDER, **stated}), until="2016-03-10 09:00").status(RULE)


def test_a_rape_overseen_and_reviewed_may_be_closed() -> None:
    """Both are on the record."""
    assert closed() is None


@pytest.mark.parametrize(
    "missing",
    [
        {"oversight_di": None},
        {"oversight_di": " "},
        {"closure_reviewed_role": None, "closure_reviewed_by": None},
        {"closure_reviewed_role": "DI"},
        {"closure_reviewed_role": "OTHER"},
    ],
)
def test_either_missing_is_a_breach_at_once(missing: dict[str, str | None]) -> None:
    """The inspector's oversight without the chief inspector's review is as little as the reverse."""
    assert closed(**missing) == "BREACHED"


@pytest.mark.parametrize(
    "stated",
    [
        {"closed_at": None},
        {"offence_class": "SEXUAL"},
        {"status": "CANCELLED"},
        {"status": "TRANSFERRED"},
        {"offence_code": "N100/01"},
        {"offence_code": "N200/01"},
        {"offence_code": "300/01"},
    ],
)
def test_only_a_closed_rape_that_stands_recorded_is_looked_at(stated: dict[str, str | None]) -> None:
    """An open investigation may still be reviewed."""
    assert closed(oversight_di=None, **stated) is None


def test_the_review_clears_it_and_re_opening_withdraws_it() -> None:
    """Each from the snapshot that shows it."""
    unreviewed: dict[str, Any] = {**IN_ORDER, "closure_reviewed_role": "DI"}
    recorded = "2016-03-10 09:00"
    first = crime(recorded, **unreviewed)
    reviewed = crime("2016-06-02", recorded_at=recorded, **IN_ORDER)
    reopened = crime("2016-06-02", recorded_at=recorded, **{**unreviewed, "closed_at": None})
    assert run(first, reviewed, until="2016-06-01").status(RULE) == "BREACHED"
    assert run(first, reviewed, until="2016-06-02").status(RULE) == "CLEARED REMEDIED"
    assert run(first, reopened, until="2016-06-02").status(RULE) == "WITHDRAWN CORRECTED"


def test_the_facts_name_no_officer() -> None:
    """They say that oversight is there, not whose."""
    alert = run(crime("2016-03-10 09:00", **{**IN_ORDER, "closure_reviewed_role": "DI"}), until="2016-03-11").alert(
        RULE
    )
    assert alert is not None
    facts = {fact.name: fact.value for fact in alert.facts}
    assert facts["overseen_by_di"] == "yes"
    assert not {"DI1", "DCI1"} & set(facts.values())
