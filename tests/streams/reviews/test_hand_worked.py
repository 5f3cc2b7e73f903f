"""Probabilities of whole scenarios, worked out by hand from the formulas and a policy of round numbers."""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, log
from typing import Any

import pytest

from schemas.records import AuditReading, Crime, Incident, Snapshot
from schemas.times import DAY, HOUR
from tests.streams.reviews.queues import QueueWatch, blind_refs, queue
from tests.streams.world import (
    Time,
    asb_report,
    assessment,
    crime,
    incident,
    link,
    ms,
    no_crime,
    policy,
    protection_report,
    reading,
    referral,
    score,
)

NOON = ms("2016-03-10 12:00")
EVENING = NOON + 6 * HOUR
FAMILIES = """
[[reviews.code_families]]
name = "ASSAULT"
kind = "CRIME"
share = 0.3
codes = ["VIOLENCE", "THEFT"]
[[reviews.code_families]]
name = "QUARREL"
kind = "REPORT"
share = 0.1
codes = ["ASB", "CAIU", "DASH"]
[[reviews.code_families]]
name = "DESK"
kind = "NO_REPORT"
share = 0.02
codes = ["ADMIN", "MESSAGES"]
"""
RATIOS = """
[reviews.ratios]
crime_closed_as_none = 3.0
report_closed_as_no_report = 2.0
unverified = 1.5
vulnerable = 1.6
reporter = 1.4
no_officer = 1.2
repeat_pair = 3.0
repeat_victim = 2.0
[lacks]
"storm.incidents.v1" = ["disposition_rationale"]
"""
BOOK = policy(f"[reviews]\nother_share = 0.05{FAMILIES}{RATIOS}")
WEIGHED = policy(f"[reviews]\nother_share = 0.05\nblind_share = 100\nscore_weight = 0.3{FAMILIES}{RATIOS}")
PLAIN: dict[str, Any] = {"reporter": "OTHER", "officer_dispatched": True}


def expected(share: float, *own: float, key: Iterable[float] = (), yes: int = 0, no: int = 0) -> float:
    """Return the probability by the formulas, without a score."""
    m0 = _mean(log(share / (1 - share)) + sum(map(log, key)))
    m = (20 * m0 + yes) / (20 + yes + no)
    return round(_mean(log(m / (1 - m)) + min(2.5, sum(map(log, own)))), 4)


def _mean(odds: float) -> float:
    return 1 / (1 + exp(-odds))


def probability(*snapshots: Snapshot, ref: str = "I-1", until: Time = EVENING) -> float:
    """Return the probability of one entry."""
    return queue(*snapshots, until=until, book=BOOK)[ref].probability


def plain(at: Time = NOON, ref: str = "I-1", **stated: Any) -> Incident:
    """Return an incident that shows nothing besides its codes."""
    return incident(at, ref, **{**PLAIN, **stated})


@pytest.mark.parametrize(
    ("report", "ref", "worked_out"),
    [
        (plain(), "I-1", expected(0.3)),
        (plain(reporter="PARENT_CARER", officer_dispatched=None), "I-1", expected(0.3, 1.4)),
        (plain(officer_dispatched=False), "I-1", expected(0.3, 1.2)),
        (plain(qualifiers=("DV", "HATE-CRIME")), "I-1", expected(0.3, 1.6)),
        (plain(opening_code="NEVER-HEARD-OF"), "I-1", expected(0.05)),
        (referral(NOON), "R-1", expected(0.1, 1.4)),
        (protection_report(NOON), "PR-1", expected(0.1, 1.4)),
        (protection_report(NOON, kind="NRM"), "PR-1", expected(0.05, 1.4)),
        (asb_report(NOON), "A-1", expected(0.1)),
    ],
)
def test_a_report_is_as_probable_as_its_family_and_its_own_facts(report: Snapshot, ref: str, worked_out: float) -> None:
    """Whoever refers a report is a professional; an ASB report states no reporter."""
    assert probability(report, ref=ref) == worked_out


@pytest.mark.parametrize(
    ("opening", "closing", "share", "key"),
    [
        ("VIOLENCE", "MESSAGES", 0.3, (3, 2)),
        ("VIOLENCE", "NEVER-HEARD-OF", 0.3, (3,)),
        ("VIOLENCE", "ASB", 0.3, (3,)),
        ("VIOLENCE", "THEFT", 0.3, ()),
        ("VIOLENCE", " ", 0.3, ()),
        ("ASB", "ADMIN", 0.1, (2,)),
        ("NEVER-HEARD-OF", "ADMIN", 0.05, ()),
        ("ADMIN", "ASB", 0.02, ()),
    ],
)
def test_the_closing_code_speaks_by_its_family(opening: str, closing: str, share: float, key: tuple[float]) -> None:
    """A crime closed as none, and a report closed as no report; a blank code is none."""
    assert probability(plain(opening_code=opening, closing_code=closing)) == expected(share, key=key)


@pytest.mark.parametrize(("informed", "key"), [(True, (1.5,)), (False, ())])
def test_a_disposition_is_unverified_only_where_it_is_valid(informed: bool, key: tuple[float]) -> None:
    """A reporter stated not to be informed makes it invalid, whatever the feed lacks."""
    assert probability(plain(disposition="NOT_A_CRIME", reporter_informed=informed)) == expected(0.3, key=key)


# -- repeats -------------------------------------------------------------------------------------------------------


def of_victim(at: int, ref: str, **stated: Any) -> Incident:
    """Return a plain report of one victim."""
    return plain(at, ref, victim_token="V", **stated)


def crime_of_victim(at: int = NOON - 50, **stated: Any) -> Crime:
    """Return a crime of the same victim."""
    return crime(at, victim_token="V", **stated)


THIRD, SECOND = of_victim(NOON, "I-1"), of_victim(NOON - 5, "I-2")


@pytest.mark.parametrize(
    ("others", "own"),
    [
        ([SECOND, of_victim(NOON - 90 * DAY, "I-3")], (2,)),
        ([SECOND, of_victim(NOON - 90 * DAY - 1, "I-3")], ()),
        ([SECOND, of_victim(NOON + 5, "I-3", reported_at=NOON)], (2,)),
        ([SECOND, of_victim(NOON - 5, "I-3", reported_at=NOON + 1)], ()),
        ([SECOND, crime_of_victim()], (2,)),
        ([SECOND, crime_of_victim(incident_refs=("I-2",))], ()),
        ([SECOND, crime_of_victim(incident_refs=("I-7",)), plain(NOON - 9, "I-7")], (2,)),
        ([SECOND, crime_of_victim(incident_refs=("I-7",)), of_victim(NOON - 91 * DAY, "I-7")], (2,)),
        ([SECOND, crime_of_victim(NOON - 91 * DAY)], ()),
        ([SECOND, crime_of_victim(offence_code="8Q")], ()),
        ([SECOND, of_victim(NOON - 7, "I-3"), crime_of_victim(offence_code="8Q", incident_refs=("I-3",))], ()),
        ([SECOND, crime_of_victim(status="CANCELLED")], ()),
        ([SECOND, crime_of_victim(offence_code="N100/01")], ()),
        ([SECOND, crime_of_victim(offence_code="N200/01")], ()),
        ([SECOND, crime_of_victim(offence_code="N300/1")], ()),
        ([SECOND, protection_report(NOON - 9, victim_token="v")], (2,)),
    ],
)
def test_three_reports_or_crimes_in_90_days_are_a_repeat(others: list[Snapshot], own: tuple[float]) -> None:
    """By their own times, to the millisecond; a crime of a report that is counted is none of its own."""
    assert probability(THIRD, *others) == expected(0.3, *own)


def test_victim_and_suspect_agree_in_all_three() -> None:
    """Two of the pair and one of the victim alone are a repeat of the victim."""
    pair = [of_victim(NOON - n, f"I-{n + 1}", suspect_token="S") for n in range(3)]
    assert probability(*pair) == expected(0.3, 3)
    assert probability(*pair[:2], of_victim(NOON - 2, "I-3")) == expected(0.3, 2)
    assert probability(*(plain(NOON - n, f"I-{n + 1}", suspect_token="S") for n in range(3))) == expected(0.3)


def test_a_crime_linked_later_to_a_counted_report_ends_a_repeat() -> None:
    """It was one of its own until then."""
    watch = QueueWatch(THIRD, SECOND, crime_of_victim(), book=BOOK).advances(EVENING)
    assert watch.queue["I-1"].probability == expected(0.3, 2)
    watch.receives(link(EVENING + 1, ref="I-2")).advances(EVENING + 1)
    assert watch.queue["I-1"].probability == expected(0.3)


# -- what is learnt ------------------------------------------------------------------------------------------------

REFS = [f"I-{number}" for number in range(100, 400)]
BLIND, SEEN = blind_refs(True, REFS)[0], blind_refs(False, REFS)[0]


@pytest.mark.parametrize(
    ("day", "midnight"),
    [
        ("2016-03-26 12:00", "2016-03-27 00:00"),
        ("2016-03-27 12:00", "2016-03-27 23:00"),
        ("2016-10-29 12:00", "2016-10-29 23:00"),
        ("2016-10-30 12:00", "2016-10-31 00:00"),
    ],
)
def test_a_judgement_counts_from_the_local_midnight_after_it(day: str, midnight: str) -> None:
    """On the days the clocks change too; given at midnight itself it waits for the next."""
    last, reports = ms(midnight), [plain(day, SEEN), plain(day, BLIND)]
    watch = QueueWatch(*reports, assessment(last - 1, ref=BLIND), book=BOOK)
    assert watch.advances(last - 1).queue[SEEN].probability == expected(0.3)
    assert watch.advances(last).queue[SEEN].probability == expected(0.3, yes=1)
    assert probability(*reports, assessment(last, ref=BLIND), ref=SEEN, until=last + 20 * HOUR) == expected(0.3)


def judgement(hours: int, by: str, role: str, crimes: int | None) -> Snapshot:
    """Return an assessment of the report of the blind share, some hours after noon."""
    return assessment(NOON + hours * HOUR, ref=BLIND, assessed_by=by, assessed_role=role, crimes=crimes)


def audited(found: int, recorded: int) -> AuditReading:
    """Return a reading of the report of the blind share."""
    counts: dict[str, Any] = {"crimes_recorded": recorded, "in_time": recorded, "classified_right": recorded}
    return reading(NOON + 5 * HOUR, ref=BLIND, crimes_found=found, **counts)


@pytest.mark.parametrize(
    ("judgements", "yes", "no"),
    [
        ([judgement(2, "F", "FCR", 0), judgement(3, "D", "DDM", 1)], 0, 1),
        ([judgement(2, "D", "DDM", 1), judgement(3, "S", "SUPERVISOR", 0)], 0, 1),
        ([judgement(2, "D", "DDM", 1), judgement(3, "D", "DDM", 0)], 0, 1),
        ([judgement(2, "D", "DDM", 1), judgement(3, "S", "SUPERVISOR", None)], 0, 0),
        ([judgement(2, "D", "DDM", 0), audited(1, 0)], 1, 0),
        ([judgement(2, "D", "DDM", 0), audited(1, 1)], 0, 1),
        ([judgement(2, "D", "DDM", 0), plain(NOON + HOUR, BLIND, reported_at=NOON, closing_code="ASB")], 0, 0),
        ([judgement(2, "D", "DDM", 1), crime(NOON + 1, incident_refs=(BLIND,))], 0, 0),
        ([judgement(2, "D", "DDM", 1), crime(NOON + 1, incident_refs=(BLIND,), offence_code="N300/01")], 1, 0),
    ],
)
def test_one_judgement_a_report_teaches_the_key_it_has_now(judgements: list[Snapshot], yes: int, no: int) -> None:
    """The reading where it found nothing recorded, else the assessment that stands."""
    until = NOON + 2 * DAY
    assert probability(plain(NOON, SEEN), plain(NOON, BLIND), *judgements, ref=SEEN, until=until) == expected(
        0.3, yes=yes, no=no
    )


def test_the_contracts_example_comes_out_of_whole_histories() -> None:
    """Share 0.30, ratios 3.0 and 1.5, judged 6 yes and 19 no, own 1.6 and 1.4; then a score of 0.8 by a third."""
    closed = {"closing_code": "NEVER-HEARD-OF", "disposition": "NOT_A_CRIME", "reporter_informed": True}
    judged = [plain(NOON, f"I-{n}", **closed) for n in range(25)]
    said = [assessment(EVENING, ref=f"I-{n}", crimes=int(n < 6)) for n in range(25)]
    report = plain(NOON, "T", **{**closed, "reporter": "VICTIM"}, qualifiers=("DV",))
    watch = QueueWatch(*judged, *said, report, book=WEIGHED).advances("2016-03-11")
    assert watch.queue["T"].probability == 0.6244
    watch.receives(score("2016-03-11 01:00", ref="t", probability=0.8)).advances("2016-03-11 02:00")
    assert watch.queue["T"].probability == 0.6839


# -- settled, and then not any more --------------------------------------------------------------------------------


GONE: dict[str, Any] = {"recorded_at": NOON, "status": "CANCELLED", "incident_refs": ("I-1",)}


@pytest.mark.parametrize(
    ("settled", "undone"),
    [
        ([crime(NOON), link(NOON + 1)], link(EVENING + 1, confirmed=False)),
        (
            [plain(NOON, "I-2"), plain(NOON + 1, disposition="DUPLICATE", duplicate_of="I-2", reported_at=NOON)],
            plain(EVENING + 1, "I-2", disposition="DUPLICATE", duplicate_of="I-1", reported_at=NOON),
        ),
        (
            [crime(NOON, "C-2"), crime(NOON + 1, **GONE), no_crime(NOON + 1, reason="C3", duplicate_of="C-2")],
            crime(EVENING + 1, "C-2", recorded_at=NOON, offence_code="N100/01"),
        ),
        (
            [crime(NOON + 1, incident_refs=("I-1",))],
            crime(EVENING + 1, recorded_at=NOON + 1, offence_code="300/01", incident_refs=("I-1",)),
        ),
    ],
    ids=["link", "duplicate", "stand-in", "reported incident"],
)
def test_what_settled_a_report_may_fall(settled: list[Snapshot], undone: Snapshot) -> None:
    """It waits again, by a change of another record."""
    watch = QueueWatch(plain(), *settled, book=BOOK).advances(NOON)
    assert watch.advances(EVENING).queue["I-1"].status == "SETTLED"
    assert watch.receives(undone).advances(EVENING + 1).queue["I-1"].status == "WAITING"


def test_a_report_too_old_is_settled_late_and_lapses_again() -> None:
    """The first that holds of ASSESSED, SETTLED, LAPSED and WAITING, at every moment."""
    lapses = NOON + 28 * DAY
    crimes = crime(lapses + 1, incident_refs=("I-1",)), crime(lapses + DAY, recorded_at=lapses + 1)
    watch = QueueWatch(plain(), *crimes, book=BOOK)
    moments = (lapses - 1, lapses, lapses + 1, lapses + DAY)
    statuses = [watch.advances(moment).queue["I-1"].status for moment in moments]
    assert statuses == ["WAITING", "LAPSED", "SETTLED", "LAPSED"]
