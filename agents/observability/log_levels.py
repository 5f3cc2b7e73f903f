"""Log levels that change while a process runs: a small TOML file, read every few seconds.

default = "info"                                                     # in place of CDI_LOG_LEVEL
"cdi.alerts" = "debug"                                               # one logger and those below it
"cdi.worker" = { level = "debug", until = 2026-11-23T11:00:00Z }     # holds until then

Without a file the settings hold.  A file that cannot be used changes nothing, and is logged once.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading
import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

from agents.settings.clock import SYSTEM_CLOCK, ProcessClock
from agents.settings.files import write_whole
from schemas.times import to_rfc3339

LEVELS: Final = ("debug", "info", "warning", "error")
DEFAULT: Final = "default"
CHECK_SECONDS: Final = 2.0
LARGEST_BYTES: Final = 65_536
_OURS: Final = "cdi"
_FORM: Final = "a level, or level and until, a moment with its zone, unquoted; a name with dots is in quotation marks"

_log: Final = logging.getLogger("cdi.logs")
_current: Final[dict[str, str]] = {DEFAULT: "warning"}


class LevelsError(ValueError):
    """A file of levels that cannot be used: one line that says why."""


class LevelEntry(NamedTuple):
    """The level of one logger."""

    level: str
    until: int | None = None
    """Through when (ms) it holds; None: until it is changed."""


def read_levels(text: str) -> dict[str, LevelEntry]:
    """Read a file of levels, by logger; ``default`` stands for all of ours.  Raises LevelsError."""
    try:
        return {name: _entry(name, value) for name, value in tomllib.loads(text).items()}
    except tomllib.TOMLDecodeError as error:
        raise LevelsError(f"not a TOML file: {error}") from None


def _entry(name: str, value: object) -> LevelEntry:
    table: dict[str, Any] = value if isinstance(value, dict) else {"level": value}
    level, until = table.get("level"), table.get("until")
    if isinstance(level, str) and level not in LEVELS:
        raise LevelsError(f"{name}: one of {', '.join(LEVELS)}")
    if not isinstance(level, str) or (until is not None and getattr(until, "tzinfo", None) is None):
        raise LevelsError(f"{name}: {_FORM}")
    if unknown := table.keys() - {"level", "until"}:
        raise LevelsError(f"{name}: {min(unknown)} is neither level nor until")
    return LevelEntry(level, None if until is None else round(until.timestamp() * 1000))


def write_levels(entries: Mapping[str, LevelEntry]) -> str:
    """Write a file of levels that reads as these."""
    return "".join(
        f'"{name}" = {{ level = "{level}"{"" if until is None else f", until = {to_rfc3339(until)}"} }}\n'
        for name, (level, until) in entries.items()
    )


def keep_levels(file: Path, entries: Mapping[str, LevelEntry]) -> None:
    """Replace a file of levels; remove it where there are none.  Raises OSError."""
    if not entries:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, [write_levels(entries).encode()])


def levels_at(entries: Mapping[str, LevelEntry], moment: int) -> dict[str, str]:
    """Return the levels that hold at a moment (ms)."""
    return {name: level for name, (level, until) in entries.items() if until is None or moment <= until}


def set_levels(levels: Mapping[str, str]) -> None:
    """Set the level of each logger named, and reset those named the last time.

    ``default`` stands for all of our own loggers.  Libraries log warnings and worse unless one is named: some quote
    what passes through them.
    """
    loggers = {_OURS: levels[DEFAULT], **{name: level for name, level in levels.items() if name != DEFAULT}}
    for name in {*_current, *loggers} - {DEFAULT}:
        logging.getLogger(name).setLevel(loggers.get(name, "notset").upper())
    logging.getLogger().setLevel("ERROR" if levels[DEFAULT] == "error" else "WARNING")
    _current.clear()
    _current.update(levels)


def current_levels() -> dict[str, str]:
    """Return the levels that were set last."""
    return dict(_current)


def debugging(name: str) -> Callable[[], bool]:
    """Return a quick test of whether a logger's debug lines are wanted at the moment."""
    return partial(logging.getLogger(name).isEnabledFor, logging.DEBUG)


class LevelWatch:
    """Follows a file of levels while it is entered, and checks it at once on SIGHUP."""

    def __init__(
        self, file: Path, configured: str, *, check_seconds: float = CHECK_SECONDS, clock: ProcessClock = SYSTEM_CLOCK
    ) -> None:
        """Follow a file; ``configured`` is the default level where it states none."""
        self._file = file
        self._check_seconds = check_seconds
        self._clock = clock
        self._configured = {DEFAULT: configured}
        self._applied: Mapping[str, str] = self._configured
        self._entries: Mapping[str, LevelEntry] = {}
        self._problem: str | None = None
        self._woken, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-levels", daemon=True)

    def __enter__(self) -> Self:
        self.check()
        self._thread.start()
        # Where a person's terminal closes, SIGHUP shall end the process, as ever.
        if threading.current_thread() is threading.main_thread() and not sys.stderr.isatty():
            signal.signal(signal.SIGHUP, lambda *_: self._woken.set())
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._woken.set()
        self._thread.join()

    def check(self) -> None:
        """Read the file, and apply what holds now."""
        problem = None
        try:
            with self._file.open("rb") as content:
                self._entries = read_levels(content.read(LARGEST_BYTES).decode(errors="replace"))
        except FileNotFoundError:
            self._entries = {}
        except (OSError, LevelsError) as failure:
            problem = str(failure)
        if problem not in {None, self._problem}:
            _log.warning("log_levels_unusable", extra={"file": str(self._file), "problem": problem})
        self._problem = problem
        levels = {**self._configured, **levels_at(self._entries, self._clock.wall())}
        if levels != self._applied:
            self._applied = levels
            set_levels(levels)
            _log.info("log_levels", extra={"levels": levels})

    def _run(self) -> None:
        while not self._over.is_set():
            self._woken.wait(self._check_seconds)
            self._woken.clear()
            self.check()
