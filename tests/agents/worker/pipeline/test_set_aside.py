"""What monitors set aside becomes a dead letter, a figure and a line of the log; the worker goes on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from agents.observability.metrics import UNJUDGEABLE, Metrics
from agents.settings.settings import Settings
from agents.topics.dead_letters import name_of
from agents.worker.membership import Membership
from agents.worker.monitors import Monitors
from agents.worker.pipeline.admit import Admission
from agents.worker.pipeline.advance import Advancer, Outcome
from agents.worker.pipeline.apply import Applier
from agents.worker.pipeline.batch_log import BatchLog
from agents.worker.pipeline.batch_metrics import BatchMetrics
from agents.worker.pipeline.decode import Decoder
from agents.worker.pipeline.publish import Publisher
from agents.worker.pipeline.receive import InputBatch
from schemas.codec import Codec
from schemas.products import DeadLetter
from schemas.records import Heartbeat, Incident, Snapshot
from streams.engine.monitor import Monitor
from streams.facts.context import Context
from streams.facts.matters import Matter
from streams.obligations.findings import Judgement
from streams.policy import PolicyBook
from streams.rules import CATALOGUE
from streams.topology.correlation_headers import event_name
from streams.topology.messages import TopicMessage
from tests.agents.examples import DAY, START, closing_heartbeats, incident

CODEC = Codec()
RULE = next(rule for rule in CATALOGUE if rule.id == "crime-not-recorded")
END = START + 30 * DAY


def judge(matter: Matter[Incident], context: Context) -> Judgement:
    """Raise on one incident, with a text that quotes it."""
    if matter.newest.incident_ref == "INC-1":
        raise ZeroDivisionError("Mrs Smith of Station Road")
    return RULE.judge(matter, context)


RULES = tuple(replace(rule, judge=judge) if rule is RULE else rule for rule in CATALOGUE)


@dataclass
class Producer:
    """Keeps what is sent, by topic."""

    sent: list[tuple[str, bytes, bytes | None]] = field(default_factory=list)

    def put(self, topic: str, key: bytes, value: bytes | None, _partition: int) -> None:
        """Keep a message."""
        self.sent.append((topic, key, value))

    async def delivered(self) -> None:
        """Have everything."""

    @property
    def letters(self) -> dict[str, DeadLetter]:
        """The dead letters that were sent, by key."""
        return {
            key.decode(): CODEC.decode_as(DeadLetter, value or b"")
            for topic, key, value in self.sent
            if topic == DeadLetter.TOPIC
        }


async def _still_a_member() -> None:
    """Raise nothing."""


class Worker:
    """The stages from decoding to publishing, over a monitor with a rule that fails on one incident."""

    def __init__(self, folder: Path) -> None:
        book = PolicyBook.built_in()
        monitors = Monitors(lambda force: Monitor(force, book, rules=RULES), lambda _: 0)
        monitors.rebuild((), {0})
        self._monitors = monitors
        self.producer = Producer()
        self.metrics = Metrics()
        self._decoder = Decoder(CODEC)
        self._admission = Admission(lambda _: 0, 365 * DAY, lambda *_: False)
        self._applier, self._advancer = Applier(monitors), Advancer(monitors)
        producer: Any = self.producer
        self._publisher = Publisher(Settings(data=folder), producer, CODEC, Membership(_still_a_member, 8.0))
        self._listeners = BatchMetrics(self.metrics), BatchLog()

    async def process(self, messages: list[TopicMessage]) -> None:
        """Process a batch to where it would be acknowledged."""
        decoded = await self._decoder.decode(InputBatch(messages, ()))
        applied = self._applier.apply(self._admission.admit(decoded))
        for outcome in self._advancer.advance(applied, self._monitors.vouched()):
            await self._publish(outcome)

    async def _publish(self, outcome: Outcome) -> None:
        await self._publisher.publish(outcome)
        for listener in self._listeners:
            listener.persisted(outcome, 0)


def messages(*records: tuple[str, Snapshot | Heartbeat], first_offset: int = 0) -> list[TopicMessage]:
    """Return the messages that carry records, one after another in a partition."""
    return [
        TopicMessage(topic, 0, offset, record.force.encode(), CODEC.encode(record), END)
        for offset, (topic, record) in enumerate(records, first_offset)
    ]


def test_a_matter_that_a_rule_cannot_judge_is_a_dead_letter_a_figure_and_a_line(tmp_path: Path) -> None:
    """They name rule, place and message, and repeat nothing of the record; other matters are judged."""
    worker = Worker(tmp_path)
    sick, well = incident(1), incident(2)
    batch = messages((Incident.TOPIC, sick), (Incident.TOPIC, well), *closing_heartbeats(END))
    with capture_logs() as lines:
        asyncio.run(worker.process(batch))
    (letter,) = worker.producer.letters.values()
    assert (letter.reason, letter.event_id) == ("UNJUDGEABLE", event_name(sick.event_id))
    assert (letter.topic, letter.partition, letter.offset) == (Incident.TOPIC, 0, 0)
    assert (letter.key, letter.value) == (b"LEICS", batch[0].value)
    assert letter.rule == RULE.id
    assert letter.place is not None
    assert f"{RULE.id}: ZeroDivisionError at {letter.place}" in letter.detail
    assert list(worker.producer.letters) == [name_of(letter)]
    assert worker.metrics.value(UNJUDGEABLE, RULE.id) == 1
    (line,) = [line for line in lines if line["event"] == "unjudgeable"]
    assert (line["rule"], line["event_id"], line["failure"]) == (RULE.id, letter.event_id, "ZeroDivisionError")
    assert "Smith" not in f"{lines}{letter}"
    assert any(topic == "compliance.alerts.v1" for topic, _, _ in worker.producer.sent)


def test_what_came_with_an_earlier_batch_is_named_all_the_same(tmp_path: Path) -> None:
    """The deadline passes long after the message; the letter holds the record, and has the same name as ever."""
    worker = Worker(tmp_path)
    asyncio.run(worker.process(messages((Incident.TOPIC, incident(1)))))
    assert worker.producer.letters == {}
    asyncio.run(worker.process(messages(*closing_heartbeats(END), first_offset=1)))
    (letter,) = worker.producer.letters.values()
    assert letter.offset == -1
    assert CODEC.decode(Incident.TOPIC, letter.value or b"") == incident(1)
