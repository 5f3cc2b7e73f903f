"""The report of a campaign: what was done how often, what was compared, and what was found."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from agents.settings.clock import wall_clock
from tests.chaos.findings import Kind, Verdict, of_kind

if TYPE_CHECKING:
    from tests.chaos.injections.injection import Injection
    from tests.chaos.rounds import Round
    from tests.chaos.site.installation import Site

MOST_FINDINGS = 40
"""Findings that are written out; all are counted."""
_GIB = 1 << 30


@dataclass(slots=True)
class Report:
    """What is known of a campaign so far."""

    seed: int
    minutes: float
    injections: tuple[Injection, ...]
    machine: str
    """What it runs on, in words."""
    kept: bool = False
    """Whether topics and files outlive the campaign, to be looked at."""
    began: int = field(default_factory=wall_clock)
    installations: int = 0
    rounds: int = 0
    injected: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    compared: dict[str, Counter[str]] = field(default_factory=dict)
    kinds: dict[str, Counter[str]] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)

    def add_round(self, round_: Round, verdicts: Sequence[Verdict]) -> None:
        """Add what a round did and what was found after it."""
        self.rounds += 1
        self.injected.update(round_.injected)
        for verdict in verdicts:
            self.kinds.setdefault(verdict.check, Counter()).update(of_kind(verdict.findings))
            self.findings += [f"round {self.rounds}, {verdict.check}: {finding}" for finding in verdict.findings]

    def add_installation(self, site: Site, verdicts: Sequence[Verdict]) -> None:
        """Add what the last round of an installation compared, which is all there was."""
        self.ended.update(site.fleet.ended)
        self.sent.update(
            {
                "different records": len(site.feed.sent),
                "stories for the oracle": len(site.feed.stories),
                "broken messages": len(site.feed.broken),
            }
        )
        for verdict in verdicts:
            self.compared.setdefault(verdict.check, Counter()).update(verdict.compared)
        for name, count in site.fleet.refused_to_stop.items():
            self.findings.append(f"{name} did not stop when asked, {count} times")

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "began": _utc(self.began),
            "ended": _utc(wall_clock()),
            "seed": self.seed,
            "minutes": self.minutes,
            "machine": self.machine,
            "python": platform.python_version(),
            "installations": self.installations,
            "rounds": self.rounds,
            "injected": {injection.name: self.injected[injection.name] for injection in self.injections},
            "ended_by_themselves": dict(sorted(self.ended.items())),
            "sent": dict(self.sent),
            "compared": {check: dict(counts) for check, counts in self.compared.items()},
            "found": {check: dict(counts) for check, counts in self.kinds.items() if counts},
            "findings": self.findings[:MOST_FINDINGS],
        }


def this_machine() -> str:
    """Describe what this runs on: cores and memory."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    return f"{os.cpu_count()} cores and {memory:.1f} GiB"


def write_report(report: Report, path: Path) -> None:
    """Write the report as Markdown, and as JSON beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_markdown(report), encoding="utf-8")
    path.with_suffix(".json").write_text(json.dumps(report.as_json(), indent=2) + "\n", encoding="utf-8")


def as_markdown(report: Report) -> str:
    """Write the report for people."""
    facts = report.as_json()
    found = len(report.findings)
    lines = [
        "# Chaos campaign",
        "",
        _circumstances(report, facts),
        "",
        f"**{found} findings.**" if found else "**Nothing lost, nothing doubled, nothing different.**",
        "",
        *_table(("Found", "Times"), _outcomes(report)),
        "",
        "## Injected",
        "",
        *_table(("Injection", "Times", "What it does"), _injections(report)),
        "",
        "## Sent",
        "",
        *_table(("What", "How many"), [(name, f"{count:,}") for name, count in report.sent.items()]),
        "",
        "## Compared",
        "",
        *_table(("Check", "Compared", "Found"), _checks(report)),
        "",
    ]
    if report.ended:
        lines += ["## Processes that ended by themselves, and were started again", ""]
        lines += [*_table(("Process and status", "Times"), sorted(report.ended.items())), ""]
    if found:
        lines += ["## Findings", "", *(f"- {finding}" for finding in report.findings[:MOST_FINDINGS]), ""]
    return "\n".join(lines)


def _circumstances(report: Report, facts: dict[str, Any]) -> str:
    minutes = round((wall_clock() - report.began) / 60_000)
    injections = f"{report.injected.total()} injections of {len(report.injections)} kinds"
    return (
        f"{facts['began']} to {facts['ended']}, {minutes} minutes on {report.machine}, seed {report.seed}: "
        f"{report.rounds} rounds in {report.installations} installations, {injections}."
    )


def _outcomes(report: Report) -> list[tuple[object, ...]]:
    """Count what was found by kind, the kinds of which there is nothing too."""
    found = sum(report.kinds.values(), Counter[str]())
    return [(kind.lower().replace("_", " "), found[kind]) for kind in get_args(Kind)]


def _injections(report: Report) -> list[tuple[object, ...]]:
    return [(injection.name, report.injected[injection.name], injection.does) for injection in report.injections]


def _checks(report: Report) -> list[tuple[object, ...]]:
    def counts(counter: Counter[str]) -> str:
        return ", ".join(f"{count:,} {name}" for name, count in counter.items()) or "nothing"

    return [
        (check, counts(compared), counts(report.kinds.get(check, Counter())))
        for check, compared in report.compared.items()
    ]


def _table(head: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> list[str]:
    return [f"| {' | '.join(map(str, row))} |" for row in (head, ("---",) * len(head), *rows)]


def _utc(moment: int) -> str:
    return dt.datetime.fromtimestamp(moment / 1000, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
