"""The demonstration: a real Kafka, workers, and weeks of records in compressed time."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.live import Live

from agents.kafka.reader import latest_records
from agents.observability.logs import logs_to_file
from agents.topics.feeds import FeedProducer
from deploy.demo.playback import Playback, playback
from deploy.demo.view import View, local_time
from deploy.demo.watch import Watch
from deploy.inspect.worker_state import monitors_at
from deploy.local.cluster import ServicesFailedError, delete_topics, kafka, provide_topics, require_kafka
from deploy.local.processes import Processes, board_and_notifier, workers
from schemas.products import Alert, Review
from streams.policy.calendar import DAY
from streams.topology.topics import ALERTS, REVIEWS

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from agents.settings.settings import Settings
    from deploy.demo.programmes import Programme
    from streams.engine.monitor import Monitor
    from streams.policy import PolicyBook

WEEK = 7 * DAY
"""How much of the scenario's time (ms) passes between two lines where there is no terminal."""
START_SECONDS = 60.0
FINISH_SECONDS = 120.0
STATE_SECONDS = 20.0
_REDRAW_SECONDS = 0.1
"""How often the picture is drawn."""


class Demonstration:
    """Feeds a programme to the workers of an installation, and shows their alerts."""

    def __init__(self, settings: Settings, running: Processes, console: Console, programme: Programme) -> None:
        self._settings = settings
        self._running = running
        self._console = console
        self._playback: Playback = playback(programme.snapshots, programme.step)
        self._slices_a_line = WEEK // programme.step
        self._forces = {force for force, _, _ in self._playback.sources}
        self._view = View(len(self._playback.slices), programme.title)
        self._done = 0
        self.alerts: Sequence[Alert] = ()
        self.reviews: Sequence[Review] = ()
        """Every alert and every entry of the review queue in its last state, once all is played."""

    def play(self, seconds: float) -> None:
        """Feed all of it in about so many seconds.

        Raises ServicesFailedError where the workers do not keep up.
        """
        producer = FeedProducer(self._settings)
        with Watch(self._settings) as watch, self._picture(watch) as draw:
            self._playback.open(producer)
            self._wait(watch, draw, 0, START_SECONDS, "no worker has begun")
            begun = time.monotonic()
            for number, part in enumerate(self._playback.slices, 1):
                self._playback.send(part, producer)
                self._done = number
                self._follow(watch, draw, begun + seconds * number / len(self._playback.slices))
            self._wait(watch, draw, self._playback.end, FINISH_SECONDS, "the workers have not come to the end")
        # From the topics: the watch may have read the clock's end before the last alerts.
        self.alerts = list(latest_records(self._settings, ALERTS, Alert).values())
        self.reviews = list(latest_records(self._settings, REVIEWS, Review).values())

    def monitors(self, book: PolicyBook) -> list[Monitor]:
        """Return what the workers know in the end."""
        return list(monitors_at(self._settings, book, self._playback.end, STATE_SECONDS).values())

    def _follow(self, watch: Watch, draw: Callable[[], None], until: float) -> None:
        watch.poll(0)
        while (left := until - time.monotonic()) > 0:
            watch.poll(min(left, _REDRAW_SECONDS))
            self._running.restart_ended()
            draw()

    def _wait(self, watch: Watch, draw: Callable[[], None], clock: int, patience: float, otherwise: str) -> None:
        give_up_at = time.monotonic() + patience
        while (reached := watch.clock(self._forces)) is None or reached < clock:
            if time.monotonic() > give_up_at:
                raise ServicesFailedError(
                    f"{otherwise} within {patience:.0f} s; see {self._running.log_file('worker-1')}"
                )
            watch.poll(_REDRAW_SECONDS)
            self._running.restart_ended()
            draw()

    @contextlib.contextmanager
    def _picture(self, watch: Watch) -> Iterator[Callable[[], None]]:
        """Yield the function that draws: the live picture on a terminal, a line a week elsewhere."""
        if self._console.is_terminal:
            with Live(self._drawn(watch), console=self._console, refresh_per_second=8, transient=True) as live:
                yield lambda: live.update(self._drawn(watch))
        else:
            printed: list[int] = []
            yield lambda: self._print_week(watch, printed)

    def _drawn(self, watch: Watch) -> RenderableType:
        return self._view.picture(watch, self._done, watch.clock(self._forces))

    def _print_week(self, watch: Watch, printed: list[int]) -> None:
        clock = watch.clock(self._forces)
        if clock and self._done // self._slices_a_line > len(printed):
            printed.append(self._done)
            self._console.print(f"{local_time(clock)}: {len(watch.alerts)} alerts, {watch.changes} changes of them")


@contextlib.contextmanager
def stage(
    settings: Callable[..., Settings], count: int, on_progress: Callable[[str], None], board_port: int | None = None
) -> Iterator[tuple[Settings, Processes]]:
    """Run a temporary Kafka, workers and, with a ``board_port``, a board until the block ends.

    On the cluster that CDI_KAFKA names the topics have a prefix of their own and are deleted in the end.  Raises
    KafkaUnavailableError, ServicesFailedError.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cdi-demo-")))
        logs = folder / "logs"
        logs.mkdir()
        stack.enter_context(logs_to_file(logs / "libraries.log"))
        cluster = stack.enter_context(kafka(folder, on_progress))
        borrowed = "CDI_KAFKA" in os.environ
        prefix = f"demo-{uuid.uuid4().hex[:8]}." if borrowed else ""
        demo_settings = settings(kafka=cluster.bootstrap, clock="stream", data=folder, prefix=prefix)
        if borrowed:
            require_kafka(demo_settings)
            stack.callback(delete_topics, demo_settings)
        provide_topics(demo_settings)
        commands = workers(demo_settings, count)
        if board_port is not None:
            commands["board"] = board_and_notifier(demo_settings, board_port)["board"]
        yield demo_settings, stack.enter_context(Processes(commands, logs, on_restart=on_progress, cluster=cluster))
