"""Whose address a request states when it came through a proxy."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request

_HEADER: Final = "x-forwarded-for"


def address_of(request: Request) -> str:
    """Return the address a request came from: the browser's behind a trusted proxy, else the peer's."""
    return request.client.host if request.client else "unknown"


def came_by_untrusted_proxy(request: Request) -> bool:
    """Return whether a proxy says on whose behalf it asks, and is not trusted to.

    Then everybody behind it has one address: its own.  A trusted one's word is taken, so the address is in its header.
    """
    return _HEADER in request.headers and address_of(request) not in ", ".join(request.headers.getlist(_HEADER))
