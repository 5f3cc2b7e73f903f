"""What is wrong with a no-crime decision in itself: who took it, and what it rests on.

Today these are cancellations C2 to C5 and the transfer C1; in 2013 they were no-crimes.  Crime Recording Rules,
section C ("Cancelling or transferring a recorded crime"): decisions under C2 to C5 are taken by someone independent of
the investigation, rape and homicide by the Force Crime Registrar, and every one rests on what can be shown.
"""

from __future__ import annotations

from schemas.identifiers import normalise
from schemas.records import NoCrime, VerifiableInformation
from streams.facts.context import Context
from streams.facts.matters import Matter

REGISTRAR_ONLY_REASONS = {
    "RAPE": frozenset({"NO_CRIME", "C2", "C3", "C4", "C5"}),
    "HOMICIDE": frozenset({"NO_CRIME", "C2"}),
}
REGISTRAR = frozenset({"FCR"})
DECISION_MAKERS = frozenset({"FCR", "DEPUTY_FCR", "DDM"})
INDEPENDENT_REASONS = frozenset({"C2", "C3", "C4", "C5"})


def stated(text: str | None) -> bool:
    """Say whether a text says anything: blank text is no rationale."""
    return bool(text and not text.isspace())


def is_unauthorised(decision: NoCrime, context: Context) -> bool:
    """Say whether whoever took the decision had no authority to, or was not independent."""
    if decision.reason in REGISTRAR_ONLY_REASONS.get(decision.offence_class, ()):
        authority = REGISTRAR if context.book.has_registrar(context.force) else REGISTRAR | {"CHIEF_OFFICER"}
    else:
        authority = DECISION_MAKERS
    independent = decision.reason not in INDEPENDENT_REASONS or decision.independent is True
    return decision.decided_by_role not in authority or not independent


def is_unsupported(decision: NoCrime, context: Context) -> bool:
    """Say whether the decision lacks what its reason must rest on."""
    match decision.reason:
        case "NO_CRIME" | "C2":
            return not (_has_verifiable_information(decision) and stated(decision.rationale))
        case "C1":
            return not stated(decision.receiving_ref)
        case "C3":
            return not _duplicates_a_held_crime(decision, context)
        case "C4":
            return not stated(decision.rationale)
        case _:
            return not context.policy(decision.decided_at).is_self_defence_code(_offence_code(decision, context))


def is_flawed(decision: NoCrime, context: Context) -> bool:
    """Say whether the decision raises no-crime-unauthorised or no-crime-unsupported of itself."""
    return is_unauthorised(decision, context) or is_unsupported(decision, context)


def is_put_right(crime: Matter, decided_at: int, context: Context) -> bool:
    """Say whether a flawed decision no longer matters.

    A newer decision on the crime without a flaw puts it right, and so does the crime being RECORDED again after CIS
    showed it CANCELLED or TRANSFERRED: the decision is undone.
    """
    for newer, record in crime.decisions.items():
        if newer > decided_at and record.effective_count and not is_flawed(record.newest, context):
            return True
    restored = restored_at(crime)
    return restored is not None and restored >= decided_at


def restored_at(crime: Matter) -> int | None:
    """Return since when (ms) the crime has been RECORDED again after it was not, or None."""
    again = crime.record.since(lambda said: said.status == "RECORDED")
    if again is None or crime.record.as_of(again.event_time - 1) is None:
        return None
    # What CIS showed just before, if anything, can only have been that the crime was gone.
    return int(again.event_time)


def gone_since(crime: Matter) -> int | None:
    """Return since when (ms) CIS has shown the crime CANCELLED or TRANSFERRED without a break, or None."""
    gone = crime.record.since(lambda said: said.status != "RECORDED") if crime.held else None
    return None if gone is None else gone.event_time


def first_gone_at(crime: Matter) -> int | None:
    """Return when (ms) CIS first showed the crime CANCELLED or TRANSFERRED, even if it is RECORDED again, or None."""
    return next((said.event_time for said in crime.record.effective if said.status != "RECORDED"), None)


def _has_verifiable_information(decision: NoCrime) -> bool:
    robbery = decision.offence_class == "ROBBERY"
    return any(_says_something(item) and (stated(item.verified_by) or not robbery) for item in decision.avi)


def _says_something(item: VerifiableInformation) -> bool:
    return stated(item.kind) or stated(item.detail)


def _duplicates_a_held_crime(decision: NoCrime, context: Context) -> bool:
    ref = normalise(decision.duplicate_of or "")
    if not ref or ref == normalise(decision.crime_ref):
        return False
    crime = context.facts.crimes.get(ref)
    return crime is not None and crime.held


def _offence_code(decision: NoCrime, context: Context) -> str | None:
    if stated(decision.offence_code):
        return decision.offence_code
    crime = context.facts.crimes.get(normalise(decision.crime_ref))
    return crime.newest.offence_code if crime is not None and crime.held else None
