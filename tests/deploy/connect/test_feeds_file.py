"""What ``feeds.toml`` may say."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.connect.feeds_file import FeedsFileError, read_feeds
from deploy.connect.folder.definition import FolderFeed

FOLDER = '[feed.nightly]\nway = "folder"\nfolder = "drop"\n'

DATABASE = '[feed.rms]\nway = "database"\nquery = "SELECT 1"\nwatermark = "w"\nkey = "k"\n'


def read(tmp_path: Path, text: str) -> object:
    """Return the feeds that a text names."""
    file = tmp_path / "feeds.toml"
    file.write_text(text)
    return read_feeds(file)


def test_a_table_names_a_feed_its_way_and_the_keys_of_the_way(tmp_path: Path) -> None:
    """The name is what it is run by."""
    text = (
        f'{FOLDER}topic = "cis.crimes.v1"\nmapping = "m"\n[feed.b]\nway = "folder"\nfolder = "b"\nmapping = ["x", "y"]'
    )
    assert read(tmp_path, text) == {
        "nightly": FolderFeed(topic="cis.crimes.v1", mapping="m", folder="drop"),
        "b": FolderFeed(folder="b", mapping=("x", "y")),
    }


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[feed", "not TOML: "),
        ("[feeds.a]", "feeds: each feed is a table of its own, [feed.NAME]"),
        ("feed = 3", "feed: each feed is a table of its own, [feed.NAME]"),
        (
            '[feed."a b"]\nway = "folder"',
            "feed.a b: a name has letters, digits, dots, dashes and underscores, 64 at most",
        ),
        ("[feed.a]\n", "feed.a: way: one of folder"),
        ('[feed.a]\nway = "pigeon"\n', "feed.a: way: one of folder"),
        ('[feed.a]\nway = "folder"\n', "feed.a: folder: required, and not there"),
        (f"{FOLDER}colour = 1\n", "feed.nightly: colour: unknown, the keys here are complete_through, files, "),
        (f"{FOLDER}stil_seconds = 1\n", "feed.nightly: stil_seconds: unknown (did you mean still_seconds?), the keys "),
        (f'{FOLDER}still_seconds = "5s"\n', "feed.nightly: still_seconds: a number, without quotes"),
        (f'{FOLDER}files = "*.csv"\n', "feed.nightly: files: a list in brackets"),
        (
            f'{DATABASE}url = "postgresql://me:secret@rms/x"\n',
            "feed.rms: url: a table; where it is a secret, { environment = ... }",
        ),
        (
            f'{DATABASE}url = {{ file = "u" }}\noverlap = "10 minutes"\n',
            'feed.rms: overlap: a duration such as "90s", "15m", "24h" or "7d"',
        ),
        (f'{FOLDER}topic = "x"\n', "feed.nightly: topic: x is no source topic: these are storm.incidents.v1, "),
        (f"{FOLDER}still_seconds = 0.0\n", "feed.nightly: still_seconds: more than 0, and an hour at most"),
        (f'{FOLDER}order = "size"\n', "feed.nightly: Invalid enum value 'size' (order)"),
        (
            f'{FOLDER}topic = "cis.crimes.v1"\nmapping = ["a", "b"]\n',
            "feed.nightly: mapping: one where there is a topic; without topic each file's name says which it is of",
        ),
        (
            f'{FOLDER}[feed.b]\nway = "folder"\nfolder = "drop"\n',
            "feed.b: the files * of drop are those of feed.nightly",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(tmp_path: Path, text: str, line: str) -> None:
    """The line names the file, the feed and the key."""
    with pytest.raises(FeedsFileError) as refused:
        read(tmp_path, text)
    assert str(refused.value).startswith(f"{tmp_path / 'feeds.toml'}: {line}")
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """As any file is."""
    with pytest.raises(FeedsFileError, match=r"feeds\.toml: No such file or directory"):
        read_feeds(tmp_path / "feeds.toml")
