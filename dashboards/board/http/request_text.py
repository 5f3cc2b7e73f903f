"""Refuse requests whose text cannot be stored: a NUL, half a surrogate pair, too long an address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import unquote_to_bytes

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

LONGEST_ADDRESS: Final = 32_768
"""The most bytes of a path and query; no page's filters come near it."""

AnswerRefusal = Callable[[Request, int, str, str], Response]
"""Returns the page that says no: of a request, with a status, a title and a sentence."""


class ReadableAddresses:
    """Answers a request whose path or query cannot be read, before any page or query sees it."""

    def __init__(self, app: ASGIApp, *, answer: AnswerRefusal) -> None:
        self._app = app
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        app = self._app
        if scope["type"] == "http":
            query: bytes = scope["query_string"]
            if len(scope["path"].encode(errors="replace")) + len(query) > LONGEST_ADDRESS:
                sentence = f"The address has more than {LONGEST_ADDRESS} bytes."
                app = self._answer(Request(scope), 414, "That address is too long", sentence)
            elif not is_storable(scope["path"]) or b"\0" in unquote_to_bytes(query):
                sentence = "The address holds a character that no text can hold."
                app = self._answer(Request(scope), 400, "That address cannot be read", sentence)
        await app(scope, receive, send)


def has_storable_text(fields: FormData) -> bool:
    """Return whether every name and text of a form can be stored."""
    return all(
        is_storable(name) and (not isinstance(value, str) or is_storable(value)) for name, value in fields.multi_items()
    )


def is_storable(text: str) -> bool:
    """Return whether every database can store a text."""
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair
        return False
    return "\0" not in text
