"""One batch from Kafka to Kafka: in which order things happen, and what happens when one of them fails."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from agents.kafka.fetched_message import FIRST, Fetched
from agents.observability.metrics import ALERTS, COMMITTED, DEAD_LETTERS, EVENTS, STATE_WRITES, TICKS, Metrics
from agents.worker.batch_processor import BatchProcessor
from agents.worker.crash import WorkerCrash, WorkerFaultError
from agents.worker.pipeline.acknowledge import Acknowledger
from agents.worker.pipeline.admit import AdmittedBatch
from agents.worker.pipeline.advance import ForceChanges, Outcome
from agents.worker.pipeline.batch_metrics import BatchMetrics
from agents.worker.pipeline.decode import DecodedBatch, RefusedMessage
from agents.worker.pipeline.listener import BatchListener, BatchListeners
from agents.worker.pipeline.receive import InputBatch, Receiver
from schemas.products import Alert
from schemas.refusals import BadRecordError
from streams.engine.changes import Changes
from streams.topology.messages import TopicMessage

TOPIC = "storm.incidents.v1"


def event(offset: int, *, after: int | None = None, generation: int = 1) -> Any:
    """Return what Faust hands out for a message of partition 0."""
    tp = TP(TOPIC, 0)
    message = Fetched(TOPIC, 0, offset, 1.0, 1, [], b"LEICS", b"", None, tp=tp, generation_id=generation)
    message.after = offset - 1 if after is None else after
    acks: list[int] = []
    return SimpleNamespace(message=message, ack=lambda: acks.append(offset), acks=acks)


class Record(BatchListener):
    """Writes down which parts of a batch were persisted, and whose ticks they judged."""

    def __init__(self, happened: list[str]) -> None:
        self.happened = happened
        self.ticks_judged: list[int] = []

    def persisted(self, outcome: Outcome, entries: int) -> None:  # noqa: ARG002
        self.happened.append("part done")
        self.ticks_judged += outcome.ticks


class Stages:
    """A processor whose stages write down what happens, and fail where they are told to."""

    def __init__(
        self, *, fails: str = "", outcome: Outcome | None = None, parts: int = 1, holds_clocks: bool = False
    ) -> None:
        self.happened: list[str] = []
        self.crashed: list[BaseException] = []
        self.untracked: list[Any] = []
        self.metrics = Metrics()
        self.record = Record(self.happened)
        self._fails = fails
        self._parts = parts
        self._outcome = outcome or Outcome(InputBatch((), ()))
        self.app = SimpleNamespace(
            consumer_generation_id=1,
            crash=self._crash,
            rebalancing=False,
            should_stop=False,
            untrack=self.untracked.extend,
            input_topics={TOPIC: TOPIC},
        )
        app: Any = self.app
        fake: Any = SimpleNamespace(
            decode=self._step("decode", DecodedBatch(InputBatch((), ()), (), 0)),
            admit=self._admit,
            apply=self._apply,
            after=self._after,
            holds_clocks=holds_clocks,
            advance=self._advance,
            audit=self._step("audit", None),
            publish=self._step("publish", None),
            persist=self._step("persist", 3),
        )
        listener = BatchListeners(BatchMetrics(self.metrics), self.record)
        self.processor = BatchProcessor(
            receiver=Receiver(app),
            decoder=fake,
            admission=fake,
            applier=fake,
            limits=fake,
            advancer=fake,
            auditor=fake,
            publisher=fake,
            persister=fake,
            acknowledger=Acknowledger(app),
            listener=listener,
            crash=WorkerCrash(app, listener, lambda _: None),
        )

    def process(self, events: Sequence[Any]) -> list[int]:
        """Process a batch, giving up on a processor that waits to be torn down; the offsets acknowledged."""

        async def process() -> None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.processor.process(events), 0.2)

        asyncio.run(process())
        return [offset for one in events for offset in one.acks]

    def _admit(self, _: object) -> AdmittedBatch:
        self._do("admit")
        return AdmittedBatch(InputBatch((), ()), (), ())

    def _apply(self, _: object) -> None:
        self._do("apply")

    async def _after(self, _: object) -> dict[str, int]:
        return {}

    def _advance(self, _: object, limits: object) -> Iterator[Outcome]:  # noqa: ARG002
        """Tell what follows in as many parts as the stages are set for."""
        for left in range(self._parts - 1, -1, -1):
            yield replace(self._outcome, is_last=not left)

    def _step(self, name: str, result: object) -> Callable[..., Any]:
        async def step(*_: object) -> object:
            self._do(name)
            return result

        return step

    def _do(self, name: str) -> None:
        self.happened.append(name)
        if name == self._fails:
            raise ValueError("Mrs Smith of Station Road")

    async def _crash(self, failure: BaseException) -> None:
        self.crashed.append(failure)


def test_a_batch_is_judged_published_persisted_and_only_then_acknowledged() -> None:
    """Alerts are with the broker before the state they follow from, and both before the messages are let go."""
    stages = Stages()
    assert stages.process([event(0, after=FIRST), event(1)]) == [0, 1]
    assert stages.happened == ["decode", "admit", "apply", "audit", "publish", "persist", "part done"]
    assert stages.metrics.value(COMMITTED) == 2
    assert stages.metrics.value(STATE_WRITES) == 3


@pytest.mark.parametrize("step", ["decode", "admit", "apply", "audit", "publish", "persist"])
def test_whatever_fails_stops_the_worker_and_nothing_is_acknowledged(step: str) -> None:
    """The fault names the kind and the place of the failure, never its message, which may quote a record."""
    stages = Stages(fails=step)
    assert stages.process([event(0, after=FIRST)]) == []
    (fault,) = stages.crashed
    assert isinstance(fault, WorkerFaultError)
    assert "ValueError" in str(fault)
    assert "Smith" not in repr(fault)
    assert fault.__context__ is None
    assert stages.happened[-1] == step


def test_a_message_that_never_came_stops_the_worker() -> None:
    """What follows a gap between fetched messages must not be acknowledged, since that would skip the gap."""
    stages = Stages()
    assert stages.process([event(0, after=FIRST), event(1)]) == [0, 1]
    assert stages.process([event(3)]) == []
    assert "MessageLostError" in str(stages.crashed[0])


def test_the_first_message_after_a_seek_follows_nothing() -> None:
    """Messages read again from the committed offset are processed again."""
    stages = Stages()
    stages.process([event(0, after=FIRST), event(1)])
    assert stages.process([event(1, after=FIRST), event(2)]) == [1, 2]


def test_offsets_without_a_message_are_no_gap() -> None:
    """A transaction's mark takes an offset; the message behind it still says which message came before."""
    stages = Stages()
    assert stages.process([event(0, after=FIRST), event(2, after=0), event(5, after=2)]) == [0, 2, 5]


def test_a_batch_from_before_a_rebalance_stops_the_worker() -> None:
    """It belongs to an assignment that is over; another worker may be processing it."""
    stages = Stages()
    assert stages.process([event(0, after=FIRST, generation=0)]) == []
    assert "StaleBatchError" in str(stages.crashed[0])


def test_what_a_batch_came_to_is_counted() -> None:
    """Events by force and feed, alerts by rule, severity and status, dead letters by reason, ticks by partition."""
    alert = Alert(
        alert_id="a",
        force="LEICS",
        rule_id="crime-not-recorded",
        policy_version="1",
        subject_system="STORM",
        subject_ref="I",
        severity="HIGH",
        status="BREACHED",
        certainty="CONFIRMED",
        raised_at=0,
        updated_at=0,
        sequence=1,
        title="t",
    )
    message = TopicMessage(TOPIC, 0, 0, b"", b"")
    outcome = Outcome(
        InputBatch([message], ()),
        [ForceChanges(0, "LEICS", Changes(alerts=[alert, alert]))],
        Counter({("LEICS", TOPIC, 0): 5}),
        {0: 4},
        [RefusedMessage(message, BadRecordError("NOT_AVRO", "d"))],
    )
    stages = Stages(outcome=outcome)
    stages.process([event(0, after=FIRST)])
    assert stages.metrics.value(EVENTS, "LEICS", TOPIC) == 5
    assert stages.metrics.value(ALERTS, "crime-not-recorded", "HIGH", "BREACHED") == 2
    assert stages.metrics.value(DEAD_LETTERS, TOPIC, "NOT_AVRO") == 1
    assert stages.metrics.value(TICKS, "0") == 1
    assert stages.record.ticks_judged == [0]


def test_a_long_batch_is_acknowledged_after_its_last_part() -> None:
    """Each part is sent and kept by itself."""
    stages = Stages(parts=3)
    assert stages.process([event(0, after=FIRST)]) == [0]
    assert stages.happened == ["decode", "admit", "apply"] + ["audit", "publish", "persist", "part done"] * 3


@pytest.mark.parametrize("why", ["rebalancing", "should_stop"])
def test_a_long_batch_is_left_to_be_read_again_when_others_wait_for_it(why: str) -> None:
    """What was judged is kept; the messages are neither acknowledged nor waited for any longer."""
    stages = Stages(parts=3)
    setattr(stages.app, why, True)
    batch = [event(0, after=FIRST)]
    assert stages.process(batch) == []
    assert stages.happened == ["decode", "admit", "apply", "audit", "publish", "persist", "part done"]
    assert stages.untracked == [batch[0].message]
    assert stages.metrics.value(COMMITTED) == 0
    assert stages.crashed == []


@pytest.mark.parametrize("why", ["rebalancing", "should_stop"])
def test_a_batch_whose_clocks_must_wait_is_left_to_be_read_again_when_others_wait_for_it(why: str) -> None:
    """Nothing else may come to let the clocks run."""
    stages = Stages(holds_clocks=True)
    setattr(stages.app, why, True)
    batch = [event(0, after=FIRST)]
    assert stages.process(batch) == []
    assert stages.untracked == [batch[0].message]


def test_a_batch_whose_clocks_must_wait_is_acknowledged_where_nobody_waits_for_it() -> None:
    """What its clocks wait for comes in another."""
    assert Stages(holds_clocks=True).process([event(0, after=FIRST)]) == [0]


def test_a_batch_whose_last_part_is_done_is_acknowledged_though_others_wait() -> None:
    """There is nothing left of it to be read again."""
    stages = Stages()
    stages.app.rebalancing = True
    assert stages.process([event(0, after=FIRST)]) == [0]
