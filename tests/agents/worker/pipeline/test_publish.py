"""Publishing an outcome: only as a member of the group, and only done once the broker has it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from agents.settings.clock import ProcessClock
from agents.settings.settings import Settings
from agents.worker.faust_thread import NotAMemberError
from agents.worker.membership import Membership
from agents.worker.pipeline.advance import ForceChanges, Outcome
from agents.worker.pipeline.publish import Publisher
from agents.worker.pipeline.receive import InputBatch
from schemas.codec import Codec
from schemas.products import ForceClock
from streams.engine.changes import Changes
from tests.streams.actions.alerts import alert

BATCH = InputBatch((), [])
SESSION_SECONDS = 8.0
CLOCK = ForceClock(force="LEICS", clock=5, mode="STREAM", feeds=())


class Broker:
    """Everything that a publisher calls, in the order of the calls."""

    def __init__(self, *, member: bool = True, suspended_at: str = "") -> None:
        """``suspended_at`` names a topic: the worker stands still right before it puts a message there."""
        self.calls: list[str] = []
        self.now = self.seconds_a_message = 0.0
        self._suspended_at = suspended_at
        self._member = member
        producer: Any = SimpleNamespace(put=self._put, delivered=self._delivered)
        codec: Any = SimpleNamespace(encode=self._encode)
        self.publisher = Publisher(Settings(), producer, codec, self._membership())

    def publish(self, outcome: Outcome) -> None:
        """Publish an outcome."""
        asyncio.run(self.publisher.publish(outcome))

    def _membership(self) -> Membership:
        return Membership(self._require_membership, SESSION_SECONDS, ProcessClock(stopwatch=lambda: self.now))

    def _encode(self, record: Any) -> bytes:
        if self._suspended_at == record.TOPIC:
            self.now += SESSION_SECONDS + 1
            self._member = False
        return Codec().encode(record)

    def _put(self, topic: str, *_: object) -> None:
        self.now += self.seconds_a_message
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
    assert broker.calls == ["membership", "delivered", "compliance.clocks.v1", "delivered"]


def test_a_clock_is_published_once_the_broker_has_every_alert_up_to_it() -> None:
    """Whoever reads the clock reads no alert too few; of several forces too."""
    broker = Broker()
    changes = [ForceChanges(0, force, Changes(alerts=[alert()], clock=CLOCK)) for force in ("KENT", "LEICS")]
    broker.publish(Outcome(BATCH, changes))
    alerts, clocks = ["compliance.alerts.v1"] * 2, ["compliance.clocks.v1"] * 2
    assert broker.calls == ["membership", *alerts, "delivered", *clocks, "delivered"]


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
    assert set(broker.calls) == {"delivered"}


def test_a_worker_that_stands_still_in_the_middle_publishes_nothing_more() -> None:
    """What the group said before holds no longer: another may have taken over, and published."""
    broker = Broker(suspended_at=ForceClock.TOPIC)
    changes = Changes(alerts=[alert()], clock=CLOCK)
    with pytest.raises(NotAMemberError):
        broker.publish(Outcome(BATCH, [ForceChanges(0, "LEICS", changes)]))
    assert broker.calls == ["membership", "compliance.alerts.v1", "delivered", "membership"]


def test_a_worker_that_takes_long_asks_again_and_goes_on() -> None:
    """It is slow, and still a member."""
    broker = Broker()
    changes = Changes(alerts=[alert(alert_id=str(number)) for number in range(8)])
    broker.seconds_a_message = 0.7
    broker.publish(Outcome(BATCH, [ForceChanges(0, "LEICS", changes)]))
    assert broker.calls.count("compliance.alerts.v1") == 8
    assert broker.calls.count("membership") == 3
