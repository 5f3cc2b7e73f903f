"""Ports on the loopback interface."""

from __future__ import annotations

import socket

from deploy.local.kafka.properties import HOST


def free_port() -> int:
    """Find a port that nobody listens on at this moment; another process may still take it first."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Return whether a listener could bind the port at this moment."""
    with socket.socket() as probe:
        # As Java does: connections that linger after their listener closed do not hold a port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True
