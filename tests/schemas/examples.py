"""One plain record of each kind that tests change a field of."""

from __future__ import annotations

from schemas.records import Crime, Heartbeat, Incident, Link, PartnerReferral

NINE = 1_367_398_800_000
"""2013-05-01T09:00:00.000Z"""

INCIDENT = Incident(
    event_id="e-1",
    force="LEICS",
    source="STORM",
    event_time=NINE + 600_000,
    incident_ref="INC/000123/13",
    reported_at=NINE,
    channel="PHONE",
    reporter="VICTIM",
    opening_code="BURGLARY",
    offence_class="BURGLARY",
    crimes_expected=1,
    status="OPEN",
    crime_refs=("CR/1/13", "CR/2/13"),
    call_handler="A. Handler",
)

CRIME = Crime(
    event_id="e-2",
    force="LEICS",
    source="CIS",
    event_time=NINE + 7_200_000,
    crime_ref="CR/1/13",
    recorded_at=NINE + 7_200_000,
    offence_code="28E",
    offence_class="BURGLARY",
    status="RECORDED",
    recorded_by="B. Recorder",
    recorded_by_role="ATTENDING_OFFICER",
    partner_referrals=(PartnerReferral(agency="Victim Support", referred_at=NINE + 7_200_000),),
)

LINK = Link(
    event_id="e-3",
    force="LEICS",
    source="BOARD",
    event_time=NINE,
    left_system="STORM",
    left_ref="INC/000123/13",
    crime_ref="CR/1/13",
    confirmed=True,
    confirmed_by="C. Supervisor",
)

HEARTBEAT = Heartbeat(force="LEICS", source="STORM", complete_through=NINE)
