"""``cdi worker``: one worker process."""

from __future__ import annotations

import os
import signal
import threading
from typing import Annotated

import typer

from agents.worker import run_worker
from deploy.cli.installation import book_of, connected


def worker(
    with_owner: Annotated[
        bool, typer.Option("--with-owner", hidden=True, help="stop when standard input ends")
    ] = False,
) -> None:
    """Run one worker until it is told to stop (SIGTERM or Ctrl-C)."""
    settings = connected()
    book_of(settings)
    if with_owner:
        threading.Thread(target=_stop_with_owner, name="owner", daemon=True).start()
    raise typer.Exit(run_worker(settings))


def _stop_with_owner() -> None:
    while os.read(0, 1):  # unbuffered: a lock held here would keep the interpreter from shutting down
        pass
    os.kill(os.getpid(), signal.SIGTERM)
