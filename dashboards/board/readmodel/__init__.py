"""The board's own database, a copy of the compacted topics that can be filtered and searched.

A page's queries are in the module of its name (``breach_register``, ``feeds``, ``figures``, ``policies``,
``registrar_queues``) or of what it lists (``alerts``, ``cases``, ``policy_comparisons``, ``alert_differences``).
"""

from __future__ import annotations

from dashboards.board.readmodel.store import ReadModel
from dashboards.board.readmodel.versions import ReadModelIsNewerError

__all__ = ["ReadModel", "ReadModelIsNewerError"]
