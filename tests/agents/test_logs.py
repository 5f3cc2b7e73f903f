"""What a worker says to whoever reads its logs."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from agents.logs import QUIET, configure_logging


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    """Logging is the process's: it is put back as it was."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, {name: logging.getLogger(name).level for name in QUIET}
    yield
    root.handlers[:], root.level, levels = before
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    structlog.reset_defaults()


def test_a_line_of_json_for_each_event(capsys: pytest.CaptureFixture[str]) -> None:
    """With the level, the logger and the time in UTC beside what is stated."""
    configure_logging("info", "json")
    structlog.get_logger("cdi.test").info("dead_letter", topic="t", partition=1, offset=2)
    line = json.loads(capsys.readouterr().err)
    assert line.pop("logged_at").endswith("Z")
    assert line == {
        "event": "dead_letter", "level": "info", "logger": "cdi.test", "topic": "t", "partition": 1, "offset": 2,
    }  # fmt: skip


def test_libraries_that_log_every_message_are_held_to_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    """Even at debug, for real log records cost more than the messages they speak of."""
    configure_logging("debug", "json")
    for name in ("faust.streams", "aiokafka.consumer", "mode.services", "agents.state"):
        logging.getLogger(name).info("a message")
        logging.getLogger(name).warning("a warning")
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["a warning"] * 4


def test_our_own_debug_lines_are_said_only_where_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """The level is the installation's."""
    configure_logging("info", "console")
    structlog.get_logger("cdi.test").debug("quietly")
    structlog.get_logger("cdi.test").info("aloud")
    said = capsys.readouterr().err
    assert "quietly" not in said
    assert "aloud" in said


def test_that_topics_are_made_beforehand_is_not_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    """Faust warns of each topic that it may not make; that is as it should be here."""
    configure_logging("info", "json")
    logging.getLogger("faust.transport").warning("Topic creation disabled! Can't create topic x")
    assert capsys.readouterr().err == ""
