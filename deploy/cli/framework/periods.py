"""Periods of whole days, as commands are given them."""

from __future__ import annotations

from datetime import date, timedelta

from deploy.cli.framework.errors import UsageError
from streams.policy.calendar import local_midnight
from streams.reports.figure import Period


def period_of_days(first: str | None, last: str | None, always: Period) -> Period:
    """Return the period from the first day's local midnight to the end of the last day.

    Where a day is not given, the period begins or ends as ``always`` does.
    """
    start = always.start if first is None else _midnight(_day("--from", first))
    end = always.end if last is None else _midnight(_day("--to", last) + timedelta(days=1))
    if start >= end:
        raise UsageError("--from: the first day is after the last")
    return Period(start, end)


def _day(option: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.max
    if day.isoformat() != text or not 1900 <= day.year < date.max.year:
        raise UsageError(f"{option}: a day from 1900 to 9998, such as 2013-05-31")
    return day


def _midnight(day: date) -> int:
    return local_midnight(day.year, day.month, day.day)
