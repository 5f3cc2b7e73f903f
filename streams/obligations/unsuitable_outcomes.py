"""Whether an outcome suits its crime by a row of the policy's table, as far as that is known.

A condition on a field that the feed lacks, and that the record never stated, is neither so nor not so.  A clause holds
where it would whatever such fields say, and nothing is known of it where that depends on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from schemas.identifiers import normalise
from schemas.records import Crime, Disposal
from streams.facts.context import Context
from streams.facts.matters import Matter
from streams.obligations.lacking import is_never_known, lacked_of
from streams.obligations.text import has_text
from streams.policy.outcome_rows import DisposalClause, OutcomeClause, OutcomeRow

FIELDS_ASKED: Final = (
    "outcome_role",
    "outcome_rationale",
    "fcr_oversight_at",
    "suspect_token",
    "domestic_abuse",
    "flags",
)
"""The fields of a crime that a row may ask for and that its feed may lack."""


def is_unsuitable(row: OutcomeRow, crime: Matter[Crime], context: Context) -> bool | None:
    """Return whether a clause of a row about the crime's outcome holds; None where that is not known."""
    return _any(_all(_conditions(clause, crime, context)) for clause in row.clauses)


def is_not_known(crime: Matter[Crime], field: str, context: Context) -> bool:
    """Return whether the feed lacks a field that the record never stated."""
    return is_never_known(crime.record, field, lacked_of(crime, context))


def disposals_asked(row: OutcomeRow, crime: Matter[Crime], context: Context) -> list[Matter[Disposal]]:
    """Return the disposals of a crime that a row is about, in order of their references."""
    clauses = [clause.disposals for clause in row.clauses if clause.disposals is not None]
    disposals = {disposal.ref: disposal for clause in clauses for disposal in _disposals(clause, crime, context)}
    return [disposals[ref] for ref in sorted(disposals)]


def flags_asked(row: OutcomeRow, crime: Crime) -> tuple[str, ...]:
    """Return the flags of a crime that a row is about, as they are compared."""
    lists = [flags for clause in row.clauses for flags in (clause.flags, clause.flags_not) if flags is not None]
    return tuple(normalise(flag) for flag in crime.flags if any(flags.holds(flag) for flags in lists))


def _conditions(clause: OutcomeClause, crime: Matter[Crime], context: Context) -> Iterator[bool | None]:
    """Yield of each condition of a clause whether it is so."""
    newest, lacked = crime.newest, lacked_of(crime, context)
    if clause.offence_class is not None:
        yield newest.offence_class in clause.offence_class
    if clause.offence_class_not is not None:
        yield newest.offence_class not in clause.offence_class_not
    if clause.offence_codes is not None:
        yield clause.offence_codes.holds(newest.offence_code)
    for field, is_so in _statements(clause, newest):
        yield None if is_never_known(crime.record, field, lacked) else is_so
    if clause.disposals is not None:
        yield _all_disposals(clause.disposals, crime, context)


def _statements(clause: OutcomeClause, newest: Crime) -> Iterator[tuple[str, bool]]:
    """Yield each field that a clause asks for and a feed may lack, and whether it says what is asked."""
    if clause.flags is not None:
        yield "flags", any(map(clause.flags.holds, newest.flags))
    if clause.flags_not is not None:
        yield "flags", not any(map(clause.flags_not.holds, newest.flags))
    if clause.domestic_abuse is not None:
        yield "domestic_abuse", newest.domestic_abuse is clause.domestic_abuse
    if clause.outcome_role_not is not None:
        yield "outcome_role", newest.outcome_role not in clause.outcome_role_not
    if clause.suspect_token is not None:
        yield "suspect_token", has_text(newest.suspect_token) is clause.suspect_token
    if clause.outcome_rationale is not None:
        yield "outcome_rationale", has_text(newest.outcome_rationale) is clause.outcome_rationale
    if clause.fcr_oversight_at is not None:
        yield "fcr_oversight_at", (newest.fcr_oversight_at is not None) is clause.fcr_oversight_at


def _all_disposals(clause: DisposalClause, crime: Matter[Crime], context: Context) -> bool | None:
    """Return whether there is a disposal that a clause is about, and all of them are as it says."""
    disposals = _disposals(clause, crime, context)
    return bool(disposals) and _all(
        condition for disposal in disposals for condition in _disposal_conditions(clause, disposal, context)
    )


def _disposals(clause: DisposalClause, crime: Matter[Crime], context: Context) -> list[Matter[Disposal]]:
    """Return the disposals that a clause is about: those of its kinds that are not rescinded."""
    return [
        disposal
        for disposal in context.facts.disposals_of(crime)
        if disposal.newest.kind in clause.kinds and disposal.newest.rescinded_at is None
    ]


def _disposal_conditions(clause: DisposalClause, disposal: Matter[Disposal], context: Context) -> Iterator[bool | None]:
    newest = disposal.newest
    if clause.offender_age_under is not None:
        yield newest.offender_age < clause.offender_age_under
    if clause.offender_age_from is not None:
        yield newest.offender_age >= clause.offender_age_from
    if clause.offence_admitted is not None:
        is_unknown = is_never_known(disposal.record, "offence_admitted", lacked_of(disposal, context))
        yield None if is_unknown else bool(newest.offence_admitted) is clause.offence_admitted


def _all(conditions: Iterable[bool | None]) -> bool | None:
    """Return whether all hold, as far as that is known: one that does not is enough."""
    known = set(conditions)
    return False if False in known else None if None in known else True


def _any(clauses: Iterable[bool | None]) -> bool | None:
    """Return whether one holds, as far as that is known: one that does is enough."""
    known = set(clauses)
    return True if True in known else None if None in known else False
