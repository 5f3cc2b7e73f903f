"""What is kept of each feed between runs."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from deploy.connect.cursors import FILE, Cursors, CursorsUnavailableError, FeedCondition, Voice


def test_what_is_kept_is_there_for_the_next_process_and_for_its_feed_and_prefix_alone(tmp_path: Path) -> None:
    """Under another prefix there is another installation, which has read nothing yet."""
    cursors = Cursors(tmp_path, "a.")
    cursors.write("one", b"1")
    cursors.write("one", b"2")
    cursors.add_voices("one", [Voice("t", "LEICS", "CIS"), Voice("t", "LEICS", "CIS")])
    cursors.add_origin("one", "digest", "first", 7)
    cursors.add_origin("one", "digest", "second", 8)
    condition = FeedCondition(1, 2, 3, "why", 4, "see to it")
    cursors.keep_condition("one", condition)
    cursors.close()
    again, other = Cursors(tmp_path, "a."), Cursors(tmp_path, "b.")
    assert (again.read("one"), again.read("two"), other.read("one")) == (b"2", None, None)
    assert (again.voices("one"), other.voices("one")) == ({Voice("t", "LEICS", "CIS")}, set())
    assert (again.origin("one", "digest"), other.origin("one", "digest")) == (("first", 7), None)
    assert (again.condition("one"), other.condition("one")) == (condition, FeedCondition())


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    """It holds names of files and of sources."""
    Cursors(tmp_path)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_a_file_that_is_none_of_ours_is_named(tmp_path: Path) -> None:
    """In one line, for whoever runs a feed."""
    (tmp_path / FILE).write_text("rubbish, and long enough to be no empty database" * 10)
    with pytest.raises(CursorsUnavailableError, match=r"connect\.sqlite3: "):
        Cursors(tmp_path)
