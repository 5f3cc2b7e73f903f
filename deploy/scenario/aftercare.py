"""Crimes that show what a force owes after recording: eight more, of their own, linked to no report.

Three victims were referred to a partner agency that never reported back (``partner-referral-unactioned``): HMIC notes
"not always the capacity to follow up to check if the other agencies have taken the necessary action".  Three such
referrals were acted on.  Two crimes were disputed, and the FCR, "the final arbiter", decided both within the fortnight.
"""

from __future__ import annotations

from deploy.scenario.crimes import followed_up, partner_referral, recorded, scene
from deploy.scenario.lives import Save
from deploy.scenario.period import DAY, MINUTE, any_time, between, dice
from deploy.scenario.registers import Registers
from schemas.records import Snapshot

AGENCIES = ("Refuge outreach", "Housing options team", "Victim advocacy service")


def aftercare(registers: Registers) -> list[Snapshot]:
    """The eight crimes."""
    rng = dice("aftercare")
    snapshots: list[Snapshot] = []
    for number in range(8):
        crime = recorded(rng, registers, scene(rng), any_time(rng), "VIOLENCE")
        at = crime.recorded_at + between(rng, DAY, 3 * DAY)
        more: list[Save]
        if number < 3:
            more = [partner_referral(AGENCIES[number], at, None)]
        elif number < 6:
            more = [partner_referral(AGENCIES[number - 3], at, at + between(rng, DAY, 12 * DAY))]
        else:
            decided_at = at + between(rng, 2 * DAY, 11 * DAY)
            more = [
                (at + MINUTE, {"dispute_raised_at": at}),
                (decided_at + MINUTE, {"dispute_decided_at": decided_at, "dispute_decided_role": "FCR"}),
            ]
        snapshots += followed_up(rng, crime, more)
    return snapshots
