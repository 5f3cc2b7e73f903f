"""Codes, facts and months in the board's words."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import get_args

import pytest

from dashboards.board.domain import wording
from dashboards.board.domain.date_range import DateRange
from dashboards.board.domain.indicators import months_of
from schemas.products import (
    STATUSES,
    SUBJECT_SYSTEMS,
    ActionKind,
    CaseSystem,
    ClosingReason,
    Fact,
)
from schemas.records import FEEDS
from schemas.times import from_rfc3339
from streams.policy.action_policy import LEVELS
from streams.rules import CATALOGUE

CODED = (
    ("offence_code", "19/7"),
    ("offence_code", "8S"),
    ("offence_code", "999/99"),
    ("opening_code", "39"),
    ("recorded_at", "2026-11-23T18:00:00.000Z"),
)


def test_a_fact_that_is_a_time_is_shown_as_one() -> None:
    """And one that only looks like one is left as it is."""
    assert wording.fact_value("2026-11-23T18:00:00.000Z") == "Mon 23 Nov 2026, 18:00:00 GMT"
    assert wording.fact_value("2026-99-99Z") == "2026-99-99Z"
    assert wording.fact_value("RAPE") == "RAPE"


def test_an_offences_code_is_shown_with_what_it_stands_for() -> None:
    """Where it is in the list; another fact stands as it is."""
    shown = [wording.fact_text(Fact(name=name, value=value)) for name, value in CODED]
    assert shown == [
        "19/7 (Rape of a female aged under 16)",
        "8S (8S Assault with injury on a constable)",
        "999/99",
        "39",
        "Mon 23 Nov 2026, 18:00:00 GMT",
    ]


def test_initials_stay_initials_in_words() -> None:
    """Of fields and of codes; what is no initial begins with a capital at most."""
    fields = ("fcr_oversight_at", "oversight_di", "n100_code", "crimes_expected", "DDM", "DEPUTY_FCR", "RAPE")
    assert [wording.plain(field) for field in fields] == [
        "FCR oversight at",
        "Oversight DI",
        "N100 code",
        "Crimes expected",
        "DDM",
        "Deputy FCR",
        "Rape",
    ]


def test_every_rule_has_words() -> None:
    """A filter names rules by their titles; an unknown one by its id."""
    assert wording.rule_title(CATALOGUE[0].id) == CATALOGUE[0].title
    assert wording.rule_title("rule-of-tomorrow") == "Rule of tomorrow"


def test_months_meet_and_cover_the_period() -> None:
    """Each month begins where the one before it ended, by London's midnights, and the last ends with the period."""
    period = DateRange(date(2026, 3, 15), date(2026, 5, 2))
    months = months_of(period.start, period.end)
    assert [label for label, _ in months] == ["Mar 2026", "Apr 2026", "May 2026"]
    assert months[0][1] == from_rfc3339("2026-03-31T23:00:00Z")
    assert months[-1][1] == period.end == from_rfc3339("2026-05-02T23:00:00Z")


@pytest.mark.parametrize(
    ("discriminator", "text"),
    [("overseen_at", "Overseen at"), ("15", "15"), ("CR/0931/26", "CR/0931/26"), ("8-knife", "8-knife")],
)
def test_what_an_alert_is_about_is_a_field_in_words_or_a_reference_as_it_stands(discriminator: str, text: str) -> None:
    """A reference is never reworded."""
    assert wording.about_text(discriminator) == text


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (wording.ACTIONS, get_args(ActionKind)),
        (wording.REASONS, get_args(ClosingReason)),
        (wording.STATUS_NAMES, STATUSES),
        (wording.SYSTEM_NAMES, (*SUBJECT_SYSTEMS, *get_args(CaseSystem))),
        (wording.LEVELS, LEVELS),
        (wording.FEEDS, FEEDS),
    ],
)
def test_every_value_that_a_page_looks_up_has_words(words: dict[str, str], values: Collection[str]) -> None:
    """One without would make its page fail."""
    assert set(values) <= set(words)
