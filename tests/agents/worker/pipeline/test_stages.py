"""The stages from decoding to advancing: a batch of messages in, what follows from it out; no Kafka."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field
from typing import Any

import pytest

from agents.settings.clock import SYSTEM_CLOCK, ProcessClock
from agents.topics.dead_letters import letter_of
from agents.worker.monitors import Monitors
from agents.worker.pipeline.admit import TICK_ALLOWANCE_MS, Admission
from agents.worker.pipeline.advance import Advancer, Outcome
from agents.worker.pipeline.apply import Applier
from agents.worker.pipeline.decode import Decoder
from agents.worker.pipeline.receive import InputBatch
from schemas.codec import Codec
from schemas.products import ClockMode, Tick
from schemas.records import Crime, Heartbeat, Incident, Snapshot
from streams.engine.changes import Changes
from streams.engine.clocks import WallClock
from streams.engine.monitor import Monitor
from streams.facts.completeness import MOST_SOURCES
from streams.policy import PolicyBook
from streams.topology.messages import TopicMessage
from tests.agents.examples import DAY, START, closing_heartbeats, crime, incident
from tests.streams.world import reading

CODEC = Codec()


@dataclass
class Listener:
    """A monitor that writes down what it is given."""

    force: str
    mode: ClockMode
    heard: list[Any] = field(default_factory=list)
    clock: int | None = START - 1

    def apply(self, snapshot: Snapshot, ingest_time: int) -> None:
        self.heard.append((snapshot.event_id, ingest_time))

    def heartbeat(self, topic: str, heartbeat: Heartbeat, ingest_time: int) -> None:
        self.heard.append((topic, heartbeat.complete_through, ingest_time))

    def gate(self) -> int:
        return START

    @property
    def completeness(self) -> Listener:
        return self

    def advance(self, until: int) -> None:
        self.clock = until
        self.heard.append(("advance", until))

    def tick(self, wall: int) -> None:
        self.heard.append(("tick", wall))

    def drain(self) -> Changes:
        return Changes()


class Stages:
    """The stages from decoding to advancing, over monitors in partitions 0 and 1."""

    def __init__(
        self, monitors: Monitors, *, live: bool = False, ticks_from: int = 0, clock: ProcessClock = SYSTEM_CLOCK
    ) -> None:
        monitors.rebuild((), {0, 1})
        self.decoder = Decoder(CODEC)
        self.admission = Admission(monitors.partition_of, DAY, lambda _, offset: live and offset >= ticks_from)
        self.applier = Applier(monitors)
        self.advancer = Advancer(monitors, clock)
        self._monitors = monitors

    def process(self, messages: list[TopicMessage]) -> list[Outcome]:
        """Process a batch, part by part."""
        decoded = asyncio.run(self.decoder.decode(InputBatch(messages, ())))
        applied = self.applier.apply(self.admission.admit(decoded))
        return list(self.advancer.advance(applied, self._monitors.vouched()))


class Bench:
    """The stages over listening monitors; every force lives in partition 0 of two, but ELSEWHERE in 1."""

    def __init__(self, *, live: bool = False, ticks_from: int = 0) -> None:
        self.listeners: dict[str, Listener] = {}
        self._mode: ClockMode = "LIVE" if live else "STREAM"
        self.monitors = Monitors(self._listener, lambda force: int(force == "ELSEWHERE"))  # type: ignore[arg-type]
        self._stages = Stages(self.monitors, live=live, ticks_from=ticks_from)

    def process(self, messages: list[TopicMessage]) -> Outcome:
        """Process a batch, in one part since nothing takes long here."""
        (outcome,) = self._stages.process(messages)
        return outcome

    def _listener(self, force: str) -> Listener:
        return self.listeners.setdefault(force, Listener(force, self._mode))


def message(record: Snapshot | Heartbeat | Tick, offset: int = 0, *, topic: str = "", **changed: Any) -> TopicMessage:
    """Return the message that carries a record."""
    key = b"" if isinstance(record, Tick) else record.force.encode()
    topic = topic or ("" if isinstance(record, Heartbeat) else record.TOPIC)
    plain = TopicMessage(topic, 0, offset, key, CODEC.encode(record), START)
    return plain._replace(**changed)


def test_messages_reach_their_force_in_the_order_in_which_they_came() -> None:
    """Snapshots and heartbeats are handed over one by one, and the clock moves once, after the batch."""
    bench = Bench()
    beat = Heartbeat(force="LEICS", source="S", complete_through=START)
    bench.process(
        [
            message(incident(1)),
            message(crime(1)),
            message(beat, topic=Incident.TOPIC),
            message(incident(2, "DERBS")),
        ]
    )
    assert bench.listeners["LEICS"].heard == [
        ("i-LEICS-1", START),
        ("c-LEICS-1", START),
        (Incident.TOPIC, START, START),
        ("advance", START),
    ]
    assert bench.listeners["DERBS"].heard == [("i-DERBS-2", START), ("advance", START)]


def test_what_follows_is_told_by_partition_and_force() -> None:
    """Each force that a batch touched is drained once; records are counted by force, feed and minute."""
    bench = Bench()
    outcome = bench.process([message(incident(1)), message(incident(2)), message(crime(1))])
    assert [(partition, force) for partition, force, _ in outcome.changes] == [(0, "LEICS")]
    minute = START - START % 60_000
    assert outcome.records == {("LEICS", Incident.TOPIC, minute): 2, ("LEICS", Crime.TOPIC, minute): 1}
    assert list(outcome.refused) == []


@pytest.mark.parametrize(
    ("refused", "reason"),
    [
        (message(incident(1), value=None), "EMPTY_VALUE"),
        (message(incident(1), value=b""), "EMPTY_VALUE"),
        (message(incident(1), value=b"not avro at all"), "NOT_AVRO"),
        (message(incident(1), value=CODEC.encode(incident(1)) + b"!"), "TRAILING_BYTES"),
        (message(incident(1), topic=Crime.TOPIC), "WRONG_RECORD"),
        (message(incident(1), topic=Tick.TOPIC), "WRONG_RECORD"),
        (message(incident(1), key=b"DERBS"), "WRONG_KEY"),
        (message(incident(1), key=None), "WRONG_KEY"),
        (message(incident(1), partition=1), "WRONG_KEY"),
        (message(incident(1, force="A\0B")), "EMPTY_FORCE"),
        (message(incident(1, event_time=START + DAY + 1)), "FAR_FUTURE"),
        (
            message(Heartbeat(force="LEICS", source="S", complete_through=START + DAY + 1), topic=Crime.TOPIC),
            "FAR_FUTURE",
        ),
    ],
)
def test_what_cannot_be_taken_is_set_aside_whole(refused: TopicMessage, reason: str) -> None:
    """A dead letter holds the message as it came and the reason; no monitor hears of it."""
    bench = Bench()
    outcome = bench.process([refused])
    (letter,) = [letter_of(message, error) for message, error in outcome.refused]
    assert letter.reason == reason
    assert (letter.topic, letter.partition, letter.offset, letter.key, letter.value) == (
        refused.topic,
        refused.partition,
        refused.offset,
        refused.key,
        refused.value,
    )
    assert bench.listeners == {}


def test_a_record_a_day_ahead_of_its_arrival_is_still_taken() -> None:
    """The allowance is inclusive, to the millisecond."""
    bench = Bench()
    assert bench.process([message(incident(1, event_time=START + DAY))]).refused == []


class Buggy(Listener):
    """A monitor with a bug."""

    def apply(self, snapshot: Snapshot, ingest_time: int) -> None:
        raise KeyError(snapshot.event_id, ingest_time)


def test_heartbeats_under_endless_names_do_not_fill_the_clock() -> None:
    """Each is written with every move of the clock.  Those beyond are set aside; the sources that there are go on."""
    book = PolicyBook.built_in()
    monitors = Monitors(lambda force: Monitor(force, book), lambda _: 0)
    stages = Stages(monitors)
    names = [f"S{number}" for number in range(MOST_SOURCES + 3)]
    for through in (START - 1, START):
        beats = [Heartbeat(force="LEICS", source=name, complete_through=through) for name in names]
        (outcome,) = stages.process([message(beat, topic=Incident.TOPIC) for beat in beats])
        assert [refused.error.reason for refused in outcome.refused] == ["TOO_MANY_SOURCES"] * 3
    vouched = monitors.monitor("LEICS").completeness.vouched
    assert vouched == {Incident.TOPIC: dict.fromkeys(names[:MOST_SOURCES], START)}
    elsewhere = Heartbeat(force="LEICS", source=names[-1], complete_through=START)
    (outcome,) = stages.process([message(elsewhere, topic=Crime.TOPIC)])
    assert outcome.refused == []


def test_a_heartbeat_whose_source_is_no_name_is_set_aside() -> None:
    """64 KiB of text would be kept with the clock."""
    bench = Bench()
    beats = [Heartbeat(force="LEICS", source="x" * length, complete_through=START) for length in (256, 257)]
    outcome = bench.process([message(beat, topic=Incident.TOPIC) for beat in beats])
    assert [refused.error.reason for refused in outcome.refused] == ["TOO_LARGE"]


def test_a_bug_in_a_monitor_is_not_bad_data() -> None:
    """What a monitor raises goes through, so that the worker stops; it never becomes a dead letter."""
    monitors = Monitors(lambda force: Buggy(force, "STREAM"), lambda _: 0)  # type: ignore[arg-type, return-value]
    with pytest.raises(KeyError):
        Stages(monitors).process([message(incident(1))])


def test_live_only_ticks_move_time() -> None:
    """Live, a batch of snapshots does not advance the clock; a tick does, for every force of its partition."""
    bench = Bench(live=True)
    elsewhere = message(incident(1, "ELSEWHERE"), partition=1)
    outcome = bench.process([message(incident(1)), elsewhere, message(Tick(partition=0, wall=START), 7)])
    assert bench.listeners["LEICS"].heard == [("i-LEICS-1", START), ("tick", START)]
    assert bench.listeners["ELSEWHERE"].heard == [("i-ELSEWHERE-1", START)]
    assert outcome.ticks == {0: 7}


def test_ticks_from_before_the_assignment_move_nothing() -> None:
    """Only a tick at or after the offset noted when the partition was assigned says that the worker has caught up."""
    bench = Bench(live=True, ticks_from=8)
    bench.process([message(incident(1)), message(Tick(partition=0, wall=START), 7)])
    assert bench.listeners["LEICS"].heard == [("i-LEICS-1", START)]
    bench.process([message(Tick(partition=0, wall=START + 1), 8)])
    assert bench.listeners["LEICS"].heard[-1] == ("tick", START + 1)


@pytest.mark.parametrize(
    ("tick", "reason"),
    [
        (Tick(partition=0, wall=START + TICK_ALLOWANCE_MS + 1), "FAR_FUTURE"),
        (Tick(partition=0, wall=START + 2 * DAY), "FAR_FUTURE"),
        (Tick(partition=1, wall=START), "WRONG_KEY"),
    ],
)
def test_a_tick_that_is_ahead_of_its_arrival_or_elsewhere_moves_nothing(tick: Tick, reason: str) -> None:
    """A live clock never goes back, so a host two days fast would let everything fall due for good."""
    bench = Bench(live=True)
    outcome = bench.process([message(incident(1)), message(tick, 7)])
    assert [refused.error.reason for refused in outcome.refused] == [reason]
    assert bench.listeners["LEICS"].heard == [("i-LEICS-1", START)]
    assert outcome.ticks == {}


def test_a_tick_a_little_ahead_of_its_arrival_moves_time() -> None:
    """Clocks of two machines are never quite the same."""
    bench = Bench(live=True)
    bench.process([message(incident(1)), message(Tick(partition=0, wall=START + TICK_ALLOWANCE_MS), 7)])
    assert bench.listeners["LEICS"].heard[-1] == ("tick", START + TICK_ALLOWANCE_MS)


def test_the_first_tick_begins_the_watch() -> None:
    """A feed not heard by then is silent only when its interval has passed since, not since the epoch."""
    book = PolicyBook.from_toml(f'version = "own"\n[installation]\nfeeds = ["{Incident.TOPIC}", "{Crime.TOPIC}"]\n')
    stages = Stages(Monitors(lambda force: Monitor(force, book, clock=WallClock), lambda _: 0), live=True)

    def silent(wall: int) -> set[str]:
        (outcome,) = stages.process([message(Tick(partition=0, wall=wall), ingest_time=wall)])
        alerts = [alert for _, _, changes in outcome.changes for alert in changes.alerts]
        return {alert.subject_ref for alert in alerts if alert.rule_id == "feed-silent"}

    stages.process([message(incident(1))])
    assert silent(START) == set()
    assert Crime.TOPIC in silent(START + DAY)


def test_under_the_stream_clock_ticks_mean_nothing() -> None:
    """What a live worker left on the ticks topic does not reach a monitor that goes by the feeds."""
    bench = Bench()
    bench.process([message(incident(1))])
    bench.process([message(Tick(partition=0, wall=START))])
    assert bench.listeners["LEICS"].heard == [("i-LEICS-1", START), ("advance", START)]


def test_a_long_run_is_told_in_parts() -> None:
    """Each force is drained after each part, so that what was judged is kept before the rest is; all get there."""
    book = PolicyBook.built_in()
    ticking = itertools.count()
    clock = ProcessClock(stopwatch=lambda: next(ticking) * 0.3)
    stages = Stages(Monitors(lambda force: Monitor(force, book), lambda _: 0), clock=clock)
    records = [incident(number, force) for force in ("LEICS", "DERBS") for number in range(5)]
    messages = [message(record, ingest_time=record.event_time) for record in records]
    for force in ("LEICS", "DERBS"):
        for topic, beat in closing_heartbeats(START + 30 * DAY, force):
            messages.append(message(beat, topic=topic, ingest_time=START + 30 * DAY))
    parts = stages.process(messages)
    assert len(parts) > 3
    assert parts[0].records.total() == len(messages)
    assert all(not part.records for part in parts[1:])
    assert [part.is_last for part in parts] == [False] * (len(parts) - 1) + [True]
    alerts = [alert for part in parts for _, _, changes in part.changes for alert in changes.alerts]
    for force in ("LEICS", "DERBS"):
        whole = Monitor(force, book)
        for record in records:
            if record.force == force:
                whole.apply(record, record.event_time)
        for topic, beat in closing_heartbeats(START + 30 * DAY, force):
            whole.heartbeat(topic, beat, START + 30 * DAY)
        whole.advance()
        assert [alert for alert in alerts if alert.force == force] == whole.drain().alerts


def test_a_second_reading_by_the_first_reader_is_set_aside() -> None:
    """Whoever reads again reads nothing: the FIRST is known, by this batch or an earlier one."""
    book = PolicyBook.built_in()
    stages = Stages(Monitors(lambda force: Monitor(force, book), lambda _: 0))
    first = reading(START, read_by="A1", event_id="a-1")
    again = reading(START, reader="SECOND", read_by=" a1", event_id="a-2")
    other = reading(START, reader="SECOND", read_by="A2", event_id="a-3")
    (outcome,) = stages.process([message(first), message(again), message(other)])
    assert [(refusal.error.reason, refusal.error.event_id) for refusal in outcome.refused] == [("OUT_OF_RANGE", "a-2")]
    assert outcome.records.total() == 2
    (later,) = stages.process([message(again)])
    assert [refusal.error.event_id for refusal in later.refused] == ["a-2"]
    (elsewhere,) = stages.process([message(reading(START, reader="SECOND", read_by="A1", ref="I-2"))])
    assert list(elsewhere.refused) == []
