"""The times fixed by the first snapshot that states them: no later one moves a deadline.

They are when a report came (reported_at, received_at), when a crime was recorded (recorded_at), and when a
control-room inspector took oversight (overseen_at; a time stated with any other role does not count).
"""

from __future__ import annotations

from schemas.records import Incident, Snapshot


def is_overseen(incident: Incident) -> bool:
    """Return whether a snapshot of an incident states that a control-room inspector oversees it."""
    return incident.overseen_role == "CONTROL_ROOM_INSPECTOR"


def fixed_time(snapshot: Snapshot, field: str) -> int | None:
    """Return the time (ms) that a snapshot states in ``field``, or None where it states none that counts."""
    if field == "overseen_at" and isinstance(snapshot, Incident) and not is_overseen(snapshot):
        return None
    time: int | None = getattr(snapshot, field)
    return time
