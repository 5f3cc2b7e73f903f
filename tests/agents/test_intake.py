"""A batch of messages in, what follows from it out; no Kafka."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from agents.forces import Forces
from agents.intake import Arrival, Intake
from schemas.codec import Codec
from schemas.products import Tick
from schemas.records import Crime, Heartbeat, Incident, Snapshot
from streams.monitor import Changes
from tests.agents.examples import DAY, START, crime, incident

CODEC = Codec()


@dataclass
class Listener:
    """A monitor that writes down what it is told."""

    force: str
    heard: list[Any] = field(default_factory=list)
    caught_up: bool = False

    def take(self, snapshot: Snapshot, arrived_at: int) -> None:
        self.heard.append((snapshot.event_id, arrived_at))

    def heartbeat(self, topic: str, heartbeat: Heartbeat, arrived_at: int) -> None:
        self.heard.append((topic, heartbeat.complete_through, arrived_at))

    def advance(self) -> None:
        self.heard.append("advance")

    def tick(self, wall: int) -> None:
        self.heard.append(("tick", wall, self.caught_up))

    def drain(self) -> Changes:
        return Changes()


class Bench:
    """An intake over listening monitors; every force lives in partition 0 of two, but ELSEWHERE in 1."""

    def __init__(self, *, live: bool = False) -> None:
        self.listeners: dict[str, Listener] = {}
        self.forces = Forces(self._listener, lambda force: int(force == "ELSEWHERE"))  # type: ignore[arg-type]
        self.forces.rebuild((), {0, 1})
        self.intake = Intake(self.forces, CODEC, live=live, far_future=DAY)

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
    bench.intake.receive(
        [
            arrival(incident(1)),
            arrival(crime(1)),
            arrival(beat, topic=Incident.TOPIC),
            arrival(incident(2, "DERBS")),
        ]
    )
    assert bench.listeners["LEICS"].heard == [
        ("i-LEICS-1", START), ("c-LEICS-1", START), (Incident.TOPIC, START, START), "advance",
    ]  # fmt: skip
    assert bench.listeners["DERBS"].heard == [("i-DERBS-2", START), "advance"]


def test_what_follows_is_told_by_partition_and_force() -> None:
    """Each force that a batch touched is drained once; records are counted by force and feed."""
    bench = Bench()
    outcome = bench.intake.receive([arrival(incident(1)), arrival(incident(2)), arrival(crime(1))])
    assert [(partition, force) for partition, force, _ in outcome.changes] == [(0, "LEICS")]
    assert outcome.events == {("LEICS", Incident.TOPIC): 2, ("LEICS", Crime.TOPIC): 1}
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
    outcome = bench.intake.receive([message])
    (letter,) = outcome.dead_letters
    assert letter.reason == reason
    assert (letter.topic, letter.partition, letter.offset, letter.key, letter.value) == (
        message.topic, message.partition, message.offset, message.key, message.value,
    )  # fmt: skip
    assert bench.listeners == {}


def test_a_record_a_day_ahead_of_its_arrival_is_still_taken() -> None:
    """The allowance is inclusive, to the millisecond."""
    bench = Bench()
    assert bench.intake.receive([arrival(incident(1, event_time=START + DAY))]).dead_letters == []


def test_a_bug_in_a_monitor_is_not_bad_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a monitor raises goes through, so that the worker stops; it never becomes a dead letter."""
    bench = Bench()

    def fail(*_: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(bench.forces.monitor("LEICS"), "take", fail)
    with pytest.raises(KeyError):
        bench.intake.receive([arrival(incident(1))])


def test_live_only_ticks_move_time() -> None:
    """Live, a batch of snapshots does not advance the clock; a tick does, for every force of its partition."""
    bench = Bench(live=True)
    elsewhere = arrival(incident(1, "ELSEWHERE"), partition=1)
    outcome = bench.intake.receive([arrival(incident(1)), elsewhere, arrival(Tick(partition=0, wall=START), 7)])
    assert bench.listeners["LEICS"].heard == [("i-LEICS-1", START), ("tick", START, True)]
    assert bench.listeners["ELSEWHERE"].heard == [("i-ELSEWHERE-1", START)]
    assert outcome.ticks == {0: 7}


def test_ticks_from_before_the_assignment_move_nothing() -> None:
    """Only a tick at or after the offset noted when the partition was assigned says that the worker has caught up."""
    bench = Bench(live=True)
    bench.intake.count_ticks_from({0: 8})
    bench.intake.receive([arrival(incident(1)), arrival(Tick(partition=0, wall=START), 7)])
    assert bench.listeners["LEICS"].heard == [("i-LEICS-1", START)]
    assert not bench.listeners["LEICS"].caught_up
    bench.intake.receive([arrival(Tick(partition=0, wall=START + 1), 8)])
    assert bench.listeners["LEICS"].heard[-1] == ("tick", START + 1, True)


def test_under_the_stream_clock_ticks_mean_nothing() -> None:
    """What a live worker left on the ticks topic does not reach a monitor that goes by the feeds."""
    bench = Bench()
    bench.intake.receive([arrival(incident(1))])
    bench.intake.receive([arrival(Tick(partition=0, wall=START))])
    assert bench.listeners["LEICS"].heard == [("i-LEICS-1", START), "advance"]
