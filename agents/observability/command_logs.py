"""Logs of a command that a person waits for.

Kept apart from :mod:`agents.observability.logs`, and what commands load logs by the standard library (with ``extra``,
which ends up in the same lines): structlog takes longer to import than most of them run.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, Final, TextIO

from agents.observability.log_levels import set_levels
from agents.settings.kafka_log import KAFKA_LOGGER, Repeats

_STANDARD: Final = frozenset(vars(logging.LogRecord("", 0, "", 0, "", None, None))) | {"message", "asctime"}
OURS: Final = "cdi."


class StandardError(logging.StreamHandler[TextIO]):
    """Writes to what standard error is at the moment, or to a file."""

    def __init__(self, out: TextIO | None = None) -> None:
        logging.Handler.__init__(self)
        self._out = out

    @property
    def stream(self) -> TextIO:  # type: ignore[override]  # asked for at each line, where the library keeps it
        """Where the next line goes."""
        return self._out or sys.stderr


class _PlainLine(logging.Formatter):
    """A line for a person: what happened, and what is stated of it."""

    def format(self, record: logging.LogRecord) -> str:
        stated = " ".join(f"{name}={value}" for name, value in stated_in(record).items())
        return " ".join(filter(None, (f"cdi: {record.levelname.lower()}:", record.getMessage(), stated)))


def stated_in(record: logging.LogRecord) -> dict[str, Any]:
    """What one of our own lines states; a library's says more than it should."""
    if not record.name.startswith(OURS):
        return {}
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def log_for_commands(*, debug: bool = False) -> None:
    """Log warnings to standard error: what a person must know a command tells them itself, in one line."""
    handler = StandardError()
    handler.setFormatter(_PlainLine())
    logging.getLogger().handlers[:] = [handler]
    KAFKA_LOGGER.filters[:] = [Repeats()]
    set_levels({"default": "debug"} if debug else {"default": "warning", KAFKA_LOGGER.name: "critical"})
