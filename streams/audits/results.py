"""What an audit found: the estimates of one frame, how far reading has come, and what people found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final, NamedTuple

from schemas.records import AuditReading
from schemas.vocabularies import UnrecordedCause
from streams.audits.agreement import Agreement, agreement
from streams.audits.estimation import (
    ReadPair,
    SampledStratum,
    ShareEstimate,
    YearlyNumber,
    estimate,
    unrecorded_a_year,
)
from streams.audits.frames import FRAMES, OVERALL, YEAR, FrameName, Measure, recorded_in_the_year
from streams.audits.outcomes import Outcome
from streams.audits.plan import AuditPlan
from streams.audits.readings import RecordReadings, reading_outcome, readings_in_audit
from streams.audits.sample import AuditSample, DrawnRecord, sample_of
from streams.audits.strata import FormerReadings
from streams.facts.context import Context
from streams.facts.linkage import ReportKey
from streams.facts.memory import is_whole_since

_REPORTS: Final[frozenset[FrameName]] = frozenset({*OVERALL, "DOMESTIC"})
"""The frames of reports."""
_NOT_KNOWN: Final = YearlyNumber(None, None, None)
_PAIRS: Final[Mapping[Measure, Callable[[AuditReading], ReadPair]]] = {
    "RECORDED": lambda reading: ReadPair(reading.crimes_found, reading.crimes_recorded),
    "IN_TIME": lambda reading: ReadPair(reading.crimes_recorded, reading.in_time),
    "CLASSIFIED": lambda reading: ReadPair(reading.crimes_recorded, reading.classified_right),
    "RIGHT": lambda reading: ReadPair(1, int(bool(reading.right))),
}


class RecordRead(NamedTuple):
    """A drawn record and who has read it."""

    record: DrawnRecord
    readings: RecordReadings

    @property
    def awaits_second(self) -> bool:
        """Whether a second reader is still to read it."""
        return self.record.read_twice and self.readings.second is None and self.readings.fcr is None


class StratumResult(NamedTuple):
    """What was found in one stratum."""

    name: str
    population: int
    sample_size: int
    readings: tuple[AuditReading, ...]
    """Those that stand."""

    def sampled(self, measure: Measure, prefix: str = "") -> SampledStratum:
        """Return the stratum as a measure is estimated from it."""
        pairs = tuple(map(_PAIRS[measure], self.readings))
        return SampledStratum(f"{prefix}{self.name}", self.population, pairs)

    def former(self) -> FormerReadings:
        """Return what it says for the size of a later audit."""
        return FormerReadings(
            sum(reading.crimes_found for reading in self.readings),
            sum(reading.crimes_recorded for reading in self.readings),
            len(self.readings),
        )


class AuditResults(NamedTuple):
    """What one audit found, by what is known now."""

    plan: AuditPlan
    sample: AuditSample
    records: Mapping[ReportKey, RecordRead]
    """By system and normalised reference, in the order of strata and digests."""
    strata: tuple[StratumResult, ...]
    estimates: Mapping[Measure, ShareEstimate]
    by_stratum: Mapping[str, Mapping[Measure, ShareEstimate]]
    recorded_a_year: int | None
    """Crimes of the year linked to the frame's reports (C).

    None for a frame of no reports, and where some of that year are forgotten.
    """
    unrecorded_a_year: YearlyNumber
    agreement: Agreement
    outcomes: Mapping[Outcome, int]
    causes: Mapping[UnrecordedCause, int]

    @property
    def read(self) -> int:
        """How many records have a reading that stands."""
        return sum(len(stratum.readings) for stratum in self.strata)

    @property
    def drawn(self) -> int:
        """How many records were drawn, those that are gone included."""
        return sum(stratum.sample_size for stratum in self.strata)

    @property
    def differing(self) -> int:
        """How many records wait for the registrar, since two readers differ."""
        return sum(one.readings.standing is None and one.readings.differ for one in self.records.values())


class OverallResult(NamedTuple):
    """The four frames that hold every report of crime, together."""

    audits: tuple[AuditPlan, ...]
    missing: tuple[FrameName, ...]
    """Frames of the four of which there is no audit; what is said holds for the others."""
    estimates: Mapping[Measure, ShareEstimate]
    recorded_a_year: int | None
    """None where some of that year are forgotten."""
    unrecorded_a_year: YearlyNumber


def results_of(plan: AuditPlan, context: Context) -> AuditResults:
    """Return what an audit found, by the readings that stand."""
    sample = sample_of(plan, context)
    is_counted = plan.frame in _REPORTS and _is_whole_year(plan.end, context)
    recorded = recorded_in_the_year([plan.frame], context, plan.end) if is_counted else None
    return results_from(
        sample,
        lambda subject: readings_in_audit(context.facts, subject, plan.audit_id),
        recorded_a_year=recorded,
        z=context.book.audits.z,
    )


def results_from(
    sample: AuditSample,
    readings_of: Callable[[ReportKey], RecordReadings],
    *,
    recorded_a_year: int | None,
    z: float,
) -> AuditResults:
    """Return what an audit found, from its sample and the readings of each record.

    ``recorded_a_year`` is how many crimes of the year are linked to the frame's reports; None for a frame of no
    reports.  ``z`` is the two-sided point of the normal distribution.
    """
    plan, measures = sample.plan, FRAMES[sample.plan.frame].measures
    records = {}
    for record in sample.records:
        subject = (record.system, record.normalised_ref)
        records[subject] = RecordRead(record, readings_of(subject))
    strata = _strata(sample, records.values())
    estimates = {measure: estimate([stratum.sampled(measure) for stratum in strata], z) for measure in measures}
    standing = [reading for stratum in strata for reading in stratum.readings]
    return AuditResults(
        plan=plan,
        sample=sample,
        records=records,
        strata=strata,
        estimates=estimates,
        by_stratum={
            stratum.name: {measure: estimate([stratum.sampled(measure)], z) for measure in measures}
            for stratum in strata
        },
        recorded_a_year=recorded_a_year,
        unrecorded_a_year=_unrecorded(recorded_a_year, estimates),
        agreement=agreement(filter(None, (one.readings.double_reading() for one in records.values()))),
        outcomes=Counter(map(reading_outcome, standing)) if "RECORDED" in measures else {},
        causes=Counter(reading.cause for reading in standing if reading.cause is not None),
    )


def _strata(sample: AuditSample, records: Collection[RecordRead]) -> tuple[StratumResult, ...]:
    """Return each stratum with the readings that stand and answer what its frame asks."""
    needs_right = "RIGHT" in FRAMES[sample.plan.frame].measures
    standing: dict[str, list[AuditReading]] = {}
    for one in records:
        reading = one.readings.standing
        if reading is not None and not (needs_right and reading.right is None):
            standing.setdefault(one.record.stratum, []).append(reading)
    return tuple(
        StratumResult(name, population, sample_size, tuple(standing.get(name, ())))
        for name, population, sample_size, _ in sample.strata
    )


def overall_result(results: Iterable[AuditResults], context: Context) -> OverallResult | None:
    """Return the four frames together, by the newest audit of each; None where none of them was audited."""
    return overall_from(results, lambda plans: overall_recorded(plans, context), context.book.audits.z)


def overall_recorded(plans: Collection[AuditPlan], context: Context) -> int | None:
    """Count the crimes of the year that are linked to the reports of several frames, each once.

    None where some of that year are forgotten.
    """
    end = max(plan.end for plan in plans)
    return recorded_in_the_year([plan.frame for plan in plans], context, end) if _is_whole_year(end, context) else None


def overall_from(
    results: Iterable[AuditResults], recorded_of: Callable[[Collection[AuditPlan]], int | None], z: float
) -> OverallResult | None:
    """Return the four frames together, by the newest audit of each; None where none of them was audited.

    ``recorded_of`` says how many crimes a year are linked to the reports of some frames.
    """
    by_frame = {result.plan.frame: result for result in newest_by_frame(results) if result.plan.frame in OVERALL}
    if not by_frame:
        return None
    together = [by_frame[name] for name in OVERALL if name in by_frame]
    measures: tuple[Measure, ...] = ("RECORDED", "IN_TIME", "CLASSIFIED")
    estimates = {
        measure: estimate(
            [stratum.sampled(measure, f"{result.plan.frame}/") for result in together for stratum in result.strata],
            z,
        )
        for measure in measures
    }
    plans = tuple(result.plan for result in together)
    recorded = recorded_of(plans)
    return OverallResult(
        audits=plans,
        missing=tuple(name for name in OVERALL if name not in by_frame),
        estimates=estimates,
        recorded_a_year=recorded,
        unrecorded_a_year=_unrecorded(recorded, estimates),
    )


def _is_whole_year(end: int, context: Context) -> bool:
    return is_whole_since(context, end - YEAR)


def _unrecorded(recorded: int | None, estimates: Mapping[Measure, ShareEstimate]) -> YearlyNumber:
    return _NOT_KNOWN if recorded is None else unrecorded_a_year(recorded, estimates["RECORDED"])


def newest_by_frame(results: Iterable[AuditResults]) -> list[AuditResults]:
    """Return the newest audit of each frame: of the latest period, planned last."""
    newest: dict[FrameName, AuditResults] = {}
    for result in sorted(results, key=lambda one: (one.plan.end, one.plan.planned_at, one.plan.audit_id)):
        newest[result.plan.frame] = result
    return list(newest.values())


def former_readings(results: Iterable[AuditResults], like: FrameName, by: str | None) -> dict[str, FormerReadings]:
    """Return what the newest audit that read each stratum of a frame found in it, by stratum."""
    former: dict[str, FormerReadings] = {}
    for result in sorted(results, key=lambda one: (one.plan.end, one.plan.planned_at, one.plan.audit_id)):
        if (result.plan.frame, result.plan.by) == (like, by):
            former |= {stratum.name: stratum.former() for stratum in result.strata if stratum.readings}
    return former
