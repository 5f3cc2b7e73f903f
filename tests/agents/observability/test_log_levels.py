"""Levels that change while a process runs: read from a file, for a while, without ever failing the process."""

from __future__ import annotations

import json
import logging
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from agents.observability.log_levels import (
    LevelEntry,
    LevelsError,
    LevelWatch,
    debugging,
    keep_levels,
    levels_at,
    read_levels,
    write_levels,
)
from agents.observability.logs import configure_logging
from agents.settings.clock import ProcessClock
from schemas.times import from_rfc3339
from tests.agents.observability.logging_put_back import logging_put_back

UNTIL = from_rfc3339("2026-11-23T11:00:00Z")
_log = structlog.get_logger("cdi.worker")


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    with logging_put_back():
        configure_logging("info", "json")
        yield


def events(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the events of the lines since the last time, our own file's apart."""
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    return [line["event"] for line in lines if line["event"] != "log_levels"]


def test_a_file_says_how_much_each_logger_says_and_until_when() -> None:
    """And reads back as it was written."""
    text = 'default = "warning"\n"cdi.worker" = { level = "debug", until = 2026-11-23T11:00:00Z }\n'
    entries = read_levels(text)
    assert entries == {"default": LevelEntry("warning"), "cdi.worker": LevelEntry("debug", UNTIL)}
    assert read_levels(write_levels(entries)) == entries


def test_a_level_holds_through_its_moment_and_no_longer() -> None:
    """One millisecond later it is as if it had not been stated."""
    entries = {"cdi.worker": LevelEntry("debug", UNTIL), "default": LevelEntry("error")}
    assert levels_at(entries, UNTIL) == {"cdi.worker": "debug", "default": "error"}
    assert levels_at(entries, UNTIL + 1) == {"default": "error"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('default = "loud"', "default: one of debug, info, warning, error"),
        ("default = 1", "default: a level"),
        ("default = ", "not a TOML file"),
        ('cdi.worker = "debug"', "in quotation marks"),
        ('"cdi.worker" = { level = "debug", untill = 2026-11-23T11:00:00Z }', "untill"),
        ('"cdi.worker" = { level = "debug", until = 2026-11-23T11:00:00 }', "with its zone"),
        ('"cdi.worker" = { level = "debug", until = "11:00" }', "with its zone"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_line(text: str, why: str) -> None:
    """Which names the logger and what is wrong."""
    with pytest.raises(LevelsError, match=why):
        read_levels(text)


def test_levels_change_with_the_file_and_go_back_without_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For loggers that have spoken before, too, which structlog keeps; deleting the file restores what was set up."""
    file = tmp_path / "levels.toml"
    watch = LevelWatch(file, "info")
    other = structlog.get_logger("cdi.other")
    for text, expected in (
        (None, ["worker", "other"]),
        ('"cdi.worker" = "debug"', ["worker quietly", "worker", "other"]),
        ('default = "error"\n"cdi.worker" = "info"', ["worker"]),
        (None, ["worker", "other"]),
    ):
        file.unlink(missing_ok=True)
        if text is not None:
            file.write_text(text)
        watch.check()
        _log.debug("worker quietly")
        _log.info("worker")
        other.debug("other quietly")
        other.info("other")
        assert events(capsys) == expected


def test_a_bad_file_is_named_once_and_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What held goes on holding; once mended, it holds anew."""
    file = tmp_path / "levels.toml"
    file.write_text('default = "debug"')
    watch = LevelWatch(file, "info")
    watch.check()
    file.write_text('default = "loud"')
    for _ in range(3):
        watch.check()
    _log.debug("still")
    assert events(capsys) == ["log_levels_unusable", "still"]
    file.write_text('default = "error"')
    watch.check()
    _log.warning("no more")
    assert events(capsys) == []


def test_a_file_that_cannot_be_read_is_named_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder in its place, as a mount of something that is not there makes one."""
    file = tmp_path / "levels.toml"
    file.mkdir()
    watch = LevelWatch(file, "info")
    for _ in range(3):
        watch.check()
    assert events(capsys) == ["log_levels_unusable"]


def test_a_mounted_file_is_swapped_by_a_link(tmp_path: Path) -> None:
    """As Kubernetes does with a ConfigMap: the same path, another folder, and times of writing that say nothing."""
    for name, level in (("one", "info"), ("two", "debug")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "levels.toml").write_text(f'default = "{level}"')
        os.utime(tmp_path / name / "levels.toml", (1, 1))
    (tmp_path / "..data").symlink_to("one")
    (tmp_path / "levels.toml").symlink_to(Path("..data") / "levels.toml")
    watch = LevelWatch(tmp_path / "levels.toml", "info")
    watch.check()
    wanted = debugging("cdi.worker")
    assert not wanted()
    (tmp_path / "..new").symlink_to("two")
    (tmp_path / "..new").replace(tmp_path / "..data")
    watch.check()
    assert wanted()


def test_a_level_that_is_over_is_taken_back_while_the_file_stands(tmp_path: Path) -> None:
    """Nobody has to remember to."""
    file = tmp_path / "levels.toml"
    keep_levels(file, {"default": LevelEntry("debug", UNTIL)})
    moments = iter((UNTIL, UNTIL + 1))
    watch = LevelWatch(file, "info", clock=ProcessClock(wall=lambda: next(moments)))
    watch.check()
    wanted = debugging("cdi.worker")
    assert wanted()
    watch.check()
    assert not wanted()


def test_a_library_says_more_only_where_it_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Everything at debug is everything of ours."""
    file = tmp_path / "levels.toml"
    watch = LevelWatch(file, "info")
    for text, expected in (('default = "debug"', []), ('"aiokafka" = "debug"', ["fetched"]), ("", [])):
        file.write_text(text)
        watch.check()
        logging.getLogger("aiokafka.consumer").debug("fetched")
        assert events(capsys) == expected


def test_a_hangup_has_the_file_checked_at_once(tmp_path: Path) -> None:
    """Without waiting for the next check, which is set far away here."""
    file = tmp_path / "levels.toml"
    before = signal.getsignal(signal.SIGHUP)
    wanted = debugging("cdi.worker")
    try:
        with LevelWatch(file, "info", check_seconds=3600.0):
            file.write_text('default = "debug"')
            os.kill(os.getpid(), signal.SIGHUP)
            _until(wanted)
    finally:
        signal.signal(signal.SIGHUP, before)


def _until(holds: object) -> None:
    patience = time.monotonic() + 30
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < patience, "it never came to that"
        time.sleep(0.02)
