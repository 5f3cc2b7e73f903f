"""``cdi log-level``: show or change the log level of this machine's processes while they run."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from agents.observability.log_levels import CHECK_SECONDS, DEFAULT, LevelEntry, LevelsError, keep_levels, read_levels
from agents.settings.clock import wall_clock
from agents.settings.settings import Settings
from deploy.cli.framework.errors import CommandError, UsageError
from deploy.cli.framework.installation import read_settings
from deploy.cli.framework.output import print_table, tell
from schemas.times import to_rfc3339
from streams.policy import NotAllowedError, duration

_HALF_AN_HOUR = "30m"
_NAME = re.compile(r"[A-Za-z0-9_.-]*")


class LevelName(StrEnum):
    """A log level."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def log_level(
    level: Annotated[LevelName | None, typer.Argument(help="what to change it to; shows what holds without it")] = None,
    logger: Annotated[str, typer.Option(help="one logger and those below it, such as cdi.alerts; all without it")] = "",
    hold: Annotated[
        str | None, typer.Option("--for", help=f'how long, such as "2h"; debug without it: {_HALF_AN_HOUR}')
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="until it is changed again, debug too")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="back to CDI_LOG_LEVEL (with --logger: for that one)")] = False,
) -> None:
    """Change it while they run; without a level, show which levels hold."""
    settings = read_settings()
    file = settings.levels_file
    if level is None and not reset:
        _show(file, settings)
        return
    if (level is not None and reset) or (hold is not None and keep):
        raise UsageError("a level or --reset, and --for or --keep: one of each")
    if not _NAME.fullmatch(logger):
        raise UsageError("--logger: a name such as cdi.alerts")
    entries = {name: entry for name, entry in _read(file).items() if entry.until is None or entry.until > wall_clock()}
    name = logger or DEFAULT
    if level is None:
        entries = {other: entry for other, entry in entries.items() if logger and other != name}
    else:
        entries[name] = LevelEntry(level.value, _until(level, hold, keep=keep))
    try:
        keep_levels(file, entries)
    except OSError as failure:
        raise CommandError(f"{file}: {failure.strerror}: change it where it is mounted from") from None
    tell(f"{file}: {_in_words(name, entries.get(name))}, in {CHECK_SECONDS:.0f} seconds or at once on SIGHUP")


def _until(level: LevelName, hold: str | None, *, keep: bool) -> int | None:
    """Return through when (ms) a level holds: debug ends by itself, lest it is forgotten."""
    if hold is None and (keep or level is not LevelName.DEBUG):
        return None
    try:
        return wall_clock() // 1000 * 1000 + duration(hold or _HALF_AN_HOUR)
    except NotAllowedError as refusal:
        raise UsageError(f"--for: {refusal}") from None


def _show(file: Path, settings: Settings) -> None:
    entries = {DEFAULT: LevelEntry(settings.log_level), **_read(file)}
    print_table(("logger", "level", "until"), ((name, entry.level, _end(entry)) for name, entry in entries.items()))
    tell(f"{file}{'' if file.exists() else ': not there, so CDI_LOG_LEVEL holds'}")


def _end(entry: LevelEntry) -> str:
    if entry.until is None:
        return ""
    return to_rfc3339(entry.until) + (" (over)" if entry.until < wall_clock() else "")


def _read(file: Path) -> dict[str, LevelEntry]:
    try:
        return read_levels(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as failure:
        raise CommandError(f"{file}: {failure.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file}: not UTF-8 text") from None
    except LevelsError as refusal:
        raise UsageError(f"{file}: {refusal}") from None


def _in_words(name: str, entry: LevelEntry | None) -> str:
    if entry is None:
        return f"{name} as CDI_LOG_LEVEL says"
    return f"{name} = {entry.level}" + (f" until {to_rfc3339(entry.until)}" if entry.until is not None else "")
