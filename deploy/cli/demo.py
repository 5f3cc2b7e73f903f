"""``cdi demo``: play HMIC's inspection, the rules of 2026, or a month, on a Kafka of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

from deploy.cli.board import tell_of_board
from deploy.cli.framework.errors import CommandError, UsageError
from deploy.cli.framework.installation import book_of, read_settings
from deploy.cli.framework.output import tell
from deploy.demo.demo import Demonstration, stage
from deploy.demo.month_view import month_table
from deploy.demo.programmes import Programme, force_month, inspection, year_2026
from deploy.demo.stories_view import stories_table
from deploy.demo.view import comparison_table
from deploy.inspect.published_figures import FigureComparison, compare_with_published
from deploy.inspect.stories import StoryComparison, compare_with_stories
from deploy.local.cluster import ServicesFailedError, announced
from deploy.local.kafka import KafkaUnavailableError
from deploy.local.kafka.ports import free_port, is_free
from deploy.local.processes import Processes

if TYPE_CHECKING:
    from rich.table import Table

    from streams.engine.monitor import Monitor

BOARD_PORT = 8400
WIDTH = 140
"""How many columns a table may take where there is no terminal."""
_STOPPING = (signal.SIGINT, signal.SIGTERM)


class PlayedYear(StrEnum):
    """A scenario by its year."""

    INSPECTION = "2013"
    TODAY = "2026"


def demo(
    once: Annotated[bool, typer.Option("--once", help="stop after the table; exits 1 if it does not agree")] = False,
    scenario: Annotated[
        PlayedYear,
        typer.Option(help="2013: HMIC's inspection and its figures; 2026: a story or two of each rule of today"),
    ] = PlayedYear.INSPECTION,
    month: Annotated[
        bool, typer.Option("--month", help="play a month like a force's own: what no system holds is empty")
    ] = False,
    seconds: Annotated[float, typer.Option(min=0.0, help="how long it takes, if workers keep up")] = 30.0,
    count: Annotated[int, typer.Option("--workers", min=1, max=16, help="worker processes")] = 1,
) -> None:
    """Stay up after the table until Ctrl-C; with --once, exit 1 unless all that was found agrees with it.

    The table of 2013 has HMIC's figures, that of 2026 what each story should raise; 2026 goes by
    deploy/policies/2026.toml unless CDI_POLICY names another policy.

    With --month it is a month at Leicestershire's volumes, under deploy/policies/typical-force.toml unless CDI_POLICY
    names another: what only a reader of the log would know is empty, and what cannot be known is not guessed.  It takes
    some minutes, and the table comes when all of it has been judged.
    """
    if month and scenario is not PlayedYear.INSPECTION:
        raise UsageError("--month: is a scenario of its own; leave --scenario out")
    for number in _STOPPING:
        signal.signal(number, _interrupt)
    programme = force_month() if month else _programme(scenario)
    here = read_settings()
    policy = here.policy if "CDI_POLICY" in os.environ else programme.policy  # not that of the data folder
    settings_of_demo = partial(read_settings, policy=policy)
    book = book_of(settings_of_demo())
    console = Console(width=None if Console().is_terminal else WIDTH)
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
            conclude = _conclude_month if month else _CONCLUDE[scenario]
            table, require = conclude(demonstration, demonstration.monitors(book))
            console.print(table)
            if not once:
                _stay_up(running)
    except (KafkaUnavailableError, ServicesFailedError) as failure:
        raise CommandError(str(failure)) from None
    require()


def _programme(scenario: PlayedYear) -> Programme:
    return year_2026() if scenario is PlayedYear.TODAY else inspection()


def _conclude_month(demonstration: Demonstration, monitors: list[Monitor]) -> tuple[Table, Callable[[], None]]:
    """Return the table of the month, with which nothing has to agree."""
    return month_table(demonstration.alerts, demonstration.reviews, monitors), lambda: None


def _conclude_inspection(_: Demonstration, monitors: list[Monitor]) -> tuple[Table, Callable[[], None]]:
    """Return the table of HMIC's figures, and what requires them to be found."""
    lines = compare_with_published(monitors)
    return comparison_table(lines), partial(require_agreement, lines)


def _conclude_2026(demonstration: Demonstration, _: list[Monitor]) -> tuple[Table, Callable[[], None]]:
    """Return the table of the stories of 2026, and what requires their alerts and no others."""
    lines = compare_with_stories(demonstration.alerts)
    return stories_table(lines), partial(require_stories, lines)


_CONCLUDE = {PlayedYear.INSPECTION: _conclude_inspection, PlayedYear.TODAY: _conclude_2026}


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


def require_stories(lines: list[StoryComparison]) -> None:
    """Raise CommandError unless every story raised what it should, and nothing else was raised."""
    if differing := [line.title for line in lines if not line.agrees]:
        raise CommandError(f"{len(differing)} of {len(lines)} stories raise other alerts: {'; '.join(differing)}")
    tell(f"All {len(lines)} stories raise what they should")


def _interrupt(*_: object) -> NoReturn:
    """Stop once, in order: a second Ctrl-C must not leave half of the processes running."""
    for number in _STOPPING:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
