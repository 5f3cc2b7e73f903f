"""Logs: one line an event, JSON in production; event_id, topic, partition and offset, never what a record says."""

from __future__ import annotations

import logging
import sys
from typing import Final, Literal

import structlog

QUIET: Final = ("faust", "aiokafka", "mode", "kafka", "asyncio", "agents", "httpx", "httpx2", "httpcore", "httpcore2")
"""Libraries that make log records per message below WARNING; httpx even names the addresses it posts to."""

_BORING: Final = ("Topic creation disabled!",)
"""Warnings that say what is meant to be so: the topics are made beforehand."""


def configure_logging(level: str, style: Literal["json", "console"]) -> None:
    """Send this process's logs, the libraries' too, to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="logged_at"),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if style == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_is_worth_saying)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _is_worth_saying(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith(_BORING)
