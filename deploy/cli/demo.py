"""``cdi demo``: play HMIC's inspection, or a month of a force, on a Kafka of its own."""

from __future__ import annotations

import contextlib
import signal
import threading
from functools import partial
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from deploy.cli.board import tell_of_board
from deploy.cli.framework.errors import CommandError
from deploy.cli.framework.installation import book_of, read_settings
from deploy.cli.framework.output import tell
from deploy.demo.demo import Demonstration, stage
from deploy.demo.month_view import month_table
from deploy.demo.programmes import force_month, inspection
from deploy.demo.view import comparison_table
from deploy.inspect.published_figures import FigureComparison, compare_with_published
from deploy.local.cluster import ServicesFailedError, announced
from deploy.local.kafka import KafkaUnavailableError
from deploy.local.kafka.ports import free_port, is_free
from deploy.local.processes import Processes

BOARD_PORT = 8400
_STOPPING = (signal.SIGINT, signal.SIGTERM)


def demo(
    once: Annotated[bool, typer.Option("--once", help="stop after the table; exits 1 if figures differ")] = False,
    month: Annotated[
        bool, typer.Option("--month", help="play a month like a force's own: what no system holds is empty")
    ] = False,
    seconds: Annotated[float, typer.Option(min=0.0, help="how long it takes, if workers keep up")] = 30.0,
    count: Annotated[int, typer.Option("--workers", min=1, max=16, help="worker processes")] = 1,
) -> None:
    """Stay up after the table until Ctrl-C; with --once, exit 1 unless every figure agrees with HMIC's.

    With --month it is a month at Leicestershire's volumes, under deploy/policies/typical-force.toml unless CDI_POLICY
    names another: what only a reader of the log would know is empty, and what cannot be known is not guessed.  It takes
    some minutes, and the table comes when all of it has been judged.
    """
    for number in _STOPPING:
        signal.signal(number, _interrupt)
    programme = force_month() if month else inspection()
    here = read_settings()
    settings_of_demo = partial(read_settings, policy=here.policy or programme.policy)
    book = book_of(settings_of_demo())
    console = Console(width=None if Console().is_terminal else 110)
    try:
        port = None if once else BOARD_PORT if is_free(BOARD_PORT) else free_port()
        with (
            stage(settings_of_demo, count, tell, port) as (settings, running),
            announced(here.data, settings.kafka),
        ):
            tell("Workers are starting")
            if port is not None:
                tell_of_board(settings, port)
            demonstration = Demonstration(settings, running, console, programme)
            demonstration.play(seconds)
            monitors = demonstration.monitors(book)
            lines = [] if month else compare_with_published(monitors)
            table = (
                month_table(demonstration.alerts, demonstration.reviews, monitors) if month else comparison_table(lines)
            )
            console.print(table)
            if not once:
                _stay_up(running)
    except (KafkaUnavailableError, ServicesFailedError) as failure:
        raise CommandError(str(failure)) from None
    if not month:
        require_agreement(lines)


def _stay_up(running: Processes) -> None:
    """Leave everything running until Ctrl-C."""
    tell("All of it stays up: try 'cdi alerts list' in another terminal. Ctrl-C stops and forgets it.")
    with contextlib.suppress(KeyboardInterrupt):
        running.run_until(threading.Event())
    tell("Stopping")


def require_agreement(lines: list[FigureComparison]) -> None:
    """Raise CommandError unless every figure agrees with the one published."""
    if differing := [line.label for line in lines if not line.agrees]:
        raise CommandError(f"{len(differing)} of {len(lines)} figures differ from HMIC's: {'; '.join(differing)}")
    tell(f"All {len(lines)} figures agree with HMIC's")


def _interrupt(*_: object) -> NoReturn:
    """Stop once, in order: a second Ctrl-C must not leave half of the processes running."""
    for number in _STOPPING:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
