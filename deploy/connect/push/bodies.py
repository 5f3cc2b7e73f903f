"""Read a request's body, plain or gzipped, no further than it may be long."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from typing import Final

from starlette.requests import Request

from deploy.connect.push.problems import ProblemError

_GZIP: Final = 16 + zlib.MAX_WBITS
_ENCODINGS: Final = ("", "identity", "gzip")


async def read_body(request: Request, most_bytes: int) -> bytes:
    """Return a request's body.

    Raises ProblemError where it is too long, or in an encoding that is none of ours.
    """
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding not in _ENCODINGS:
        raise ProblemError(415, "Content-Encoding: gzip, or none", headers={"Accept-Encoding": "gzip"})
    parts: list[bytes] = []
    length = 0
    async for part in _plain(request.stream(), most_bytes, is_gzip=encoding == "gzip"):
        length += len(part)
        if length > most_bytes:
            raise ProblemError(413, f"more than {most_bytes:,} bytes: send fewer rows at once")
        parts.append(part)
    return b"".join(parts)


async def _plain(stream: AsyncIterator[bytes], most_bytes: int, *, is_gzip: bool) -> AsyncIterator[bytes]:
    """Yield what was sent, unpacked; never more at once than one byte beyond the limit."""
    if not is_gzip:
        async for part in stream:
            yield part
        return
    unpacked = zlib.decompressobj(_GZIP)
    try:
        async for part in stream:
            yield unpacked.decompress(part, most_bytes + 1)
    except zlib.error:
        raise ProblemError(400, "Content-Encoding says gzip, and the body is none") from None
    if not unpacked.eof or unpacked.unused_data:
        raise ProblemError(400, "the body is not one whole gzip stream")
