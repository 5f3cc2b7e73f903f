"""The operator's guide's first commands, run as they stand, in their order, on a real broker."""

from __future__ import annotations

import re
import shlex
import uuid
from pathlib import Path

import pytest

from deploy.cli import main
from deploy.scenario import write

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "deploy" / "OPERATIONS.md").read_text(encoding="utf-8")

pytestmark = pytest.mark.kafka


def first_commands() -> list[str]:
    """What the section of that name says to type."""
    section = GUIDE.partition("### The first commands, anywhere")[2]
    block = re.search(r"```console\n(.*?)```", section, re.DOTALL)
    assert block is not None
    return [line.removeprefix("$ ") for line in block[1].splitlines()]


def test_the_first_commands_do_what_they_say(
    kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each ends well; only the doctor, who is asked last, misses the workers that nobody has started yet."""
    prefix = f"guide-{uuid.uuid4().hex[:8]}."
    told = {"CDI_KAFKA": kafka, "CDI_PREFIX": prefix, "CDI_PARTITIONS": "2", "CDI_DATA": str(tmp_path / "data")}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CDI_WEBHOOK_SECRET_OPS", "at least sixteen bytes")
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    (tmp_path / "policy.toml").write_text((ROOT / "deploy" / "kubernetes" / "example" / "policy.toml").read_text())
    (tmp_path / "routes.toml").write_text((ROOT / "deploy" / "notifier" / "routes.example.toml").read_text())
    commands = first_commands()
    assert len(commands) == 10
    said = capsys.readouterr()
    for command in commands:
        name, *arguments = shlex.split(command)
        assert name == "cdi"
        status = main(arguments)
        said = capsys.readouterr()
        assert status == (1 if arguments == ["doctor"] else 0), f"{command}: {said.err}"
    assert "no worker is running" in said.out
