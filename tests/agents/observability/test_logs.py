"""What a process says to whoever reads its logs."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from agents.kafka.correlation_headers import correlation_headers, new_request
from agents.observability.command_logs import log_for_commands
from agents.observability.logs import configure_logging, logs_to_file
from agents.settings.kafka_log import KAFKA_LOGGER
from streams.topology.correlation_headers import REQUEST_HEADER, request_of
from tests.agents.observability.logging_put_back import logging_put_back

ADDRESS = "138 Wharf Parade"


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    with logging_put_back():
        yield


def test_a_line_of_json_for_each_event(capsys: pytest.CaptureFixture[str]) -> None:
    """With the level, the logger and the time in UTC beside what is stated."""
    configure_logging("info", "json")
    structlog.get_logger("cdi.test").info("dead_letter", topic="t", partition=1, offset=2)
    line = json.loads(capsys.readouterr().err)
    assert line.pop("logged_at").endswith("Z")
    assert line == {
        "event": "dead_letter",
        "level": "info",
        "logger": "cdi.test",
        "topic": "t",
        "partition": 1,
        "offset": 2,
    }


def test_every_line_says_which_process_it_is_of(capsys: pytest.CaptureFixture[str]) -> None:
    """The libraries' too, where several processes write to one place."""
    configure_logging("info", "json", always={"component": "worker", "instance": "worker-1"})
    structlog.get_logger("cdi.test").info("ours")
    logging.getLogger("faust").warning("theirs")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["component"], line["instance"]) for line in lines] == [("worker", "worker-1")] * 2


def test_libraries_that_log_every_message_are_held_to_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    """Even at debug, for real log records cost more than the messages they speak of, and some quote them."""
    configure_logging("debug", "json")
    names = (
        "faust.streams",
        "aiokafka.consumer",
        "mode.services",
        "agents.worker.faust_tables",
        "sse_starlette.sse",
        "uvicorn.error",
    )
    for name in names:
        logging.getLogger(name).info("a message")
        logging.getLogger(name).warning("a warning")
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["a warning"] * len(names)


def test_our_own_debug_lines_are_said_only_where_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """The level is the installation's."""
    configure_logging("info", "console")
    structlog.get_logger("cdi.test").debug("quietly")
    structlog.get_logger("cdi.test").info("aloud")
    output = capsys.readouterr().err
    assert "quietly" not in output
    assert "aloud" in output


def test_that_topics_are_made_beforehand_is_not_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    """Faust warns of each topic that it may not make; that is as it should be here."""
    configure_logging("info", "json")
    logging.getLogger("faust.transport").warning("Topic creation disabled! Can't create topic x")
    assert capsys.readouterr().err == ""


def test_a_loop_that_is_busy_is_a_warning_said_once_in_a_while(capsys: pytest.CaptureFixture[str]) -> None:
    """Faust says it each second as an error while a large batch is judged; whether a worker hangs is for /live."""
    configure_logging("info", "json")
    for _ in range(3):
        logging.getLogger("faust.transport.drivers").error("Thread keepalive is not responding...")
    logging.getLogger("faust.transport.drivers").error("Thread cannot be started")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["level"] for line in lines] == ["warning", "error"]


def test_people_at_a_terminal_get_no_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless it is asked for; and whoever collects what a process says gets nothing else."""
    for terminal, is_json in ((True, False), (False, True)):
        monkeypatch.setattr(sys.stderr, "isatty", lambda is_terminal=terminal: is_terminal)
        configure_logging("info", "auto")
        structlog.get_logger("cdi.test").info("aloud")
        assert capsys.readouterr().err.startswith("{") is is_json


@pytest.mark.parametrize("logger", ["cdi.board", "uvicorn.error"])
def test_a_failure_is_named_by_kind_and_place_without_its_words(
    capsys: pytest.CaptureFixture[str], logger: str
) -> None:
    """An exception may quote a record, and a database's quotes every value; so does what it was raised for."""
    configure_logging("info", "json")

    def fail() -> None:
        try:
            int(ADDRESS)
        except ValueError as cause:
            raise RuntimeError(ADDRESS) from cause

    try:
        fail()
    except RuntimeError:
        structlog.get_logger(logger).exception("failed")
        logging.getLogger(logger).exception("failed")
    output = capsys.readouterr().err
    assert ADDRESS not in output
    for line in map(json.loads, output.splitlines()):
        assert line["failure"] == "RuntimeError < ValueError"
        assert line["at"].startswith("test_logs.py:")


def test_a_task_that_failed_unheard_is_not_quoted(capsys: pytest.CaptureFixture[str]) -> None:
    """The event loop shows the task, and so what it failed with, below the line that says so."""
    configure_logging("info", "json")
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: <Task exception=E('%s')>", ADDRESS)
    assert json.loads(capsys.readouterr().err)["event"] == "Task exception was never retrieved"


def test_the_kafka_library_says_a_thing_once_in_a_while(capsys: pytest.CaptureFixture[str]) -> None:
    """A broker that is away is named many times a second, each time with other numbers."""
    configure_logging("info", "json")
    for number in range(50):
        KAFKA_LOGGER.error("FAIL 127.0.0.1:9092: Connection refused (after %dms)", number)
    KAFKA_LOGGER.error("FAIL of another kind")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"].partition(" (")[0] for line in lines] == [
        "FAIL 127.0.0.1:9092: Connection refused",
        "FAIL of another kind",
    ]


def test_a_command_leaves_what_the_kafka_library_says_to_debug(capsys: pytest.CaptureFixture[str]) -> None:
    """What a person must know of it the command says itself, in one line."""
    log_for_commands()
    KAFKA_LOGGER.error("FAIL")
    assert capsys.readouterr().err == ""
    log_for_commands(debug=True)
    KAFKA_LOGGER.error("FAIL")
    assert "FAIL" in capsys.readouterr().err


def test_a_commands_own_warning_is_a_line_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """With what is stated of it, and without time or JSON."""
    log_for_commands()
    logging.getLogger("cdi.audit").error("audit_log_lost_entries", extra={"writer": "cli@here", "number": 9})
    logging.getLogger("cdi.audit").info("audited", extra={"writer": "cli@here"})
    assert capsys.readouterr().err == "cdi: error: audit_log_lost_entries writer=cli@here number=9\n"


def test_what_is_stated_by_the_standard_library_is_in_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Of our own lines; what a library attaches to its own is left out."""
    configure_logging("info", "json")
    for name in ("cdi.actions", "uvicorn.error"):
        logging.getLogger(name).warning("sent", extra={"stated": ADDRESS})
    ours, theirs = map(json.loads, capsys.readouterr().err.splitlines())
    assert ours["stated"] == ADDRESS
    assert "stated" not in theirs


def test_logs_can_go_to_a_file_for_a_while(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And then back to where they went."""
    configure_logging("info", "json")
    with logs_to_file(tmp_path / "aside.log"):
        KAFKA_LOGGER.error("FAIL")
    assert json.loads((tmp_path / "aside.log").read_text())["event"] == "FAIL"
    assert capsys.readouterr().err == ""
    structlog.get_logger("cdi.test").warning("again")
    assert "again" in capsys.readouterr().err


def test_a_request_is_in_its_lines_and_in_the_headers_of_what_is_sent(capsys: pytest.CaptureFixture[str]) -> None:
    """Of what is done inside, and of nothing else."""
    configure_logging("info", "json")
    assert correlation_headers() is None
    with new_request() as request_id:
        structlog.get_logger("cdi.test").info("inside")
        sent = correlation_headers()
    assert sent == [(REQUEST_HEADER, request_id.encode())]
    assert request_of(sent) == request_id
    assert json.loads(capsys.readouterr().err)["request_id"] == request_id
    assert correlation_headers() is None
