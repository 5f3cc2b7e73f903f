"""Logs of a command that a person waits for.

Modules that commands load log by the standard library, with fields in ``extra``: structlog takes longer to import than
most commands run, so :mod:`agents.observability.logs` is not loaded for them.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, Final, TextIO

from agents.observability.log_levels import set_levels
from agents.settings.kafka_log import FETCH_LOGGER, KAFKA_LOGGER, Repeats

_STANDARD: Final = frozenset(vars(logging.LogRecord("", 0, "", 0, "", None, None))) | {"message", "asctime"}
OURS: Final = "cdi."


class StandardError(logging.StreamHandler[TextIO]):
    """Writes to what standard error is at the moment, or to a file."""

    def __init__(self, out: TextIO | None = None) -> None:
        logging.Handler.__init__(self)
        self._out = out

    @property
    def stream(self) -> TextIO:  # type: ignore[override]  # the library would keep the stream of the start
        """Where the next line goes."""
        return self._out or sys.stderr


class _PlainLine(logging.Formatter):
    """A line for a person: the event, and its fields."""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{name}={value}" for name, value in fields_of(record).items())
        return " ".join(filter(None, (f"cdi: {record.levelname.lower()}:", record.getMessage(), fields)))


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return the fields of one of our own lines; a library's are left out, since they may quote a record."""
    if not record.name.startswith(OURS):
        return {}
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def log_for_commands(*, debug: bool = False) -> None:
    """Log warnings to standard error; what a person must know, the command prints itself."""
    handler = StandardError()
    handler.setFormatter(_PlainLine())
    logging.getLogger().handlers[:] = [handler]
    KAFKA_LOGGER.filters[:] = [Repeats()]
    libraries = {KAFKA_LOGGER.name: "critical", FETCH_LOGGER.name: "critical"}
    set_levels({"default": "debug"} if debug else {"default": "warning", **libraries})
