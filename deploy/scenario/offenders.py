"""What the Police National Computer holds on each offender before the disposal is issued."""

from __future__ import annotations

import random
from typing import Final, TypeAlias

from deploy.scenario.period import DAY, FORCE, HOUR, MINUTE, between
from deploy.scenario.revisions import Revision, snapshots_of
from schemas.records import Disposal, HistoryEntry, OffenderHistory
from schemas.vocabularies import HistoryKind

Antecedents: TypeAlias = tuple[tuple[HistoryKind, int, str], ...]
"""Earlier convictions and disposals: kind, how many days before this one, offence class."""

NO_ANTECEDENTS: Final[Antecedents] = ()
_AFTERWARDS_SHARE: Final = 0.3


def history(
    rng: random.Random, disposal: Disposal, antecedents: Antecedents, offence_class: str
) -> list[OffenderHistory]:
    """Return an offender's history before the disposal, and for some once PNC shows the disposal too.

    That later entry bears the day of issue, so it does not count against the disposal that it records.
    """
    as_of = disposal.issued_at - between(rng, 5 * MINUTE, 50 * MINUTE)
    entries = tuple(
        HistoryEntry(kind=kind, date=disposal.issued_at - days * DAY, offence_class=of)
        for kind, days, of in antecedents
    )
    first = OffenderHistory(
        event_id=f"PNC {disposal.offender_id}",
        force=FORCE,
        source="PNC",
        event_time=as_of,
        offender_id=disposal.offender_id,
        as_of=as_of,
        entries=entries,
    )
    revisions: list[Revision] = []
    if rng.random() < _AFTERWARDS_SHARE and disposal.kind != "CONDITIONAL_CAUTION":
        itself = HistoryEntry(kind=disposal.kind, date=disposal.issued_at, offence_class=offence_class)
        at = disposal.event_time + between(rng, 6 * HOUR, 4 * DAY)
        revisions.append((at, {"as_of": at, "entries": (*entries, itself)}))
    return snapshots_of(first, revisions)
