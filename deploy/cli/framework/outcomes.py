"""How a command ends when it does not end well, and what it prints then."""

from __future__ import annotations

import sys


class CommandError(Exception):
    """A check that failed or a job that could not be done: one line for the user, exit status 1."""

    status = 1


class UsageError(CommandError):
    """Arguments that cannot be used: one line for the user, exit status 2."""

    status = 2


def tell(line: str) -> None:
    """Say something to the user, on standard error, where it does not mix with what the command was asked for.

    What was written before comes before it, wherever both go to one place.
    """
    sys.stdout.flush()
    sys.stderr.write(f"{printable(line)}\n")
    sys.stderr.flush()


def printable(text: str) -> str:
    """Write a text without anything a terminal would obey: it may come from a record or a file's name."""
    return (
        text
        if text.isprintable()
        else "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
    )
