"""Logs of a process that stays: one line an event, JSON in production.

They name ids and places, never what a record says.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TextIO

import structlog

from agents.observability.command_logs import StandardError, fields_of
from agents.observability.failures import kind, place
from agents.observability.log_levels import LevelWatch, current_levels, set_levels
from agents.settings.kafka_log import FETCH_LOGGER, KAFKA_LOGGER, Repeats

if TYPE_CHECKING:
    from agents.settings.settings import Settings

Style = Literal["auto", "json", "console"]

SILENCED_BY_CRASH: Final = (
    "faust",
    "aiokafka",
    "mode",
    "kafka",
    "asyncio",
    "agents",
    "httpx",
    "httpx2",
    "httpcore",
    "httpcore2",
)
"""Libraries that a worker silences when it stops itself: what they log while torn down explains nothing."""

_EXPECTED: Final = ("Topic creation disabled!",)
"""Beginnings of warnings about what is meant to be so: the topics are made beforehand."""
_BUSY: Final = "Thread keepalive is not responding"
"""The beginning of what Faust logs as an error each second while its loop is busy, with a large batch say."""
_FRAMES: Final = 6
_QUOTES_EXCEPTIONS: Final = "asyncio"
"""A library whose messages quote exceptions below their first line."""

_log: Final = structlog.get_logger("cdi.logs")


def configure_logging(
    level: str, style: Style, *, always: Mapping[str, str] | None = None, out: TextIO | None = None
) -> logging.Handler:
    """Send this process's logs, the libraries' too, to standard error, or to ``out``.

    ``auto`` is for people where standard error is a terminal, JSON elsewhere.  What is in ``always`` stands in every
    line.  Libraries log warnings and worse, whatever the level.
    """
    shared = _processors(always or {})
    for_people = style == "console" or (style == "auto" and (out or sys.stderr).isatty())
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=False) if for_people else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,  # only the logger: its level is asked for at every line
    )
    handler = StandardError(out)
    handler.addFilter(_is_unexpected)
    handler.addFilter(Repeats(FETCH_LOGGER.name))
    handler.addFilter(BusyLoops())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_add_fields, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.getLogger().handlers[:] = [handler]
    KAFKA_LOGGER.filters[:] = [Repeats()]
    set_levels({"default": level})
    return handler


@contextlib.contextmanager
def process_logs(settings: Settings, component: str) -> Iterator[None]:
    """Log by the settings, and by the file of levels as it changes; log what no code catches."""
    always = {"component": component} | ({} if settings.worker is None else {"instance": settings.worker})
    configure_logging(settings.log_level, settings.log_format, always=always)
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda caught: _uncaught(caught.exc_type, caught.exc_value, caught.exc_traceback)
    sys.unraisablehook = lambda caught: _uncaught(caught.exc_type, caught.exc_value, caught.exc_traceback)
    with LevelWatch(settings.levels_file, settings.log_level):
        yield


@contextlib.contextmanager
def logs_to_file(file: Path) -> Iterator[None]:
    """Send this process's logs to a file for a while, so that none disturbs a picture on the terminal."""
    root = logging.getLogger()
    before, levels = root.handlers[:], current_levels()
    with file.open("a", encoding="utf-8", buffering=1) as out:
        configure_logging("warning", "json", out=out)
        try:
            yield
        finally:
            root.handlers[:] = before
            set_levels(levels)


def _processors(always: Mapping[str, str]) -> list[structlog.typing.Processor]:
    """Return what every line goes through, a library's too."""

    def add_always(_: object, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        line.update(always)
        return line

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        add_always,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="logged_at"),
        _name_failure,
    ]


def _name_failure(_: object, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Put the kind and place of an exception in place of its trace."""
    failure = line.pop("exc_info", None)
    if failure and not isinstance(failure, BaseException):
        failure = (failure if isinstance(failure, tuple) else sys.exc_info())[1]
    if isinstance(failure, BaseException):
        line.setdefault("failure", kind(failure))
        line.setdefault("at", place(failure, _FRAMES))
    return line


def _add_fields(_: object, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Add fields to our own lines that come by the standard library; cut asyncio's to their first line.

    Below it stand objects, among them exceptions in full.
    """
    record: logging.LogRecord = line["_record"]
    line.update(fields_of(record))
    if record.name == _QUOTES_EXCEPTIONS:
        line["event"] = str(line["event"]).partition("\n")[0]
    return line


class BusyLoops(Repeats):
    """Has Faust warn, and not each second, of a loop that is busy.

    Whether a worker hangs is for /live to say.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to log the line."""
        if not record.getMessage().startswith(_BUSY):
            return True
        record.levelno, record.levelname = logging.WARNING, logging.getLevelName(logging.WARNING)
        return super().filter(record)


def _is_unexpected(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith(_EXPECTED)


def _uncaught(kind_: type[BaseException], failure: BaseException | None, trace: object) -> None:
    """Log an exception that no code caught, by kind and place."""
    if issubclass(kind_, KeyboardInterrupt | SystemExit):
        return
    del trace
    _log.critical("uncaught_exception", exc_info=failure or kind_())
