"""partner-referral-unactioned: every referral of a victim to another agency is followed up."""

from __future__ import annotations

import pytest

from schemas.records import Crime, PartnerReferral
from tests.streams.world import crime, ms, run

RULE = "partner-referral-unactioned"
RECORDED = "2016-03-10 09:00"
REFERRED = "2016-10-20 09:00"
DUE = "2016-11-03 09:00"
"""Fourteen times 24 hours later; the clocks went back in between, so the local time is nine, not ten."""


def to(agency: str, referred_at: str = REFERRED, actioned_at: str | None = None) -> PartnerReferral:
    """Return a referral to an agency."""
    actioned = None if actioned_at is None else ms(actioned_at)
    return PartnerReferral(agency=agency, referred_at=ms(referred_at), actioned_at=actioned)


def with_referrals(event_time: str, *listed: PartnerReferral, status: str = "RECORDED") -> Crime:
    """Return a snapshot of one crime that lists these referrals."""
    return crime(event_time, recorded_at=RECORDED, partner_referrals=listed, status=status)


def test_it_is_breached_one_millisecond_past_fourteen_days() -> None:
    """From referred_at, to the millisecond, whatever the clocks do."""
    snapshot = with_referrals("2016-10-20 09:05", to("Refuge"))
    assert run(snapshot, until=DUE).status(RULE) is None
    assert run(snapshot, until="2016-11-03 09:00:00.001").status(RULE) == "BREACHED"


@pytest.mark.parametrize(
    ("actioned_at", "status"), [(DUE, "WITHDRAWN MET_IN_TIME"), ("2016-11-03 09:00:00.001", "CLEARED REMEDIED")]
)
def test_the_agencys_action_meets_it(actioned_at: str, status: str) -> None:
    """Judged by when it acted, not by when the force heard of it."""
    first = with_referrals("2016-10-20 09:05", to("Refuge"))
    second = with_referrals("2016-11-10 09:00", to("Refuge", actioned_at=actioned_at))
    assert run(first, second, until="2016-11-10 09:00").status(RULE) == status


def test_each_referral_has_an_alert_of_its_own_named_by_agency_and_time() -> None:
    """The agency is no reference: it is written as the crime names it."""
    snapshot = with_referrals(
        "2016-10-22",
        to("Refuge outreach"),
        to("Refuge outreach", "2016-10-21 09:00"),
        to(" housing options (city)", actioned_at="2016-10-21"),
    )
    outcome = run(snapshot, until="2016-12-01")
    assert {(alert.discriminator, alert.status) for alert in outcome.alerts if alert.rule_id == RULE} == {
        ("Refuge outreach|2016-10-20T09:00:00.000Z", "BREACHED"),
        ("Refuge outreach|2016-10-21T09:00:00.000Z", "BREACHED"),
    }


def test_the_same_referral_listed_twice_is_one() -> None:
    """Acted on once is acted on."""
    snapshot = with_referrals("2016-10-22", to("Refuge"), to("Refuge", actioned_at="2016-10-21"))
    assert run(snapshot, until="2016-12-01").status(RULE) is None


def test_a_referral_taken_off_or_a_crime_cancelled_is_withdrawn() -> None:
    """What is not on the record of a standing crime is owed by nobody."""
    first = with_referrals("2016-10-20 09:05", to("Refuge"))
    for ended in (with_referrals("2016-11-10"), with_referrals("2016-11-10", to("Refuge"), status="CANCELLED")):
        outcome = run(first, ended, until="2016-11-10")
        assert outcome.status(RULE, "Refuge|2016-10-20T09:00:00.000Z") == "WITHDRAWN CORRECTED"


def test_the_facts_show_the_agency_and_the_times() -> None:
    """So that whoever follows up knows whom to call."""
    alert = run(with_referrals("2016-10-20 09:05", to("Refuge")), until="2016-12-01").alert(RULE)
    assert alert is not None
    assert [fact.value for fact in alert.facts] == ["Refuge", "2016-10-20T09:00:00.000Z", "not stated"]


def test_a_referral_listed_twice_was_acted_on_when_it_first_was() -> None:
    """The agency's first action is what the victim was referred for."""
    snapshot = with_referrals(
        "2016-11-10", to("Refuge", actioned_at="2016-11-09"), to("Refuge", actioned_at="2016-10-25")
    )
    assert run(snapshot, until="2016-12-01").status(RULE) is None
