from __future__ import annotations

import uuid

import msgspec
import pytest
from confluent_kafka import Producer

from agents.kafka.reader import messages
from agents.kafka.topics import create_topics
from agents.settings.settings import Settings
from agents.topics.actions import ActionProducer, actions_by_alert
from streams.actions import ActionRefusedError, hand_over
from streams.policy import PolicyBook
from streams.policy.calendar import HOUR
from streams.topology.topics import ACTIONS
from tests.streams.actions.alerts import ALERT, BEGAN, action

pytestmark = pytest.mark.kafka
POLICY = PolicyBook.built_in().actions


@pytest.fixture
def installation(kafka: str) -> Settings:
    """Give an installation of its own on the session's Kafka."""
    settings = Settings(kafka=kafka, prefix=f"actions-{uuid.uuid4()}.", partitions=3, force_map={"LEICS": 2})
    create_topics(settings)
    return settings


def test_an_action_lands_in_its_forces_partition_and_is_read_back(installation: Settings) -> None:
    """Under the force as key; twice the same is once."""
    producer = ActionProducer(installation, POLICY, clock=lambda: BEGAN)
    ack = action("ACK", expires_at=BEGAN + HOUR)
    producer.send(ack)
    producer.send(ack)
    producer.send_all(
        hand_over(
            action_id="h",
            force="LEICS",
            alert_ids=[ALERT.alert_id],
            by="asmith",
            role="SUPERVISOR",
            to="bjones",
            at=BEGAN,
        )
    )
    sent = list(messages(installation, ACTIONS))
    assert {(message.partition, message.key) for message in sent} == {(2, b"LEICS")}
    alert_actions = actions_by_alert(installation)
    assert {held.kind for held in alert_actions["LEICS", ALERT.alert_id].actions} == {"ACK", "HANDOVER"}
    assert alert_actions["LEICS", ""].handling(BEGAN).assignee == "bjones"


def test_what_may_not_be_done_is_not_written(installation: Settings) -> None:
    """One that is refused keeps the others back too."""
    producer = ActionProducer(installation, POLICY, clock=lambda: BEGAN)
    with pytest.raises(ActionRefusedError):
        producer.send_all([action("UNSILENCE"), action("SILENCE", text="x", expires_at=BEGAN - 1)])
    assert list(messages(installation, ACTIONS)) == []


def test_what_others_wrote_wrongly_hides_nothing(installation: Settings) -> None:
    """Bytes that are no action, and one under another force's key, are left out."""
    ActionProducer(installation, POLICY, clock=lambda: BEGAN).send(action("UNSILENCE"))
    producer = Producer(installation.client())
    stray = msgspec.structs.replace(action("UNSILENCE"), action_id="stray")
    from schemas.codec import Codec

    for key, value in ((b"LEICS", b"nonsense"), (b"DERBS", Codec().encode(stray)), (b"LEICS", None)):
        producer.produce(installation.topic(ACTIONS), value, key=key, partition=2)
    producer.flush(30)
    read = actions_by_alert(installation).values()
    assert [action.action_id for actions in read for action in actions.actions] == [f"UNSILENCE-{BEGAN}"]
