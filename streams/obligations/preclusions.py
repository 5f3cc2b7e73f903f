"""What in an offender's history on the Police National Computer (PNC) rules a disposal out.

Only an entry dated before the day of issue rules a disposal out, so the entry that records the disposal itself
does not.  Days are local dates (Europe/London): an entry 730 dates before the day of issue is within 730 days, one
731 dates before is not, whatever the time of day on either.
"""

from __future__ import annotations

from collections.abc import Iterator

from schemas.identifiers import OffenderId, normalise
from schemas.records import Disposal, HistoryEntry, OffenderHistory
from streams.facts.context import Context
from streams.policy.calendar import local_date
from streams.policy.policy import Preclusion


def history_of(disposal: Disposal, context: Context) -> OffenderHistory | None:
    """Return what PNC holds on the offender now, or None if it has sent nothing."""
    record = context.facts.histories.get(OffenderId(normalise(disposal.offender_id)))
    return record.newest if record is not None and record.effective_count else None


def precluding_entries(disposal: Disposal, context: Context) -> Iterator[HistoryEntry]:
    """Yield the entries of the offender's history that rule the disposal out."""
    precluding = context.policy(disposal.issued_at).precluding[disposal.kind]
    history = history_of(disposal, context) if precluding else None
    if history is not None:
        for entry in history.entries:
            if any(_precludes(preclusion, entry, disposal.issued_at) for preclusion in precluding):
                yield entry


def _precludes(preclusion: Preclusion, entry: HistoryEntry, issued_at: int) -> bool:
    if entry.kind not in preclusion.kinds or preclusion.offence_class not in (None, entry.offence_class):
        return False
    days_before = (local_date(issued_at) - local_date(entry.date)).days
    return days_before >= 1 and (preclusion.within_days is None or days_before <= preclusion.within_days)
