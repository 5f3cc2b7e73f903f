"""Persisting: the state that changed, and the live rates, written to their changelogs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faust.types import EventT

    from agents.kafka.producer import KafkaProducer
    from agents.worker.faust_tables import StateTable
    from agents.worker.membership import Membership
    from agents.worker.pipeline.advance import Outcome
    from agents.worker.rates import Rates


class Persister:
    """Writes to the tables, but only while this worker is a member of the group."""

    def __init__(
        self,
        table: StateTable,
        rates: Rates,
        producer: KafkaProducer,
        membership: Membership,
    ) -> None:
        self._table = table
        self._rates = rates
        self._producer = producer
        self._membership = membership
        self._newest: dict[int, EventT[Any]] = {}
        """The newest event of each partition: a clock may run with a batch that has none of its partition."""

    async def persist(self, outcome: Outcome) -> int:
        """Write an outcome's state and rates, wait for both changelogs, and count the state's entries.

        Membership is asked at the last moment: a worker that was suspended, cut off or replaced under its own name
        would overwrite newer state.  Raises NotAMemberError, NotDeliveredError.
        """
        self._newest |= outcome.batch.newest
        writes = [
            (self._newest[partition], changes.state) for partition, _, changes in outcome.changes if changes.state
        ]
        if not writes and not outcome.records:
            return 0
        await self._membership.require()
        for event, state in writes:
            await self._membership.renew()
            self._table.write(event, state)
        await self._membership.renew()
        self._rates.write(outcome)
        await self._producer.delivered()
        return sum(len(state) for _, state in writes)
