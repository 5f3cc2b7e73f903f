"""Names by which one report or one click is followed: what has an id's form is kept, what may be read is not."""

from __future__ import annotations

import pytest

from streams.topology.correlation_headers import (
    MOST_EVENTS,
    REQUEST_HEADER,
    event_name,
    event_names,
    is_request_id,
    request_of,
)

UUID = "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"


@pytest.mark.parametrize("text", [UUID, UUID.upper(), UUID.replace("-", ""), "0123456789abcdef"])
def test_a_proxys_id_is_one(text: str) -> None:
    """UUIDs with and without hyphens, and other hexadecimal ids of 16 signs and more."""
    assert is_request_id(text)


@pytest.mark.parametrize(
    "text", ["", "short", "0123456789abcde", "f" * 65, f"{UUID}\n", "-123456789abcdef-", "jane.smith@leics.example"]
)
def test_what_could_be_read_is_no_id(text: str) -> None:
    """Nobody can put a name, a line end or a page of text into the log by sending it as an id."""
    assert not is_request_id(text)


def test_a_message_says_which_request_it_came_of() -> None:
    """As a list or as a mapping; not where the header is missing, empty or in no id's form."""
    assert request_of([("other", b"x"), (REQUEST_HEADER, UUID.encode())]) == UUID
    assert request_of({REQUEST_HEADER: UUID.encode()}) == UUID
    for headers in (None, [], [(REQUEST_HEADER, None)], [(REQUEST_HEADER, b"Jane Smith")], [(REQUEST_HEADER, b"\xff")]):
        assert request_of(headers) is None


@pytest.mark.parametrize("event_id", ["STORM-20130513-0403.1", UUID, "1234567", "a:1/2#3_4"])
def test_an_event_id_in_an_ids_form_is_said(event_id: str) -> None:
    """So that it can be looked for in the source system."""
    assert event_name(event_id) == event_id


@pytest.mark.parametrize(
    "event_id", ["138 Wharf Parade", "Jane Smith", "jane.smith", "PC 1207 4711", "x" * 200, "\ud800"]
)
def test_any_other_is_named_by_a_digest(event_id: str) -> None:
    """The same each time, so that lines still join, and without a word of it."""
    named = event_name(event_id)
    assert named.startswith("sha256:")
    assert len(named) == len("sha256:") + 16
    assert named == event_name(event_id) != event_name(f"{event_id}!")


def test_each_snapshot_is_named_once_and_not_too_many() -> None:
    """In the order given; facts without a snapshot have none."""
    assert event_names(["e-001", None, "e-002", "e-001"]) == ["e-001", "e-002"]
    assert len(event_names(f"e-{number:03}" for number in range(100))) == MOST_EVENTS
