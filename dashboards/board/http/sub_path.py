"""Serve a board below a path of its site, whether the proxy before it takes the path away or not."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOCATION: Final = "location"


class SubPath:
    """Takes the path off each request, and puts it before where an answer redirects to."""

    def __init__(self, app: ASGIApp, *, base: str) -> None:
        self._app = app
        self._base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        if path == self._base or path.startswith(f"{self._base}/"):
            scope = {**scope, "path": path.removeprefix(self._base) or "/"}

        async def send_below(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get(_LOCATION, "").startswith("/"):
                    headers[_LOCATION] = self._base + headers[_LOCATION]
            await send(message)

        await self._app(scope, receive, send_below)
