"""Build Grafana's JSON from our pages and charts: the only module that imports its builders."""

from __future__ import annotations

import json
from typing import Final

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as parts
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from dashboards.grafana.compliance import COMPLIANCE
from dashboards.grafana.feeds import FEEDS
from dashboards.grafana.pages import WHOLE, Chart, Page, Query, Steps
from dashboards.grafana.people import PEOPLE
from dashboards.grafana.streaming import STREAMING
from streams.topology.worker_metrics import CLOCK

PAGES: Final = (COMPLIANCE, FEEDS, STREAMING, PEOPLE)
RUNBOOK: Final = "deploy/RUNBOOK.md"
"""Where the runbook is, unless an installation publishes its own."""

_SOURCE: Final = parts.DataSourceRef(type_val="prometheus", uid="${datasource}")
_HEIGHT: Final = 8
_NUMBER_HEIGHT: Final = 5
_TAG: Final = "cdi"

Builder = timeseries.Panel | stat.Panel | bargauge.Panel | table.Panel


def dashboard_of(page: Page, runbook: str = RUNBOOK) -> str:
    """Return a page as JSON; the same page always gives the same text."""
    builder = (
        dashboard.Dashboard(page.title)
        .uid(page.uid)
        .description(page.audience)
        .tags([_TAG])
        .timezone("browser")
        .refresh("30s")
        .time("now-6h", "now")
        .tooltip(parts.DashboardCursorSync.CROSSHAIR)
        .readonly()
        .link(dashboard.DashboardLink("cdi").type(parts.DashboardLinkType.DASHBOARDS).tags([_TAG]).keep_time(True))  # noqa: FBT003
        .with_variable(dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
        .with_variable(dashboard.ConstantVariable("runbook").label("Runbook").value(runbook))
    )
    if "force" in page.chooses:
        builder = builder.with_variable(_force())
    number, top = 0, 0
    for section in page.sections:
        builder = builder.with_row(dashboard.Row(section.title).id(number + 1).grid_pos(_at(top, 0, WHOLE, 1)))
        number, top, left, tallest = number + 1, top + 1, 0, 0
        for chart in section.charts:
            height = _NUMBER_HEIGHT if chart.look == "number" else _HEIGHT
            if left + chart.width > WHOLE:
                top, left, tallest = top + tallest, 0, 0
            number += 1
            panel = _panel(chart).id(number).grid_pos(_at(top, left, chart.width, height))
            builder = builder.with_panel(panel)
            left, tallest = left + chart.width, max(tallest, height)
        top += tallest
    return json.dumps(builder.build(), cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _at(top: int, left: int, width: int, height: int) -> parts.GridPos:
    return parts.GridPos(h=height, w=width, x=left, y=top)


def _force() -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable("force")
        .label("Force")
        .datasource(_SOURCE)
        .query(f"label_values({CLOCK.name}, force)")
        .refresh(parts.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(parts.VariableSort.ALPHABETICAL_ASC)
        .multi(True)  # noqa: FBT003 - the builder's own words
        .include_all(True)  # noqa: FBT003
        .all_value(".+")
    )


def _panel(chart: Chart) -> Builder:
    panel = (
        _shape(chart)
        .title(chart.title)
        .description(chart.meaning)
        .unit(chart.unit)
        .datasource(_SOURCE)
        .links([_runbook(chart)])
    )
    if chart.steps is not None:
        panel = panel.thresholds(_thresholds(chart.steps))
    for query in chart.queries:
        panel = panel.with_target(_target(query, chart))
    return panel


def _runbook(chart: Chart) -> dashboard.DashboardLink:
    link = dashboard.DashboardLink("What to do").type(parts.DashboardLinkType.LINK)
    return link.url(f"${{runbook}}#{chart.runbook}").target_blank(True)  # noqa: FBT003 - the builder's own words


def _shape(chart: Chart) -> Builder:
    newest = common.ReduceDataOptions().calcs(["lastNotNull"])
    match chart.look:
        case "number":
            return (
                stat.Panel()
                .reduce_options(newest)
                .graph_mode(shapes.BigValueGraphMode.AREA)
                .color_mode(shapes.BigValueColorMode.VALUE)
            )
        case "bars":
            horizontal = shapes.VizOrientation.HORIZONTAL
            return bargauge.Panel().reduce_options(newest).orientation(horizontal).min(0)
        case "table":
            return table.Panel()
        case "lines" | "stacked":
            lines = timeseries.Panel().min(0).span_nulls(False).legend(_legend())  # noqa: FBT003
            if chart.look == "lines":
                return lines.fill_opacity(0)
            stacking = common.StackingConfig().mode(shapes.StackingMode.NORMAL).group("A")
            return lines.fill_opacity(40).stacking(stacking)


def _legend() -> common.VizLegendOptions:
    return (
        common.VizLegendOptions()
        .show_legend(True)  # noqa: FBT003
        .placement(shapes.LegendPlacement.BOTTOM)
        .display_mode(shapes.LegendDisplayMode.LIST)
    )


def _target(query: Query, chart: Chart) -> prometheus.Dataquery:
    target = prometheus.Dataquery().expr(query.expression).legend_format(query.legend).datasource(_SOURCE)
    ref = chr(ord("A") + chart.queries.index(query))
    target = target.ref_id(ref)
    if chart.look == "table":
        return target.instant().format(PromQueryFormat.TABLE)
    return target.instant() if chart.look == "bars" else target.range()


def _thresholds(steps: Steps) -> dashboard.ThresholdsConfig:
    colours = [
        parts.Threshold(value=0, color="green")
    ]  # the first one's value means nothing: it is the colour below the second
    if steps.look < steps.bad:
        colours.append(parts.Threshold(value=steps.look, color="orange"))
    colours.append(parts.Threshold(value=steps.bad, color="red"))
    return dashboard.ThresholdsConfig().mode(parts.ThresholdsMode.ABSOLUTE).steps(colours)
