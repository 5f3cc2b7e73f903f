"""``cdi board`` and ``cdi board-user``: run the live board, and make its users."""

from __future__ import annotations

import socket
import sys
from typing import Annotated, get_args

import typer
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from agents.settings.settings import Settings
from dashboards.board.domain.settings import BoardSettings
from deploy.cli.framework.errors import CommandError, UsageError
from deploy.cli.framework.installation import book_of, connected_settings, read_settings
from deploy.cli.framework.output import tell
from deploy.cli.framework.parent import StopWithParent
from deploy.local import board as board_service
from deploy.local.child_process import stop_with_parent
from streams.actions import Role

USER_ROLES = tuple(role for role in get_args(Role) if role != "SYSTEM")
"""The roles that a user may have: all but SYSTEM, which is the notifier's."""


def board(
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="where to listen (8400)")] = None,
    host: Annotated[str | None, typer.Option(help="where to listen; loopback unless told otherwise")] = None,
    with_parent: StopWithParent = False,
) -> None:
    """Read the settings that are not options from CDI_BOARD_... variables."""
    settings = connected_settings()
    board_settings = settings_of(settings, port=port, host=host)
    book = book_of(settings)
    _require_free(board_settings)
    if with_parent:
        stop_with_parent()
    if sys.stderr.isatty():  # elsewhere its log says so
        tell(f"The board is at http://{board_settings.host}:{board_settings.port}/")
    try:
        board_service.serve(settings, board_settings, book)
    except SQLAlchemyError as failure:
        raise CommandError(f"the board's database: {type(failure).__name__}") from None


def board_user(
    name: Annotated[str, typer.Argument(help="the name to sign in with")],
    role: Annotated[str, typer.Option(help="supervisor, duty-inspector, fcr, deputy-fcr, ddm, ops or auditor")] = "",
    force: Annotated[list[str] | None, typer.Option(help="a force they see; * for all; may be given again")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="remove the user instead")] = False,
) -> None:
    """Replace the role, forces and password of a user who is there already, who is signed out at once."""
    if remove:
        _remove_user(name, others=bool(role or force))
        return
    granted = role.upper().replace("-", "_")
    if granted not in USER_ROLES:
        raise UsageError(f"--role: one of {', '.join(USER_ROLES).lower().replace('_', '-')}")
    if not force:
        raise UsageError("--force: a user needs at least one force")
    board_settings = settings_of(read_settings())
    try:
        password = board_service.add_user(board_settings, name, granted, force)  # type: ignore[arg-type]
    except ValueError as refusal:
        raise UsageError(str(refusal)) from None
    typer.echo(password)


def _remove_user(name: str, *, others: bool) -> None:
    if others:
        raise UsageError("--remove takes no --role and no --force")
    if not board_service.remove_user(settings_of(read_settings()), name):
        raise CommandError(f"the board has no user {name}")
    tell(f"{name} is removed and signed out; alerts assigned to them stay so until somebody takes them")


def tell_of_board(settings: Settings, port: int) -> None:
    """Tell the user where the board is, and how to sign in to a new one."""
    board_settings = settings_of(settings, port=port)
    tell(f"The board is at http://{board_settings.host}:{port}/")
    password = board_service.add_first_user(board_settings)
    if password is not None:
        tell(f"Sign in as cdi with the one-time password {password} (cdi board-user makes more users)")


def settings_of(settings: Settings, **overrides: object) -> BoardSettings:
    """Read the board's settings from the environment, except for the overrides that are not None."""
    try:
        return board_service.read_board_settings(
            settings, **{name: value for name, value in overrides.items() if value is not None}
        )
    except ValidationError as refusal:
        error = refusal.errors(include_input=False, include_url=False)[0]
        place = "_".join(str(part).upper() for part in error["loc"])
        raise UsageError(f"CDI_BOARD_{place}: {error['msg']}") from None


def _require_free(board_settings: BoardSettings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((board_settings.host, board_settings.port))
        except OSError as failure:
            raise CommandError(
                f"the board cannot listen at {board_settings.host}:{board_settings.port}: {failure.strerror}"
            ) from None
