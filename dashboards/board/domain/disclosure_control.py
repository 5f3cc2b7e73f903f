"""Small counts of what is most private are not shown on screens that others see.  Pure.

A count of one to four reports of rape or child abuse in a place and a month can point at a person.  What is hidden
must also not follow from what is shown beside it: where rows add up to a total that is shown, further rows are hidden
until at least two are, and together they count at least as much as the least that may be shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

LEAST_SHOWN: Final = 5


def is_small(*counts: int) -> bool:
    """Whether one of the counts is from one to four."""
    return any(0 < count < LEAST_SHOWN for count in counts)


def hidden(rows: Sequence[tuple[int, int]], sensitive: Sequence[bool]) -> list[bool]:
    """Say which rows (found, of) to hide: the sensitive ones with a small part, and what they could be told from.

    Found, its complement and the whole are each counts of people.
    """
    hides = [
        is_private and is_small(found, of - found, of) for (found, of), is_private in zip(rows, sensitive, strict=True)
    ]
    if not any(hides):
        return hides
    while sum(hides) < len(rows) and not _is_enough(rows, hides):
        candidates = [index for index, hide in enumerate(hides) if not hide]
        chosen = min(candidates, key=lambda index: (rows[index][1] == 0, rows[index][1], index))
        hides[chosen] = True
    return hides


def _is_enough(rows: Sequence[tuple[int, int]], hides: Sequence[bool]) -> bool:
    chosen = [row for row, hide in zip(rows, hides, strict=True) if hide]
    parts = (sum(found for found, _ in chosen), sum(of - found for found, of in chosen))
    return len(chosen) >= 2 and not is_small(*parts) and sum(parts) >= LEAST_SHOWN
