"""Times as exports write them: by formats, since the epoch, or as a spreadsheet counts days."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from schemas.times import to_rfc3339

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_YEAR: Final = re.compile("%[YyGcx]")
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,20})?")
_SERIAL_BEGINS: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a wall clock's
_FIRST_SERIAL: Final = 61
"""1 March 1900: spreadsheets count a 29 February 1900 before it."""
_ISO_END_OF_DAY: Final = re.compile(r"([0-9]{4}-?[0-9]{2}-?[0-9]{2}[T ])24(?=:?00(?::?00(?:[.,]0+)?)?(?:Z|[+-]|$))")


def moment(text: str, formats: Iterable[str], zone: str | None) -> str | None:
    """Read a time by the first format that it has, as RFC 3339; None where it has none.

    Raises OverflowError for a time outside 1900 to 9999.
    """
    for form in formats:
        try:
            read = _WORDS[form](text) if form in _WORDS else _by_strptime(text, form)
        except (ValueError, ArithmeticError) as failure:
            if isinstance(failure, OverflowError):
                raise
            continue
        try:
            aware = read if read.tzinfo is not None else read.replace(tzinfo=ZoneInfo(zone or "UTC"))
            return written((aware.astimezone(UTC) - _EPOCH) // _MILLISECOND)
        except ValueError as failure:  # beyond what Python counts, or what a record may state
            raise OverflowError(str(failure)) from None
    return None


def written(milliseconds: int) -> str:
    """Return a time as RFC 3339.  Raises OverflowError for one outside 1900 to 9999."""
    try:
        return to_rfc3339(milliseconds)
    except ValueError as failure:
        raise OverflowError(str(failure)) from None


def check_format(place: str, form: str, zone: str | None) -> None:
    """Raise ValueError for a format that is none, has no year (it would be 1900) or lacks its zone."""
    if zone is None and "%z" not in form and not form.startswith("epoch "):
        raise ValueError(f"{place}: a time without %z needs a zone")
    if form in _WORDS:
        return
    try:
        datetime.strptime("", form)  # noqa: DTZ007 - it is the format that is tried
    except ValueError as refusal:
        if "in format" in str(refusal):
            raise ValueError(f"{place}: {refusal}") from None
    if not _YEAR.search(form.replace("%%", "")):
        raise ValueError(f"{place}: a time without a year")


def check_zone(place: str, zone: str) -> None:
    """Raise ValueError for a time zone that there is not."""
    try:
        ZoneInfo(zone)
    except (LookupError, OSError, ValueError):
        raise ValueError(f"{place}: no time zone is called {zone}; Europe/London is one") from None


def _by_strptime(text: str, form: str) -> datetime:
    """Read a time by a format; 24:00 is the midnight at the end of the day."""
    try:
        return datetime.strptime(text, form)  # noqa: DTZ007 - the zone, where there is none, follows
    except ValueError:
        if "24" not in text or "%H" not in form:
            raise
    read = datetime.strptime(text, form.replace("%H", "24"))  # noqa: DTZ007 - as above
    if (read.minute, read.second, read.microsecond) != (0, 0, 0):
        raise ValueError("an hour after 24:00")
    return read + timedelta(days=1)


def _iso(text: str) -> datetime:
    midnight = _ISO_END_OF_DAY.sub(r"\g<1>00", text)
    return datetime.fromisoformat(midnight) + timedelta(days=midnight != text)


def _epoch_seconds(text: str) -> datetime:
    return _EPOCH + timedelta(milliseconds=int(_number(text) * 1000))


def _epoch_millis(text: str) -> datetime:
    return _EPOCH + timedelta(milliseconds=int(_number(text)))


def _serial(text: str) -> datetime:
    days = _number(text)
    if days < _FIRST_SERIAL:
        raise ValueError("not a spreadsheet's time")
    return _SERIAL_BEGINS + timedelta(milliseconds=round(days * 86_400_000))


def _number(text: str) -> Decimal:
    if _NUMBER.fullmatch(text) is None:
        raise ValueError("not a number")
    return Decimal(text)


_WORDS: Final[dict[str, Callable[[str], datetime]]] = {
    "iso": _iso,
    "epoch seconds": _epoch_seconds,
    "epoch millis": _epoch_millis,
    "excel": _serial,
}
"""The formats that are no strptime's, by their word."""
