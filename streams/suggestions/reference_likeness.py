"""How like a reference that was typed is to the one that may have been meant.

A reference is read as its numbers, whatever their order: a day or a year, and the serial number counted within it.
``LP-20130514-0123``, ``lp 123 14/05/2013`` and ``0123/14052013`` are the same; letters tell nothing, since the wrong
ones are among the mistakes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeAlias

from rapidfuzz.distance import OSA

from schemas.identifiers import normalise

Likeness: TypeAlias = Literal["same", "edit", "serial", "unlike"]
"""The same numbers, one edit or transposition apart, the same serial of another day or year, or none of these."""

_NUMBERS: Final = re.compile("[0-9]+")
_LEAST_SERIAL: Final = 3
"""How many digits a serial number has, at least, that says something by itself."""
_LEAST_DIGITS: Final = 5
"""How many digits a reference has, at least, for one edit to say something."""
_MOST_DIGITS: Final = 24
"""Of a reference with more digits than any number book's, nothing but the whole is compared."""
_DIGITS: Final = "0123456789"


class Skeleton(NamedTuple):
    """The numbers of a reference."""

    digits: str
    """Day or year, and serial number, as ``20130514-123``; of a reference without numbers its letters."""
    written: str
    """All digits as they were written, in which an edit is looked for; empty where there are too few, or too many."""
    serial: str
    """The serial number without leading zeros; empty where it is too short to say anything."""


@lru_cache(maxsize=4_096)
def skeleton(reference: str) -> Skeleton:
    """Return the numbers of a reference as anybody may have typed it."""
    text = normalise(reference)
    written = _NUMBERS.findall(text)
    if not written:
        return Skeleton(text, "", "")
    numbers = _dated(written)
    serial = max(numbers, key=lambda number: (not _is_date(number), not _is_year(number), len(number)))
    others = numbers.copy()
    others.remove(serial)
    plain = serial.lstrip("0") or "0"
    digits = "".join(written)
    return Skeleton(
        "-".join([*sorted(map(_short_year, others)), plain]),
        digits if _LEAST_DIGITS <= len(digits) <= _MOST_DIGITS else "",
        plain if len(serial) >= _LEAST_SERIAL else "",
    )


def likeness(cited: Skeleton, own: Skeleton) -> Likeness:
    """Return how like the numbers that were cited are to a record's own."""
    if cited.digits == own.digits:
        return "same"
    if cited.written and own.written and OSA.distance(cited.written, own.written, score_cutoff=1) <= 1:
        return "edit"
    return "serial" if cited.serial and cited.serial == own.serial else "unlike"


def own_keys(own: Skeleton) -> Iterator[str]:
    """Yield what a record's own reference is found under by whoever searches :func:`keys_meant`."""
    yield f"={own.digits}"
    if own.written:
        yield own.written
    if own.serial:
        yield f"#{own.serial}"


def keys_meant(cited: Skeleton) -> Iterator[str]:
    """Yield what the references are found under that may be meant by one that was cited."""
    yield f"={cited.digits}"
    if cited.written:
        yield from _variants(cited.written)
    if cited.serial:
        yield f"#{cited.serial}"


def cited_keys(cited: Skeleton) -> Iterator[str]:
    """Yield what a citation is found under by whoever searches it for a record of like reference.

    Those one edit apart have numbers in common, whole or with one digit left out; so have some others, which
    :func:`likeness` tells apart.  The same keys are searched for a record's own reference.
    """
    yield f"={cited.digits}"
    if cited.written:
        yield from _deletions(cited.written)
    if cited.serial:
        yield f"#{cited.serial}"


def _deletions(digits: str) -> set[str]:
    return {digits, *(digits[:position] + digits[position + 1 :] for position in range(len(digits)))}


def _variants(digits: str) -> set[str]:
    """Return everything one edit or transposition away from some digits, and the digits themselves."""
    found = _deletions(digits)
    for position in range(len(digits) + 1):
        before, after = digits[:position], digits[position:]
        found.update(f"{before}{digit}{after}" for digit in _DIGITS)
        if after:
            found.update(f"{before}{digit}{after[1:]}" for digit in _DIGITS)
        if len(after) > 1:
            found.add(f"{before}{after[1]}{after[0]}{after[2:]}")
    return found


def _dated(numbers: list[str]) -> list[str]:
    """Return numbers with a day among them as ``YYYYMMDD``, however it was written."""
    for start in range(len(numbers) - 2):
        one, month, other = numbers[start : start + 3]
        year, day = (one, other) if len(one) == 4 else (other, one)
        if len(year) == 4 and len(month) <= 2 and len(day) <= 2:
            date = f"{year}{month:0>2}{day:0>2}"
            if _is_date(date):
                return [*numbers[:start], date, *numbers[start + 3 :]]
    return [_date_of(number, numbers) or number for number in numbers]


def _date_of(number: str, numbers: list[str]) -> str | None:
    """Return a day written in one number as ``YYYYMMDD``; of six digits only beside a serial."""
    if len(number) == 8:
        dates = [number, f"{number[4:]}{number[2:4]}{number[:2]}"]
    elif len(number) == 6 and any(len(other) >= _LEAST_SERIAL for other in numbers if other != number):
        dates = [f"20{number[4:]}{number[2:4]}{number[:2]}", f"20{number}"]
    else:
        return None
    return next(filter(_is_date, dates), None)


def _is_date(number: str) -> bool:
    return (
        len(number) == 8
        and "1990" <= number[:4] <= "2089"
        and "01" <= number[4:6] <= "12"
        and "01" <= number[6:] <= "31"
    )


def _is_year(number: str) -> bool:
    return len(number) == 2 or (len(number) == 4 and number[:2] in {"19", "20"})


def _short_year(number: str) -> str:
    return number[2:] if len(number) == 4 and _is_year(number) else number
