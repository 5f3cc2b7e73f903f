"""Answers that say no, as RFC 9457 has them: what is wrong, and with which rows."""

from __future__ import annotations

import http
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from deploy.files.row_reader import FileRow

MOST_ROWS_NAMED: Final = 100
"""How many bad rows an answer names; their number it always says."""


class ProblemError(Exception):
    """A request that is not done; nothing of it was fed."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        rows: Sequence[FileRow] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.rows = rows
        self.headers = headers

    def answer(self) -> JSONResponse:
        """Return the answer to the request."""
        content: dict[str, Any] = {
            "title": http.HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if self.rows:
            content |= {"bad_rows": len(self.rows), "rows": bad_rows(self.rows)}
        return JSONResponse(content, self.status, self.headers, "application/problem+json")


def bad_rows(rows: Sequence[FileRow]) -> list[dict[str, Any]]:
    """Return what an answer says of rows that are no records."""
    return [
        {"row": row.line, "reason": row.refusal.reason, "detail": row.refusal.detail}
        for row in rows[:MOST_ROWS_NAMED]
        if row.refusal is not None
    ]
