"""The page of one policy comparison: progress, counts by rule, and the alerts that differ."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Final, get_args
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from dashboards.board.domain.date_range import DateRange, dates_within
from dashboards.board.domain.rule_summaries import RuleRow, rule_rows
from dashboards.board.http.csv import csv_field, csv_name, csv_response
from dashboards.board.http.query_params import one_of, page_number
from dashboards.board.pages.figures import shows_small_counts, whole_months_unless_permitted
from dashboards.board.pages.handler import Visit
from dashboards.board.pages.policies import PHASES, STATES, find
from dashboards.board.readmodel import alert_differences, policy_comparisons
from dashboards.board.readmodel.alert_differences import DifferenceFilter, PolicyOutcome
from dashboards.board.readmodel.policy_comparisons import ComparisonResult, PolicyComparison
from streams.policy.calendar import local_date
from streams.reports.alert_differences import DifferenceKind, RuleSummary, sum_by_rule
from streams.rules import RULES

ROWS: Final = 100
_KINDS: Final[dict[str, str]] = {
    "APPEARS": "Only the policy chosen finds it",
    "VANISHES": "Only the policy in force finds it",
    "MOVES": "Both find it, and say otherwise",
}
_DIFFERENCE_FIELDS: Final = (
    "kind",
    "rule_id",
    "alert_id",
    "subject_system",
    "subject_ref",
    "discriminator",
    "team",
    "began_at",
)
_OUTCOME_FIELDS: Final = PolicyOutcome.__struct_fields__


class ComparisonView(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown of a comparison that is done."""

    comparison: PolicyComparison
    result: ComparisonResult
    dates: DateRange
    reveal: bool
    rules: list[RuleRow]
    filters: DifferenceFilter
    """Of the differences listed: by dates, rule and kind, without those of rules whose counts are hidden."""

    def query(self, **changed: str) -> str:
        """Write the view as a URL's query, with some of it changed."""
        parameters = {
            "from": self.dates.first.isoformat(),
            "to": self.dates.last.isoformat(),
            "rule": self.filters.rule or "",
            "kind": self.filters.kind or "",
            "small": "show" if self.reveal else "",
            **changed,
        }
        return urlencode({name: value for name, value in parameters.items() if value})


def show(visit: Visit) -> Response:
    """Show a comparison, whatever its state."""
    comparison = find(visit)
    if comparison is None:
        return _missing(visit)
    common = {
        "comparison": comparison,
        "request": comparison.request,
        "phases": PHASES,
        "states": STATES,
        "kinds": _KINDS,
        "action_id": str(uuid.uuid4()),
        "wall": visit.board.clock(),
    }
    view = _view(visit, comparison)
    with visit.board.model.reading() as connection:
        if view is None:
            ahead = policy_comparisons.ahead_of(connection, comparison) if comparison.state == "QUEUED" else 0
            return visit.page("policy_comparison.html", view=None, ahead=ahead, **common)
        number = page_number(visit.request.query_params)
        count = alert_differences.count(connection, view.filters)
        differences = alert_differences.search(connection, view.filters, ROWS, (number - 1) * ROWS)
    return visit.page(
        "policy_comparison.html",
        view=view,
        differences=differences,
        count=count,
        number=number,
        pages=max(1, -(-count // ROWS)),
        **common,
    )


def export_rules(visit: Visit) -> Response:
    """Give the counts by rule as a file."""
    comparison = find(visit)
    view = None if comparison is None else _view(visit, comparison)
    if view is None:
        return _missing(visit)
    header = ("rule_id", *RuleSummary._fields[1:])
    rows = [
        [row.rule_id, *(["hidden"] * len(header[1:]) if row.counts is None else row.counts[1:])] for row in view.rules
    ]
    return csv_response(_file_name("policies-by-rule", view), header, rows)


def export_differences(visit: Visit) -> Response:
    """Give the matters on which the policies differ as a file."""
    comparison = find(visit)
    view = None if comparison is None else _view(visit, comparison)
    if view is None:
        return _missing(visit)
    with visit.board.model.reading() as connection:
        differences = alert_differences.search(connection, view.filters)
    header = (
        *_DIFFERENCE_FIELDS,
        *(f"chosen_{name}" for name in _OUTCOME_FIELDS),
        *(f"in_force_{name}" for name in _OUTCOME_FIELDS),
    )
    rows = [
        [
            *(csv_field(difference, name) for name in _DIFFERENCE_FIELDS),
            *_outcome(difference.ours),
            *_outcome(difference.theirs),
        ]
        for difference in differences
    ]
    return csv_response(_file_name("policies-cases", view), header, rows)


def _view(visit: Visit, comparison: PolicyComparison) -> ComparisonView | None:
    """Return what is shown of a comparison; None where it has no result yet.  Raises BadQueryError."""
    query, result = visit.request.query_params, comparison.result
    if result is None:
        return None
    days = [date.fromisoformat(day) for day in result.by_day]
    fallback = local_date(comparison.request.asked_at)
    first, last = min(days, default=fallback), max(days, default=fallback)
    dates = whole_months_unless_permitted(visit, dates_within(query, first, last))
    summaries = [
        summary
        for day, of_day in result.by_day.items()
        if dates.first <= date.fromisoformat(day) <= dates.last
        for summary in of_day
    ]
    reveal = shows_small_counts(visit)
    rules = rule_rows(sum_by_rule(summaries), reveal=reveal)
    filters = DifferenceFilter(
        comparison_id=comparison.request.comparison_id,
        start=dates.start,
        end=dates.end,
        rule=one_of(query, "rule", tuple(RULES)) or None,
        kind=one_of(query, "kind", get_args(DifferenceKind)) or None,
        without=tuple(row.rule_id for row in rules if row.counts is None),
    )
    return ComparisonView(
        comparison=comparison, result=result, dates=dates, reveal=reveal, rules=rules, filters=filters
    )


def _missing(visit: Visit) -> Response:
    return visit.missing("There is no such comparison, or it is not done, or it was too old to be kept.")


def _file_name(subject: str, view: ComparisonView) -> str:
    return csv_name(subject, [view.comparison.request.force], view.dates.in_file_name)


def _outcome(outcome: PolicyOutcome | None) -> list[object]:
    return [None if outcome is None else csv_field(outcome, name) for name in _OUTCOME_FIELDS]
