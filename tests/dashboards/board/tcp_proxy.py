"""A cable between browser and board that can be cut."""

from __future__ import annotations

import contextlib
import socket
import threading


class TcpProxy:
    """Carries TCP from a port of its own to another; cut, it drops what it carries and takes nothing new."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._carried: list[socket.socket] = []
        self._is_cut = False
        threading.Thread(target=self._take, daemon=True).start()

    def cut(self) -> None:
        """Drop every connection, and every new one until mended."""
        self._is_cut = True
        for end in self._carried:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._carried.clear()

    def mend(self) -> None:
        """Carry again."""
        self._is_cut = False

    def close(self) -> None:
        """Take nothing any more."""
        self.cut()
        self._listener.close()

    def _take(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self._is_cut:
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self._to))
                self._carried += [near, far]
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=_carry, args=(source, target), daemon=True).start()


def _carry(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
