from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streams.policy.calendar import (
    DAY,
    HOUR,
    MINUTE,
    local_date,
    local_midnight,
    local_time_on_day_of,
    midnights_between,
    working_deadline,
)

LONDON = ZoneInfo("Europe/London")
SPRING = (2019, 3, 31)
AUTUMN = (2019, 10, 27)
SEVEN, TWENTY_TWO = 7 * 60, 22 * 60


def utc(text: str) -> int:
    """Return the moment of a text such as 2019-03-31T01:00Z."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


moments = st.integers(utc("1972-01-01T00:00Z"), utc("2037-12-31T00:00Z"))
near_clock_changes = st.one_of(
    st.integers(utc("2019-03-30T00:00Z"), utc("2019-04-01T12:00Z")),
    st.integers(utc("2019-10-26T00:00Z"), utc("2019-10-28T12:00Z")),
)


@pytest.mark.parametrize(
    ("day", "begins"),
    [
        ((2015, 4, 1), "2015-03-31T23:00Z"),
        ((2013, 4, 8), "2013-04-07T23:00Z"),
        ((2013, 1, 1), "2013-01-01T00:00Z"),
        (SPRING, "2019-03-31T00:00Z"),
        ((2019, 4, 1), "2019-03-31T23:00Z"),
        (AUTUMN, "2019-10-26T23:00Z"),
        ((2019, 10, 28), "2019-10-28T00:00Z"),
        ((2016, 2, 29), "2016-02-29T00:00Z"),
    ],
)
def test_local_midnight_is_where_the_local_date_begins(day: tuple[int, int, int], begins: str) -> None:
    """The day's first millisecond is its midnight, and the millisecond before is the day before."""
    midnight = local_midnight(*day)
    assert midnight == utc(begins)
    assert local_date(midnight) == date(*day)
    assert local_date(midnight - 1) < date(*day)


def test_local_midnight_refuses_a_date_that_does_not_exist() -> None:
    """There is no 29 February 2015."""
    with pytest.raises(ValueError, match="day"):
        local_midnight(2015, 2, 29)


@given(st.one_of(moments, near_clock_changes))
def test_local_date_is_what_the_time_zone_says(moment: int) -> None:
    """The cached arithmetic and the time zone's own conversion give one date."""
    assert local_date(moment) == datetime.fromtimestamp(moment / 1000, UTC).astimezone(LONDON).date()


@pytest.mark.parametrize(
    ("day", "hour", "minute", "moment"),
    [
        (SPRING, 0, 59, "2019-03-31T00:59Z"),
        (SPRING, 1, 0, "2019-03-31T01:00Z"),
        (SPRING, 1, 30, "2019-03-31T01:00Z"),
        (SPRING, 2, 0, "2019-03-31T01:00Z"),
        (SPRING, 22, 0, "2019-03-31T21:00Z"),
        (SPRING, 24, 0, "2019-03-31T23:00Z"),
        (AUTUMN, 1, 0, "2019-10-27T00:00Z"),
        (AUTUMN, 1, 30, "2019-10-27T00:30Z"),
        (AUTUMN, 2, 0, "2019-10-27T02:00Z"),
        (AUTUMN, 22, 0, "2019-10-27T22:00Z"),
        ((2016, 2, 29), 22, 0, "2016-02-29T22:00Z"),
    ],
)
def test_a_time_skipped_is_the_change_and_a_time_repeated_is_its_first(
    day: tuple[int, int, int], hour: int, minute: int, moment: str
) -> None:
    """Each wall time has one moment on each day, both clock changes included."""
    assert local_time_on_day_of(local_midnight(*day), hour, minute) == utc(moment)


@given(st.one_of(moments, near_clock_changes), st.integers(0, 23), st.integers(0, 59))
def test_a_local_time_lies_on_the_same_local_day(moment: int, hour: int, minute: int) -> None:
    """The day asked about is the day answered, from its first to its last millisecond."""
    local = local_time_on_day_of(moment, hour, minute)
    assert local_date(local) == local_date(moment)
    assert local_time_on_day_of(local, hour, minute) == local


@pytest.mark.parametrize("day", [SPRING, AUTUMN, (2016, 2, 29)])
def test_midnights_exclude_where_they_start_and_include_where_they_end(day: tuple[int, int, int]) -> None:
    """One millisecond before, at and after midnight decides which side it is counted on."""
    midnight = local_midnight(*day)
    assert list(midnights_between(midnight - 1, midnight)) == [midnight]
    assert list(midnights_between(midnight - 1, midnight - 1)) == []
    assert list(midnights_between(midnight, midnight + 1)) == []
    assert list(midnights_between(midnight, midnight - DAY)) == []


def test_days_of_the_clock_changes_have_23_and_25_hours() -> None:
    """A year's midnights are 24 hours apart but for one day in March and one in October."""
    year = list(midnights_between(local_midnight(2019, 1, 1) - 1, local_midnight(2020, 1, 1)))
    lengths = [(later - earlier) // HOUR for earlier, later in pairwise(year)]
    assert len(lengths) == 365
    assert {length: lengths.count(length) for length in set(lengths)} == {23: 1, 24: 363, 25: 1}


@pytest.mark.parametrize(
    ("start", "deadline"),
    [
        ("2013-05-01T09:00+01:00", "2013-05-01T13:00+01:00"),
        ("2013-05-01T06:59:59.999+01:00", "2013-05-01T11:00+01:00"),
        ("2013-05-01T07:00+01:00", "2013-05-01T11:00+01:00"),
        ("2013-05-01T07:00:00.001+01:00", "2013-05-01T11:00:00.001+01:00"),
        ("2013-05-01T17:59:59.999+01:00", "2013-05-01T21:59:59.999+01:00"),
        ("2013-05-01T18:00+01:00", "2013-05-01T22:00+01:00"),
        ("2013-05-01T18:00:00.001+01:00", "2013-05-02T07:00:00.001+01:00"),
        ("2013-05-01T21:59:59.999+01:00", "2013-05-02T10:59:59.999+01:00"),
        ("2013-05-01T22:00+01:00", "2013-05-02T11:00+01:00"),
        ("2013-05-02T00:00+01:00", "2013-05-02T11:00+01:00"),
        ("2016-02-28T20:00+00:00", "2016-02-29T09:00+00:00"),
        ("2016-02-29T20:00+00:00", "2016-03-01T09:00+00:00"),
        ("2019-03-30T20:00+00:00", "2019-03-31T09:00+01:00"),
        ("2019-10-26T20:00+01:00", "2019-10-27T09:00+00:00"),
    ],
)
def test_four_working_hours_end_when_the_unit_was_open_for_four_hours(start: str, deadline: str) -> None:
    """The unit's day runs from 07:00 to 22:00 local time; nights count nothing, closing time itself still counts."""
    assert working_deadline(utc(start), 4 * HOUR, SEVEN, TWENTY_TWO) == utc(deadline)


def naive_deadline(start: int, duration: int, opens: int, closes: int) -> int:
    """Return the same, minute by minute with the clock on the wall."""
    minute = start - start % MINUTE
    while True:
        wall = datetime.fromtimestamp(minute // 1000, UTC).astimezone(LONDON)
        if opens <= wall.hour * 60 + wall.minute < closes:
            begins = max(start, minute)
            if duration <= minute + MINUTE - begins:
                return begins + duration
            duration -= minute + MINUTE - begins
        minute += MINUTE


# Hours that begin or end within the hour that March skips and October repeats have no one meaning on the wall.
clear_minutes = st.one_of(st.integers(0, 60), st.integers(120, 1439))
hours = st.tuples(clear_minutes, clear_minutes).filter(lambda pair: pair[0] + 10 <= pair[1])


@given(st.one_of(moments, near_clock_changes), st.integers(1, 26 * HOUR), hours)
@example(utc("2019-03-31T00:30Z"), 5 * HOUR, (0, 240))
@example(utc("2019-10-27T00:30Z"), 5 * HOUR, (60, 240))
def test_working_deadline_agrees_with_counting_minutes(start: int, duration: int, hours: tuple[int, int]) -> None:
    """Arithmetic over whole days and a walk through every minute end at the same millisecond."""
    opens, closes = hours
    duration = min(duration, 3 * (closes - opens) * MINUTE)
    assert working_deadline(start, duration, opens, closes) == naive_deadline(start, duration, opens, closes)


@pytest.mark.parametrize(("opens", "closes"), [(600, 600), (700, 600), (-1, 600), (600, 1441)])
def test_hours_that_never_open_are_refused(opens: int, closes: int) -> None:
    """A deadline that would never come is a bug, not an endless loop."""
    with pytest.raises(ValueError, match="cannot be open"):
        working_deadline(0, HOUR, opens, closes)


@pytest.mark.parametrize("moment", [-(2**63), -2_208_988_800_000, 253_402_300_799_999, 253_402_300_800_000, 2**63 - 1])
def test_any_moment_a_source_can_state_has_a_day(moment: int) -> None:
    """A nonsense time in one record answers like any other and stops nothing."""
    assert date.min <= local_date(moment) <= date.max
    next_midnight = next(islice(midnights_between(moment, moment + 2 * DAY), 1))
    assert moment < next_midnight <= moment + DAY
    assert moment < working_deadline(moment, HOUR, SEVEN, TWENTY_TWO) <= moment + DAY


def test_summer_time_still_holds_in_the_last_year_a_record_may_state() -> None:
    """In July 9999 London is an hour ahead."""
    assert local_midnight(9999, 7, 2) % DAY == DAY - HOUR
