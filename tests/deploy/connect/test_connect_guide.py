"""The guide of the ways in: what it names is there, and its commands about folders are run."""

from __future__ import annotations

import csv
import json
import re
import shlex
import subprocess
import uuid
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.main import get_command

from agents.settings.settings import Settings
from deploy.cli import main
from deploy.cli.framework.lazy import load
from deploy.cli.framework.main import app
from deploy.connect.feeds_file import WAYS, read_feeds
from deploy.connect.folder.definition import FolderFeed
from deploy.local import child_process
from deploy.local.cluster import provide_topics

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "deploy" / "CONNECT.md").read_text(encoding="utf-8")
FOLDER = GUIDE.partition("## A watched folder")[2].partition("\n## ")[0]
COMMON = {"topic", "mapping", "set_aside_most"}
COLUMNS = ("snapshot", "call_number", "report_number", "nature", "date_mmddyyyy", "time_hhmmss", "agency")


def blocks(text: str, language: str) -> list[str]:
    """Return the blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`(cdi [a-z][^`\n]*)`", GUIDE))))
def test_each_command_that_is_named_is_there(command: str) -> None:
    """With every option it is named with."""
    known: Any = get_command(app)
    for word in shlex.split(command)[1:]:
        if word.startswith("--"):
            assert word in {option for parameter in known.params for option in parameter.opts}, command
        elif hasattr(known, "get_command") and (subcommand := known.get_command(None, word)) is not None:
            known = load(word) if known.name == app.info.name else subcommand


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!https:)([^)#]+)(?:#[^)]*)?\)", GUIDE))))
def test_every_link_leads_somewhere(link: str) -> None:
    """To files and folders of this repository."""
    assert (ROOT / "deploy" / link).exists()


def test_the_guide_and_the_example_have_each_way(tmp_path: Path) -> None:
    """A row of the table of ways, an example that can be used, and a table in the example file."""
    named = {feed.way for feed in read_feeds(ROOT / "deploy" / "feeds.example.toml").values()}
    for text in blocks(GUIDE, "toml"):
        if text.startswith("[feed."):
            (tmp_path / "feeds.toml").write_text(text)
            read_feeds(tmp_path / "feeds.toml")
    assert named == set(re.findall(r"^\| `([a-z]+)` \| .*\]\(#", GUIDE, re.MULTILINE)) == set(WAYS)


def test_the_keys_of_a_folder_are_those_it_has() -> None:
    """With the value that holds where nothing is said."""
    keys = dict(re.findall(r"^\| `([a-z_]+)` \| (.*) \|$", FOLDER.partition("| what lies")[0], re.MULTILINE))
    fields = {field.name: field for field in msgspec.structs.fields(FolderFeed)}
    assert keys.keys() == fields.keys() - COMMON
    for name in ("still_seconds", "look_seconds", "margin_seconds"):
        assert f"({fields[name].default:g})" in keys[name]


@pytest.mark.kafka
def test_the_commands_about_a_folder_do_what_they_say(
    kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As they stand, on a file dropped beside ``feeds.toml``."""
    data = tmp_path / "data"
    settings = Settings(kafka=kafka, prefix=f"guide-{uuid.uuid4().hex[:8]}.", partitions=2, data=data)
    for name, value in child_process.environment_of(settings).items():
        monkeypatch.setenv(name, value)
    provide_topics(settings)
    (data / "drop").mkdir(parents=True)
    (data / "feeds.toml").write_text(blocks(FOLDER, "toml")[0])
    with (data / "drop" / "monday.csv").open("w", newline="") as out:
        csv.writer(out).writerows([COLUMNS, ("2026-06-01 10:00", "1", "", "THEFT", "06012026", "095500", "RPD")])
    monkeypatch.chdir(data)
    check, once, listing, receipt = (line.removeprefix("$ ") for line in blocks(FOLDER, "console")[0].splitlines())
    for command, words in ((check, "1 record would be fed"), (once, "fed"), (listing, "does not run")):
        status, output = main(shlex.split(command)[1:]), capsys.readouterr()
        assert status == 0, f"{command}: {output.err}"
        assert words in output.out + output.err
    shown = subprocess.run(["bash", "-c", receipt], capture_output=True, text=True, check=True)
    assert json.loads(shown.stdout)["sent"] == 1
