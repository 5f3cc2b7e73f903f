"""When a feed is expected to speak: at intervals, or by a local time of day on some days of the week."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.policy import PolicyBook
from streams.policy.calendar import DAY, HOUR, MINUTE
from streams.policy.schedules import DAYS, Schedule
from tests.streams.world import FORCE, ms

CRIMES = "cis.crimes.v1"
NIGHTLY = '{ daily = "06:00" }'
ON_WEEKDAYS = '{ daily = "06:00", days = ["MON", "TUE", "WED", "THU", "FRI"] }'


def book(*tables: str) -> PolicyBook:
    """Return the built-in policy with these tables laid over it."""
    return PolicyBook.from_toml("\n".join(('version = "trial"', *tables)))


def schedule(written: str, force: str = FORCE) -> Schedule:
    """Return a schedule as a policy writes it."""
    return book(f'[schedules]\n"{CRIMES}" = {written}').schedule(force, CRIMES, 0)


def silent_after(written: str, heard_at: str) -> int:
    """Return past when a feed last heard then is silent."""
    return schedule(written).silent_after(ms(heard_at))


def test_a_feed_at_intervals_may_be_silent_for_the_interval_and_the_grace() -> None:
    """A quarter of an hour where the policy does not say: the export of nine comes at a minute past."""
    heard_at = "2026-03-10 09:00"
    assert silent_after('{ every = "1h" }', heard_at) == ms("2026-03-10 10:15")
    assert silent_after('{ every = "1h", grace = "0s" }', heard_at) == ms("2026-03-10 10:00")


@pytest.mark.parametrize(
    ("heard_at", "until"),
    [
        ("2026-03-10 05:30", "2026-03-11 06:15"),  # the night's file came
        ("2026-03-10 06:20", "2026-03-11 06:15"),  # it came late: tomorrow's is expected all the same
        ("2026-03-10 17:59", "2026-03-11 06:15"),  # still today's, twelve hours late
        ("2026-03-10 18:00", "2026-03-12 06:15"),  # tomorrow's, from half a day before on
        ("2026-03-11 05:59", "2026-03-12 06:15"),
    ],
)
def test_a_nightly_file_is_missed_once_its_time_has_passed(heard_at: str, until: str) -> None:
    """All day long nothing more is expected of it."""
    assert silent_after(NIGHTLY, heard_at) == ms(until)


def test_earliest_says_from_when_on_a_file_is_the_days() -> None:
    """On the day before where it is not before the time by which it has come, else on the same."""
    assert silent_after('{ daily = "06:00", earliest = "01:00" }', "2026-03-10 00:59") == ms("2026-03-10 06:15")
    assert silent_after('{ daily = "06:00", earliest = "01:00" }', "2026-03-10 01:00") == ms("2026-03-11 06:15")
    assert silent_after('{ daily = "06:00", earliest = "06:00" }', "2026-03-10 06:00") == ms("2026-03-12 06:15")
    assert silent_after('{ daily = "18:00", grace = "0s" }', "2026-03-10 05:59") == ms("2026-03-10 18:00")
    assert silent_after('{ daily = "24:00", grace = "0s" }', "2026-03-10 12:00") == ms("2026-03-12 00:00")
    assert silent_after('{ daily = "00:00", grace = "0s" }', "2026-03-10 11:59") == ms("2026-03-11 00:00")


def test_a_feed_that_rests_at_weekends_is_not_missed_there() -> None:
    """Friday morning's file is followed by Monday's; 13 March 2026 is a Friday."""
    assert silent_after(ON_WEEKDAYS, "2026-03-13 05:30") == ms("2026-03-16 06:15")
    assert silent_after(ON_WEEKDAYS, "2026-03-14 12:00") == ms("2026-03-16 06:15")
    assert silent_after(ON_WEEKDAYS, "2026-03-15 18:00") == ms("2026-03-17 06:15")


@pytest.mark.parametrize(
    ("heard_at", "until"),
    [
        ("2026-03-28 05:30", "2026-03-29 05:15"),  # clocks go forward on the 29th: 06:15 is 05:15 UTC
        ("2026-03-29 04:30", "2026-03-30 05:15"),
        ("2026-10-24 04:30", "2026-10-25 06:15"),  # and back on 25 October
        ("2026-10-24 17:30", "2026-10-26 06:15"),  # 18:30 in summer time: that of the 25th
        ("2026-10-24 16:30", "2026-10-25 06:15"),  # 17:30: still the 24th's
    ],
)
def test_its_time_is_that_of_london_clocks(heard_at: str, until: str) -> None:
    """Summer and winter."""
    assert silent_after(NIGHTLY, heard_at) == ms(until)


def test_a_time_that_clocks_skip_is_when_they_go_forward() -> None:
    """Half past one does not come on 29 March; it comes twice on 25 October, and the first counts."""
    at_half_past_one = '{ daily = "01:30", grace = "0s" }'
    assert silent_after(at_half_past_one, "2026-03-28 01:00") == ms("2026-03-29 01:00")
    assert silent_after(at_half_past_one, "2026-10-24 01:00") == ms("2026-10-25 00:30")


def test_a_nightly_file_vouches_for_the_time_up_to_the_one_before() -> None:
    """That of Tuesday, made at midnight, is late on Wednesday morning and not before."""
    nightly = schedule(NIGHTLY)
    assert nightly.late_after(ms("2026-03-10 00:00")) == ms("2026-03-11 06:15")
    assert nightly.late_after(ms("2026-03-10 05:59")) == ms("2026-03-11 06:15")
    assert nightly.late_after(ms("2026-03-10 06:00")) == ms("2026-03-12 06:15")
    assert schedule(ON_WEEKDAYS).late_after(ms("2026-03-13 00:00")) == ms("2026-03-16 06:15")


def test_a_schedule_of_a_force_goes_before_that_of_all() -> None:
    """A feed that neither names has its interval."""
    tables = f'[schedules]\n"{CRIMES}" = {NIGHTLY}', f'[schedules_by_force.KENT]\n"{CRIMES}" = {{ every = "1h" }}'
    policy = book(*tables)
    assert policy.schedule("KENT", CRIMES, 0) == Schedule(every=HOUR, grace=15 * MINUTE)
    assert policy.schedule(FORCE, CRIMES, 0) == schedule(NIGHTLY)
    assert policy.schedule("KENT", "cats.referrals.v1", 0) == Schedule(every=2 * HOUR)
    assert policy.schedule("KENT", "storm.incidents.v1", 0) == Schedule(every=15 * MINUTE)


def test_a_schedule_changes_by_date_and_nobody_is_missed_for_the_change() -> None:
    """A feed that was heard under the former one is silent once it is by both."""
    for before, after in ((NIGHTLY, '{ every = "1h" }'), ('{ every = "1h" }', NIGHTLY)):
        policy = book(
            f'[schedules]\n"{CRIMES}" = {before}',
            f'[[amendment]]\nfrom = 2026-12-01\n[amendment.schedules]\n"{CRIMES}" = {after}',
        )
        moment = ms("2026-12-01")
        assert policy.schedule(FORCE, CRIMES, moment - 1) == schedule(before)
        assert policy.schedule(FORCE, CRIMES, moment) == schedule(after)
        heard_at = ms("2026-11-30 05:30")
        assert policy.silent_after(FORCE, CRIMES, heard_at, moment) == ms("2026-12-01 06:15")
        assert policy.late_after(FORCE, CRIMES, heard_at, moment, 0) == ms("2026-12-01 06:15") - DAY * (
            before == NIGHTLY and schedule(NIGHTLY).late_after(heard_at) < moment
        )


def test_it_is_said_in_words() -> None:
    """On the board and by the doctor."""
    assert schedule('{ every = "1h", grace = "0s" }').in_words() == "every 1 h 00 min"
    assert schedule(NIGHTLY).in_words() == "by 06:00 each day, and missed 15 min later"
    assert schedule('{ daily = "18:30", days = ["SUN", "FRI"], grace = "0s" }').in_words() == "by 18:30 each Fri, Sun"


@given(
    st.integers(0, 2**41),
    st.integers(0, 1440),
    st.integers(0, 1440),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(0, 9 * DAY),
)
def test_who_is_heard_later_is_silent_no_sooner(
    heard_at: int, daily: int, earliest: int, days: frozenset[int], later: int
) -> None:
    """And within nine days in any case, whatever the schedule and the clocks."""
    nightly = Schedule(daily=daily, earliest=earliest, days=days)
    silent = nightly.silent_after(heard_at)
    assert heard_at < silent <= heard_at + 9 * DAY + HOUR
    assert nightly.silent_after(heard_at + later) >= silent
    assert nightly.late_after(heard_at + later) >= nightly.late_after(heard_at) > heard_at
    assert len(DAYS) == 7
