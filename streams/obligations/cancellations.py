"""When CIS shows a crime as cancelled or transferred, and when as recorded again."""

from __future__ import annotations

from schemas.records import Crime
from streams.facts.matters import Matter


def cancelled_since(crime: Matter[Crime]) -> int | None:
    """Return since when (ms) CIS has shown the crime CANCELLED or TRANSFERRED without a break, or None."""
    since = crime.record.since(lambda snapshot: snapshot.status != "RECORDED") if crime.held else None
    return None if since is None else since.event_time


def first_cancelled_at(crime: Matter[Crime]) -> int | None:
    """Return when (ms) CIS first showed the crime CANCELLED or TRANSFERRED, or None.

    It may be RECORDED again since.
    """
    return next((snapshot.event_time for snapshot in crime.record.effective if snapshot.status != "RECORDED"), None)


def restored_at(crime: Matter[Crime]) -> int | None:
    """Return since when (ms) the crime has been RECORDED again after it was not, or None."""
    since = crime.record.since(lambda snapshot: snapshot.status == "RECORDED")
    if since is None or crime.record.as_of(since.event_time - 1) is None:
        return None
    # The snapshot before it was not RECORDED: otherwise the crime would have been RECORDED since then already.
    return since.event_time
