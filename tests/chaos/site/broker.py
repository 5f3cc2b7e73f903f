"""The embedded broker, with listeners that are reached through proxies, and a way to kill it."""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy.local.kafka import EmbeddedKafka, free_port
from deploy.local.kafka.ports import is_free
from tests.chaos.site.proxy import HOST, Proxy

WAYS = 2
_PATIENCE_SECONDS = 30.0


class Broker(EmbeddedKafka):
    """One broker on the same ports for as long as it is used, however often it is killed.

    Besides the direct way to it there are WAYS more, each through its own proxy, so that some clients can be cut off
    while others are not.
    """

    def __init__(self, folder: Path) -> None:
        self._plain = free_port()
        self._inner = [free_port() for _ in range(WAYS)]
        self._outer = [free_port() for _ in range(WAYS)]
        properties = {
            "listeners": _listeners(self._inner),
            "advertised.listeners": _listeners(self._outer),
            "listener.security.protocol.map": ",".join(f"WAY{way}:PLAINTEXT" for way in range(WAYS)),
        }
        super().__init__(folder, self._plain, properties)

    def through_proxy(self, way: int) -> str:
        """Return the address that leads through a proxy, and to which the broker sends clients back."""
        return f"{HOST}:{self._outer[way]}"

    @contextmanager
    def proxies(self) -> Iterator[list[Proxy]]:
        """Run the proxies."""
        with ExitStack() as stack:
            ways = zip(self._outer, self._inner, strict=True)
            yield [stack.enter_context(Proxy(outer, inner)) for outer, inner in ways]

    def kill_and_restart(self) -> None:
        """End the broker without a word, as a power cut does, and start it again on its data."""
        supervisor = self._supervisor
        assert supervisor is not None
        supervisor.kill()  # the kernel kills the broker with it
        supervisor.wait()
        if supervisor.stdin is not None:
            supervisor.stdin.close()
        self._supervisor = None
        give_up_at = time.monotonic() + _PATIENCE_SECONDS
        while not all(map(is_free, (self._plain, *self._inner))):
            assert time.monotonic() < give_up_at, "the killed broker still holds its ports"
            time.sleep(0.05)
        self.start()

    def suspend(self) -> None:
        """Let the broker stand still; its connections stay open."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def fill_disk(self) -> None:
        """Let the broker write nothing that makes a file longer, until it is killed."""
        for process in self._processes():
            resource.prlimit(process, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))

    def _signal(self, number: signal.Signals) -> None:
        for process in self._processes():
            os.kill(process, number)

    def _processes(self) -> list[int]:
        assert self._supervisor is not None
        children = Path(f"/proc/{self._supervisor.pid}/task/{self._supervisor.pid}/children")
        return [int(child) for child in children.read_text().split()]


def _listeners(ports: list[int]) -> str:
    return ",".join(f"WAY{way}://{HOST}:{port}" for way, port in enumerate(ports))
