"""Places as two people write them: a house number and a street, more or less."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeAlias

from rapidfuzz.fuzz import token_set_ratio

PlaceLikeness: TypeAlias = Literal["address", "street", "other"]

_WORDS: Final = re.compile("[A-Z0-9]+")
_WHOLE: Final = {
    "ST": "STREET",
    "RD": "ROAD",
    "LN": "LANE",
    "AVE": "AVENUE",
    "AV": "AVENUE",
    "CL": "CLOSE",
    "DR": "DRIVE",
    "CRES": "CRESCENT",
    "PL": "PLACE",
    "SQ": "SQUARE",
    "CT": "COURT",
    "GDNS": "GARDENS",
    "TER": "TERRACE",
    "GRV": "GROVE",
}
_ALIKE, _UNLIKE = 85, 60
"""How alike (of 100) the words of one street are at least, and those of two at most."""


class Place(NamedTuple):
    """A place as far as it can be compared."""

    number: str
    """The house number; empty where there is none."""
    words: str
    """Street and town, without what has digits in it."""

    @property
    def key(self) -> str | None:
        """What places are found under that may be the same; None where too little is stated."""
        first = self.words.split(" ", 2)[:2]
        if not first[0] or (len(first) < 2 and not self.number):
            return None
        return " ".join([self.number, *first])


@lru_cache(maxsize=4_096)
def place(location: str) -> Place:
    """Read a location as somebody wrote it."""
    words = _WORDS.findall(location.upper())
    number = next((word for word in words if word[0].isdigit()), "")
    street = (_WHOLE.get(word, word) for word in words if not any(letter.isdigit() for letter in word))
    return Place(number, " ".join(street))


def place_likeness(one: Place, other: Place) -> PlaceLikeness | None:
    """Return how alike two places are; None where nobody could say."""
    if not one.words or not other.words:
        return None
    ratio = token_set_ratio(one.words, other.words)
    if ratio >= _ALIKE:
        return "address" if one.number and one.number == other.number else "street"
    return "other" if ratio <= _UNLIKE or (one.number and other.number and one.number != other.number) else None
