"""The slow oracle's rules about calls: the dip sample of each handler's month, and the themes of all reviews.

Read straight from section 3 of the contract.  Numbers are the contract's own.
"""

from __future__ import annotations

import hashlib
from calendar import monthrange
from collections.abc import Sequence
from fractions import Fraction
from math import comb

from schemas.records import Call
from tests.streams.laws.oracle_findings import Found, Key, Obligation, Wrong
from tests.streams.laws.oracle_lacking import left_out
from tests.streams.laws.oracle_view import (
    DAY,
    History,
    View,
    day_of,
    local,
    midnight,
    norm,
    norms,
    on_day,
    order,
    says,
    since,
)

SAMPLED = 3
"""How many moments a handler's month has."""
MOST_BY_CHANCE = Fraction(1, 100)
FEWEST_CALLS = 3


# -- the dip sample ------------------------------------------------------------------------------------------------


def findings(view: View) -> Found:
    """call-review-overdue."""
    calls = [view.of(Call, ref) for ref in view.refs(Call)]
    months: dict[tuple[str, str], list[Call]] = {}
    for snapshots in calls:
        months.setdefault(month_of(snapshots[-1]), []).append(snapshots[-1])
    chosen = {
        ref for (handler, month), of_month in months.items() for ref in sample(view.force, handler, month, of_month)
    }
    for snapshots in calls:
        ref = norm(snapshots[-1].call_ref)
        if ref in chosen:
            due_at = snapshots[-1].handled_at + 3 * DAY
            yield Key("call-review-overdue", Call, ref), Obligation(due_at, reviewed_at(snapshots, view), "LOW")


def month_of(call: Call) -> tuple[str, str]:
    """Return whose call it was and in which local month."""
    return norm(call.call_handler), f"{local(call.handled_at):%Y-%m}"


def sample(force: str, handler: str, month: str, calls: Sequence[Call]) -> set[str]:
    """Return the references of the calls that the moments of a handler's month choose."""
    year, of_year = map(int, month.split("-"))
    begins, last_day = midnight(year, of_year, 1), midnight(year, of_year, monthrange(year, of_year)[1])
    ends = on_day(day_of(last_day) + 1)
    waiting = sorted((call.handled_at, norm(call.call_ref)) for call in calls)
    chosen = set()
    for number in range(1, SAMPLED + 1):
        drawn = hashlib.sha256(f"{force}/{handler}/{month}/{number}".encode()).digest()[:8]
        moment = begins + int.from_bytes(drawn, "big") * (ends - begins) // 2**64
        first = next(((at, ref) for at, ref in waiting if at >= moment), None)
        if first is not None:
            waiting.remove(first)
            chosen.add(first[1])
    return chosen


def reviewed_at(snapshots: Sequence[Call], view: View) -> int | None:
    """Return when a call was reviewed with the NCRS in mind.

    What a review says of the NCRS has the review's own time where it came with it, else that of its snapshot.
    """
    dated = snapshots[-1].reviewed_at
    reviewed_since = since(snapshots, lambda then: then.reviewed_at is not None or says(then.reviewed_by))
    judged_since = since(
        snapshots, lambda then: then.ncrs_compliant is not None or left_out(then, "ncrs_compliant", view)
    )
    if reviewed_since is None or judged_since is None:
        return None
    complete_since = max(reviewed_since, judged_since)
    dated_since = since(snapshots, lambda then: then.reviewed_at is not None)
    if dated is None or dated_since is None:
        return complete_since
    return dated if complete_since <= dated_since else max(dated, complete_since)


# -- themes --------------------------------------------------------------------------------------------------------


def midnights(history: History) -> list[int]:
    """Return every local midnight at which a review that any snapshot states may count, or may have ceased to."""
    reviewed = {day_of(s.reviewed_at) for _, s in history.arrived if isinstance(s, Call) and s.reviewed_at is not None}
    return [on_day(day) for day in sorted({day + passed for day in reviewed for passed in range(40)})]


def theme_findings(view: View) -> Found:
    """theme-emerging, of a view at a local midnight."""
    for theme in sorted(
        {theme for ref in view.refs(Call) for call in view.of(Call, ref) for theme in norms(call.themes)}
    ):
        yield Key("theme-emerging", Call, theme), Wrong(is_emerging(theme, view), "MEDIUM")


def is_emerging(theme: str, view: View) -> bool:
    """Tell whether its share of the last seven days' reviews is above that of the 28 days before them."""
    recent_from, before_from = view.clock - 7 * DAY, view.clock - 35 * DAY
    calls = [view.of(Call, ref)[-1] for ref in view.refs(Call)]
    dated = [(call.reviewed_at, theme in norms(call.themes)) for call in calls if call.reviewed_at is not None]
    recent = [noted for at, noted in dated if recent_from < at <= view.clock]
    before = [noted for at, noted in dated if before_from < at <= recent_from]
    if sum(recent) < FEWEST_CALLS:
        return False
    return by_chance(sum(recent), len(recent), sum(recent) + sum(before), len(recent) + len(before)) < MOST_BY_CHANCE


def by_chance(noted_recently: int, recent: int, noted: int, calls: int) -> Fraction:
    """Return how likely so many or more of all the calls that note a theme are recent (Fisher's exact test)."""
    ways = sum(
        comb(noted, among) * comb(calls - noted, recent - among)
        for among in range(noted_recently, min(noted, recent) + 1)
        if recent - among <= calls - noted
    )
    return Fraction(ways, comb(calls, recent))


def as_written(theme: str, view: View) -> str:
    """Return a theme as the first snapshot to note it wrote it."""
    noting: list[tuple[tuple[int, int, bytes], str, str]] = [
        (order(call)[:3], ref, written)
        for ref in view.refs(Call)
        for call in view.of(Call, ref)
        for written in call.themes
        if norm(written) == theme
    ]
    return min(noting, key=lambda noted: noted[:2])[2]
