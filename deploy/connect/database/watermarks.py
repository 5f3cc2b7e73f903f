"""Watermarks: times, exact to the nanosecond and as text, or numbers; and where clocks go back.

A time is held as ``2026-05-31T13:30:00.123456789``: in UTC, or, where its column has no offset, as local clocks showed
it.  So two of them compare as texts do, and none is rounded on its way back into the query.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo

from schemas.times import EARLIEST, LATEST

WatermarkKind = Literal["aware", "naive", "number"]
"""A time with an offset, a time as local clocks show it, or a growing number."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_WITHIN: Final = timedelta(hours=4)
"""No clock is put back by more."""
_EXACT: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?")


def exact_text(value: object, kind: WatermarkKind) -> str:
    """Return a watermark as a database gives it, as it is held.  Raises ValueError."""
    if kind == "number":
        return str(Decimal(repr(value)) if isinstance(value, float) else value)
    if isinstance(value, datetime):
        return _text((value.astimezone(UTC) if value.tzinfo is not None else value).replace(tzinfo=None))
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00.000000000"
    parts = _EXACT.fullmatch(str(value))
    if parts is None:
        raise ValueError("no time")
    return f"{parts[1]}T{parts[2]}.{(parts[3] or '').ljust(9, '0')}"


def rank(text: str, kind: WatermarkKind) -> tuple[Decimal, str]:
    """Return what a watermark is compared by."""
    return (Decimal(text), "") if kind == "number" else (Decimal(0), text)


def to_datetime(text: str) -> datetime:
    """Return a time as Python holds it, to the microsecond."""
    return datetime.fromisoformat(text[:26])


def of_instant(instant: int, zone: ZoneInfo | None) -> str:
    """Return the smallest watermark that a row may have that is saved at an instant (ms) or later.

    Where clocks are put back soon after, it is what they show then.
    """
    moment = _EPOCH + timedelta(milliseconds=min(max(instant, EARLIEST + _DAY_MS), LATEST - _DAY_MS))
    return _text((moment if zone is None else _first_reading(moment, zone)).replace(tzinfo=None))


def instant_of(text: str, zone: ZoneInfo | None) -> datetime:
    """Return when a watermark was; of an hour that clocks show twice, in the first."""
    return to_datetime(text).replace(tzinfo=UTC if zone is None else zone).astimezone(UTC)


def milliseconds_of(moment: datetime) -> int:
    """Return a moment in ms since 1970, truncated."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def place_of(text: str, kind: WatermarkKind, zone: ZoneInfo | None) -> int:
    """Return a row's place among all others: in microseconds since 1970, or its number."""
    if kind == "number":
        return int(Decimal(text))
    return (instant_of(text, zone) - _EPOCH) // _MICROSECOND


def earliest_text() -> str:
    """Return the least time that is read: no record may state an earlier one."""
    return _text((_EPOCH + timedelta(milliseconds=EARLIEST)).replace(tzinfo=None))


def latest_text() -> str:
    """Return the greatest time that is read; ``infinity`` is greater."""
    return _text((_EPOCH + timedelta(milliseconds=LATEST)).replace(tzinfo=None))


_DAY_MS: Final = 86_400_000


def _text(moment: datetime) -> str:
    return f"{moment.isoformat(timespec='microseconds')}000"


def _first_reading(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the smallest time that local clocks show from a moment on."""
    local = moment.astimezone(zone).replace(tzinfo=None)
    before, change = moment, moment + _WITHIN
    offset = moment.astimezone(zone).utcoffset()
    if change.astimezone(zone).utcoffset() == offset:
        return local
    while change - before > _MICROSECOND:
        middle = before + (change - before) // 2
        before, change = (middle, change) if middle.astimezone(zone).utcoffset() == offset else (before, middle)
    return min(local, change.astimezone(zone).replace(tzinfo=None))
