"""Whether a no-crime decision is valid in itself: who took it, and what it rests on.

Today these are cancellations C2 to C5 and the transfer C1; in 2013 they were no-crimes.  CRR p25,
Responsibility for decision making, and CRR p25, Rape and homicide crimes: decisions under C2 to C5 are taken by someone
independent of the investigation, rape and homicide by the Force Crime Registrar, and every one rests on what can be
shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from schemas.identifiers import CrimeRef, normalise
from schemas.records import Crime, NoCrime, VerifiableInformation
from streams.actions.assessing import NO_CRIME_ROLES
from streams.facts.context import Context
from streams.facts.matters import Matter
from streams.obligations.assessments import registrars
from streams.obligations.cancellations import restored_at
from streams.obligations.lacking import is_undecidable, is_unknown, lacked_of_decision
from streams.obligations.text import has_text

REGISTRAR_ONLY_REASONS = {
    "RAPE": frozenset({"NO_CRIME", "C2", "C3", "C4", "C5"}),
    "HOMICIDE": frozenset({"NO_CRIME", "C2"}),
}
INDEPENDENT_REASONS = frozenset({"C2", "C3", "C4", "C5"})


def is_authority_unknown(decision: NoCrime, context: Context) -> bool:
    """Return whether nobody can say who took the decision: the feed does not hold it."""
    return is_undecidable(decision, "decided_by_role", context)


def is_unauthorised(decision: NoCrime, context: Context) -> bool:
    """Return whether its maker had no authority to take the decision, or was not independent."""
    if is_authority_unknown(decision, context):
        return False
    if decision.reason in REGISTRAR_ONLY_REASONS.get(decision.offence_class, ()):
        authority = registrars(context)
    else:
        authority = NO_CRIME_ROLES
    independent = (
        decision.reason not in INDEPENDENT_REASONS
        or decision.independent is True
        or is_unknown(decision, "independent", lacked_of_decision(decision, context))
    )
    return decision.decided_by_role not in authority or not independent


def is_support_unknown(decision: NoCrime, context: Context) -> bool:
    """Return whether the feed holds, and the decision states, nothing that its reason must rest on."""
    return not any(True for _ in _support(decision, context))


def is_unsupported(decision: NoCrime, context: Context) -> bool:
    """Return whether the decision lacks what its reason must rest on."""
    return not all(_support(decision, context))


def _support(decision: NoCrime, context: Context) -> Iterator[bool]:
    """Yield whether each thing that the reason must rest on is there; what is not known is left out."""
    lacked = lacked_of_decision(decision, context)
    for field, there in _required(decision, context).items():
        if there or not is_unknown(decision, field, lacked):
            yield there


def _required(decision: NoCrime, context: Context) -> Mapping[str, bool]:
    """Return whether the decision has what its reason must rest on, by the field that states it."""
    match decision.reason:
        case "NO_CRIME" | "C2":
            return {"avi": _has_verifiable_information(decision), "rationale": has_text(decision.rationale)}
        case "C1":
            return {"receiving_ref": has_text(decision.receiving_ref)}
        case "C3":
            return {"duplicate_of": _duplicates_a_held_crime(decision, context)}
        case "C4":
            return {"rationale": has_text(decision.rationale)}
        case _:
            code = _offence_code(decision, context)
            decisive = "offence_code" if code is None else "reason"  # the crime's own code is known without it
            return {decisive: context.policy(decision.decided_at).is_self_defence_code(code)}


def is_invalid(decision: NoCrime, context: Context) -> bool:
    """Return whether the decision by itself raises no-crime-unauthorised or no-crime-unsupported."""
    return is_unauthorised(decision, context) or is_unsupported(decision, context)


def is_put_right(crime: Matter[Crime], decided_at: int, context: Context) -> bool:
    """Return whether an invalid decision was put right.

    A newer, valid decision on the crime puts it right, and so does CIS showing the crime RECORDED again after it was
    CANCELLED or TRANSFERRED: the decision is undone.
    """
    for newer_at, record in crime.decisions.items():
        if newer_at > decided_at and record.effective_count and not is_invalid(record.newest, context):
            return True
    restored = restored_at(crime)
    return restored is not None and restored >= decided_at


def _has_verifiable_information(decision: NoCrime) -> bool:
    robbery = decision.offence_class == "ROBBERY"
    return any(_is_filled_in(item) and (has_text(item.verified_by) or not robbery) for item in decision.avi)


def _is_filled_in(item: VerifiableInformation) -> bool:
    return has_text(item.kind) or has_text(item.detail)


def _duplicates_a_held_crime(decision: NoCrime, context: Context) -> bool:
    ref = CrimeRef(normalise(decision.duplicate_of or ""))
    if not ref or ref == normalise(decision.crime_ref):
        return False
    crime = context.facts.crimes.get(ref)
    return crime is not None and crime.held


def _offence_code(decision: NoCrime, context: Context) -> str | None:
    if has_text(decision.offence_code):
        return decision.offence_code
    crime = context.facts.crimes.get(CrimeRef(normalise(decision.crime_ref)))
    return crime.newest.offence_code if crime is not None and crime.held else None
