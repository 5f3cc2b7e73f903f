"""What an audit found: readings that stand, estimates of a frame and of all reports, and how far reading has come."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.records import AuditReading, Snapshot
from streams.audits.plan import AuditPlan
from streams.audits.results import (
    AuditResults,
    former_readings,
    overall_result,
    results_of,
)
from streams.audits.sample import sample_of
from streams.audits.strata import FormerReadings
from streams.facts.context import Context
from tests.streams.audits.audited import HEAD, PLANNED, START, incidents, known, planned, read
from tests.streams.world import DAY, asb_report, crime, disposal, incident
from tests.streams.world import referral as referred

A = [incident(START + n, f"A-{n}", team="A") for n in range(400)]
B = [incident(START + n, f"B-{n}", team="B") for n in range(100)]
COUNTS = {
    "A": [(1, 1)] * 18 + [(2, 1)] * 2 + [(1, 0)] * 4 + [(0, 0)] * 16,
    "B": [(1, 1)] * 6 + [(1, 0)] * 3 + [(0, 0)] * 11,
}
"""Found and recorded, of the worked example's readings."""


def refs(plan: AuditPlan, context: Context, stratum: str = "ALL") -> list[str]:
    """Return what is drawn of a stratum, in the order of digests."""
    return [record.ref for one in sample_of(plan, context).strata if one.name == stratum for record in one.records]


def worked_example(*more: Snapshot) -> AuditResults:
    """Return the results of the worked example: 40 of 400 and 20 of 100 incidents read."""
    former = {"A": FormerReadings(80, 40, 100), "B": FormerReadings(320, 160, 100)}
    context = known(*A, *B).context
    plan = planned(context, by="TEAM", n=60, former=former)
    assert [(one.name, len(one.drawn)) for one in plan.strata] == [("A", 40), ("B", 20)]
    readings = [
        read(plan, ref, *numbers)
        for stratum, counts in COUNTS.items()
        for ref, numbers in zip(refs(plan, context, stratum), counts, strict=True)
    ]
    return results_of(plan, known(*A, *B, *readings, *more).context)


def test_the_worked_example_from_records_to_the_estimate() -> None:
    """The same digits as from the numbers alone."""
    results = worked_example()
    share = results.estimates["RECORDED"]
    assert [share.share, share.low, share.high] == pytest.approx([0.7541, 0.6083, 0.8583], abs=5e-5)
    assert (results.read, results.drawn, results.differing) == (60, 60, 0)
    assert (results.estimates["IN_TIME"].share, results.estimates["CLASSIFIED"].share) == (1, 1)
    assert results.by_stratum["A"]["RECORDED"].share == pytest.approx(20 / 26)
    assert results.by_stratum["B"]["RECORDED"].share == pytest.approx(6 / 9)
    assert results.outcomes == {"COMPLIANT": 24, "NOT_RECORDED": 9, "NOT_A_CRIME_RIGHTLY": 27}


def test_a_years_unrecorded_crimes_follow_from_those_recorded() -> None:
    """Twelve crimes of the year linked to the frame: some four more were not recorded."""
    results = worked_example(*(crime(START, f"C-{n}", incident_refs=(f"A-{n}",)) for n in range(12)))
    assert results.recorded_a_year == 12
    year = results.unrecorded_a_year
    assert [year.number, year.low, year.high] == pytest.approx([3.913, 1.982, 7.727], abs=5e-4)


def test_of_a_year_that_is_forgotten_in_part_no_number_is_given() -> None:
    """What is left of it is what went wrong, so there would be too few to multiply."""
    records = [*A, *B, *(crime(START, f"C-{n}", incident_refs=(f"A-{n}",)) for n in range(12))]
    context = known(*records).context
    plan = planned(context, by="TEAM", n=60)
    assert results_of(plan, context).recorded_a_year == 12
    context.facts.forgotten_through = plan.end - 400 * DAY
    assert results_of(plan, context).recorded_a_year == 12
    context.facts.forgotten_through = plan.end - 300 * DAY
    results = results_of(plan, context)
    assert (results.recorded_a_year, results.unrecorded_a_year.number) == (None, None)


def test_readings_not_in_yet_are_said_and_left_out() -> None:
    """A stratum without any is named."""
    context = known(*A, *B).context
    plan = planned(context, by="TEAM", n=10)
    first, second, *_ = refs(plan, context, "A")
    results = results_of(plan, known(*A, *B, read(plan, first), read(plan, second, 1, 0)).context)
    assert (results.read, results.drawn) == (2, 10)
    assert results.estimates["RECORDED"].left_out == ("B",)
    assert results.estimates["RECORDED"].share == 0.5
    assert results.by_stratum["B"]["RECORDED"].share is None


def test_where_two_readers_differ_the_record_waits_for_the_registrar() -> None:
    """It is not in, and counted as differing; the registrar's reading puts it in."""
    early = incidents(12)
    context = known(*early).context
    plan = planned(context)
    ref = refs(plan, context)[0]
    both = [read(plan, ref, 1, 1), read(plan, ref, 1, 0, reader="SECOND", read_by="A2")]
    results = results_of(plan, known(*early, *both).context)
    assert (results.read, results.differing, results.agreement.share) == (0, 1, 0)
    ruling = read(plan, ref, 1, 0, reader="FCR", read_by="F1", cause="ADMIN")
    results = results_of(plan, known(*early, *both, ruling).context)
    assert (results.read, results.differing, results.estimates["RECORDED"].share) == (1, 0, 0)
    assert results.causes == {"ADMIN": 1}
    assert (results.agreement.read_twice, results.agreement.alike) == (1, 0)


def test_who_waits_for_a_second_reader_is_known() -> None:
    """Those chosen for it, until they have it."""
    early = incidents(60)
    context = known(*early).context
    plan = planned(context, n=60)
    twice = [one.ref for one in sample_of(plan, context).records if one.read_twice]
    assert twice
    readings = [read(plan, ref) for ref in refs(plan, context)]
    seconds = [read(plan, ref, reader="SECOND", read_by="A2") for ref in twice[1:]]
    results = results_of(plan, known(*early, *readings, *seconds).context)
    assert [one.record.ref for one in results.records.values() if one.awaits_second] == twice[:1]
    assert results.read == 60
    assert results.agreement.share == 1


def test_a_disposal_is_right_or_not() -> None:
    """Each counts once; a reading that does not say is not in, and no year is told."""
    disposals = [disposal(START + n, f"D-{n}") for n in range(12)]
    context = known(*disposals).context
    plan = planned(context, frame="DISPOSALS")
    drawn = refs(plan, context)
    answers: list[bool | None] = [True] * 6 + [False] * 2 + [None] * 2
    readings = [read(plan, ref, 0, 0, system="CIS", right=right) for ref, right in zip(drawn, answers, strict=True)]
    results = results_of(plan, known(*disposals, *readings).context)
    assert list(results.estimates) == ["RIGHT"]
    assert (results.estimates["RIGHT"].share, results.read) == (0.75, 8)
    assert (results.recorded_a_year, results.unrecorded_a_year.number, results.outcomes) == (None, None, {})


# -- several audits ------------------------------------------------------------------------------------------------


def of_three_frames() -> tuple[Context, list[AuditPlan]]:
    """Return a force whose incidents, ASB reports and referrals are audited, each read in full but the incidents."""
    records: list[Snapshot] = [
        *incidents(40, crime_refs=("C-1",)),
        *(asb_report(START + n, f"S-{n}", crime_refs=("C-1", "C-2")) for n in range(10)),
        *(referred(START + n, f"R-{n}") for n in range(5)),
        crime(START, "C-1"),
        crime(START, "C-2"),
    ]
    context = known(*records).context
    plans = [planned(context, frame=frame, n=10) for frame in ("INCIDENTS", "ASB", "REFERRALS", "DOMESTIC")[:3]]
    systems: dict[str, Any] = {"INCIDENTS": "STORM", "ASB": "SENTINEL", "REFERRALS": "CATS"}
    readings: list[AuditReading] = []
    for plan in plans:
        for place, ref in enumerate(refs(plan, context)):
            readings.append(read(plan, ref, 1, int(place % 2 == 0), system=systems[plan.frame]))
    return known(*records, *readings).context, plans


def test_overall_is_the_strata_of_the_four_frames_together() -> None:
    """A frame without an audit is named; crimes of the year are counted once."""
    context, plans = of_three_frames()
    overall = overall_result([results_of(plan, context) for plan in plans], context)
    assert overall is not None
    assert overall.missing == ("PROTECTION",)
    share = overall.estimates["RECORDED"]
    assert share.share is not None
    assert share.share == pytest.approx((40 * 0.5 + 10 * 0.5 + 5 * 0.6) / 55)
    assert (share.readings, share.population) == (25, 55)
    assert overall.recorded_a_year == 2
    assert overall.unrecorded_a_year.number == pytest.approx(2 * (1 / share.share - 1))


def test_overall_gives_no_number_of_a_year_that_is_forgotten_in_part() -> None:
    """As no single frame does."""
    context, plans = of_three_frames()
    context.facts.forgotten_through = plans[0].end - 300 * DAY
    overall = overall_result([results_of(plan, context) for plan in plans], context)
    assert overall is not None
    assert (overall.recorded_a_year, overall.unrecorded_a_year.number) == (None, None)


def test_other_frames_overlap_the_four_and_are_never_added() -> None:
    """They alone make nothing overall."""
    early = incidents(10, "DOMESTIC-INCIDENT")
    context = known(*early).context
    assert overall_result([results_of(planned(context, frame="DOMESTIC", n=5), context)], context) is None


def test_the_newest_audit_of_a_frame_speaks_for_it() -> None:
    """And for the size of the next; an older one where the newest read nothing of a stratum."""
    context = known(*A, *B).context
    older = planned(context, by="TEAM", n=6)
    newer = planned(context, by="TEAM", n=6, head="e" * 64)
    newer = AuditPlan(**{**{name: getattr(newer, name) for name in newer.__struct_fields__}, "planned_at": PLANNED + 1})
    readings = [read(older, ref, 2, 1) for stratum in "AB" for ref in refs(older, context, stratum)]
    readings += [read(newer, ref, 1, 1) for ref in refs(newer, context, "A")]
    context = known(*A, *B, *readings, clock=PLANNED + DAY).context
    results = [results_of(newer, context), results_of(older, context)]
    n = len(refs(newer, context, "A"))
    assert former_readings(results, "INCIDENTS", "TEAM") == {
        "A": FormerReadings(n, n, n),
        "B": FormerReadings(4, 2, 2),
    }
    assert former_readings(results, "INCIDENTS", None) == former_readings(results, "ASB", "TEAM") == {}
    overall = overall_result(results, context)
    assert overall is not None
    assert [plan.audit_id for plan in overall.audits] == [newer.audit_id]
    assert HEAD[:8] in older.audit_id
