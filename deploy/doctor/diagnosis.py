"""One thing the doctor looked at."""

from __future__ import annotations

from typing import Literal, NamedTuple

State = Literal["ok", "note", "WRONG"]


class Diagnosis(NamedTuple):
    """What is so, what was expected, and what to do about it."""

    state: State
    """``note``: nothing is broken, yet someone should know."""
    line: str


def wrong(is_so: str, to_do: str) -> Diagnosis:
    """Say what is not as it should be, and what to do."""
    return Diagnosis("WRONG", f"{is_so}: {to_do}")
