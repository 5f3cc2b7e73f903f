"""``cdi up``: run Kafka, workers, board, notifier and feeds on this machine."""

from __future__ import annotations

import shlex
import signal
import threading
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.settings.settings import Settings
from deploy.cli.board import tell_of_board
from deploy.cli.connect import FeedsFile, usable_feeds
from deploy.cli.framework.errors import CommandError
from deploy.cli.framework.installation import book_of, read_settings
from deploy.cli.framework.output import tell
from deploy.cli.notifier import notifications
from deploy.connect.feeds_file import FEEDS_FILE
from deploy.local.cluster import ServicesFailedError, kafka, provide_topics
from deploy.local.kafka import KafkaUnavailableError
from deploy.local.kafka.ports import free_port, is_free
from deploy.local.own_policy import begin_with_two_feeds, own_policy
from deploy.local.processes import Processes, board_and_notifier, feed_processes, workers
from schemas.quantities import counted

if TYPE_CHECKING:
    from agents.notifier.routing import Routing
    from agents.notifier.settings import NotifierSettings
    from deploy.connect.definition import FeedDefinition


class ClockChoice(StrEnum):
    """The clock by which alerts breach."""

    LIVE = "live"
    STREAM = "stream"


def up(
    clock: Annotated[
        ClockChoice | None, typer.Option(help="live: the wall clock; stream: the feeds' completeness alone")
    ] = None,
    count: Annotated[int, typer.Option("--workers", min=1, max=64, help="worker processes")] = 1,
    policy: Annotated[
        Path | None, typer.Option(help="a policy file (TOML); policy.toml of the data folder without it")
    ] = None,
    board_port: Annotated[int, typer.Option(min=1, max=65535, help="where the board listens, on loopback")] = 8400,
    data: Annotated[Path | None, typer.Option(help="the folder that keeps Kafka's data and the logs")] = None,
    feeds: FeedsFile = None,
) -> None:
    """Use the cluster that CDI_KAFKA names, if it names one, in place of a Kafka on this machine."""
    options = {"clock": clock.value if clock else None, "policy": policy, "data": data}
    overrides = {name: value for name, value in options.items() if value is not None}
    before = read_settings(**overrides)
    feeds_file, definitions = usable_feeds(before, book_of(before), feeds)
    notifier_settings, routing = notifications()
    before.data.mkdir(parents=True, exist_ok=True)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):  # the second does no more than the first: all are stopping
        signal.signal(number, lambda *_: stopped.set())
    try:
        with kafka(before.data, on_progress=tell) as cluster:
            settings = read_settings(**overrides, kafka=cluster.bootstrap)
            provide_topics(settings)
            settings = settings_with_policy(settings)
            logs = settings.data / "logs"
            port = board_port if is_free(board_port) else free_port()
            commands = {**workers(settings, count), **board_and_notifier(settings, port)}
            if feeds_file is not None:
                commands |= feed_processes(settings, feeds_file, definitions, len(commands))
            with Processes(commands, logs, on_restart=tell, cluster=cluster) as running:
                _tell_of_workers(settings, count, logs)
                tell_of_board(settings, port)
                _tell_of_notifications(notifier_settings, routing)
                _tell_of_feeds(before, feeds_file, definitions)
                running.run_until(stopped)
                tell("Stopping")
    except (KafkaUnavailableError, ServicesFailedError) as failure:
        raise CommandError(str(failure)) from None


def settings_with_policy(settings: Settings) -> Settings:
    """Return the settings with the policy that the installation goes by, and say which it is and why.

    A new installation without a policy begins with that of two feeds.
    """
    own = own_policy(settings.data)
    if settings.policy is not None:
        version = book_of(settings).version
        where = f"of {settings.policy}"
        if settings.policy == own:
            where += ", the file that 'cdi up' takes where neither --policy nor CDI_POLICY names another"
        tell(f"Policy {version}, {where}")
        return settings
    starter = begin_with_two_feeds(settings)
    if starter is None:
        tell(f"Policy {book_of(settings).version}, the built-in one: records were fed here before any policy was named")
        return settings
    settings = settings.model_copy(update={"policy": starter})
    tell(
        f"Policy {book_of(settings).version}: nothing was ever fed here, and neither --policy nor CDI_POLICY names one"
    )
    tell(
        f"  It is {starter} now, which begins with two feeds, incidents and crimes; any other counts once it is heard. "
        "Make the file your own: 'cdi up' uses it from its next start on"
    )
    return settings


def _tell_of_notifications(notifier_settings: NotifierSettings, routing: Routing) -> None:
    if notifier_settings.routes is None:
        tell(
            "No notifications go out: the board alone shows alerts. Who is told what stands in a file of routes "
            "(deploy/notifier/routes.example.toml is one); set CDI_NOTIFIER_ROUTES to yours"
        )
    else:
        tell(
            f"Notifications go out by {notifier_settings.routes}: {counted(len(routing.recipient), 'recipient')}, "
            f"{counted(len(routing.route), 'route')}"
        )


def _tell_of_feeds(settings: Settings, file: Path | None, definitions: Mapping[str, FeedDefinition]) -> None:
    if file is None:
        tell(
            f"No feed comes in by itself: where feeds come from stands in {settings.data / FEEDS_FILE} "
            "(deploy/feeds.example.toml is one); 'cdi feed' feeds files by hand"
        )
    else:
        ways = ", ".join(f"{name} ({definition.way})" for name, definition in definitions.items()) or "none"
        tell(f"Feeds of {file}: {ways}; 'cdi connect --list' shows how each is")


def _tell_of_workers(settings: Settings, count: int, logs: Path) -> None:
    tell(f"{counted(count, 'worker')}, {settings.clock} clock; Kafka at {settings.kafka}; logs in {logs}")
    is_default = settings.data == read_settings().data
    tell(f"Other cdi commands on this machine find it {where(settings.data, is_default=is_default)}; stop with Ctrl-C")


def where(data: Path, *, is_default: bool) -> str:
    """Say how other commands find the installation in a data folder."""
    return "by themselves" if is_default else f"with CDI_DATA={shlex.quote(str(data.resolve()))} set"
