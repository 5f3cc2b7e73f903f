"""How references are mistyped."""

from __future__ import annotations

import random
import re
from typing import Final

MISTAKES: Final = ("transposed", "digit", "dropped", "doubled", "day", "year", "prefix", "system")
"""Two digits exchanged, one wrong, one left out, one twice; another day, another year, other letters; and a reference
in the field of another system, which is no mistake of its digits."""

_DAY: Final = re.compile(r"(?P<iso>20\d{6})|(?P<turned>\d{4}20\d\d)|(?P<cut>\d\d/\d\d/20\d\d)|(?P<short>(?<= )\d{6}$)")


def mistyped(dice: random.Random, mistake: str, ref: str, dated: bool) -> str:
    """Return a reference with a mistake of a kind, or with two digits exchanged where its form allows none such."""
    if mistake == "day":
        return _other_day(dice, ref) if dated else _other_year(dice, ref)
    if mistake == "year":
        return _other_year(dice, ref)
    if mistake == "prefix":
        return _other_letters(dice, ref)
    digits = [place for place, letter in enumerate(ref) if letter.isdigit()]
    last = digits[-6:] if not dated else digits
    place = dice.choice(last)
    if mistake == "digit":
        other = dice.choice([digit for digit in "0123456789" if digit != ref[place]])
        return f"{ref[:place]}{other}{ref[place + 1 :]}"
    if mistake == "dropped":
        return ref[:place] + ref[place + 1 :]
    if mistake == "doubled":
        return ref[:place] + ref[place] + ref[place:]
    return _transposed(dice, ref)


def _transposed(dice: random.Random, ref: str) -> str:
    places = [
        place
        for place in range(len(ref) - 1)
        if ref[place].isdigit() and ref[place + 1].isdigit() and ref[place] != ref[place + 1]
    ]
    place = dice.choice(places)
    return f"{ref[:place]}{ref[place + 1]}{ref[place]}{ref[place + 2 :]}"


def _other_day(dice: random.Random, ref: str) -> str:
    """Return a reference with a day one to five before or after; a month is taken to have 28 days."""
    written = _DAY.search(ref)
    if written is None:
        return _transposed(dice, ref)
    start = {"iso": written.start() + 6, "turned": written.start(), "cut": written.start(), "short": written.start()}
    place = start[str(written.lastgroup)]
    day = (int(ref[place : place + 2]) - 1 + dice.choice((-3, -2, -1, -1, 1, 1, 2, 5))) % 28 + 1
    return f"{ref[:place]}{day:02d}{ref[place + 2 :]}"


def _other_year(dice: random.Random, ref: str) -> str:
    """Return a reference with the year before or after, or without it."""
    year = dice.choice(("24", "24", "24", "26", "15"))
    return next(
        (f"{ref[: place - 2]}{year}{ref[place:]}" for place in _ends_of_year(ref)),
        _transposed(dice, ref),
    )


def _ends_of_year(ref: str) -> list[int]:
    """Return where ``25``, as part of a year or a whole one, ends: first where it stands for the year surely."""
    sure = [match.end() for match in re.finditer(r"2025|(?<![0-9])25(?![0-9])", ref)]
    return sure or [match.end() for match in re.finditer(r"25$|^25", ref)]


def _other_letters(dice: random.Random, ref: str) -> str:
    letters = re.search("[A-Z]+", ref)
    if letters is None:
        return dice.choice(("LP ", "CR ", "INC-")) + ref
    return ref[: letters.start()] + dice.choice(("", "LE", "XR", "REF")) + ref[letters.end() :]
