"""How a command ends when it fails."""

from __future__ import annotations


class CommandError(Exception):
    """A check failed or a job could not be done: one line for the user, exit status 1."""

    status = 1


class UsageError(CommandError):
    """The arguments cannot be used: one line for the user, exit status 2."""

    status = 2
