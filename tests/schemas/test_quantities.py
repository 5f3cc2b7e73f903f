"""Numbers with their nouns, and lengths of time."""

from __future__ import annotations

import pytest

from schemas.quantities import counted, exact_span
from schemas.times import HOUR


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (72 * HOUR, "72 hours"),
        (24 * HOUR, "24 hours"),
        (HOUR, "1 hour"),
        (14 * 24 * HOUR, "14 days"),
        (90 * 60_000, "90 minutes"),
        (1, "1 millisecond"),
        (1500, "1,500 milliseconds"),
    ],
)
def test_a_limit_is_said_exactly(ms: int, text: str) -> None:
    """72 hours are 72 hours and not three days."""
    assert exact_span(ms) == text


@pytest.mark.parametrize(
    ("number", "words", "text"),
    [
        (0, ("alert",), "0 alerts"),
        (1, ("alert",), "1 alert"),
        (2, ("alert",), "2 alerts"),
        (1204, ("alert",), "1,204 alerts"),
        (1, ("class is", "classes are"), "1 class is"),
        (21, ("class is", "classes are"), "21 classes are"),
    ],
)
def test_one_is_not_several(number: int, words: tuple[str, ...], text: str) -> None:
    """Whatever follows a number agrees with it."""
    assert counted(number, *words) == text
