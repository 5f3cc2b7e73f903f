"""``cdi policy``: check policy files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.framework.errors import CommandError
from deploy.cli.framework.output import tell
from schemas.times import to_rfc3339
from streams.engine.policy_check import usable_policy
from streams.policy import PolicyError

policy = typer.Typer(no_args_is_help=True)


@policy.command()
def check(file: Annotated[Path, typer.Argument(metavar="FILE", help="a policy file (TOML)")]) -> None:
    """Return whether a policy can be used; exits 1 with the first thing that is wrong."""
    try:
        book = usable_policy(file.read_text(encoding="utf-8"))
    except (PolicyError, UnicodeDecodeError) as refusal:
        line = str(refusal) if isinstance(refusal, PolicyError) else "not UTF-8 text"
        raise CommandError(f"{file}: {line}") from None
    except OSError as failure:
        raise CommandError(f"{file}: {failure.strerror or failure}") from None
    changes = ", ".join(map(to_rfc3339, book.starts)) or "never"
    tell(f"{file}: policy {book.version} can be used; its settings change at: {changes}")
