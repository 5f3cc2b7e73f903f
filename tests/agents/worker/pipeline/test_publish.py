"""Publishing an outcome: only as a member of the group, and only done once the broker has it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from agents.settings.settings import Settings
from agents.worker.faust_thread import NotAMemberError
from agents.worker.pipeline.advance import ForceChanges, Outcome
from agents.worker.pipeline.publish import Publisher
from agents.worker.pipeline.receive import InputBatch
from schemas.codec import Codec
from schemas.products import ForceClock
from streams.engine.changes import Changes

BATCH = InputBatch((), [])
CLOCK = ForceClock(force="LEICS", clock=5, mode="STREAM", feeds=())


class Broker:
    """Everything that a publisher calls, in the order of the calls."""

    def __init__(self, *, member: bool = True) -> None:
        self.calls: list[str] = []
        self._member = member
        producer: Any = SimpleNamespace(put=self._put, delivered=self._delivered)
        self.publisher = Publisher(Settings(), producer, Codec(), self._require_membership)

    def publish(self, outcome: Outcome) -> None:
        """Publish an outcome."""
        asyncio.run(self.publisher.publish(outcome))

    def _put(self, topic: str, *_: object) -> None:
        self.calls.append(topic)

    async def _delivered(self) -> None:
        self.calls.append("delivered")

    async def _require_membership(self) -> None:
        self.calls.append("membership")
        if not self._member:
            raise NotAMemberError


def test_membership_is_asked_before_anything_is_sent() -> None:
    """And the broker has it all before publishing ends."""
    broker = Broker()
    broker.publish(Outcome(BATCH, [ForceChanges(0, "LEICS", Changes(clock=CLOCK))]))
    assert broker.calls == ["membership", "compliance.clocks.v1", "delivered"]


def test_a_worker_that_is_no_member_any_more_publishes_nothing() -> None:
    """It was suspended, and another has published what is newer: an older clock would be the last word."""
    broker = Broker(member=False)
    with pytest.raises(NotAMemberError):
        broker.publish(Outcome(BATCH, [ForceChanges(0, "LEICS", Changes(clock=CLOCK))]))
    assert broker.calls == ["membership"]


def test_nothing_is_asked_where_there_is_nothing_to_publish() -> None:
    """A batch of ticks that move nothing costs no question."""
    broker = Broker()
    broker.publish(Outcome(BATCH, []))
    assert broker.calls == ["delivered"]
