"""The alerting rules about the monitor itself, and who is told: run by promtool and amtool themselves."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.topology.metrics import ALL_METRICS
from tests.deploy.cli.lazy_commands import commands

DEPLOY = Path(__file__).parents[3] / "deploy"
PROMETHEUS = DEPLOY / "prometheus"
RULE_FILES = sorted((PROMETHEUS / "rules").glob("*.yaml"))
TEST_FILES = sorted((PROMETHEUS / "tests").glob("*.yaml"))
ALERTMANAGER = DEPLOY / "alertmanager" / "alertmanager.yml"
RUNBOOK = DEPLOY / "RUNBOOK.md"
SEVERITIES = {"critical", "warning", "none"}
WORDS_OF_PROMQL = {
    "abs",
    "absent",
    "and",
    "avg",
    "by",
    "changes",
    "count",
    "delta",
    "deriv",
    "histogram_quantile",
    "increase",
    "max",
    "min",
    "offset",
    "on",
    "or",
    "quantile_over_time",
    "rate",
    "sum",
    "time",
    "unless",
    "vector",
}


def tool(name: str) -> str:
    """Return where a tool is; without it the test says so."""
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed here: the rules and routes are not run by it")
    return program


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a tool to its end."""
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, timeout=120)


def rules(file: Path) -> list[dict[str, Any]]:
    """Return every rule of a file."""
    return [rule for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]]


RULES = [rule for file in RULE_FILES for rule in rules(file)]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
RECORDED = {rule["record"] for rule in RULES if "record" in rule}
TESTS = [(file, test) for file in TEST_FILES for test in yaml.safe_load(file.read_text())["tests"]]


def heading_anchors() -> set[str]:
    """Return what each heading of the runbook is linked to by."""
    titles = re.findall(r"^#+ (.+)$", RUNBOOK.read_text(), re.MULTILINE)
    return {re.sub(r"[^a-z0-9_-]", "", title.lower().replace(" ", "-")) for title in titles}


def metrics_named(expression: str) -> set[str]:
    """Return every metric an expression names."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(?:by|on)\s*\([^)]*\)', " ", expression)
    return set(re.findall(r"\b[a-zA-Z_][a-zA-Z0-9_:]*", bare)) - WORDS_OF_PROMQL


# -- by the tools themselves ---------------------------------------------------------------------------


@pytest.mark.parametrize("file", TEST_FILES, ids=lambda file: file.stem)
def test_rules_fire_when_they_should_and_only_then(file: Path) -> None:
    """What the unit tests of a rule file say is so."""
    outcome = run(tool("promtool"), "test", "rules", file)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_a_rule_that_is_wrong_fails_its_tests(tmp_path: Path) -> None:
    """The tests look at what the rules say: with every comparison turned round they do not pass."""
    promtool = tool("promtool")
    for name in ("rules", "tests"):
        shutil.copytree(PROMETHEUS / name, tmp_path / name)
    for file in (tmp_path / "rules").glob("*.yaml"):
        file.write_text(
            re.sub(r"(?<=[ )}])([<>])(?== |[ \n])", lambda m: "<" if m[1] == ">" else ">", file.read_text())
        )
    for file in sorted((tmp_path / "tests").glob("*.yaml")):
        if " > " in (PROMETHEUS / "rules" / file.name).read_text():
            assert run(promtool, "test", "rules", file).returncode != 0, file.name


def test_prometheus_takes_its_settings() -> None:
    """The settings, and the rule files they name, can be used."""
    outcome = run(tool("promtool"), "check", "config", PROMETHEUS / "prometheus.yml")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert f"{len(RULE_FILES)} rule files found" in outcome.stdout


def test_alertmanager_takes_its_settings() -> None:
    """Routes, receivers and inhibitions can be used."""
    outcome = run(tool("amtool"), "check-config", ALERTMANAGER)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.parametrize("name", sorted(ALERTS))
def test_each_alert_reaches_whom_it_concerns(name: str) -> None:
    """What is critical gets somebody up, what is about people's work goes to who shares it out, the rest is mailed."""
    labels = [f"alertname={name}", f"severity={ALERTS[name]['labels']['severity']}"]
    outcome = run(tool("amtool"), "config", "routes", "test", f"--config.file={ALERTMANAGER}", *labels)
    expected = {"critical": "ops-page", "warning": "ops-mail", "none": "watchdog"}[ALERTS[name]["labels"]["severity"]]
    if name in {"CdiDeadlinesOutpaceWork", "CdiBreachesSurge"}:
        expected = "duty-inspector"
    assert outcome.stdout.split() == [expected], outcome.stderr


# -- what every rule has ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(ALERTS))
def test_each_alert_has_a_severity_a_summary_and_a_runbook(name: str) -> None:
    """Whoever is woken knows how bad it is, what it is, and what to do."""
    alert = ALERTS[name]
    assert name.startswith("Cdi")
    assert alert["labels"]["severity"] in SEVERITIES
    assert alert["annotations"]["summary"].strip()
    page, _, anchor = alert["annotations"]["runbook_url"].partition("#")
    assert page == "deploy/RUNBOOK.md"
    assert anchor in heading_anchors(), anchor
    assert name in RUNBOOK.read_text()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.get("alert") or rule["record"])
def test_each_rule_names_metrics_that_are_given(rule: dict[str, Any]) -> None:
    """A rule on a metric that nobody gives never fires, and nobody notices."""
    given = {series for metric in ALL_METRICS for series in metric.series} | RECORDED
    assert metrics_named(rule["expr"]) <= given


@pytest.mark.parametrize("name", sorted(ALERTS))
def test_each_alert_is_tested_to_fire_and_not_to_fire(name: str) -> None:
    """Both matter: an alert that never comes, and one that never goes."""
    fires = [
        bool(case["exp_alerts"]) for _, test in TESTS for case in test["alert_rule_test"] if case["alertname"] == name
    ]
    assert True in fires
    assert False in fires or name == "CdiWatchdog"


def test_each_test_is_named_by_a_sentence() -> None:
    """What fails says in words what is no longer so."""
    for file, test in TESTS:
        assert re.match(r"[A-Z][^.]{20,}[^.]$", test["name"]), f"{file.name}: {test['name']}"


# -- the runbook ---------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["RUNBOOK.md", "OPERATIONS.md"])
def test_every_command_of_the_guides_is_there(page: str) -> None:
    """Whoever types what a guide says, at three in the morning, gets no error."""
    there = commands()
    named = re.findall(r"(?:`|\$ | -- )cdi ([a-z][a-z-]*(?: [a-z][a-z-]*)?)", (DEPLOY / page).read_text())
    assert len(named) > 10
    for words in named:
        first = words.split()[0]
        assert first in there or any(f"{command} ".startswith(f"{words} ") for command in there), words


@pytest.mark.parametrize("page", ["RUNBOOK.md", "OPERATIONS.md"])
def test_every_link_of_the_guides_leads_somewhere(page: str) -> None:
    """To a file of this repository, and to a heading that it has."""
    text = (DEPLOY / page).read_text()
    for target, anchor in re.findall(r"\]\(([^)#]*)(?:#([^)]+))?\)", text):
        file = DEPLOY / target if target else DEPLOY / page
        assert file.exists(), target
        if anchor:
            titles = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
            anchors = {re.sub(r"[^a-z0-9_-]", "", title.lower().replace(" ", "-")) for title in titles}
            assert anchor in anchors, f"{target}#{anchor}"
