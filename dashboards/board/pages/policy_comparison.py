"""One comparison of policies: how far it has got, what each makes of each rule, and the cases on which they differ."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Final, get_args
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from dashboards.board.domain.period import Period, period_within
from dashboards.board.domain.rule_summaries import Verdict, verdicts
from dashboards.board.http.csv import csv_response
from dashboards.board.http.query_params import one_of, page_number
from dashboards.board.pages.endpoint import Visit
from dashboards.board.pages.figures import as_far_as_may_be_told_apart, reveals
from dashboards.board.pages.policies import PHASES, STATES, find
from dashboards.board.readmodel import alert_differences, policy_comparisons
from dashboards.board.readmodel.alert_differences import Standing, Wanted
from dashboards.board.readmodel.policy_comparisons import PolicyComparison, Result
from schemas.times import to_rfc3339
from streams.policy.calendar import local_date
from streams.reports.alert_differences import DifferenceKind, RuleSummary, sum_by_rule
from streams.rules import RULES

ROWS: Final = 100
KINDS: Final[dict[str, str]] = {
    "APPEARS": "Only the policy chosen finds it",
    "VANISHES": "Only the policy in force finds it",
    "MOVES": "Both find it, and say otherwise",
}
_CASE_FIELDS: Final = (
    "kind", "rule_id", "alert_id", "subject_system", "subject_ref", "discriminator", "team", "began_at",
)  # fmt: skip


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown of a comparison that is done."""

    comparison: PolicyComparison
    result: Result
    period: Period
    reveal: bool
    lines: list[Verdict]
    wanted: Wanted
    """The cases listed: of the period, the rule and the kind asked for, without those of hidden lines."""

    def query(self, **changed: str) -> str:
        """Write what is shown as a URL's query, with some of it changed."""
        said = {
            "from": self.period.first.isoformat(), "to": self.period.last.isoformat(), "rule": self.wanted.rule or "",
            "kind": self.wanted.kind or "", "small": "show" if self.reveal else "", **changed,
        }  # fmt: skip
        return urlencode({name: value for name, value in said.items() if value})


def show(visit: Visit) -> Response:
    """Show a comparison, whatever has become of it."""
    comparison = find(visit)
    if comparison is None:
        return _missing(visit)
    common = {
        "comparison": comparison, "asked": comparison.asked, "phases": PHASES, "states": STATES, "kinds": KINDS,
        "action_id": str(uuid.uuid4()), "wall": visit.board.clock(),
    }  # fmt: skip
    shown = _shown(visit, comparison)
    with visit.board.model.reading() as connection:
        if shown is None:
            ahead = policy_comparisons.ahead_of(connection, comparison) if comparison.state == "QUEUED" else 0
            return visit.page("comparison.html", shown=None, ahead=ahead, **common)
        number = page_number(visit.request.query_params)
        count = alert_differences.count_cases(connection, shown.wanted)
        cases = alert_differences.cases_of(connection, shown.wanted, ROWS, (number - 1) * ROWS)
    return visit.page(
        "comparison.html", shown=shown, cases=cases, count=count, number=number, pages=max(1, -(-count // ROWS)),
        **common,
    )  # fmt: skip


def rules_csv(visit: Visit) -> Response:
    """Give what each policy makes of each rule as a file."""
    comparison = find(visit)
    shown = None if comparison is None else _shown(visit, comparison)
    if shown is None:
        return _missing(visit)
    header = ("rule_id", *RuleSummary._fields[1:])
    rows = [
        [line.rule_id, *(["hidden"] * len(header[1:]) if line.numbers is None else line.numbers[1:])]
        for line in shown.lines
    ]
    return csv_response("policies-by-rule.csv", header, rows)


def cases_csv(visit: Visit) -> Response:
    """Give the cases on which the policies differ as a file."""
    comparison = find(visit)
    shown = None if comparison is None else _shown(visit, comparison)
    if shown is None:
        return _missing(visit)
    with visit.board.model.reading() as connection:
        found = alert_differences.cases_of(connection, shown.wanted)
    said = Standing.__struct_fields__
    header = (*_CASE_FIELDS, *(f"chosen_{name}" for name in said), *(f"in_force_{name}" for name in said))
    rows = [
        [
            *(_written(name, getattr(case, name)) for name in _CASE_FIELDS),
            *_standing(case.ours),
            *_standing(case.theirs),
        ]
        for case in found
    ]
    return csv_response("policies-cases.csv", header, rows)


def _shown(visit: Visit, comparison: PolicyComparison) -> Shown | None:
    """Say what is shown of a comparison; None where there is nothing yet.  Raises BadQuery."""
    query, result = visit.request.query_params, comparison.result
    if result is None:
        return None
    days = [date.fromisoformat(day) for day in result.by_day]
    fallback = local_date(comparison.asked.asked_at)
    first, last = min(days, default=fallback), max(days, default=fallback)
    period = as_far_as_may_be_told_apart(visit, period_within(query, first, last))
    chosen = [
        line
        for day, lines in result.by_day.items()
        if period.first <= date.fromisoformat(day) <= period.last
        for line in lines
    ]
    reveal = reveals(visit)
    shown = verdicts(sum_by_rule(chosen), reveal=reveal)
    wanted = Wanted(
        comparison_id=comparison.asked.comparison_id, start=period.start, end=period.end,
        rule=one_of(query, "rule", tuple(RULES)) or None, kind=one_of(query, "kind", get_args(DifferenceKind)) or None,
        without=tuple(line.rule_id for line in shown if line.numbers is None),
    )  # fmt: skip
    return Shown(comparison=comparison, result=result, period=period, reveal=reveal, lines=shown, wanted=wanted)


def _missing(visit: Visit) -> Response:
    return visit.missing("There is no such comparison, or it is not done, or it was too old to be kept.")


def _standing(said: Standing | None) -> list[object]:
    return [None if said is None else _written(name, getattr(said, name)) for name in Standing.__struct_fields__]


def _written(name: str, value: object) -> object:
    return to_rfc3339(value) if name.endswith("_at") and isinstance(value, int) else value
