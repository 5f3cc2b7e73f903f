"""An audit's sample as it is now: what was drawn, and what was added of records that came later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from streams.audits.draw import NO_THRESHOLD, is_read_twice, record_digest
from streams.audits.frames import FRAMES, frame_records
from streams.audits.plan import SHORT, AuditPlan, PlannedStratum
from streams.facts.context import Context
from streams.facts.matters import Matter


class DrawnRecord(NamedTuple):
    """A record to be read."""

    system: str
    ref: str
    """As its system wrote it first."""
    normalised_ref: str
    stratum: str
    digest: str
    added: bool
    """Whether it came after the audit was planned."""
    read_twice: bool
    """Whether a second reader reads it too."""


class StratumNow(NamedTuple):
    """A stratum with the records that came later."""

    name: str
    population: int
    sample_size: int
    """Drawn, those that are gone included."""
    records: tuple[DrawnRecord, ...]
    """In the order of their digests."""


class AuditSample(NamedTuple):
    """What is to be read in an audit."""

    plan: AuditPlan
    strata: tuple[StratumNow, ...]

    @property
    def records(self) -> Iterator[DrawnRecord]:
        """Every record to be read, by stratum."""
        return (record for stratum in self.strata for record in stratum.records)

    @property
    def gone(self) -> int:
        """How many records that were drawn are forgotten or erased."""
        return sum(stratum.sample_size - len(stratum.records) for stratum in self.strata)


class _Found(NamedTuple):
    """A record of the frame's kind with its digest."""

    digest: str
    matter: Matter
    later: bool


def sample_of(plan: AuditPlan, context: Context) -> AuditSample:
    """Return the sample of a planned audit by what is known now.

    What was drawn stays drawn, in its stratum, whatever became of it.  A record of the period that came later is drawn
    where its digest is at most its stratum's threshold.
    """
    frame = FRAMES[plan.frame]
    matters = context.facts.matters[frame.kind]
    found: dict[str, list[_Found]] = {stratum.name: [] for stratum in plan.strata}
    for record in frame_records(frame, context, plan.start, plan.end, plan.by, plan.planned_at, plan.audit_id):
        digest = record_digest(plan.audit_id, record.system, record.ref)
        found.setdefault(record.stratum, []).append(_Found(digest, matters[record.ref], record.later))
    wanted = {digest for stratum in plan.strata for digest in stratum.drawn}
    drawn = {one.digest[:SHORT]: one for inside in found.values() for one in inside if one.digest[:SHORT] in wanted}
    if len(drawn) < len(wanted):
        drawn |= _elsewhere(plan, matters.values(), wanted - drawn.keys())
    planned = {stratum.name: stratum for stratum in plan.strata}
    strata = [
        _stratum(plan, planned.get(name, PlannedStratum(name, 0, NO_THRESHOLD, ())), found[name], drawn, context)
        for name in sorted(found, key=str.encode)
    ]
    return AuditSample(plan, tuple(strata))


def _stratum(
    plan: AuditPlan, planned: PlannedStratum, inside: list[_Found], drawn: Mapping[str, _Found], context: Context
) -> StratumNow:
    """Return a stratum with what was drawn of it, wherever that is now, and what came later."""
    added = [one for one in inside if one.digest <= planned.threshold and one.digest[:SHORT] not in drawn]
    records = [
        *(
            _drawn(plan, context, drawn[digest], planned.name, added=False)
            for digest in planned.drawn
            if digest in drawn
        ),
        *(_drawn(plan, context, one, planned.name, added=True) for one in added),
    ]
    sample_size = len(planned.drawn) + len(added)
    population = max(planned.population + sum(one.later for one in inside), len(inside), sample_size)
    records.sort(key=lambda record: record.digest)
    return StratumNow(planned.name, population, sample_size, tuple(records))


def _elsewhere(plan: AuditPlan, matters: Iterable[Matter], missing: Iterable[str]) -> Mapping[str, _Found]:
    """Find drawn records that the frame holds no longer: recoded, say, or linked since."""
    wanted = set(missing)
    found = {}
    for matter in matters:
        digest = record_digest(plan.audit_id, matter.kind.system, matter.ref)
        if digest[:SHORT] in wanted:
            found[digest[:SHORT]] = _Found(digest, matter, later=False)
    return found


def _drawn(plan: AuditPlan, context: Context, one: _Found, stratum: str, *, added: bool) -> DrawnRecord:
    system, ref = one.matter.kind.system, one.matter.ref
    return DrawnRecord(
        system=system,
        ref=one.matter.written_ref(),
        normalised_ref=ref,
        stratum=stratum,
        digest=one.digest,
        added=added,
        read_twice=is_read_twice(plan.audit_id, system, ref, context.book.audits.second_reader_percent),
    )
