"""crime-recorded-late: where no recording rule judges a report of it, a crime says itself when it was reported."""

from __future__ import annotations

from collections.abc import Callable
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
    MINUTE,
    LiveWatch,
    Outcome,
    asb_report,
    crime,
    incident,
    link,
    ms,
    policy,
    protection_report,
    referral,
    run,
)

RULE = "crime-recorded-late"
REPORTED = ms("2026-04-10 09:00")
DUE = REPORTED + 24 * HOUR
RECORDED = REPORTED + 9 * DAY
JUDGED = RECORDED + 24 * HOUR
UNTIL = RECORDED + 30 * DAY
PPN = policy(
    '[installation]\nfeeds = ["storm.incidents.v1", "cis.crimes.v1", "cats.referrals.v1", "sentinel.asb-reports.v1", '
    '"ppn.reports.v1"]'
)


def late(event_time: int = RECORDED, ref: str = "C-1", **stated: Any) -> Snapshot:
    """Return a crime recorded online nine days after it was reported."""
    return crime(event_time, ref, **{"recorded_at": RECORDED, "reported_at": REPORTED, "route": "ONLINE", **stated})


def watched(*snapshots: Snapshot, until: int = UNTIL, book: PolicyBook = BUILT_IN) -> Outcome:
    """Judge on the stream clock."""
    return run(*snapshots, until=until, book=book)


def test_a_crime_recorded_on_day_nine_is_cleared_at_once_with_its_lateness() -> None:
    """It is judged a day after the clock first showed it, at that millisecond."""
    assert watched(late(), until=JUDGED - 1).status(RULE) is None
    outcome = watched(late())
    assert outcome.course(RULE) == ["2026-04-20T09:00:00.000Z CLEARED RECORDED_LATE"]
    alert = outcome.alert(RULE)
    assert alert is not None
    assert (alert.due_at, alert.breached_at, alert.raised_at) == (DUE, DUE, JUDGED)
    assert (alert.lateness_ms, alert.severity, alert.subject_system) == (RECORDED - DUE, "MEDIUM", "CIS")
    assert alert.discriminator is None


@pytest.mark.parametrize(("recorded_at", "status"), [(DUE, None), (DUE + 1, "CLEARED RECORDED_LATE")])
def test_in_time_means_not_after_the_limit(recorded_at: int, status: str | None) -> None:
    """One millisecond past it is late."""
    assert watched(late(recorded_at, recorded_at=recorded_at)).status(RULE) == status


@pytest.mark.parametrize(
    ("reported_at", "status"),
    [
        ("2026-03-31 22:59:59.999", None),
        ("2026-03-31 23:00", "CLEARED RECORDED_LATE"),
        ("2026-03-31 23:00:00.001", "CLEARED RECORDED_LATE"),
        (None, None),
    ],
)
def test_it_judges_what_was_reported_from_april_2026_on(reported_at: str | None, status: str | None) -> None:
    """From midnight in London; whatever has no time of report is not judged."""
    assert watched(late(reported_at=reported_at)).status(RULE) == status


def test_the_time_of_report_is_the_one_stated_first() -> None:
    """A later snapshot that states another moves nothing."""
    altered = late(RECORDED + HOUR, reported_at=RECORDED)
    alert = watched(late(), altered).alert(RULE)
    assert alert is not None
    assert alert.due_at == DUE
    assert watched(late(reported_at=None), late(RECORDED + HOUR)).alert(RULE) is not None


@pytest.mark.parametrize(
    "stated", [{"status": "CANCELLED"}, {"offence_code": "N100/01"}, {"offence_code": "300/01"}], ids=str
)
def test_what_is_no_recorded_crime_is_out_of_scope(stated: dict[str, Any]) -> None:
    """Cancelled, or a reported incident."""
    assert watched(late(**stated)).status(RULE) is None


DISCLOSING: dict[str, Snapshot] = {
    "STORM": incident(REPORTED, crimes_expected=1, crime_refs=("C-1",)),
    "a closing code": incident(REPORTED, status="CLOSED", closing_code="THEFT", crime_refs=("C-1",)),
    "CATS": referral(REPORTED, crime_refs=("C-1",)),
    "SENTINEL": asb_report(REPORTED, crimes_expected=1, crime_refs=("C-1",)),
}


@pytest.mark.parametrize("report", DISCLOSING.values(), ids=DISCLOSING.keys())
def test_a_report_that_a_recording_rule_judges_says_it_all(report: Snapshot) -> None:
    """That rule raises the alert, and this one none."""
    outcome = watched(report, late())
    assert outcome.status(RULE) is None
    assert {alert.rule_id for alert in outcome.alerts} & {
        "crime-not-recorded",
        "referral-unlinked",
        "asb-crime-not-recorded",
    }


UNDISCLOSING: dict[str, Snapshot] = {
    "nobody decided": incident(REPORTED - HOUR, crime_refs=("C-1",)),
    "none expected": incident(REPORTED - HOUR, crimes_expected=0, crime_refs=("C-1",)),
    "a referral of none": referral(REPORTED - HOUR, crimes_expected=0, crime_refs=("C-1",)),
    "an ASB report": asb_report(REPORTED - HOUR, crime_refs=("C-1",)),
}


@pytest.mark.parametrize("report", UNDISCLOSING.values(), ids=UNDISCLOSING.keys())
def test_of_any_other_report_the_time_counts_if_it_is_earlier(report: Snapshot) -> None:
    """The limit runs from the first report by any route."""
    alert = watched(report, late()).alert(RULE)
    assert alert is not None
    assert alert.due_at == DUE - HOUR


def test_a_later_report_moves_nothing() -> None:
    """The earliest counts."""
    alert = watched(late(), incident(RECORDED, reported_at=RECORDED, crime_refs=("C-1",))).alert(RULE)
    assert alert is not None
    assert alert.due_at == DUE


@pytest.mark.parametrize(("ref", "status"), [("R-1", None), ("R-2", "CLEARED RECORDED_LATE")])
def test_a_referral_that_cites_the_incident_is_linked_too(ref: str, status: str | None) -> None:
    """A crime linked to an incident counts for the referral that cites it."""
    cited = incident(REPORTED, crime_refs=("C-1",))
    citing = referral(REPORTED, "R-1", incident_refs=("I-1" if ref == "R-1" else "I-2",))
    assert watched(cited, citing, late()).status(RULE) == status


@pytest.mark.parametrize(
    ("linked_at", "status"),
    [(JUDGED, None), (JUDGED + 1, "CLEARED RECORDED_LATE")],
)
def test_a_link_within_the_day_keeps_it_silent(linked_at: int, status: str | None) -> None:
    """One that comes later finds a breach on the record, which stays as it is."""
    report = incident(REPORTED, crimes_expected=1)
    assert watched(report, late(), link(linked_at)).status(RULE) == status


def test_where_the_link_goes_it_is_judged_again() -> None:
    """And the report's decision counts as much as the link."""
    told = [incident(REPORTED, crimes_expected=1, crime_refs=("C-1",)), late()]
    unlinked = incident(JUDGED + HOUR, reported_at=REPORTED, crimes_expected=1)
    assert watched(*told, unlinked).course(RULE) == ["2026-04-20T10:00:00.000Z CLEARED RECORDED_LATE"]
    undone = link(JUDGED + HOUR, confirmed=False)
    outcome = watched(incident(REPORTED, crimes_expected=1), late(), link(RECORDED), undone)
    assert outcome.course(RULE) == ["2026-04-20T10:00:00.000Z CLEARED RECORDED_LATE"]


def test_a_recording_rule_that_is_off_judges_nothing() -> None:
    """Nor one that lacks its feed, or the field that decides it."""
    report = incident(REPORTED, crimes_expected=1, crime_refs=("C-1",))
    off = policy('[rules]\noff = ["crime-not-recorded"]')
    assert watched(report, late(), book=off).status(RULE) == "CLEARED RECORDED_LATE"
    unnamed = policy('[installation]\nfeeds = ["cis.crimes.v1"]')
    assert watched(report, late(), book=unnamed).status(RULE) == "CLEARED RECORDED_LATE"


def test_what_its_feed_lacks_is_not_judged() -> None:
    """It is decided by reported_at; stated all the same, it counts."""
    lacks = policy('[lacks]\n"cis.crimes.v1" = ["reported_at"]')
    assert watched(late(reported_at=None), book=lacks).status(RULE) is None
    assert watched(late(), book=lacks).status(RULE) == "CLEARED RECORDED_LATE"


def test_corrections_move_it_back_and_forth() -> None:
    """Cancelled it stays cleared; nothing takes a breach that happened off the record."""
    cancelled = late(JUDGED + HOUR, status="CANCELLED")
    again = late(JUDGED + 2 * HOUR)
    assert watched(late(), cancelled, again).course(RULE) == ["2026-04-20T09:00:00.000Z CLEARED RECORDED_LATE"]


def test_an_earlier_report_that_comes_to_be_linked_adds_to_the_lateness() -> None:
    """Judged anew from what is known then."""
    earlier = incident(JUDGED + HOUR, reported_at=REPORTED - HOUR, crime_refs=("C-1",))
    alert = watched(late(), earlier).alert(RULE)
    assert alert is not None
    assert (alert.sequence, alert.lateness_ms) == (2, RECORDED - DUE + HOUR)


@pytest.mark.parametrize(
    ("report", "field"),
    [(incident, "reported_at"), (asb_report, "reported_at"), (protection_report, "received_at")],
)
def test_a_linked_reports_time_corrected_behind_the_clock_moves_the_lateness(
    report: Callable[..., Snapshot], field: str
) -> None:
    """A higher revision of the same moment: of that moment only the highest is read."""
    stated: dict[str, Any] = {"crimes_expected": 0, "crime_refs": ("C-1",)}
    restarts = Restarts(PPN)
    restarts.monitor.apply(report(REPORTED, **stated), REPORTED)
    restarts.monitor.apply(late(), RECORDED)
    restarts.monitor.advance(JUDGED + HOUR)
    corrected = report(REPORTED, revision=1, **{field: REPORTED - 2 * HOUR}, **stated)
    restarts.monitor.apply(corrected, JUDGED + HOUR)
    alert = restarts.outcome.alert(RULE)
    assert alert is not None
    assert (alert.due_at, alert.sequence) == (DUE - 2 * HOUR, 2)


def test_the_order_of_arrival_changes_nothing() -> None:
    """The day is counted from the crime's first snapshot, whenever that came."""
    snapshots = (late(), late(RECORDED + 2 * HOUR, route="COUNTER"), incident(REPORTED - HOUR, crime_refs=("C-1",)))
    histories = {watched(*order).alerts for order in permutations(snapshots)}
    assert len(histories) == 1


def test_live_it_waits_for_the_same_day() -> None:
    """By the wall clock."""
    watch = LiveWatch().ticks(RECORDED).receives(late(), RECORDED + MINUTE)
    assert watch.ticks(JUDGED + MINUTE - 1).outcome.status(RULE) is None
    assert watch.ticks(JUDGED + MINUTE).outcome.status(RULE) == "CLEARED RECORDED_LATE"


def test_the_policy_says_how_long_it_waits() -> None:
    """And other limits."""
    book = policy('[rules]\nlate_recording_grace = "1h"')
    assert watched(late(), book=book).course(RULE) == ["2026-04-19T10:00:00.000Z CLEARED RECORDED_LATE"]


def test_its_facts_are_times_route_and_reports() -> None:
    """Each from the snapshot that states it; no person is named."""
    report = incident(REPORTED - HOUR, crime_refs=("C-1",))
    alert = watched(late(officer_in_case="P7"), report).alert(RULE)
    assert alert is not None
    assert {fact.name: fact.value for fact in alert.facts} == {
        "reported_at": "2026-04-10T09:00:00.000Z",
        "recorded_at": "2026-04-19T09:00:00.000Z",
        "route": "ONLINE",
        "offence_class": "THEFT",
        "reports_linked": "1",
        "reported_at I-1": "2026-04-10T08:00:00.000Z",
    }


def test_a_protection_report_is_a_report_like_any_other() -> None:
    """Its time counts where no recording rule judges it."""
    report = protection_report(REPORTED - HOUR, crimes_expected=0, crime_refs=("C-1",))
    alert = watched(report, late(), book=PPN).alert(RULE)
    assert alert is not None
    assert alert.due_at == DUE - HOUR


def test_behind_the_clock_the_day_begins_when_it_was_first_shown() -> None:
    """Whatever arrives of it later, and across a restart: what shows it first is remembered."""
    restarts = Restarts()
    restarts.monitor.advance(RECORDED + 3 * DAY)
    restarts.monitor.apply(late(), RECORDED + 3 * DAY)
    restarts.restart()
    restarts.monitor.apply(late(RECORDED - HOUR), RECORDED + 3 * DAY)
    restarts.restart()
    restarts.monitor.advance(UNTIL)
    assert restarts.outcome.course(RULE) == ["2026-04-23T09:00:00.000Z CLEARED RECORDED_LATE"]


def test_an_earlier_snapshot_behind_the_clock_shows_nothing_for_the_first_time() -> None:
    """The clock had shown the crime before."""
    restarts = Restarts()
    restarts.monitor.apply(late(), RECORDED)
    restarts.monitor.advance(RECORDED + HOUR)
    restarts.monitor.apply(late(RECORDED - HOUR), RECORDED + HOUR)
    restarts.restart()
    restarts.monitor.advance(UNTIL)
    assert restarts.outcome.course(RULE) == ["2026-04-20T09:00:00.000Z CLEARED RECORDED_LATE"]


@pytest.mark.parametrize(
    ("lacks", "status"), [("", None), ('"ppn.reports.v1" = ["crimes_expected"]', "CLEARED RECORDED_LATE")]
)
def test_a_protection_report_that_lacks_what_decides_it_is_judged_by_no_rule(lacks: str, status: str | None) -> None:
    """Unknown is not no: referral-unlinked says nothing of it, so the crime says itself when it was reported."""
    feeds = '"storm.incidents.v1", "cis.crimes.v1", "cats.referrals.v1", "ppn.reports.v1"'
    book = policy(f"[installation]\nfeeds = [{feeds}]\n[lacks]\n{lacks}")
    report = protection_report(REPORTED, crime_refs=("C-1",))
    assert watched(report, late(), book=book).status(RULE) == status
