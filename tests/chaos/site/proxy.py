"""A TCP proxy on the loopback interface that can hold back what it carries, and drop connections."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self

HOST = "127.0.0.1"
_CHUNK = 65536


class Proxy:
    """Carries connections from one port to another; runs in a thread of its own."""

    def __init__(self, port: int, to: int) -> None:
        self._port = port
        self._to = to
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._flowing = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._serve())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def stall(self) -> None:
        """Hold back everything, both ways, and keep connections open."""
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def flow(self) -> None:
        """Let through again what was held back, and all that follows."""
        self._loop.call_soon_threadsafe(self._flowing.set)

    def drop(self) -> int:
        """Cut every connection in the middle of whatever it carries; return how many there were."""
        cut: int = self._call(self._cut())
        return cut

    async def _serve(self) -> None:
        self._flowing.set()
        self._server = await asyncio.start_server(self._carry, HOST, self._port)

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        self._flowing.set()
        await self._cut()

    async def _cut(self) -> int:
        writers, self._writers = self._writers, set()
        for writer in writers:
            writer.transport.abort()
        return len(writers) // 2

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            other_reader, other_writer = await asyncio.open_connection(HOST, self._to)
        except OSError:  # the broker is down: so is the way to it
            writer.transport.abort()
            return
        both = {writer, other_writer}
        self._writers |= both
        try:
            await asyncio.gather(self._copy(reader, other_writer), self._copy(other_reader, writer))
        finally:
            self._writers -= both
            for end in both:
                end.transport.abort()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                await self._flowing.wait()
                writer.write(data)
                await writer.drain()
        writer.transport.abort()

    def _call(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)
