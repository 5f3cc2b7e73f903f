"""Which files of a folder are whole, by how long they have been still."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pytest

from deploy.connect.folder.arrivals import PATIENCE_SECONDS, Arrivals, is_open_for_writing

STILL = 5.0


class Watch:
    """A stopwatch that a test moves."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        """Return what it shows."""
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    """Return a stopwatch."""
    return Watch()


def arrivals(
    folder: Path,
    watch: Watch,
    patterns: Sequence[str] = ("*",),
    order: Literal["file_time", "name"] = "file_time",
) -> Arrivals:
    """Return what looks at a folder."""
    return Arrivals(folder, patterns, STILL, order, watch=watch)


def write(file: Path, text: str = "a\n", age: int = 0) -> Path:
    """Write a file that was changed so many seconds before some moment."""
    file.write_text(text)
    os.utime(file, (1_800_000_000 - age, 1_800_000_000 - age))
    return file


def test_a_file_is_ready_once_it_has_been_still_for_long_enough(tmp_path: Path, watch: Watch) -> None:
    """Counted from when it was first seen as it is; not a moment earlier."""
    file = write(tmp_path / "a.csv")
    looks = arrivals(tmp_path, watch)
    assert (looks.look().ready, looks.look().unsettled) == ([], True)
    watch.seconds += STILL - 0.001
    assert looks.look().ready == []
    watch.seconds += 0.001
    assert (looks.look().ready, looks.look().unsettled) == ([file], False)


@pytest.mark.parametrize("change", ["content", "size", "permissions", "replaced"])
def test_a_file_that_changes_in_any_way_is_waited_for_anew(tmp_path: Path, watch: Watch, change: str) -> None:
    """Also where its size and time are what they were."""
    file = write(tmp_path / "a.csv")
    looks = arrivals(tmp_path, watch)
    looks.look()
    watch.seconds += STILL
    if change == "content":
        write(file, "b\n")
    elif change == "size":
        write(file, "a\nb\n")
    elif change == "permissions":
        file.chmod(0o640)
    else:
        write(tmp_path / "b.csv").replace(file)
    assert looks.look().ready == []
    watch.seconds += STILL
    assert looks.look().ready == [file]


def test_a_file_that_somebody_has_open_for_writing_is_not_whole(tmp_path: Path, watch: Watch) -> None:
    """However long its writer pauses between two lines, up to ten minutes."""
    file = tmp_path / "a.csv"
    looks = arrivals(tmp_path, watch)
    with file.open("w") as out:
        out.write("a\n")
        out.flush()
        looks.look()
        watch.seconds += 10 * STILL
        assert is_open_for_writing(file)
        assert looks.look().ready == []
    assert not is_open_for_writing(file)
    looks.look()
    watch.seconds += STILL
    assert looks.look().ready == [file]


def test_what_is_read_while_it_is_looked_at_stays_readable_by_others(tmp_path: Path) -> None:
    """The question leaves nothing behind."""
    file = write(tmp_path / "a.csv")
    with file.open() as reading:
        assert not is_open_for_writing(file)
        assert reading.read() == "a\n"
    with file.open("a") as writing:
        writing.write("b\n")
    assert not is_open_for_writing(tmp_path / "none.csv")


def test_files_come_in_order_and_none_overtakes_one_that_still_settles(tmp_path: Path, watch: Watch) -> None:
    """By name here: the later night must not be read before the earlier one."""
    looks = arrivals(tmp_path, watch, order="name")
    second = write(tmp_path / "2.csv")
    looks.look()
    watch.seconds += STILL
    first = write(tmp_path / "1.csv")
    assert (looks.look().ready, looks.look().unsettled) == ([], True)
    watch.seconds += STILL
    assert looks.look().ready == [first, second]


def test_files_of_one_moment_come_by_name(tmp_path: Path, watch: Watch) -> None:
    """So that the order is the same again when they are read again."""
    files = [write(tmp_path / name, age=age) for name, age in (("c", 1), ("a", 0), ("b", 0))]
    looks = arrivals(tmp_path, watch)
    looks.look()
    watch.seconds += STILL
    assert looks.look().ready == files


def test_what_looks_cut_off_holds_up_nobody_and_is_given_up_after_ten_minutes(tmp_path: Path, watch: Watch) -> None:
    """An empty file is refused then, and one that was held is handed out again, to be refused by its reader."""
    empty, cut = write(tmp_path / "a.csv", "", age=9), write(tmp_path / "b.csv.gz", age=8)
    whole = write(tmp_path / "c.csv")
    looks = arrivals(tmp_path, watch)
    looks.look()
    watch.seconds += STILL
    assert looks.look().ready == [cut, whole]
    looks.hold(cut, PATIENCE_SECONDS)
    assert (looks.look().ready, looks.look().unsettled) == ([whole], False)
    watch.seconds += PATIENCE_SECONDS
    look = looks.look()
    assert (look.ready, look.refused) == ([cut, whole], {empty: "it is empty"})


def test_a_held_file_that_goes_on_is_waited_for_as_any(tmp_path: Path, watch: Watch) -> None:
    """Its writer has come back."""
    cut = write(tmp_path / "b.csv.gz")
    looks = arrivals(tmp_path, watch)
    looks.look()
    looks.hold(cut, PATIENCE_SECONDS)
    write(cut, "whole\n")
    looks.look()
    watch.seconds += STILL
    assert looks.look().ready == [cut]


@pytest.mark.parametrize("name", [".a.csv", "a.csv.part", "a.csv.TMP", "a.csv.filepart", "a.csv~"])
def test_an_unfinished_name_is_never_read_and_named_once_it_stays(tmp_path: Path, watch: Watch, name: str) -> None:
    """Who writes it renames it when it is done."""
    file = write(tmp_path / name)
    looks = arrivals(tmp_path, watch)
    looks.look()
    watch.seconds += PATIENCE_SECONDS - 1
    assert (looks.look().ready, looks.look().waiting) == ([], {})
    watch.seconds += 1
    assert looks.look().waiting == {file: "its name is that of an unfinished file"}


def test_what_is_no_file_of_the_feed_is_left_alone(tmp_path: Path, watch: Watch) -> None:
    """Folders, rows that were set aside, what desktops leave, and names that no pattern fits."""
    (tmp_path / "done").mkdir()
    for name in (".DS_Store", "Thumbs.db", "a.csv.rejected.jsonl", "notes.txt"):
        write(tmp_path / name)
    file = write(tmp_path / "a.csv")
    looks = arrivals(tmp_path, watch, patterns=("*.csv", "*.jsonl"))
    looks.look()
    watch.seconds += PATIENCE_SECONDS
    look = looks.look()
    assert (look.ready, look.refused, look.waiting) == ([file], {}, {})


def test_a_link_is_refused_wherever_it_leads(tmp_path: Path, watch: Watch) -> None:
    """It could name any file that the program may read."""
    target = write(tmp_path / "secret")
    (tmp_path / "drop").mkdir()
    link = tmp_path / "drop" / "a.csv"
    link.symlink_to(target)
    assert arrivals(tmp_path / "drop", watch).look().refused == {link: "it is a link: put the file itself here"}


def test_a_pipe_is_never_opened(tmp_path: Path, watch: Watch) -> None:
    """Opening it would wait for ever."""
    pipe = tmp_path / "a.csv"
    os.mkfifo(pipe)
    looks = arrivals(tmp_path, watch)
    looks.look()
    watch.seconds += PATIENCE_SECONDS
    assert looks.look().waiting == {pipe: "it is no file"}


def test_a_file_that_may_not_be_read_is_named_at_once(
    tmp_path: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With whose it is, and what they allow."""
    file = write(tmp_path / "a.csv")
    file.chmod(0o200)
    monkeypatch.setattr(os, "access", lambda *_: False)
    owner = file.stat().st_uid
    assert arrivals(tmp_path, watch).look().waiting == {
        file: f"it cannot be read: it belongs to user {owner}, mode 200"
    }
