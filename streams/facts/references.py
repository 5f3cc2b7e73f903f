"""What a snapshot states of names and links: its record's identity, the references in it, the links it claims."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from schemas.identifiers import normalise
from schemas.records import AsbReport, Crime, Incident, Link, Referral, Snapshot
from streams.facts.linkage import Report
from streams.facts.matters import ASB_REPORT, INCIDENT, REFERRAL, Kind


def references(written: Sequence[str]) -> list[str]:
    """Return the references among ``written``, normalised, each once; blank ones are none."""
    return list(dict.fromkeys(ref for ref in map(normalise, written) if ref)) if written else []


def identity(snapshot: Snapshot) -> str:
    """Return what names the record a snapshot is of, normalised; parts joined by ``|``."""
    if len(snapshot.IDENTITY) == 1:
        return normalise(getattr(snapshot, snapshot.IDENTITY[0]))
    parts = (getattr(snapshot, field) for field in snapshot.IDENTITY)
    return "|".join(normalise(part) if isinstance(part, str) else str(part) for part in parts)


def report_links(kind: Kind) -> Callable[[str, Any], list[tuple[Report, str]]]:
    """Return the reader of the links that a report of ``kind`` states."""

    def links(ref: str, said: Incident | Referral | AsbReport) -> list[tuple[Report, str]]:
        return [((kind.system, ref), crime) for crime in references(said.crime_refs)]

    return links


def crime_links(ref: str, said: Crime) -> list[tuple[Report, str]]:
    """Return the links that a crime record states."""
    sides = ((INCIDENT, said.incident_refs), (REFERRAL, said.referral_refs), (ASB_REPORT, said.asb_refs))
    return [((kind.system, report), ref) for kind, written in sides for report in references(written)]


def person_links(said: Link) -> list[tuple[Report, str]]:
    """Return the link that a person states, while it is confirmed."""
    return [((said.left_system, normalise(said.left_ref)), normalise(said.crime_ref))] if said.confirmed else []
