"""What a demonstration plays: records, and the policy that fits them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.scenario import events
from deploy.scenario.month import month
from deploy.scenario.year_2026 import events as events_of_2026
from schemas.records import Snapshot
from streams.policy.calendar import DAY, HOUR

MONTH_DAYS = 30
POLICIES = Path(__file__).parents[1] / "policies"
TYPICAL_FORCE = POLICIES / "typical-force.toml"
FORCE_OF_2026 = POLICIES / "2026.toml"


@dataclass(frozen=True, slots=True)
class Programme:
    """The records of a period, and how to speak of them."""

    title: str
    snapshots: Sequence[Snapshot]
    policy: Path | None = None
    """The policy that fits the records, unless the installation has one; None: the built-in one."""
    step: int = 6 * HOUR
    """How much of the scenario's time one slice covers (ms)."""


def inspection() -> Programme:
    """Return HMIC's inspection: eight weeks of 2013, from which the published figures follow."""
    return Programme("Leicestershire 2013", events())


def force_month() -> Programme:
    """Return a month at a force's volumes, with the fields empty that real systems lack."""
    return Programme("A month of a force", month(MONTH_DAYS).snapshots, TYPICAL_FORCE)


def year_2026() -> Programme:
    """Return small histories of one force from April to August 2026, a few records a day."""
    return Programme("The rules of 2026", events_of_2026(), FORCE_OF_2026, DAY)
