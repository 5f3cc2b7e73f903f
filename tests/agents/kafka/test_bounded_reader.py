"""What boards, notifiers and commands read is decompressed within bounds, as what workers read is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from agents.settings.settings import Settings
from streams.topology.topics import ALERTS, SOURCES, Topic
from tests.agents.processes import ROOT

pytestmark = pytest.mark.kafka

MIB = 1 << 20
READ = """
import json, sys
from pathlib import Path
from agents.kafka.reader import messages
from agents.settings.settings import Settings
from streams.topology.topics import TOPICS

(topic,) = (topic for topic in TOPICS if topic.name == sys.argv[1])
read = [(message.offset, len(message.value)) for message in messages(Settings(), topic)]
status = Path("/proc/self/status").read_text()
peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
print(json.dumps({"read": read, "peak_mib": int(peak) // 1024}))
"""


def put(settings: Settings, topic: Topic, codec: str, *values: bytes) -> None:
    """Put values on a topic, each a batch of its own."""
    large = {"message_max_bytes": 500_000_000, "queue_buffering_max_kbytes": 1_000_000}
    producer = Producer(settings.client(compression_type=codec, **large))
    for value in values:
        refusals: list[Any] = []

        def on_delivery(error: Any, _: Any, refusals: list[Any] = refusals) -> None:
            refusals.append(error)

        producer.produce(settings.topic(topic), value, key=b"k", partition=0, on_delivery=on_delivery)
        assert producer.flush(60) == 0
        assert refusals == [None]


def read_in_a_process(settings: Settings, topic: Topic, folder: Path) -> dict[str, Any]:
    """Read a topic in a process of its own: offsets and lengths, and the most memory it held."""
    environment = {
        **os.environ,
        "CDI_KAFKA": settings.kafka,
        "CDI_PREFIX": settings.prefix,
        "CDI_PARTITIONS": str(settings.partitions),
        "CDI_DATA": str(folder),
    }
    arguments = [sys.executable, "-c", READ, topic.name]
    ended = subprocess.run(
        arguments, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == 0, ended.stderr
    report: dict[str, Any] = json.loads(ended.stdout)
    return report


@pytest.mark.parametrize(
    ("topic", "codec", "size"),
    [
        (SOURCES[0], "gzip", 300_000_000),
        (ALERTS, "lz4", 300_000_000),
        (ALERTS, "zstd", 300_000_000),
        (ALERTS, "snappy", 100_000_000),  # of more the broker itself would end
    ],
    ids=["gzip", "lz4", "zstd", "snappy"],
)
def test_a_batch_that_fills_the_memory_is_passed_over(
    installation: Settings, tmp_path: Path, topic: Topic, codec: str, size: int
) -> None:
    """One empty message, which nothing can be read from, stands in its place; those around it are read."""
    put(installation, topic, codec, b"before", bytes(size), b"after")
    report = read_in_a_process(installation, topic, tmp_path)
    assert report["read"] == [[0, 6], [1, 0], [2, 5]]
    assert report["peak_mib"] < 300


def test_large_messages_are_read_whole(installation: Settings, tmp_path: Path) -> None:
    """Whatever a topic of ours may hold."""
    put(installation, ALERTS, "gzip", b"before", os.urandom(15 * MIB), b"z" * 60 * MIB, b"after")
    report = read_in_a_process(installation, ALERTS, tmp_path)
    assert report["read"] == [[0, 6], [1, 15 * MIB], [2, 60 * MIB], [3, 5]]
