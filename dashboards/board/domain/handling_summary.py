"""How people handle an alert, in the few fields that lists are filtered by and rows show."""

from __future__ import annotations

from typing import Self

import msgspec

from streams.actions import AlertActions


class HandlingSummary(msgspec.Struct, frozen=True, kw_only=True):
    """How people handle one alert: the sum of their actions.

    What expires is compared with the wall clock (ms).
    """

    acked_by: str | None = None
    acked_until: int | None = None
    """Through when."""
    assignee: str | None = None
    silenced_by: str | None = None
    silenced_until: int | None = None
    level: str | None = None
    """The highest it was escalated to."""
    closed_by: str | None = None
    """The registrar who closed it."""
    notes: int = 0

    @classmethod
    def of(cls, alert_actions: AlertActions) -> Self:
        """Return the sum of the actions on an alert, including what has expired."""
        handling = alert_actions.handling(0)
        acked, silenced, override = handling.acknowledged, handling.silenced, handling.override
        return cls(
            acked_by=acked.by if acked else None,
            acked_until=acked.until if acked else None,
            assignee=handling.assignee,
            silenced_by=silenced.by if silenced else None,
            silenced_until=silenced.until if silenced else None,
            level=handling.level,
            closed_by=override.by if override else None,
            notes=len(handling.notes),
        )

    def acked(self, wall: int) -> bool:
        """Return whether somebody acknowledged it and that still holds."""
        return self.acked_until is not None and wall <= self.acked_until

    def silenced(self, wall: int) -> bool:
        """Return whether it is silenced at this time."""
        return self.silenced_until is not None and wall <= self.silenced_until
