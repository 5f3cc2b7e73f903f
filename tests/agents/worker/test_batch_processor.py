"""One batch from Kafka to Kafka: in which order things happen, and what happens when one of them fails."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from agents.observability.metrics import ALERTS, COMMITTED, DEAD_LETTERS, EVENTS, STATE_WRITES, TICKS, Metrics
from agents.worker.batch_processor import BatchProcessor, WorkerFaultError
from agents.worker.faust_consumer import FIRST, Fetched
from agents.worker.intake import Outcome
from schemas.codec import Codec
from schemas.products import Alert, DeadLetter
from streams.engine.changes import Changes

TOPIC = "storm.incidents.v1"


def event(offset: int, *, after: int | None = None, generation: int = 1) -> Any:
    """What Faust hands out for a message of partition 0."""
    tp = TP(TOPIC, 0)
    message = Fetched(TOPIC, 0, offset, 1.0, 1, [], b"LEICS", b"", None, tp=tp, generation_id=generation)
    message.after = offset - 1 if after is None else after
    acks: list[int] = []
    return SimpleNamespace(message=message, ack=lambda: acks.append(offset), acks=acks)


class Stage:
    """Everything around a processor, writing down what happens, and failing where it is told to."""

    def __init__(self, *, fails: str = "", outcome: Outcome | None = None, parts: int = 1) -> None:
        self.happened: list[str] = []
        self.parts = parts
        self.behind: set[str] = set()
        self.crashed: list[BaseException] = []
        self.ticks_judged: list[int] = []
        self.forgotten: list[Any] = []
        self.metrics = Metrics()
        self._fails = fails
        self._outcome = outcome or Outcome()
        self.app = SimpleNamespace(
            consumer_generation_id=1, crash=self._crash, rebalancing=False, should_stop=False,
            forget=self.forgotten.extend,
        )  # fmt: skip
        self.processor = BatchProcessor(
            app=self.app,  # type: ignore[arg-type]
            intake=self,  # type: ignore[arg-type]
            delivery=SimpleNamespace(send=self._step("send"), keep=self._step("keep")),  # type: ignore[arg-type]
            table=SimpleNamespace(),  # type: ignore[arg-type]
            metrics=self.metrics,
            codec=Codec(),
            tick_judged=self.ticks_judged.append,
            part_done=lambda: self.happened.append("part done"),
            topics={TOPIC: TOPIC},
        )

    def process(self, events: Sequence[Any]) -> list[int]:
        """Process a batch, giving up on a processor that waits to be torn down; the offsets acknowledged."""

        async def process() -> None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.processor.process(events), 0.2)

        asyncio.run(process())
        return [offset for one in events for offset in one.acks]

    def receive(self, _: object) -> Outcome:
        """Take a batch, as an intake does."""
        self._do("receive")
        return self._outcome

    def judge(self, outcome: Outcome) -> Iterator[Outcome]:
        """Tell what follows in as many parts as the stage is set for."""
        for left in range(self.parts - 1, -1, -1):
            self.behind = {"LEICS"} if left else set()
            yield outcome

    def _step(self, name: str) -> Callable[..., Any]:
        async def step(*_: object) -> int:
            self._do(name)
            return 3

        return step

    def _do(self, name: str) -> None:
        self.happened.append(name)
        if name == self._fails:
            raise ValueError("Mrs Smith of Station Road")

    async def _crash(self, failure: BaseException) -> None:
        self.crashed.append(failure)


def test_a_batch_is_judged_sent_kept_and_only_then_acknowledged() -> None:
    """Alerts are with the broker before the state they follow from, and both before the messages are let go."""
    stage = Stage()
    assert stage.process([event(0, after=FIRST), event(1)]) == [0, 1]
    assert stage.happened == ["receive", "send", "keep", "part done"]
    assert stage.metrics.value(COMMITTED) == 2
    assert stage.metrics.value(STATE_WRITES) == 3


@pytest.mark.parametrize("step", ["receive", "send", "keep"])
def test_whatever_fails_stops_the_worker_and_nothing_is_acknowledged(step: str) -> None:
    """The fault names the kind and the place of the failure, never its message, which may quote a record."""
    stage = Stage(fails=step)
    assert stage.process([event(0, after=FIRST)]) == []
    (fault,) = stage.crashed
    assert isinstance(fault, WorkerFaultError)
    assert "ValueError" in str(fault)
    assert "Smith" not in repr(fault)
    assert fault.__context__ is None
    assert stage.happened[-1] == step


def test_a_message_that_never_came_stops_the_worker() -> None:
    """What follows a gap between fetched messages must not be acknowledged, since that would skip the gap."""
    stage = Stage()
    assert stage.process([event(0, after=FIRST), event(1)]) == [0, 1]
    assert stage.process([event(3)]) == []
    assert "MessageLostError" in str(stage.crashed[0])


def test_the_first_message_after_a_seek_follows_nothing() -> None:
    """Messages read again from the committed offset are processed again."""
    stage = Stage()
    stage.process([event(0, after=FIRST), event(1)])
    assert stage.process([event(1, after=FIRST), event(2)]) == [1, 2]


def test_offsets_without_a_message_are_no_gap() -> None:
    """A transaction's mark takes an offset; the message behind it still says which message came before."""
    stage = Stage()
    assert stage.process([event(0, after=FIRST), event(2, after=0), event(5, after=2)]) == [0, 2, 5]


def test_a_batch_from_before_a_rebalance_stops_the_worker() -> None:
    """It belongs to an assignment that is over; another worker may be processing it."""
    stage = Stage()
    assert stage.process([event(0, after=FIRST, generation=0)]) == []
    assert "StaleBatchError" in str(stage.crashed[0])


def test_what_a_batch_came_to_is_counted() -> None:
    """Events by force and feed, alerts by rule, severity and status, dead letters by reason, ticks by partition."""
    alert = Alert(
        alert_id="a", force="LEICS", rule_id="crime-not-recorded", policy_version="1", subject_system="STORM",
        subject_ref="I", severity="HIGH", status="BREACHED", certainty="CONFIRMED", raised_at=0, updated_at=0,
        sequence=1, title="t",
    )  # fmt: skip
    letter = DeadLetter(topic=TOPIC, partition=0, offset=0, ingest_time=0, reason="NOT_AVRO", detail="d")
    outcome = Outcome(
        changes=[(0, "LEICS", Changes(alerts=[alert, alert]))], dead_letters=[letter], refused_ids=[None], ticks={0: 4}
    )
    outcome.events["LEICS", TOPIC, 0] = 5
    stage = Stage(outcome=outcome)
    stage.process([event(0, after=FIRST)])
    assert stage.metrics.value(EVENTS, "LEICS", TOPIC) == 5
    assert stage.metrics.value(ALERTS, "crime-not-recorded", "HIGH", "BREACHED") == 2
    assert stage.metrics.value(DEAD_LETTERS, TOPIC, "NOT_AVRO") == 1
    assert stage.metrics.value(TICKS, "0") == 1
    assert stage.ticks_judged == [0]


def test_a_long_batch_is_acknowledged_after_its_last_part() -> None:
    """Each part is sent and kept by itself."""
    stage = Stage(parts=3)
    assert stage.process([event(0, after=FIRST)]) == [0]
    assert stage.happened == ["receive"] + ["send", "keep", "part done"] * 3


@pytest.mark.parametrize("why", ["rebalancing", "should_stop"])
def test_a_long_batch_is_left_to_be_read_again_when_others_wait_for_it(why: str) -> None:
    """What was judged is kept; the messages are neither acknowledged nor waited for any longer."""
    stage = Stage(parts=3)
    setattr(stage.app, why, True)
    batch = [event(0, after=FIRST)]
    assert stage.process(batch) == []
    assert stage.happened == ["receive", "send", "keep", "part done"]
    assert stage.forgotten == [batch[0].message]
    assert stage.crashed == []


def test_a_batch_whose_last_part_is_done_is_acknowledged_though_others_wait() -> None:
    """There is nothing left of it to be read again."""
    stage = Stage()
    stage.app.rebalancing = True
    assert stage.process([event(0, after=FIRST)]) == [0]
