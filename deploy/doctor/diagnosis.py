"""One thing that the doctor checked."""

from __future__ import annotations

from typing import Literal, NamedTuple

DiagnosisState = Literal["ok", "note", "WRONG"]


class Diagnosis(NamedTuple):
    """What is so, what was expected, and what to do about it."""

    state: DiagnosisState
    """``note``: nothing is broken, yet someone should know."""
    line: str


def wrong(fault: str, to_do: str) -> Diagnosis:
    """Return what is not as it should be, and what to do."""
    return Diagnosis("WRONG", f"{fault}: {to_do}")
