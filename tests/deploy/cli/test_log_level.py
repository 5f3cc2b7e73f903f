"""``cdi log-level``: what it writes is what processes read."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.observability.log_levels import LevelEntry, read_levels
from agents.settings.clock import wall_clock
from deploy.cli import main
from streams.policy.calendar import HOUR, MINUTE


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give where the levels are kept, unless told otherwise."""
    monkeypatch.setenv("CDI_DATA", str(tmp_path))
    return tmp_path / "log-levels.toml"


def held(file: Path) -> dict[str, LevelEntry]:
    """Return what the file says."""
    return read_levels(file.read_text())


def test_debugging_ends_by_itself(file: Path) -> None:
    """After half an hour, or as long as is said; what is kept is kept."""
    before = wall_clock()
    assert main(["log-level", "debug"]) == 0
    assert main(["log-level", "debug", "--logger", "cdi.worker", "--for", "2h"]) == 0
    assert main(["log-level", "debug", "--logger", "cdi.alerts", "--keep"]) == 0
    assert main(["log-level", "warning", "--logger", "cdi.board"]) == 0
    entries = held(file)
    for name, least in (("default", 30 * MINUTE), ("cdi.worker", 2 * HOUR)):
        until = entries[name].until
        assert until is not None
        assert before - 1000 <= until - least <= wall_clock()
    assert entries["cdi.alerts"] == LevelEntry("debug")
    assert entries["cdi.board"] == LevelEntry("warning")


def test_levels_are_taken_back_one_by_one_or_all(file: Path) -> None:
    """Without any the file is gone, so that the settings hold again."""
    for arguments in (["info"], ["error", "--logger", "cdi.board"], ["debug", "--logger", "cdi.worker"]):
        assert main(["log-level", *arguments]) == 0
    assert main(["log-level", "--reset", "--logger", "cdi.worker"]) == 0
    assert held(file).keys() == {"default", "cdi.board"}
    assert main(["log-level", "--reset"]) == 0
    assert not file.exists()


def test_what_holds_is_shown(file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings' level where there is no file, what is over as over."""
    monkeypatch.setenv("CDI_LOG_LEVEL", "warning")
    assert main(["log-level"]) == 0
    output = capsys.readouterr()
    assert "warning" in output.out
    assert "not there" in output.err
    file.write_text('"cdi.worker" = { level = "debug", until = 2013-05-01T09:00:00Z }')
    assert main(["log-level"]) == 0
    assert "2013-05-01T09:00:00.000Z (over)" in capsys.readouterr().out
    assert main(["log-level", "info"]) == 0
    assert held(file) == {"default": LevelEntry("info")}


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["loud"], "is not one of"),
        (["debug", "--for", "a while"], "--for: a duration"),
        (["debug", "--for", "1h", "--keep"], "one of each"),
        (["debug", "--reset"], "one of each"),
        (["debug", "--logger", 'a"b'], "--logger: a name"),
    ],
)
def test_bad_usage_writes_nothing(
    file: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], why: str
) -> None:
    """One line, exit status 2."""
    assert main(["log-level", *arguments]) == 2
    output = capsys.readouterr().err
    assert (why in output, output.count("\n"), file.exists()) == (True, 1, False)


def test_a_file_that_cannot_be_used_is_not_written_over(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever wrote it by hand is told what is wrong with it."""
    file.write_text('default = "loud"')
    assert main(["log-level", "debug"]) == 2
    assert "default: one of" in capsys.readouterr().err
    assert file.read_text() == 'default = "loud"'


def test_a_mounted_file_is_changed_where_it_comes_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it cannot be written, a line says so, and the exit status is 1."""
    (tmp_path / "mount").write_text("no folder")
    monkeypatch.setenv("CDI_LOG_LEVELS", str(tmp_path / "mount" / "levels.toml"))
    assert main(["log-level", "debug"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
