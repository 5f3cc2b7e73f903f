"""The page of who decides that crimes do not count: funnel, shares, month-ends.  It names people."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

import msgspec
from starlette.responses import Response

from dashboards.board.domain.date_range import DateRange, dates_of
from dashboards.board.drawings.funnel_chart import FunnelChart, funnel_chart
from dashboards.board.http.csv import csv_file, csv_name
from dashboards.board.http.query_params import one_of
from dashboards.board.pages.handler import Visit
from dashboards.board.readmodel import policy_comparisons
from dashboards.board.readmodel.counts import force_counts
from dashboards.board.readmodel.counts.force_counts import CountAge
from streams.reports.deciders.crime_decisions import DECISION_KINDS, DecisionKind, DecisionTally
from streams.reports.deciders.decider_fields import every_share, shares_as_csv
from streams.reports.deciders.decider_shares import DECIDED_BY, DecidedBy, DeciderShare, decider_shares

MONTHS: Final = 12
KINDS_IN_WORDS: Final[dict[DecisionKind, str]] = {
    "CANCELLED": "Cancelled or transferred",
    "WRONGLY": "Cancelled wrongly",
    "RECLASSIFIED": "Reclassified",
    "NOT_CRIMED": "Said to be no crime",
    "N100": "N100 records",
}
SENTENCES: Final[dict[DecisionKind, str]] = {
    "CANCELLED": "Of crimes recorded, those that were cancelled or transferred: by who decided on it, and of a crime "
    "that stands by who recorded it.",
    "WRONGLY": "Of decisions to cancel or transfer a crime, those taken without authority or without grounds.",
    "RECLASSIFIED": "Of crimes that stand, those of another class than at first, or that are coded as a reported "
    "incident now: by the officer in the case, else who recorded it. CIS does not hold who reclassified it.",
    "NOT_CRIMED": "Of reports that were answered, those said to be no crime, another's or a duplicate: by the "
    "attending officer, else the call handler (STORM does not hold who closed a log); and of assessments by who gave "
    "them.",
    "N100": "Of rapes and reported incidents of rape recorded, those coded N100: by who recorded it.",
}
BY_IN_WORDS: Final[dict[DecidedBy, str]] = {"DECIDER": "Decider", "TEAM": "Team", "MONTH": "Month"}


class PeerGroup(msgspec.Struct, frozen=True):
    """Those who are compared with one another, and their drawing."""

    title: str
    shares: tuple[DeciderShare, ...]
    chart: FunnelChart | None


class DecisionsView(msgspec.Struct, frozen=True):
    """What the page is asked for, and what it shows."""

    force: str
    age: CountAge | None
    forces: list[str]
    kind: DecisionKind
    by: DecidedBy
    dates: DateRange
    tallies: list[DecisionTally]


def show(visit: Visit) -> Response:
    """Show the shares of one kind of decision."""
    view = _view(visit)
    shares = decider_shares(view.tallies, view.by)
    return visit.page(
        "deciders.html",
        view=view,
        groups=list(_groups(shares)),
        kinds=KINDS_IN_WORDS,
        sentence=SENTENCES[view.kind],
        bys=BY_IN_WORDS,
        outside=[share for share in shares if share.outside == "ABOVE"],
        month_ends=[share for share in shares if share.month_end_outside == "ABOVE"],
        action_id=str(uuid.uuid4()),
    )


def export(visit: Visit) -> Response:
    """Give every share of one kind of decision as a file."""
    view = _view(visit)
    name = csv_name(f"deciders-{view.kind.lower()}", [view.force], view.dates.in_file_name)
    return csv_file(name, shares_as_csv(every_share(view.tallies)))


def _view(visit: Visit) -> DecisionsView:
    query = visit.request.query_params
    kind = next((name for name in DECISION_KINDS if name == one_of(query, "kind", DECISION_KINDS)), DECISION_KINDS[0])
    by = next((name for name in DECIDED_BY if name == one_of(query, "by", DECIDED_BY)), DECIDED_BY[0])
    fresh = visit.board.freshness(visit.person)
    dates = dates_of(query, max(fresh.presents.values(), default=fresh.wall), MONTHS)
    with visit.board.model.reading() as connection:
        forces = policy_comparisons.forces(connection, visit.person)
        chosen = query.get("force", "") or (forces[0] if forces else "")
        force = chosen if chosen in forces else ""
        age = next((one for one in force_counts.ages(connection, visit.person) if one.force == force), None)
        tallies = force_counts.decisions(connection, force, kind, dates.months) if age else []
    return DecisionsView(force, age, forces, kind, by, dates, tallies)


def _groups(shares: Sequence[DeciderShare]) -> Iterator[PeerGroup]:
    """Yield those who are compared with each other, those whose work such decisions are last."""

    def peers(share: DeciderShare) -> tuple[bool, bool]:
        return share.designated, share.by == "DECIDER" and not share.value

    titles = {
        (False, False): "",
        (False, True): "Nobody named",
        (True, False): "Those whose work it is: registrar, deputy, designated decision makers",
        (True, True): "Nobody named",
    }
    for group, of_group in groupby(sorted(shares, key=peers), key=peers):
        listed = tuple(sorted(of_group, key=lambda share: (share.outside is None, -share.against, share.value)))
        if shares[0].by == "MONTH":
            listed = tuple(sorted(listed, key=lambda share: share.value))
        yield PeerGroup(titles[group], listed, funnel_chart(listed))
