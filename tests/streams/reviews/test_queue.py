"""Who is in the review queue, what an entry says, and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.products import Erasure, Review, Subject
from schemas.records import Snapshot
from schemas.times import DAY, HOUR
from tests.streams.reviews.queues import Queue, QueueWatch, blind_refs, queue, statuses
from tests.streams.world import (
    BUILT_IN,
    FORCE,
    asb_report,
    assessment,
    crime,
    incident,
    ms,
    policy,
    protection_report,
    reading,
    referral,
    score,
)

NOON = "2016-03-10 12:00"
EVENING = "2016-03-10 18:00"
NEXT_DAY = "2016-03-11 12:00"
MUCH_LATER = ms(NOON) + 40 * DAY
LACKING = policy(
    "[lacks]\n"
    '"storm.incidents.v1" = ["crimes_expected", "disposition_rationale", "reporter_informed"]\n'
    '"cats.referrals.v1" = ["crimes_expected", "decision_rationale", "reporter_informed"]\n'
)


def entry(entries: Queue, ref: str = "I-1") -> Review:
    """Return one entry."""
    return entries[ref]


@pytest.mark.parametrize(
    ("report", "ref", "system"),
    [
        (incident(NOON), "I-1", "STORM"),
        (referral(NOON), "R-1", "CATS"),
        (asb_report(NOON), "A-1", "SENTINEL"),
        (protection_report(NOON), "PR-1", "PPN"),
    ],
    ids=["incident", "referral", "asb", "protection"],
)
def test_a_report_that_nobody_has_judged_is_listed(report: Snapshot, ref: str, system: str) -> None:
    """With its system, reference, time, recording limit, and in words why."""
    listed = entry(queue(report, until=EVENING), ref)
    assert (listed.force, listed.system, listed.normalised_ref, listed.status) == (FORCE, system, ref, "WAITING")
    assert (listed.reported_at, listed.due_at) == (ms(NOON), ms(NOON) + DAY)
    assert 0 < listed.probability < 1
    assert listed.reasons


@pytest.mark.parametrize(
    "settled",
    [
        [incident(NOON, crimes_expected=0)],
        [incident(NOON, crimes_expected=1)],
        [incident(NOON, crimes_expected=1), incident(EVENING, reported_at=NOON)],
        [incident(NOON, opening_code="ADMIN-TEST")],
        [incident(NOON, opening_code="ADMIN", status="CLOSED", closing_code="LOST-PROPERTY")],
        [incident(NOON, opening_code="ADMIN", closing_code=" ")],
        [incident(NOON), crime(NOON, incident_refs=("I-1",))],
        [incident(NOON, disposition="NOT_A_CRIME", disposition_rationale="civil", reporter_informed=True)],
        [incident(NOON), assessment(NOON, crimes=1)],
        [incident(NOON, reported_at=ms(NOON) - 28 * DAY)],
    ],
    ids=["none", "one", "once", "admin", "both", "blank", "crime", "disposed", "assessed", "old"],
)
def test_what_is_settled_judged_or_old_from_the_start_is_not_listed(settled: list[Snapshot]) -> None:
    """It never waited."""
    assert queue(*settled, until=NEXT_DAY) == {}


@pytest.mark.parametrize(
    "open_still",
    [
        [incident(NOON, opening_code="ADMIN", status="CLOSED", closing_code="ASSAULT")],
        [incident(NOON, opening_code="ASSAULT", status="CLOSED", closing_code="ADMIN")],
        [incident(NOON), crime(NOON, incident_refs=("I-1",), offence_code="N100/01")],
        [incident(NOON), crime(NOON, incident_refs=("I-1",), offence_code="N300/01")],
        [incident(NOON, disposition="NOT_A_CRIME", disposition_rationale="civil")],
        [incident(NOON, disposition="CRIMED")],
        [incident(NOON, reported_at=ms(NOON) - 28 * DAY + 6 * HOUR + 1)],
    ],
    ids=["opened", "closed", "n100", "n300", "invalid", "crimed", "young"],
)
def test_what_is_not_quite_settled_is_listed(open_still: list[Snapshot]) -> None:
    """One code of the two, a record that is no crime, an answer that is not valid, a millisecond less than 28 days."""
    assert statuses(queue(*open_still, until=EVENING)) == {"I-1": "WAITING"}


def test_an_answer_that_cannot_be_verified_settles_nothing() -> None:
    """Where the feed holds neither rationale nor whether the reporter was told, the answer is unverified."""
    answered = incident(NOON, opening_code="ASSAULT", disposition="NOT_A_CRIME")
    listed = entry(queue(answered, until=EVENING, book=LACKING))
    assert listed.status == "WAITING"
    assert "its disposition or decision cannot be verified" in listed.reasons
    plain = entry(queue(incident(NOON, opening_code="ASSAULT"), until=EVENING, book=LACKING))
    assert listed.probability > plain.probability
    verified = incident(NOON, disposition="NOT_A_CRIME", disposition_rationale="civil", reporter_informed=True)
    assert queue(verified, until=EVENING, book=LACKING) == {}


@pytest.mark.parametrize(("reporter", "statuses_then"), [("OTHER", {}), ("VICTIM", {"I-1": "WAITING"})])
def test_a_victims_crime_related_incident_settles_nothing_from_april_2026(
    reporter: str, statuses_then: dict[str, str]
) -> None:
    """It is valid no more, so nobody has answered; until then it was."""
    stated: dict[str, Any] = {
        "disposition": "CRIME_RELATED_INCIDENT",
        "disposition_rationale": "x",
        "reporter_informed": True,
    }
    answered = incident("2026-04-14 12:00", reporter=reporter, **stated)
    assert statuses(queue(answered, until="2026-04-14 18:00")) == statuses_then
    assert queue(incident(NOON, reporter=reporter, **stated), until=EVENING) == {}


def test_an_assessment_makes_it_assessed_and_revoking_it_has_it_wait_again() -> None:
    """Whatever the assessment says."""
    watch = QueueWatch(incident(NOON), assessment(EVENING, crimes=0, assessed_at=EVENING)).advances(NEXT_DAY)
    assert statuses(watch.queue) == {"I-1": "ASSESSED"}
    watch.receives(assessment("2016-03-11 13:00", crimes=0, assessed_at=EVENING, revoked=True))
    assert statuses(watch.advances("2016-03-11 14:00").queue) == {"I-1": "WAITING"}


@pytest.mark.parametrize(
    "settling",
    [
        incident(EVENING, reported_at=NOON, crimes_expected=1),
        incident(EVENING, reported_at=NOON, opening_code="ADMIN"),
        crime(EVENING, incident_refs=("I-1",)),
        incident(EVENING, reported_at=NOON, disposition="EXEMPT", disposition_rationale="x", fcr_oversight=True),
    ],
    ids=["stated", "no report", "crime", "disposed"],
)
def test_what_settles_a_listed_report_makes_it_settled(settling: Snapshot) -> None:
    """Assessed or not comes first; too old comes last."""
    watch = QueueWatch(incident(NOON), settling).advances(NEXT_DAY)
    assert statuses(watch.queue) == {"I-1": "SETTLED"}
    assert statuses(watch.advances(MUCH_LATER).queue) == {"I-1": "SETTLED"}
    watch.receives(assessment(MUCH_LATER + 1, crimes=1))
    assert statuses(watch.advances(MUCH_LATER + 2).queue) == {"I-1": "ASSESSED"}


def test_a_report_lapses_when_it_is_28_days_old() -> None:
    """It waits up to a millisecond before."""
    lapses = ms(NOON) + 28 * DAY
    assert statuses(queue(incident(NOON), until=lapses - 1)) == {"I-1": "WAITING"}
    assert statuses(queue(incident(NOON), until=lapses)) == {"I-1": "LAPSED"}


def test_a_crime_that_no_longer_counts_has_its_report_wait_again() -> None:
    """Cancelled without a decision it counts on for a day."""
    cancelled = crime("2016-03-11 12:00", recorded_at=EVENING, status="CANCELLED", incident_refs=("I-1",))
    watch = QueueWatch(incident(NOON), crime(EVENING, incident_refs=("I-1",)), cancelled)
    assert statuses(watch.advances("2016-03-12 12:00").queue) == {"I-1": "SETTLED"}
    assert statuses(watch.advances(ms("2016-03-12 12:00") + 1).queue) == {"I-1": "WAITING"}


def test_an_entry_is_published_again_only_when_it_changes() -> None:
    """A snapshot that says the same of it, or an hour that passes, publishes nothing."""
    watch = QueueWatch(incident(NOON)).advances(EVENING)
    assert watch.messages == 1
    watch.receives(incident("2016-03-10 19:00", reported_at=NOON)).advances("2016-03-10 20:00")
    watch.advances(NEXT_DAY)
    assert watch.messages == 1
    watch.receives(assessment("2016-03-11 13:00")).advances("2016-03-11 14:00")
    assert watch.messages == 2


def test_an_erased_report_is_deleted_from_the_queue() -> None:
    """Its entry is a tombstone, in state too."""
    watch = QueueWatch(incident(NOON), referral(NOON)).advances(EVENING)
    erasure = Erasure(
        erasure_id="x",
        force=FORCE,
        subjects=(Subject(kind="incident", ref="I-1"),),
        requested_by="F1",
        erased_at=ms(NEXT_DAY),
    )
    watch.monitor.erase(erasure, ms(NEXT_DAY))
    changes = watch.drains()
    assert changes.reviews[b"LEICS|STORM|incident|I-1"] is None
    assert set(watch.queue) == {"R-1"}
    assert not any(b"I-1" in key for key in watch.table if b"\0q\0" in key)


def test_a_forgotten_report_is_deleted_from_the_queue() -> None:
    """When nothing is remembered of it, nothing is published."""
    watch = QueueWatch(incident(NOON, officer_dispatched=True), book=LACKING).advances(EVENING)
    assert statuses(watch.queue) == {"I-1": "WAITING"}
    watch.advances(ms(NOON) + 900 * DAY)
    assert watch.queue == {}
    assert not any(b"\0q\0" in key for key in watch.table)


# -- evidence ------------------------------------------------------------------------------------------------------


def probability(*snapshots: Snapshot, ref: str = "I-1", book: object = BUILT_IN) -> float:
    """Return the probability of one entry."""
    return queue(*snapshots, until=EVENING, book=book)[ref].probability  # type: ignore[arg-type]


def test_evidence_raises_the_probability_and_is_said_in_words() -> None:
    """A vulnerable qualifier, a reporter who is a victim, and no officer; what is absent adds nothing."""
    bare = incident(NOON, reporter="OTHER", officer_dispatched=True)
    assert probability(bare) == 0.1
    for stated in ({"qualifiers": ("Domestic Abuse",)}, {"reporter": "VICTIM"}, {"officer_dispatched": False}):
        fields: dict[str, Any] = {"reporter": "OTHER", "officer_dispatched": True, **stated}
        assert probability(incident(NOON, **fields)) > 0.1
    assert probability(incident(NOON, reporter="OTHER", officer_dispatched=None)) == 0.1


def test_a_victims_third_report_in_90_days_is_a_repeat() -> None:
    """By the same two people more than by the same victim; nothing where stalking is recorded."""
    earlier = [incident("2016-02-01", "I-8", victim_token="v1"), referral("2016-03-01", "R-8", victim_token="V1")]
    third = incident(NOON, victim_token="v-1")
    assert probability(incident(NOON)) == probability(third) == probability(third, *earlier[:1])
    same = incident(NOON, victim_token="v1")
    assert probability(same, *earlier) > probability(incident(NOON))
    recorded = crime("2016-02-02", victim_token="v1", offence_code="8Q")
    assert probability(same, *earlier, recorded) == probability(incident(NOON))
    pair = {"victim_token": "v1", "suspect_token": "s1"}
    by_pair = [incident("2016-02-01", "I-8", **pair), crime("2016-03-01", **pair)]
    assert probability(incident(NOON, **pair), *by_pair) > probability(same, *earlier)


def test_a_crime_that_comes_later_makes_an_older_entry_a_repeat() -> None:
    """What is said of other records changes an entry without any snapshot of its own."""
    watch = QueueWatch(incident(NOON, victim_token="v1"), incident("2016-02-01", "I-8", victim_token="v1"))
    before = watch.advances(EVENING).queue["I-1"].probability
    watch.receives(crime("2016-03-10 19:00", recorded_at="2016-03-09", victim_token="v1"))
    assert watch.advances(NEXT_DAY).queue["I-1"].probability > before


def test_no_token_of_a_person_is_in_an_entry() -> None:
    """Reasons say that there is a repeat, not whose."""
    same = [incident(f"2016-03-0{day}", f"I-{day}", victim_token="secret-7") for day in range(1, 6)]
    for review in queue(*same, until=EVENING).values():
        assert "secret" not in " ".join((review.ref, *review.reasons)).casefold()
        assert "SECRET-7" not in review.normalised_ref


# -- what is learnt ------------------------------------------------------------------------------------------------

REFS = [f"I-{number}" for number in range(100, 400)]
BLIND, SEEN = blind_refs(True, REFS), blind_refs(False, REFS)


def test_blind_assessments_teach_the_prior_at_the_next_local_midnight() -> None:
    """Not before; and each report counts once, by its newest assessment."""
    others = [incident(NOON, ref) for ref in BLIND[:3]]
    judged = [assessment(EVENING, ref=ref, crimes=0, assessed_at=EVENING) for ref in BLIND[:3]]
    watch = QueueWatch(incident(NOON, SEEN[0]), *others, *judged)
    before = watch.advances(ms("2016-03-11") - 1).queue[SEEN[0]]
    after = watch.advances("2016-03-11").queue[SEEN[0]]
    assert after.probability < before.probability
    assert "of 3 reports like it that were judged, 0 disclosed a crime" in after.reasons


def test_what_was_read_because_it_ranked_high_teaches_nothing() -> None:
    """An assessment outside the blind share leaves the prior as it was; an audit of any report does not."""
    other = incident(NOON, SEEN[1])
    alone = queue(incident(NOON, SEEN[0]), other, until=NEXT_DAY)[SEEN[0]].probability
    seen = queue(incident(NOON, SEEN[0]), other, assessment(EVENING, ref=SEEN[1], crimes=0), until=NEXT_DAY)
    assert seen[SEEN[0]].probability == alone
    audited = queue(incident(NOON, SEEN[0]), other, reading(EVENING, ref=SEEN[1], crimes_found=1), until=NEXT_DAY)
    assert audited[SEEN[0]].probability > alone
    recorded = reading(EVENING, ref=SEEN[1], crimes_found=1, crimes_recorded=1)
    assert queue(incident(NOON, SEEN[0]), other, recorded, until=NEXT_DAY)[SEEN[0]].probability == alone


def test_readings_that_differ_teach_nothing_until_the_registrar_decides() -> None:
    """Two readers who do not agree are no judgement."""
    first, second = (
        reading(EVENING, ref=SEEN[1], crimes_found=1),
        reading(EVENING, ref=SEEN[1], reader="SECOND", read_by="A2"),
    )
    decided = reading(EVENING, ref=SEEN[1], reader="FCR", crimes_found=1)
    reports = [incident(NOON, SEEN[0]), incident(NOON, SEEN[1])]
    alone = queue(*reports, until=NEXT_DAY)[SEEN[0]].probability
    assert queue(*reports, first, second, until=NEXT_DAY)[SEEN[0]].probability == alone
    assert queue(*reports, first, second, decided, until=NEXT_DAY)[SEEN[0]].probability > alone


def test_an_assessment_of_a_report_with_a_crime_already_teaches_nothing() -> None:
    """It is about unrecorded crimes; one recorded after the assessment was unrecorded then."""
    reports = [incident(NOON, SEEN[0]), incident(NOON, BLIND[0])]
    alone = queue(*reports, until=NEXT_DAY)[SEEN[0]].probability
    judged = assessment(EVENING, ref=BLIND[0], crimes=1)
    before = crime("2016-03-10 17:00", incident_refs=(BLIND[0],))
    after = crime("2016-03-10 19:00", incident_refs=(BLIND[0],))
    assert queue(*reports, judged, before, until=NEXT_DAY)[SEEN[0]].probability == alone
    assert queue(*reports, judged, after, until=NEXT_DAY)[SEEN[0]].probability > alone


def test_only_reports_of_the_same_key_learn() -> None:
    """What was judged of reports closed as administration says nothing of open ones."""
    closed = {"status": "CLOSED", "closing_code": "ADMIN"}
    reports = [incident(NOON, SEEN[0]), incident(NOON, SEEN[1], **closed), incident(NOON, BLIND[0], **closed)]
    alone = queue(*reports, until=NEXT_DAY)
    judged = queue(*reports, assessment(EVENING, ref=BLIND[0], crimes=0), until=NEXT_DAY)
    assert judged[SEEN[0]].probability == alone[SEEN[0]].probability
    assert judged[SEEN[1]].probability < alone[SEEN[1]].probability


def test_a_judgement_that_is_revoked_is_not_counted_any_more() -> None:
    """From the moment it is revoked on."""
    reports = [incident(NOON, SEEN[0]), incident(NOON, BLIND[0])]
    alone = queue(*reports, until=NEXT_DAY)[SEEN[0]].probability
    watch = QueueWatch(*reports, assessment(EVENING, ref=BLIND[0], crimes=1, assessed_at=EVENING)).advances(NEXT_DAY)
    assert watch.queue[SEEN[0]].probability > alone
    watch.receives(assessment("2016-03-11 13:00", ref=BLIND[0], crimes=1, assessed_at=EVENING, revoked=True))
    assert watch.advances("2016-03-11 13:00").queue[SEEN[0]].probability == alone


# -- scores --------------------------------------------------------------------------------------------------------


def test_scores_are_ignored_unless_the_policy_gives_them_weight() -> None:
    """By default they have none."""
    assert probability(incident(NOON), score(NOON, probability=0.99)) == probability(incident(NOON))


def test_the_newest_score_moves_the_probability_by_its_weight() -> None:
    """By event_time, then by the model's name; it may come before the report or after."""
    weighed = policy("[reviews]\nscore_weight = 0.3")
    plain = probability(incident(NOON), book=weighed)
    low, high = score(NOON, probability=0.01, model="b"), score(NOON, probability=0.99, model="a")
    assert probability(incident(NOON), high, book=weighed) > plain
    assert probability(incident(NOON), low, high, book=weighed) < plain
    assert probability(incident(NOON), low, score(EVENING, probability=0.99), book=weighed) > plain
    watch = QueueWatch(incident(NOON), book=weighed).advances(EVENING)
    watch.receives(score("2016-03-10 19:00", probability=0.01)).advances(NEXT_DAY)
    assert watch.queue["I-1"].probability < plain
    assert "a model's score moves it down" in watch.queue["I-1"].reasons
