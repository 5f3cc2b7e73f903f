"""The thread in which Faust's consumer talks to the broker."""

from __future__ import annotations

from typing import Final

import aiokafka
from aiokafka.errors import NoError, RebalanceInProgressError, for_code
from aiokafka.protocol.group import HeartbeatRequest
from faust.transport.drivers import aiokafka as driver

_BROKER_WAIT_MS: Final = 200
"""How long the broker holds a fetch open; whatever else is asked on the connection waits behind it."""


class NotAMemberError(RuntimeError):
    """The group goes on without this worker: what it owned may be another's."""


class PromptConsumerThread(driver.AIOKafkaConsumerThread):
    """Makes a client whose fetches the broker answers soon, and asks whether it is still in the group."""

    async def require_membership(self) -> None:
        """Ask the group's coordinator whether the assignment still stands.  Raises NotAMemberError.

        A rebalance that waits for us is no loss: until we answer it, what we own is ours.
        """
        if not await self.call_thread(self._is_member):
            raise NotAMemberError("another worker may own the partitions by now")

    async def _is_member(self) -> bool:
        coordinator = self._ensure_consumer()._coordinator  # noqa: SLF001 - aiokafka has no public way to ask
        generation = coordinator.generation
        if generation != self.app.consumer_generation_id:
            return False
        request = HeartbeatRequest(coordinator.group_id, generation, coordinator.member_id)
        answer = await coordinator._send_req(request)  # noqa: SLF001
        return for_code(answer.error_code) in {NoError, RebalanceInProgressError}

    def _create_worker_consumer(self, transport: driver.Transport) -> aiokafka.AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = _BROKER_WAIT_MS  # noqa: SLF001 - Faust fixes it at 1.5 s
        return consumer
