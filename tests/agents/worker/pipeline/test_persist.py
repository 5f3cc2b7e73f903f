"""Persisting an outcome: only as a member of the group, and only done once the changelogs have it."""

from __future__ import annotations

import asyncio
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from agents.settings.clock import ProcessClock
from agents.worker.faust_thread import NotAMemberError
from agents.worker.membership import Membership
from agents.worker.pipeline.advance import ForceChanges, Outcome
from agents.worker.pipeline.persist import Persister
from agents.worker.pipeline.receive import InputBatch
from schemas.records import Incident
from streams.engine.changes import Changes

EVENT: Any = SimpleNamespace(message=SimpleNamespace(partition=3))
BATCH = InputBatch((), [EVENT])
STATE: list[tuple[bytes, bytes | None]] = [(b"LEICS\0a", b"1"), (b"LEICS\0b", None)]
RECORDS = Counter({("LEICS", Incident.TOPIC, 0): 1})


class Tables:
    """Everything that a persister calls, in the order of the calls."""

    def __init__(self, *, member: bool = True, suspended: bool = False) -> None:
        """``suspended``: the worker stands still after its first write."""
        self.calls: list[Any] = []
        self._now = 0.0
        self._suspended = suspended
        self._clock = ProcessClock(stopwatch=lambda: self._now)
        self._member = member
        untyped: Any = self
        rates: Any = SimpleNamespace(write=lambda _: self.calls.append("rates"))
        self.persister = Persister(untyped, rates, untyped, Membership(self._require_membership, 8.0, self._clock))

    def persist(self, outcome: Outcome) -> int:
        """Persist an outcome, and count the entries."""
        return asyncio.run(self.persister.persist(outcome))

    def write(self, event: Any, state: Any) -> None:
        """Write state on behalf of an event."""
        self.calls.append((event, state))
        if self._suspended:
            self._now, self._member = 100.0, False

    async def delivered(self) -> None:
        """Wait for the broker."""
        self.calls.append("delivered")

    async def _require_membership(self) -> None:
        self.calls.append("membership")
        if not self._member:
            raise NotAMemberError


def test_state_is_written_on_behalf_of_the_newest_event_of_its_partition() -> None:
    """Then the rates; and nothing is done before the changelogs have both."""
    tables = Tables()
    assert tables.persist(Outcome(BATCH, [ForceChanges(3, "LEICS", Changes(state=STATE))], RECORDS)) == 2
    assert tables.calls == ["membership", (EVENT, STATE), "rates", "delivered"]


def test_state_may_follow_from_a_batch_without_a_message_of_its_partition() -> None:
    """A clock that had to wait runs with a later batch: the partition's last event stands for it."""
    tables = Tables()
    tables.persist(Outcome(BATCH, [ForceChanges(3, "LEICS", Changes(state=STATE))]))
    elsewhere: Any = SimpleNamespace(message=SimpleNamespace(partition=4))
    later = InputBatch((), [elsewhere])
    assert tables.persist(Outcome(later, [ForceChanges(3, "LEICS", Changes(state=STATE))])) == 2
    assert tables.calls[-3] == (EVENT, STATE)


def test_a_worker_that_is_no_member_any_more_writes_nothing() -> None:
    """Another may own the partition, and would find older state over its own."""
    tables = Tables(member=False)
    with pytest.raises(NotAMemberError):
        tables.persist(Outcome(BATCH, [ForceChanges(3, "LEICS", Changes(state=STATE))], RECORDS))
    assert tables.calls == ["membership"]


def test_a_worker_that_stands_still_in_the_middle_writes_nothing_more() -> None:
    """Another may have taken over, and persisted."""
    tables = Tables(suspended=True)
    changes = [ForceChanges(3, force, Changes(state=STATE)) for force in ("LEICS", "NOTTS")]
    with pytest.raises(NotAMemberError):
        tables.persist(Outcome(BATCH, changes, RECORDS))
    assert tables.calls == ["membership", (EVENT, STATE), "membership"]


def test_an_outcome_without_state_or_records_asks_nobody() -> None:
    """Ticks come every second; most change nothing."""
    tables = Tables()
    assert tables.persist(Outcome(BATCH, [ForceChanges(3, "LEICS", Changes())], ticks={3: 7})) == 0
    assert tables.calls == []
