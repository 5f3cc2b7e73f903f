"""One plain record of each kind that tests change a field of."""

from __future__ import annotations

from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from schemas.records import Crime, Heartbeat, Incident, Link, PartnerReferral
from schemas.vocabularies import Count32, Count64, Int32, Int64, LogRatio, Millis, OffenceClass, Probability, Word

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

_VALUES: dict[Any, Any] = {
    Millis: NINE,
    Int32: 1,
    Int64: 1,
    Count32: 1,
    Count64: 1,
    OffenceClass: "BURGLARY",
    Probability: 0.5,
    LogRatio: 1.5,
    str: "A1",
    Word: "A1",
    bool: True,
    bytes: b"A1",
}


def filled(struct: type[Any]) -> Any:
    """Return a record of which every field is stated, and every list holds one item."""
    hints = get_type_hints(struct, include_extras=True)
    return struct(**{name: _value(hints[name]) for name in struct.__struct_fields__})


def _value(hint: Any) -> Any:
    if hint in _VALUES:
        return _VALUES[hint]
    if get_origin(hint) is Literal:
        return get_args(hint)[0]
    if get_origin(hint) is tuple:
        return (_value(get_args(hint)[0]),)
    if get_args(hint):
        return _value(next(part for part in get_args(hint) if part is not NoneType))
    return filled(hint)
