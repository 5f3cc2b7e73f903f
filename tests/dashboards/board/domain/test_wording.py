"""Times as London's clocks show them, spans as people say them, references as people type them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.board.domain import wording
from dashboards.board.domain.figures import months_of
from dashboards.board.domain.period import Period
from dashboards.board.domain.references import loose
from schemas.identifiers import normalise
from schemas.times import from_rfc3339
from streams.rules import CATALOGUE

HOUR = 3_600_000


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (0, "0 s"), (59_999, "59 s"), (60_000, "1 min"), (HOUR - 1, "59 min"), (HOUR, "1 h 00 min"),
        (47 * HOUR + 5 * 60_000, "47 h 05 min"), (48 * HOUR - 1, "47 h 59 min"), (48 * HOUR, "2 d 0 h"),
        (-61 * HOUR, "2 d 13 h"),
    ],
)  # fmt: skip
def test_a_span_is_said_in_its_two_largest_units(length: int, said: str) -> None:
    """Never rounded up: what is left is left."""
    assert wording.span(length) == said


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (72 * HOUR, "72 hours"),
        (24 * HOUR, "24 hours"),
        (HOUR, "1 hour"),
        (14 * 24 * HOUR, "14 days"),
        (90 * 60_000, "90 minutes"),
        (1, "1 ms"),
    ],
)
def test_a_limit_is_said_exactly(ms: int, said: str) -> None:
    """72 hours are 72 hours and not three days."""
    assert wording.exactly(ms) == said


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2026-03-29T00:59:59Z", "Sun 29 Mar 2026, 00:59:59 GMT"),
        ("2026-03-29T01:00:00Z", "Sun 29 Mar 2026, 02:00:00 BST"),
        ("2026-10-25T00:30:00Z", "Sun 25 Oct 2026, 01:30:00 BST"),
        ("2026-10-25T01:30:00Z", "Sun 25 Oct 2026, 01:30:00 GMT"),
    ],
)
def test_clocks_go_forward_and_back(moment: str, said: str) -> None:
    """The hour that comes twice is told apart by its name."""
    assert wording.full_time(from_rfc3339(moment)) == said


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2026-11-23T08:00:00Z", "08:00"),
        ("2026-11-22T08:00:00Z", "Sun 22 Nov, 08:00"),
        ("2013-05-04T08:00:00Z", "4 May 2013, 09:00"),
    ],
)
def test_a_time_says_as_much_of_its_date_as_is_needed(moment: str, said: str) -> None:
    """Today the time is enough, this year the day, else the year as well."""
    assert wording.when(from_rfc3339(moment), from_rfc3339("2026-11-23T18:00:00Z")) == said


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2013-05-04T08:00:00Z", "4 May 2013, 09:00"),
        ("2013-05-06T08:00:00Z", "6 May 2013, 09:00"),
        ("2026-11-23T08:00:00Z", "23 Nov 2026, 08:00"),
    ],
)
def test_in_a_replay_a_year_is_left_out_only_where_it_is_nobodys_doubt(moment: str, said: str) -> None:
    """Whoever reads in 2026 what a stream of 2013 has got to needs the year, of both."""
    stream, wall = from_rfc3339("2013-05-04T12:00:00Z"), from_rfc3339("2026-11-23T18:00:00Z")
    assert wording.when(from_rfc3339(moment), stream, wall) == said


@given(st.integers(-(2**63), 2**63 - 1))
def test_no_moment_breaks_a_page(moment: int) -> None:
    """A source may state any 64-bit number."""
    assert wording.full_time(moment)
    assert wording.when(moment, 0)


def test_a_fact_that_is_a_time_is_shown_as_one() -> None:
    """And one that only looks like one is left as it is."""
    assert wording.fact_value("2026-11-23T18:00:00.000Z") == "Mon 23 Nov 2026, 18:00:00 GMT"
    assert wording.fact_value("2026-99-99Z") == "2026-99-99Z"
    assert wording.fact_value("RAPE") == "RAPE"


def test_every_rule_has_words() -> None:
    """A filter names rules by their titles; an unknown one by its id."""
    assert wording.rule_title(CATALOGUE[0].id) == CATALOGUE[0].title
    assert wording.rule_title("rule-of-tomorrow") == "Rule of tomorrow"


@pytest.mark.parametrize("typed", ["cr 123 13", "CR/0123/13", "CR123/13", "cr-00123-0013", "CR.123.13"])
def test_spellings_of_one_reference_are_alike(typed: str) -> None:
    """Capitals, separators and leading zeros do not matter."""
    assert loose(typed) == "CR123.13"


def test_two_references_with_the_same_digits_stay_two() -> None:
    """12-3 is not 1-23."""
    assert loose("12-3") != loose("1-23")


@given(st.text())
def test_what_is_equal_normalised_is_equal_loosely(reference: str) -> None:
    """The loose spelling never tells apart what the systems themselves take for one."""
    assert loose(reference) == loose(normalise(reference))


def test_months_meet_and_cover_the_period() -> None:
    """Each month begins where the one before it ended, by London's midnights, and the last ends with the period."""
    period = Period(date(2026, 3, 15), date(2026, 5, 2))
    months = months_of(period.start, period.end)
    assert [label for label, _ in months] == ["Mar 2026", "Apr 2026", "May 2026"]
    assert months[0][1] == from_rfc3339("2026-03-31T23:00:00Z")
    assert months[-1][1] == period.end == from_rfc3339("2026-05-02T23:00:00Z")
