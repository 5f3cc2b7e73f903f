"""The hundred out-of-court disposals of HMIC's dip samples, their crimes and offenders.

===================== ====  ========  =========  =================  ==========
kind                  all   suitable  explained  victims consulted  meaningful
===================== ====  ========  =========  =================  ==========
CAUTION                 25        23         22           14 of 18
PND                     25        19          0           11 of 15
CANNABIS_WARNING        25        20          0
COMMUNITY_RESOLUTION    25        24         25           19 of 20          20
===================== ====  ========  =========  =================  ==========

Each offender has one disposal and each disposal at most one reason why the offender was unsuitable
(``disposal-ineligible``); the other shortfalls raise ``disposal-implications-unexplained``,
``disposal-victim-not-consulted`` and ``disposal-outcome-inadequate``.  HMIC gives no figure for whether community
resolutions were explained, so here they were.  Some suitable offenders have a history that lies just outside what
precludes.  HMIC found forms scanned in varying ways: four were never attached (``disposal-unreviewed``).  All are
reviewed and checked on PNC within the week, twelve by reviewers without DISPOSALS training
(``decision-maker-untrained``).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from deploy.scenario.crimes import crime_scene, crime_snapshots, recorded_crime
from deploy.scenario.offenders import NO_ANTECEDENTS, Antecedents, history
from deploy.scenario.period import DAY, FORCE, HOUR, MINUTE, any_time, between, seeded_random
from deploy.scenario.reference_numbers import ReferenceNumbers
from deploy.scenario.revisions import Revision, snapshots_of
from deploy.scenario.staff import RESPONSE, REVIEWER_LAPSED, REVIEWER_UNTRAINED, REVIEWERS
from schemas.records import Crime, Disposal, Snapshot
from schemas.vocabularies import DisposalKind


@dataclass(frozen=True, slots=True)
class Offender:
    """An offender for one offence: what decides whether a disposal is suitable."""

    offence_class: str
    age: int | None = None
    """None: any adult age."""
    goods_pence: int | None = None
    antecedents: Antecedents = NO_ANTECEDENTS


def _caution(offence_class: str, antecedents: Antecedents = NO_ANTECEDENTS) -> Offender:
    return Offender(offence_class, antecedents=antecedents)


def _goods(pence: int, antecedents: Antecedents = NO_ANTECEDENTS, age: int | None = None) -> Offender:
    return Offender("THEFT", age, pence, antecedents)


def _cannabis(age: int | None = None, antecedents: Antecedents = NO_ANTECEDENTS) -> Offender:
    return Offender("DRUGS", age, antecedents=antecedents)


CAUTIONED: Final = (
    _caution("VIOLENCE", (("CONVICTION", 410, "VIOLENCE"),)),  # unsuitable: convicted within two years
    _caution("THEFT", (("CAUTION", 122, "THEFT"),)),  # unsuitable: cautioned within two years
    _caution("VIOLENCE", (("CONVICTION", 900, "PUBLIC_ORDER"), ("PND", 200, "PUBLIC_ORDER"))),
    *[_caution("VIOLENCE")] * 9,
    *[_caution("CRIMINAL_DAMAGE")] * 6,
    *[_caution("THEFT")] * 5,
    *[_caution("PUBLIC_ORDER")] * 2,
)
PENALISED: Final = (
    _goods(14_250),  # unsuitable: goods over £100
    _goods(10_001),  # unsuitable: a penny over
    _goods(3_499, age=17),  # unsuitable: under 18, since 8 April 2013
    _goods(2_000, (("PND", 150, "THEFT"),)),  # unsuitable: an earlier PND within the year
    Offender("PUBLIC_ORDER", 17),  # unsuitable: under 18
    Offender("PUBLIC_ORDER", antecedents=(("CONVICTION", 500, "VIOLENCE"),)),  # unsuitable: convicted within two years
    _goods(10_000),
    _goods(1_299, (("PND", 420, "THEFT"),)),
    *[_goods(pence) for pence in (450, 899, 1_500, 2_150, 2_999, 3_999, 4_500, 6_400, 8_999)],
    *[Offender("PUBLIC_ORDER")] * 8,
)
WARNED: Final = (
    _cannabis(17),  # unsuitable: under 18
    _cannabis(17),  # unsuitable: under 18
    _cannabis(antecedents=(("CANNABIS_WARNING", 1_460, "DRUGS"),)),  # unsuitable: an earlier warning, however old
    _cannabis(antecedents=(("CONVICTION", 2_300, "DRUGS"),)),  # unsuitable: a conviction for drugs
    _cannabis(antecedents=(("PND", 240, "DRUGS"),)),  # unsuitable: a PND for drugs
    _cannabis(18),
    _cannabis(antecedents=(("CONVICTION", 300, "THEFT"),)),
    *[_cannabis()] * 18,
)
RESOLVED: Final = (
    Offender("VIOLENCE", antecedents=(("CAUTION", 210, "VIOLENCE"),)),  # unsuitable: cautioned within the year
    Offender("CRIMINAL_DAMAGE", 15, antecedents=(("COMMUNITY_RESOLUTION", 500, "CRIMINAL_DAMAGE"),)),
    *[Offender("VIOLENCE")] * 8,
    *[Offender("CRIMINAL_DAMAGE", 14)] * 3,
    *[Offender("CRIMINAL_DAMAGE")] * 4,
    *[Offender("THEFT", None, 1_000)] * 3,
    *[Offender("PUBLIC_ORDER")] * 5,
)
"""The offenders of each kind of disposal, 25 each."""


@dataclass(frozen=True, slots=True)
class DisposalSample:
    """One dip sample: how many of its 25 disposals are in order in each respect."""

    kind: DisposalKind
    offenders: Sequence[Offender]
    explained: int
    victims: int
    consulted: int
    meaningful: int | None = None


SAMPLES: Final = (
    DisposalSample("CAUTION", CAUTIONED, explained=22, victims=18, consulted=14),
    DisposalSample("PND", PENALISED, explained=0, victims=15, consulted=11),
    DisposalSample("CANNABIS_WARNING", WARNED, explained=0, victims=0, consulted=0),
    DisposalSample("COMMUNITY_RESOLUTION", RESOLVED, explained=25, victims=20, consulted=19, meaningful=20),
)
_FORMS_MISSING: Final = 4
_BY_REVIEWER: Final = (*[REVIEWER_UNTRAINED] * 8, *[REVIEWER_LAPSED] * 4, *[REVIEWERS[0]] * 45, *[REVIEWERS[1]] * 43)


def disposals(numbers: ReferenceNumbers) -> list[Snapshot]:
    """Return all hundred, each with its crime and its offender's history."""
    rng = seeded_random("disposals")
    reviews = [(reviewer.staff_id, number >= _FORMS_MISSING) for number, reviewer in enumerate(reversed(_BY_REVIEWER))]
    rng.shuffle(reviews)
    snapshots: list[Snapshot] = []
    for sample in SAMPLES:
        for offender, fields in zip(sample.offenders, _quality_fields(rng, sample), strict=True):
            crime = recorded_crime(rng, numbers, crime_scene(rng), any_time(rng), offender.offence_class)
            first = _first_snapshot(rng, numbers, crime, sample.kind, offender)
            first = msgspec.structs.replace(first, **fields)
            snapshots += crime_snapshots(rng, crime)
            snapshots += history(rng, first, offender.antecedents, offender.offence_class)
            snapshots += snapshots_of(first, [_review(rng, first, *reviews.pop())])
    return snapshots


def _quality_fields(rng: random.Random, sample: DisposalSample) -> list[dict[str, bool | None]]:
    """Spread what a sample shows, apart from suitability, over its disposals at random."""
    size = len(sample.offenders)
    explained = [number < sample.explained for number in range(size)]
    meaningful = [None if sample.meaningful is None else number < sample.meaningful for number in range(size)]
    consulted = [number < sample.consulted for number in range(sample.victims)]
    for column in (explained, meaningful, consulted):
        rng.shuffle(column)
    # Offences against the public order and drugs offences have no victim to consult.
    victims = [offender.offence_class not in {"PUBLIC_ORDER", "DRUGS"} for offender in sample.offenders]
    without = [number for number, present in enumerate(victims) if present]
    for number in without[sample.victims :]:
        victims[number] = False
    return [
        {
            "implications_explained": explained[number] or None,
            "outcome_meaningful": meaningful[number],
            "victim_present": victims[number],
            "victim_consulted": consulted.pop() if victims[number] else None,
        }
        for number in range(size)
    ]


def _first_snapshot(
    rng: random.Random, numbers: ReferenceNumbers, crime: Crime, kind: DisposalKind, offender: Offender
) -> Disposal:
    """Return a disposal as the officer first enters it; the offence is admitted."""
    issued_at = crime.recorded_at + between(rng, 20 * MINUTE, 2 * DAY)
    disposal_ref = numbers.disposal(issued_at)
    return Disposal(
        event_id=f"CIS-DISPOSAL {disposal_ref}",
        force=FORCE,
        source="CIS",
        event_time=issued_at + between(rng, 5 * MINUTE, 3 * HOUR),
        disposal_ref=disposal_ref,
        crime_ref=crime.crime_ref,
        kind=kind,
        issued_at=issued_at,
        issued_by=rng.choice(RESPONSE).staff_id,
        offender_id=f"PNC-13-{rng.getrandbits(32):08x}",
        offender_age=offender.age or rng.randint(18, 57),
        goods_value_pence=offender.goods_pence,
        offence_admitted=True,
    )


def _review(rng: random.Random, disposal: Disposal, reviewer: str, form: bool) -> Revision:  # noqa: FBT001
    """Note the volume crime unit's review, within the week."""
    reviewed_at = disposal.event_time + between(rng, 5 * HOUR, 5 * DAY)
    reviewed = {"reviewed_at": reviewed_at, "reviewed_by": reviewer, "pnc_checked_at": reviewed_at - 10 * MINUTE}
    return (reviewed_at + MINUTE, {**reviewed, "form_attached": form})
