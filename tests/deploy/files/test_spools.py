"""Standard input and pipes: read once, and then as often as a file."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.cli import main
from deploy.files.record_files import numbered_lines
from deploy.files.spools import is_stream, name_of_stream, open_bytes, spool
from schemas.rows import write_json
from tests.deploy.files.kinds.written_tables import as_xlsx
from tests.streams.world import incident

STORM = "storm.incidents.v1"
CALLS = "crime_id,call_date_time,crime_type,disposition\n" + "".join(
    f"18000000{number},2018-11-18T10:00:00.000,Burglary,REP\n" for number in range(9)
)
MAPPED = ["--mapping", "san-francisco-calls"]
UNTIL = ["--until", "2018-12-31T00:00:00Z"]


def piped(content: bytes, folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run ``cdi`` with content on its standard input, through a real pipe."""
    command = [sys.executable, "-m", "deploy", *arguments]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    return subprocess.run(command, input=content, capture_output=True, cwd=folder, env=environment, check=False)


def as_workbook(content: bytes) -> bytes:
    """Return CSV as a workbook."""
    return as_xlsx([line.split(",") for line in content.decode().splitlines()])


@pytest.mark.parametrize(("name", "pack"), [("-", gzip.compress), ("/dev/stdin", bytes), ("-", as_workbook)])
def test_backtest_judges_a_table_on_standard_input(tmp_path: Path, name: str, pack: Callable[[bytes], bytes]) -> None:
    """Gzipped or plain; the alerts are about what they are about from the file."""
    (tmp_path / "calls.csv").write_text(CALLS)
    alerts = []
    for file in (name, "calls.csv"):
        done = piped(pack(CALLS.encode()), tmp_path, "backtest", file, *MAPPED, *UNTIL, "--out", "out.jsonl")
        assert done.returncode == 0, done.stderr
        assert b"9 snapshots and 0 heartbeats read" in done.stderr
        alerts.append([json.loads(line)["alert_id"] for line in (tmp_path / "out.jsonl").read_text().splitlines()])
    assert alerts[0] == alerts[1] != []


def test_profile_counts_json_lines_on_standard_input(tmp_path: Path) -> None:
    """With --topic; without it nothing says of which topic they are."""
    line = write_json(incident("2016-03-01 09:00"))
    done = piped(line, tmp_path, "profile", "-", "--topic", STORM)
    assert (done.returncode, b"crimes_expected" in done.stdout) == (0, True)
    done = piped(line, tmp_path, "profile", "-")
    assert done.returncode == 2
    assert done.stderr.startswith(b"cdi: standard input: no name says which topic")


def test_bad_rows_of_standard_input_are_named_as_its_rows(tmp_path: Path) -> None:
    """Not as those of a temporary file."""
    done = piped(
        f"{CALLS}1,2\n".encode(), tmp_path, "report", "--files", "-", *MAPPED, "--until", "2018-12-01T00:00:00Z"
    )
    assert done.returncode == 0
    assert b"standard input:11: WRONG_TYPE: 2 columns, the first row has 4" in done.stderr


def test_a_stream_named_twice_is_bad_usage(tmp_path: Path) -> None:
    """Of a second reading nothing would come."""
    done = piped(CALLS.encode(), tmp_path, "profile", "-", "/dev/stdin", *MAPPED)
    assert (done.returncode, done.stderr) == (2, b"cdi: standard input is named twice, and can be read once\n")


def test_a_pipe_is_read_as_often_as_one_likes(tmp_path: Path) -> None:
    """By readers beside each other too; a file is no stream."""
    pipe, file = tmp_path / "pipe", tmp_path / "file"
    file.write_bytes(b"a\nb\n")
    os.mkfifo(pipe)
    assert (is_stream(pipe), is_stream(file), is_stream(tmp_path), is_stream(tmp_path / "none")) == (True, *[False] * 3)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"a\nb\n",))
    writer.start()
    spool(pipe)
    writer.join()
    assert name_of_stream(pipe) == pipe
    for _ in range(2):
        assert list(numbered_lines(pipe)) == list(numbered_lines(file)) == [(1, b"a\n"), (2, b"b\n")]
    with open_bytes(pipe) as one, open_bytes(pipe) as other:
        assert (one.readline(), other.read(), one.read()) == (b"a\n", b"a\nb\n", b"b\n")


def test_the_output_may_be_there_while_standard_input_is_read(tmp_path: Path) -> None:
    """It is compared with the files that are read, and standard input is none."""
    (tmp_path / "out.toml").write_text("former")
    assert piped(CALLS.encode(), tmp_path, "profile", "-", *MAPPED, "--out", "out.toml").returncode == 0


def test_a_folder_is_still_no_file_of_records(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nor is it a stream."""
    assert main(["profile", str(tmp_path)]) == 2
    assert "a folder" in capsys.readouterr().err


def test_standard_input_is_checked_before_it_is_fed(tmp_path: Path) -> None:
    """Without Kafka: it is read twice, as a file is."""
    done = piped(CALLS.encode(), tmp_path, "feed", "--check", STORM, "-", *MAPPED)
    assert done.returncode == 0, done.stderr
    assert b"9 snapshots and 0 heartbeats would be fed to storm.incidents.v1" in done.stderr
