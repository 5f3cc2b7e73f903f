"""Random small histories of little but what some rules look at, so that what chance seldom brings together meets.

Each strategy is of snapshots, to be given to :func:`tests.streams.histories.histories`.  Calls have a module of their
own (:mod:`tests.streams.call_histories`).
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from schemas.records import HistoryEntry, PartnerReferral
from tests.streams.histories import (
    CRIMES,
    START,
    asb_reports,
    courses,
    crimes,
    disposals,
    incidents,
    links,
    narrowed,
    no_crimes,
    one_of,
    pnc_histories,
    referrals,
)
from tests.streams.world import AVI, DAY, HOUR, MINUTE

_ready: dict[str, Any] = {
    "crimes_expected": st.just(1),
    "disposition_rationale": st.just("because"),
    "reporter_informed": st.just(True),
    "fcr_oversight": st.just(True),
    "crime_refs": st.just(()),
}
_sound: dict[str, Any] = {
    "decided_by_role": st.just("FCR"),
    "independent": st.just(True),
    "rationale": st.just("because"),
    "avi": st.just(AVI),
    "receiving_ref": st.just("N/1"),
}
duplicate_incidents = narrowed(
    incidents,
    **_ready,
    incident_ref=one_of("I-1", "I-2", "I-3"),
    disposition=one_of("DUPLICATE", "DUPLICATE", "DUPLICATE", None, "NOT_A_CRIME", "DELAYED"),
)
"""Incidents that are said to be one another's duplicates, and are taken back."""
cited_incidents = st.one_of(
    narrowed(
        referrals,
        crimes_expected=one_of(None, 1, 2),
        decision=one_of(None, None, "DELAYED"),
        crime_refs=one_of((), ("C-1",)),
        incident_refs=one_of((), ("I-1",), ("I-1", "I-2")),
    ),
    narrowed(incidents, incident_ref=one_of("I-1", "I-2"), crime_refs=one_of((), ("C-1",), ("C-1", "C-2"))),
    narrowed(
        crimes,
        crime_ref=one_of("C-1", "C-2"),
        status=st.just("RECORDED"),
        offence_code=st.just("39"),
        incident_refs=one_of((), ("I-1",), ("I-2",)),
        referral_refs=st.just(()),
    ),
    links,
)
"""Referrals that reach crimes through incidents, linked from every side."""
cancelled_crimes = st.one_of(
    narrowed(incidents, incident_ref=st.just("I-1"), crimes_expected=one_of(1, 2), disposition=st.none()),
    narrowed(
        crimes,
        status=one_of("RECORDED", "CANCELLED", "CANCELLED"),
        incident_refs=one_of((), ("I-1",), ("I-1",)),
        offence_code=one_of("39", "39", "39", "39", "N100/01", "N200", "300/02"),
    ),
    narrowed(no_crimes, **_sound, reason=one_of("C2", "C3", "C3", "C3"), duplicate_of=one_of(*CRIMES)),
    narrowed(no_crimes, reason=one_of("C3", "C4")),
)
"""Crimes cancelled, restored, and standing in for one another, in chains and circles."""
crowded = st.one_of(
    *(
        narrowed(some, event_time=one_of(START, START + HOUR, START + DAY, START + 3 * DAY))
        for some in (incidents, cancelled_crimes, cited_incidents)
    )
)
"""Records saved again and again in the same few milliseconds."""
_stated_again: dict[str, Any] = {
    "event_time": one_of(START, START + HOUR // 2, START + HOUR, START + 3 * DAY),
    "revision": one_of(0, 1, 2, 3),
}
corrected = st.one_of(
    narrowed(
        incidents,
        **_stated_again,
        incident_ref=one_of("I-1", "i 1", "I-2"),
        reported_at=one_of(START, START, START - HOUR),
        offence_class=one_of("RAPE", "RAPE", "THEFT"),
        overseen_role=one_of("CONTROL_ROOM_INSPECTOR", "CONTROL_ROOM_INSPECTOR", "OTHER", None),
        overseen_at=one_of(START, START + 2 * HOUR, None),
    ),
    narrowed(
        crimes,
        **_stated_again,
        crime_ref=one_of("C-1", "C-2"),
        recorded_at=one_of(START, START, START + DAY),
        reported_at=one_of(START, START - DAY, None),
        incident_refs=one_of((), ("I-1",)),
        referral_refs=one_of((), ("R-1",)),
    ),
    narrowed(no_crimes, **_stated_again, crime_ref=st.just("C-1"), reason=one_of("C2", "C3", "C4")),
    narrowed(referrals, **_stated_again, referral_ref=st.just("R-1"), received_at=one_of(START, START, START + HOUR)),
    narrowed(asb_reports, **_stated_again, reported_at=one_of(START, START, START + HOUR)),
)
"""Records saved again and again in the same few milliseconds, each time as another revision."""
issued = st.one_of(
    disposals,
    narrowed(
        disposals,
        kind=one_of("CAUTION", "PND", "COMMUNITY_RESOLUTION", "CONDITIONAL_CAUTION"),
        outcome_meaningful=one_of(True, None),
        offence_admitted=one_of(True, False),
        goods_value_pence=one_of(None, 10_000, 10_001),
        rescinded_at=st.none(),
    ),
    pnc_histories,
    courses,
)
"""Out-of-court disposals, with the training and the offending history that they rest on."""
single_records = st.one_of(
    narrowed(incidents, crimes_expected=one_of(None, None, 0), officer_dispatched=one_of(False, False, True)),
    narrowed(referrals, referral_ref=one_of("R-1", "R-2", "R-3", "R-4")),
    asb_reports,
    crimes,
    narrowed(
        crimes,
        crime_ref=st.just("C-1"),
        status=st.just("RECORDED"),
        offence_code=st.just("39"),
        oversight_di=one_of(None, "DI1", " "),
    ),
    narrowed(no_crimes, decided_by=one_of("F1", "P1")),
    courses,
    issued,
)
"""What is judged by itself, with what it rests on."""

# -- reports -------------------------------------------------------------------------------------------------------

asb = st.one_of(
    narrowed(
        asb_reports,
        reported_at=one_of(START, START, START + HOUR),
        crimes_expected=one_of(None, 1, 1, 2),
        decision=one_of(None, None, "DELAYED", "NOT_A_CRIME"),
        crime_refs=one_of((), (), ("C-1",)),
        incident_refs=one_of((), ("I-1",)),
    ),
    narrowed(
        crimes,
        crime_ref=one_of("C-1", "C-2"),
        status=one_of("RECORDED", "RECORDED", "CANCELLED"),
        offence_code=st.just("39"),
        incident_refs=one_of((), ("I-1",)),
        referral_refs=st.just(()),
        asb_refs=one_of((), ("A-1",), ("a/1",)),
    ),
    links,
)
"""ASB reports that disclose crimes, and what was recorded of them."""
undecided = st.one_of(
    narrowed(
        incidents,
        incident_ref=one_of("I-1", "I-2", "I-3"),
        reported_at=one_of(START, START, START, START + MINUTE),
        crimes_expected=one_of(None, None, None, 0, 1),
        closing_code=one_of(None, None, None, "CRIME", "RTC", "RTC-DAMAGE"),
        opening_code=one_of("VIOLENCE", "VIOLENCE", "ADMIN", "CONCERN"),
        disposition=one_of(None, None, "NOT_A_CRIME", "TRANSFERRED"),
        crime_refs=st.just(()),
    ),
    narrowed(asb_reports, crimes_expected=one_of(None, None, 0), crime_refs=st.just(())),
    narrowed(crimes, incident_refs=one_of((), ("I-1",)), status=st.just("RECORDED")),
)
"""Reports that nobody has decided, or not for a long time."""
overseen = narrowed(
    incidents,
    incident_ref=one_of("I-1", "I-2"),
    reported_at=one_of(START, START, START + HOUR),
    offence_class=one_of("RAPE", "RAPE", None),
    crimes_expected=one_of(None, None, 1),
    officer_dispatched=one_of(False, False, True),
    status=one_of("CLOSED", "CLOSED", "OPEN"),
    other_force=one_of("NOTTS", "NOTTS", None, " "),
    overseen_role=one_of(None, "CONTROL_ROOM_INSPECTOR", "CONTROL_ROOM_INSPECTOR", "OTHER"),
    overseen_at=one_of(None, START + HOUR // 2, START + 2 * HOUR),
)
"""Incidents that somebody should have overseen, assessed or confirmed with another force."""
reported_rapes = narrowed(
    incidents,
    incident_ref=st.just("I-1"),
    reported_at=st.just(START),
    offence_class=one_of("RAPE", "RAPE", "RAPE", "THEFT"),
    status=one_of("CLOSED", "CLOSED", "OPEN"),
    disposition=one_of(None, None, None, "N100"),
    crime_refs=st.just(()),
)
recorded_rapes = narrowed(
    crimes,
    crime_ref=one_of("C-1", "C-1", "C-2"),
    recorded_at=one_of(START, START, START + 2 * HOUR),
    offence_class=one_of("RAPE", "RAPE", "THEFT"),
    status=one_of("RECORDED", "RECORDED", "RECORDED", "CANCELLED"),
    incident_refs=one_of((), ("I-1",), ("I-1",)),
)
rapes = st.one_of(reported_rapes, recorded_rapes)
"""One rape that is reported, and recorded in time or late, as a rape or something else."""
audited = narrowed(
    referrals,
    referral_ref=one_of("R-1", "R-2", "R-3", "r 4"),
    received_at=one_of(START, START, START - DAY),
    vulnerable=one_of((), ("CHILD",), ("ADULT", "CHILD")),
    fcr_audited_at=one_of(None, None, START + DAY, START + 15 * DAY),
)
"""Referrals that the registrar audits, or does not."""

# -- crimes --------------------------------------------------------------------------------------------------------

cancellations = narrowed(
    crimes,
    crime_ref=st.just("C-1"),
    status=one_of("RECORDED", "CANCELLED", "TRANSFERRED"),
    offence_code=one_of("39", "39", "008/06"),
    offence_class=one_of("THEFT", "RAPE"),
)
decisions = narrowed(
    no_crimes,
    crime_ref=st.just("C-1"),
    offence_class=one_of("THEFT", "RAPE", "ROBBERY", "HOMICIDE"),
    reason=one_of("NO_CRIME", "C1", "C2", "C3", "C4", "C5"),
    victim_informed_at=one_of(None, None, START, START + HOUR, START + 5 * DAY),
)
restored = st.one_of(
    cancellations,
    decisions,
    narrowed(decisions, **_sound, reason=one_of("NO_CRIME", "C1", "C2", "C4", "C5")),
    narrowed(courses, staff_id=st.just("F1"), completed_at=one_of(START - DAY, START + DAY)),
)
"""One crime cancelled and restored, under sound decisions and others."""
recorded_crimes = narrowed(
    crimes,
    crime_ref=one_of("C-1", "C-1", "C-2"),
    recorded_at=one_of(START, START, START, START + DAY),
    offence_class=one_of("RAPE", "RAPE", "RAPE", "THEFT"),
    offence_code=one_of(*["39"] * 10, "N100/01", "n300 01"),
    status=one_of("RECORDED", "RECORDED", "RECORDED", "RECORDED", "CANCELLED"),
    closed_at=one_of(None, START + DAY, START + DAY, START + DAY),
    closure_reviewed_role=one_of("DCI", "DCI", "DI", None),
    oversight_di=one_of("DI1", "DI1", None, " "),
    dispute_raised_at=one_of(None, START, START, START + DAY),
    dispute_decided_at=one_of(None, START + DAY, START + 20 * DAY),
    dispute_decided_role=one_of(None, "FCR", "FCR", "DEPUTY_FCR", "SERGEANT"),
    victim_care_contract_at=one_of(None, START + DAY, START + 6 * DAY),
    victim_consents_support=one_of(True, True, None),
    victim_support_referred_at=one_of(None, START + DAY, START + 4 * DAY),
    partner_referrals=st.lists(
        st.builds(
            PartnerReferral,
            agency=one_of("Refuge", "MARAC"),
            referred_at=one_of(START, START, START + DAY),
            actioned_at=one_of(None, START + DAY, START + 15 * DAY),
        ),
        max_size=2,
    ).map(tuple),
    victim_token=one_of("v1", "v1", None),
    team=one_of(None, "T1", "T2"),
    beat=one_of(None, "B1"),
)
"""Crimes whose victims are owed something, closed and disputed."""
aftercare = st.one_of(recorded_crimes, recorded_crimes, courses)
"""The same, by officers who are trained or not."""
sanctions = narrowed(
    disposals,
    offender_id=one_of("O-1", "o 1", "O-2"),
    kind=one_of(
        "CAUTION", "CONDITIONAL_CAUTION", "PND", "CANNABIS_WARNING", "COMMUNITY_RESOLUTION", "COMMUNITY_RESOLUTION"
    ),
    victim_present=one_of(True, True, False),
    form_attached=one_of(True, True, False),
    pnc_checked_at=one_of(START + DAY, START + DAY, None),
    reviewed_at=one_of(None, START + 2 * DAY, START + 9 * DAY),
    victim_consulted=one_of(None, True),
    goods_value_pence=one_of(None, 10_000, 10_001),
    outcome_meaningful=one_of(True, True, None, False),
    offence_admitted=one_of(True, True, None, False),
    reviewed_by=one_of(None, "P1", "P1"),
)
"""Disposals of every kind."""
resolutions = narrowed(
    sanctions, disposal_ref=one_of("D-1", "D-1", "D-2"), kind=st.just("COMMUNITY_RESOLUTION"), rescinded_at=st.none()
)
"""Disposals of one kind."""
sanctioned = st.one_of(
    sanctions,
    sanctions,
    narrowed(
        pnc_histories,
        offender_id=one_of("O-1", "O-2"),
        entries=st.lists(
            st.builds(
                HistoryEntry,
                kind=one_of("CONVICTION", "CAUTION", "PND", "CANNABIS_WARNING", "COMMUNITY_RESOLUTION"),
                date=st.sampled_from((1, 0, -1, -365, -366, -730, -731)).map(lambda days: START + days * DAY),
                offence_class=one_of("DRUGS", "THEFT"),
            ),
            max_size=2,
        ).map(tuple),
    ),
    narrowed(courses, staff_id=st.just("P1"), course=one_of("DISPOSALS", "NCRS"), completed_at=st.just(START - DAY)),
)
"""The same, with offending histories on both sides of each period, and reviewers who are trained or not."""
