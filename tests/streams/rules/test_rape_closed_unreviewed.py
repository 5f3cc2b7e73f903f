"""rape-closed-unreviewed: who may reviews a rape before it is closed, as of the day it was closed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.streams.world import crime, ms, policy, run

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


# -- closed from 2026-04-01 ------------------------------------------------------------------------------------------

MIDNIGHT = ms("2026-03-31 23:00")
"""In London."""
REVIEWERS = ("DI", "DCI", "INSPECTOR", "INDEPENDENT", "DEPUTY_FCR", "FCR")
NOBODY: dict[str, Any] = {"oversight_di": None, "closure_reviewed_by": None, "closure_reviewed_role": None}


@pytest.mark.parametrize("role", REVIEWERS)
@pytest.mark.parametrize("field", ["closure_reviewed_role", "outcome_role"])
def test_an_inspector_or_the_registrars_people_close_it(role: str, field: str) -> None:
    """CRR p22, Rape and High-risk DA; either field counts, and no overseeing inspector is asked for."""
    assert closed(closed_at=MIDNIGHT, **{**NOBODY, field: role}) is None


@pytest.mark.parametrize(
    "stated",
    [
        {},
        {"closure_reviewed_role": "OTHER"},
        {"oversight_di": "DI1"},
        *({"outcome_role": role} for role in ("OFFICER", "SUPERVISOR", "DDM", "OTHER")),
    ],
)
def test_others_do_not(stated: dict[str, Any]) -> None:
    """Nor does an overseeing inspector stand for the review."""
    assert closed(closed_at=MIDNIGHT, **{**NOBODY, **stated}) == "BREACHED"


@pytest.mark.parametrize(("offset", "expected"), [(-1, "BREACHED"), (0, None), (1, None)])
@pytest.mark.parametrize(
    "stated",
    [
        {**NOBODY, "closure_reviewed_role": "DCI"},
        {"closure_reviewed_role": "INSPECTOR"},
        {"closure_reviewed_role": None, "outcome_role": "DCI"},
    ],
)
def test_what_is_asked_is_that_of_the_day_it_was_closed(
    stated: dict[str, Any], offset: int, expected: str | None
) -> None:
    """To the millisecond, whenever it was recorded; a correction of the day is judged by the day it says."""
    assert closed(closed_at=MIDNIGHT + offset, **stated) == expected
    recorded = "2026-03-10 09:00"
    first = crime(recorded, **{**IN_ORDER, **stated, "closed_at": MIDNIGHT - 1})
    corrected = crime("2026-03-11 09:00", recorded_at=recorded, **{**IN_ORDER, **stated, "closed_at": MIDNIGHT})
    assert run(first, corrected, until="2026-06-01").status(RULE) == "CLEARED REMEDIED"
    back = crime("2026-03-12 09:00", recorded_at=recorded, **{**IN_ORDER, **stated, "closed_at": MIDNIGHT - 1})
    assert run(first, corrected, back, until="2026-06-01").status(RULE) == "BREACHED"


def test_the_facts_show_the_role_that_gave_the_outcome() -> None:
    """In place of the oversight, which is not asked for."""
    snapshot = crime("2026-04-10 09:00", **{**IN_ORDER, **NOBODY, "closed_at": MIDNIGHT, "outcome_role": "OFFICER"})
    alert = run(snapshot, until="2026-04-11").alert(RULE)
    assert alert is not None
    assert {fact.name: fact.value for fact in alert.facts} == {
        "recorded_at": "2026-04-10T09:00:00.000Z",
        "closed_at": "2026-03-31T23:00:00.000Z",
        "closure_reviewed_role": "not stated",
        "outcome_role": "OFFICER",
    }


@pytest.mark.parametrize(
    ("lacks", "expected"),
    [
        (("closure_reviewed_role", "outcome_role"), None),
        (("closure_reviewed_role",), "BREACHED"),
        (("outcome_role",), "BREACHED"),
    ],
)
def test_it_is_not_judged_where_cis_holds_neither_role(lacks: tuple[str, ...], expected: str | None) -> None:
    """Of the two together: one that is held says that nobody did."""
    book = policy(f'[lacks]\n"cis.crimes.v1" = {list(lacks)}'.replace("'", '"'))
    snapshot = crime("2026-04-10 09:00", **{**IN_ORDER, **NOBODY, "closed_at": MIDNIGHT})
    assert run(snapshot, until="2026-04-11", book=book).status(RULE) == expected
