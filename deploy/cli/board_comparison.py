"""``cdi board-comparison``: make one comparison of policies; the board starts it."""

from __future__ import annotations

from typing import Annotated

import typer

from agents.observability.logs import process_logs
from dashboards.board.readmodel import ReadModel
from deploy.cli.board import settings_of
from deploy.cli.framework.installation import connected_settings
from deploy.cli.framework.parent import StopWithParent
from deploy.inspect import policy_comparison
from deploy.local.child_process import stop_with_parent


def board_comparison(
    comparison_id: Annotated[str, typer.Argument(help="the comparison that a board has begun")],
    with_parent: StopWithParent = False,
) -> None:
    """Keep the result, or the reason why there is none, in the board's read model."""
    settings = connected_settings()
    board_settings = settings_of(settings)
    if with_parent:
        stop_with_parent()
    with process_logs(settings, "board-comparison"):  # its lines come among the board's
        policy_comparison.run(settings, ReadModel(board_settings.database_url), comparison_id)
