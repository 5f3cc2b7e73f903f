"""How much a process says, changed while it runs: a small TOML file of levels, looked at every few seconds.

default = "info"                                                     # in place of CDI_LOG_LEVEL
"cdi.alerts" = "debug"                                               # one logger and those below it
"cdi.worker" = { level = "debug", until = 2026-11-23T11:00:00Z }     # holds until then

No file, no change.  One that cannot be used changes nothing either, and is named once.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Final, Literal, Self, cast, get_args

from agents.settings.clock import wall_clock
from agents.settings.files import write_whole
from schemas.times import to_rfc3339

Level = Literal["debug", "info", "warning", "error"]
LEVELS: Final = get_args(Level)
DEFAULT: Final = "default"
OURS: Final = "cdi"
"""Every logger of this product is below this one."""
LOOK_SECONDS: Final = 2.0
LARGEST_BYTES: Final = 65_536

_log: Final = logging.getLogger("cdi.logs")
_now: Final[dict[str, str]] = {DEFAULT: "warning"}
"""What was set last."""


class LevelsError(ValueError):
    """A file of levels that cannot be used: one line that says why."""


@dataclass(frozen=True, slots=True)
class LevelEntry:
    """How much one logger says."""

    level: Level
    until: int | None = None
    """Through when (ms) it holds; None: until it is changed."""


def read_levels(text: str) -> dict[str, LevelEntry]:
    """Read a file of levels, by logger; ``default`` stands for all of ours.  Raises LevelsError."""
    try:
        stated = tomllib.loads(text)
    except tomllib.TOMLDecodeError as refusal:
        raise LevelsError(f"not a TOML file: {refusal}") from None
    return {name: _entry(name, value) for name, value in stated.items()}


def write_levels(entries: Mapping[str, LevelEntry]) -> str:
    """Write a file of levels that reads as these."""
    return "".join(f"{_quoted(name)} = {_written(entry)}\n" for name, entry in entries.items())


def levels_at(entries: Mapping[str, LevelEntry], moment: int) -> dict[str, str]:
    """The levels that hold at a moment (ms)."""
    return {name: entry.level for name, entry in entries.items() if entry.until is None or moment <= entry.until}


def set_levels(levels: Mapping[str, str]) -> None:
    """Let each logger say as much as is stated, ours ``default``, and whatever is not named what it said before.

    Libraries say warnings and worse, unless one is named: they tell at length what passes through them.
    """
    default = _number(levels[DEFAULT])
    wanted = {OURS: default, **{name: _number(level) for name, level in levels.items() if name != DEFAULT}}
    logging.getLogger().setLevel(max(logging.WARNING, default))
    for name in _now.keys() - {DEFAULT} - wanted.keys():
        logging.getLogger(name).setLevel(logging.NOTSET)
    for name, number in wanted.items():
        logging.getLogger(name).setLevel(number)
    _now.clear()
    _now.update(levels)


def levels_now() -> dict[str, str]:
    """What was set last."""
    return dict(_now)


def debugging(name: str) -> Callable[[], bool]:
    """Make what tells whether a logger's debug lines are wanted now: a look into a dictionary, for busy places."""
    logger = logging.getLogger(name)
    return lambda: logger.isEnabledFor(logging.DEBUG)


class LevelWatch:
    """Looks at a file of levels while it is entered, and at once on SIGHUP.

    It compares what the file says, not when it was written: a mounted ConfigMap is swapped by a link.
    """

    def __init__(self, file: Path, configured: str) -> None:
        """``configured`` is the default level where the file states none."""
        self._file = file
        self._configured = {DEFAULT: configured}
        self._entries: Mapping[str, LevelEntry] = {}
        self._text: str | None = ""
        self._problem: str | None = None
        self._applied: Mapping[str, str] = self._configured
        self._woken = threading.Event()
        self._over = False
        self._thread = threading.Thread(target=self._run, name="log-levels", daemon=True)

    def __enter__(self) -> Self:
        self.look()
        self._thread.start()
        if threading.current_thread() is threading.main_thread() and not sys.stderr.isatty():
            # A person's terminal that closes shall end the process, as ever.
            signal.signal(signal.SIGHUP, self._hear)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over = True
        self._woken.set()
        self._thread.join()

    def look(self) -> None:
        """Look once: read the file if it changed, and apply what holds now."""
        text = self._read()
        if text != self._text:
            self._text = text
            self._take(text or "")
        levels = {**self._configured, **levels_at(self._entries, wall_clock())}
        if levels != self._applied:
            self._applied = levels
            set_levels(levels)
            _log.info("log_levels", extra={"levels": levels})

    def _take(self, text: str) -> None:
        try:
            self._entries = read_levels(text)
        except LevelsError as refusal:
            self._complain(str(refusal))

    def _read(self) -> str | None:
        """Give what the file says; None where there is none, what it said before where it cannot be read."""
        problem = None
        try:
            with self._file.open("rb") as file:
                return file.read(LARGEST_BYTES).decode(errors="replace")
        except FileNotFoundError:
            return None
        except OSError as failure:
            problem = failure.strerror
            if problem != self._problem:
                self._complain(problem)
            return self._text
        finally:
            self._problem = problem

    def _complain(self, problem: str | None) -> None:
        _log.warning("log_levels_unusable", extra={"file": str(self._file), "problem": problem})

    def _run(self) -> None:
        while not self._over:
            self._woken.wait(LOOK_SECONDS)
            self._woken.clear()
            self.look()

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        self._woken.set()


def keep_levels(file: Path, entries: Mapping[str, LevelEntry]) -> None:
    """Put levels in place of what a file says, whole or not at all; without any the file is gone.  Raises OSError."""
    if not entries:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, [write_levels(entries).encode()])


def _entry(name: str, value: object) -> LevelEntry:
    if isinstance(value, str):
        return LevelEntry(_level(name, value))
    if not isinstance(value, dict) or "level" not in value:
        raise LevelsError(f"{name}: a level, or level and until; a name with dots goes in quotation marks")
    return _table(name, cast("dict[str, Any]", value))


def _table(name: str, table: dict[str, Any]) -> LevelEntry:
    if strange := sorted(table.keys() - {"level", "until"}):
        raise LevelsError(f"{name}: {strange[0]}: there is only level and until")
    until = table.get("until")
    if until is not None and not (isinstance(until, datetime) and until.tzinfo is not None):
        raise LevelsError(f"{name}: until: a moment with its zone, unquoted, such as 2026-11-23T11:00:00Z")
    return LevelEntry(_level(name, table["level"]), None if until is None else round(until.timestamp() * 1000))


def _level(name: str, value: object) -> Level:
    if value not in LEVELS:
        raise LevelsError(f"{name}: one of {', '.join(LEVELS)}")
    return cast("Level", value)


def _written(entry: LevelEntry) -> str:
    if entry.until is None:
        return f'"{entry.level}"'
    return f'{{ level = "{entry.level}", until = {to_rfc3339(entry.until)} }}'


def _quoted(name: str) -> str:
    return name if name == DEFAULT else f'"{name}"'


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]
