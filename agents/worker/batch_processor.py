"""Take each batch through the stages of the pipeline, and stop the worker where one fails."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agents.settings.clock import SYSTEM_CLOCK, ProcessClock

if TYPE_CHECKING:
    from faust.types import EventT

    from agents.worker.crash import WorkerCrash
    from agents.worker.pipeline.acknowledge import Acknowledger
    from agents.worker.pipeline.admit import Admission
    from agents.worker.pipeline.advance import Advancer
    from agents.worker.pipeline.apply import Applier
    from agents.worker.pipeline.clock_limits import ClockLimits
    from agents.worker.pipeline.corrections import CorrectionAuditor
    from agents.worker.pipeline.decode import Decoder
    from agents.worker.pipeline.listener import BatchListener
    from agents.worker.pipeline.persist import Persister
    from agents.worker.pipeline.publish import Publisher
    from agents.worker.pipeline.receive import Receiver


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchProcessor:
    """Orders the stages, one batch at a time.

    1. Receive: make a batch of Faust's events; stop if a message before them is missing.
    2. Decode the bytes into records; what cannot be read becomes a refusal.
    3. Admit the records that belong here; refuse the others.
    4. Apply each record to the monitor of its force.
    5. Advance the clocks as far as the feeds are complete, and all that came before their word is read; a long run
       comes in parts, each of which is
    6. audited (times that a source corrected),
    7. published (alerts, cases, suggestions, reviews, clocks, dead letters), and then
    8. persisted (the state it leaves behind), before the next begins.
    9. Acknowledge the batch: only now does Faust commit its offsets.

    A batch whose processing ends before step 9 is read again, and comes to the same alerts under the same ids.
    """

    receiver: Receiver
    decoder: Decoder
    admission: Admission
    applier: Applier
    limits: ClockLimits
    advancer: Advancer
    auditor: CorrectionAuditor
    publisher: Publisher
    persister: Persister
    acknowledger: Acknowledger
    listener: BatchListener
    crash: WorkerCrash
    clock: ProcessClock = SYSTEM_CLOCK

    async def process(self, events: Sequence[EventT[Any]]) -> None:
        """Process one batch; whatever goes wrong stops the worker with the batch unacknowledged."""
        try:
            await self._process(events)
            return
        except Exception as caught:  # noqa: BLE001 - nothing may escape: Faust would go on with the next batch
            failure = caught
        # Not in the except block: Faust would log the exception, and with it the record.
        await self.crash.stop_worker(failure)
        await asyncio.Event().wait()  # nothing more is processed while the worker stops

    async def _process(self, events: Sequence[EventT[Any]]) -> None:
        started_at = self.clock.stopwatch()
        batch = self.receiver.receive(events)
        decoded = await self.decoder.decode(batch)
        self.listener.decoded(decoded)
        admitted = self.admission.admit(decoded)
        applied = self.applier.apply(admitted)
        self.listener.applied(admitted)
        for outcome in self.advancer.advance(applied, await self.limits.after(batch)):
            await self.auditor.audit(outcome)
            await self.publisher.publish(outcome)
            self.listener.published(outcome)
            entries = await self.persister.persist(outcome)
            self.listener.persisted(outcome, entries)
            if self.acknowledger.is_awaited and not outcome.is_last:
                self.acknowledger.release(batch)  # its rest may as well be judged after the rebalance or the restart
                return
        if self.acknowledger.is_awaited and self.limits.holds_clocks:
            self.acknowledger.release(batch)  # whoever has its partition next shall come to run its clocks
            return
        self.acknowledger.acknowledge(batch)
        self.listener.acknowledged(batch, self.clock.stopwatch() - started_at)
