"""The slow oracle's crimes: which decisions on them hold, which of them count, and what links them to reports.

Read straight from section 3 of the contract: ``no-crime-unauthorised``, ``no-crime-unsupported``, "Which crimes count".
"""

from __future__ import annotations

from typing import Any

from schemas.records import AsbReport, Crime, Incident, Link, NoCrime, ProtectionReport, Referral, Snapshot
from streams.policy import PolicyBook
from tests.streams.laws.oracle_lacking import left_out, never_stated
from tests.streams.laws.oracle_view import DAY, View, norm, norms, says

POLICY = PolicyBook.built_in().at(0)
"""Its lists of codes are used, and nothing else of it; they are the same at all times."""
SIDES: dict[type[Snapshot], str] = {
    Incident: "incident_refs",
    Referral: "referral_refs",
    ProtectionReport: "referral_refs",
    AsbReport: "asb_refs",
}
"""The kinds of report, and the field in which a crime cites them."""
LEFT: dict[type[Snapshot], str] = {
    Incident: "STORM",
    Referral: "CATS",
    ProtectionReport: "PPN",
    AsbReport: "SENTINEL",
}


def listed(code: str | None, codes: Any) -> bool:
    """Tell whether a code is on one of the policy's lists: as a whole, or by how it begins."""
    return norm(code) in codes.whole or any(norm(code).startswith(beginning) for beginning in codes.beginnings)


# -- decisions -----------------------------------------------------------------------------------------------------


def decisions_on(ref: str, view: View) -> list[NoCrime]:
    """Return what each decision on a crime says now, by decided_at."""
    newest = {snapshot.decided_at: snapshot for snapshot in view.of(NoCrime, ref)}
    return [newest[at] for at in sorted(newest)]


def of_unknown_maker(decision: NoCrime, view: View) -> bool:
    """Tell whether CIS does not hold, and never said, who took a decision."""
    snapshots = [s for s in view.of(NoCrime, norm(decision.crime_ref)) if s.decided_at == decision.decided_at]
    return never_stated(snapshots, "decided_by_role", view)


def unauthorised(decision: NoCrime, view: View) -> bool:
    """no-crime-unauthorised."""
    if of_unknown_maker(decision, view):
        return False
    registrar_alone = (decision.offence_class == "RAPE" and decision.reason != "C1") or (
        decision.offence_class == "HOMICIDE" and decision.reason in {"NO_CRIME", "C2"}
    )
    if decision.decided_by_role not in ({"FCR"} if registrar_alone else {"FCR", "DEPUTY_FCR", "DDM"}):
        return True
    of_others = decision.reason in {"C2", "C3", "C4", "C5"} and decision.independent is not True
    return of_others and not left_out(decision, "independent", view)


def supports(decision: NoCrime, view: View) -> list[bool]:
    """Return whether each thing is there that a reason asks for and CIS holds."""
    if decision.reason in {"NO_CRIME", "C2"}:
        avi = [item for item in decision.avi if decision.offence_class != "ROBBERY" or says(item.verified_by)]
        asked = {"avi": bool(avi), "rationale": says(decision.rationale)}
    elif decision.reason == "C1":
        asked = {"receiving_ref": says(decision.receiving_ref)}
    elif decision.reason == "C3":
        other = norm(decision.duplicate_of)
        held = other != norm(decision.crime_ref) and view.newest(Crime, other) is not None
        asked = {"duplicate_of": bool(other) and held}
    elif decision.reason == "C4":
        asked = {"rationale": says(decision.rationale)}
    else:
        crime = view.newest(Crime, norm(decision.crime_ref))
        code = decision.offence_code if says(decision.offence_code) else crime.offence_code if crime else None
        asked = {"reason": listed(code, POLICY.self_defence_codes)}
    return [is_there for field, is_there in asked.items() if is_there or not left_out(decision, field, view)]


def unsupported(decision: NoCrime, view: View) -> bool:
    """no-crime-unsupported."""
    return not all(supports(decision, view))


def flawed(decision: NoCrime, view: View) -> bool:
    """Tell whether a decision raises either of the two rules of itself."""
    return unauthorised(decision, view) or unsupported(decision, view)


def put_right(decision: NoCrime, view: View) -> bool:
    """Tell whether a newer decision without flaw, or restoring the crime, put a decision right."""
    ref = norm(decision.crime_ref)
    if any(other.decided_at > decision.decided_at and not flawed(other, view) for other in decisions_on(ref, view)):
        return True
    restored = view.since(lambda then: (crime := then.newest(Crime, ref)) is not None and crime.status == "RECORDED")
    if restored is None or restored < decision.decided_at:
        return False
    return view.at(restored - 1).newest(Crime, ref) is not None


# -- crimes --------------------------------------------------------------------------------------------------------


def is_coded(crime: Crime, number: str) -> bool:
    """Tell whether a record is coded under one of the reported incidents: 100, 200 or 300."""
    code = norm(crime.offence_code)
    return code in (number, f"N{number}") or code.startswith((f"{number}-", f"N{number}-"))


def is_n100(crime: Crime) -> bool:
    """Tell whether a record is a reported incident of rape."""
    return is_coded(crime, "100")


def is_no_crime(crime: Crime) -> bool:
    """Tell whether a record is a reported incident: N100, N200 or N300."""
    return any(is_coded(crime, number) for number in ("100", "200", "300"))


def cancelled_since(ref: str, view: View) -> int | None:
    """Return since when CIS has shown a crime CANCELLED or TRANSFERRED."""
    return view.since(lambda then: (crime := then.newest(Crime, ref)) is not None and crime.status != "RECORDED")


def recorded_at(ref: str, view: View) -> int:
    """Return when a crime was recorded, as the first snapshot stated it."""
    return int(view.of(Crime, ref)[0].recorded_at)


def stands_for(ref: str, view: View, passed: frozenset[str] = frozenset()) -> str | None:
    """Return which crime counts where one is linked: itself, the one it duplicates, or none."""
    crime = view.newest(Crime, ref)
    if crime is None or is_no_crime(crime) or ref in passed:
        return None
    if crime.status == "RECORDED":
        return ref
    decisions = decisions_on(ref, view)
    if not decisions:
        since = cancelled_since(ref, view)
        assert since is not None
        return ref if view.clock <= since + DAY else None
    if flawed(decisions[-1], view):
        return None
    if decisions[-1].reason == "C3":
        return stands_for(norm(decisions[-1].duplicate_of), view, passed | {ref})
    return ref


# -- links ---------------------------------------------------------------------------------------------------------


def directly_linked(kind: type[Snapshot], ref: str, view: View) -> set[str]:
    """Return the crimes that any side says belong to a report."""
    report = view.newest(kind, ref)
    linked = norms(report.crime_refs) if report is not None else set()
    linked |= {crime for crime in view.refs(Crime) if ref in norms(getattr(view.newest(Crime, crime), SIDES[kind]))}
    newest = {norm(link.crime_ref): link for link in view.of(Link, ref) if link.left_system == LEFT[kind]}
    return linked | {crime for crime, link in newest.items() if link.confirmed}


def linked_crimes(kind: type[Snapshot], ref: str, view: View) -> set[str]:
    """Directly, or through an incident that a referral or ASB report cites."""
    linked = directly_linked(kind, ref, view)
    report = view.newest(kind, ref)
    if kind is not Incident and report is not None:
        for incident in norms(report.incident_refs):
            linked |= directly_linked(Incident, incident, view)
    return linked


def linked_reports(crime: str, view: View) -> list[tuple[type[Snapshot], str]]:
    """Return the reports that a crime is linked to, of those that their systems hold."""
    return [(kind, ref) for kind in SIDES for ref in view.refs(kind) if crime in linked_crimes(kind, ref, view)]
