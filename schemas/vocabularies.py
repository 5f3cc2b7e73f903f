"""What a field of a record may hold: times, counts, shared words and closed vocabularies.

Text vocabularies are ``Literal`` types, so a value outside one is refused with the vocabulary named; only
``offence_class`` is open (see :data:`OFFENCE_CLASSES`), because a class we do not know must not lose the record that
carries it.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from schemas.times import EARLIEST, LATEST

Millis = Annotated[int, msgspec.Meta(ge=EARLIEST, le=LATEST, extra={"logicalType": "timestamp-millis"})]
"""A moment: milliseconds since 1970-01-01T00:00Z, from 1900 to 9999."""

Int32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1, extra={"avro": "int"})]
"""A small number: Avro ``int``."""

Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1, extra={"avro": "long"})]
"""A number: Avro ``long``."""

Count32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1, extra={"avro": "int", "least": 0})]
Count64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1, extra={"avro": "long", "least": 0})]
"""Numbers of what there is, which the door refuses below 0; state and topics may hold such from before it did."""

Word = Annotated[str, msgspec.Meta(extra={"shared": "word"})]
"""Text that many records share: a force, a code, a team.  It is kept in memory once."""

OffenceClass = Annotated[str, msgspec.Meta(extra={"open": "offence_class"})]
"""One of :data:`OFFENCE_CLASSES`; an unknown one is read as OTHER and counted."""

OFFENCE_CLASSES = frozenset(
    {
        "HOMICIDE",
        "RAPE",
        "SEXUAL",
        "ROBBERY",
        "VIOLENCE",
        "BURGLARY",
        "CRIMINAL_DAMAGE",
        "THEFT",
        "VEHICLE",
        "DRUGS",
        "PUBLIC_ORDER",
        "WEAPONS",
        "MODERN_SLAVERY",
        "FRAUD",
        "OTHER",
    }
)

Channel = Literal["PHONE", "ONLINE", "COUNTER", "OFFICER", "PARTNER", "OTHER"]
Reporter = Literal["VICTIM", "PROFESSIONAL", "PARENT_CARER", "OTHER"]
SPEAKING_FOR_VICTIMS: Final = frozenset({"VICTIM", "PARENT_CARER", "PROFESSIONAL"})
"""The reporters who are believed as the victim is."""
Disposition = Literal[
    "CRIMED", "CRIME_RELATED_INCIDENT", "NOT_A_CRIME", "DUPLICATE", "TRANSFERRED", "N100", "DELAYED", "EXEMPT"
]
Decision = Literal["CRIMED", "NOT_A_CRIME", "DELAYED", "EXEMPT"]
Vulnerable = Literal["CHILD", "ADULT"]
AgencySector = Literal["PUBLIC", "VOLUNTARY", "PRIVATE"]
CrimeStatus = Literal["RECORDED", "CANCELLED", "TRANSFERRED"]
Route = Literal["CONTROL_ROOM", "COUNTER", "ONLINE", "OFFICER", "PARTNER", "BUREAU", "OTHER"]
RecorderRole = Literal["ATTENDING_OFFICER", "CALL_HANDLER", "SPECIALIST", "OTHER"]
DeciderRole = Literal["FCR", "DEPUTY_FCR", "CHIEF_OFFICER", "DDM", "SERGEANT", "OFFICER"]
ClosureReviewerRole = Literal["DI", "DCI", "INSPECTOR", "INDEPENDENT", "DEPUTY_FCR", "FCR", "OTHER"]
OutcomeRole = Literal[
    "OFFICER", "SUPERVISOR", "INSPECTOR", "DI", "DCI", "INDEPENDENT", "DDM", "DEPUTY_FCR", "FCR", "OTHER"
]
NoCrimeReason = Literal["NO_CRIME", "C1", "C2", "C3", "C4", "C5"]
DisposalKind = Literal["CAUTION", "CONDITIONAL_CAUTION", "PND", "CANNABIS_WARNING", "COMMUNITY_RESOLUTION"]
HistoryKind = Literal["CONVICTION", "CAUTION", "PND", "CANNABIS_WARNING", "COMMUNITY_RESOLUTION"]
Course = Literal["NCRS", "HOCR", "NSIR", "AVI_ROBBERY", "DISPOSALS"]
ProtectionKind = Literal[
    "PPN", "DASH", "MASH", "MARAC", "NRM", "MISSING", "CUSTODY", "HOSPITAL", "SCHOOL", "EMAIL", "OTHER"
]
LeftSystem = Literal["STORM", "CATS", "SENTINEL", "PPN"]
JudgedSystem = Literal["STORM", "CATS", "SENTINEL", "PPN", "CIS"]
AssessorRole = Literal["FCR", "DEPUTY_FCR", "DDM", "SUPERVISOR", "AUDITOR"]
Reader = Literal["FIRST", "SECOND", "FCR"]
UnrecordedCause = Literal[
    "NOT_RECOGNISED",
    "VICTIM_DECLINED",
    "TREATED_AS_ASB",
    "TREATED_AS_CIVIL",
    "ADMIN",
    "AWAITING",
    "DUPLICATE_WRONG",
    "OTHER",
]
Probability = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
LogRatio = Annotated[float, msgspec.Meta(ge=-1000.0, le=1000.0)]
"""The natural logarithm of a ratio of probabilities."""
