"""Which crime records the rules about crimes are about: crimes that stand RECORDED now.

A record coded N100, N200 or N300 is a reported incident, which is no crime: of rape (CRR p63, N100 Reported Incident of
Rape), of modern slavery, of a sudden death (Notifiable Reported Incidents list).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal, cast, get_args

from schemas.records import Crime
from streams.facts.matters import Matter
from streams.offences import offence_list

IncidentClass = Literal["N100", "N200", "N300"]
INCIDENT_CLASSES: Final[tuple[IncidentClass, ...]] = get_args(IncidentClass)


def incident_class(crime: Crime) -> IncidentClass | None:
    """Return the class of a record that is coded as a reported incident, or None: it is coded as a crime."""
    return _class_of(crime.offence_code)


@lru_cache(maxsize=4096)
def _class_of(offence_code: str) -> IncidentClass | None:
    """Return the class of a code.

    ``N100/01`` is how the rules name it, ``100/01`` its Home Office code (Notifiable Reported Incidents list); no
    notifiable offence is of class 100, 200 or 300.
    """
    return cast("IncidentClass | None", offence_list().incident_class(offence_code))


def is_crime(crime: Matter[Crime]) -> bool:
    """Return whether CIS holds the record, whatever its status, and as a crime at all."""
    return crime.held and incident_class(crime.newest) is None


def is_recorded(crime: Matter[Crime]) -> bool:
    """Return whether the record is a crime that stands RECORDED now."""
    if not crime.held:
        return False
    newest = crime.newest
    return newest.status == "RECORDED" and incident_class(newest) is None


def is_of_same_class(snapshot: Crime, other: Crime) -> bool:
    """Return whether two snapshots are of one class, and both or neither coded as a reported incident."""
    return snapshot.offence_class == other.offence_class and (
        (incident_class(snapshot) is None) == (incident_class(other) is None)
    )


def is_recorded_rape(crime: Matter[Crime]) -> bool:
    """Return whether the record is a rape that stands RECORDED now."""
    return is_recorded(crime) and crime.newest.offence_class == "RAPE"
