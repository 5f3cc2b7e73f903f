"""Auditing: a time that a source corrected is named in the audit log before anything is published.

What cannot be named stops the worker, and the batch is read again.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from agents.topics.audit_log import AuditLog, entry_ids
from schemas.times import to_rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agents.settings.settings import Settings
    from agents.worker.membership import Membership
    from agents.worker.pipeline.advance import Outcome
    from streams.obligations.fixed_times import Correction

TIME_CORRECTED: Final = "TIME_CORRECTED"
"""The action of an entry that names a correction."""


class CorrectionAuditor:
    """Names corrections in the audit log, each once.

    A batch that is read again, or all of them after a loss of state, comes to the same corrections under the same ids;
    those that the log has are passed over.  It is read when the first is to be named, and again once the worker has
    rebuilt its monitors: another worker may have named what a batch of a partition comes to that is new here.
    """

    def __init__(
        self,
        settings: Settings,
        membership: Membership,
        clock: Callable[[], int],
        times_rebuilt: Callable[[], int],
    ) -> None:
        """``times_rebuilt`` says how many times the worker's monitors were rebuilt."""
        self._settings = settings
        self._membership = membership
        self._clock = clock
        self._times_rebuilt = times_rebuilt
        self._read_after = -1
        """How many times they had been when the log was read."""
        self._log: AuditLog | None = None
        self._named: set[str] = set()
        """The ids of the entries that name a correction."""

    async def audit(self, outcome: Outcome) -> None:
        """Name the corrections of an outcome, and wait until the broker has the entries.

        Raises NotAMemberError, NotDeliveredError, UnreadableError.
        """
        corrections = [one for force in outcome.changes for one in force.changes.corrections]
        if corrections:
            await self._membership.require()
            await asyncio.to_thread(self._name, corrections)

    def _name(self, corrections: Sequence[Correction]) -> None:
        times_rebuilt = self._times_rebuilt()
        if times_rebuilt != self._read_after:
            self._named = entry_ids(self._settings, TIME_CORRECTED)
            self._read_after = times_rebuilt
        if self._log is None:
            self._log = AuditLog(self._settings, "worker", clock=self._clock)
        for one in corrections:
            if one.correction_id not in self._named:
                target, details = f"{one.system} {one.ref}", _details(one)
                self._log.note(self._log.writer, "SYSTEM", TIME_CORRECTED, target, details, entry_id=one.correction_id)
                self._named.add(one.correction_id)


def _details(correction: Correction) -> dict[str, str]:
    return {
        "force": correction.force,
        "field": correction.field,
        "event_time": to_rfc3339(correction.event_time),
    }
