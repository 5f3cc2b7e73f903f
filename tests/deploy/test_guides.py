"""The guides for newcomers: their files written, their commands run as they stand, and what they promise compared."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from agents.kafka.reader import latest_records
from agents.settings.settings import Settings
from deploy.connect.feeds_file import read_feeds
from deploy.local.processes import Processes, workers
from schemas.products import Alert
from streams.topology.topics import ALERTS
from tests.agents.processes import eventually

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "deploy" / "guides"


class Block(NamedTuple):
    """A block of a guide: commands, what they say, or a file."""

    language: str
    name: str
    lines: list[str]


def blocks(guide: str) -> list[Block]:
    """Return the blocks of a guide, in order."""
    text = (GUIDES / f"{guide}.md").read_text(encoding="utf-8")
    found = re.findall(r"^```(\w+) ?(\S*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [Block(language, name, content.splitlines()) for language, name, content in found]


class Terminal:
    """A shell in which one types block after block: its folder and variables stay."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        (folder / "bin").mkdir(parents=True)
        command = folder / "bin" / "cdi"
        command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m deploy "$@"\n')
        command.chmod(0o755)
        (folder / "deploy").symlink_to(ROOT / "deploy")
        self.folder = folder / "work"
        self.folder.mkdir()
        self._place, self._variables = folder / "place", folder / "variables"
        self._place.write_text(str(folder))
        self._variables.write_text("")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CDI_")},
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "200",
            "CDI_DATA": str(settings.data),
            "CDI_KAFKA": settings.kafka,
            "CDI_PREFIX": settings.prefix,
            "CDI_PARTITIONS": str(settings.partitions),
            "CDI_CLOCK": settings.clock,
        }

    def go_to(self, folder: Path) -> None:
        """Be in another folder from now on."""
        self._place.write_text(str(folder))

    @property
    def place(self) -> Path:
        """The folder one is in."""
        return Path(self._place.read_text().strip())

    def type(self, block: Block, *, fails: bool = False) -> str:
        """Run a block's commands; return what they say."""
        commands = [line.removeprefix("$ ") for line in block.lines]
        script = [
            f"cd {shlex.quote(str(self.place))}",
            f"source {self._variables}",
            "set -e",
            *commands,
            f"export -p > {self._variables}",
            f"pwd > {self._place}",
        ]
        done = subprocess.run(
            ["bash", "-c", "\n".join(script)], env=self.environment, capture_output=True, text=True, check=False
        )
        said = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, f"{commands}: {said}"
        return said


def follow(terminal: Terminal, guide: list[Block], before: Callable[[Block], None] = lambda _: None) -> str:
    """Go through a guide: write its files, run its commands, and find what it says they say."""
    said = everything = ""
    for number, block in enumerate(guide):
        following = guide[number + 1] if number + 1 < len(guide) else Block("", "", [])
        match block.language:
            case "console":
                before(block)
                fails = following.language == "text" and following.lines[0].startswith("cdi: ")
                said = terminal.type(block, fails=fails)
                everything += said
            case "text":
                plain = " ".join(said.split())
                for line in block.lines:
                    assert " ".join(line.split()) in plain, f"{line!r} is not in {said}"
            case _:
                (terminal.place / block.name).write_text("\n".join((*block.lines, "")))
    return everything


@pytest.fixture
def settings(kafka: str, tmp_path: Path) -> Settings:
    """Return the settings of an installation of the test's own."""
    return Settings(
        kafka=kafka,
        prefix=f"guides-{uuid.uuid4().hex[:8]}.",
        partitions=2,
        data=tmp_path / "data",
        session_seconds=6,
        worker="guides",
    )


@contextlib.contextmanager
def running(terminal: Terminal, command: str) -> Iterator[list[str]]:
    """Run a command that stays, once it says that it can be stopped; give what it has said."""
    process = subprocess.Popen(
        ["bash", "-c", f"exec {command}"], env=terminal.environment, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    said: list[str] = []
    try:
        for line in process.stderr:
            said.append(line)
            if "No notifications go out" in line:
                break
        yield said
    finally:
        process.terminate()
        assert process.wait(60) == 0


@pytest.mark.kafka
@pytest.mark.slow
def test_day_one_ends_with_alerts_of_two_exports(settings: Settings, tmp_path: Path) -> None:
    """Installed and started as the page says, by the policy of two feeds."""
    install, start, told, *rest = blocks("day-one")
    assert install.lines == ["$ make venv", "$ . .venv/bin/activate"]
    made = subprocess.run(["make", "-n", "-B", "venv"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "/.venv" in made.stdout or ".venv" in made.stdout
    assert start.lines == ["$ cdi up"]
    terminal = Terminal(tmp_path / "cdi", settings)

    def rules() -> set[str]:
        return {alert.rule_id for alert in latest_records(settings, ALERTS, Alert).values()}

    def wait(block: Block) -> None:
        if block.lines[0] == "$ cdi alerts list":
            eventually(lambda: "crime-not-recorded" in rules(), "the first alerts are there")

    doctor = next(block for block in rest if "$ cdi doctor" in block.lines)
    doctor.lines[doctor.lines.index("$ cdi doctor")] = "$ cdi doctor || true"  # it finds the exports old
    with running(terminal, "cdi up") as said:
        plain = " ".join(" ".join(said).split())
        assert all(line in plain for line in told.lines)
        everything = follow(terminal, rest, wait)
        alerts = latest_records(settings, ALERTS, Alert).values()
    assert {alert.policy_version for alert in alerts} == {"two-feeds-1"}
    assert "offence-code-contradicts-class" not in {alert.rule_id for alert in alerts}
    assert "is complete only through 2026-06-09T05:00:00.000Z" in everything
    assert sorted(read_feeds(terminal.place / "feeds.toml")) == ["crimes", "logs"]


@pytest.mark.kafka
@pytest.mark.slow
def test_the_first_export_is_mapped_in_two_rounds(settings: Settings, tmp_path: Path) -> None:
    """What each round says is what the page says."""
    terminal = Terminal(tmp_path / "cdi", settings)
    terminal.go_to(terminal.folder)
    follow(terminal, blocks("first-export"))
    lacks = (terminal.folder / "lacks.toml").read_text()
    assert '"crimes_expected"' in lacks


@pytest.mark.kafka
@pytest.mark.slow
def test_history_is_loaded_without_a_storm(settings: Settings, tmp_path: Path) -> None:
    """By a policy that judges from a date on, what is older raises nothing, in a backtest and live."""
    terminal = Terminal(tmp_path / "cdi", settings)
    terminal.go_to(terminal.folder)
    guide = blocks("loading-history")
    load = next(number for number, block in enumerate(guide) if "$ cdi topics create" in block.lines)
    follow(terminal, guide[:load])
    policy = terminal.folder / "go-live.toml"
    topics = Block("console", "", guide[load].lines[:1])
    guide[load] = Block("console", "", guide[load].lines[1:])
    terminal.type(topics)
    terminal.environment["CDI_POLICY"] = str(policy)
    live = settings.model_copy(update={"policy": policy})

    def refs() -> dict[str, set[str]]:
        alerts = latest_records(settings, ALERTS, Alert).values()
        return {
            certainty: {alert.subject_ref for alert in alerts if alert.certainty == certainty}
            for certainty in ("PROVISIONAL", "CONFIRMED")
        }

    with Processes(workers(live, 1), tmp_path / "logs", on_restart=pytest.fail):
        follow(terminal, guide[load : load + 2])
        eventually(lambda: "LOG/103/26" in refs()["CONFIRMED"], "what came after the date is judged")
        assert "LOG/103/26" in terminal.type(guide[load + 2])
    assert not {"LOG/101/26", "LOG/102/26"} & set().union(*refs().values())
    for name, count in (("all.jsonl", 7), ("less.jsonl", None)):
        lines = (terminal.folder / name).read_text().splitlines()
        assert count is None or len(lines) >= count
        assert any('"LOG/102/26"' in line for line in lines) == (name == "all.jsonl")


@pytest.mark.parametrize("guide", ["day-one", "first-export", "loading-history"])
def test_every_link_of_a_guide_leads_somewhere(guide: str) -> None:
    """To files and folders of this repository."""
    text = (GUIDES / f"{guide}.md").read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        assert (GUIDES / link).exists(), link
