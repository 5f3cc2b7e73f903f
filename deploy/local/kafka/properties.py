"""The embedded broker's settings: one KRaft node on the loopback interface, for a small machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HOST = "127.0.0.1"

BROKER_MESSAGE_BYTES = 8 * 1024 * 1024
"""The largest message of a topic that sets no limit of its own: room for a record far too large to be right, which must
arrive to be set aside by name, not stop its producer."""

LISTS = frozenset({"listeners", "advertised.listeners", "listener.security.protocol.map"})
"""Settings of a caller that are added to ours; any other setting of a caller replaces ours."""

SMALL_AND_PROMPT = {
    # One node: nothing can have a second copy.
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # Few partitions in the broker's own topics: each costs files and start-up time.
    "offsets.topic.num.partitions": "3",
    "transaction.state.log.num.partitions": "3",
    "share.coordinator.state.topic.num.partitions": "3",
    # A group of a few known members need not wait for more to come, and a worker may ask for a short session.
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    # A topic nobody created has the wrong partitions and the wrong cleanup: refuse it instead.
    "auto.create.topics.enable": "false",
    "message.max.bytes": str(BROKER_MESSAGE_BYTES),
    "replica.fetch.max.bytes": str(BROKER_MESSAGE_BYTES),
    # The default of 128 MB would be a quarter of the heap.
    "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "4",
    # After a kill the controller takes the broker for alive this long, and a restart waits for it.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
}


def server_properties(logs: Path, port: int, controller_port: int, extra: Mapping[str, str]) -> dict[str, str]:
    """Compose the broker's settings.

    ``extra`` adds to the lists of listeners and replaces everything else.
    """
    ours = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{HOST}:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(logs),
        **SMALL_AND_PROMPT,
    }
    added = {name: f"{ours[name]},{extra[name]}" for name in LISTS & extra.keys()}
    return {**ours, **extra, **added}


def as_java_properties(settings: Mapping[str, str]) -> str:
    """Write settings as a Java properties file, with that format's own syntax escaped."""
    return "".join(f"{name}={_escaped(value)}\n" for name, value in settings.items())


def _escaped(value: str) -> str:
    text = value.replace("\\", "\\\\").replace("\n", "\\n")
    text = f"\\{text}" if text.startswith(" ") else text
    return "".join(sign if sign.isascii() else f"\\u{ord(sign):04x}" for sign in text)
