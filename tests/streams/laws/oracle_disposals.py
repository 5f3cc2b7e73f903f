"""The slow oracle's rules about out-of-court disposals.

Read straight from section 3 of the contract.  Numbers are the contract's own.
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas.records import Disposal, OffenderHistory
from tests.streams.laws.oracle_crimes import trained
from tests.streams.laws.oracle_findings import Found, Key, Obligation, Wrong
from tests.streams.laws.oracle_lacking import left_out
from tests.streams.laws.oracle_view import DAY, View, day_of, midnight, norm, says, since

EIGHTH_OF_APRIL_2013 = midnight(2013, 4, 8)
PRECLUDING: dict[str, list[tuple[set[str], int | None, str | None]]] = {
    "CAUTION": [({"CONVICTION", "CAUTION"}, 730, None)],
    "CONDITIONAL_CAUTION": [],
    "PND": [({"PND"}, 365, None), ({"CONVICTION"}, 730, None)],
    "CANNABIS_WARNING": [({"CANNABIS_WARNING"}, None, None), ({"CONVICTION", "PND"}, None, "DRUGS")],
    "COMMUNITY_RESOLUTION": [({"CONVICTION", "CAUTION", "COMMUNITY_RESOLUTION"}, 365, None)],
}
"""By kind of disposal: which entries preclude it, for how many days (None: always), of which class (None: of any)."""


def findings(view: View) -> Found:
    """Yield what the rules about disposals find."""
    for ref in view.refs(Disposal):
        snapshots = view.of(Disposal, ref)
        yield from of_disposal(ref, snapshots[-1], view)
        yield from of_review(ref, snapshots, view)


def of_disposal(ref: str, now: Disposal, view: View) -> Found:
    """Yield what is wrong with it at once, until it is rescinded."""
    stands = now.rescinded_at is None

    def wrong(rule_id: str, severity: str, *, so: bool) -> tuple[Key, Wrong]:
        return Key(rule_id, Disposal, ref), Wrong(stands and so, severity)

    yield wrong("disposal-ineligible", "HIGH", so=is_ineligible(now, view))
    yield wrong("disposal-implications-unexplained", "MEDIUM", so=now.implications_explained is not True)
    if now.victim_present:
        yield wrong("disposal-victim-not-consulted", "MEDIUM", so=now.victim_consulted is not True)
    if now.kind == "COMMUNITY_RESOLUTION":
        adequate = now.outcome_meaningful is True and now.offence_admitted is True
        yield wrong("disposal-outcome-inadequate", "MEDIUM", so=not adequate)


def of_review(ref: str, snapshots: Sequence[Disposal], view: View) -> Found:
    """disposal-unreviewed, and decision-maker-untrained of whoever reviewed it."""
    now = snapshots[-1]
    reviewed_at = since(snapshots, lambda then: then.reviewed_at is not None or says(then.reviewed_by))
    if reviewed_at is not None and now.reviewed_at is not None:
        reviewed_at = now.reviewed_at
    needed = [reviewed_at]
    needed += [] if left_out(now, "pnc_checked_at", view) else [now.pnc_checked_at]
    needed += [] if left_out(now, "form_attached", view) else [since(snapshots, lambda then: then.form_attached)]
    done = [time for time in needed if time is not None]
    met = [max(done)] if len(done) == len(needed) else []
    if now.rescinded_at is not None:
        met.append(now.rescinded_at)
    due_at = now.issued_at + 7 * DAY
    yield Key("disposal-unreviewed", Disposal, ref), Obligation(due_at, min(met, default=None), "LOW")
    if reviewed_at is not None and not left_out(now, "reviewed_by", view):
        untrained = not trained(now.reviewed_by, {"DISPOSALS"}, reviewed_at, view)
        yield Key("decision-maker-untrained", Disposal, ref, "REVIEW"), Wrong(untrained, "MEDIUM")


def is_ineligible(disposal: Disposal, view: View) -> bool:
    """disposal-ineligible, as long as it is not rescinded."""
    young = disposal.offender_age < 18
    if disposal.kind == "CANNABIS_WARNING" and young:
        return True
    if disposal.kind == "PND":
        too_dear = (disposal.goods_value_pence or 0) > 10_000
        if too_dear or (young and disposal.issued_at >= EIGHTH_OF_APRIL_2013):
            return True
    known = view.newest(OffenderHistory, norm(disposal.offender_id))
    return any(
        entry.kind in kinds
        and 0 < days_before(entry.date, disposal.issued_at) <= (within or 10**6)
        and of_class in {None, entry.offence_class}
        for entry in (known.entries if known else ())
        for kinds, within, of_class in PRECLUDING[disposal.kind]
    )


def days_before(earlier: int, later: int) -> int:
    """Return how many local days lie between two moments' dates."""
    return day_of(later) - day_of(earlier)
