"""``cdi connect`` as it is typed, without Kafka."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.cli import main
from deploy.connect.cursors import Cursors
from deploy.connect.process import locked
from schemas.rows import write_json
from tests.deploy.connect.fakes import crime

FEEDS = """
[feed.crimes]
way = "folder"
folder = "drop"
topic = "cis.crimes.v1"
still_seconds = 0.05
look_seconds = 0.05
"""


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a data folder with a file of feeds, which commands find."""
    monkeypatch.setenv("CDI_DATA", str(tmp_path))
    (tmp_path / "feeds.toml").write_text(FEEDS)
    (tmp_path / "drop").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--list", "crimes"],
        ["--once"],
        ["crimes", "--once", "--check"],
        ["crimes", "--check", "--forget"],
        ["--list", "--check"],
    ],
)
def test_words_that_do_not_go_together_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """In one line, with exit status 2."""
    assert main(["connect", *arguments]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_feed_that_is_not_there_is_refused_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    """Most likely it is mistyped."""
    assert main(["connect", "crime", "--check"]) == 2
    assert "no feed crime: there are crimes" in capsys.readouterr().err


def test_where_there_is_no_file_of_feeds_it_is_said_where_one_belongs(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line."""
    (data / "feeds.toml").unlink()
    assert main(["connect", "--list"]) == 2
    assert f"write {data / 'feeds.toml'}" in capsys.readouterr().err


def test_a_mapping_that_cannot_be_read_refuses_the_feed_before_anything_is_read(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And ``cdi up`` before anything is started."""
    (data / "feeds.toml").write_text(f'{FEEDS}mapping = "none"\n')
    assert main(["connect", "crimes", "--check"]) == 2
    assert main(["up"]) == 2
    assert capsys.readouterr().err.count("none: there is no such mapping file") == 2


def test_a_check_shows_the_next_records_and_changes_nothing(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not the folder, nor what is known of the feed."""
    file = data / "drop" / "a.jsonl"
    file.write_bytes(write_json(crime(1)) + b"\nrubbish\n")
    assert main(["connect", "crimes", "--check"]) == 0
    output = capsys.readouterr()
    assert '"crime_ref": "C1"' in output.out
    assert "a.jsonl:2: NOT_JSON" in output.err
    assert "of the 2 rows of a.jsonl 1 record would be fed" in output.err
    assert "it would vouch to be complete through 2026-06-01T11:59:00.000Z" in output.err
    assert [path.name for path in (data / "drop").iterdir()] == ["a.jsonl"]
    assert main(["connect", "crimes", "--check"]) == 0


def test_a_check_of_values_without_a_code_counts_each_once(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Although the file is read twice."""
    (data / "crimes.toml").write_text(
        'topic = "cis.crimes.v1"\n[fields]\ncrime_ref = "Ref"\nforce = { constant = "LEICS" }\n'
        'source = { constant = "CIS" }\nevent_id = { digest = [] }\nevent_time = "At"\nrecorded_at = "At"\n'
        'offence_code = { constant = "8N" }\n'
        'offence_class = { column = "Type", values = { Theft = "THEFT" }, otherwise = "OTHER" }\n'
        'status = { constant = "RECORDED" }\n'
    )
    (data / "feeds.toml").write_text(f'{FEEDS}mapping = "crimes"\n')
    (data / "drop" / "a.csv").write_text("Ref,At,Type\nC1,2026-05-01T10:00:00Z,Arson\n")
    assert main(["connect", "crimes", "--check"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "Arson" in line]
    assert line.split() == ["Type", "offence_class", "Arson", "1", "OTHER"]


def test_a_check_fails_where_nothing_can_be_read(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the reason."""
    (data / "drop" / "a.jsonl").write_text("rubbish\n")
    assert main(["connect", "crimes", "--check"]) == 1
    assert "a.jsonl: none of its 1 row is a record" in capsys.readouterr().err
    (data / "drop" / "a.jsonl").unlink()
    assert main(["connect", "crimes", "--check"]) == 0
    assert "there is nothing new to read" in capsys.readouterr().err
    (data / "drop").rmdir()
    assert main(["connect", "crimes", "--check"]) == 1
    assert "No such file or directory" in capsys.readouterr().err


def test_forgetting_drops_the_cursor_alone(data: Path) -> None:
    """Whose voice a feed is stays, so that it goes on to vouch."""
    cursors = Cursors(data)
    cursors.write("crimes", b"7")
    cursors.add_origin("crimes", "digest", "a.jsonl", 1)
    with locked(data, "crimes"):
        assert main(["connect", "crimes", "--forget"]) == 1
    assert cursors.read("crimes") == b"7"
    assert main(["connect", "crimes", "--forget"]) == 0
    assert cursors.read("crimes") is None
    assert cursors.origin("crimes", "digest") is None
