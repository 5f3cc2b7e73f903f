"""theme-emerging: reviewers lately note a theme far more often than before, whatever the team.

HMIC 2014, recommendation 3: the dip sample "is able to identify themes and, where appropriate, feed into ...
continuous improvement".  Fisher's exact test keeps chance from looking like a trend.
"""

from __future__ import annotations

from schemas.products import Fact
from streams.evidence import fact
from streams.findings import Condition, Finding, Rule
from streams.matters import THEME, Matter
from streams.scene import Scene


def judge(theme: Matter, scene: Scene) -> Condition:
    """Follows what was judged at the last local midnight."""
    return Condition(wrong=theme.ref in scene.facts.calls_register.emerging)


def explain(theme: Matter, scene: Scene, _finding: Finding) -> tuple[Fact, ...]:
    """Show the counts that were compared."""
    found = scene.facts.calls_register.emerging.get(theme.ref)
    if found is None:
        return (fact("theme", theme.ref),)
    return (
        fact("theme", theme.ref),
        fact("recent_calls", f"{found.recent} of {found.of_recent}"),
        fact("calls_before", f"{found.before} of {found.of_before}"),
        fact("p", f"{found.p:.2g}"),
    )


RULE = Rule(
    id="theme-emerging",
    about={THEME: frozenset({"cmc.calls.v1"})},
    severity="MEDIUM",
    title="A theme is emerging in reviewed calls",
    obligation="Identify common mistakes across the workforce and put them right (HMIC 2014, recommendation 3).",
    runbook="Read the reviewed calls with this theme together; decide with the service improvement team what to tell "
    "or teach whom.",
    judge=judge,
    explain=explain,
)
