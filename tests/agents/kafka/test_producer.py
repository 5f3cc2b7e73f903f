"""What a worker sends is with the broker, or is an error."""

from __future__ import annotations

import asyncio
import os

import pytest

from agents.kafka import producer as producer_module
from agents.kafka.producer import KafkaProducer, NotDeliveredError
from agents.kafka.reader import messages
from agents.settings.settings import Settings
from deploy.local.kafka import free_port
from streams.topology.topics import ALERTS, SOURCES


@pytest.mark.kafka
def test_what_was_put_is_with_the_broker_in_order_once_delivered_returns(installation: Settings) -> None:
    """A thousand messages of one partition arrive complete and in the order in which they were put."""
    producer = KafkaProducer(installation.client(), deliver_within_seconds=30)
    for number in range(1000):
        producer.put(installation.topic(SOURCES[0]), b"k", str(number).encode(), 1)
    asyncio.run(producer.delivered())
    assert [message.value for message in messages(installation, SOURCES[0])] == [
        str(number).encode() for number in range(1000)
    ]


@pytest.mark.kafka
def test_a_message_the_broker_refuses_is_an_error(installation: Settings) -> None:
    """One larger than its topic allows is told, and stays told: nothing that depends on it may be done."""
    producer = KafkaProducer(installation.client(), deliver_within_seconds=30)
    producer.put(installation.topic(ALERTS), b"k", os.urandom(17_000_000), 0)
    producer.put(installation.topic(ALERTS), b"k", b"sound", 0)
    with pytest.raises(NotDeliveredError):
        producer.deliver()
    with pytest.raises(NotDeliveredError):
        asyncio.run(producer.delivered())


def test_a_broker_out_of_reach_is_an_error_within_the_time_given() -> None:
    """A message does not wait for ever to be written by a worker that may have been replaced by then."""
    producer = KafkaProducer(
        {"bootstrap.servers": f"127.0.0.1:{free_port()}", "log_level": 0}, deliver_within_seconds=1
    )
    producer.put("anything", b"k", b"v", 0)
    with pytest.raises(NotDeliveredError):
        asyncio.run(producer.delivered())


def test_a_full_queue_is_waited_for_no_longer_than_its_messages_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once one is given up the producer raises for good: what else there is to put need not wait for a dead broker."""
    monkeypatch.setattr(producer_module, "_QUEUE_MESSAGES", 10)
    producer = KafkaProducer(
        {"bootstrap.servers": f"127.0.0.1:{free_port()}", "log_level": 0}, deliver_within_seconds=0.5
    )
    for _ in range(10):
        producer.put("topic", b"key", b"value", 0)
    with pytest.raises(NotDeliveredError, match="timed out"):
        producer.put("topic", b"key", b"value", 0)
