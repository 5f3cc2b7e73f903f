"""An installation of a test's own, as commands find it."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from agents.settings.settings import Settings


@pytest.fixture
def settings(kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return the settings of an installation of the test's own; commands find the same in the environment."""
    environment = {
        "CDI_KAFKA": kafka,
        "CDI_PREFIX": f"cli-{uuid.uuid4().hex[:8]}.",
        "CDI_PARTITIONS": "2",
        "CDI_CLOCK": "stream",
        "CDI_DATA": str(tmp_path / "data"),
        "CDI_WORKER": "cli",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Settings()
