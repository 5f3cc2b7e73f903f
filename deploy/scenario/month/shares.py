"""Every number that the month is made with, and where it comes from.

Sources, by the letters used below; ASSUMPTIONS.md beside this says what they mean for what is measured:
  issue    the volumes and counts that the month must have (a trial on a force's volumes)
  HMIC     HMIC, Crime data integrity: inspection of Leicestershire Police, 2014
  HMICFRS  HMICFRS, Leicestershire Police: crime data integrity inspection 2017, and its recommendation tracker (2019)
  NSIR     National Standard for Incident Recording 2011: the names of categories and qualifiers; it has no volumes
  ours     our own judgement of what is plausible; no published figure was found

Counts "of 30 days" are exact in every 30 days; percentages are drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeAlias

from schemas.vocabularies import ProtectionKind

Place: TypeAlias = Literal["DOMESTIC", "CONCERN", "ASB", "CIVIL", "REFERRAL", "PROTECTION"]
"""Where a hidden crime lies: the kind of log that it was closed as, or the system that holds the report."""

DAYS_COUNTED: Final = 30
INCIDENTS_A_DAY: Final = 712  # issue: published volume of Leicestershire
CRIMES_A_DAY: Final = 255  # issue: published volume of Leicestershire
HIDDEN_IN_LOGS: Final = 376  # issue: of 30 days; 7 % of the crimes that logs disclose
LATE_RECORDINGS: Final = 1_128  # issue: of 30 days; after 2018 HMICFRS found 6.3 % of all, before it far more
LATE_MEDIAN_HOURS: Final = 20.0  # ours: past the 24 hours
LATE_LONGEST_HOURS: Final = 120.0  # ours
IN_TIME_MEDIAN_HOURS: Final = 2.5  # ours


class LogKind(NamedTuple):
    """Logs opened under one code: how many a day, and what becomes of those of 30 days."""

    code: str
    a_day: int
    crimed: int = 0
    """With a crime recorded, of 30 days."""
    hidden: Mapping[Place, int] = MappingProxyType({})
    """With a crime that nobody records, of 30 days, by what the log is closed as."""


CRIME: Final = "CRIME"
"""Stands for the codes of crimes: the class that is drawn decides."""

LOG_KINDS: Final = (  # ours, in NSIR's categories, so that they add up to the published volume
    LogKind(CRIME, 160, 3_840, MappingProxyType({"DOMESTIC": 45, "CONCERN": 25, "ASB": 25, "CIVIL": 18})),
    LogKind("DOMESTIC-INCIDENT", 50, 720, MappingProxyType({"DOMESTIC": 105})),
    LogKind("CONCERN-FOR-SAFETY", 84, 95, MappingProxyType({"CONCERN": 77})),
    LogKind("CIVIL-DISPUTE", 22, 20, MappingProxyType({"CIVIL": 23})),
    LogKind("ASB-PERSONAL", 15, 60, MappingProxyType({"ASB": 26})),
    LogKind("ASB-NUISANCE", 34, 40, MappingProxyType({"ASB": 16})),
    LogKind("ASB-ENVIRONMENTAL", 6, 10, MappingProxyType({"ASB": 2})),
    LogKind("SUSPICIOUS-CIRCUMSTANCES", 42, 140),
    LogKind("MISSING-PERSON", 14, 10),
    LogKind("ABANDONED-CALL", 38),
    LogKind("ALARM", 12),
    LogKind("ANIMALS-WILDLIFE", 6),
    LogKind("ABSCONDER-WANTED-PERSON", 8),
    LogKind("SUDDEN-DEATH", 6),
    LogKind("HOAX-CALL", 3),
    LogKind("LICENSING", 2),
    LogKind("RTC-DAMAGE-ONLY", 34),
    LogKind("RTC-DEATH-INJURY", 9),
    LogKind("HIGHWAY-DISRUPTION", 38),
    LogKind("ROAD-RELATED-OFFENCE", 24),
    LogKind("MESSAGES", 36),
    LogKind("CONTACT-RECORD", 26),
    LogKind("POLICE-GENERATED-ACTIVITY", 16),
    LogKind("DUPLICATE", 12),
    LogKind("LOST-FOUND-PROPERTY", 8),
    LogKind("COMPLAINT-AGAINST-POLICE", 4),
    LogKind("PRE-PLANNED-EVENT", 3),
)
SENTINEL_HIDDEN: Final = 14  # ours, of 30 days: they are among HIDDEN_IN_LOGS
NO_LOGS: Final = frozenset(kind.code for kind in LOG_KINDS[16:])
"""Transport and administration (NSIR p11, 2.1 Transport; NSIR p26, 2.4 Administration): no reports of crime."""

CLOSED_AS: Final[Mapping[str, tuple[tuple[str, int], ...]]] = MappingProxyType(
    {  # ours: what a log opened as a crime, and found to be none, is closed as
        CRIME: (
            ("DUPLICATE", 26),
            ("SUSPICIOUS-CIRCUMSTANCES", 16),
            ("DOMESTIC-INCIDENT", 14),
            ("CONCERN-FOR-SAFETY", 13),
            ("CIVIL-DISPUTE", 10),
            ("ASB-NUISANCE", 10),
            ("CONTACT-RECORD", 6),
            ("CANCEL-EXIT-ERROR", 5),
        ),
        "ABANDONED-CALL": (("ABANDONED-CALL", 80), ("CONCERN-FOR-SAFETY", 12), ("DOMESTIC-INCIDENT", 8)),
        "SUSPICIOUS-CIRCUMSTANCES": (("SUSPICIOUS-CIRCUMSTANCES", 85), ("ASB-NUISANCE", 10), ("MESSAGES", 5)),
        "CONCERN-FOR-SAFETY": (("CONCERN-FOR-SAFETY", 94), ("MISSING-PERSON", 4), ("CONTACT-RECORD", 2)),
    }
)
HIDDEN_AS: Final[Mapping[Place, str]] = MappingProxyType(
    {
        "DOMESTIC": "DOMESTIC-INCIDENT",
        "CONCERN": "CONCERN-FOR-SAFETY",
        "ASB": "ASB-NUISANCE",
        "CIVIL": "CIVIL-DISPUTE",
    }
)


class Traits(NamedTuple):
    """What a log says besides its codes, in per cent."""

    victim: int
    professional: int
    parent_carer: int
    dispatched: int
    vulnerable: int
    """With a qualifier that says that somebody is."""
    repeat: int
    """About one of the people who call again and again."""


HIDDEN_TRAITS: Final[Mapping[Place, Traits]] = MappingProxyType(
    {  # ours; HMICFRS 2017: what goes unrecorded is violence and domestic abuse above all, told by victims and partners
        "DOMESTIC": Traits(62, 10, 6, 50, 70, 45),
        "CONCERN": Traits(28, 38, 16, 45, 55, 20),
        "ASB": Traits(66, 6, 8, 35, 25, 28),
        "CIVIL": Traits(72, 5, 3, 30, 15, 15),
    }
)
CRIMED_TRAITS: Final = Traits(70, 10, 6, 62, 20, 12)  # ours
PLAIN_TRAITS: Final[Mapping[str, Traits]] = MappingProxyType(
    {  # ours: where no crime is disclosed
        CRIME: Traits(52, 10, 5, 48, 18, 10),
        "DOMESTIC-INCIDENT": Traits(48, 8, 4, 68, 52, 24),
        "CONCERN-FOR-SAFETY": Traits(10, 34, 8, 66, 38, 8),
        "CIVIL-DISPUTE": Traits(60, 3, 2, 32, 5, 5),
        "ASB-PERSONAL": Traits(52, 6, 3, 45, 12, 14),
        "ASB-NUISANCE": Traits(34, 6, 3, 45, 7, 8),
        "ASB-ENVIRONMENTAL": Traits(30, 10, 2, 30, 3, 4),
        "MISSING-PERSON": Traits(0, 45, 35, 80, 70, 20),
    }
)
OTHER_TRAITS: Final = Traits(22, 12, 2, 45, 5, 2)  # ours
PEOPLE_WHO_CALL_AGAIN: Final = 150  # ours: about four calls a month each

HIDDEN_CLASSES: Final[Mapping[str, int]] = MappingProxyType(
    {  # ours; HMICFRS 2017: violence is recorded worst (65.8 %)
        "VIOLENCE": 64,
        "CRIMINAL_DAMAGE": 12,
        "PUBLIC_ORDER": 11,
        "THEFT": 7,
        "SEXUAL": 5,
        "RAPE": 1,
    }
)
SECOND_CRIME: Final = 3.0  # ours, per cent of logs with a crime
NOT_A_CRIME_TYPED: Final = 40.0  # ours, per cent of logs that opened as a crime and were closed as none
CRIMED_TYPED: Final = 70.0  # ours, per cent
CITED_BY_CIS: Final = 85.0  # ours, per cent of crimes that name their log
CITED_BY_STORM: Final = 75.0  # ours, per cent of logs that name their crime (all where CIS does not)
MISTYPED: Final = 1.5  # ours, per cent of references typed into another system; HMIC: links were hard to follow
CLOSED_BEFORE_RECORDING: Final = 60.0  # ours, per cent of late ones: closed with "crime to follow"
CLOSED_AS_CRIME_FOR_NOTHING: Final = 30  # ours, of 30 days: closed under a crime's code, and no crime ever recorded
TIME_CORRECTED: Final = 0.15  # ours, per cent of logs whose time of report is put right later
NAMED_SUSPECT: Final = 50.0  # ours, per cent of domestic logs with a named victim: always the same one of a victim
NAMED_VICTIM: Final = 80.0  # ours, per cent of logs with a person

ASB_REPORTS_A_DAY: Final = 24  # ours
REFERRALS_A_DAY: Final = 6  # ours
REFERRAL_DISCLOSES: Final = 29.0  # HMIC: 16 of 55 referrals disclosed a crime
REFERRAL_RECORDED: Final = 60.0  # ours, per cent of those; HMIC found 6 of 16 in 2013
PROTECTION_REPORTS_A_DAY: Final = 30  # ours
PROTECTION_DISCLOSES: Final = 12.0  # ours, per cent
PROTECTION_RECORDED: Final = 75.0  # ours, per cent; HMICFRS 2017: "serious concern" about reports to public protection
PROTECTION_REPEAT: Final = 15.0  # ours, per cent
PROTECTION_KINDS: Final[Mapping[ProtectionKind, int]] = MappingProxyType(
    {"PPN": 45, "DASH": 25, "MASH": 12, "MARAC": 3, "CUSTODY": 5, "HOSPITAL": 3, "SCHOOL": 4, "EMAIL": 3}  # ours
)
NO_CRIMES_A_DAY: Final = 6  # ours
DISPOSALS_A_DAY: Final = 12  # ours
CALLS_A_DAY: Final = 300  # ours: of those reviewed or sampled, not of all


def of_day(of_30_days: int, day: int) -> int:
    """Return how many of so many in 30 days fall on a day, counted from 0."""
    return of_30_days * (day + 1) // DAYS_COUNTED - of_30_days * day // DAYS_COUNTED
