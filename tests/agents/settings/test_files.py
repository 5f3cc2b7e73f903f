"""A file is written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.settings.files import write_whole


def test_what_is_written_replaces_the_file_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    """The chunks are the new content, in order."""
    file = tmp_path / "state"
    file.write_bytes(b"old")
    write_whole(file, [b"new ", b"content"])
    assert file.read_bytes() == b"new content"
    assert list(tmp_path.iterdir()) == [file]


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """Where the content breaks off, the old one stays, and no half-written file is left."""

    def broken() -> Iterator[bytes]:
        yield b"half"
        raise OSError

    file = tmp_path / "state"
    file.write_bytes(b"old")
    with pytest.raises(OSError):  # noqa: PT011 - which one is the disk's to say
        write_whole(file, broken())
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]
