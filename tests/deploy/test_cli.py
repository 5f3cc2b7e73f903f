"""The command line as a whole: how commands end."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from deploy.cli import entry, main


def test_no_arguments_show_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    """A user who types cdi alone learns what there is, and that a command was missing."""
    assert main([]) == 2
    assert "backtest" in capsys.readouterr().out


def test_an_unknown_command_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """One line, exit status 2."""
    assert main(["frobnicate"]) == 2
    assert capsys.readouterr().err == "cdi: No such command 'frobnicate'.\n"


def test_help_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    """Asking for help exits 0."""
    assert main(["backtest", "--help"]) == 0
    assert "--until" in capsys.readouterr().out


def _break(monkeypatch: pytest.MonkeyPatch, failure: BaseException) -> None:
    def app(**_: object) -> None:
        raise failure

    monkeypatch.setattr(entry, "app", app)


def test_a_bug_shows_one_line_without_what_it_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unforeseen error may quote a record, so only its kind is shown, and no trace."""
    _break(monkeypatch, ValueError("Jane Doe"))
    assert main(["backtest"]) == 1
    assert capsys.readouterr().err == "cdi: an unforeseen ValueError; --debug shows where\n"


def test_debug_shows_the_trace(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Wherever --debug stands."""
    _break(monkeypatch, ValueError("Jane Doe"))
    assert main(["backtest", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupt_is_not_a_bug(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C ends a command with the status a shell expects."""
    _break(monkeypatch, KeyboardInterrupt())
    assert main(["backtest"]) == 130
    assert capsys.readouterr().err == "cdi: interrupted\n"


def test_a_reader_that_has_seen_enough_is_not_a_bug() -> None:
    """``cdi ... | head`` ends quietly."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "deploy", "--help"], stdout=writing, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writing)
    assert done.stderr == b""
