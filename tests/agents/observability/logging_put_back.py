"""Logging is the process's: a test that changes it puts it back."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from agents.observability.log_levels import current_levels, set_levels
from agents.observability.logs import SILENCED_BY_CRASH
from agents.settings.kafka_log import KAFKA_LOGGER


@contextmanager
def logging_put_back() -> Iterator[None]:
    """Leave loggers, handlers and levels as they were."""
    root = logging.getLogger()
    handlers, level, filters = root.handlers[:], root.level, KAFKA_LOGGER.filters[:]
    levels = {name: logging.getLogger(name).level for name in (*SILENCED_BY_CRASH, "cdi", KAFKA_LOGGER.name)}
    levels_set = current_levels()
    yield
    set_levels(levels_set)
    root.handlers[:], KAFKA_LOGGER.filters[:] = handlers, filters
    root.setLevel(level)
    for name, number in levels.items():
        logging.getLogger(name).setLevel(number)
    structlog.reset_defaults()
