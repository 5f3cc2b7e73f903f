"""One feed as a process of its own: its lock, its log, its metrics, and how it stops."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog

from agents.observability.logs import process_logs
from agents.observability.metrics import Metrics
from agents.observability.status import StatusServer
from agents.settings.clock import stopwatch
from agents.topics.feeds import FeedProducer
from deploy.connect.cursors import Cursors
from deploy.connect.definition import ConnectedFeed, FeedDefinition
from deploy.connect.delivery import FOLDER
from deploy.connect.runner import FeedRunner
from deploy.files.feedings import Feedings
from streams.topology.metrics import CONNECT

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from streams.policy import PolicyBook

_PATIENCE_SECONDS: Final = 0.5
_PAUSE_SECONDS: Final = 0.02

_log = structlog.get_logger("cdi.connect")


class FeedRunsAlreadyError(Exception):
    """Another process runs the feed on this data folder."""


@contextlib.contextmanager
def opened_feed(
    name: str, definition: FeedDefinition, beside: Path, settings: Settings, book: PolicyBook
) -> Iterator[ConnectedFeed]:
    """Yield a feed with its cursor and mappings.

    Raises CursorsUnavailableError, FeedingsUnavailableError, FileRefusedError.
    """
    cursors = Cursors(settings.data, settings.prefix)
    try:
        feed = ConnectedFeed(
            name, definition, beside, settings, book, cursors, Feedings(settings.data, settings.prefix)
        )
        _ = feed.mappings
        yield feed
    finally:
        cursors.close()


def run_feed(feed: ConnectedFeed, *, once: bool = False) -> bool:
    """Run a feed until the process is told to stop, or with ``once`` until there is nothing more to read.

    Return whether all went well.  Raises FeedRunsAlreadyError, CursorsUnavailableError.
    """
    settings = feed.settings
    metrics = Metrics(CONNECT)
    metrics.describe("connect", feed.book.version)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with process_logs(settings, f"connect-{feed.name}"), locked(settings.data, feed.name):
        runner = FeedRunner(feed, lambda: FeedProducer(settings), metrics)
        status = StatusServer(
            settings.metrics_port,
            metrics.registry,
            ready=lambda: runner.is_up,
            live=lambda: True,
            host=settings.metrics_host,
        )
        with status:
            _log.info("started", feed=feed.name, kafka=settings.kafka)
            return runner.run(stopped, once=once)


@contextlib.contextmanager
def locked(data: Path, name: str, patience_seconds: float = _PATIENCE_SECONDS) -> Iterator[None]:
    """Hold the lock of a feed, so that two processes do not run it at once.

    Whoever only asks whether it runs holds it for a moment.  Raises FeedRunsAlreadyError.
    """
    place = _lock_file(data, name)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        give_up_at = stopwatch() + patience_seconds
        while not _took(file):
            if stopwatch() >= give_up_at:
                raise FeedRunsAlreadyError(f"another process runs {name} on {data}")
            time.sleep(_PAUSE_SECONDS)
        yield
    finally:
        os.close(file)


def is_running(data: Path, name: str) -> bool:
    """Return whether a process of this machine runs a feed on a data folder."""
    try:
        with locked(data, name, 0):
            return False
    except FeedRunsAlreadyError:
        return True


def _took(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lock_file(data: Path, name: str) -> Path:
    return data / FOLDER / f"{name}.lock"
