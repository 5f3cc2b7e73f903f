"""What the doctor says of topics that are not as they must be."""

from __future__ import annotations

from agents.kafka.topic_differences import TopicDifference, describe
from deploy.doctor.diagnosis import Diagnosis, wrong


def topic(difference: TopicDifference) -> Diagnosis:
    """Return what to do about a topic that is not as it must be."""
    line = f"topics: {describe(difference)}"
    if difference.kind == "MISSING":
        return wrong(line, "see 'cdi topics create'")
    if difference.kind == "PARTITIONS":
        to_do = "set CDI_PARTITIONS to what is there, or CDI_PREFIX to a new installation"
        return wrong(line, f"the number cannot be changed: {to_do}")
    if difference.kind != "SETTING":
        return Diagnosis("WRONG", line)  # it says itself what to do
    if difference.is_period:
        return wrong(line, "'cdi topics create --periods' sets how long messages are kept; older ones are then deleted")
    return wrong(line, "'cdi topics create' leaves it as it is: change it with Kafka's kafka-configs.sh --alter")
