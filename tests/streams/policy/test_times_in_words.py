"""Times as London's clocks show them, and lengths of time as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.times import from_rfc3339
from streams.policy.calendar import HOUR
from streams.policy.times_in_words import full_time, read_time, span, when


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (0, "0 s"), (59_999, "59 s"), (60_000, "1 min"), (HOUR - 1, "59 min"), (HOUR, "1 h 00 min"),
        (47 * HOUR + 5 * 60_000, "47 h 05 min"), (48 * HOUR - 1, "47 h 59 min"), (48 * HOUR, "2 d 0 h"),
        (-61 * HOUR, "2 d 13 h"), (25 * 60_000, "25 min"), (3 * HOUR, "3 h 00 min"), (50 * HOUR, "2 d 2 h"),
    ],
)  # fmt: skip
def test_a_span_is_said_in_its_two_largest_units(length: int, text: str) -> None:
    """Never rounded up: what is left is left."""
    assert span(length) == text


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        ("2026-03-29T00:59:59Z", "Sun 29 Mar 2026, 00:59:59 GMT"),
        ("2026-03-29T01:00:00Z", "Sun 29 Mar 2026, 02:00:00 BST"),
        ("2026-10-25T00:30:00Z", "Sun 25 Oct 2026, 01:30:00 BST"),
        ("2026-10-25T01:30:00Z", "Sun 25 Oct 2026, 01:30:00 GMT"),
    ],
)
def test_clocks_go_forward_and_back(moment: str, text: str) -> None:
    """The hour that comes twice is told apart by its name."""
    assert full_time(from_rfc3339(moment)) == text


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        ("2026-11-23T08:00:00Z", "08:00"),
        ("2026-11-22T08:00:00Z", "Sun 22 Nov, 08:00"),
        ("2013-05-04T08:00:00Z", "4 May 2013, 09:00"),
    ],
)
def test_a_time_says_as_much_of_its_date_as_is_needed(moment: str, text: str) -> None:
    """Today the time is enough, this year the day, else the year as well."""
    assert when(from_rfc3339(moment), from_rfc3339("2026-11-23T18:00:00Z")) == text


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        ("2013-05-04T08:00:00Z", "4 May 2013, 09:00"),
        ("2013-05-06T08:00:00Z", "6 May 2013, 09:00"),
        ("2026-11-23T08:00:00Z", "23 Nov 2026, 08:00"),
    ],
)
def test_in_a_replay_a_year_is_left_out_only_where_it_is_nobodys_doubt(moment: str, text: str) -> None:
    """Whoever reads in 2026 what a stream of 2013 has got to needs the year, of both."""
    stream, wall = from_rfc3339("2013-05-04T12:00:00Z"), from_rfc3339("2026-11-23T18:00:00Z")
    assert when(from_rfc3339(moment), stream, wall) == text


@given(st.integers(-(2**63), 2**63 - 1))
def test_no_moment_breaks_a_page(moment: int) -> None:
    """A source may state any 64-bit number."""
    assert full_time(moment)
    assert when(moment, 0)


@pytest.mark.parametrize(
    "text", ["2026-05-31 14:30", "31/05/2026 14:30", "31/05/2026 14:30:00", "2026-05-31T13:30:00Z"]
)
def test_a_time_is_read_as_people_and_their_spreadsheets_write_it(text: str) -> None:
    """Local unless it says otherwise."""
    assert read_time(text) == from_rfc3339("2026-05-31T13:30:00Z")


@pytest.mark.parametrize("text", ["31/05/2026", "5/31/2026 14:30", "31/13/2026 14:30", "31/05/26 14:30", "", "soon"])
def test_a_time_that_may_mean_another_is_refused(text: str) -> None:
    """As is a day without its time, the month first, and a year of two digits."""
    with pytest.raises(ValueError, match=r"RFC 3339|time"):
        read_time(text)
