"""A batch of messages in, what follows from it out; no Kafka."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import pytest

from agents.worker.intake import Arrival, Intake, Outcome
from agents.worker.monitors import Monitors
from schemas.codec import Codec
from schemas.products import Tick
from schemas.records import Crime, Heartbeat, Incident, Snapshot
from streams.engine.changes import Changes
from streams.engine.clocks import WallClock
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook
from tests.agents.examples import DAY, START, closing_heartbeats, crime, incident

CODEC = Codec()


@dataclass
class Listener:
    """A monitor that writes down what it is told."""

    force: str
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


class Bench:
    """An intake over listening monitors; every force lives in partition 0 of two, but ELSEWHERE in 1."""

    def __init__(self, *, live: bool = False) -> None:
        self.listeners: dict[str, Listener] = {}
        self.forces = Monitors(self._listener, lambda force: int(force == "ELSEWHERE"))  # type: ignore[arg-type]
        self.forces.rebuild((), {0, 1})
        self.intake = Intake(self.forces, CODEC, live=live, far_future=DAY)

    def receive(self, arrivals: list[Arrival]) -> Outcome:
        """Take a batch and judge it, in one part since nothing takes long here."""
        (outcome,) = self.intake.judge(self.intake.receive(arrivals))
        return outcome

    def _listener(self, force: str) -> Listener:
        return self.listeners.setdefault(force, Listener(force))


def arrival(record: Snapshot | Heartbeat | Tick, offset: int = 0, *, topic: str = "", **changed: Any) -> Arrival:
    """The message that carries a record."""
    key = b"" if isinstance(record, Tick) else record.force.encode()
    topic = topic or ("" if isinstance(record, Heartbeat) else record.TOPIC)
    plain = Arrival(topic, 0, offset, START, key, CODEC.encode(record))
    return plain._replace(**changed)


def test_messages_reach_their_force_in_the_order_in_which_they_came() -> None:
    """Snapshots and heartbeats are handed over one by one, and the clock moves once, after the batch."""
    bench = Bench()
    beat = Heartbeat(force="LEICS", source="S", complete_through=START)
    bench.receive(
        [
            arrival(incident(1)),
            arrival(crime(1)),
            arrival(beat, topic=Incident.TOPIC),
            arrival(incident(2, "DERBS")),
        ]
    )
    assert bench.listeners["LEICS"].heard == [
        ("i-LEICS-1", START), ("c-LEICS-1", START), (Incident.TOPIC, START, START), ("advance", START),
    ]  # fmt: skip
    assert bench.listeners["DERBS"].heard == [("i-DERBS-2", START), ("advance", START)]


def test_what_follows_is_told_by_partition_and_force() -> None:
    """Each force that a batch touched is drained once; records are counted by force, feed and minute."""
    bench = Bench()
    outcome = bench.receive([arrival(incident(1)), arrival(incident(2)), arrival(crime(1))])
    assert [(partition, force) for partition, force, _ in outcome.changes] == [(0, "LEICS")]
    minute = START - START % 60_000
    assert outcome.events == {("LEICS", Incident.TOPIC, minute): 2, ("LEICS", Crime.TOPIC, minute): 1}
    assert outcome.dead_letters == []


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (arrival(incident(1), value=None), "EMPTY_VALUE"),
        (arrival(incident(1), value=b""), "EMPTY_VALUE"),
        (arrival(incident(1), value=b"not avro at all"), "NOT_AVRO"),
        (arrival(incident(1), value=CODEC.encode(incident(1)) + b"!"), "TRAILING_BYTES"),
        (arrival(incident(1), topic=Crime.TOPIC), "WRONG_RECORD"),
        (arrival(incident(1), topic=Tick.TOPIC), "WRONG_RECORD"),
        (arrival(incident(1), key=b"DERBS"), "WRONG_KEY"),
        (arrival(incident(1), key=None), "WRONG_KEY"),
        (arrival(incident(1), partition=1), "WRONG_KEY"),
        (arrival(incident(1, force="A\0B")), "EMPTY_FORCE"),
        (arrival(incident(1, event_time=START + DAY + 1)), "FAR_FUTURE"),
        (arrival(Heartbeat(force="LEICS", source="S", complete_through=START + DAY + 1), topic=Crime.TOPIC),
         "FAR_FUTURE"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_set_aside_whole(message: Arrival, reason: str) -> None:
    """A dead letter holds the message as it came and the reason; no monitor hears of it."""
    bench = Bench()
    outcome = bench.receive([message])
    (letter,) = outcome.dead_letters
    assert letter.reason == reason
    assert (letter.topic, letter.partition, letter.offset, letter.key, letter.value) == (
        message.topic, message.partition, message.offset, message.key, message.value,
    )  # fmt: skip
    assert bench.listeners == {}


def test_a_record_a_day_ahead_of_its_arrival_is_still_taken() -> None:
    """The allowance is inclusive, to the millisecond."""
    bench = Bench()
    assert bench.receive([arrival(incident(1, event_time=START + DAY))]).dead_letters == []


def test_a_bug_in_a_monitor_is_not_bad_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a monitor raises goes through, so that the worker stops; it never becomes a dead letter."""
    bench = Bench()

    def fail(*_: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(bench.forces.monitor("LEICS"), "take", fail)
    with pytest.raises(KeyError):
        bench.receive([arrival(incident(1))])


def test_live_only_ticks_move_time() -> None:
    """Live, a batch of snapshots does not advance the clock; a tick does, for every force of its partition."""
    bench = Bench(live=True)
    elsewhere = arrival(incident(1, "ELSEWHERE"), partition=1)
    outcome = bench.receive([arrival(incident(1)), elsewhere, arrival(Tick(partition=0, wall=START), 7)])
    assert bench.listeners["LEICS"].heard == [("i-LEICS-1", START), ("tick", START)]
    assert bench.listeners["ELSEWHERE"].heard == [("i-ELSEWHERE-1", START)]
    assert outcome.ticks == {0: 7}


def test_ticks_from_before_the_assignment_move_nothing() -> None:
    """Only a tick at or after the offset noted when the partition was assigned says that the worker has caught up."""
    bench = Bench(live=True)
    bench.intake.count_ticks_from({0: 8})
    bench.receive([arrival(incident(1)), arrival(Tick(partition=0, wall=START), 7)])
    assert bench.listeners["LEICS"].heard == [("i-LEICS-1", START)]
    bench.receive([arrival(Tick(partition=0, wall=START + 1), 8)])
    assert bench.listeners["LEICS"].heard[-1] == ("tick", START + 1)


def test_the_first_tick_begins_the_watch() -> None:
    """A feed not heard by then is silent only when its interval has passed since, not since the epoch."""
    book = PolicyBook.built_in()
    forces = Monitors(lambda force: Monitor(force, book, clock=WallClock), lambda _: 0)
    forces.rebuild((), {0})
    intake = Intake(forces, CODEC, live=True, far_future=DAY)

    def silent(wall: int) -> set[str]:
        (outcome,) = intake.judge(intake.receive([arrival(Tick(partition=0, wall=wall))]))
        alerts = [alert for _, _, changes in outcome.changes for alert in changes.alerts]
        return {alert.subject_ref for alert in alerts if alert.rule_id == "feed-silent"}

    intake.receive([arrival(incident(1))])
    assert silent(START) == set()
    assert Crime.TOPIC in silent(START + DAY)


def test_under_the_stream_clock_ticks_mean_nothing() -> None:
    """What a live worker left on the ticks topic does not reach a monitor that goes by the feeds."""
    bench = Bench()
    bench.receive([arrival(incident(1))])
    bench.receive([arrival(Tick(partition=0, wall=START))])
    assert bench.listeners["LEICS"].heard == [("i-LEICS-1", START), ("advance", START)]


def test_a_long_run_is_told_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each force is drained after each part, so that what was judged is kept before the rest is; all get there."""
    book = PolicyBook.built_in()
    forces = Monitors(lambda force: Monitor(force, book), lambda _: 0)
    forces.rebuild((), {0})
    intake = Intake(forces, CODEC, live=False, far_future=DAY)
    ticking = itertools.count()
    monkeypatch.setattr("agents.worker.stepping.stopwatch", lambda: next(ticking) * 0.3)
    monkeypatch.setattr("agents.worker.intake.stopwatch", lambda: next(ticking) * 0.3)
    records = [incident(number, force) for force in ("LEICS", "DERBS") for number in range(5)]
    arrivals = [arrival(record, ingest_time=record.event_time) for record in records]
    for force in ("LEICS", "DERBS"):
        for topic, beat in closing_heartbeats(START + 30 * DAY, force):
            arrivals.append(arrival(beat, topic=topic, ingest_time=START + 30 * DAY))
    parts = list(intake.judge(intake.receive(arrivals)))
    assert len(parts) > 3
    assert parts[0].events.total() == len(arrivals)
    assert all(not part.events for part in parts[1:])
    told = [alert for part in parts for _, _, changes in part.changes for alert in changes.alerts]
    for force in ("LEICS", "DERBS"):
        whole = Monitor(force, book)
        for record in records:
            if record.force == force:
                whole.apply(record, record.event_time)
        for topic, beat in closing_heartbeats(START + 30 * DAY, force):
            whole.heartbeat(topic, beat, START + 30 * DAY)
        whole.advance()
        assert [alert for alert in told if alert.force == force] == whole.drain().alerts
