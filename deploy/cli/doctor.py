"""``cdi doctor``: check this installation."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.framework.errors import CommandError
from deploy.cli.framework.installation import book_of, read_settings
from deploy.cli.framework.output import printable
from deploy.doctor.doctor import diagnose


def doctor(
    policy: Annotated[
        Path | None, typer.Option(help="the policy the workers should go by; CDI_POLICY's without it")
    ] = None,
) -> None:
    """Say of each part what is so, what was expected and what to do; exit 1 where something is wrong."""
    settings = read_settings() if policy is None else read_settings(policy=policy)
    wrong = 0
    for diagnosis in diagnose(settings, book_of(settings)):
        sys.stdout.write(f"{diagnosis.state:<6}{printable(diagnosis.line)}\n")
        sys.stdout.flush()
        wrong += diagnosis.state == "WRONG"
    if wrong:
        raise CommandError(f"{wrong} wrong")
