"""Where every ``cdi`` command begins, and where each ends: no traceback reaches a user unless asked for."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer
from confluent_kafka import KafkaException
from typer.exceptions import Abort, Exit, TyperException

from agents.outbox import NotDeliveredError
from agents.registry_address import RegistryError
from agents.views import UnreadableError
from deploy.cli.alert_actions import alerts
from deploy.cli.audit_log import audit_log
from deploy.cli.audit_sample import audit_sample
from deploy.cli.backtest import backtest
from deploy.cli.board import board, board_user
from deploy.cli.dead_letters import dead_letters
from deploy.cli.demo import demo
from deploy.cli.doctor import doctor
from deploy.cli.feed import feed
from deploy.cli.notifier import notifier
from deploy.cli.outcomes import CommandFailed, tell
from deploy.cli.policy import policy
from deploy.cli.report import report
from deploy.cli.schemas import schemas
from deploy.cli.topics import topics
from deploy.cli.trace import trace_reference
from deploy.cli.up import up
from deploy.cli.worker import worker

app = typer.Typer(
    name="cdi",
    help="Crime data integrity: says, while there is still time, where a report of crime is going unrecorded.",
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
)
INTERRUPTED = 130
"""What a shell reports of a command that Ctrl-C ended."""


@app.callback()
def cdi(debug: Annotated[bool, typer.Option("--debug", help="show the trace of a failure")] = False) -> None:
    """Take the options that every command has; :func:`main` has read them already."""


for command in (demo, up, worker, board, notifier, feed, backtest, report, audit_sample, doctor):
    app.command()(command)
app.command("board-user")(board_user)
app.command("trace")(trace_reference)
for name, group in {
    "alerts": alerts,
    "audit-log": audit_log,
    "dead-letters": dead_letters,
    "topics": topics,
    "schemas": schemas,
    "policy": policy,
}.items():
    app.add_typer(group, name=name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and give its exit status: 0 done, 1 a check failed or a job could not be done, 2 bad usage."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    given = [argument for argument in given if argument != "--debug"]
    try:
        return _run(given, debug=debug)
    except BrokenPipeError:  # whoever read our output has seen enough; nor may the interpreter try to write more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(given: list[str], *, debug: bool) -> int:
    try:
        status = app(args=given, prog_name="cdi", standalone_mode=False)
        sys.stdout.flush()
    except Exit as ended:
        return ended.exit_code
    except (KeyboardInterrupt, Abort):
        tell("cdi: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as failure:  # noqa: BLE001 - the last door before the user
        if debug:
            traceback.print_exc()
        return _say(failure)
    return status if isinstance(status, int) else 0


def _say(failure: Exception) -> int:
    """Say in one line why a command failed, and give its exit status."""
    if isinstance(failure, TyperException):
        said = " ".join(failure.format_message().split())
        if said:
            tell(f"cdi: {said}")
        return failure.exit_code
    if isinstance(failure, CommandFailed):
        tell(f"cdi: {failure}")
        return failure.status
    if isinstance(failure, KafkaException):
        tell(f"cdi: Kafka: {failure.args[0].str()}")
        return 1
    if isinstance(failure, NotDeliveredError | UnreadableError):
        tell(f"cdi: Kafka: {failure}")
        return 1
    if isinstance(failure, RegistryError):
        tell(f"cdi: {failure}")
        return 1
    # Only the kind: what an unforeseen error says may quote a record.
    tell(f"cdi: an unforeseen {type(failure).__name__}; --debug shows where")
    return 1
