"""What a force owes after a crime is recorded: eight crimes more, linked to no report.

Three victims were referred to a partner agency that never reported back (``partner-referral-unactioned``): HMIC notes
"not always the capacity to follow up to check if the other agencies have taken the necessary action".  Three such
referrals were acted on.  Two crimes were disputed, and the FCR, "the final arbiter", decided both within the fortnight.
"""

from __future__ import annotations

from deploy.scenario.crimes import crime_scene, crime_snapshots, partner_referral_revision, recorded_crime
from deploy.scenario.period import DAY, MINUTE, any_time, between, seeded_random
from deploy.scenario.reference_numbers import ReferenceNumbers
from deploy.scenario.revisions import Revision
from schemas.records import Snapshot

AGENCIES = ("Refuge outreach", "Housing options team", "Victim advocacy service")


def aftercare(numbers: ReferenceNumbers) -> list[Snapshot]:
    """Return the snapshots of the eight crimes."""
    rng = seeded_random("aftercare")
    snapshots: list[Snapshot] = []
    for number in range(8):
        crime = recorded_crime(rng, numbers, crime_scene(rng), any_time(rng), "VIOLENCE")
        at = crime.recorded_at + between(rng, DAY, 3 * DAY)
        more: list[Revision]
        if number < 3:
            more = [partner_referral_revision(AGENCIES[number], at, None)]
        elif number < 6:
            more = [partner_referral_revision(AGENCIES[number - 3], at, at + between(rng, DAY, 12 * DAY))]
        else:
            decided_at = at + between(rng, 2 * DAY, 11 * DAY)
            more = [
                (at + MINUTE, {"dispute_raised_at": at}),
                (decided_at + MINUTE, {"dispute_decided_at": decided_at, "dispute_decided_role": "FCR"}),
            ]
        snapshots += crime_snapshots(rng, crime, more)
    return snapshots
