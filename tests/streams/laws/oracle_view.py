"""The slow oracle's eyes: what had been saved by a moment, which crimes count, and what links them.

Read straight from sections 1 to 3 of the contract, without indexes and without anything of ``streams``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from schemas.codec import body_digest
from schemas.records import AsbReport, Crime, Incident, Link, NoCrime, Referral, Snapshot

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
LONDON = ZoneInfo("Europe/London")
FIRST_OF_APRIL_2015 = int(datetime(2015, 4, 1, tzinfo=LONDON).timestamp() * 1000)
NOT_REPORTS = {"RTC"}
CRIME_CODES = {"CRIME"}
SELF_DEFENCE = {"8N"}
"""As much of the policy's lists as the histories use."""

REPORTS: dict[type[Snapshot], tuple[str, str]] = {
    Incident: ("STORM", "incident_ref"),
    Referral: ("CATS", "referral_ref"),
    AsbReport: ("SENTINEL", "asb_ref"),
}


def norm(written: str | None) -> str:
    """Return a reference as references are compared."""
    letters = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in (written or "").upper())
    return "-".join(letters.split())


def norms(written: Iterable[str]) -> set[str]:
    """Return references as they are compared, without blank ones."""
    return {ref for ref in map(norm, written) if ref}


def says(text: str | None) -> bool:
    """Tell whether a text is more than blank."""
    return bool((text or "").strip())


def order(snapshot: Snapshot) -> tuple[int, int, bytes, bytes]:
    """Return the contract's order of versions."""
    return (snapshot.event_time, snapshot.revision, snapshot.event_id.encode(), body_digest(snapshot))


class View:
    """What has been saved by a moment; ``at`` looks back from it."""

    def __init__(self, saved: list[Snapshot], moment: int) -> None:
        self.moment = moment
        self.saved = [snapshot for snapshot in saved if snapshot.event_time <= moment]

    def at(self, moment: int) -> View:
        """Return what had been saved by an earlier moment."""
        return View(self.saved, moment)

    def of(self, kind: type[Snapshot], field: str, ref: str) -> list[Any]:
        """Return every snapshot of one record, in order."""
        return sorted((s for s in self.saved if type(s) is kind and norm(getattr(s, field)) == ref), key=order)

    def refs(self, kind: type[Snapshot], field: str) -> set[str]:
        """Return every record of a kind."""
        return {norm(getattr(s, field)) for s in self.saved if type(s) is kind}

    def incident(self, ref: str) -> Incident | None:
        """Return what STORM says of an incident."""
        snapshots: list[Incident] = self.of(Incident, "incident_ref", ref)
        return snapshots[-1] if snapshots else None

    def crime(self, ref: str) -> Crime | None:
        """Return what CIS says of a crime."""
        snapshots: list[Crime] = self.of(Crime, "crime_ref", ref)
        return snapshots[-1] if snapshots else None

    def decisions(self, ref: str) -> list[NoCrime]:
        """Return what each decision on a crime says, by decided_at."""
        snapshots = self.of(NoCrime, "crime_ref", ref)
        return [[s for s in snapshots if s.decided_at == at][-1] for at in sorted({s.decided_at for s in snapshots})]

    def since(self, holds: Callable[[View], bool]) -> int | None:
        """Return the first moment since which something has held without a break."""
        start = None
        for moment in sorted({s.event_time for s in self.saved}, reverse=True):
            if not holds(self.at(moment)):
                break
            start = moment
        return start


# -- crimes and decisions ------------------------------------------------------------------------------------------


def unauthorised(decision: NoCrime) -> bool:
    """Section 3, no-crime-unauthorised."""
    registrar_alone = (decision.offence_class == "RAPE" and decision.reason != "C1") or (
        decision.offence_class == "HOMICIDE" and decision.reason in {"NO_CRIME", "C2"}
    )
    if decision.decided_by_role not in ({"FCR"} if registrar_alone else {"FCR", "DEPUTY_FCR", "DDM"}):
        return True
    return decision.reason in {"C2", "C3", "C4", "C5"} and decision.independent is not True


def unsupported(decision: NoCrime, view: View) -> bool:
    """Section 3, no-crime-unsupported."""
    if decision.reason in {"NO_CRIME", "C2"}:
        avi = [item for item in decision.avi if decision.offence_class != "ROBBERY" or says(item.verified_by)]
        return not avi or not says(decision.rationale)
    if decision.reason == "C1":
        return not says(decision.receiving_ref)
    if decision.reason == "C3":
        other = norm(decision.duplicate_of)
        return not other or other == norm(decision.crime_ref) or view.crime(other) is None
    if decision.reason == "C4":
        return not says(decision.rationale)
    crime = view.crime(norm(decision.crime_ref))
    code = decision.offence_code if says(decision.offence_code) else crime.offence_code if crime else None
    return norm(code) not in SELF_DEFENCE


def flawed(decision: NoCrime, view: View) -> bool:
    """Tell whether a decision raises either of the two rules of itself."""
    return unauthorised(decision) or unsupported(decision, view)


def put_right(decision: NoCrime, view: View) -> bool:
    """Tell whether a newer decision without flaw, or restoring the crime, put a decision right."""
    ref = norm(decision.crime_ref)
    if any(other.decided_at > decision.decided_at and not flawed(other, view) for other in view.decisions(ref)):
        return True
    restored = view.since(lambda then: (crime := then.crime(ref)) is not None and crime.status == "RECORDED")
    if restored is None or restored < decision.decided_at:
        return False
    return view.at(restored - 1).crime(ref) is not None


def gone_since(ref: str, view: View) -> int | None:
    """Since when CIS has shown a crime CANCELLED or TRANSFERRED."""
    return view.since(lambda then: (crime := then.crime(ref)) is not None and crime.status != "RECORDED")


def is_n100(crime: Crime) -> bool:
    """Tell whether a record is a reported incident of rape."""
    return norm(crime.offence_code).startswith("N100")


def stands_for(ref: str, view: View, passed: frozenset[str] = frozenset()) -> str | None:
    """Which crime counts where one is linked: itself, the one it duplicates, or none."""
    crime = view.crime(ref)
    if crime is None or is_n100(crime) or ref in passed:
        return None
    if crime.status == "RECORDED":
        return ref
    decisions = view.decisions(ref)
    if not decisions:
        since = gone_since(ref, view)
        assert since is not None
        return ref if view.moment <= since + DAY else None
    if flawed(decisions[-1], view):
        return None
    if decisions[-1].reason == "C3":
        return stands_for(norm(decisions[-1].duplicate_of), view, passed | {ref})
    return ref


def first_recorded_at(ref: str, view: View) -> int:
    """As the first snapshot stated it."""
    return int(view.of(Crime, "crime_ref", ref)[0].recorded_at)


# -- links ---------------------------------------------------------------------------------------------------------


def directly_linked(system: str, ref: str, view: View) -> set[str]:
    """Return the crimes that any side says belong to a report."""
    linked: set[str] = set()
    for kind, (of_system, field) in REPORTS.items():
        if of_system == system and (snapshots := view.of(kind, field, ref)):
            linked |= norms(snapshots[-1].crime_refs)
    side = {"STORM": "incident_refs", "CATS": "referral_refs", "SENTINEL": "asb_refs"}[system]
    for crime_ref in view.refs(Crime, "crime_ref"):
        crime = view.crime(crime_ref)
        if ref in norms(getattr(crime, side)):
            linked.add(crime_ref)
    newest: dict[str, Link] = {}
    for said_link in sorted((s for s in view.saved if isinstance(s, Link)), key=order):
        if said_link.left_system == system and norm(said_link.left_ref) == ref:
            newest[norm(said_link.crime_ref)] = said_link
    return linked | {crime_ref for crime_ref, said_link in newest.items() if said_link.confirmed}


def linked_crimes(system: str, ref: str, snapshots: Any, view: View) -> set[str]:
    """Directly, or through an incident that a referral or ASB report cites."""
    linked = directly_linked(system, ref, view)
    if system != "STORM":
        for incident in norms(snapshots.incident_refs):
            linked |= directly_linked("STORM", incident, view)
    return linked
