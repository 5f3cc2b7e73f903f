"""Divide a JSON list into the texts of its elements, whatever the list's length.

Each element is decoded by itself, so that one that is no JSON costs itself and no other, and nothing longer than a row
may be is ever in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from deploy.files.csv_rows import LARGEST_ROW
from deploy.files.kinds.recognition import BYTE_ORDER_MARK

_BLOCK_BYTES: Final = 1 << 18
_TOKEN: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}:,]', re.DOTALL)
_CUT: Final = "it ends in the middle: is the file whole?"


class MalformedListError(Exception):
    """There is no list where one should be; the message says what there is."""


class CutListError(MalformedListError):
    """The list, or what it stands in, has no end."""


class JsonElements:
    """Yields the text of each element of the list at a path of keys, from the outermost."""

    def __init__(self, content: BinaryIO, path: tuple[str, ...]) -> None:
        self._content = content
        self._path = [key.encode() for key in path]
        self._named = ".".join(path)
        self._text = b""
        self._place = 0
        """How far it is read."""

    def __iter__(self) -> Iterator[bytes]:
        """Yield the elements.  Raises MalformedListError."""
        self._fill()
        self._text = self._text.removeprefix(BYTE_ORDER_MARK)
        closing = self._open_list()
        yield from self._elements()
        while closing:
            closing += _DEPTH.get(self._require_token(), 0)
        if self._text[self._place :].strip() or any(block.strip() for block in iter(self._block, b"")):
            raise MalformedListError("something stands behind the end of its JSON")

    def _elements(self) -> Iterator[bytes]:
        depth, start = 0, self._place
        while True:
            token = self._token(start)
            if token is None:
                raise CutListError(_CUT)
            start -= self._dropped
            depth += _DEPTH.get(token, 0)
            if depth > 0 or (depth == 0 and token != b","):
                continue
            element = self._text[start : self._place - 1].strip()
            if depth < 0 and token != b"]":
                raise MalformedListError("its brackets do not pair")
            if element or depth == 0:
                yield element
            if depth < 0:
                return
            start = self._place

    def _open_list(self) -> int:
        """Read up to the beginning of the list, and return in how many objects it stands."""
        depth = matched = 0
        key = last = b""
        while True:
            token = self._require_token()
            depth += _DEPTH.get(token, 0)
            if token in (b"{", b"["):
                if depth == matched + 2 and key == self._path[matched]:
                    matched += 1
                if depth == matched + 1 and (token == b"{") == (matched == len(self._path)):
                    raise MalformedListError(self._none("an object" if token == b"{" else "a list"))
                if depth == matched + 1 and token == b"[":
                    return matched
            elif depth <= matched:
                raise MalformedListError(self._none("no list"))
            elif depth == matched + 1:
                key = last[1:-1] if token == b":" else key if token.startswith(b'"') else b""
            last = token

    def _none(self, what: str) -> str:
        if not self._path:
            return f'{what} and no list: the mapping\'s rows says where in it the list is, as in rows = "data.items"'
        return f"{what} where the mapping's rows, {self._named}, should lead to a list"

    def _require_token(self) -> bytes:
        token = self._token(self._place)
        if token is None:
            raise CutListError(_CUT)
        return token

    def _token(self, start: int) -> bytes | None:
        """Return the next token, with the text from ``start`` kept; None where the content ends."""
        self._dropped = 0
        while True:
            match = _TOKEN.search(self._text, self._place)
            quote = self._text.find(b'"', self._place, match.start() if match else len(self._text))
            if match is not None and quote < 0:
                self._place = match.end()
                return match[0]
            begins = start - self._dropped
            if len(self._text) - begins > LARGEST_ROW:
                raise MalformedListError(f"an element of its list is longer than {LARGEST_ROW} bytes")
            self._text = self._text[begins:]
            self._place -= begins
            self._dropped += begins
            if not self._fill():
                return None

    def _fill(self) -> bool:
        block = self._block()
        self._text += block
        return bool(block)

    def _block(self) -> bytes:
        return self._content.read(_BLOCK_BYTES)


_DEPTH: Final = {b"{": 1, b"[": 1, b"}": -1, b"]": -1}
"""By how much a token changes how deep the next stands."""
