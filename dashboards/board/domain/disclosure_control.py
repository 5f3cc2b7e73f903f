"""Statistical disclosure control: suppress small counts of what is most private.  Pure.

A count of one to four reports of rape or child abuse in a place and a month can point at a person (primary
suppression).  What is hidden must not follow from what is shown beside it either: where rows add up to a total that is
shown, further rows are hidden until at least two are, and together they reach the least that may be shown (secondary
suppression).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

LEAST_SHOWN: Final = 5


def is_small(*counts: int) -> bool:
    """Return whether one of the counts is from one to four."""
    return any(0 < count < LEAST_SHOWN for count in counts)


def suppressed(rows: Sequence[tuple[int, int]], private: Sequence[bool]) -> list[bool]:
    """Return which rows (count, total) to hide: private small ones, and others that give them away.

    A count, its complement and the total are each counts of people.
    """
    hides = [
        is_private and is_small(count, total - count, total)
        for (count, total), is_private in zip(rows, private, strict=True)
    ]
    if not any(hides):
        return hides
    while sum(hides) < len(rows) and not _is_enough(rows, hides):
        candidates = [index for index, hide in enumerate(hides) if not hide]
        smallest = min(candidates, key=lambda index: (rows[index][1] == 0, rows[index][1], index))
        hides[smallest] = True
    return hides


def _is_enough(rows: Sequence[tuple[int, int]], hides: Sequence[bool]) -> bool:
    hidden = [row for row, hide in zip(rows, hides, strict=True) if hide]
    parts = (sum(count for count, _ in hidden), sum(total - count for count, total in hidden))
    return len(hidden) >= 2 and not is_small(*parts) and sum(parts) >= LEAST_SHOWN
