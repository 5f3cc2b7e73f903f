"""An installation of its own for each test that needs Kafka, and workers that do not outlive the test."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.kafka.topics import create_topics
from agents.settings.settings import Settings
from tests.agents.processes import RUN, StartWorker, WorkerProcess

_numbers = itertools.count(1)


@pytest.fixture
def installation(kafka: str, tmp_path: Path) -> Settings:
    """Topics of a test's own, under the stream clock."""
    settings = Settings(
        kafka=kafka,
        prefix=f"agents-{os.getpid()}-{next(_numbers)}.",
        partitions=3,
        clock="stream",
        data=tmp_path,
        session_seconds=6.0,
        replication=1,
    )
    create_topics(settings)
    return settings


@pytest.fixture
def start_worker(tmp_path: Path) -> Iterator[StartWorker]:
    """Start workers that do not outlive the test."""
    workers: list[WorkerProcess] = []

    def start(settings: Settings, name: str = "w1", *, script: str = RUN, **env: str) -> WorkerProcess:
        log = tmp_path / f"{name}-{len(workers)}.log"
        workers.append(WorkerProcess(settings, log, name, script=script, env=env))
        return workers[-1]

    yield start
    for worker in workers:
        worker.close()
