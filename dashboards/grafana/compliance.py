"""Compliance, for the Force Crime Registrar and chief officers."""

from __future__ import annotations

from typing import Final

from dashboards.grafana.pages import Chart, Page, Query, Section, Steps, of
from streams.topology.metric import POLICY
from streams.topology.metrics import BOARD_ALERTS
from streams.topology.worker_metrics import (
    ALERTS,
    ALERTS_IN_WINDOW,
    CLOCK,
    OBLIGATIONS,
    REVIEWS_EXPECTED,
    REVIEWS_OLDEST,
    REVIEWS_WAITING,
)

_LABELS: Final = "force, rule, severity, status, certainty"


def _alerts_now(*conditions: str) -> str:
    """Return the query of alerts now; every board counts them all, so boards are not added up."""
    chosen = ", ".join(('force=~"$force"', *conditions))
    return f"max by ({_LABELS}) ({of(BOARD_ALERTS)}{{{chosen}}})"


_BREACHED: Final = _alerts_now('status="BREACHED"')
_OPEN: Final = _alerts_now('status=~"AT_RISK|BREACHED"')


def _changed(which: str, windows: str = ".+") -> str:
    """Return the query of changes of alerts in windows; of two workers during a rebalance, the greater."""
    chosen = f'{{force=~"$force", which="{which}", window=~"{windows}"}}'
    return f"max by (force, rule, status, window) ({of(ALERTS_IN_WINDOW)}{chosen})"


def _number(title: str, meaning: str, conditions: str, runbook: str, steps: Steps | None = None) -> Chart:
    query = Query(f"sum({_alerts_now(conditions)}) or vector(0)", title)
    return Chart(title, meaning, "short", (query,), runbook, look="number", width=6, steps=steps)


_NOW: Final = Section(
    "What stands now",
    (
        _number("Breached", "Obligations that are past due and not met.", 'status="BREACHED"', "breaches-surge"),
        _number(
            "About to breach",
            "Obligations that are at risk: there is still time to put them right.",
            'status="AT_RISK"',
            "deadlines-come-faster-than-they-are-met",
        ),
        _number(
            "Critical and breached",
            "Breaches of the gravest rules: rape, and children at risk.",
            'status="BREACHED", severity="CRITICAL"',
            "breaches-surge",
            Steps(1, 5),
        ),
        _number(
            "Provisional",
            "Open alerts that a feed which is still to come could clear.",
            'status=~"AT_RISK|BREACHED", certainty="PROVISIONAL"',
            "a-feed-is-late",
        ),
        Chart(
            "Breached, by rule",
            "Which obligations are not being met now, the most frequent first.",
            "short",
            (Query(f"sort_desc(sum by (rule) ({_BREACHED}))", "{{rule}}"),),
            "breaches-surge",
            look="bars",
        ),
        Chart(
            "Open alerts, by severity",
            "How many alerts were open, at risk or breached, at each moment.",
            "short",
            (Query(f"sum by (severity) ({_OPEN})", "{{severity}}"),),
            "breaches-surge",
            look="stacked",
        ),
    ),
)

_COMING: Final = Section(
    "What is coming",
    (
        Chart(
            "Open duties, by the time left",
            "Every duty neither met nor past due, by how long there still is: within 1h, 4h (and not 1h) and so on.",
            "short",
            (Query(f'sum by (left) ({of(OBLIGATIONS)}{{force=~"$force"}})', "{{left}}"),),
            "deadlines-come-faster-than-they-are-met",
            look="stacked",
        ),
        Chart(
            "Due within four hours, by rule",
            "Where a hand is needed now.",
            "short",
            (Query(f'sort_desc(sum by (rule) ({of(OBLIGATIONS)}{{force=~"$force", left=~"1h|4h"}}) > 0)', "{{rule}}"),),
            "deadlines-come-faster-than-they-are-met",
            look="bars",
        ),
    ),
)

_REVIEWS: Final = Section(
    "What waits to be read (the review queue)",
    (
        Chart(
            "Reports that wait, by system",
            "Reports that nobody has judged and nothing has settled, at each moment.",
            "short",
            (Query(f'sum by (system) ({of(REVIEWS_WAITING)}{{force=~"$force"}})', "{{system}}"),),
            "reports-wait-to-be-read",
            look="stacked",
        ),
        Chart(
            "Crimes expected in them",
            "Of all that wait, and of the first that the policy says can be read in a day.",
            "short",
            (Query(f'sum by (among) ({of(REVIEWS_EXPECTED)}{{force=~"$force"}})', "{{among}}"),),
            "reports-wait-to-be-read",
        ),
        Chart(
            "Oldest that waits",
            "How long ago the oldest report that waits was reported, beside the force's clock.",
            "s",
            (
                Query(
                    f'max by (force) ({of(CLOCK)}{{force=~"$force"}}) - max by (force) ({of(REVIEWS_OLDEST)})',
                    "{{force}}",
                ),
            ),
            "reports-wait-to-be-read",
        ),
    ),
)

_BECAME: Final = Section(
    "What became of it (all forces: these are counted as they happen, and not by force)",
    (
        Chart(
            "Alerts, by what they became",
            "Changes an hour. WITHDRAWN: met in time after all, or corrected. CLEARED: put right, but late.",
            "short",
            (Query(f"sum by (status) (increase({of(ALERTS)}[1h]))", "{{status}}"),),
            "breaches-surge",
        ),
        Chart(
            "Breaches in the time shown, by rule",
            "Which rules were breached, and how often.",
            "short",
            (
                Query(
                    f'sort_desc(sum by (rule) (increase({of(ALERTS)}{{status="BREACHED"}}[$__range])) > 0)', "{{rule}}"
                ),
            ),
            "breaches-surge",
            look="bars",
        ),
        Chart(
            "Of what was at risk, met before it was due",
            "Of alerts that were decided in the last day, the share that was withdrawn before it was breached.",
            "percentunit",
            (
                Query(
                    f'sum by (severity) (increase({of(ALERTS)}{{status="WITHDRAWN"}}[1d])) '
                    f'/ sum by (severity) (increase({of(ALERTS)}{{status=~"WITHDRAWN|BREACHED"}}[1d]))',
                    "{{severity}}",
                ),
            ),
            "deadlines-come-faster-than-they-are-met",
        ),
    ),
)

_LATELY: Final = Section(
    "What changed lately (by the arrival of what it follows from)",
    (
        Chart(
            "In the last whole minute, hour and day, by outcome",
            "Changes of alerts by the status they came to (days by UTC). A restart forgets nothing.",
            "short",
            (Query(f"sum by (status, window) ({_changed('last')})", "{{status}}, {{window}}"),),
            "breaches-surge",
            look="table",
        ),
        Chart(
            "Today so far, by rule and outcome",
            "Changes of alerts since midnight (UTC), the most frequent first.",
            "short",
            (Query(f"sort_desc(sum by (rule, status) ({_changed('running', 'day')}) > 0)", "{{rule}} {{status}}"),),
            "breaches-surge",
            look="bars",
        ),
    ),
)

_RESTS_ON: Final = Section(
    "What it rests on",
    (
        Chart(
            "Behind the wall clock",
            "How far each force's clock is behind: what fell due since is not known yet.",
            "s",
            (Query(f'time() - max by (force) ({of(CLOCK)}{{force=~"$force"}})', "{{force}}"),),
            "a-clock-stands-still",
        ),
        Chart(
            "Policies in force",
            "How many processes go by each policy: there should be one policy.",
            "short",
            (Query(f"count by (version) ({of(POLICY)})", "{{version}}"),),
            "two-policies-at-once",
            look="table",
        ),
    ),
)

COMPLIANCE: Final = Page(
    "cdi-compliance",
    "cdi: compliance",
    "For the Force Crime Registrar and chief officers: what stands, what is coming, what became of it.",
    (_NOW, _COMING, _REVIEWS, _BECAME, _LATELY, _RESTS_ON),
    chooses=("force",),
)
