"""What has no heartbeats takes effect in time, however late it is fetched; no Kafka."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from agents.kafka.fetched_message import FIRST
from agents.settings.settings import Settings
from agents.worker.monitors import Monitors
from agents.worker.pipeline.admit import Admission
from agents.worker.pipeline.advance import Advancer, Outcome
from agents.worker.pipeline.apply import Applier
from agents.worker.pipeline.clock_limits import ClockLimits
from agents.worker.pipeline.decode import Decoder
from agents.worker.pipeline.receive import InputBatch
from schemas.codec import Codec
from schemas.products import Alert
from schemas.records import FEEDS, Crime, Heartbeat, Incident, Link, NoCrime, Snapshot
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook
from streams.topology.messages import TopicMessage
from streams.topology.topics import INTAKE
from tests.agents.examples import DAY, START, closing_heartbeats, crime, incident
from tests.streams.world import no_crime

CODEC = Codec()
END = START + 30 * DAY
MARKER = None
"""In place of a message: what ends a transaction."""


class Broker:
    """Topics of one partition, and a consumer of them whose fetches a test decides on."""

    rebalancing = False
    should_stop = False
    consumer_generation_id = 1

    def __init__(self) -> None:
        self.room = SimpleNamespace(queue=None)
        self.logs: dict[str, list[Any]] = {topic.name: [] for topic in INTAKE}
        self.read_on: dict[str, int] = dict.fromkeys(self.logs, 0)
        self.handed_out: dict[str, int] = dict.fromkeys(self.logs, FIRST)
        self.looks = 0
        self._waiting: dict[str, list[tuple[str, int]]] = {topic: [] for topic in self.logs}
        """What was handed out while the worker looked."""

    def append(self, *records: tuple[str, Snapshot | Heartbeat] | tuple[str, None]) -> None:
        """Write records to the ends of their topics."""
        for topic, record in records:
            self.logs[topic].append(record)

    def fetch(self, topic: str, most: int = 1000) -> list[tuple[str, int]]:
        """Hand out messages of a topic, and return the places of those to be processed."""
        waiting, self._waiting[topic] = self._waiting[topic], []
        return waiting + self._hand_out(topic, most)

    def unread(self) -> list[str]:
        """Return the topics from which something is still to be processed."""
        return [name for name, log in self.logs.items() if self.read_on[name] < len(log) or self._waiting[name]]

    def _hand_out(self, topic: str, most: int) -> list[tuple[str, int]]:
        start = self.read_on[topic]
        end = self.read_on[topic] = min(start + most, len(self.logs[topic]))
        places = [(topic, offset) for offset in range(start, end) if self.logs[topic][offset] is not MARKER]
        if places:
            self.handed_out[topic] = places[-1][1]
        return places

    async def readable_ends(self, tps: Iterable[TP]) -> dict[TP, int]:
        """Return where topics end."""
        return {tp: len(self.logs[tp.topic]) for tp in tps}

    def has_taken(self, tp: TP, taken: int, end: int) -> bool:
        """Return whether all before an end was taken; every third time, another message was fetched meanwhile."""
        self.looks += 1
        if self.looks % 3 == 0 and not self.has_waiting(tp, taken):
            self._waiting[tp.topic] += self._hand_out(tp.topic, 1)
        return not self.has_waiting(tp, taken) and self.read_on[tp.topic] >= end

    def has_waiting(self, tp: TP, taken: int) -> bool:
        """Return whether messages behind the last one taken were handed out."""
        return self.handed_out[tp.topic] > taken


class Worker:
    """The stages from decoding to advancing over monitors, and what they publish."""

    def __init__(self, broker: Broker, book: PolicyBook | None = None) -> None:
        book = book or PolicyBook.built_in()
        monitors = Monitors(lambda force: Monitor(force, book), lambda _: 0)
        monitors.rebuild((), {0})
        self._broker = broker
        self._decoder = Decoder(CODEC)
        self._admission = Admission(lambda _: 0, 365 * DAY, lambda *_: False)
        self._applier, self._advancer = Applier(monitors), Advancer(monitors)
        app: Any = broker
        self.limits = ClockLimits(Settings(data=Path()), app, monitors)
        self.alerts: list[Alert] = []
        self.clocks: dict[str, int | None] = {}

    def process(self, places: list[tuple[str, int]]) -> None:
        """Process what was fetched as one batch."""
        asyncio.run(self._process(places))

    async def _process(self, places: list[tuple[str, int]]) -> None:
        messages: list[TopicMessage] = []
        events: list[Any] = []
        for topic, offset in places:
            record = self._broker.logs[topic][offset]
            key, value = record.force.encode(), CODEC.encode(record)
            messages.append(TopicMessage(topic, 0, offset, key, value, END))
            events.append(SimpleNamespace(message=SimpleNamespace(tp=TP(topic, 0), offset=offset, partition=0)))
        batch = InputBatch(messages, events)
        applied = self._applier.apply(self._admission.admit(await self._decoder.decode(batch)))
        for outcome in self._advancer.advance(applied, await self.limits.after(batch)):
            self._note(outcome)

    def _note(self, outcome: Outcome) -> None:
        for _, force, changes in outcome.changes:
            self.alerts += changes.alerts
            if changes.clock is not None:
                self.clocks[force] = changes.clock.clock


def link(number: int, event_time: int, *, confirmed: bool = True) -> Link:
    """Return a person's word, or its revocation, that a report and a crime that does not name it belong together."""
    return Link(
        event_id=f"l-{number}-{event_time}",
        force="LEICS",
        source="BOARD",
        event_time=event_time,
        left_system="STORM",
        left_ref=f"I/{number}",
        crime_ref=f"C/{number}",
        confirmed=confirmed,
        confirmed_by="FCR",
    )


def history() -> list[tuple[str, Snapshot | Heartbeat]]:
    """Return reports and crimes that only links join, some of them revoked, and then each feed's word."""
    records: list[Snapshot] = []
    for number in range(8):
        report = incident(number, incident_ref=f"I/{number}")
        begin = report.event_time
        records += [report, crime(number, event_time=begin + DAY // 4, crime_ref=f"C/{number}", incident_refs=())]
        records.append(link(number, begin + DAY // 2))
        if number % 2:
            records.append(link(number, begin + 10 * DAY, confirmed=False))
        if number % 4 == 1:
            records.append(link(number, begin + 12 * DAY))
    return [(record.TOPIC, record) for record in records] + list(closing_heartbeats(END))


def as_judged_in_order() -> list[Alert]:
    """Return what the rules make of the history where nothing is late."""
    monitor = Monitor("LEICS", PolicyBook.built_in())
    for _, record in history():
        if isinstance(record, Snapshot):
            monitor.apply(record, END)
    monitor.advance(END)
    return monitor.drain().alerts


def by_alert(alerts: Iterable[Alert]) -> dict[str, list[Alert]]:
    """Group changes by their alert."""
    changes: dict[str, list[Alert]] = {}
    for alert in alerts:
        changes.setdefault(alert.alert_id, []).append(alert)
    return changes


def test_links_read_after_the_word_of_all_feeds_take_effect_in_time() -> None:
    """State was lost, say, and all topics are read from the beginning: that of the links comes last."""
    broker = Broker()
    broker.append(*history())
    worker = Worker(broker)
    worker.process([place for topic in FEEDS for place in broker.fetch(topic)])
    assert worker.alerts == []
    assert worker.clocks == {"LEICS": None}
    worker.process(broker.fetch(Link.TOPIC))
    assert worker.clocks == {"LEICS": END}
    expected = by_alert(as_judged_in_order())
    assert any(len(changes) > 1 for changes in expected.values()), "the history must tell early links from late ones"
    assert by_alert(worker.alerts) == expected


@pytest.mark.parametrize("seed", range(20))
def test_in_whatever_pieces_topics_are_read_the_history_is_the_same(seed: int) -> None:
    """As often as anybody reads the same messages, from the beginning or from the middle."""
    dice = random.Random(seed)
    broker = Broker()
    broker.append(*history())
    worker = Worker(broker)
    while unread := broker.unread():
        worker.process(broker.fetch(dice.choice(unread), dice.randint(1, 9)))
    assert by_alert(worker.alerts) == by_alert(as_judged_in_order())


def test_a_feed_that_the_policy_does_not_name_is_read_first_too() -> None:
    """Its heartbeats hold no clock, so nothing else says that its records have come."""
    named = ", ".join(f'"{topic}"' for topic in FEEDS if topic != NoCrime.TOPIC)
    book = PolicyBook.from_toml(f'version = "eight"\n[installation]\nfeeds = [{named}]\n')
    broker = Broker()
    broker.append(*history())
    decision = no_crime(START, force="LEICS")
    broker.append((NoCrime.TOPIC, decision))
    worker = Worker(broker, book)
    worker.process([place for topic in broker.logs if topic != NoCrime.TOPIC for place in broker.fetch(topic)])
    assert worker.clocks == {"LEICS": None}
    worker.process(broker.fetch(NoCrime.TOPIC))
    assert worker.clocks == {"LEICS": END}


def test_links_that_come_without_end_do_not_hold_a_clock_for_good() -> None:
    """What came after the heartbeats were there is waited for no more."""
    broker = Broker()
    broker.append(*history())
    worker = Worker(broker)
    worker.process([place for topic in FEEDS for place in broker.fetch(topic)])
    for number in itertools.count(100):
        broker.append((Link.TOPIC, link(number, END)), (Link.TOPIC, link(number, END - 1)))
        worker.process(broker.fetch(Link.TOPIC, 1))
        if worker.clocks["LEICS"] == END:
            break
    assert number - 100 < len(history())


def test_the_end_of_a_transaction_is_waited_for_where_it_stands() -> None:
    """No message ever comes for it: the clock runs with the batch in hand, as soon as the consumer is behind it."""
    broker = Broker()
    broker.append(*history())
    broker.append((Link.TOPIC, MARKER))
    worker = Worker(broker)
    worker.process(broker.fetch(Link.TOPIC, len(broker.logs[Link.TOPIC]) - 1))
    worker.process([place for topic in FEEDS for place in broker.fetch(topic)])
    assert worker.clocks == {"LEICS": END}


@pytest.mark.parametrize("disturbance", ["rebalancing", "should_stop"])
def test_a_worker_that_gives_up_its_partitions_waits_for_nothing(disturbance: str) -> None:
    """A rebalance, or the end of the worker, waits for the batch in hand: it is read again."""
    broker = Broker()
    broker.append(*history())
    setattr(broker, disturbance, True)
    worker = Worker(broker)
    worker.process([place for topic in FEEDS for place in broker.fetch(topic)])
    assert worker.clocks["LEICS"] is None
    assert worker.limits.holds_clocks


def test_a_new_assignment_begins_anew() -> None:
    """What was taken and awaited before is of no account: partitions are read on from where they are committed."""
    broker = Broker()
    broker.append(*history())
    worker = Worker(broker)
    worker.process(broker.fetch(Link.TOPIC))
    broker.consumer_generation_id = 2
    broker.read_on[Link.TOPIC], broker.handed_out[Link.TOPIC] = 0, FIRST
    first = broker.fetch(Link.TOPIC, 1)
    worker.process([place for topic in FEEDS for place in broker.fetch(topic)])
    assert worker.limits.holds_clocks
    worker.process(first + broker.fetch(Link.TOPIC))
    assert worker.clocks == {"LEICS": END}


def test_every_topic_is_a_feed_or_waited_for() -> None:
    """The test's own broker knows of both kinds."""
    assert {Incident.TOPIC, Crime.TOPIC, Link.TOPIC} <= Broker().logs.keys()
