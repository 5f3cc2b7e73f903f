"""theme-emerging: reviewers lately note a theme far more often than before, whatever the team.

HMIC 2014, recommendation 3: the dip sample "is able to identify themes and, where appropriate, feed into ...
continuous improvement".  Fisher's exact test keeps chance from looking like a trend.

How often it speaks where nothing has changed, measured over 1,000 simulated years each of a contact centre of 20, 60
and 200 handlers, every theme heard at an unchanging rate in 1 to 20 % of the calls reviewed (three a handler a month),
by the built-in policy: a theme is found at 0.02 to 0.74 % of midnights (nominally under 1 %), which makes 0.03 to 1.5
false alerts a theme a year.  ``python -m tests.bench.theme_false_alarms --years 1000`` measures it again.
"""

from __future__ import annotations

from schemas.products import Fact
from schemas.records import Call, Snapshot
from streams.facts.context import Context
from streams.facts.matters import THEME, Matter
from streams.obligations.evidence import fact
from streams.obligations.findings import Condition, Finding, Rule, feeds


def judge(theme: Matter[Snapshot], context: Context) -> Condition:
    """Judge it wrong while the theme is emerging, as of the last local midnight."""
    return Condition(wrong=theme.ref in context.facts.call_reviews.emerging)


def explain(theme: Matter[Snapshot], context: Context, _finding: Finding) -> tuple[Fact, ...]:
    """Show the counts that were compared."""
    emerging = context.facts.call_reviews.emerging.get(theme.ref)
    if emerging is None:
        return (fact("theme", theme.ref),)
    return (
        fact("theme", theme.ref),
        fact("recent_calls", f"{emerging.recent} of {emerging.of_recent}"),
        fact("calls_before", f"{emerging.before} of {emerging.of_before}"),
        fact("p", f"{emerging.p:.2g}"),
    )


RULE = Rule(
    id="theme-emerging",
    about={THEME: feeds(Call)},
    severity="MEDIUM",
    title="A theme is emerging in reviewed calls",
    obligation="Identify common mistakes across the workforce and put them right (HMIC 2014, recommendation 3).",
    runbook="Read the reviewed calls with this theme together; decide with the service improvement team what to tell "
    "or teach whom.",
    judge=judge,
    explain=explain,
)
