"""Read the time in a file's name, such as ``20260531_0200`` in ``crimes_20260531_0200.csv``."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from streams.policy.calendar import LONDON

_DIGITS: Final = {"%Y": 4, "%m": 2, "%d": 2, "%y": 2, "%j": 3, "%H": 2, "%M": 2, "%S": 2}
"""How many digits each directive stands for; others are not read from names."""
_DIRECTIVE: Final = re.compile(r"(%.)")


def name_pattern(written: str) -> re.Pattern[str]:
    """Return what finds a time as strptime writes it.  Raises ValueError for a format that gives no date."""
    parts = _DIRECTIVE.split(written)
    directives = parts[1::2]
    if unknown := [part for part in directives if part not in _DIGITS]:
        raise ValueError(f"name_time: {unknown[0]}: these are read from names: {', '.join(_DIGITS)}")
    has_day = "%j" in directives or {"%m", "%d"} <= {*directives}
    if len({*directives}) < len(directives) or not has_day or not {"%Y", "%y"} & {*directives}:
        raise ValueError('name_time: a date, each part of it once, such as "%Y%m%d" or "%Y-%m-%d_%H%M"')
    found = (f"[0-9]{{{_DIGITS[part]}}}" if part in _DIGITS else re.escape(part) for part in parts)
    return re.compile(f"(?<![0-9]){''.join(found)}(?![0-9])")


def time_in_name(name: str, written: str) -> int | None:
    """Return the moment (ms) that a name states on London's clocks; None where it states none.

    A date alone is the moment at which its day begins; an hour that clocks show twice is the first of the two.
    """
    for match in name_pattern(written).finditer(name):
        try:
            local = datetime.strptime(match[0], written).replace(tzinfo=LONDON)
        except ValueError:
            continue
        return round(local.astimezone(UTC).timestamp() * 1000)
    return None
