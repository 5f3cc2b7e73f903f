"""The Leicestershire scenario's people: who decides untrained, who is looked after, who reviews too late."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from deploy.scenario.calls import EMERGING_THEME
from deploy.scenario.period import local
from schemas.records import Call, TrainingRecord
from schemas.vocabularies import Course
from tests.deploy.scenario.scenario_counts import CRIMES, DAY, DISPOSALS, NO_CRIMES, latest, suitable

TRAINED = {(record.staff_id, record.course): record for record in latest(TrainingRecord).values()}


def untrained(people: Iterable[tuple[str, int]], *courses: Course) -> list[str]:
    """Return those who, at the moment they decided, held none of the courses unexpired."""
    decisions = []
    for staff_id, at in people:
        held = [TRAINED[staff_id, course] for course in courses if (staff_id, course) in TRAINED]
        if not any(r.completed_at <= at and (r.expires_at is None or r.expires_at > at) for r in held):
            decisions.append(staff_id)
    return decisions


def test_only_the_volume_crime_units_people_decide_untrained() -> None:
    """Nobody records untrained; the training gaps are those the module on staff names."""
    robbery = [(d.decided_by, d.decided_at) for d in NO_CRIMES if d.offence_class == "ROBBERY"]
    other = [(d.decided_by, d.decided_at) for d in NO_CRIMES if d.offence_class != "ROBBERY"]
    reviews = [(d.reviewed_by or "", d.reviewed_at or 0) for d in DISPOSALS]
    assert untrained([(crime.recorded_by or "", crime.recorded_at) for crime in CRIMES.values()], "NCRS", "HOCR") == []
    assert Counter(untrained(robbery, "AVI_ROBBERY")) == {"VCU04": 3, "VCU05": 2, "PS0418": 1}
    assert untrained(other, "NCRS", "HOCR") == ["VCU05"]
    assert Counter(untrained(reviews, "DISPOSALS")) == {"REV03": 8, "REV04": 4}


def test_disposals_are_reviewed_in_the_week_and_four_forms_are_missing() -> None:
    """Late reviews are no fault of this force; unattached forms are."""
    assert len({disposal.offender_id for disposal in DISPOSALS}) == len(DISPOSALS) == 100
    assert all((d.reviewed_at or math.inf) - d.issued_at <= 7 * DAY and d.pnc_checked_at for d in DISPOSALS)
    assert sum(not disposal.form_attached for disposal in DISPOSALS) == 4
    assert all(d.offence_admitted and d.implications_explained for d in DISPOSALS if d.kind == "COMMUNITY_RESOLUTION")
    assert sum(not suitable(disposal) for disposal in DISPOSALS) == 2 + 6 + 5 + 1


def test_victims_are_looked_after_and_three_agencies_never_answer() -> None:
    """Contract, support and disputes are in time; three referrals to partners are not acted on."""
    unanswered = 0
    for crime in CRIMES.values():
        if crime.victim_token:
            assert crime.victim_care_contract_at is not None
            assert crime.victim_care_contract_at - crime.recorded_at <= 5 * DAY
        if crime.victim_consents_support:
            assert crime.victim_support_referred_at is not None
            assert crime.victim_support_referred_at - crime.recorded_at <= 2 * DAY
        if crime.dispute_raised_at is not None:
            assert (crime.dispute_decided_at or math.inf) - crime.dispute_raised_at <= 14 * DAY
        for referral in crime.partner_referrals:
            assert referral.actioned_at is None or referral.actioned_at - referral.referred_at <= 14 * DAY
            unanswered += referral.actioned_at is None
    assert unanswered == 3


def test_only_team_c_is_reviewed_late_or_never() -> None:
    """Whichever calls a dip sample picks, the tardy supervisor is one team's."""

    def late(call: Call) -> bool:
        return (call.reviewed_at or math.inf) - call.handled_at > 3 * DAY

    calls = latest(Call).values()
    assert {call.team for call in calls if late(call)} == {"CMC-C"}
    assert {call.team for call in calls if not late(call)} == {"CMC-A", "CMC-B"}
    assert len({call.call_handler for call in calls}) == 9


def test_one_theme_emerges_and_no_other() -> None:
    """Judged at each midnight by Fisher's exact test, one theme stands out over all teams, and late."""
    reviewed = [call for call in latest(Call).values() if call.reviewed_at is not None]
    rose = set()
    for day in range(1, 57):
        midnight = local(day)
        recent = [c for c in reviewed if midnight - 7 * DAY < (c.reviewed_at or 0) <= midnight]
        before = [c for c in reviewed if midnight - 35 * DAY < (c.reviewed_at or 0) <= midnight - 7 * DAY]
        for theme in {theme for call in recent for theme in call.themes}:
            hits, earlier = (sum(theme in call.themes for call in calls) for calls in (recent, before))
            if hits >= 3 and _fisher(hits, len(recent), earlier, len(before)) < 0.01:
                rose.add((theme, 21 <= day <= 56))
    assert rose == {(EMERGING_THEME, True)}


def _fisher(hits: int, of: int, earlier: int, before: int) -> float:
    """Return the chance of so many hits or more among ``of``, were they spread evenly over both groups."""
    every, all_hits = of + before, hits + earlier
    ways = sum(math.comb(all_hits, k) * math.comb(every - all_hits, of - k) for k in range(hits, min(of, all_hits) + 1))
    return ways / math.comb(every, of)
