"""HMIC's figures counted straight over the scenario's records, by code that shares nothing with the rules.

The last snapshot of each record is enough here: the scenario's faults stay as they are.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeVar

from deploy.scenario import events
from schemas.records import AsbReport, Crime, Disposal, Incident, NoCrime, OffenderHistory, Referral, Snapshot

HOUR = 3_600_000
DAY = 24 * HOUR
LIMIT = 72 * HOUR
EVENTS = events()

S = TypeVar("S", bound=Snapshot)
Share = tuple[int, int]


def same(reference: str) -> str:
    """Return a reference as every system's are compared."""
    return re.sub("[^A-Z0-9]+", "-", reference.upper()).strip("-")


def lives(kind: type[S]) -> dict[str, list[S]]:
    """Return every snapshot of each record of a kind, oldest first."""
    by_record: dict[str, list[S]] = defaultdict(list)
    for snapshot in EVENTS:
        if isinstance(snapshot, kind):
            by_record[same("|".join(str(getattr(snapshot, name)) for name in kind.IDENTITY))].append(snapshot)
    return dict(by_record)


def latest(kind: type[S]) -> dict[str, S]:
    """Return what each record of a kind says in the end."""
    return {name: snapshots[-1] for name, snapshots in lives(kind).items()}


INCIDENTS, CRIMES, NO_CRIMES = latest(Incident), latest(Crime), list(latest(NoCrime).values())
REFERRALS, ASB, DISPOSALS = latest(Referral), latest(AsbReport), list(latest(Disposal).values())
HISTORIES = latest(OffenderHistory)


def linked(report: Incident | Referral | AsbReport, name: str, side: str) -> set[str]:
    """Return the crimes CIS holds that name a report or that it names; direct links only."""
    named = {same(ref) for ref in report.crime_refs} & CRIMES.keys()
    return named | {ref for ref, crime in CRIMES.items() if name in map(same, getattr(crime, side))}


OF_INCIDENT = {name: linked(incident, name, "incident_refs") for name, incident in INCIDENTS.items()}
OF_REFERRAL = {
    name: linked(referral, name, "referral_refs").union(*(OF_INCIDENT[same(ref)] for ref in referral.incident_refs))
    for name, referral in REFERRALS.items()
}
OF_ASB = {name: linked(report, name, "asb_refs") for name, report in ASB.items()}


def figures() -> dict[str, Share]:
    """Return every figure HMIC published, counted here, under the label it was published by."""
    return {
        **dict(_recording("Incidents", "incidents", INCIDENTS, OF_INCIDENT, "reported_at")),
        **dict(_recording("Referrals", "referrals", REFERRALS, OF_REFERRAL, "received_at")),
        "No-crimes: correct": _share(map(decided_rightly, NO_CRIMES)),
        "No-crimes: correct, robbery": _share(map(decided_rightly, (d for d in NO_CRIMES if _robbery(d)))),
        **dict(_disposals("Cautions", "CAUTION")),
        **dict(_disposals("Penalty notices", "PND")),
        **dict(_disposals("Cannabis warnings", "CANNABIS_WARNING")),
        **dict(_disposals("Community resolutions", "COMMUNITY_RESOLUTION")),
    }


def _share(of: Iterable[object]) -> Share:
    items = list(of)
    return sum(map(bool, items)), len(items)


def _recording(
    title: str,
    reviewed: str,
    reports: dict[str, Incident] | dict[str, Referral],
    crimes_of: dict[str, set[str]],
    start: str,
) -> Iterator[tuple[str, Share]]:
    identified = sum(report.crimes_expected or 0 for report in reports.values())
    recorded = [(report, CRIMES[ref]) for name, report in reports.items() for ref in crimes_of[name]]
    yield f"{title}: crimes identified, of {reviewed} reviewed", (identified, len(reports))
    yield f"{title}: crimes recorded, of those identified", (len(recorded), identified)
    in_time = [crime.recorded_at - getattr(report, start) <= LIMIT for report, crime in recorded]
    yield f"{title}: recorded in time", _share(in_time)
    yield f"{title}: classified correctly", _share(r.offence_class == c.offence_class for r, c in recorded)


def _robbery(decision: NoCrime) -> bool:
    return decision.offence_class == "ROBBERY"


def decided_rightly(decision: NoCrime) -> bool:
    """Tell whether a no-crime decision has the authority, the information and the rationale it needs."""
    entitled = {"FCR"} if decision.offence_class == "RAPE" else {"FCR", "DEPUTY_FCR", "DDM"}
    information = [avi for avi in decision.avi if avi.verified_by or not _robbery(decision)]
    return decision.decided_by_role in entitled and bool(information) and bool((decision.rationale or "").strip())


def _disposals(title: str, kind: str) -> Iterator[tuple[str, Share]]:
    sample = [disposal for disposal in DISPOSALS if disposal.kind == kind]
    yield f"{title}: offender suitable", _share(map(suitable, sample))
    if kind != "COMMUNITY_RESOLUTION":
        yield f"{title}: implications explained", _share(disposal.implications_explained for disposal in sample)
    else:
        yield f"{title}: outcome meaningful", _share(disposal.outcome_meaningful for disposal in sample)
    if kind != "CANNABIS_WARNING":
        victims = [disposal for disposal in sample if disposal.victim_present]
        yield f"{title}: victim consulted", _share(disposal.victim_consulted for disposal in victims)


def suitable(disposal: Disposal) -> bool:
    """Tell whether the offender's age, the value of the goods and the offender's history allow the disposal."""
    earlier = [
        (entry.kind, (disposal.issued_at - entry.date) / DAY, entry.offence_class)
        for entry in HISTORIES[same(disposal.offender_id)].entries
        if entry.date != disposal.issued_at  # the disposal itself
    ]

    def past(kinds: str, days: float = math.inf, of: str = "") -> bool:
        return any(kind in kinds.split() and ago <= days and of in {"", c} for kind, ago, c in earlier)

    if disposal.kind == "CAUTION":
        return not past("CONVICTION CAUTION", 730)
    if disposal.kind == "PND":
        allowed = disposal.offender_age >= 18 and (disposal.goods_value_pence or 0) <= 10_000
        return allowed and not past("PND", 365) and not past("CONVICTION", 730)
    if disposal.kind == "CANNABIS_WARNING":
        drugs_before = past("CANNABIS_WARNING") or past("CONVICTION PND", of="DRUGS")
        return disposal.offender_age >= 18 and not drugs_before
    return not past("CONVICTION CAUTION COMMUNITY_RESOLUTION", 365)
