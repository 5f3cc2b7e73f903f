"""An installation whose workers have judged a history: its state is on the broker, and nothing runs."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from pathlib import Path

import pytest

from agents.kafka.producer import KafkaProducer
from agents.settings.settings import Settings
from deploy.files.backtest import run_monitors
from deploy.local.cluster import provide_topics
from schemas.records import Snapshot
from streams.policy import PolicyBook
from streams.topology.topics import STATE_CHANGELOG


def installed(kafka: str, data: Path, snapshots: Iterable[Snapshot], until: int) -> Settings:
    """Topics of a test's own, with the state that workers on the stream clock would have written."""
    settings = Settings(
        kafka=kafka, prefix=f"installed-{uuid.uuid4().hex[:8]}.", partitions=2, clock="stream", data=data, worker="test"
    )
    provide_topics(settings)
    producer = KafkaProducer(settings.client(), deliver_within_seconds=30.0)
    for force, monitor in run_monitors(snapshots, PolicyBook.built_in(), until, read_at=until).items():
        for key, value in monitor.drain().state:
            producer.put(settings.topic(STATE_CHANGELOG), key, value, settings.partition_of(force))
    producer.deliver()
    return settings


def use(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have commands find the installation in their environment."""
    for name in ("kafka", "prefix", "partitions", "clock", "data", "worker"):
        monkeypatch.setenv(f"CDI_{name.upper()}", str(getattr(settings, name)))
