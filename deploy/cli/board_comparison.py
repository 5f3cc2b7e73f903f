"""``cdi board-comparison``: one comparison of policies, as the board starts it; not for people."""

from __future__ import annotations

from typing import Annotated

import typer

from agents.observability.logs import process_logs
from dashboards.board.readmodel import ReadModel
from deploy.cli.board import settings_of
from deploy.cli.framework.installation import connected
from deploy.cli.framework.owner import stop_with_owner
from deploy.inspect import policy_comparison


def board_comparison(
    comparison_id: Annotated[str, typer.Argument(help="the comparison that a board has taken in hand")],
    with_owner: Annotated[
        bool, typer.Option("--with-owner", hidden=True, help="stop when standard input ends")
    ] = False,
) -> None:
    """Keep the result, or the reason why there is none, in the board's read model."""
    settings = connected()
    own = settings_of(settings)
    if with_owner:
        stop_with_owner()
    with process_logs(settings, "board-comparison"):  # its lines come among the board's
        policy_comparison.run(settings, ReadModel(own.database_url), comparison_id)
