"""One worker process, from its start to its exit status."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Final, NoReturn

import structlog
from confluent_kafka import KafkaException

from agents.kafka.topic_differences import check_topics, describe
from agents.observability.logs import SILENCED_BY_CRASH, process_logs
from agents.observability.status import StatusServer
from agents.settings.clock import SYSTEM_CLOCK, ProcessClock
from agents.worker.state_version import EXIT_STATUS, StateError, require_readable_state
from agents.worker.stopping import end_process, end_process_in, ending_on_signals, stop_on_signals
from streams.topology.messages import UnreadableError

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from agents.worker.assembly import Assembly, NewMonitor
    from agents.worker.faust_app import SignalledWorker

_log: Final = structlog.get_logger("cdi.worker")

_LAST_RESORT_SECONDS: Final = 20.0
"""How long a worker that crashed may take to stop by itself."""


def run_worker(
    settings: Settings, *, monitor: NewMonitor | None = None, clock: ProcessClock = SYSTEM_CLOCK
) -> NoReturn:
    """Run a worker in this process until it is told to stop, and end the process.

    ``monitor`` makes one force's, from the settings' policy unless given.

    The exit status is 0 after SIGTERM or SIGINT; 1 where the topics are not as they must be or the worker stopped
    itself; 3 where the state is a newer release's, so that starting it again is of no use.
    """
    with process_logs(settings, "worker"):
        exit_status = _run_logged(settings, monitor, clock)
    end_process(exit_status)


def _run_logged(settings: Settings, monitor: NewMonitor | None, clock: ProcessClock) -> int:
    with ending_on_signals():
        if (exit_status := _obstacle(settings)) is not None:
            return exit_status
        settings.data.mkdir(parents=True, exist_ok=True)
        os.environ.setdefault("FAUST_LOOP", "uvloop")  # before Faust is imported; it chooses the event loop then
        from agents.worker.assembly import assemble  # noqa: PLC0415
        from agents.worker.faust_app import SignalledWorker  # noqa: PLC0415

        assembly = assemble(settings, monitor=monitor, clock=clock, on_crash=_wind_up)
        worker = SignalledWorker(assembly.app)
        stop_on_signals(worker.stop_soon)
    with StatusServer(
        settings.metrics_port,
        assembly.metrics.registry,
        ready=lambda: assembly.ready,
        live=lambda: assembly.liveness.progressing,
        host=settings.metrics_host,
    ):
        return _run(worker, assembly)


def _obstacle(settings: Settings) -> int | None:
    """Return the exit status of a worker that cannot start, once the log says why; None for one that can."""
    try:
        differences = check_topics(settings, periods=False)
        if not differences:
            require_readable_state(settings)
            return None
    except StateError as unusable:
        _log.error(unusable.event, **unusable.fields)
        return EXIT_STATUS
    except KafkaException as failure:
        _log.error("kafka_unreachable", problem=failure.args[0].str())
        return 1
    except UnreadableError as failure:
        _log.error("kafka_unreachable", problem=str(failure))
        return 1
    for difference in differences:
        _log.error("topic_differs", difference=describe(difference))
    return 1


def _run(worker: SignalledWorker, assembly: Assembly) -> int:
    try:
        worker.execute_from_commandline()
    except SystemExit as exit_:
        return assembly.crash.exit_status if exit_.code else 0
    except BaseException as failure:  # noqa: BLE001 - a task cancelled in the tear-down of a crash ends up here
        _log.error("stopped", failure=type(failure).__name__)
        return assembly.crash.exit_status


def _wind_up(exit_status: int) -> None:
    """End a worker that stopped itself soon and quietly, whatever its tear-down runs into."""
    for name in SILENCED_BY_CRASH:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    end_process_in(_LAST_RESORT_SECONDS, exit_status)
