"""What a worker answers to whoever watches it."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from agents.observability.metrics import PARTITIONS, Metrics
from agents.observability.status import StatusServer
from deploy.local.kafka import free_port


def ask(port: int, path: str) -> tuple[int, str]:
    """Return the status and body of an answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


def test_figures_are_given_in_prometheus_words() -> None:
    """GET /metrics tells every figure of the worker's registry."""
    metrics, port = Metrics(), free_port()
    metrics.set(PARTITIONS, 3)
    with StatusServer(port, metrics.registry, ready=lambda: True, live=lambda: True):
        status, body = ask(port, "/metrics")
    assert status == 200
    assert "cdi_partitions 3.0" in body


@pytest.mark.parametrize(("holds", "status"), [(True, 200), (False, 503)])
def test_ready_and_live_are_told_apart(holds: bool, status: int) -> None:
    """Each path answers for its own condition, asked at that moment."""
    port = free_port()
    with StatusServer(port, Metrics().registry, ready=lambda: holds, live=lambda: not holds):
        assert ask(port, "/ready")[0] == status
        assert ask(port, "/live")[0] == (503 if holds else 200)
        assert ask(port, "/else")[0] == 404


def test_without_a_port_nothing_listens() -> None:
    """A worker that is not watched opens no port."""
    server = StatusServer(None, Metrics().registry, ready=lambda: True, live=lambda: True)
    with server:
        assert server._server is None


def test_nobody_listens_once_it_is_left() -> None:
    """The port is free again for the next worker."""
    port = free_port()
    with StatusServer(port, Metrics().registry, ready=lambda: True, live=lambda: True):
        pass
    with pytest.raises(urllib.error.URLError):
        ask(port, "/ready")
