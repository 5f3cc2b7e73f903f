"""The thread in which Faust's consumer talks to the broker."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

import aiokafka
from aiokafka import TopicPartition
from aiokafka.client import ConnectionGroup
from aiokafka.errors import CommitFailedError, IllegalStateError, NoError, RebalanceInProgressError, for_code
from aiokafka.protocol.group import HeartbeatRequest
from aiokafka.protocol.offset import OffsetRequest
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from agents.kafka.bounded_records import bound_fetches
from agents.kafka.metadata_pace import pace_metadata

_BROKER_WAIT_MS: Final = 200
"""How long the broker holds a fetch open; whatever else is asked on the connection waits behind it."""
_NO_REPLICA: Final = -1
_UNCOMMITTED: Final = 0
_COMMITTED: Final = 1
_NEWEST: Final = -1
"""Kafka's numbers for who asks, for the isolation levels, and for the offset after the last message."""


class NotAMemberError(RuntimeError):
    """The group goes on without this worker: what it owned may be another's."""


class PromptConsumerThread(driver.AIOKafkaConsumerThread):
    """Makes a client whose fetches the broker answers soon, and asks whether it is still in the group.

    The client reads what is committed: of a transaction nothing before its end, and nothing at all once it is aborted.
    The end of a partition is then where the first open transaction begins.
    """

    positions: Mapping[TP, int] = {}
    """Where the client would read on, by partition, as of the last fetch: behind messages and markers alike."""

    async def require_membership(self) -> None:
        """Ask the group's coordinator whether the assignment still stands.  Raises NotAMemberError.

        A rebalance that waits for us is no loss: until we answer it, what we own is ours.
        """
        if not await self.call_thread(self._is_member):
            raise NotAMemberError("another worker may own the partitions by now")

    async def ends(self, tps: Iterable[TP], *, committed: bool = False) -> Mapping[TP, int]:
        """Return where partitions end, with what an open transaction holds back unless ``committed``."""
        ends: Mapping[TP, int] = await self.call_thread(
            self._ends, list(tps), _COMMITTED if committed else _UNCOMMITTED
        )
        return ends

    async def _ends(self, tps: Iterable[TP], isolation: int) -> Mapping[TP, int]:
        consumer = self._ensure_consumer()
        client = consumer._client  # noqa: SLF001 - aiokafka asks for ends by its own isolation level alone
        by_node: defaultdict[int, defaultdict[str, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
        for tp in tps:
            by_node[client.cluster.leader_for_partition(tp)][tp.topic].append((tp.partition, _NEWEST))
        ends: dict[TP, int] = {}
        for node, topics in by_node.items():
            request = OffsetRequest(_NO_REPLICA, isolation, list(topics.items()))
            # Not on the connection for fetches, of which the broker may hold one open.
            answer = await client.send(node, request, group=ConnectionGroup.COORDINATION)
            for topic, partitions in answer.topics:
                for partition, error, _, offset in partitions:
                    if for_code(error) is not NoError:
                        raise for_code(error)(f"{topic}/{partition}")
                    ends[TP(topic, partition)] = offset
        return ends

    async def committed_offsets(self, tps: Iterable[TP]) -> Mapping[TP, int]:
        """Return the offsets that the group has committed, by partition; those without one are left out."""
        offsets: Mapping[TP, int] = await self.call_thread(self._committed_offsets, list(tps))
        return offsets

    async def _committed_offsets(self, tps: Iterable[TP]) -> Mapping[TP, int]:
        consumer = self._ensure_consumer()
        offsets = {tp: await consumer.committed(TopicPartition(tp.topic, tp.partition)) for tp in tps}
        return {tp: offset for tp, offset in offsets.items() if offset is not None}

    async def commit_all(self, offsets: Mapping[TP, int], generation: int) -> bool:
        """Commit offsets of partitions assigned in a generation, and return whether that was done.

        Once there is another generation none is committed, whoever has the partitions.  Faust's commit leaves out what
        is not assigned, and fails if nothing is left.
        """
        committed: bool = await self.call_thread(self._commit_all, offsets, generation)
        return committed

    async def _commit_all(self, offsets: Mapping[TP, int], generation: int) -> bool:
        if self._ensure_consumer()._coordinator.generation != generation:  # noqa: SLF001 - as below
            return False
        try:
            await self._ensure_consumer().commit(
                {TopicPartition(tp.topic, tp.partition): offset for tp, offset in offsets.items()}
            )
        except (CommitFailedError, IllegalStateError):
            return False
        return True

    async def _is_member(self) -> bool:
        coordinator = self._ensure_consumer()._coordinator  # noqa: SLF001 - aiokafka has no public way to ask
        generation = coordinator.generation
        if generation != self.app.consumer_generation_id:
            return False
        request = HeartbeatRequest(coordinator.group_id, generation, coordinator.member_id)
        answer = await coordinator._send_req(request)  # noqa: SLF001
        return for_code(answer.error_code) in {NoError, RebalanceInProgressError}

    async def _fetch_records(self, consumer: aiokafka.AIOKafkaConsumer, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        records = await super()._fetch_records(consumer, *args, **kwargs)
        subscription = consumer._subscription.subscription  # noqa: SLF001 - a public position waits where there is none
        assignment = None if subscription is None else subscription.assignment
        states = {} if assignment is None else {tp: assignment.state_value(tp) for tp in assignment.tps}
        self.positions = {
            TP(tp.topic, tp.partition): state.position for tp, state in states.items() if state.has_valid_position
        }
        return records

    def _create_worker_consumer(self, transport: driver.Transport) -> aiokafka.AIOKafkaConsumer:
        bound_fetches()
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = _BROKER_WAIT_MS  # noqa: SLF001 - Faust fixes it at 1.5 s
        pace_metadata(consumer._client)  # noqa: SLF001
        consumer._isolation_level = "read_committed"  # noqa: SLF001 - Faust has it only with transactions of its own
        return consumer
