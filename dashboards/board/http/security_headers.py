"""Protect pages and forms: headers that keep foreign scripts and frames out, and the CSRF token."""

from __future__ import annotations

import secrets
from typing import Final
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Final = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_PORTS: Final = {"http": 80, "https": 443}
_LONGEST_LOGGED: Final = 200
_log: Final = structlog.get_logger("cdi.board")
_HSTS: Final = "max-age=31536000; includeSubDomains"


class SecureHeaders:
    """Sets the headers of every response; only static files may be cached."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                if self._https:
                    headers["strict-transport-security"] = _HSTS
                if not scope["path"].startswith("/static/"):
                    headers["cache-control"] = "no-store"
            await send(message)

        await self._app(scope, receive, send_with_headers)


def is_forged(request: Request, expected: str, token: object, public_url: str | None = None) -> bool:
    """Return whether a form was not sent from one of our pages, and log why.

    Its token is wrong, or the browser names another origin: neither the request's host nor that of ``public_url``.
    """
    origin = request.headers.get("origin")
    if origin is not None and not _is_ours(origin, request.headers.get("host", ""), public_url):
        # The browser's word and the proxy's: where the board is set up wrongly, every form is refused by this.
        _log.warning(
            "board_form_refused",
            reason="origin",
            origin=origin[:_LONGEST_LOGGED],
            host=request.headers.get("host", "")[:_LONGEST_LOGGED],
            to_do="where people use the board there, set CDI_BOARD_PUBLIC_URL to how they reach it",
        )
        return True
    site = request.headers.get("sec-fetch-site", "same-origin")
    if site not in {"same-origin", "none"}:
        _log.warning("board_form_refused", reason="site", site=site[:_LONGEST_LOGGED])
        return True
    if (
        isinstance(token, str)
        and expected
        and secrets.compare_digest(token.encode(errors="replace"), expected.encode())
    ):
        return False
    _log.info("board_form_refused", reason="token")
    return True


def _is_ours(origin: str, host: str, public_url: str | None) -> bool:
    """Return whether an origin is a host's, or how browsers reach the board.

    A browser leaves out the port that its scheme has anyway; a proxy may write it.
    """
    try:
        sent = urlsplit(origin)
        place = (sent.hostname, sent.port or _PORTS.get(sent.scheme))
        ours = urlsplit(f"//{host}")
        public = urlsplit(public_url or "")
        return sent.hostname is not None and (
            place == (ours.hostname, ours.port or _PORTS.get(sent.scheme))
            or (sent.scheme, *place) == (public.scheme, public.hostname, public.port or _PORTS.get(public.scheme))
        )
    except ValueError:  # no port, or no address
        return False


def safe_path(path: str | None) -> str:
    """Return a path of this board: the one given, or the live list where that is another site's."""
    if not path or not path.startswith("/") or path.startswith(("//", "/\\")) or any(ord(c) < 33 for c in path):
        return "/live"
    return path
