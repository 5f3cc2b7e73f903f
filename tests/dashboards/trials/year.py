"""A made-up year of settled reports, so that there are figures: most recorded in time, some breached."""

from __future__ import annotations

import random
from typing import Final, Literal

import msgspec

from schemas.products import Product
from schemas.times import to_rfc3339
from streams.policy.calendar import DAY, HOUR, MINUTE
from tests.dashboards.trials.sample import a_case, an_alert

_Reporting = Literal["STORM", "CATS", "SENTINEL"]
_KINDS: Final[tuple[tuple[_Reporting, str, str], ...]] = (
    ("STORM", "crime-not-recorded", "reported_at"),
    ("STORM", "rape-not-recorded", "reported_at"),
    ("CATS", "referral-unlinked", "received_at"),
    ("SENTINEL", "asb-crime-not-recorded", "reported_at"),
)
_CLASSES: Final = ("VIOLENCE", "THEFT", "BURGLARY", "CRIMINAL_DAMAGE", "ROBBERY", "DRUGS")
_TEAMS: Final = ("City response A", "City response B", "County north", "County south")


def a_year(present: int, reports: int = 700, seed: int = 11) -> list[Product]:
    """Make a year of reports up to a moment, the same each time."""
    dice = random.Random(seed)
    return [record for number in range(reports) for record in _a_report(dice, number, present)]


def _a_report(dice: random.Random, number: int, present: int) -> list[Product]:
    system, rule_id, began = dice.choice(_KINDS) if dice.random() < 0.4 else _KINDS[0]
    began_at = present - dice.randrange(3 * DAY, 360 * DAY)
    ref, crime = f"{system[:2]}-{number:05d}", f"CR/{number:05d}/26"
    offence = "RAPE" if rule_id.startswith("rape") else dice.choice(_CLASSES)
    is_late = dice.random() < (0.25 if began_at < present - 200 * DAY else 0.1)
    delay = dice.randrange(25 * HOUR, 200 * HOUR) if is_late else dice.randrange(10 * MINUTE, 23 * HOUR)
    summary = [
        (began, to_rfc3339(began_at)),
        ("offence_class", offence),
        ("crimes_expected", "1"),
        ("status", "CLOSED"),
    ]
    if system == "CATS":
        summary += [("unit", "CAIU"), ("vulnerable", "CHILD" if number % 3 else "none")]
    recorded = [("recorded_at", to_rfc3339(began_at + delay)), ("offence_class", offence), ("status", "RECORDED")]
    if number % 97 == 0:
        recorded.append(("dispute_raised_at", to_rfc3339(present - (number % 20) * DAY)))
    records: list[Product] = [
        a_case(system, ref, began_at=began_at, summary=summary, linked=[("CIS", crime)]),
        a_case("CIS", crime, began_at=began_at + delay, summary=recorded, linked=[(system, ref)]),
    ]
    if is_late:
        alert = an_alert(
            rule_id,
            system,
            ref,
            wall=began_at + DAY,
            due_in=0,
            offence_class=offence,
            status="CLEARED",
            team=dice.choice(_TEAMS),
        )
        records.append(
            msgspec.structs.replace(
                alert, reason="RECORDED_LATE", lateness_ms=delay - DAY, sequence=3, updated_at=began_at + delay
            )
        )
    return records
