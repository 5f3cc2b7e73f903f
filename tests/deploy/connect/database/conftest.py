"""Databases that feeds read in tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.connect.database import dialects
from tests.deploy.connect.database.sources import ClockedSQLite


@pytest.fixture
def sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ClockedSQLite:
    """Let feeds read SQLite by a clock that the test moves; RMS_URL names the file ``rms.sqlite``."""
    kind = ClockedSQLite()
    monkeypatch.setitem(dialects.KINDS, "sqlite", kind)
    monkeypatch.setenv("RMS_URL", f"sqlite:///{tmp_path / 'rms.sqlite'}")
    return kind
