"""What follows from a batch, sent and then kept: alerts are with the broker before the state that they follow from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from agents.kafka.producer import KafkaProducer
from agents.topics.dead_letters import name_of
from agents.worker.intake import Outcome
from schemas.codec import Codec
from streams.engine.changes import Changes
from streams.topology.topics import ALERTS, CANDIDATES, CASES, CLOCKS, DEAD_LETTERS

if TYPE_CHECKING:
    from faust.types import EventT

    from agents.settings.settings import Settings
    from agents.worker.faust_tables import StateTable
    from agents.worker.rates import Rates

_ENCODING: Final = "utf-8"


class Publisher:
    """Sends and keeps what a batch comes to, or raises, in which case the batch must be read again."""

    def __init__(
        self,
        settings: Settings,
        producer: KafkaProducer,
        codec: Codec,
        rates: Rates,
        require_membership: Callable[[], Awaitable[None]],
    ) -> None:
        self._producer = producer
        self._codec = codec
        self._rates = rates
        self._require_membership = require_membership
        self._alerts = settings.topic(ALERTS)
        self._cases = settings.topic(CASES)
        self._candidates = settings.topic(CANDIDATES)
        self._clocks = settings.topic(CLOCKS)
        self._dead_letters = settings.topic(DEAD_LETTERS)

    async def send(self, outcome: Outcome) -> None:
        """Send what others read, and wait until the broker has it."""
        for letter in outcome.dead_letters:
            self._producer.put(
                self._dead_letters, name_of(letter).encode(_ENCODING), self._codec.encode(letter), letter.partition
            )
        for partition, force, changes in outcome.changes:
            self._put(partition, force, changes)
        await self._producer.delivered()

    async def keep(self, outcome: Outcome, table: StateTable, newest: Mapping[int, EventT[Any]]) -> int:
        """Write the rates and the state that changed, wait until the changelogs have both; count the state entries.

        Only as a member of the group, asked at the last moment: a worker that was suspended, cut off or replaced under
        its own name would overwrite newer state.  Raises NotAMemberError, NotDeliveredError.

        ``newest`` is the newest event of each partition: an entry goes to the changelog partition of its event.
        """
        to_write = [(newest[partition], changes.state) for partition, _, changes in outcome.changes if changes.state]
        if not to_write and not outcome.events:
            return 0
        await self._require_membership()
        for event, state in to_write:
            table.write(event, state)
        self._rates.write(outcome, newest)
        await self._producer.delivered()
        return sum(len(state) for _, state in to_write)

    def _put(self, partition: int, force: str, changes: Changes) -> None:
        put, encode = self._producer.put, self._codec.encode
        for alert_id in changes.erased:
            put(self._alerts, alert_id.encode(_ENCODING), None, partition)
        for alert in changes.alerts:
            put(self._alerts, alert.alert_id.encode(_ENCODING), encode(alert), partition)
        for key, case in changes.cases.items():
            put(self._cases, key, None if case is None else encode(case), partition)
        for key, candidate in changes.candidates.items():
            put(self._candidates, key, None if candidate is None else encode(candidate), partition)
        if changes.clock is not None:
            put(self._clocks, force.encode(_ENCODING), encode(changes.clock), partition)
