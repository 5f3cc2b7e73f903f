"""The cases and the alerts about them, read from their topics for a command that looks once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.kafka.reader import latest_records
from schemas.products import Alert, Case
from streams.reports.case_index import CaseIndex
from streams.topology.topics import ALERTS, CASES

if TYPE_CHECKING:
    from agents.settings.settings import Settings


def case_index(settings: Settings) -> CaseIndex:
    """Read all cases and alerts; what cannot be read is skipped, and logged.  Raises UnreadableError."""
    return CaseIndex(latest_records(settings, CASES, Case), latest_records(settings, ALERTS, Alert).values())
