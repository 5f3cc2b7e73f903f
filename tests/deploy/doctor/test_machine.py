"""The doctor on this machine."""

from __future__ import annotations

import pytest

from deploy.doctor import machine
from streams.engine import monitor


def test_the_core_of_a_plain_checkout_is_said_to_be_plain_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so whichever it is."""
    monkeypatch.setattr(monitor, "__file__", "streams/engine/monitor.py")
    assert machine.core().line.startswith("the core is plain Python")
    monkeypatch.setattr(monitor, "__file__", "streams/engine/monitor.cpython-311-x86_64-linux-gnu.so")
    assert machine.core().line == "the core is compiled"
