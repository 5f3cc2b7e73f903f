"""Every figure a notifier gives of itself; declared with all others in :mod:`streams.topology.metrics`."""

from streams.topology.metrics import (
    CAUGHT_UP,
    ESCALATIONS,
    FAILED,
    GIVEN_UP,
    NOTIFIER,
    OLDEST,
    OPEN_MESSAGES,
    SENT,
    UNAUDITED,
    UNREADABLE,
)

__all__ = [
    "CATALOGUE", "CAUGHT_UP", "ESCALATIONS", "FAILED", "GIVEN_UP", "OLDEST", "OPEN_MESSAGES", "SENT", "UNAUDITED",
    "UNREADABLE",
]  # fmt: skip

CATALOGUE = NOTIFIER
"""What a notifier counts."""
