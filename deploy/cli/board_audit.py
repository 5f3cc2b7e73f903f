"""``cdi board-audit``: answer one request about audits; the board starts it."""

from __future__ import annotations

from typing import Annotated

import typer

from agents.observability.logs import process_logs
from dashboards.board.readmodel import ReadModel
from deploy.cli.board import settings_of
from deploy.cli.framework.installation import book_of, connected_settings
from deploy.cli.framework.parent import StopWithParent
from deploy.inspect import audit_requests
from deploy.local.child_process import stop_with_parent


def board_audit(
    request_id: Annotated[str, typer.Argument(help="the request that a board has begun")],
    with_parent: StopWithParent = False,
) -> None:
    """Keep the answer, or the reason why there is none, in the board's read model."""
    settings = connected_settings()
    board_settings, book = settings_of(settings), book_of(settings)
    if with_parent:
        stop_with_parent()
    with process_logs(settings, "board-audit"):  # its lines come among the board's
        audit_requests.run(settings, book, ReadModel(board_settings.database_url), request_id)
