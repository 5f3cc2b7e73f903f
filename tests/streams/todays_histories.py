"""Random small histories about the night in which the rules of April 2026 begin.

What is reported, recorded, closed or decided lies on both sides of midnight in London, and a millisecond off it.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from schemas.records import POSSIBLE_FEEDS, Snapshot
from tests.streams import world
from tests.streams.histories import (
    START,
    asb_reports,
    assessments,
    crimes,
    histories,
    incidents,
    links,
    moments,
    narrowed,
    no_crimes,
    one_of,
    optional,
    protection_reports,
    rationales,
    recording,
    referrals,
    revised_histories,
    several,
    shifted,
)
from tests.streams.world import DAY, HOUR, ms, policy

MIDNIGHT = ms("2026-03-31 23:00")
"""When the first of April 2026 begins in London."""

NAMED = policy(f"[installation]\nfeeds = {json.dumps(POSSIBLE_FEEDS)}")
"""The built-in policy of a force that has protection reports too."""

CODES = ("39", "045/10", "105/01", "8N", "019/08", "001/01", "9999", "N100/01", "100", "N200/01", "N300/02", "300/07")
"""Codes of offences, one of none, and those of reported incidents."""
OUTCOMES = (None, "5", "8", "10", "14", "15", "16", "18", "21", "21", "22", "23", " ")
ROLES = (None, "OFFICER", "SUPERVISOR", "INSPECTOR", "DI", "INDEPENDENT", "DDM", "DEPUTY_FCR", "FCR")
OPENED = ("VIOLENCE", "ASB-NUISANCE", "DOMESTIC", "CONCERN-FOR-SAFETY", "SUDDEN-DEATH", "ADMIN", "RTC")
CLOSED = (None, None, "CRIME", "DUPLICATE", "MESSAGES", "CONTACT-RECORD", "SUDDEN-DEATH", "CONCERN-FOR-SAFETY")
REPORTERS = ("VICTIM", "PROFESSIONAL", "PARENT_CARER", "OTHER", "OTHER", "OTHER")

_near: SearchStrategy[int] = one_of(START, START, START, START - 1, START + 1, START + HOUR, START - DAY, START + DAY)

crimes_of_today = narrowed(
    crimes,
    crime_ref=one_of("C-1", "C-1", "C-2", "c/1"),
    recorded_at=st.one_of(_near, moments),
    reported_at=one_of(None, START, START, START + 1, START - 1, START - DAY, START + HOUR),
    offence_code=one_of(*CODES, "39", "39", "39", "39"),
    offence_class=one_of("THEFT", "RAPE", "RAPE", "SEXUAL", "VIOLENCE", "HOMICIDE", "OTHER"),
    offence_class_unknown=one_of(False, False, False, True),
    status=one_of("RECORDED", "RECORDED", "RECORDED", "RECORDED", "CANCELLED"),
    reclassified_at=one_of(None, None, START, START + HOUR, START + DAY, START + 3 * DAY),
    reclassified_role=one_of(None, "FCR", "FCR", "DEPUTY_FCR", "DDM", "SERGEANT", "OFFICER"),
    reclassification_rationale=rationales,
    fcr_oversight_at=one_of(None, None, START, START + DAY, START + 15 * DAY),
    closed_at=optional(_near),
    closure_reviewed_role=one_of(None, "DI", "DCI", "INSPECTOR", "INDEPENDENT", "DEPUTY_FCR", "FCR", "OTHER"),
    oversight_di=one_of(None, "DI1"),
    referral_refs=several("R-1", "R-1", "PR-1"),
)
reclassified = narrowed(
    crimes_of_today,
    crime_ref=st.just("C-1"),
    recorded_at=one_of(START, START, START, START - 1),
    offence_code=one_of("39", "39", "39", "39", "N100/01", "300/01"),
    offence_class=one_of("THEFT", "ROBBERY", "RAPE"),
    status=one_of("RECORDED", "RECORDED", "RECORDED", "RECORDED", "RECORDED", "CANCELLED"),
    reclassified_at=one_of(None, START, START + HOUR, START + DAY, START + 3 * DAY),
    reclassified_role=one_of("FCR", "FCR", "DDM", "DEPUTY_FCR", "SERGEANT", None),
    reclassification_rationale=one_of("because", "because", "because", " "),
    incident_refs=st.just(()),
)
"""One crime that is recoded and reclassified."""
late_crimes = narrowed(
    crimes_of_today,
    crime_ref=one_of("C-1", "C-1", "C-2"),
    recorded_at=one_of(START, START + DAY, START + DAY + 1, START + 2 * DAY),
    reported_at=one_of(START, START, START + 1, START - 1, START + HOUR, None),
    offence_code=one_of("39", "39", "39", "39", "N100/01"),
    status=one_of("RECORDED", "RECORDED", "RECORDED", "CANCELLED"),
    incident_refs=one_of((), (), (), ("I-1",)),
    referral_refs=one_of((), (), (), ("R-1",)),
    asb_refs=one_of((), (), (), ("A-1",)),
)
"""Crimes reported by other routes."""
linked_crimes = narrowed(
    late_crimes,
    crime_ref=st.just("C-1"),
    recorded_at=one_of(START + DAY, START + DAY, START + DAY + 1),
    reported_at=st.just(START),
    offence_code=st.just("39"),
    status=st.just("RECORDED"),
    incident_refs=one_of((), ("I-1",)),
    referral_refs=st.just(()),
    asb_refs=st.just(()),
)
earlier_incidents = narrowed(
    incidents,
    incident_ref=st.just("I-1"),
    reported_at=one_of(START - DAY, START - DAY, START),
    crimes_expected=one_of(None, None, 0),
    closing_code=st.none(),
    crime_refs=st.just(()),
)
"""What a crime reported by another route is linked to, and no longer."""
sanctioned_crimes = narrowed(
    crimes_of_today,
    crime_ref=one_of("C-1", "C-1", "C-2"),
    offence_code=one_of("39", "39", "39", "N100/01"),
    status=one_of("RECORDED", "RECORDED", "RECORDED", "CANCELLED"),
    outcome=one_of(*OUTCOMES),
    outcome_at=one_of(None, START, START, START, START - 1, START + DAY),
    outcome_role=one_of(*ROLES),
    outcome_rationale=rationales,
    domestic_abuse=one_of(None, True, False),
    suspect_token=one_of(None, "s1", " "),
    flags=several("HATE", "High-Risk DA", "INTIMATE-PARTNER", "METAL-THEFT"),
)
"""Crimes with outcomes."""
reported_incidents = narrowed(
    crimes_of_today,
    crime_ref=one_of("C-1", "C-2"),
    offence_code=one_of("N100/01", "N100/01", "N300/01", "N200/02", "39"),
    offence_class=one_of("RAPE", "RAPE", "OTHER"),
    status=one_of("RECORDED", "RECORDED", "RECORDED", "CANCELLED"),
    incident_refs=one_of((), ("I-1",), ("I-1", "I-2")),
    referral_refs=one_of((), ("R-1",), ("PR-1",)),
)
"""Records that are no crimes, linked and not."""
incidents_of_today = narrowed(
    incidents,
    reporter=one_of(*REPORTERS),
    opening_code=one_of(*OPENED),
    closing_code=one_of(*CLOSED),
    qualifiers=several("DOMESTIC ABUSE", "VULNERABLE CHILD", "YOUTH-RELATED"),
    closed_at=one_of(None, None, START, START + HOUR, START + 2 * DAY),
    reported_at=one_of(START, START, START - 1, START + 1, START + HOUR, START - DAY),
    crimes_expected=one_of(None, None, 0, 1),
)
closed_incidents = narrowed(
    incidents_of_today,
    incident_ref=one_of("I-1", "I-1", "I-2"),
    status=one_of("CLOSED", "CLOSED", "OPEN"),
    opening_code=one_of("DOMESTIC", "SUDDEN-DEATH", "CONCERN-FOR-SAFETY", "VIOLENCE"),
    closing_code=one_of(None, None, "SUDDEN-DEATH", "MESSAGES"),
    crimes_expected=one_of(None, None, None, 0, 1),
    crime_refs=one_of((), (), ("C-1",)),
)
"""Incidents that are closed, of sudden deaths and of people at risk."""
answered_incidents = narrowed(
    incidents_of_today,
    incident_ref=one_of("I-1", "I-1", "I-2"),
    disposition=one_of("CRIME_RELATED_INCIDENT", "CRIME_RELATED_INCIDENT", "DUPLICATE", "N100", "TRANSFERRED", None),
    crimes_expected=one_of(1, 1, None),
    offence_class=one_of(None, "RAPE", "RAPE"),
    crime_refs=one_of((), (), ("C-1",)),
)
"""Incidents whose disposition may or may not be valid."""
_reports: dict[str, Any] = {
    "vulnerable": one_of((), ("CHILD",), ("ADULT",)),
    "crimes_expected": one_of(None, None, 0, 1, 2),
    "offence_class": one_of(None, "RAPE", "RAPE", "THEFT"),
    "crime_refs": one_of((), (), ("C-1",), ("C-9",)),
    "incident_refs": one_of((), (), ("I-1",)),
    "received_at": _near,
}
referrals_of_today = narrowed(referrals, referral_ref=one_of("R-1", "PR-1"), **_reports)
protection_of_today = narrowed(protection_reports, report_ref=one_of("PR-1", "R-1", "r/1"), **_reports)
asb_of_today = narrowed(asb_reports, reported_at=_near, incident_refs=one_of((), ("I-1",)))
judgements = st.builds(
    lambda at, about, number, stated: world.assessment(at, *about, event_id=f"e{number:02}", **stated),
    moments,
    one_of(
        ("CIS", "C-1"),
        ("CIS", "c 1"),
        ("CIS", "C-2"),
        ("STORM", "I-1"),
        ("STORM", "I-2"),
        ("PPN", "PR-1"),
        ("CATS", "R-1"),
    ),
    st.integers(0, 60),
    st.fixed_dictionaries(
        {
            "crimes": one_of(None, None, 0, 0, 1),
            "offence_class": one_of(None, "SEXUAL", "RAPE", "THEFT"),
            "rationale": rationales,
            "assessed_by": one_of("S1", "F1", "D1"),
            "assessed_role": one_of("SUPERVISOR", "DDM", "DEPUTY_FCR", "FCR", "FCR", "AUDITOR"),
            "assessed_at": one_of(START, START, START + DAY),
            "revoked": one_of(False, False, False, True),
        }
    ),
)
"""What people make of crimes and of reports."""
judgements_of_crimes = narrowed(
    judgements,
    system=st.just("CIS"),
    ref=one_of("C-1", "C-1", "c 1", "C-2"),
    offence_class=one_of("THEFT", "ROBBERY", "RAPE", None),
    rationale=one_of("because", "because", " "),
    assessed_role=one_of("FCR", "FCR", "DDM", "DEPUTY_FCR", "SUPERVISOR"),
)
linked_of_today = narrowed(
    links, left_system=one_of("STORM", "STORM", "CATS", "PPN", "SENTINEL"), left_ref=one_of("I-1", "R-1", "PR-1", "A-1")
)

FAMILIES: dict[str, SearchStrategy[list[Snapshot]]] = {
    "recording of today": histories(
        st.one_of(incidents_of_today, crimes_of_today, crimes_of_today, no_crimes, linked_of_today, referrals_of_today),
        most=16,
    ),
    "all of today": histories(
        st.one_of(
            recording,
            incidents_of_today,
            crimes_of_today,
            sanctioned_crimes,
            reported_incidents,
            protection_of_today,
            referrals_of_today,
            asb_of_today,
            judgements,
            assessments,
            linked_of_today,
        ),
        most=14,
    ),
    "reclassified crimes": revised_histories(reclassified, reclassified, judgements_of_crimes, most=3),
    "recoded crimes": st.lists(st.one_of(reclassified, reclassified, judgements_of_crimes), min_size=4, max_size=8),
    "crimes with outcomes": revised_histories(sanctioned_crimes),
    "reported incidents": histories(
        st.one_of(
            reported_incidents,
            reported_incidents,
            answered_incidents,
            referrals_of_today,
            protection_of_today,
            judgements,
        ),
        most=10,
    ),
    "revised incidents": revised_histories(closed_incidents, answered_incidents, reported_incidents, judgements),
    "closed incidents": histories(
        st.one_of(closed_incidents, closed_incidents, reported_incidents, crimes_of_today, judgements), most=10
    ),
    "answered incidents": histories(st.one_of(answered_incidents, answered_incidents, reported_incidents), most=8),
    "incidents only": st.lists(
        st.one_of(reported_incidents, reported_incidents, judgements_of_crimes, incidents_of_today, linked_of_today),
        min_size=2,
        max_size=7,
    ),
    "protection": histories(
        st.one_of(protection_of_today, protection_of_today, crimes_of_today, incidents_of_today, judgements), most=10
    ),
    "revised reports": revised_histories(protection_of_today, referrals_of_today, crimes_of_today),
    "linked and not": revised_histories(linked_crimes, earlier_incidents, most=3),
    "other routes": histories(
        st.one_of(late_crimes, late_crimes, late_crimes, closed_incidents, asb_of_today, referrals_of_today), most=6
    ),
}
"""Histories of families of rules, about START."""


def about_midnight(history: list[Snapshot], off: int) -> list[Snapshot]:
    """Return a history moved so that START is so many milliseconds from midnight."""
    return [shifted(snapshot, MIDNIGHT + off - START) for snapshot in history]
