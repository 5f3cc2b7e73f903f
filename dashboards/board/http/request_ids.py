"""Give each request an id, which everything it leads to carries, and log one line for it.

The line names the page, never the person nor what they typed: those belong in the audit log alone.
"""

from __future__ import annotations

import time
import uuid
from typing import Final

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streams.topology.correlation_headers import is_request_id

HEADER: Final = "x-request-id"
REQUEST_ID: Final = "request_id"
"""The id's name in the log and in the request's scope."""

_log: Final = structlog.get_logger("cdi.board.requests")
_UNREMARKABLE: Final = ("/static", "/healthy", "/signed-in")
_FAILED: Final = 500


class RequestIds:
    """Gives each request its id: the one a proxy set, where it has the form of an id, else a new one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        header = Headers(scope=scope).get(HEADER, "")
        request_id = header.lower() if is_request_id(header) else str(uuid.uuid4())
        scope[REQUEST_ID] = request_id
        # Never unbound: the server may still log a failure of this request, and each request is a task of its own.
        structlog.contextvars.bind_contextvars(**{REQUEST_ID: request_id})
        started_at, status = time.monotonic(), _FAILED

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            _log_request(scope, status, round((time.monotonic() - started_at) * 1000))


def _log_request(scope: Scope, status: int, took_ms: int) -> None:
    route = getattr(scope.get("route"), "path", None)
    log = _log.debug if scope["path"].startswith(_UNREMARKABLE) else _log.info
    log("request", method=scope["method"], route=route, status=status, took_ms=took_ms, **_alert(scope))


def _alert(scope: Scope) -> dict[str, str]:
    """Return the id of the alert that a page is about; anything else typed in its place is not logged."""
    try:
        return {"alert_id": str(uuid.UUID(scope.get("path_params", {})["alert_id"]))}
    except (KeyError, ValueError):
        return {}
