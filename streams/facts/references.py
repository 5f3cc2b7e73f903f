"""What a snapshot states of names and links: its own identity, its references, its links."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from schemas.identifiers import CrimeRef, IncidentRef, normalise
from schemas.records import AsbReport, Crime, Incident, Link, ProtectionReport, Referral, Snapshot
from streams.facts.linkage import Citation, CrimeLink, ReportKey
from streams.facts.matters import ASB_REPORT, INCIDENT, KIND_BY_RECORD, PROTECTION_REPORT, REFERRAL, Report


def references(written: Sequence[str]) -> list[str]:
    """Return the references among ``written``, normalised, each once; blank ones are none."""
    return [ref for ref in dict.fromkeys(map(normalise, written)) if ref] if written else []


def identity(snapshot: Snapshot) -> str:
    """Return what names the record a snapshot is of, normalised; parts joined by ``|``."""
    if len(snapshot.IDENTITY) == 1:
        return normalise(getattr(snapshot, snapshot.IDENTITY[0]))
    parts = (getattr(snapshot, field) for field in snapshot.IDENTITY)
    return "|".join(normalise(part) if isinstance(part, str) else str(part) for part in parts)


def report_key(report: Report) -> ReportKey:
    """Return what names a report across systems."""
    return KIND_BY_RECORD[type(report)].system, identity(report)


def report_links(report: Report) -> list[CrimeLink]:
    """Return the links that a report states."""
    if not report.crime_refs:
        return []
    key = report_key(report)
    return [(key, CrimeRef(crime)) for crime in references(report.crime_refs)]


def crime_links(crime: Crime) -> list[CrimeLink]:
    """Return the links that a crime record states.

    CIS has one field for referrals and protection reports: a reference in it links both of that name.
    """
    if not (crime.incident_refs or crime.referral_refs or crime.asb_refs):
        return []
    ref = CrimeRef(normalise(crime.crime_ref))
    sides = (
        (INCIDENT, crime.incident_refs),
        (REFERRAL, crime.referral_refs),
        (PROTECTION_REPORT, crime.referral_refs),
        (ASB_REPORT, crime.asb_refs),
    )
    return [((kind.system, report), ref) for kind, written in sides for report in references(written)]


def person_links(link: Link) -> list[CrimeLink]:
    """Return the link that a person states, while it is confirmed."""
    if not link.confirmed:
        return []
    return [((link.left_system, normalise(link.left_ref)), CrimeRef(normalise(link.crime_ref)))]


def incident_citations(report: Referral | ProtectionReport | AsbReport) -> list[Citation]:
    """Return the incidents that a referral, protection report or ASB report cites."""
    if not report.incident_refs:
        return []
    key = report_key(report)
    return [(key, IncidentRef(incident)) for incident in references(report.incident_refs)]


def links_of(snapshot: Snapshot) -> list[CrimeLink]:
    """Return the links that a snapshot states; none, if its type of record states none."""
    stated = LINKS.get(type(snapshot))
    return [] if stated is None else stated(snapshot)


def citations_of(snapshot: Snapshot) -> list[Citation]:
    """Return the citations that a snapshot states; none, if its type of record states none."""
    stated = CITATIONS.get(type(snapshot))
    return [] if stated is None else stated(snapshot)


LINKS: Final[Mapping[type[Snapshot], Callable[[Any], list[CrimeLink]]]] = {
    Incident: report_links,
    Referral: report_links,
    ProtectionReport: report_links,
    AsbReport: report_links,
    Crime: crime_links,
    Link: person_links,
}
"""The links that the newest snapshot of each type of record states."""

CITATIONS: Final[Mapping[type[Snapshot], Callable[[Any], list[Citation]]]] = {
    Referral: incident_citations,
    ProtectionReport: incident_citations,
    AsbReport: incident_citations,
}
"""The citations that the newest snapshot of each type of record states."""
