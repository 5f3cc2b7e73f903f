"""The embedded broker, with a second listener that is reached through a proxy, and a way to kill it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from deploy.local.kafka import EmbeddedKafka, free_port
from deploy.local.kafka.ports import is_free
from tests.chaos.site.proxy import HOST, Proxy

_PATIENCE_SECONDS = 30.0


class Broker(EmbeddedKafka):
    """One broker on one pair of ports for as long as it is used, however often it is killed."""

    def __init__(self, folder: Path) -> None:
        self._plain, self._listener, self._outside = free_port(), free_port(), free_port()
        super().__init__(
            folder,
            self._plain,
            {
                "listeners": f"PROXIED://{HOST}:{self._listener}",
                "advertised.listeners": f"PROXIED://{HOST}:{self._outside}",
                "listener.security.protocol.map": "PROXIED:PLAINTEXT",
            },
        )

    @property
    def through_proxy(self) -> str:
        """The address that leads through the proxy, and to which the broker sends clients back."""
        return f"{HOST}:{self._outside}"

    def proxy(self) -> Proxy:
        """Make the proxy before the second listener."""
        return Proxy(self._outside, self._listener)

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
        while not (is_free(self._plain) and is_free(self._listener)):
            assert time.monotonic() < give_up_at, "the killed broker still holds its ports"
            time.sleep(0.05)
        self.start()

    def suspend(self) -> None:
        """Let the broker stand still; its connections stay open."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._supervisor is not None
        children = Path(f"/proc/{self._supervisor.pid}/task/{self._supervisor.pid}/children")
        for child in children.read_text().split():
            os.kill(int(child), number)
