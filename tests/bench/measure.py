"""Measure how fast the monitor is here, and what room it takes.

    python -m tests.bench.measure [--snapshots 100000] [--obligations 20000] [--only memory,kafka,...]

The parts are those of ``PARTS``; ``plain`` and ``stock`` are the worker's peers (:mod:`tests.bench.peers`) on the same
backlog.

Prints one JSON object: the figures, and the machine they were measured on.  Each part runs in a process of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

from agents.kafka.reader import latest, messages
from agents.settings.settings import Settings
from agents.topics.feeds import FeedProducer
from deploy.demo.playback import playback
from deploy.demo.watch import Watch
from deploy.files.loading import LoadedRecords, load_file
from deploy.files.record_files import topic_of
from deploy.local.cluster import delete_topics, provide_topics
from deploy.local.kafka import free_port, kafka_from_environment
from deploy.local.processes import Processes, workers
from schemas.records import Snapshot
from streams.topology.topics import ALERTS, SOURCES, STATE_CHANGELOG
from tests.bench import generate, sizes
from tests.bench.avro import avro

Figures = dict[str, float | int | str]

FORCES, DAYS = 2, 30
DAY = 86_400_000
START = 1_756_684_800_000
"""2025-09-01T00:00Z."""
LATER = 4_000_000_000_000
"""A reader's clock after everything that is generated."""
PATIENCE_SECONDS = 1200.0


def machine() -> Figures:
    """Describe what was measured on."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    return {
        "cpu": model,
        "cores": os.cpu_count() or 0,
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30), 1),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "faust": version("faust-streaming"),
        "msgspec": version("msgspec"),
    }


def backtest(snapshots: int) -> Figures:
    """Snapshots a second through ``cdi backtest``, from start to exit."""
    with _month(snapshots) as files:
        command = [
            sys.executable,
            "-m",
            "deploy",
            "backtest",
            *map(str, files),
            "--out",
            str(files[0].parents[1] / "out"),
        ]
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds = time.perf_counter() - started
        number = sum(1 for file in files for _ in file.open("rb"))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "snapshots": number,
        "seconds": round(seconds, 2),
        "snapshots_per_second": round(number / seconds),
        "snapshots_per_cpu_second": round(number / (used.ru_utime + used.ru_stime)),
        "peak_mib": round(used.ru_maxrss / 1024),
    }


@contextlib.contextmanager
def _worker(settings: Settings, logs: Path) -> Iterator[Callable[[], None]]:
    """Run one worker; gives what says whether it still runs."""
    with Processes(workers(settings, 1), logs, on_restart=_fail) as running:
        yield running.restart_ended


@contextlib.contextmanager
def _peer(name: str, settings: Settings, logs: Path) -> Iterator[Callable[[], None]]:
    """Run one of the worker's peers; gives what says whether it still runs."""
    environment = {
        "CDI_KAFKA": settings.kafka,
        "CDI_PREFIX": settings.prefix,
        "CDI_PARTITIONS": str(settings.partitions),
        "CDI_CLOCK": settings.clock,
        "CDI_DATA": str(settings.data),
        "FAUST_LOOP": "uvloop",
    }
    logs.mkdir()
    command = [sys.executable, "-m", "tests.bench.peers", name]
    with (
        (logs / f"{name}.log").open("wb") as log,
        subprocess.Popen(command, env=os.environ | environment, stdout=log, stderr=log) as running,
    ):
        try:
            yield lambda: None if running.poll() is None else _fail(f"{name} ended: {_lines(log.name)[-3:]}")
        finally:
            running.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(20)
            running.kill()


Carrier = Callable[[Settings, Path], contextlib.AbstractContextManager[Callable[[], None]]]
"""Runs what takes the records from Kafka; gives what raises where it no longer does."""

Afterwards = Callable[[Settings, Path, Watch], Figures]
"""Measures what it leaves behind."""


def catch_up(snapshots: int, carrier: Carrier = _worker, *, then: Afterwards = lambda *_: {}) -> Figures:
    """Measure the snapshots a second at which a worker or a peer catches up with a backlog in Kafka.

    ``then`` measures what it leaves behind, once it has stopped.
    """
    with contextlib.ExitStack() as stack:
        files = stack.enter_context(_month(snapshots))
        folder = files[0].parents[1]
        played = playback(_read(files), DAY)
        bootstrap = stack.enter_context(kafka_from_environment(folder / "kafka"))
        settings = Settings(
            kafka=bootstrap,
            prefix=f"bench-{uuid.uuid4().hex[:8]}.",
            partitions=1,
            clock="stream",
            data=folder,
            metrics_port=free_port(),
        )
        stack.callback(delete_topics, settings)
        provide_topics(settings)
        producer = FeedProducer(settings)
        fed = time.perf_counter()
        played.open(producer)
        for part in played.slices:
            played.send(part, producer)
        fed = time.perf_counter() - fed
        watch = stack.enter_context(Watch(settings))
        forces = {force for force, _, _ in played.sources}
        with carrier(settings, folder / "logs") as running:
            _until(lambda: any(clock > 0 for clock in watch.clocks.values()), watch, running)
            begun, clock = time.perf_counter(), watch.clock(forces) or 0
            _until(lambda: watch.clock(forces) == played.end, watch, running)
            seconds = time.perf_counter() - begun
        number = sum(len(part.snapshots) for part in played.slices)
        judged = sum(len(part.snapshots) for part in played.slices if part.through > clock)
        left = then(settings, folder, watch)
        # Counted on the topic: the watch may have read the clock's end before the last alerts.
        changes = sum(message.value is not None for message in messages(settings, ALERTS))
    return {
        **left,
        "snapshots": number,
        "fed_per_second": round(number / fed),
        "snapshots_in_window": judged,
        "seconds": round(seconds, 2),
        "snapshots_per_second": round(judged / seconds),
        "alert_changes": changes,
    }


def left_behind(settings: Settings, folder: Path, watch: Watch) -> Figures:
    """Measure what the broker keeps of feeds and state, and how soon a worker that starts on it is ready."""
    snapshots = sum(1 for topic in SOURCES for _ in messages(settings, topic))
    size = sizes.on_disk(folder / "kafka", map(settings.topic, SOURCES))  # none is seen of a cluster elsewhere
    entries = len(latest(settings, STATE_CHANGELOG))
    with _worker(settings, folder / "logs") as running:
        begun = time.perf_counter()
        _until(lambda: _is_ready(settings), watch, running)
        restart = time.perf_counter() - begun
    per_million = {"broker_mib_per_million_messages": round(size / snapshots * 1_000_000 / (1 << 20))} if size else {}
    return {"state_entries": entries, "restart_seconds": round(restart, 1), **per_million}


def _is_ready(settings: Settings) -> bool:
    """Tell whether the first worker has rebuilt its state."""
    port = (settings.metrics_port or 0) + 2
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False


def recovery(snapshots: int) -> Figures:
    """Rebuild monitors from what a worker holds after a month."""
    with _month(snapshots) as files:
        return sizes.recovery(_read(files))


PARTS: dict[str, Callable[[argparse.Namespace], Figures]] = {
    "backtest": lambda options: backtest(options.snapshots),
    "memory": lambda options: sizes.memory(options.obligations),
    "settled": lambda options: sizes.settled(options.obligations),
    "avro": lambda options: avro(options.snapshots // 20),
    "recovery": lambda options: recovery(options.snapshots),
    "read_model": lambda options: sizes.read_model(options.obligations // 2),
    "kafka": lambda options: catch_up(options.snapshots, then=left_behind),
    "plain": lambda options: catch_up(options.snapshots, partial(_peer, "plain")),
    "stock": lambda options: catch_up(options.snapshots, partial(_peer, "stock")),
}


def main() -> None:
    """Measure every part in a process of its own; one part alone in this one."""
    options = _arguments()
    wanted = options.only.split(",") if options.only else [*PARTS]
    if len(wanted) == 1:
        sys.stdout.write(json.dumps(PARTS[wanted[0]](options)) + "\n")
        return
    figures: dict[str, object] = {"machine": machine()}
    for name in wanted:
        command = [sys.executable, "-m", "tests.bench.measure", "--only", name]
        command += ["--snapshots", str(options.snapshots), "--obligations", str(options.obligations)]
        figures[name] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.measure", description="Measure how fast it is here.")
    parser.add_argument("--snapshots", type=int, default=100_000, help="how long the backtest and the backlog are")
    parser.add_argument("--obligations", type=int, default=20_000, help="how many obligations are open at a time")
    parser.add_argument("--only", help=f"one or more of {','.join(PARTS)}")
    options = parser.parse_args()
    if options.only and (strange := set(options.only.split(",")) - PARTS.keys()):
        parser.error(f"--only: {', '.join(sorted(strange))}: no such part")
    return options


@contextlib.contextmanager
def _month(snapshots: int) -> Iterator[list[Path]]:
    """Give the feeds of a month of two forces that hold about so many snapshots, a file each."""
    scale = snapshots / (generate.SNAPSHOTS_A_DAY * FORCES * DAYS)
    with tempfile.TemporaryDirectory(prefix="cdi-bench-") as folder:
        generate.write(Path(folder) / "feeds", FORCES, DAYS, scale, start=START)
        yield sorted((Path(folder) / "feeds").iterdir())


def _read(files: list[Path]) -> list[Snapshot]:
    intake = LoadedRecords()
    for file in files:
        load_file(file, topic_of(file), intake, read_at=LATER, far_future=0, refuse=lambda row: _fail(str(row)))
    return intake.snapshots


def _until(holds: Callable[[], bool], watch: Watch, still_runs: Callable[[], None]) -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > give_up_at:
            _fail(f"the worker has not come to the end within {PATIENCE_SECONDS:.0f} s")
        watch.poll(0.05)
        still_runs()


def _lines(path: str) -> list[str]:
    with contextlib.suppress(OSError):
        return Path(path).read_text(encoding="utf-8").splitlines()
    return []


def _fail(line: str) -> NoReturn:
    raise SystemExit(line)


if __name__ == "__main__":
    main()
