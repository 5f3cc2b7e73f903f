"""Every command of the command line, each loaded."""

from __future__ import annotations

from deploy.cli.commands import COMMANDS
from deploy.cli.framework.lazy import load


def commands() -> set[str]:
    """Return every command as it is typed: ``alerts list``."""
    return {typed for name in COMMANDS for typed in _within(load(name), name)}


def _within(command: object, *words: str) -> set[str]:
    inner = getattr(command, "commands", None)
    if inner is None:
        return {" ".join(words)}
    return {typed for word, subcommand in inner.items() for typed in _within(subcommand, *words, word)}
