"""The status server of a process: /metrics, /ready and /live.

It answers from a thread of its own, so that /live can fail while the event loop hangs.
"""

from __future__ import annotations

import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final, Self

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from prometheus_client import CollectorRegistry

_log: Final = structlog.get_logger("cdi.status")

LOOPBACK: Final = "127.0.0.1"


class StatusServer:
    """Serves ``/metrics``, ``/ready`` and ``/live`` while it is entered; nothing without a port."""

    def __init__(
        self,
        port: int | None,
        registry: CollectorRegistry,
        *,
        ready: Callable[[], bool],
        live: Callable[[], bool],
        host: str = LOOPBACK,
    ) -> None:
        """``host`` is the address to listen on."""
        self._port = port
        self._host = host
        self._handler = _handler(registry, {"/ready": ready, "/live": live})
        self._server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        if self._port is not None:
            self._server = ThreadingHTTPServer((self._host, self._port), self._handler)
            self._server.daemon_threads = True
            threading.Thread(target=self._server.serve_forever, name="status", daemon=True).start()
            _log.info("status", url=f"http://{self._host}:{self._server.server_port}/metrics")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()


def _handler(registry: CollectorRegistry, conditions: dict[str, Callable[[], bool]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers GET on the three paths."""

        def do_GET(self) -> None:
            """Answer with the metrics, or with 200 or 503."""
            if self.path == "/metrics":
                self._answer(HTTPStatus.OK, generate_latest(registry), CONTENT_TYPE_LATEST)
            elif (condition := conditions.get(self.path)) is not None:
                status = HTTPStatus.OK if condition() else HTTPStatus.SERVICE_UNAVAILABLE
                self._answer(status, f"{status.phrase}\n".encode(), "text/plain; charset=utf-8")
            else:
                self._answer(HTTPStatus.NOT_FOUND, b"Not Found\n", "text/plain; charset=utf-8")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own signature
            """Log nothing: Prometheus and the kubelet ask every few seconds."""

        def _answer(self, status: HTTPStatus, body: bytes, content_type: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
