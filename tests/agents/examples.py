"""Records of a small invented force."""

from __future__ import annotations

from typing import Any

from schemas.records import FEEDS, Crime, Heartbeat, Incident

HOUR = 3_600_000
DAY = 24 * HOUR
START = 1_430_000_000_000
"""2015-04-25T22:13:20Z: the 24 h limit is in force."""


def incident(number: int, force: str = "LEICS", **fields: object) -> Incident:
    """Return a report of one crime, an hour after the one before."""
    at = START + number * HOUR
    stated: dict[str, Any] = {
        "event_id": f"i-{force}-{number}",
        "force": force,
        "source": "STORM",
        "event_time": at,
        "incident_ref": f"INC-{number}",
        "reported_at": at,
        "channel": "PHONE",
        "reporter": "VICTIM",
        "opening_code": "BURG",
        "crimes_expected": 1,
        "status": "OPEN",
        "officer_dispatched": True,
        **fields,
    }
    return Incident(**stated)


def crime(number: int, force: str = "LEICS", **fields: object) -> Crime:
    """Return the crime that the report of that number discloses, recorded two hours later."""
    at = START + (number + 2) * HOUR
    stated: dict[str, Any] = {
        "event_id": f"c-{force}-{number}",
        "force": force,
        "source": "CIS",
        "event_time": at,
        "crime_ref": f"CR-{number}",
        "recorded_at": at,
        "offence_code": "28A",
        "offence_class": "BURGLARY",
        "status": "RECORDED",
        "incident_refs": (f"INC-{number}",),
        "recorded_by": "officer",
        "recorded_by_role": "ATTENDING_OFFICER",
        **fields,
    }
    return Crime(**stated)


def closing_heartbeats(until: int, force: str = "LEICS") -> list[tuple[str, Heartbeat]]:
    """Return every feed's word that nothing is missing up to ``until``."""
    return [(feed, Heartbeat(force=force, source="TEST", complete_through=until)) for feed in FEEDS]
