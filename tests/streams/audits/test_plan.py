"""Plans and samples: made once, the same for everybody, and what comes later is added by the same rule."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Snapshot
from streams.audits.draw import record_digest
from streams.audits.plan import (
    AuditPlan,
    PlanRefusedError,
    is_plan_of,
    plan_from_details,
    plan_from_json,
)
from streams.audits.sample import AuditSample, sample_of
from streams.audits.strata import FormerReadings
from tests.streams.audits.audited import END, PLANNED, START, incidents, known, planned, read
from tests.streams.world import DAY, crime, incident


def refs(sample: AuditSample, *, added: bool | None = None) -> set[str]:
    """Return the references to read: all, or those that came later, or those that did not."""
    return {record.normalised_ref for record in sample.records if added in (None, record.added)}


def digests(plan: AuditPlan, snapshots: list[Snapshot]) -> dict[str, str]:
    """Return the digests of incidents, by reference."""
    written = (snapshot.incident_ref for snapshot in snapshots)  # type: ignore[attr-defined]
    return {ref: record_digest(plan.audit_id, "STORM", ref) for ref in written}


def test_a_plan_names_itself_and_draws_the_smallest_digests_of_each_stratum() -> None:
    """After the first and the last day of its period, in London."""
    violence, theft = incidents(30), incidents(12, "THEFT")
    plan = planned(known(*violence, *theft).context, by="FAMILY", n=14)
    assert plan.audit_id == "LEICS-INCIDENTS-2026-04-01-2026-05-01-0123abcd"
    assert [(one.name, one.population, len(one.drawn)) for one in plan.strata] == [
        ("THEFT", 12, 4),
        ("VIOLENCE", 30, 10),
    ]
    smallest = sorted(digests(plan, violence).values())[:10]
    assert plan.strata[1].drawn == tuple(digest[:16] for digest in smallest)
    assert plan.strata[1].threshold == smallest[-1]
    assert (plan.n, plan.planned_at, plan.neyman, plan.policy_version) == (14, PLANNED, False, "builtin-1")


def test_another_head_of_the_audit_log_draws_another_sample() -> None:
    """Nobody who chooses the period chooses the records."""
    context = known(*incidents(200)).context
    one, other = planned(context), planned(context, head="f" * 64)
    assert refs(sample_of(one, context)) != refs(sample_of(other, context))


def test_a_plan_comes_back_from_a_file_and_from_the_audit_log() -> None:
    """The same in every field."""
    plan = planned(known(*incidents(20)).context, by="TEAM")
    assert plan_from_json(plan.as_json()) == plan
    assert plan_from_details(plan.details()) == plan
    assert all(isinstance(value, str) for value in plan.details().values())
    assert is_plan_of(plan, plan.audit_id.upper())
    assert not is_plan_of(plan, plan.audit_id + "0")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"audit_id": 3}', "no JSON"])
def test_what_is_no_plan_is_refused(text: str) -> None:
    """As a ValueError, from a file or a log."""
    with pytest.raises(ValueError, match=r"."):
        plan_from_json(text)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"frame": "ASB", "by": "TEAM"}, "records of ASB state no TEAM: they have strata by FAMILY or CLASS or ROUTE"),
        ({"frame": "REFERRALS"}, "the frame REFERRALS has no records in the period"),
        ({"n": 0}, "a sample has at least one record"),
        ({"n": None}, "either a number of records or a half-width is needed"),
        ({"n": 5, "half_width": 0.05}, "either a number of records or a half-width is needed"),
        ({"half_width": 0}, "a half-width is above 0 and below 1, such as 0.05"),
        ({"half_width": 1.0}, "a half-width is above 0 and below 1, such as 0.05"),
    ],
)
def test_what_cannot_be_planned_is_said(asked: dict[str, Any], why: str) -> None:
    """In one line."""
    with pytest.raises(PlanRefusedError, match=why):
        planned(known(*incidents(5)).context, **asked)


def test_a_former_audit_shares_the_sample_out() -> None:
    """Where it read every stratum."""
    context = known(*incidents(900), *incidents(400, "THEFT"), *incidents(60, "ROBBERY")).context
    former = {
        "VIOLENCE": FormerReadings(80, 70, 100),
        "THEFT": FormerReadings(40, 24, 80),
        "ROBBERY": FormerReadings(10, 9, 20),
    }
    plan = planned(context, by="FAMILY", half_width=0.05, former=former)
    assert [(one.name, len(one.drawn)) for one in plan.strata] == [("ROBBERY", 9), ("THEFT", 82), ("VIOLENCE", 159)]
    assert plan.neyman
    assert planned(context, by="FAMILY", half_width=0.05).n == 362


# -- what comes later ----------------------------------------------------------------------------------------------


def test_records_that_come_later_are_drawn_by_the_same_threshold() -> None:
    """Population and sample grow, and nothing is dropped."""
    early, late = incidents(40), incidents(40, first=40)
    plan = planned(known(*early).context)
    later = [incident(PLANNED + 1, one.incident_ref, reported_at=one.reported_at) for one in late]  # type: ignore[attr-defined]
    sample = sample_of(plan, known(*early, *later, clock=PLANNED + DAY).context)
    below = {ref for ref, digest in digests(plan, late).items() if digest <= plan.strata[0].threshold}
    assert below
    assert refs(sample, added=True) == below
    assert refs(sample, added=False) == refs(sample_of(plan, known(*early).context))
    stratum = sample.strata[0]
    assert (stratum.population, stratum.sample_size) == (80, 10 + len(below))
    assert [record.digest for record in stratum.records] == sorted(record.digest for record in stratum.records)


def test_a_snapshot_that_was_on_its_way_when_the_audit_was_planned_is_an_addition() -> None:
    """Though it says it was saved before."""
    early, late = incidents(40), incidents(40, first=40)
    plan = planned(known(*early).context)
    sample = sample_of(plan, known(*early, *late).context)
    assert sample.strata[0].population == 80
    assert refs(sample, added=True)


def test_a_record_stays_drawn_whatever_becomes_of_it() -> None:
    """In its stratum, whose population does not shrink."""
    early = incidents(20, team="North")
    plan = planned(known(*early).context, by="TEAM")
    recoded = [
        incident(PLANNED + 1, one.incident_ref, reported_at=one.reported_at, opening_code="ADMIN", team="South")  # type: ignore[attr-defined]
        for one in early
    ]
    before, after = (sample_of(plan, known(*early, *more, clock=PLANNED + DAY).context) for more in ([], recoded))
    assert after == before
    assert (after.strata[0].name, after.strata[0].population, after.gone) == ("North", 20, 0)


def test_a_crime_that_is_linked_since_stays_drawn() -> None:
    """It was without report when the audit was planned."""
    crimes = [crime(START + n, f"C-{n}") for n in range(12)]
    plan = planned(known(*crimes).context, frame="CRIMES_WITHOUT_REPORT", n=6)
    linked = [incident(START, "I-1", crime_refs=tuple(f"C-{n}" for n in range(12)))]
    sample = sample_of(plan, known(*crimes, *linked).context)
    assert len(refs(sample, added=False)) == 6
    assert sample.strata[0].population == 12


def test_what_is_forgotten_or_erased_is_gone_and_still_counted() -> None:
    """It was drawn, and nobody can read it any more."""
    early = incidents(20)
    plan = planned(known(*early).context)
    sample = sample_of(plan, known(*early[:5]).context)
    left = refs(sample)
    assert sample.gone == 10 - len(left) > 0
    assert sample.strata[0].sample_size == 10
    assert sample.strata[0].population == 20


def test_a_stratum_that_was_not_there_is_shown_and_not_drawn_from() -> None:
    """It has no threshold; the estimate names it as left out."""
    early = incidents(20, team="North")
    plan = planned(known(*early).context, by="TEAM")
    later = incident(PLANNED + 1, "I-99", reported_at=START, team="West")
    sample = sample_of(plan, known(*early, later, clock=PLANNED + DAY).context)
    assert [(one.name, one.population, one.sample_size) for one in sample.strata] == [("North", 20, 10), ("West", 1, 0)]


def test_a_share_is_read_twice() -> None:
    """About one in ten, by digest."""
    early = incidents(600)
    context = known(*early).context
    sample = sample_of(planned(context, n=600), context)
    assert 30 < sum(record.read_twice for record in sample.records) < 90


@given(st.integers(1, 40), st.integers(0, 30), st.randoms())
def test_the_draw_does_not_depend_on_the_order_of_arrival(n: int, later: int, dice: Any) -> None:
    """Nor does anything come off the sample as records are added."""
    early = incidents(40)
    late = [incident(PLANNED + 1, f"L-{k}", reported_at=START) for k in range(later)]
    plan = planned(known(*early).context, n=n)
    shuffled = [*early, *late]
    dice.shuffle(shuffled)
    assert planned(known(*dice.sample(early, len(early))).context, n=n) == plan
    sample = sample_of(plan, known(*shuffled, clock=PLANNED + DAY).context)
    assert refs(sample, added=False) == refs(sample_of(plan, known(*early).context))
    assert len(refs(sample)) == sum(one.sample_size for one in sample.strata) <= 40 + later


def test_what_is_read_beside_the_sample_is_not_drawn() -> None:
    """A reading makes no record part of it."""
    early = incidents(20)
    plan = planned(known(*early).context)
    sample = sample_of(plan, known(*early).context)
    outside = next(one.incident_ref for one in early if one.incident_ref not in refs(sample))  # type: ignore[attr-defined]
    assert refs(sample_of(plan, known(*early, read(plan, outside)).context)) == refs(sample)


def test_the_period_ends_with_a_day() -> None:
    """Its last, not the one after."""
    plan = planned(known(*incidents(3)).context)
    assert plan.end == END
