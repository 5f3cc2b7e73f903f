"""incident-only-unseen: the registrar sees every N100 and N300 within 14 days, some N100s within one."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from schemas.records import Snapshot
from streams.policy import PolicyBook
from tests.streams.restarts import Restarts
from tests.streams.world import (
    BUILT_IN,
    DAY,
    HOUR,
    Outcome,
    asb_report,
    assessment,
    crime,
    incident,
    link,
    ms,
    policy,
    protection_report,
    referral,
    run,
)

RULE = "incident-only-unseen"
RECORDED = ms("2026-04-10 09:00")
DUE = RECORDED + 14 * DAY
SOON = RECORDED + 24 * HOUR
UNTIL = RECORDED + 60 * DAY


def n100(event_time: int = RECORDED, **stated: Any) -> Snapshot:
    """Return a reported incident of rape."""
    usual = {"recorded_at": RECORDED, "offence_class": "RAPE", "offence_code": "N100/01"}
    return crime(event_time, **{**usual, **stated})


def report(event_time: int = RECORDED - HOUR, **stated: Any) -> Snapshot:
    """Return a victim's report, linked to the record."""
    return incident(event_time, **{"reported_at": RECORDED - HOUR, "crime_refs": ("C-1",), **stated})


def seen(event_time: int = DUE, role: str = "FCR", **stated: Any) -> Snapshot:
    """Return the registrar's assessment of the record."""
    return assessment(event_time, "CIS", "C-1", **{"crimes": 0, "rationale": "right", "assessed_role": role, **stated})


def watched(*snapshots: Snapshot, until: int = UNTIL, book: PolicyBook = BUILT_IN) -> Outcome:
    """Judge on the stream clock."""
    return run(*snapshots, until=until, book=book)


@pytest.mark.parametrize("code", ["N100/01", "100/03", "N300/01", "300", "n100 02"])
def test_it_is_breached_one_millisecond_past_fourteen_days(code: str) -> None:
    """From recorded_at, with no risk before."""
    assert watched(n100(offence_code=code), until=DUE).status(RULE) is None
    outcome = watched(n100(offence_code=code), until=DUE + 1)
    assert outcome.course(RULE) == ["2026-04-24T09:00:00.001Z BREACHED"]
    alert = outcome.alert(RULE)
    assert alert is not None
    assert (alert.due_at, alert.severity, alert.discriminator) == (DUE, "MEDIUM", None)


@pytest.mark.parametrize(
    "stated",
    [{"offence_code": "N200/01"}, {"offence_code": "019/07"}, {"status": "CANCELLED"}, {"status": "TRANSFERRED"}],
    ids=str,
)
def test_of_anything_else_nothing_is_asked(stated: dict[str, Any]) -> None:
    """A crime, a reported incident of modern slavery, or what no longer stands."""
    assert watched(n100(**stated)).status(RULE) is None


@pytest.mark.parametrize(("at", "status"), [(DUE, None), (DUE + 1, "CLEARED REMEDIED")])
def test_oversight_or_the_registrars_assessment_meets_it(at: int, status: str | None) -> None:
    """In time up to the due moment itself; one of the two is enough."""
    assert watched(n100(), n100(DUE, fcr_oversight_at=at)).status(RULE) == status
    assert watched(n100(), seen(at)).status(RULE) == status
    assert watched(n100(), n100(DUE, fcr_oversight_at=RECORDED), seen(DUE + 1)).status(RULE) is None


@pytest.mark.parametrize("stated", [{"role": "DEPUTY_FCR"}, {"role": "DDM"}, {"revoked": True}], ids=str)
def test_nobody_elses_assessment_does(stated: dict[str, Any]) -> None:
    """Nor one that the registrar took back."""
    assert watched(n100(), seen(**stated)).status(RULE) == "BREACHED"


@pytest.mark.parametrize("reporter", ["VICTIM", "PARENT_CARER", "PROFESSIONAL"])
def test_a_report_by_or_for_a_victim_leaves_a_day(reporter: str) -> None:
    """From recorded_at, where it was linked from the first."""
    alert = watched(report(reporter=reporter), n100()).alert(RULE)
    assert alert is not None
    assert (alert.status, alert.due_at, alert.severity) == ("BREACHED", SOON, "HIGH")
    assert watched(report(reporter=reporter), n100(fcr_oversight_at=SOON)).status(RULE) is None
    assert watched(report(reporter=reporter), n100(), seen(SOON + 1)).status(RULE) == "CLEARED REMEDIED"


LINKED: dict[str, tuple[Snapshot, int]] = {
    "by CIS": (n100(RECORDED + HOUR, referral_refs=("R-1",)), 1),
    "by CATS": (referral(RECORDED + 2 * HOUR, received_at=RECORDED - HOUR, crime_refs=("C-1",)), 2),
    "by a person": (link(RECORDED + 3 * HOUR, "CATS", "R-1"), 3),
}


@pytest.mark.parametrize(("linking", "hours"), LINKED.values(), ids=LINKED.keys())
def test_a_referral_leaves_a_day_from_the_snapshot_since_which_it_is_linked(linking: Snapshot, hours: int) -> None:
    """Whichever side states it."""
    alert = watched(referral(RECORDED - HOUR), n100(), linking).alert(RULE)
    assert alert is not None
    assert (alert.due_at, alert.severity) == (SOON + hours * HOUR, "HIGH")


def test_a_link_that_one_side_takes_over_from_the_other_is_not_broken() -> None:
    """It counts while any statement of it does."""
    taken_over = (n100(), n100(RECORDED + HOUR, incident_refs=("I-1",)), link(RECORDED + 2 * HOUR))
    alert = watched(report(crime_refs=()), *taken_over, n100(RECORDED + 3 * HOUR)).alert(RULE)
    assert alert is not None
    assert alert.due_at == SOON + HOUR


def test_a_link_broken_and_made_again_counts_from_the_second_time() -> None:
    """Since which it is linked without a break."""
    history = (link(RECORDED + HOUR), link(RECORDED + 2 * HOUR, confirmed=False), link(RECORDED + 5 * HOUR))
    alert = watched(report(crime_refs=()), n100(), *history).alert(RULE)
    assert alert is not None
    assert alert.due_at == SOON + 5 * HOUR


def test_a_link_found_broken_behind_the_clock_counts_from_the_second_time() -> None:
    """What comes late changes the past, and the record is judged anew."""
    restarts = Restarts()
    for snapshot in (report(crime_refs=()), n100(), link(RECORDED + HOUR), link(RECORDED + 5 * HOUR)):
        restarts.monitor.apply(snapshot, snapshot.event_time)
    restarts.monitor.advance(SOON + 2 * HOUR)
    restarts.monitor.apply(link(RECORDED + 2 * HOUR, confirmed=False), SOON + 2 * HOUR)
    restarts.monitor.advance(UNTIL)
    alerts = [(alert.status, alert.raised_at, alert.due_at) for alert in restarts.outcome.history(RULE)]
    raised_at = SOON + HOUR + 1
    assert alerts == [("BREACHED", raised_at, SOON + HOUR), ("BREACHED", raised_at, SOON + 5 * HOUR)]


def test_a_referral_that_cites_a_linked_incident_is_linked_too() -> None:
    """From when both stand."""
    cited = report(reporter="OTHER")
    citing = referral(RECORDED + HOUR, received_at=RECORDED - HOUR, incident_refs=("I-1",))
    alert = watched(cited, n100(), citing).alert(RULE)
    assert alert is not None
    assert (alert.due_at, alert.severity) == (SOON + HOUR, "HIGH")


def test_a_protection_report_leaves_a_day() -> None:
    """As a referral does, where the policy names the feed."""
    named = policy('[installation]\nfeeds = ["cis.crimes.v1", "ppn.reports.v1"]')
    alert = watched(protection_report(RECORDED - HOUR, crime_refs=("C-1",)), n100(), book=named).alert(RULE)
    assert alert is not None
    assert (alert.due_at, alert.severity) == (SOON, "HIGH")


@pytest.mark.parametrize(
    ("linked", "code"),
    [
        (report(reporter="OTHER"), "N100/01"),
        (asb_report(RECORDED - HOUR, crime_refs=("C-1",)), "N100/01"),
        (report(), "N300/01"),
        (referral(RECORDED - HOUR, crime_refs=("C-1",)), "N300/01"),
    ],
)
def test_any_other_report_and_any_death_leave_fourteen_days(linked: Snapshot, code: str) -> None:
    """The day is for an N100 that a victim, or who speaks for one, reported."""
    alert = watched(linked, n100(offence_code=code)).alert(RULE)
    assert alert is not None
    assert (alert.due_at, alert.severity) == (DUE, "MEDIUM")


def test_who_reported_may_be_corrected_back_and_forth() -> None:
    """The incident's newest snapshot says, and what became of the alert is judged anew."""
    corrected = report(SOON + HOUR, reporter="OTHER")
    outcome = watched(report(), n100(), corrected)
    assert [(alert.status, alert.due_at, alert.severity) for alert in outcome.history(RULE)] == [
        ("BREACHED", SOON, "HIGH"),
        ("BREACHED", DUE, "MEDIUM"),
    ]
    again = watched(report(reporter="OTHER"), n100(), report(SOON + HOUR))
    assert again.course(RULE) == ["2026-04-12T10:00:00.001Z BREACHED"]


def test_a_report_that_comes_after_the_record_leaves_a_day_from_then() -> None:
    """Before that nothing was there to be linked to."""
    alert = watched(n100(incident_refs=("I-1",)), report(RECORDED + 2 * HOUR, crime_refs=())).alert(RULE)
    assert alert is not None
    assert (alert.due_at, alert.severity) == (SOON + 2 * HOUR, "HIGH")


def test_one_report_after_another_breaks_nothing() -> None:
    """It has been linked to a victim's report all along, whichever that was."""
    first, second = n100(incident_refs=("I-1",)), n100(RECORDED + 5 * HOUR, incident_refs=("I-2",))
    reports = (report(crime_refs=()), incident(RECORDED - HOUR, "I-2"))
    alert = watched(*reports, first, second).alert(RULE)
    assert alert is not None
    assert alert.due_at == SOON


def test_an_n100_confirmed_as_a_crime_is_none() -> None:
    """It is then a crime like any other."""
    confirmed = n100(DUE + HOUR, offence_code="019/07")
    assert watched(n100(), confirmed).status(RULE) == "WITHDRAWN CORRECTED"


@pytest.mark.parametrize(
    ("recorded_at", "status"),
    [("2026-03-31 22:59:59.999", None), ("2026-03-31 23:00", "BREACHED"), ("2026-03-31 23:00:00.001", "BREACHED")],
)
def test_it_judges_what_was_recorded_from_april_2026_on(recorded_at: str, status: str | None) -> None:
    """From midnight in London."""
    assert watched(n100(recorded_at=recorded_at)).status(RULE) == status


def test_it_is_judged_whatever_its_feed_lacks() -> None:
    """An assessment given here can always meet it."""
    book = policy('[lacks]\n"cis.crimes.v1" = ["fcr_oversight_at"]\n[installation]\npeople_assess = false')
    assert watched(n100(), book=book).status(RULE) == "BREACHED"


def test_the_order_of_arrival_changes_nothing() -> None:
    """A pure function of what there is."""
    snapshots = (report(crime_refs=()), n100(), link(RECORDED + HOUR), seen(SOON + 2 * HOUR))
    assert len({watched(*order).alerts for order in permutations(snapshots)}) == 1


def test_its_facts_say_how_it_is_coded_and_who_has_seen_it() -> None:
    """No person is named."""
    alert = watched(report(), n100(), seen(RECORDED, role="DDM")).alert(RULE)
    assert alert is not None
    facts = {fact.name: fact.value for fact in alert.facts}
    assert facts["offence_code"] == "N100/01"
    assert facts["fcr_oversight_at"] == "not stated"
    assert facts["reported_by_or_for_a_victim"] == "yes"
    assert facts["assessed_role"] == "DDM"
