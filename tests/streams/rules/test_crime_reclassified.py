"""crime-reclassified: another class than at first, and the registrar's or a decision maker's word for it."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from schemas.records import Snapshot
from streams.policy import PolicyBook
from tests.streams.world import BUILT_IN, HOUR, MINUTE, LiveWatch, Outcome, assessment, crime, ms, policy, run

RULE = "crime-reclassified"
RECORDED = ms("2026-04-10 09:00")
CHANGED = RECORDED + 2 * HOUR
DUE = CHANGED + 24 * HOUR
UNTIL = CHANGED + 60 * 24 * HOUR
WHY = "no force was used"
BY_FCR: dict[str, Any] = {"reclassified_at": CHANGED, "reclassified_role": "FCR", "reclassification_rationale": WHY}


def robbery(event_time: int = RECORDED, **stated: Any) -> Snapshot:
    """Return the crime as first recorded."""
    first = {"recorded_at": RECORDED, "offence_class": "ROBBERY", "offence_code": "034/01"}
    return crime(event_time, **{**first, **stated})


def theft(event_time: int = CHANGED, **stated: Any) -> Snapshot:
    """Return the crime as reclassified."""
    return robbery(event_time, **{"offence_class": "THEFT", "offence_code": "039/00", **stated})


def rape(event_time: int = RECORDED, **stated: Any) -> Snapshot:
    """Return a rape."""
    return robbery(event_time, **{"offence_class": "RAPE", "offence_code": "019/07", **stated})


def assessed(event_time: int = DUE, role: str = "DDM", **stated: Any) -> Snapshot:
    """Return a person's word that it is a theft, and why."""
    usual = {"crimes": None, "offence_class": "THEFT", "rationale": WHY, "assessed_role": role}
    return assessment(event_time, "CIS", "C-1", **{**usual, **stated})


def watched(*snapshots: Snapshot, until: int = UNTIL, book: PolicyBook = BUILT_IN) -> Outcome:
    """Judge on the stream clock."""
    return run(*snapshots, until=until, book=book)


def test_it_is_breached_one_millisecond_past_a_day() -> None:
    """Counted from the snapshot since which it has the class; there is no risk before."""
    assert watched(robbery(), theft(), until=DUE).status(RULE) is None
    outcome = watched(robbery(), theft(), until=DUE + 1)
    assert outcome.course(RULE) == ["2026-04-11T11:00:00.001Z BREACHED"]
    alert = outcome.alert(RULE)
    assert alert is not None
    assert (alert.due_at, alert.severity, alert.offence_class, alert.discriminator) == (DUE, "HIGH", "THEFT", None)


def test_its_facts_are_both_classes_and_codes() -> None:
    """The first from the first snapshot, the others from the newest."""
    alert = watched(robbery(), theft(reclassified_role="SERGEANT"), assessed(role="SUPERVISOR")).alert(RULE)
    assert alert is not None
    facts = {fact.name: fact.value for fact in alert.facts}
    assert (facts["offence_class first"], facts["offence_code first"]) == ("ROBBERY", "034/01")
    assert (facts["offence_class"], facts["offence_code"]) == ("THEFT", "039/00")
    assert (facts["reclassified_at"], facts["reclassified_role"]) == ("not stated", "SERGEANT")
    assert facts["reclassification_rationale_stated"] == "no"
    assert (facts["offence_class_assessed"], facts["assessed_role"]) == ("THEFT", "SUPERVISOR")
    assert WHY not in facts.values()


@pytest.mark.parametrize("role", ["FCR", "DEPUTY_FCR", "DDM"])
@pytest.mark.parametrize(("at", "status"), [(DUE, None), (DUE + 1, "CLEARED REMEDIED")])
def test_who_may_reclassifies_with_a_reason(role: str, at: int, status: str | None) -> None:
    """In time up to the due moment itself, by the time that the record gives."""
    entered = theft(CHANGED + HOUR, **{**BY_FCR, "reclassified_role": role, "reclassified_at": at})
    assert watched(robbery(), theft(), entered).status(RULE) == status


@pytest.mark.parametrize(
    "stated",
    [
        {"reclassified_role": "SERGEANT"},
        {"reclassified_role": "CHIEF_OFFICER"},
        {"reclassified_role": None},
        {"reclassification_rationale": " "},
        {"reclassification_rationale": None},
        {"reclassified_at": RECORDED - 1},
    ],
    ids=str,
)
def test_nothing_less_will_do(stated: dict[str, Any]) -> None:
    """Another role, no reason, or a decision from before the class last changed."""
    assert watched(robbery(), theft(**{**BY_FCR, **stated})).status(RULE) == "BREACHED"


def test_without_a_time_it_counts_from_the_snapshot_that_shows_it() -> None:
    """Where the record gives none."""
    entered = theft(DUE + 500, **{**BY_FCR, "reclassified_at": None})
    alert = watched(robbery(), theft(), entered, theft(DUE + HOUR, **{**BY_FCR, "reclassified_at": None})).alert(RULE)
    assert alert is not None
    assert (alert.status, alert.reason, alert.lateness_ms) == ("CLEARED", "REMEDIED", 500)


@pytest.mark.parametrize(("at", "status"), [(RECORDED, None), (RECORDED - 1, "BREACHED")])
def test_a_decision_from_before_the_last_other_class_is_about_another_change(at: int, status: str | None) -> None:
    """One of the millisecond of that snapshot still counts."""
    assert watched(robbery(), theft(**{**BY_FCR, "reclassified_at": at})).status(RULE) == status


def test_a_decision_on_one_change_does_not_cover_the_next() -> None:
    """A robbery the registrar made a theft, and an officer then criminal damage, leaving the entry as it was."""
    again = theft(CHANGED + HOUR, **{**BY_FCR, "offence_class": "CRIMINAL_DAMAGE"})
    between = theft(CHANGED + 1, **BY_FCR)
    alert = watched(robbery(), theft(**BY_FCR), between, again).alert(RULE)
    assert alert is not None
    assert (alert.status, alert.due_at) == ("BREACHED", DUE + HOUR)


def test_back_in_its_first_class_it_is_none() -> None:
    """And the day begins again with the next change."""
    back, again = robbery(DUE + HOUR), theft(DUE + 2 * HOUR)
    outcome = watched(robbery(), theft(), back, again)
    assert outcome.course(RULE) == [
        "2026-04-11T11:00:00.001Z BREACHED",
        "2026-04-11T12:00:00.000Z WITHDRAWN CORRECTED",
        "2026-04-12T13:00:00.001Z BREACHED",
    ]


def test_a_change_that_restates_the_class_does_not_begin_the_day_again() -> None:
    """Nor another code of the same class."""
    alert = watched(robbery(), theft(), theft(CHANGED + HOUR, offence_code="040/00")).alert(RULE)
    assert alert is not None
    assert alert.due_at == DUE


@pytest.mark.parametrize(
    ("first", "role", "status", "severity"),
    [
        ("RAPE", "FCR", None, None),
        ("RAPE", "DEPUTY_FCR", "BREACHED", "CRITICAL"),
        ("RAPE", "DDM", "BREACHED", "CRITICAL"),
        ("HOMICIDE", "FCR", None, None),
        ("HOMICIDE", "DDM", "BREACHED", "HIGH"),
        ("VIOLENCE", "DDM", None, None),
    ],
)
def test_from_rape_or_homicide_only_the_registrar_does(
    first: str, role: str, status: str | None, severity: str | None
) -> None:
    """In the record as by an assessment."""
    entry: dict[str, Any] = {**BY_FCR, "reclassified_role": role}
    for snapshots in ([theft(**entry)], [theft(), assessed(CHANGED + HOUR, role)]):
        alert = watched(robbery(offence_class=first), *snapshots).alert(RULE)
        assert (alert.status if alert else None, alert.severity if alert else None) == (status, severity)


def test_a_rape_coded_n100_is_reclassified_whatever_its_class() -> None:
    """CRR p63, N100 Reported Incident of Rape: by a College of Policing-accredited crime registrar."""
    coded: dict[str, Any] = {"offence_code": "N100/02"}
    assert watched(rape(), rape(CHANGED, **coded)).alert(RULE).severity == "CRITICAL"  # type: ignore[union-attr]
    assert watched(rape(), rape(CHANGED, **coded, **BY_FCR)).status(RULE) is None
    deputy: dict[str, Any] = {**BY_FCR, "reclassified_role": "DEPUTY_FCR"}
    assert watched(rape(), rape(CHANGED, **coded, **deputy)).status(RULE) == "BREACHED"
    back = watched(rape(), rape(CHANGED, **coded), rape(DUE + HOUR))
    assert back.status(RULE) == "WITHDRAWN CORRECTED"


@pytest.mark.parametrize("code", ["N100/01", "100/01", "N200/01", "N300/01", "300/01"])
def test_an_incident_that_is_confirmed_as_a_crime_is_no_reclassification(code: str) -> None:
    """It was first coded as one of them; the rules ask for just that."""
    assert watched(rape(offence_code=code), rape(CHANGED)).status(RULE) is None
    assert watched(rape(offence_code=code), theft()).status(RULE) is None


@pytest.mark.parametrize("status", ["CANCELLED", "TRANSFERRED"])
def test_only_what_stands_recorded_is_judged(status: str) -> None:
    """Cancelling has rules of its own."""
    assert watched(robbery(), theft(), theft(DUE + HOUR, status=status)).status(RULE) == "WITHDRAWN CORRECTED"


@pytest.mark.parametrize(
    ("recorded_at", "status"),
    [("2026-03-31 22:59:59.999", None), ("2026-03-31 23:00", "BREACHED"), ("2026-03-31 23:00:00.001", "BREACHED")],
)
def test_it_judges_what_was_recorded_from_april_2026_on(recorded_at: str, status: str | None) -> None:
    """From midnight in London."""
    stated: dict[str, Any] = {"recorded_at": recorded_at}
    assert watched(robbery(**stated), theft(**stated)).status(RULE) == status


# -- by an assessment ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["FCR", "DEPUTY_FCR", "DDM"])
@pytest.mark.parametrize(("at", "status"), [(DUE, None), (DUE + 1, "CLEARED REMEDIED")])
def test_an_assessment_of_the_class_it_has_now_meets_it(role: str, at: int, status: str | None) -> None:
    """At its first event_time, whatever it gives as its own name."""
    assert watched(robbery(), theft(), assessed(at, role)).status(RULE) == status


@pytest.mark.parametrize(
    "stated",
    [
        {"role": "SUPERVISOR"},
        {"role": "AUDITOR"},
        {"offence_class": "ROBBERY"},
        {"offence_class": None},
        {"rationale": ""},
        {"revoked": True},
    ],
    ids=str,
)
def test_any_other_assessment_does_not(stated: dict[str, Any]) -> None:
    """By others, of another class, without a reason, or taken back."""
    assert watched(robbery(), theft(), assessed(**stated)).status(RULE) == "BREACHED"


def test_an_assessment_that_is_revoked_leaves_it_breached_again() -> None:
    """As if it had never been given."""
    given: dict[str, Any] = {"assessed_at": DUE + HOUR}
    outcome = watched(
        robbery(), theft(), assessed(DUE + HOUR, **given), assessed(DUE + 2 * HOUR, revoked=True, **given)
    )
    assert [line.split()[1] for line in outcome.course(RULE)] == ["BREACHED", "CLEARED", "BREACHED"]


# -- what a feed does not hold -------------------------------------------------------------------------------------


def test_a_feed_that_lacks_the_role_leaves_it_to_assessments() -> None:
    """Where nobody can give one either, it is not judged; a role stated all the same counts as ever."""
    lacks = '[lacks]\n"cis.crimes.v1" = ["reclassified_role"]\n'
    unassessed = policy(f"{lacks}[installation]\npeople_assess = false")
    assert watched(robbery(), theft(), book=policy(lacks)).status(RULE) == "BREACHED"
    assert watched(robbery(), theft(), assessed(), book=policy(lacks)).status(RULE) is None
    assert watched(robbery(), theft(), book=unassessed).status(RULE) is None
    assert watched(robbery(), theft(reclassified_role="OFFICER"), book=unassessed).status(RULE) == "BREACHED"


def test_a_feed_that_lacks_the_rationale_is_not_asked_for_one() -> None:
    """The role and its time still are."""
    book = policy('[lacks]\n"cis.crimes.v1" = ["reclassification_rationale", "reclassified_at"]')
    entry: dict[str, Any] = {"reclassified_role": "DDM"}
    assert watched(robbery(), theft(**entry), book=book).status(RULE) is None
    assert watched(robbery(), theft(), book=book).status(RULE) == "BREACHED"


def test_a_force_without_a_registrar_has_a_chief_officer_decide() -> None:
    """CRR p25, Rape and homicide crimes."""
    book = policy('[installation]\nforces_without_registrar = ["LEICS"]')
    entry: dict[str, Any] = {**BY_FCR, "reclassified_role": "CHIEF_OFFICER"}
    assert watched(rape(), theft(**entry), book=book).status(RULE) is None


# -- and its history -----------------------------------------------------------------------------------------------


def test_the_order_of_arrival_changes_nothing() -> None:
    """A pure function of what there is."""
    snapshots = (robbery(), theft(), assessed(DUE + HOUR), theft(DUE + 2 * HOUR, offence_class="VIOLENCE"))
    assert len({watched(*order).alerts for order in permutations(snapshots)}) == 1


def test_live_it_is_breached_by_the_wall_clock() -> None:
    """A quiet stream breaches on time."""
    watch = LiveWatch().ticks(RECORDED).receives(robbery()).receives(theft(), CHANGED + MINUTE)
    assert watch.ticks(DUE).outcome.status(RULE) is None
    assert watch.ticks(DUE + 1).outcome.status(RULE) == "BREACHED"
