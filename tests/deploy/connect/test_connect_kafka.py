"""Feeds as processes on a real Kafka: killed at any moment, and stopped with the others."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition

from agents.kafka.codecs import codec_of
from agents.kafka.reader import messages
from agents.settings.settings import Settings
from deploy.cli import main
from deploy.local import child_process
from deploy.local.cluster import provide_topics
from deploy.local.processes import Processes, feed_processes
from schemas.records import Crime, Heartbeat, Snapshot
from schemas.rows import write_json
from streams.topology.topics import SOURCES, Topic
from tests.agents.processes import eventually
from tests.deploy.connect.fakes import crime

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

ROOT = Path(__file__).parents[3]
CRIMES: Topic = next(topic for topic in SOURCES if topic.name == Crime.TOPIC)
ROWS = 8_000
KILLED_ROWS = 300
KILLER = """
import os, pathlib, signal, sys
from agents.topics.feeds import FeedProducer
from deploy.cli import main

moment = sys.argv[1]
sent, heartbeat, rename = FeedProducer.send, FeedProducer.send_heartbeat, pathlib.Path.rename
records = 0

def kill():
    os.kill(os.getpid(), signal.SIGKILL)

def send(self, record):
    global records
    sent(self, record)
    records += 1
    if moment == "record" and records == 200:
        self.flush()
        kill()

def send_heartbeat(self, topic, record):
    heartbeat(self, topic, record)
    if moment == "heartbeat" and record.complete_through > 0:
        self.flush()
        kill()

def move(self, target):
    if moment == "receipt":
        kill()
    rename(self, target)
    if moment == "moved":
        kill()

FeedProducer.send, FeedProducer.send_heartbeat, pathlib.Path.rename = send, send_heartbeat, move
main(["connect", "crimes", "--once"])
"""
FEEDS = """
[feed.crimes]
way = "folder"
folder = "drop"
topic = "cis.crimes.v1"
still_seconds = 0.2
look_seconds = 0.2
"""


@pytest.fixture
def settings(kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return an installation of the test's own with topics, a file of feeds and a folder to drop files into."""
    installation = Settings(
        kafka=kafka, prefix=f"connect-{uuid.uuid4().hex[:8]}.", partitions=2, data=tmp_path / "data", clock="stream"
    )
    for name, value in child_process.environment_of(installation).items():
        monkeypatch.setenv(name, value)
    provide_topics(installation)
    installation.data.mkdir()
    (tmp_path / "feeds.toml").write_text(FEEDS)
    monkeypatch.setenv("CDI_FEEDS", str(tmp_path / "feeds.toml"))
    (tmp_path / "drop").mkdir()
    return installation


def sent(settings: Settings) -> Iterator[Snapshot | Heartbeat]:
    """Yield what is on the topic, in order."""
    codec = codec_of(settings)
    for message in messages(settings, CRIMES):
        record = codec.decode(CRIMES.name, message.value or b"")
        assert isinstance(record, Snapshot | Heartbeat)
        yield record


def count_sent(settings: Settings) -> int:
    """Count the messages on the topic."""
    consumer = Consumer({"bootstrap.servers": settings.kafka, "group.id": "none"})
    place = TopicPartition(settings.topic(CRIMES), settings.partition_of("LEICS"))
    _, end = consumer.get_watermark_offsets(place, timeout=10)
    consumer.close()
    return int(end)


def test_a_feed_that_is_killed_at_any_moment_loses_nothing_and_vouches_for_no_more(
    settings: Settings, tmp_path: Path
) -> None:
    """Between records, behind its heartbeat, between receipt and move, and then: it sends the same again, or nothing.

    A heartbeat is only behind all records that it speaks for.
    """
    crimes = [crime(number) for number in range(KILLED_ROWS)]
    file = tmp_path / "drop" / "crimes.jsonl"
    file.write_bytes(b"".join(write_json(record) + b"\n" for record in crimes) + b"rubbish\n")
    for moment in ("record", "heartbeat", "receipt", "moved"):
        killed = subprocess.run([sys.executable, "-c", KILLER, moment], check=False, cwd=ROOT, timeout=120)
        assert killed.returncode == -signal.SIGKILL
        assert file.exists() == (moment != "moved")
    assert main(["connect", "crimes", "--once"]) == 0

    seen: set[str] = set()
    for record in sent(settings):
        if isinstance(record, Snapshot):
            seen.add(record.event_id)
            continue
        assert {one.event_id for one in crimes if one.event_time <= record.complete_through} <= seen
    assert seen == {record.event_id for record in crimes}
    (receipt,) = [json.loads(path.read_text()) for path in (tmp_path / "drop" / "done").glob("*.receipt.json")]
    assert (receipt["sent"], receipt["set_aside"], receipt["same_as"]) == (KILLED_ROWS, 1, None)
    (rejected,) = (tmp_path / "drop" / "done").glob("*.rejected.jsonl")
    assert len(rejected.read_text().splitlines()) == 1
    assert not file.exists()


def test_a_feed_runs_beside_the_others_says_how_it_is_and_stops_in_the_middle_of_a_batch(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A second process is refused, the doctor names a feed that does not run, and none holds up the stop."""
    assert main(["connect", "--list"]) == 0
    assert "does not run" in capsys.readouterr().out
    commands = feed_processes(settings, tmp_path / "feeds.toml", ["crimes"], 3)
    with Processes(commands, tmp_path / "logs", on_restart=pytest.fail) as running:
        (tmp_path / "drop" / "a.jsonl").write_bytes(write_json(crime(1)) + b"\n")
        eventually(lambda: not (tmp_path / "drop" / "a.jsonl").exists(), "the file is read")
        assert main(["connect", "crimes"]) == 1
        assert "another process runs crimes" in capsys.readouterr().err
        assert main(["connect", "--list"]) == 0
        listed = capsys.readouterr().out
        assert " runs " in listed
        assert "never" not in listed
        main(["doctor"])
        assert "ok    feed crimes runs" in capsys.readouterr().out
        file = tmp_path / "drop" / "b.jsonl"
        file.write_bytes(b"".join(write_json(crime(number)) + b"\n" for number in range(ROWS)))
        before = count_sent(settings)
        eventually(lambda: count_sent(settings) > before, "the feed sends something")
        began = time.monotonic()
        running.stop()
        assert time.monotonic() - began < 10
    main(["doctor"])
    assert "WRONG feed crimes: no process of this machine runs it: run 'cdi up'" in capsys.readouterr().out
    assert next(record.event_id for record in sent(settings) if isinstance(record, Snapshot)) == "CIS-1"
