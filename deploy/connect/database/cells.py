"""A database's values as the text cells that a mapping reads.

| value | cell |
| --- | --- |
| NULL | blank |
| text, enum, network address | as it is |
| number | digits with a point, never an exponent: ``1.50`` |
| truth value | ``true``, ``false`` |
| time with an offset | RFC 3339 in UTC: ``2026-05-31T13:30:00Z``, with a fraction of six digits where there is one |
| time without one | the same where the feed has a ``time_zone`` (of an hour shown twice, the first); else ISO 8601 |
| date, time of day | ISO 8601: ``2026-05-31``, ``13:30:00`` |
| time before year 1 or beyond 9999, ``infinity`` | as the database writes it, which no record takes for a time |
| interval | seconds |
| bytes | hexadecimal digits |
| UUID | ``8-4-4-4-12`` digits, small letters |
| JSON | its text |
| array, composite | a JSON array of such cells (a blank one null), which a record's list takes as it is |
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from decimal import Decimal
from zoneinfo import ZoneInfo


def cell(value: object, zone: ZoneInfo | None) -> str:  # noqa: C901, PLR0911 - a line a type, as in the table above
    """Return the text of a value; ``zone`` is that of times without an offset."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Decimal():
            return format(value, "f")
        case float():
            return format(Decimal(repr(value)), "f")
        case datetime():
            return _time(value, zone)
        case date() | time_of_day():
            return value.isoformat()
        case timedelta():
            return format(Decimal(value // timedelta(microseconds=1)).scaleb(-6).normalize(), "f")
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
        case list() | tuple():
            return json.dumps([_item(item, zone) for item in value], ensure_ascii=False)
        case dict():
            return json.dumps(value, ensure_ascii=False, default=str)
    read = getattr(value, "read", None)  # Oracle's long texts
    return str(value) if read is None else cell(read(), zone)


def utc_text(moment: datetime) -> str:
    """Write a moment as RFC 3339 in UTC."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _item(value: object, zone: ZoneInfo | None) -> object:
    if value is None:
        return None
    return [_item(item, zone) for item in value] if isinstance(value, list | tuple) else cell(value, zone)


def _time(value: datetime, zone: ZoneInfo | None) -> str:
    if value.tzinfo is None and zone is None:
        return value.isoformat()
    try:
        return utc_text(value if value.tzinfo is not None else value.replace(tzinfo=zone))
    except OverflowError:
        return value.isoformat()
