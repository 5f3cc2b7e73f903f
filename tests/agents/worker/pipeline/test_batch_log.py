"""What a worker's log says of the batches it processes, and that it costs nothing while nobody wants it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from agents.observability.log_levels import set_levels
from agents.worker.pipeline.admit import Admission, AdmittedBatch
from agents.worker.pipeline.advance import ForceChanges, Outcome
from agents.worker.pipeline.batch_log import BatchLog
from agents.worker.pipeline.decode import Decoder
from agents.worker.pipeline.receive import InputBatch
from schemas.codec import Codec
from schemas.products import Alert, Fact
from schemas.records import Heartbeat, Incident
from streams.engine.changes import Changes
from streams.topology.correlation_headers import REQUEST_HEADER
from streams.topology.messages import TopicMessage
from tests.agents.examples import DAY, START, incident
from tests.agents.observability.logging_put_back import logging_put_back
from tests.streams.actions.alerts import alert

REQUEST = "4bf92f3577b34da6a3ce929d0e0e4736"
CODEC = Codec()
EMPTY = InputBatch((), ())


@pytest.fixture
def lines() -> Iterator[list[EventDict]]:
    """Give what is logged meanwhile, everything being wanted."""
    with logging_put_back():
        set_levels({"default": "debug"})
        with capture_logs() as captured:
            yield captured


def message(value: bytes, *, key: bytes = b"LEICS", **changed: Any) -> TopicMessage:
    """Return a message of partition 0."""
    return TopicMessage(Incident.TOPIC, 0, 7, key, value, START)._replace(**changed)


def admitted(*messages: TopicMessage) -> AdmittedBatch:
    """Return what becomes of messages until their records are applied."""
    decoded = asyncio.run(Decoder(CODEC).decode(InputBatch(messages, ())))
    return Admission(lambda _: 0, DAY, lambda *_: True).admit(decoded)


def log_refused(refused: TopicMessage) -> None:
    """Log the part of a batch in which a message was refused."""
    BatchLog().persisted(Outcome(EMPTY, refused=admitted(refused).refused), 0)


def log_alerts(*alerts: Alert) -> None:
    """Log the part of a batch that changed alerts."""
    BatchLog().persisted(Outcome(EMPTY, [ForceChanges(0, "LEICS", Changes(alerts=list(alerts)))]), 0)


def test_each_record_applied_is_named(lines: list[EventDict]) -> None:
    """By event_id and place; heartbeats have no event_id."""
    beat = Heartbeat(force="LEICS", source="S", complete_through=START)
    BatchLog().applied(admitted(message(CODEC.encode(incident(1, event_id="e-001"))), message(CODEC.encode(beat))))
    assert lines == [
        {
            "event": "record_applied",
            "log_level": "debug",
            "event_id": "e-001",
            "topic": Incident.TOPIC,
            "partition": 0,
            "offset": 7,
        },
    ]


@pytest.mark.parametrize(
    ("refused", "name"),
    [
        (message(CODEC.encode(incident(1, event_id="e-001")), key=b"DERBS"), "e-001"),
        (message(CODEC.encode(incident(1, event_id="e-001", event_time=START + 2 * DAY))), "e-001"),
        (message(CODEC.encode(incident(1, event_id="e-001", incident_ref=" "))), "e-001"),
        (message(CODEC.encode(incident(1, event_id="138 Wharf Parade", incident_ref=" "))), "sha256:847b630c7bf391f2"),
        (message(CODEC.encode(incident(1, event_id="e-001"))[:-3]), None),
        (message(b"nonsense"), None),
    ],
)
def test_a_dead_letter_is_named_as_far_as_it_could_be_read(
    lines: list[EventDict], refused: TopicMessage, name: str | None
) -> None:
    """By place and reason always, by event_id where there is one, and never by what may be read."""
    log_refused(refused)
    (line,) = lines
    assert line["event"] == "dead_letter"
    assert (line["topic"], line["partition"], line["offset"]) == (Incident.TOPIC, 0, 7)
    assert line.get("event_id") == name
    assert "request_id" not in line


def test_a_dead_letter_that_was_put_back_by_hand_names_the_request(lines: list[EventDict]) -> None:
    """So that whoever tried again finds out what came of it."""
    log_refused(message(b"nonsense", headers=[(REQUEST_HEADER, REQUEST.encode())]))
    assert lines[0]["request_id"] == REQUEST


def test_an_alert_that_changed_names_the_snapshots_it_rests_on(lines: list[EventDict]) -> None:
    """And neither its title nor what the facts say."""
    facts = (Fact(name="beat", value="E03", event_id="e-001"), Fact(name="due", value="x"))
    log_alerts(alert(facts=facts, sequence=3, subject_ref="SECRET-REF"))
    (line,) = lines
    assert (line["event_ids"], line["sequence"]) == (["e-001"], 3)
    assert not {"E03", "SECRET-REF"} & {str(value) for value in line.values()}


class Unread:
    """Stands where records, alerts or messages are, which nobody is to look at."""

    def __iter__(self) -> NoReturn:
        raise AssertionError


def test_nothing_is_logged_and_nothing_looked_at_while_nobody_wants_it() -> None:
    """A worker processes thousands of records a second."""
    unread: Any = Unread()
    with logging_put_back(), capture_logs() as captured:
        set_levels({"default": "info"})
        log = BatchLog()
        log.applied(AdmittedBatch(EMPTY, unread, ()))
        log.persisted(Outcome(EMPTY, [ForceChanges(0, "LEICS", Changes(alerts=unread))]), 0)
        log.acknowledged(InputBatch(unread, unread), 1.0)
        assert captured == []
