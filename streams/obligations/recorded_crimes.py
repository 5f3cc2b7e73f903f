"""Which crime records the rules about crimes are about: those RECORDED now, and not coded N100.

A record coded N100 is a reported incident of rape, which is no crime (CRR p63, N100 Reported Incident of Rape).
"""

from __future__ import annotations

from schemas.records import Crime
from streams.facts.matters import Matter
from streams.obligations.counting import is_n100


def is_crime(crime: Matter[Crime]) -> bool:
    """Return whether CIS holds the record, whatever its status, and as a crime at all."""
    return crime.held and not is_n100(crime.newest.offence_code)


def is_recorded(crime: Matter[Crime]) -> bool:
    """Return whether the record is a crime that stands RECORDED now."""
    return is_crime(crime) and crime.newest.status == "RECORDED"


def is_recorded_rape(crime: Matter[Crime]) -> bool:
    """Return whether the record is a rape that stands RECORDED now."""
    return is_recorded(crime) and crime.newest.offence_class == "RAPE"
