"""What a worker's log says of what it carries, and that it costs nothing while nobody listens."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from agents.observability.log_levels import set_levels
from agents.worker import log_lines
from agents.worker.intake import Arrival, Intake
from agents.worker.monitors import Monitors
from schemas.codec import Codec
from schemas.products import Fact
from schemas.records import Heartbeat, Incident
from streams.engine.changes import Changes
from streams.topology.headers import REQUEST_HEADER
from tests.agents.examples import DAY, START, incident
from tests.agents.observability.logging_put_back import logging_put_back
from tests.streams.actions.alerts import alert

REQUEST = "4bf92f3577b34da6a3ce929d0e0e4736"
CODEC = Codec()


@pytest.fixture
def said() -> Iterator[list[EventDict]]:
    """Give what is logged meanwhile, everything being wanted."""
    with logging_put_back():
        set_levels({"default": "debug"})
        with capture_logs() as lines:
            yield lines


class Deaf:
    """A monitor that keeps nothing."""

    clock = 0

    def take(self, *_: object) -> None:
        """Take a snapshot."""

    def heartbeat(self, *_: object) -> None:
        """Take a heartbeat."""

    def advance(self, *_: object, **__: object) -> bool:
        """Let time pass."""
        return True

    def drain(self) -> Changes:
        """Say what follows."""
        return Changes()


def intake() -> Intake:
    """An intake for forces of which nothing is kept."""
    forces = Monitors(lambda _: Deaf(), lambda _: 0)  # type: ignore[arg-type, return-value]
    forces.rebuild((), {0})
    return Intake(forces, CODEC, live=True, far_future=DAY)


def arrival(value: bytes, *, key: bytes = b"LEICS", topic: str = Incident.TOPIC) -> Arrival:
    """A message of partition 0."""
    return Arrival(topic, 0, 7, START, key, value)


def test_each_record_taken_is_named(said: list[EventDict]) -> None:
    """By event_id and place; heartbeats have neither."""
    taking = intake()
    taking.on_taken = log_lines.listener()
    beat = Heartbeat(force="LEICS", source="S", complete_through=START)
    taking.receive([arrival(CODEC.encode(incident(1, event_id="e-001"))), arrival(CODEC.encode(beat))])
    assert said == [
        {"event": "record_applied", "log_level": "debug", "event_id": "e-001", "topic": Incident.TOPIC, "partition": 0,
         "offset": 7},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("message", "named"),
    [
        (arrival(CODEC.encode(incident(1, event_id="e-001")), key=b"DERBS"), "e-001"),
        (arrival(CODEC.encode(incident(1, event_id="e-001", event_time=START + 2 * DAY))), "e-001"),
        (arrival(CODEC.encode(incident(1, event_id="e-001", incident_ref=" "))), "e-001"),
        (arrival(CODEC.encode(incident(1, event_id="138 Wharf Parade", incident_ref=" "))), "sha256:847b630c7bf391f2"),
        (arrival(CODEC.encode(incident(1, event_id="e-001"))[:-3]), None),
        (arrival(b"nonsense"), None),
    ],
)
def test_a_dead_letter_is_named_as_far_as_it_could_be_read(
    said: list[EventDict], message: Arrival, named: str | None
) -> None:
    """By place and reason always, by event_id where there is one, and never by what may be read."""
    log_lines.say_dead_letters(intake().receive([message]), {})
    (line,) = said
    assert line["event"] == "dead_letter"
    assert (line["topic"], line["partition"], line["offset"]) == (Incident.TOPIC, 0, 7)
    assert line.get("event_id") == named
    assert "request_id" not in line


def test_a_dead_letter_that_was_put_back_by_hand_names_the_request(said: list[EventDict]) -> None:
    """So that whoever tried again finds out what came of it."""
    message = SimpleNamespace(topic="p.x", partition=0, offset=7, headers=[(REQUEST_HEADER, REQUEST.encode())])
    events: Any = [SimpleNamespace(message=message)]
    requests = log_lines.requests_in(events, {"p.x": Incident.TOPIC})
    log_lines.say_dead_letters(intake().receive([arrival(b"nonsense")]), requests)
    assert said[0]["request_id"] == REQUEST


def test_an_alert_that_changed_names_the_snapshots_it_rests_on(said: list[EventDict]) -> None:
    """And neither its title nor what the facts say."""
    facts = (Fact(name="beat", value="E03", event_id="e-001"), Fact(name="due", value="x"))
    log_lines.say_alerts([alert(facts=facts, sequence=3, subject_ref="SECRET-REF")])
    (line,) = said
    assert (line["event_ids"], line["sequence"]) == (["e-001"], 3)
    assert not {"E03", "SECRET-REF"} & {str(value) for value in line.values()}


def test_nothing_is_said_and_nobody_told_while_nobody_listens() -> None:
    """A worker carries thousands of records a second."""
    with logging_put_back(), capture_logs() as lines:
        set_levels({"default": "info"})
        assert log_lines.listener() is None
        log_lines.say_alerts([alert()])
        log_lines.say_batch([], 1.0)
        assert lines == []
