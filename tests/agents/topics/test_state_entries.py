"""The workers' state as commands read it: without what is none of it, and past what cannot be read."""

from __future__ import annotations

import pytest

from agents.topics.state_entries import force_of, is_foreign, restore_entries
from streams.engine.monitor import Monitor
from streams.engine.state_format import FORMAT, NewerStateError
from streams.policy import PolicyBook
from tests.agents.examples import START, incident

BOOK = PolicyBook.built_in()


@pytest.mark.parametrize(
    ("key", "foreign"),
    [
        (b"LEICS\0c", False),
        (b"LEICS\0r\0storm.incidents.v1\0INC-1", False),
        (b"DERBS\0c", True),
        (b"LEICS", True),
        (b"\xff\0c", True),
        (b"LEICS\0r\0\xff", True),
        (b"", True),
        (None, True),
    ],
)
def test_a_key_that_no_release_writes_is_foreign(key: bytes | None, foreign: bool) -> None:
    """Without a force, no text, or in another force's partition."""
    assert is_foreign(key, 0, {"LEICS": 0, "DERBS": 1}.__getitem__) is foreign


def test_a_key_without_a_force_is_named_as_such() -> None:
    """Every key of ours begins with a force and a NUL."""
    assert force_of(b"LEICS\0c") == "LEICS"
    with pytest.raises(ValueError, match="no NUL"):
        force_of(b"LEICS")


def test_a_command_restores_what_can_be_read_and_names_the_rest(caplog: pytest.LogCaptureFixture) -> None:
    """In one line, without what it says; another force's entries are left alone, a newer release's are an error."""
    original = Monitor("LEICS", BOOK)
    original.apply(incident(1), START)
    entries = {key: value for key, value in original.drain().state if value is not None}
    rubbish = {b"LEICS\0r\0storm.incidents.v1\0INC-9": b"Mrs Smith", b"DERBS\0c": b"rubbish"}
    monitor = Monitor("LEICS", BOOK)
    restore_entries(monitor, entries | rubbish)
    assert monitor.knows("STORM", "INC-1")
    (line,) = caplog.records
    assert (line.getMessage(), vars(line)["force"], vars(line)["skipped"]) == ("state_unreadable", "LEICS", 1)
    with pytest.raises(NewerStateError):
        restore_entries(Monitor("LEICS", BOOK), {b"LEICS\0c": bytes([0xC1, FORMAT + 1])})
