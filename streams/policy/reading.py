"""Readers of single policy values: each turns one TOML value into its typed form, or says what is allowed instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from streams.policy.calendar import MINUTES_PER_DAY
from streams.policy.codes import CodeList

_MS_PER_UNIT = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_DURATION = re.compile(r"([0-9]{1,6})(d|h|m|s|ms)")
_TIME_OF_DAY = re.compile(r"([0-9]{2}):([0-9]{2})")
_SMALLEST_SHARE = Decimal("0.000001")
_LONGEST_SHOWN = 60

Reader = Callable[[Any], Any]
"""Turns a TOML value into a setting, or raises :class:`NotAllowedError`."""


class PolicyError(ValueError):
    """A policy that cannot be used: one line that names the key, the value and what is allowed."""


class NotAllowedError(ValueError):
    """What a reader raises; its text says what would have been allowed."""


def refusal(key: str, value: object, allowed: str) -> PolicyError:
    """The one line about ``value`` standing at ``key``."""
    return PolicyError(f"policy: {_one_line(key)} = {_shown(value)}: allowed is {allowed}")


def read(reader: Reader, key: str, value: object) -> Any:  # noqa: ANN401 - whatever the reader makes of it
    """What ``reader`` makes of the value at ``key``; raises :class:`PolicyError` for one it does not allow."""
    try:
        return reader(value)
    except NotAllowedError as error:
        raise refusal(key, value, str(error)) from None


def a_table(value: object) -> dict[str, Any]:
    """A TOML table."""
    if not isinstance(value, dict):
        raise NotAllowedError("a table")
    return value


def a_boolean(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise NotAllowedError("true or false")
    return value


def names(value: object) -> frozenset[str]:
    """A list of texts, none blank."""
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise NotAllowedError("a list of texts, none of them blank")
    return frozenset(value)


def a_whole_number(least: int, most: int) -> Callable[[object], int]:
    """Reads a whole number between two, both allowed."""

    def reader(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise NotAllowedError(f"a whole number from {least} to {most}")
        return value

    return reader


def a_share(value: object) -> Fraction:
    """A number above 0 and below 1, exactly as written."""
    if not isinstance(value, Decimal) or not value.is_finite() or not _SMALLEST_SHARE <= value < 1:
        raise NotAllowedError("a number above 0 (at least 0.000001) and below 1, such as 0.25")
    return Fraction(value)


def a_probability(value: object) -> float:
    """A number above 0 and below 1, as a float."""
    return float(a_share(value))


def _duration(value: object, least: int, allowed: str) -> int:
    parts = _DURATION.fullmatch(value) if isinstance(value, str) else None
    length = int(parts[1]) * _MS_PER_UNIT[parts[2]] if parts else -1
    if length < least:
        raise NotAllowedError(allowed)
    return length


def a_duration(value: object) -> int:
    """A length of time above zero, in ms; a day is 86,400,000 ms."""
    return _duration(value, 1, 'a duration above zero such as "90s", "15m", "24h" or "7d"')


def a_duration_or_none(value: object) -> int:
    """A length of time, in ms, that may be zero."""
    return _duration(value, 0, 'a duration such as "0s", "90s", "15m", "24h" or "7d"')


def a_time_of_day(value: object) -> int:
    """A local time of day, in minutes since local midnight."""
    parts = _TIME_OF_DAY.fullmatch(value) if isinstance(value, str) else None
    minutes = int(parts[1]) * 60 + int(parts[2]) if parts and int(parts[2]) < 60 else MINUTES_PER_DAY + 1
    if minutes > MINUTES_PER_DAY:
        raise NotAllowedError('a local time of day from "00:00" to "24:00"')
    return minutes


def codes(value: object) -> CodeList:
    """A list of codes."""
    try:
        return CodeList.of(sorted(names(value)))
    except NotAllowedError:
        raise
    except ValueError as error:
        allowed = "codes of A-Z, 0-9 and single hyphens, upper case, with * only at the end"
        raise NotAllowedError(f"{allowed}; not {_shown(str(error))}") from None


def one_of(vocabulary: frozenset[str]) -> Callable[[object], str]:
    """Reads one word of a vocabulary."""

    def reader(value: object) -> str:
        if not isinstance(value, str) or value not in vocabulary:
            raise NotAllowedError(f"one of {', '.join(sorted(vocabulary))}")
        return value

    return reader


def some_of(vocabulary: frozenset[str]) -> Callable[[object], frozenset[str]]:
    """Reads a list of words of a vocabulary, at least one."""

    def reader(value: object) -> frozenset[str]:
        if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
            raise NotAllowedError(f"a list of at least one of {', '.join(sorted(vocabulary))}")
        if strange := sorted(set(value) - vocabulary):
            raise NotAllowedError(f"a list of {', '.join(sorted(vocabulary))}; not {_shown(strange[0])}")
        return frozenset(value)

    return reader


def _shown(value: object) -> str:
    """A value as its file spells it, on one line and not too long."""
    text = _one_line(_spelled(value))
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 3]}..."


def _one_line(text: str) -> str:
    """Text without line breaks or anything else a terminal would obey."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _spelled(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() if value.bit_length() > 64:
            return "a number of more than 64 bits"
        case str():
            return f'"{value}"'
        case list():
            return f"[{', '.join(map(_spelled, value))}]"
        case dict():
            return f"{{{', '.join(f'{key} = {_spelled(item)}' for key, item in value.items())}}}"
        case date():
            return value.isoformat()
        case _:
            return str(value)


def refuse_unknown(where: str, table: Mapping[str, object], known: frozenset[str]) -> None:
    """Raises PolicyError for the first key of a table that means nothing there, with the nearest one that does."""
    for key, value in table.items():
        if key not in known:
            near = get_close_matches(key, sorted(known), n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            allowed = ", ".join(sorted(known))
            raise PolicyError(
                f"policy: {where}{_one_line(key)} = {_shown(value)}: unknown{hint}, allowed is one of {allowed}"
            )
