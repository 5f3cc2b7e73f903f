"""Commands that are imported only when they are run.

Importing them all takes longer than most of them run.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

from deploy.cli.commands import COMMANDS


class LazyGroup(TyperGroup):
    """The pattern of this name in click's documentation, but its help imports no command either."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 - typer's own, handed on as they are
        super().__init__(**attributes)
        for name, command in COMMANDS.items():
            self.add_command(TyperCommand(name=name, help=command.summary, hidden=command.hidden))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:  # noqa: ANN401 - typer's
        """Find the command that is to be run, and import it."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, None if name is None else load(name), rest


def load(name: str) -> TyperCommand | TyperGroup:
    """Import a command; its help is its summary and then its docstring."""
    command = COMMANDS[name]
    module, _, attribute = command.path.partition(":")
    target = getattr(import_module(f"deploy.cli.{module}"), attribute)
    if isinstance(target, typer.Typer):
        loaded: Any = get_group(target)
        loaded.help = command.summary
    else:
        single = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        docstring = (inspect.getdoc(target) or "").removeprefix(command.summary).lstrip()
        single.command(name, help=f"{command.summary}\n\n{docstring}")(target)
        loaded = get_command(single)
    loaded.name = name
    return loaded  # type: ignore[no-any-return]
