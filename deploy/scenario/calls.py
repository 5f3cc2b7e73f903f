"""The contact centre's calls, and its supervisors' reviews of them.

HMIC found that supervisors dip-sample three calls of each handler a month, that their reviews were "often too late",
and that nobody looked for trends over all teams.  Here teams A and B have every call of this extract reviewed within
two and a half days and team C's reviews take 9 to 17 days, so whichever calls the rule's dip sample picks of team C are
overdue (``call-review-overdue``, CLEARED when the review comes) and none of the others'; the last three calls of each
of team C's handlers were never reviewed at all.  One fault spreads over all teams in the last reporting week: third
parties' reports not taken as reports of crime (``theme-emerging``); other themes are rare and come and go.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from deploy.scenario.period import DAY, FORCE, HOUR, MINUTE, REPORT_DAYS, any_time, between, local, seeded_random
from deploy.scenario.reference_numbers import ReferenceNumbers, as_typed
from deploy.scenario.revisions import snapshots_of
from deploy.scenario.staff import HANDLERS
from schemas.records import Call, Incident, Snapshot
from schemas.vocabularies import Millis

OTHER_CALLS: Final = 90
"""Calls of the extract that led to no incident."""

EMERGING_THEME: Final = "THIRD_PARTY_REPORT_NOT_CRIMED"
_EMERGES_AT: Final = local(REPORT_DAYS - 7)
_EMERGING_SHARE: Final = 0.4
_PASSING_THEMES: Final = ("VICTIM_NOT_UPDATED", "WRONG_OPENING_CODE", "VULNERABILITY_NOT_ASKED")
_PASSING_SHARE: Final = 0.05


@dataclass(frozen=True, slots=True)
class _HandledCall:
    """A call as a handler took it."""

    at: Millis
    handler: str
    incident_ref: str | None


def calls(numbers: ReferenceNumbers, opened: Iterable[Incident]) -> list[Snapshot]:
    """Return a call for each incident reported by telephone, and calls that led to no incident."""
    rng = seeded_random("calls")
    handled = [
        _HandledCall(incident.reported_at - between(rng, 0, 2 * MINUTE), incident.call_handler, incident.incident_ref)
        for incident in opened
        if incident.channel == "PHONE" and incident.call_handler is not None
    ]
    handled += [_HandledCall(any_time(rng), rng.choice(HANDLERS).staff_id, None) for _ in range(OTHER_CALLS)]
    handled.sort(key=lambda call: call.at)
    snapshots: list[Snapshot] = []
    for number, call in enumerate(handled):
        to_come = sum(later.handler == call.handler for later in handled[number + 1 :])
        never_reviewed = team_of(call.handler) == "CMC-C" and to_come < 3
        snapshots += _call_snapshots(rng, numbers, call, never_reviewed=never_reviewed)
    return snapshots


def team_of(handler: str) -> str:
    """Return the team of a handler; each team has three."""
    number = next(number for number, member in enumerate(HANDLERS) if member.staff_id == handler)
    return f"CMC-{'ABC'[number % 3]}"


def _call_snapshots(
    rng: random.Random, numbers: ReferenceNumbers, handled: _HandledCall, *, never_reviewed: bool
) -> list[Call]:
    """Return a call as it was handled, then as its team's supervisor reviewed it."""
    team = team_of(handled.handler)
    call_ref = numbers.call(handled.at)
    first = Call(
        event_id=f"CMC {call_ref}",
        force=FORCE,
        source="CMC",
        event_time=handled.at + between(rng, 3 * MINUTE, 15 * MINUTE),
        call_ref=call_ref,
        handled_at=handled.at,
        call_handler=handled.handler,
        team=team,
        incident_ref=handled.incident_ref and as_typed(rng, handled.incident_ref),
    )
    if never_reviewed:
        return snapshots_of(first)
    took = between(rng, 9 * DAY, 17 * DAY) if team == "CMC-C" else between(rng, 6 * HOUR, 60 * HOUR)
    reviewed_at = handled.at + took
    themes = _themes(rng, reviewed_at)
    reviewed = {
        "sampled_at": reviewed_at - HOUR,
        "reviewed_at": reviewed_at,
        "reviewed_by": f"SUP-{team[-1]}",
        "ncrs_compliant": not themes,
        "themes": themes,
    }
    return snapshots_of(first, [(reviewed_at + 2 * MINUTE, reviewed)])


def _themes(rng: random.Random, reviewed_at: Millis) -> tuple[str, ...]:
    """Draw the faults that a supervisor noted in a call."""
    if reviewed_at >= _EMERGES_AT and rng.random() < _EMERGING_SHARE:
        return (EMERGING_THEME,)
    if rng.random() < _PASSING_SHARE:
        return (rng.choice(_PASSING_THEMES),)
    return ()
