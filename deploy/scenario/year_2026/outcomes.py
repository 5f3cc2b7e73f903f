"""Outcomes given to crimes: of rows of the policy's table one wrong and one right each.

OUT p9, Outcome Types: each outcome has what must be so before it is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from deploy.scenario.year_2026.records import FORCE, SERGEANT, at, crime
from deploy.scenario.year_2026.story import Story, StoryAlert
from schemas.records import Disposal, OffenderHistory, Snapshot
from schemas.vocabularies import DisposalKind, Millis
from streams.policy.calendar import DAY, HOUR

_REASONED: Final = {"outcome_rationale": "Both agree to it; she wants no court, and he is in a programme."}


class _Row(NamedTuple):
    """A row of the table: which crimes, the outcome, and what is entered wrongly and rightly with it."""

    name: str
    paragraph: str
    offence_class: str
    outcome: str
    wrong: str
    wrongly: Mapping[str, object]
    right: str
    rightly: Mapping[str, object]


_ROWS: Final = (
    _Row(
        "15",
        "OUT p18, Outcome Type 15",
        "RAPE",
        "15",
        "A supervisor closes a rape with outcome 15, evidential difficulties",
        {"outcome_role": "SUPERVISOR"},
        "The registrar's independent decision maker closes a rape with outcome 15",
        {"outcome_role": "INDEPENDENT"},
    ),
    _Row(
        "5",
        "OUT p13, Outcome Type 5",
        "HOMICIDE",
        "5",
        "An inspector ends a homicide case with outcome 5, as the offender has died",
        {"outcome_role": "INSPECTOR"},
        "The registrar ends a homicide case with outcome 5",
        {"outcome_role": "FCR"},
    ),
    _Row(
        "8",
        "OUT p15, Outcome Type 8",
        "VIOLENCE",
        "8",
        "An assault on a wife ends in a community resolution, outcome 8",
        {"flags": ("INTIMATE-PARTNER",), "domestic_abuse": True, "outcome_role": "INSPECTOR", **_REASONED},
        "An assault between brothers ends in a community resolution, by an inspector, with reasons",
        {"domestic_abuse": True, "outcome_role": "INSPECTOR", **_REASONED},
    ),
    _Row(
        "22",
        "OUT p23, Outcome Type 22",
        "VIOLENCE",
        "22",
        "A supervisor diverts a case of domestic abuse, outcome 22",
        {"domestic_abuse": True, "outcome_role": "SUPERVISOR", **_REASONED},
        "An inspector diverts a case of domestic abuse, outcome 22",
        {"domestic_abuse": True, "outcome_role": "INSPECTOR", **_REASONED},
    ),
    _Row(
        "rationale",
        "OUT p16, Outcome Type 10",
        "THEFT",
        "10",
        "A theft gets outcome 10, not in the public interest, and nobody says why",
        {"outcome_role": "SUPERVISOR"},
        "A theft gets outcome 10, and the reason is recorded",
        {"outcome_role": "SUPERVISOR", "outcome_rationale": "Found with dementia; goods returned, shop agrees."},
    ),
    _Row(
        "suspect",
        "OUT p21, Outcome Type 18",
        "THEFT",
        "18",
        "A theft with a suspect on record is closed with outcome 18, no suspect identified",
        {"outcome_role": "SUPERVISOR", "suspect_token": "s-51c0aa"},
        "A theft with no suspect is closed with outcome 18",
        {"outcome_role": "SUPERVISOR"},
    ),
)


def outcomes() -> Iterator[Story]:
    """Yield of each row a crime whose outcome it forbids, and one whose outcome it allows."""
    for number, row in enumerate(_ROWS):
        recorded_at = at(17 + number, 6, 10)
        wrong_ref, right_ref = f"26C/11{number}1", f"26C/11{number}2"
        yield Story(
            row.wrong,
            "outcome-unsuitable",
            row.paragraph,
            _with_outcome(wrong_ref, recorded_at, row, row.wrongly),
            (StoryAlert("outcome-unsuitable", wrong_ref, discriminator=row.name),),
        )
        yield Story(
            row.right, "outcome-unsuitable", row.paragraph, _with_outcome(right_ref, recorded_at, row, row.rightly)
        )


def _with_outcome(ref: str, recorded_at: Millis, row: _Row, fields: Mapping[str, object]) -> tuple[Snapshot, ...]:
    decided_at = recorded_at + 12 * DAY
    given = {"outcome": row.outcome, "outcome_at": decided_at, **fields}
    return crime(ref, recorded_at, row.offence_class, (decided_at + HOUR, given))


def outcome_21() -> tuple[Story, ...]:
    """Give outcome 21 without the registrar's oversight in two weeks, and with it.

    OUT p22, Outcome Type 21: the registrar oversees every record of it.
    """
    given: dict[str, object] = {
        "outcome": "21",
        "outcome_at": at(1, 7, 10),
        "outcome_role": "SUPERVISOR",
        "outcome_rationale": "Two boys of twelve; the school and both families dealt with it.",
    }
    paragraph = "OUT p22, Outcome Type 21"
    return (
        Story(
            "An assault gets outcome 21, and the registrar has not seen it after two weeks",
            "outcome-unsuitable",
            paragraph,
            crime("26C/1161", at(24, 6, 10), "VIOLENCE", (at(1, 7, 11), given)),
            (StoryAlert("outcome-unsuitable", "26C/1161", discriminator="21"),),
        ),
        Story(
            "An assault gets outcome 21, and the registrar sees it nine days later",
            "outcome-unsuitable",
            paragraph,
            crime(
                "26C/1162",
                at(24, 6, 10),
                "VIOLENCE",
                (at(1, 7, 11), given),
                (at(10, 7, 11), {"fcr_oversight_at": at(10, 7, 10)}),
            ),
        ),
    )


def child_with_knife() -> tuple[Story, ...]:
    """Caution a child who was found with a knife, simply and with conditions.

    OUT p10, Outcome Type 2: a simple caution is not open to a child for possession of a knife.
    """
    return (
        Story(
            "A boy of 15 found with a knife gets a simple caution",
            "outcome-unsuitable",
            "OUT p10, Outcome Type 2",
            _cautioned("26C/1171", "CAUTION"),
            (StoryAlert("outcome-unsuitable", "26C/1171", discriminator="2-knife"),),
        ),
        Story(
            "A boy of 15 found with a knife gets a caution with conditions",
            "outcome-unsuitable",
            "OUT p10, Outcome Type 2",
            _cautioned("26C/1172", "CONDITIONAL_CAUTION"),
        ),
    )


def _cautioned(ref: str, kind: DisposalKind) -> tuple[Snapshot, ...]:
    """Return a crime of carrying a knife, the caution for it, and the boy's clean record."""
    issued_at = at(6, 7, 15)
    offender_id = f"PNC-{ref[-4:]}"
    clean = OffenderHistory(
        event_id=f"PNC {offender_id}",
        force=FORCE,
        source="PNC",
        event_time=at(6, 7, 9),
        offender_id=offender_id,
        as_of=at(6, 7, 9),
    )
    caution = Disposal(
        event_id=f"DISPOSAL {ref}",
        force=FORCE,
        source="CIS",
        event_time=issued_at + 2 * DAY,
        disposal_ref=f"D-{ref[-4:]}",
        crime_ref=ref,
        kind=kind,
        issued_at=issued_at,
        issued_by=SERGEANT,
        offender_id=offender_id,
        offender_age=15,
        implications_explained=True,
        offence_admitted=True,
        victim_present=False,
        form_attached=True,
        reviewed_at=issued_at + DAY,
        reviewed_by=SERGEANT,
        pnc_checked_at=issued_at - HOUR,
    )
    given = {"outcome": "2", "outcome_at": issued_at, "outcome_role": "SUPERVISOR"}
    return (*crime(ref, at(29, 6, 16), "WEAPONS", (issued_at + HOUR, given)), clean, caution)
