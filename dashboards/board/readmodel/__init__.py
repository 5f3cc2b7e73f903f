"""The board's own database: what the compacted topics say, so that it can be filtered, searched and linked."""

from __future__ import annotations

from dashboards.board.readmodel.store import ReadModel
from dashboards.board.readmodel.versions import ReadModelIsNewerError

__all__ = ["ReadModel", "ReadModelIsNewerError"]
