"""Unknown is not no: what an empty field means where its feed's system does not hold it.

The policy says which fields a feed lacks, by the time of the record that leaves them empty.  A rule that such a field
decides is not judged (:meth:`streams.obligations.findings.Rule.judgement`).  Elsewhere what is asked of the field is
left out.  What a feed states in a field that it lacks counts as ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from schemas.identifiers import CrimeRef, normalise
from schemas.records import NoCrime, Snapshot
from streams.facts.context import Context
from streams.facts.matters import Matter
from streams.facts.record import Record
from streams.policy.lacking_fields import is_empty

Decisive: TypeAlias = tuple[tuple[str, ...], ...]
"""Groups of fields: a group is unknown where all of its fields are, and any unknown group leaves a rule unjudged."""
NOTHING: Final[frozenset[str]] = frozenset()


def each_of(*fields: str) -> Decisive:
    """Return what decides a rule, where each of several fields alone does."""
    return tuple((name,) for name in fields)


def lacked_of(matter: Matter[Any], context: Context) -> frozenset[str]:
    """Return the fields that the feed of a matter's record lacks, by when the matter began."""
    if not context.book.lacks_anything or matter.kind.record is None or not matter.held:
        return NOTHING
    began_at = getattr(matter.record.first, matter.kind.begins)
    return context.policy(began_at).lacked(context.force, matter.kind.record.TOPIC)


def lacked_of_decision(decision: NoCrime, context: Context) -> frozenset[str]:
    """Return the fields that the feed of no-crime decisions lacks, by when this one was taken."""
    if not context.book.lacks_anything:
        return NOTHING
    return context.policy(decision.decided_at).lacked(context.force, NoCrime.TOPIC)


def is_unknown(snapshot: Snapshot, field: str, lacked: frozenset[str]) -> bool:
    """Return whether a snapshot leaves a field empty that its feed lacks."""
    return field in lacked and is_empty(getattr(snapshot, field))


def was_never_stated(record: Record[Any], field: str) -> bool:
    """Return whether every snapshot in effect leaves a field empty."""
    return all(is_empty(getattr(snapshot, field)) for snapshot in record.effective)


def is_never_known(record: Record[Any], field: str, lacked: frozenset[str]) -> bool:
    """Return whether a feed lacks a field that a record never stated."""
    return field in lacked and was_never_stated(record, field)


def undecidable_by(record: Record[Any], groups: Decisive, lacked: frozenset[str]) -> Iterator[str]:
    """Yield the fields for want of which a record cannot be judged: a group lacking, and never stated."""
    for group in groups:
        if lacked.issuperset(group) and all(was_never_stated(record, field) for field in group):
            yield from group


def is_undecidable(decision: NoCrime, field: str, context: Context) -> bool:
    """Return whether the field that decides a rule on a decision is lacking, and was never stated."""
    if field not in lacked_of_decision(decision, context):
        return False
    crime = context.facts.crimes[CrimeRef(normalise(decision.crime_ref))]
    return was_never_stated(crime.decisions[decision.decided_at], field)
