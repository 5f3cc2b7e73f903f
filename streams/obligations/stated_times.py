"""The times that are what the first snapshot to state them says: a later snapshot that differs moves nothing.

They are when a report came (reported_at, received_at), when a crime was recorded (recorded_at), and when a
control-room inspector took oversight (overseen_at; with another role it is anybody's word).
"""

from __future__ import annotations

from typing import Any


def is_overseen(said: Any) -> bool:
    """Say whether a snapshot of an incident states that a control-room inspector oversees it."""
    return bool(said.overseen_role == "CONTROL_ROOM_INSPECTOR")


def stated_time(said: Any, field: str) -> int | None:
    """Return the time (ms) that a snapshot states under ``field``, or None where it states none that counts."""
    if field == "overseen_at" and not is_overseen(said):
        return None
    value: int | None = getattr(said, field)
    return value
