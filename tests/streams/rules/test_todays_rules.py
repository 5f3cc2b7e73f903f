"""What today's rules allow raises nothing: ordinary histories of April 2026, each in order by the text it cites.

By page and heading: CRR are the Crime Recording Rules for Front line Officers and Staff, 2026/27, OUT is the outcomes
framework of April 2026, SP the schools protocol, NSIR the National Standard for Incident Recording.
"""

from __future__ import annotations

from typing import Any

import pytest

from schemas.records import PartnerReferral, Snapshot
from streams.engine.monitor import Monitor
from streams.rules import CATALOGUE
from tests.streams.world import (
    BUILT_IN,
    DAY,
    FORCE,
    HOUR,
    MINUTE,
    asb_report,
    assessment,
    call,
    crime,
    disposal,
    history,
    incident,
    ms,
    no_crime,
    policy,
    referral,
    run,
    training,
)

MORNING = ms("2026-04-14 08:00")
"""09:00 in London."""
UNTIL = MORNING + 60 * DAY
LIMIT = MORNING + 24 * HOUR
SEEN: dict[str, Any] = {"reported_at": MORNING, "assessed_at": MORNING}
TOLD: dict[str, Any] = {"reporter_informed": True}
WHY = "set out on the log"
TRAINED = (
    training("2026-01-05", "P1"),
    training("2026-01-05", "F1"),
    training("2026-01-05", "F1", "DISPOSALS"),
)


def decided(disposition: str, **stated: Any) -> tuple[Snapshot, ...]:
    """Return an incident that disclosed a crime, disposed of within the hour and closed."""
    disposed = {"crimes_expected": 1, "disposition": disposition, "status": "CLOSED", **SEEN, **stated}
    reporter = {"reporter": stated.get("reporter", "VICTIM")}
    return incident(MORNING, crimes_expected=1, **SEEN, **reporter), incident(MORNING + HOUR, **disposed)


def cancelled(reason: str, **stated: Any) -> tuple[Snapshot, ...]:
    """Return a crime recorded, its victim told, and cancelled or transferred by an independent decision maker."""
    at = MORNING + 2 * DAY
    usual: dict[str, Any] = {"reason": reason, "decided_by_role": "DDM", "victim_informed_at": at - HOUR}
    offence = {name: stated[name] for name in ("offence_class", "offence_code") if name in stated}
    status = "TRANSFERRED" if reason == "C1" else "CANCELLED"
    return (
        crime(MORNING, **offence),
        no_crime(at, **{**usual, **stated}),
        crime(at + HOUR, recorded_at=MORNING, status=status, **offence),
    )


def rape(**stated: Any) -> dict[str, Any]:
    """Return a report of rape that an inspector oversaw at once."""
    overseen = {"overseen_role": "CONTROL_ROOM_INSPECTOR", "overseen_at": MORNING + MINUTE}
    return {"offence_class": "RAPE", "crimes_expected": 1, **overseen, **SEEN, **stated}


def n100(code: str, **stated: Any) -> dict[str, Any]:
    """Return a reported incident of rape that the registrar has seen."""
    seen = {"fcr_oversight_at": MORNING + HOUR}
    return {"offence_code": code, "offence_class": "RAPE", "incident_refs": ("I-1",), **seen, **stated}


REVIEWED: dict[str, Any] = {"reviewed_at": LIMIT + DAY, "reviewed_by": "F1", "pnc_checked_at": LIMIT}
REVIEW: dict[str, Any] = {"reviewed_by": "S1", "ncrs_compliant": True, "themes": ("NO_CLASS",)}
RECLASSIFIED: dict[str, Any] = {"recorded_at": MORNING, "reclassification_rationale": WHY, "reclassified_at": LIMIT}
CANCELLED_CRIME = crime(MORNING, "C-9")
ALLOWED: dict[str, tuple[Snapshot, ...]] = {
    "CRR p10, When to record?: on the same day": (
        incident(MORNING, crimes_expected=1, **SEEN),
        crime(MORNING + 12 * HOUR, incident_refs=("I-1",)),
    ),
    "CRR p9, Crime Related Incidents, 1: the victim of a bystander's report does not confirm": decided(
        "CRIME_RELATED_INCIDENT", reporter="OTHER", disposition_rationale=WHY, **TOLD
    ),
    "CRR p9, Crime Related Incidents, 2: the victim's report is dealt with by another force": decided(
        "CRIME_RELATED_INCIDENT", disposition_rationale=WHY, other_force_crime_ref="N/1", **TOLD
    ),
    "CRR p9, Crime Related Incidents, 2: recorded by another force": decided(
        "TRANSFERRED", other_force="NOTTS", other_force_crime_ref="N/1"
    ),
    "CRR p12, Schools protocol, and SP: a crime related incident until the school asks": decided(
        "CRIME_RELATED_INCIDENT", reporter="PROFESSIONAL", disposition_rationale=WHY, fcr_oversight=True, **TOLD
    ),
    "CRR p10, Crime Related Incidents, 3: a rule directs that none need be recorded": decided(
        "EXEMPT", disposition_rationale=WHY, fcr_oversight=True
    ),
    "CRR p10, Victims must be told: a decision not to record": decided(
        "NOT_A_CRIME", disposition_rationale=WHY, **TOLD
    ),
    "NSIR p27, 2.4 Administration Categories: the same details on another log": (
        incident(MORNING - HOUR, "I-0", reported_at=MORNING - HOUR, crimes_expected=1, assessed_at=MORNING),
        crime(MORNING, incident_refs=("I-0",)),
        *decided("DUPLICATE", duplicate_of="I-0"),
    ),
    "NSIR p27, 2.4 Administration Categories, Duplicate: a second call that names the log of the first": (
        incident(MORNING - HOUR, "I-0", reported_at=MORNING - HOUR, crimes_expected=1, assessed_at=MORNING),
        crime(MORNING, incident_refs=("I-0",)),
        incident(MORNING, **SEEN),
        incident(MORNING + HOUR, status="CLOSED", closing_code="DUPLICATE", duplicate_of="I-0", **SEEN),
    ),
    "NSIR p27, 2.4 Administration Categories, Messages: a log that was no report to begin with": (
        incident(MORNING, opening_code="MESSAGES", status="CLOSED", closing_code="MESSAGES", **SEEN),
    ),
    "NSIR p26, 2.4 Administration Categories; CRR p17, Other investigating authorities: a complaint against police": (
        incident(MORNING, opening_code="COMPLAINT AGAINST POLICE", **SEEN),
    ),
    "CRR p63, N100 Reported Incident of Rape, 01: not confirmed, on the crime system within the hour": (
        incident(MORNING, **rape()),
        crime(MORNING + 30 * MINUTE, **n100("N100/01")),
        incident(MORNING + HOUR, **rape(status="CLOSED", disposition="N100", n100_code="N100/01")),
    ),
    "CRR p64, Reported incident of rape in another force area: recorded here, then passed on": (
        incident(MORNING, **rape()),
        crime(MORNING + 30 * MINUTE, **n100("N100/03")),
        incident(
            MORNING + HOUR,
            **rape(status="CLOSED", disposition="TRANSFERRED", other_force="NOTTS", other_force_crime_ref="N/1"),
        ),
    ),
    "CRR p62, Rape and sexual assault referrals: recorded under N100": (
        referral(MORNING, offence_class="RAPE"),
        crime(MORNING + 10 * MINUTE, **n100("N100/01", incident_refs=(), referral_refs=("R-1",))),
    ),
    "CRR p22, Rape and High-risk DA: closed by an independent decision maker working to the registrar": (
        crime(
            MORNING,
            offence_class="RAPE",
            closed_at=MORNING + DAY,
            outcome="15",
            outcome_at=MORNING + DAY,
            outcome_role="INDEPENDENT",
            outcome_rationale=WHY,
        ),
    ),
    "CRR p10, When to record?: reported online, recorded on the same day": (
        crime(MORNING + 12 * HOUR, reported_at=MORNING, route="ONLINE"),
    ),
    "CRR p13, Classification and reclassification: by a designated decision maker, with why": (
        crime(MORNING, offence_class="ROBBERY", offence_code="034/01"),
        crime(LIMIT, **RECLASSIFIED, reclassified_role="DDM"),
    ),
    "CRR p63, N100 Reported Incident of Rape: a rape incorrectly recorded, by the registrar": (
        crime(MORNING, offence_class="RAPE", offence_code="019/07"),
        crime(LIMIT, **RECLASSIFIED, **n100("N100/02"), reclassified_role="FCR"),
    ),
    "CRR p35, N300 Reported Incident of Death FAQ: a death not yet explained, seen by the registrar": (
        crime(MORNING, offence_class="OTHER", offence_code="N300/01", fcr_oversight_at=MORNING + 14 * DAY),
    ),
    "CRR p10, Crime Related Incidents, Referrals: a domestic log that a supervisor read the next morning": (
        incident(MORNING, opening_code="DOMESTIC INCIDENT", **SEEN),
        incident(MORNING + 14 * HOUR, opening_code="DOMESTIC INCIDENT", crimes_expected=0, status="CLOSED", **SEEN),
        assessment(MORNING + 23 * HOUR, crimes=0, rationale=WHY),
    ),
    "CRR p35, N300 Reported Incident of Sudden or Unexpected Death: recorded where it is not natural": (
        incident(MORNING, opening_code="SUDDEN DEATH", crimes_expected=0, **SEEN),
        crime(MORNING + HOUR, offence_code="N300/01", offence_class="OTHER", incident_refs=("I-1",)),
        incident(MORNING + 2 * HOUR, opening_code="SUDDEN DEATH", crimes_expected=0, status="CLOSED", **SEEN),
        crime(
            MORNING + 9 * DAY,
            recorded_at=MORNING + HOUR,
            offence_code="N300/02",
            offence_class="OTHER",
            incident_refs=("I-1",),
            fcr_oversight_at=MORNING + 9 * DAY,
        ),
    ),
    "CRR p34, N300 Reported Incident of Sudden or Unexpected Death: natural, kept on the log": (
        incident(MORNING, opening_code="SUDDEN DEATH", crimes_expected=0, **SEEN),
        incident(
            MORNING + 2 * HOUR,
            opening_code="SUDDEN DEATH",
            crimes_expected=0,
            status="CLOSED",
            disposition="NOT_A_CRIME",
            disposition_rationale=WHY,
            **TOLD,
            **SEEN,
        ),
    ),
    "CRR p25, C1": cancelled("C1", receiving_force="NOTTS", receiving_ref="N/1", independent=None),
    "CRR p25, C2": cancelled("C2"),
    "CRR p25, C3": (
        CANCELLED_CRIME,
        *cancelled("C3", duplicate_of="C-9", victim_informed_at=None),
    ),
    "CRR p25, C4": cancelled("C4", victim_informed_at=None, avi=()),
    "CRR p26, C5": cancelled("C5", offence_class="VIOLENCE", offence_code="105A"),
    "CRR p25, Rape and homicide crimes: by the registrar": cancelled("C2", offence_class="RAPE", decided_by_role="FCR"),
    "OUT p27, C4: a homicide under C4 by a decision maker": cancelled(
        "C4", offence_class="HOMICIDE", victim_informed_at=None
    ),
    "CRR p10, Crime Related Incidents, Referrals: decided that there is no crime, and the agency told": (
        referral(MORNING),
        referral(MORNING + 5 * MINUTE, received_at=MORNING, decision="NOT_A_CRIME", decision_rationale=WHY, **TOLD),
    ),
    "CRR p10, Crime Related Incidents, 3, of anti-social behaviour": (
        asb_report(MORNING),
        asb_report(
            MORNING + HOUR,
            reported_at=MORNING,
            decision="EXEMPT",
            decision_rationale=WHY,
            fcr_oversight=True,
            crimes_expected=1,
        ),
    ),
    "CRR p18, National Crime Agency (NCA): recorded days later, with why and the registrar's oversight": (
        *decided("DELAYED", disposition_rationale=WHY, fcr_oversight=True, status="OPEN"),
        crime(MORNING + 5 * DAY, incident_refs=("I-1",)),
    ),
    "CRR p13, Classification and reclassification: closed under the class that was recorded, on a crime CIS shows": (
        incident(MORNING, crimes_expected=1, offence_class="THEFT", crime_refs=("C-1",), **SEEN),
        crime(MORNING + 30 * MINUTE),
        incident(
            MORNING + HOUR,
            crimes_expected=1,
            offence_class="THEFT",
            status="CLOSED",
            disposition="CRIMED",
            crime_refs=("C-1",),
            **SEEN,
        ),
    ),
    "HMIC 2014, recommendation 2: a child's referral, recorded and audited within the fortnight": (
        referral(MORNING, vulnerable=("CHILD",)),
        crime(MORNING + 10 * MINUTE, referral_refs=("R-1",)),
        referral(
            MORNING + 14 * DAY,
            received_at=MORNING,
            vulnerable=("CHILD",),
            fcr_audited_at=MORNING + 14 * DAY,
            fcr_audit_outcome="COMPLIANT",
        ),
    ),
    "HMIC 2014, 2.4: a victim cared for, supported and referred on": (
        crime(
            MORNING,
            victim_token="V-1",
            victim_care_contract_at=MORNING + 5 * DAY,
            victim_consents_support=True,
            victim_support_referred_at=MORNING + 2 * DAY,
            partner_referrals=(PartnerReferral(agency="Housing", referred_at=MORNING, actioned_at=MORNING + 14 * DAY),),
        ),
    ),
    "OUT p11, Outcome Type 3: an adult's simple caution for domestic abuse, reviewed and checked": (
        crime(
            MORNING,
            offence_class="VIOLENCE",
            domestic_abuse=True,
            outcome="3",
            outcome_at=MORNING + DAY,
            outcome_role="INSPECTOR",
        ),
        disposal(MORNING + DAY, crime_ref="C-1", victim_present=True, victim_consulted=True, **REVIEWED),
        history(MORNING),
    ),
    "OUT p15, Outcome Type 8: a community resolution that was admitted and means something": (
        crime(MORNING, outcome="8", outcome_at=MORNING + DAY, outcome_role="OFFICER", outcome_rationale=WHY),
        disposal(
            MORNING + DAY,
            crime_ref="C-1",
            kind="COMMUNITY_RESOLUTION",
            offender_age=15,
            victim_present=True,
            victim_consulted=True,
            **REVIEWED,
        ),
        history(MORNING),
    ),
    "HMIC 2014, 2.1: a call that the dip sample chose, reviewed within three days, whose theme is no trend": (
        call(MORNING),
        call(MORNING + DAY, handled_at=MORNING, sampled_at=MORNING + DAY, reviewed_at=MORNING + DAY, **REVIEW),
    ),
    "HMIC 2014, 3.3: a dispute that the registrar decided within the fortnight": (
        crime(MORNING, dispute_raised_at=MORNING),
        crime(
            MORNING + 14 * DAY,
            recorded_at=MORNING,
            dispute_raised_at=MORNING,
            dispute_decided_at=MORNING + 14 * DAY,
            dispute_decided_role="DEPUTY_FCR",
        ),
    ),
}


@pytest.mark.parametrize("snapshots", ALLOWED.values(), ids=ALLOWED)
def test_what_the_rules_allow_is_no_breach(snapshots: tuple[Snapshot, ...]) -> None:
    """Nothing is breached then or later."""
    outcome = run(*TRAINED, *snapshots, until=UNTIL).alerts
    assert [alert.rule_id for alert in outcome if alert.status in ("BREACHED", "CLEARED")] == []


def test_each_rule_is_asked_by_one_of_them() -> None:
    """None is silent only because no history is in its scope; a silent feed and a trend are nobody's history."""
    asked: set[str] = set()
    for history_allowed in ALLOWED.values():
        monitor = Monitor(FORCE, BUILT_IN)
        for snapshot in (*TRAINED, *history_allowed):
            monitor.apply(snapshot, snapshot.event_time)
        monitor.advance(UNTIL)
        facts, context = monitor.context.facts, monitor.context
        asked |= {
            rule.id
            for rule in CATALOGUE
            if not rule.live_only
            for kind in rule.about
            for matter in facts.matters[kind].values()
            if rule.judgement(matter, context)
        }
    assert {rule.id for rule in CATALOGUE} - asked == {"feed-silent", "theme-emerging"}


def test_a_chief_officer_decides_where_a_force_has_no_registrar() -> None:
    """CRR p25, Rape and homicide crimes; elsewhere only the registrar does."""
    book = policy(f'[installation]\nforces_without_registrar = ["{FORCE}"]\n')
    history_allowed = cancelled("C2", offence_class="RAPE", decided_by_role="CHIEF_OFFICER")
    for policy_book, wrong in ((book, False), (BUILT_IN, True)):
        outcome = run(*TRAINED, *history_allowed, until=UNTIL, book=policy_book)
        assert (outcome.status("no-crime-unauthorised") == "BREACHED") is wrong


def test_same_day_is_a_warning_and_24_hours_the_limit() -> None:
    """CRR p10, When to record?: "should be on the same day ... and no later than 24 hours"."""
    late_evening = crime(MORNING + 20 * HOUR, incident_refs=("I-1",))
    course = run(incident(MORNING, crimes_expected=1, **SEEN), late_evening, *TRAINED, until=UNTIL).course
    assert course("crime-not-recorded") == [
        "2026-04-14T21:00:00.000Z AT_RISK",
        "2026-04-15T04:00:00.000Z WITHDRAWN MET_IN_TIME",
    ]


@pytest.mark.parametrize(("oversight", "status"), [(True, None), (False, "CLEARED RECORDED_LATE")])
def test_recording_may_be_delayed_with_a_rationale_and_the_registrars_oversight(
    oversight: bool, status: str | None
) -> None:
    """CRR p10, When to record?: "an NCRS compliant rationale and ... appropriate FCR oversight"; here five days."""
    outcome = run(
        *TRAINED,
        incident(MORNING, crimes_expected=1, **SEEN),
        incident(
            MORNING + HOUR,
            crimes_expected=1,
            disposition="DELAYED",
            disposition_rationale=WHY,
            fcr_oversight=oversight,
            **SEEN,
        ),
        crime(MORNING + 5 * DAY, incident_refs=("I-1",)),
        until=MORNING + 9 * DAY,
    )
    assert outcome.status("crime-not-recorded") == status


@pytest.mark.parametrize(("reported", "breached"), [("2015-03-31 12:00", True), ("2015-04-01 12:00", False)])
def test_n100_codes_count_for_reports_from_when_they_were_in_force(reported: str, breached: bool) -> None:
    """Notifiable reported incidents: N100/01 to /03 were added in 2015."""
    at = ms(reported)
    outcome = run(
        incident(at, offence_class="RAPE", crimes_expected=1),
        crime(at + MINUTE, offence_code="N100/02", offence_class="RAPE", incident_refs=("I-1",)),
        until=at + 10 * DAY,
    )
    assert (outcome.status("rape-not-recorded") == "BREACHED") is breached
    assert (outcome.status("crime-not-recorded") == "BREACHED") is breached
