"""Faust's Kafka consumer, mended where it loses messages between the broker and the stream.

Seen in Faust 0.15.3 by killing workers: a fetch that is still under way while the consumer seeks to its committed
offsets hands out messages from before the seek, or moves the position behind the seek's back; a partition without a
committed offset is not sought at all; and what was put on the stream's queue meanwhile is cleared when flow resumes.
Whatever was skipped so is then committed.  Here a fetch and a seek take turns, source partitions are fetched only from
the moment flow resumes, and each message says which one came before it, so that the receiver notices a missing one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from faust.transport.drivers import aiokafka as driver
from faust.types import TP, Message

from agents.kafka.fetched_message import FIRST, Fetched, fetched
from agents.worker.batches import Room, size_of
from agents.worker.faust_thread import PromptConsumerThread

_FETCH_SECONDS: Final = 0.25
"""The longest a fetch waits for messages, and so a seek for its turn."""
_IDLE_SECONDS: Final = 0.02
_YIELD_EVERY: Final = 100


class NotSoughtError(RuntimeError):
    """Messages would be fetched from somewhere else than the committed offsets."""


class TurnTakingConsumer(driver.Consumer):
    """Fetches and seeks one at a time, and hands out every message between two seeks, in order."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self._turn = asyncio.Lock()
        self._held: set[TP] = set()
        self._sought: set[TP] = set()
        self._handed_out: dict[TP, int] = {}
        self._read_through: dict[TP, int] = {}
        """Where each partition is read on; behind the last message handed out, and the markers after it."""

    _thread: PromptConsumerThread

    @property
    def _room(self) -> Room:
        room: Room = self.app.room  # type: ignore[attr-defined]  # the app is a WorkerApp, which imports this module
        return room

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
                self._forget_position(tp)
            self._sought = set(sources)

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Seek to specific offsets and wait until the consumer is there."""
        async with self._turn:
            await super().seek_wait(partitions)
            for tp in partitions:
                self._forget_position(tp)

    async def wait_empty(self) -> None:
        """Wait until every message in flight is acknowledged or untracked, and commit."""
        while not self.should_stop and self._unacked_messages:
            await asyncio.sleep(_IDLE_SECONDS)
            self._clean_unacked_messages()
        await self.commit_and_end_transactions()

    async def require_membership(self) -> None:
        """Raise NotAMemberError unless the partitions this worker was assigned are still its own."""
        await self._thread.require_membership()

    @property
    def started(self) -> bool:
        """Whether there is a client, and so an assignment, be it empty."""
        return self._thread._consumer is not None  # noqa: SLF001 - Faust only raises where there is none

    @property
    def in_flight(self) -> bool:
        """Whether messages were handed out and are neither acknowledged nor untracked."""
        return any(not message.acked for message in list(self._unacked_messages))

    @property
    def behind(self) -> bool:
        """Whether messages were handed out beyond what is committed."""
        committed = self._committed_offset
        return any(offset >= (committed[tp] or 0) for tp, offset in self._handed_out.items() if tp in self._sought)

    @property
    def uncommitted(self) -> bool:
        """Whether something acknowledged is not committed yet."""
        return any(self._acked.values())

    @property
    def committed(self) -> int:
        """Offsets committed, added up: it moves whenever something is committed."""
        return sum(offset or 0 for offset in self._committed_offset.values())

    def passed(self, tp: TP, offset: int) -> int:
        """Return the last offset known to be read, where ``offset`` is that of the last message taken.

        It is greater where a partition ends in transaction markers, or in messages that were aborted.
        """
        if offset < self._handed_out.get(tp, FIRST):
            return offset  # messages behind it were handed out and not taken yet
        return max(offset, self._read_through.get(tp, 0) - 1)

    def has_waiting(self, tp: TP, taken: int) -> bool:
        """Return whether messages behind the last one taken were handed out."""
        return self._handed_out.get(tp, FIRST) > taken

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        """Return where partitions end: sources where the first open transaction begins, changelogs behind it.

        What waits for a transaction on a source has not come yet; on a changelog it is state, which a recovery may not
        do without.
        """
        changelogs = [tp for tp in partitions if self._is_changelog_tp(tp)]
        sources = [tp for tp in partitions if not self._is_changelog_tp(tp)]
        ends: dict[TP, int] = dict(await super().highwaters(*sources)) if sources else {}
        if changelogs:
            ends.update(await self.ends(*changelogs))
        return ends

    async def ends(self, *partitions: TP) -> Mapping[TP, int]:
        """Return where partitions end, with what an open transaction holds back."""
        return await self._thread.ends(partitions)

    async def readable_ends(self, tps: Iterable[TP]) -> Mapping[TP, int]:
        """Return where partitions end, without what an open transaction holds back."""
        return await self._thread.ends(tps, committed=True)

    async def committed_offsets(self, tps: Iterable[TP]) -> Mapping[TP, int]:
        """Return the committed offsets of partitions that are assigned; those without one are left out."""
        return await self._thread.committed_offsets(tps)

    async def commit_beginnings(self, tps: Iterable[TP], generation: int) -> None:
        """Commit the beginnings of partitions, so that the next seek goes there.

        Raises NotSoughtError where they are not, or no longer, assigned as they were in ``generation``.
        """
        if not await self._thread.commit_all(await self.earliest_offsets(*tps), generation):
            raise NotSoughtError("the beginnings could not be committed")

    async def unread(self) -> int:
        """Count what the broker has for our source partitions and we have not fetched."""
        sources = [tp for tp in self.assignment() if not self._is_changelog_tp(tp)]
        if not sources:
            return 0
        ends = await self.highwaters(*sources)
        handed_out = self._handed_out
        behind = [tp for tp in sources if ends[tp] > handed_out.get(tp, FIRST) + 1]
        positions = await asyncio.gather(*(self.position(tp) for tp in behind))
        return sum(max(0, ends[tp] - (position or 0)) for tp, position in zip(behind, positions, strict=True))

    def track(self, messages: Iterable[Message]) -> None:
        """Have a rebalance wait for these until they are acknowledged or untracked."""
        for message in messages:
            message.tracked = True
            self._unacked_messages.add(message)

    @property
    def all_acknowledged(self) -> bool:
        """Whether every message in flight is acknowledged."""
        self._clean_unacked_messages()
        return not self._unacked_messages

    def untrack(self, messages: Iterable[Message]) -> None:
        """Have a rebalance wait for these no longer: they will be read again."""
        for message in messages:
            self._unacked_messages.discard(message)

    def resume_partitions(self, tps: Iterable[TP]) -> None:
        """Fetch from changelogs at once, from sources only when flow resumes: that is after the seek."""
        resumed = set(tps)
        changelogs = {tp for tp in resumed if self._is_changelog_tp(tp)}
        self._held = resumed - changelogs
        self._sought -= self._held
        super().resume_partitions(changelogs)

    def resume_flow(self) -> None:
        """Let messages flow, those of the partitions that were held as well."""
        held, self._held = self._held, set()
        if held <= self._sought:
            super().resume_partitions(held)
        else:  # a seek took too long, and Faust would resume all the same
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
        """Fetch and hand out what there is; return whether there was anything to fetch from."""
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
                await self._unless_suspended(records, active)
            return True

    def _flows(self) -> bool:
        return self.flow_active  # changes while something is awaited

    async def _unless_suspended(self, records: Mapping[TP, list[Any]], active: Collection[TP]) -> None:
        """Hand records out; give up what is left once flow is suspended, which a seek always follows."""
        handing_out = asyncio.ensure_future(self._hand_out(records, active))
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

    async def _hand_out(self, records: Mapping[TP, list[Any]], active: Collection[TP] = ()) -> None:
        """Hand out what a fetch from the ``active`` partitions brought.

        Where the client stands in any other says nothing: what an earlier fetch brought may have been given up.
        """
        callback, handed_out = self.callback, self._handed_out
        number = 0
        for tp, of_partition in records.items():
            for record in of_partition:
                number += 1
                if number % _YIELD_EVERY == 0:
                    await asyncio.sleep(0)
                message = fetched(tp, record, self.app.consumer_generation_id, whole=self._is_changelog_tp(tp))
                message.after = handed_out.get(tp, FIRST)
                await self._note_gap(tp, message)
                if not self._is_changelog_tp(tp):
                    await self._room.wait_for(size_of(message))
                await callback(message)
                handed_out[tp] = self._read_offset[tp] = message.offset
        self._read_through |= {tp: at for tp, at in self._thread.positions.items() if tp in active}

    def _filter_committable_offsets(self, tps: Iterable[TP]) -> dict[TP, int]:
        """Return what Faust would commit, and past the markers at the end of a partition.

        No message comes for those.
        """
        offsets: dict[TP, int] = super()._filter_committable_offsets(tps)
        for tp in self._sought:
            committed = offsets.get(tp) or self._committed_offset[tp] or 0
            read_through = self._read_through.get(tp, 0)
            if read_through > committed > self._handed_out.get(tp, FIRST):
                offsets[tp] = read_through
        return offsets

    def _forget_position(self, tp: TP) -> None:
        self._handed_out.pop(tp, None)
        self._read_through.pop(tp, None)

    async def _note_gap(self, tp: TP, message: Fetched) -> None:
        """Report to Faust the offsets without a message for us: transaction markers, mostly."""
        expected = self._committed_offset[tp] if message.after == FIRST else message.after + 1
        if expected is not None and message.offset > expected and not self._is_changelog_tp(tp):
            await self._add_gap(tp, expected, message.offset - 1)


class TurnTakingTransport(driver.Transport):
    """Faust's transport with our consumer."""

    Consumer = TurnTakingConsumer
