"""Faust's Kafka consumer, with the ways closed in which it loses messages between the broker and the stream.

Seen in Faust 0.15.3 by killing workers: a fetch that is still under way while the consumer seeks to its committed
offsets hands out messages from before the seek, or moves the position behind the seek's back; a partition without a
committed offset is not sought at all; and what was put on the stream's queue meanwhile is cleared when flow resumes.
Whatever was skipped so is then committed.  Here a fetch and a seek take turns, source partitions are fetched only from
the moment flow resumes, and each message says which one came before it, so that the carrier notices a missing one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Final

import aiokafka
import faust
from aiokafka.errors import NoError, RebalanceInProgressError, for_code
from aiokafka.protocol.group import HeartbeatRequest
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage, Message

_FETCH_SECONDS: Final = 0.25
"""The longest a fetch waits for messages, and so a seek for its turn."""
_BROKER_WAIT_MS: Final = 200
"""How long the broker holds a fetch open; whatever else is asked on the connection waits behind it."""
_IDLE_SECONDS: Final = 0.02
_YIELD_EVERY: Final = 100

FIRST: Final = -1
"""Stands for the message before the first after a seek."""


class Fetched(ConsumerMessage):
    """A message that knows its predecessor."""

    __slots__ = ("after",)

    after: int
    """Offset of the message handed out before it, from the same partition; :data:`FIRST` after a seek."""


class TurnTakingConsumer(driver.Consumer):
    """Fetches and seeks one at a time, and hands out every message between two seeks, in order."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self._turn = asyncio.Lock()
        self._held: set[TP] = set()
        self._sought: set[TP] = set()
        self._handed_out: dict[TP, int] = {}

    _thread: PromptConsumerThread

    def _new_consumer_thread(self) -> PromptConsumerThread:
        return PromptConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def perform_seek(self) -> None:
        """Go back to the committed offsets, and to the beginning where nothing was committed."""
        async with self._turn:
            committed = await self.seek_to_committed()
            sources = [tp for tp in committed if not self._is_changelog_tp(tp)]
            if fresh := [tp for tp in sources if not committed[tp]]:
                await self._thread.seek_to_beginning(*fresh)
            for tp in sources:
                self._read_offset[tp] = self._committed_offset[tp] = committed[tp] or None
                self._handed_out.pop(tp, None)
            self._sought = set(sources)

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Seek to specific offsets and wait until the consumer is there."""
        async with self._turn:
            await super().seek_wait(partitions)
            for tp in partitions:
                self._handed_out.pop(tp, None)

    async def wait_empty(self) -> None:
        """Wait until every message handed to the carrier is acknowledged or forgotten, and commit."""
        while not self.should_stop and self._unacked_messages:
            await asyncio.sleep(_IDLE_SECONDS)
            self._clean_unacked_messages()
        await self.commit_and_end_transactions()

    async def require_membership(self) -> None:
        """Raise NotAMemberError unless what this worker was assigned is still its own."""
        await self._thread.require_membership()

    def forget(self, messages: Iterable[Message]) -> None:
        """Wait no longer for these: they will be read again."""
        for message in messages:
            self._unacked_messages.discard(message)

    def resume_partitions(self, tps: Iterable[TP]) -> None:
        """Fetch from changelogs at once, from sources only when flow resumes: that is after the seek."""
        wanted = set(tps)
        changelogs = {tp for tp in wanted if self._is_changelog_tp(tp)}
        self._held = wanted - changelogs
        self._sought -= self._held
        super().resume_partitions(changelogs)

    def resume_flow(self) -> None:
        """Let messages flow, those of the partitions that were held as well."""
        held, self._held = self._held, set()
        if held <= self._sought:
            super().resume_partitions(held)
        else:  # Faust goes on where a seek took too long
            self.add_future(self.crash(NotSoughtError("flow resumes and the consumer is not where it was committed")))
        super().resume_flow()

    def pause_partitions(self, tps: Iterable[TP]) -> None:
        """Stop fetching from partitions."""
        paused = set(tps)
        self._held -= paused
        super().pause_partitions(paused)

    async def _drain_messages(self, fetcher: Any) -> None:  # noqa: ANN401
        try:
            while not (self.should_stop or fetcher.should_stop):
                if not self.flow_active:
                    await self.wait(self.can_resume_flow.wait())
                elif not await self._fetch_once():
                    await asyncio.sleep(_IDLE_SECONDS)
        except asyncio.CancelledError:
            if not self.app.should_stop:
                raise

    async def _fetch_once(self) -> bool:
        """Fetch and hand out what there is; whether there was anything to fetch from."""
        async with self._turn:
            generation = self.app.consumer_generation_id
            active = set(self._get_active_partitions())  # a copy: an empty set would mean all to aiokafka
            if not active or not self._flows():
                return False
            try:
                records = await self._getmany(active_partitions=active, timeout=_FETCH_SECONDS)
            except self.consumer_stopped_errors:
                if self.transport.app.should_stop:
                    return False
                raise
            if self._flows() and generation == self.app.consumer_generation_id:
                await self._unless_suspended(records)
            return True

    def _flows(self) -> bool:
        return self.flow_active  # changes while something is awaited

    async def _unless_suspended(self, records: Mapping[TP, list[Any]]) -> None:
        """Hand records out; give up what is left once flow is suspended, which a seek always follows."""
        handing_out = asyncio.ensure_future(self._hand_out(records))
        suspended = asyncio.ensure_future(self.suspend_flow.wait())
        try:
            await asyncio.wait({handing_out, suspended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            given_up = not handing_out.done()
            handing_out.cancel()
            suspended.cancel()
            outcome, _ = await asyncio.gather(handing_out, suspended, return_exceptions=True)
        if not given_up and isinstance(outcome, BaseException):
            raise outcome

    async def _hand_out(self, records: Mapping[TP, list[Any]]) -> None:
        callback, handed_out = self.callback, self._handed_out
        number = 0
        for tp, of_partition in records.items():
            for record in of_partition:
                number += 1
                if number % _YIELD_EVERY == 0:
                    await asyncio.sleep(0)
                message = self._to_message(tp, record)
                message.after = handed_out.get(tp, FIRST)
                await self._note_gap(tp, message)
                await callback(message)
                handed_out[tp] = self._read_offset[tp] = message.offset

    async def _note_gap(self, tp: TP, message: Fetched) -> None:
        """Tell Faust of offsets under which the broker has no message for us: transaction marks, mostly."""
        expected = self._committed_offset[tp] if message.after == FIRST else message.after + 1
        if expected is not None and message.offset > expected and not self._is_changelog_tp(tp):
            await self._add_gap(tp, expected, message.offset - 1)

    def _to_message(self, tp: TP, record: Any) -> Fetched:  # noqa: ANN401
        return Fetched(
            record.topic,
            record.partition,
            record.offset,
            record.timestamp / 1000.0,
            record.timestamp_type,
            record.headers,
            record.key,
            record.value,
            record.checksum,
            record.serialized_key_size,
            record.serialized_value_size,
            tp,
            generation_id=self.app.consumer_generation_id,
        )


class NotSoughtError(RuntimeError):
    """Messages would be fetched from somewhere else than the committed offsets."""


class NotAMemberError(RuntimeError):
    """The group goes on without this worker: what it owned may be another's."""


class PromptConsumerThread(driver.AIOKafkaConsumerThread):
    """Makes a client whose broker does not hold fetches open for long, and that can say whether it is in the group."""

    async def require_membership(self) -> None:
        """Ask the group's coordinator whether the assignment still stands.  Raises NotAMemberError.

        A rebalance that waits for us is no loss: until we answer it, what we own is ours.
        """
        if not await self.call_thread(self._is_member):
            raise NotAMemberError("another worker may own the partitions by now")

    async def _is_member(self) -> bool:
        coordinator = self._ensure_consumer()._coordinator  # noqa: SLF001 - aiokafka asks nobody for us
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


class TurnTakingTransport(driver.Transport):
    """Faust's transport with that consumer."""

    Consumer = TurnTakingConsumer


class CarefulApp(faust.App):
    """A Faust app on that transport."""

    async def require_membership(self) -> None:
        """Raise NotAMemberError unless what this worker was assigned is still its own."""
        if isinstance(self.consumer, TurnTakingConsumer):
            await self.consumer.require_membership()

    def forget(self, messages: Iterable[Message]) -> None:
        """Wait no longer for these messages to be acknowledged: they will be read again."""
        if isinstance(self.consumer, TurnTakingConsumer):
            self.consumer.forget(messages)

    def _new_transport(self) -> TurnTakingTransport:
        return TurnTakingTransport(self.conf.broker_consumer, self)
