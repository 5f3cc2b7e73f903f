"""The entry point of ``cdi``.

It runs a command, and reports a failure in one line unless --debug asks for the trace.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.exceptions import Abort, Exit

from deploy.cli.framework.lazy import LazyGroup
from deploy.cli.framework.output import tell

app = typer.Typer(
    name="cdi",
    cls=LazyGroup,
    help="Crime data integrity: says, while there is still time, where a report of crime is going unrecorded.",
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
)
INTERRUPTED = 130
"""The exit status of a command that Ctrl-C ended."""


@app.callback()
def cdi(debug: Annotated[bool, typer.Option("--debug", help="show the trace of a failure")] = False) -> None:
    """Set up the log before a command runs."""
    from agents.observability.command_logs import log_for_commands  # noqa: PLC0415 - the help needs no log

    log_for_commands(debug=debug)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0 done, 1 a check or a job failed, 2 bad usage."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    if debug:  # it may stand anywhere
        words = ["--debug", *(argument for argument in words if argument != "--debug")]
    try:
        return _run(words, debug=debug)
    except BrokenPipeError:  # the reader of our output has closed it; the interpreter must not write to it again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(words: list[str], *, debug: bool) -> int:
    try:
        status = app(args=words, prog_name="cdi", standalone_mode=False)
        sys.stdout.flush()
    except Exit as end:
        return end.exit_code
    except (KeyboardInterrupt, Abort):
        tell("cdi: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as failure:  # noqa: BLE001 - the last door before the user
        if debug:
            traceback.print_exc()
        from deploy.cli.framework.failures import report_failure  # noqa: PLC0415 - knows the libraries that fail

        return report_failure(failure)
    return status if isinstance(status, int) else 0
