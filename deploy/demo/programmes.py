"""What a demonstration plays: records, and the policy that fits them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.scenario import events
from deploy.scenario.month import month
from schemas.records import Snapshot

MONTH_DAYS = 30
TYPICAL_FORCE = Path(__file__).parents[1] / "policies" / "typical-force.toml"


@dataclass(frozen=True, slots=True)
class Programme:
    """The records of a period, and how to speak of them."""

    title: str
    snapshots: Sequence[Snapshot]
    policy: Path | None = None
    """The policy that fits the records, unless the installation has one; None: the built-in one."""


def inspection() -> Programme:
    """Return HMIC's inspection: eight weeks of 2013, from which the published figures follow."""
    return Programme("Leicestershire 2013", events())


def force_month() -> Programme:
    """Return a month at a force's volumes, with the fields empty that real systems lack."""
    return Programme("A month of a force", month(MONTH_DAYS).snapshots, TYPICAL_FORCE)
