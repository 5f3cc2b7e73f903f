"""The web server of a push feed, in a thread of its own."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Final

import uvicorn

from deploy.connect.sources import SourceUnavailableError

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.applications import Starlette

_LEAVING_SECONDS: Final = 5


class PushServer:
    """Listens from its making to its end."""

    def __init__(self, app: Starlette, host: str, port: int, certificate: tuple[Path, Path] | None = None) -> None:
        """``certificate`` names its file and its key's.  Raises SourceUnavailableError."""
        self._socket = _listening(host, port)
        self.port: int = self._socket.getsockname()[1]
        """The port; another than was asked for where that was 0."""
        certificate_file, key_file = certificate or (None, None)
        config = uvicorn.Config(
            app,
            access_log=False,
            log_config=None,
            server_header=False,
            ssl_certfile=certificate_file,
            ssl_keyfile=key_file,
            timeout_graceful_shutdown=_LEAVING_SECONDS,
        )
        try:
            config.load()
        except OSError as failure:  # what a certificate that cannot be used is too
            self._socket.close()
            raise SourceUnavailableError(f"the certificate cannot be used: {failure.strerror or failure}") from None
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="push", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Take no more requests, and wait until those in hand are answered."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as failure:
        listening.close()
        raise SourceUnavailableError(f"cannot listen at {host}:{port}: {failure.strerror or failure}") from None
    return listening
