"""Grafana's dashboards: made from code, whole, and about figures that are there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from dashboards.grafana.__main__ import JSON, main
from dashboards.grafana.building import PAGES, dashboard_of
from dashboards.grafana.pages import WHOLE, Chart, Page
from streams.topology.metrics import ALL_METRICS, LIBRARY_METRICS

ROOT = Path(__file__).parents[3]
PROVISIONING = ROOT / "dashboards" / "grafana" / "provisioning"
RUNBOOK = ROOT / "deploy" / "RUNBOOK.md"
SCHEMA = os.environ.get("CDI_GRAFANA_SCHEMA")
CHARTS = [(page, chart) for page in PAGES for chart in page.charts]
UNITS = {"short", "s", "reqps", "wps", "percentunit", "bytes", "dateTimeAsIso"}
WORDS_OF_PROMQL = {
    "and",
    "by",
    "count",
    "group_left",
    "histogram_quantile",
    "increase",
    "max",
    "on",
    "or",
    "rate",
    "sort_desc",
    "sum",
    "time",
    "unless",
    "vector",
}


def named(page: Page, chart: Chart) -> str:
    """Return the name of a test about a chart."""
    return f"{page.uid}: {chart.title}"


IDS = [named(page, chart) for page, chart in CHARTS]


def expressions(chart: Chart) -> list[str]:
    """Return the expressions as Grafana sends them, with its variables filled in."""
    filled = {"$__rate_interval": "1m", "$__range": "6h", "$force": ".+"}
    queries = []
    for query in chart.queries:
        expression = query.expression
        for variable, value in filled.items():
            expression = expression.replace(variable, value)
        queries.append(expression)
    return queries


def metrics_named(expression: str) -> set[str]:
    """Return every metric an expression names."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(?:by|on)\s*\([^)]*\)', " ", expression)
    return set(re.findall(r"\b[a-zA-Z_][a-zA-Z0-9_:]*", bare)) - WORDS_OF_PROMQL


def panels(page: Page) -> list[dict[str, Any]]:
    """Return the panels of a page's JSON."""
    placed: list[dict[str, Any]] = json.loads(dashboard_of(page))["panels"]
    return placed


# -- code and JSON ---------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.uid)
def test_the_json_is_what_the_code_says(page: Page) -> None:
    """Whoever changes the one makes the other anew: python -m dashboards.grafana."""
    assert (JSON / f"{page.uid}.json").read_text(encoding="utf-8") == dashboard_of(page)


def test_no_json_is_left_of_a_dashboard_that_is_gone() -> None:
    """Grafana shows every file of the folder."""
    assert {file.stem for file in JSON.glob("*.json")} == {page.uid for page in PAGES}


def test_an_installation_says_where_its_runbook_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One address goes into every dashboard."""
    main(["--out", str(tmp_path), "--runbook", "https://wiki.force.example/cdi"])
    assert capsys.readouterr().out.count(".json") == len(PAGES)
    for page in PAGES:
        variables = json.loads((tmp_path / f"{page.uid}.json").read_text())["templating"]["list"]
        assert "https://wiki.force.example/cdi" in [entry.get("query") for entry in variables]


if SCHEMA is not None:  # Grafana's own is not ours to carry: no skip where nobody named one

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.uid)
    def test_the_json_is_valid(page: Page) -> None:
        """By the JSON schema of Grafana's dashboards that CDI_GRAFANA_SCHEMA names."""
        schema = json.loads(Path(SCHEMA or "").read_text(encoding="utf-8"))
        jsonschema.Draft7Validator(schema).validate(json.loads(dashboard_of(page)))


# -- what every panel has ---------------------------------------------------------------------------


@pytest.mark.parametrize(("page", "chart"), CHARTS, ids=IDS)
def test_each_panel_says_what_it_is_and_what_to_do(page: Page, chart: Chart) -> None:
    """A title, a sentence, a unit, and a heading of the runbook."""
    titles = re.findall(r"^#+ (.+)$", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9_-]", "", title.lower().replace(" ", "-")) for title in titles}
    (panel,) = (entry for entry in panels(page) if entry["title"] == chart.title and entry["type"] != "row")
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert [link["url"].partition("#")[0] for link in panel["links"]] == ["${runbook}"]
    assert panel["links"][0]["url"].partition("#")[2] in anchors
    assert all(target["legendFormat"] for target in panel["targets"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.uid)
def test_panels_have_names_and_places_of_their_own(page: Page) -> None:
    """None is hidden under another, none hangs over the edge."""
    taken: set[tuple[int, int]] = set()
    displayed = panels(page)
    for panel in displayed:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert at["x"] + at["w"] <= WHOLE
        assert not cells & taken, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in displayed}) == len(displayed)
    assert len({panel["title"] for panel in displayed}) == len(displayed)


# -- what they ask ---------------------------------------------------------------------------


@pytest.mark.parametrize(("page", "chart"), CHARTS, ids=IDS)
def test_each_panel_asks_for_figures_that_are_given(page: Page, chart: Chart) -> None:
    """A panel on a metric that nobody gives is empty for ever, and nobody asks why."""
    given = {series for metric in ALL_METRICS for series in metric.series}
    for expression in expressions(chart):
        assert metrics_named(expression) <= given, named(page, chart)


@pytest.mark.parametrize(("page", "chart"), CHARTS, ids=IDS)
def test_each_panel_tells_apart_by_labels_that_are_there(page: Page, chart: Chart) -> None:
    """A label that no metric has makes all series one, without a word."""
    labels = {label for metric in ALL_METRICS for label in metric.labels} | {"job", "instance", "le"}
    for query in chart.queries:
        grouped = re.findall(r"\bby \(([^)]*)\)", query.expression)
        requested = {label.strip() for group in grouped for label in group.split(",")}
        legend_labels = set(re.findall(r"\{\{(\w+)\}\}", query.legend))
        assert requested | legend_labels <= labels, named(page, chart)
        assert legend_labels <= requested, f"{named(page, chart)}: the legend names a label that is summed away"


def test_every_figure_of_the_catalogue_is_shown_somewhere() -> None:
    """What is worth counting is worth a look."""
    displayed = {name for _, chart in CHARTS for expression in expressions(chart) for name in metrics_named(expression)}
    assert [
        entry.name for entry in ALL_METRICS if entry not in LIBRARY_METRICS and not set(entry.series) & displayed
    ] == []


def test_prometheus_understands_every_expression(tmp_path: Path) -> None:
    """Each is taken by promtool as a rule's."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed here: the expressions are not parsed by it")
    requested = [expression for _, chart in CHARTS for expression in expressions(chart)]
    rules = [{"record": f"panel:{number}:value", "expr": entry} for number, entry in enumerate(requested)]
    file = tmp_path / "panels.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    outcome = subprocess.run([promtool, "check", "rules", str(file)], capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert f"{len(requested)} rules found" in outcome.stdout


# -- provisioning ---------------------------------------------------------------------------


def test_what_is_provisioned_is_what_the_dashboards_ask() -> None:
    """One Prometheus, and one folder of dashboards that nobody changes in the browser."""
    (source,) = yaml.safe_load((PROVISIONING / "datasources" / "prometheus.yaml").read_text())["datasources"]
    (provider,) = yaml.safe_load((PROVISIONING / "dashboards" / "cdi.yaml").read_text())["providers"]
    assert (source["type"], source["isDefault"], source["editable"]) == ("prometheus", True, False)
    assert provider["allowUiUpdates"] is False
    for page in PAGES:
        displayed = json.loads(dashboard_of(page))
        assert displayed["editable"] is False
        kinds = {entry["name"]: entry["type"] for entry in displayed["templating"]["list"]}
        assert kinds["datasource"] == "datasource"
