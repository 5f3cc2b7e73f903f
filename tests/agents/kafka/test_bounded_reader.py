"""What boards, notifiers and commands read is decompressed within bounds, as what workers read is."""

from __future__ import annotations

import gc
import json
import os
import random
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from aiokafka.client import AIOKafkaClient
from confluent_kafka import Producer

from agents.kafka.bounded_consumer import BoundedConsumer
from agents.settings.settings import Settings
from streams.topology.messages import UnreadableError
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


def test_one_answer_of_the_broker_is_small_enough_to_come_in_time(installation: Settings) -> None:
    """However many partitions are read: over a slow line each try would be given up, and nothing ever read."""
    producer = Producer(installation.client())
    places = [(installation.topic(topic), number) for topic in SOURCES[:5] for number in range(installation.partitions)]
    for topic, number in places * 3:
        producer.produce(topic, os.urandom(300_000), partition=number)
    assert producer.flush(60) == 0
    consumer = BoundedConsumer(installation, offset_reset="none", answer_seconds=30.0)
    try:
        consumer.assign(dict.fromkeys(places, 0))
        assert len(consumer.fetch(10.0, 1).records) == 1
        assert consumer._consumer is not None
        held = list(consumer._consumer._fetcher._records.values())
    finally:
        consumer.close()
    size = sum(result._partition_records._records.size_in_bytes() for result in held)
    assert 6 * MIB < size < 9 * MIB


def test_a_silent_server_does_not_keep_from_the_others(installation: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes connections and answers nothing, as a broker that hangs; whichever is asked first."""
    monkeypatch.setattr(random, "shuffle", lambda _: None)
    put(installation, ALERTS, "none", b"value")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]},{installation.kafka}"
        settings = installation.model_copy(update={"kafka": address})
        consumer = BoundedConsumer(settings, offset_reset="none", answer_seconds=1.5)
        try:
            consumer.assign({(installation.topic(ALERTS), 0): 0})
            assert [record.value for record in consumer.fetch(5.0, 10).records] == [b"value"]
        finally:
            consumer.close()


def test_a_partition_that_nobody_leads_is_asked_for_now_and_then(
    installation: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a topic that was deleted: asked for thousands of times a second, it would keep the broker busy."""
    asked = [0]
    ask = AIOKafkaClient._metadata_update

    async def count(*arguments: Any) -> bool:
        asked[0] += 1
        answered: bool = await ask(*arguments)
        return answered

    monkeypatch.setattr(AIOKafkaClient, "_metadata_update", count)
    consumer = BoundedConsumer(installation, offset_reset="none", answer_seconds=5.0)
    try:
        consumer.assign({("no.such.topic", 0): 0})
        assert consumer.fetch(1.5, 10).records == []
    finally:
        consumer.close()
    assert 2 <= asked[0] < 50


def test_nothing_is_left_of_a_reader_whose_broker_never_answered(caplog: pytest.LogCaptureFixture) -> None:
    """Boards connect again and again, and what is left unfinished is named on standard error."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = Settings(kafka=f"127.0.0.1:{silent.getsockname()[1]}")
        consumer = BoundedConsumer(settings, offset_reset="none", answer_seconds=0.5)
        with pytest.raises(UnreadableError):
            consumer.assign({("t", 0): 0})
        consumer.close()
    del consumer
    gc.collect()
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []
    assert "fetcher" not in {thread.name for thread in threading.enumerate()}


def test_large_messages_are_read_whole(installation: Settings, tmp_path: Path) -> None:
    """Whatever a topic of ours may hold."""
    put(installation, ALERTS, "gzip", b"before", os.urandom(15 * MIB), b"z" * 60 * MIB, b"after")
    report = read_in_a_process(installation, ALERTS, tmp_path)
    assert report["read"] == [[0, 6], [1, 15 * MIB], [2, 60 * MIB], [3, 5]]
