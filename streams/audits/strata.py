"""A stratum of a frame, and what a former audit found in one of the same name."""

from __future__ import annotations

from typing import NamedTuple


class StratumSize(NamedTuple):
    """How many records of the frame fall into a stratum."""

    name: str
    population: int


class FormerReadings(NamedTuple):
    """What the readings of a stratum added up to in a former audit."""

    found: int
    """Crimes that should have been recorded."""
    recorded: int
    readings: int
