"""``cdi policy``: check policy files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.framework.errors import CommandError
from deploy.cli.framework.output import tell
from schemas.times import to_rfc3339
from streams.engine.policy_check import usable_policy
from streams.policy import PolicyBook, PolicyError
from streams.policy.calendar import local_date
from streams.policy.outcome_names import is_named
from streams.policy.reading import did_you_mean
from streams.reports.figure import ALWAYS

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
    changes = ", ".join(f"{local_date(moment)} ({to_rfc3339(moment)})" for moment in book.starts)
    when = f"as local days begin: {changes}" if changes else "never"
    tell(f"{file}: policy {book.version} can be used; its settings change {when}")
    for note in dict.fromkeys(_rows_without_effect(book)):
        tell(f"{file}: note: rules.unsuitable_outcomes.{note}")


def _rows_without_effect(book: PolicyBook) -> Iterator[str]:
    """Yield what is wrong with each row of the table of outcomes that finds nothing."""
    moments = (ALWAYS.start, *book.starts)
    built_in = {name for moment in moments for name in PolicyBook.built_in().at(moment).unsuitable_outcomes}
    for moment in moments:
        for name, row in sorted(book.at(moment).unsuitable_outcomes.items()):
            if unnamed := sorted(number for number in row.outcomes if not is_named(number)):
                yield f"{name}: no outcome is numbered {', '.join(unnamed)}"
            elif not row.outcomes and name not in built_in:
                yield f"{name}: drops a row that is not there{did_you_mean(name, built_in)}"
