"""The group's word that the partitions of this worker are its own, and for how long it holds.

Whoever asks is heard by the group's coordinator, which gives the partitions to nobody else for a session from then.
What is put on its way within the first quarter, by a producer that gives up after the other three, is with the broker
before another worker can have taken over.  A worker that is suspended in between asks again before it puts on the rest.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from agents.settings.clock import SYSTEM_CLOCK, ProcessClock

DELIVERY_SHARE: Final = 0.75
"""A message must be with the broker within this share of a session."""


class Membership:
    """Asks whether this worker is still a member of its group."""

    def __init__(
        self, ask: Callable[[], Awaitable[None]], session_seconds: float, clock: ProcessClock = SYSTEM_CLOCK
    ) -> None:
        """``ask`` raises NotAMemberError where another worker may own the partitions by now."""
        self._ask = ask
        self._holds_seconds = session_seconds * (1 - DELIVERY_SHARE)
        self._clock = clock
        self._asked_at = float("-inf")

    async def require(self) -> None:
        """Raise NotAMemberError unless the group says that this worker is a member."""
        asked_at = self._clock.stopwatch()
        await self._ask()
        self._asked_at = asked_at

    async def renew(self) -> None:
        """Ask again if the group's word holds no longer.  Raises NotAMemberError."""
        if self._clock.stopwatch() - self._asked_at > self._holds_seconds:
            await self.require()
