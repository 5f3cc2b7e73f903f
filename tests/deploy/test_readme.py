"""The README says what is so: its rules, its commands and its links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deploy.scenario.year_2026 import examples
from streams.rules import CATALOGUE
from tests.deploy.cli.lazy_commands import commands

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def rule_table() -> str:
    """Return the table of rules, made from the catalogue and the stories of 2026."""
    titles = examples()
    rows = [
        f"| `{rule.id}` | {', '.join(kind.name for kind in rule.about)} | {rule.severity} | {rule.title} "
        f"| {titles.get(rule.id, '')} |"
        for rule in CATALOGUE
    ]
    head = ["| rule | about | severity | raised when | for example, in 2026 |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([*head, *rows])


def test_the_rules_are_the_catalogues() -> None:
    """A rule added, renamed or graded anew shows in the README, with the scenario's first story that breaks it."""
    table = re.search(r"<!-- rules: [^\n]* -->\n(.*?)\n?<!-- end of rules -->", README, re.DOTALL)
    assert table is not None
    assert table[1] == rule_table(), f"the table should be:\n{rule_table()}"


def test_every_command_named_is_there() -> None:
    """Whoever types what the README says gets no error."""
    there = commands()
    named = re.findall(r"`cdi ([a-z][a-z -]*[a-z])", README)
    assert len(named) > 10
    for words in named:
        first = words.split(" --")[0].strip()
        assert any(command == first or command.startswith(f"{first} ") for command in there), words


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_every_link_leads_somewhere(link: str) -> None:
    """Links go to files and folders of this repository."""
    assert (ROOT / link).exists()
