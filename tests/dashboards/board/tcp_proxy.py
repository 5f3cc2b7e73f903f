"""A TCP proxy between browser and board that can drop every connection."""

from __future__ import annotations

import contextlib
import socket
import threading


class TcpProxy:
    """Forwards a port of its own to another; while down, it has no connection and accepts none."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._sockets: list[socket.socket] = []
        self._is_down = False
        threading.Thread(target=self._accept, daemon=True).start()

    def disconnect(self) -> None:
        """Drop every connection, and every new one until reconnected."""
        self._is_down = True
        for end in self._sockets:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._sockets.clear()

    def reconnect(self) -> None:
        """Accept connections again."""
        self._is_down = False

    def close(self) -> None:
        """Stop for good."""
        self.disconnect()
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self._is_down:
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self._to))
                self._sockets += [near, far]
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=_forward, args=(source, target), daemon=True).start()


def _forward(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
