"""What of a record weighs on verdicts on other matters.

A change of anything else has none of them judged again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Final

from schemas.records import (
    AsbReport,
    Assessment,
    Crime,
    Disposal,
    Incident,
    Link,
    NoCrime,
    OffenderHistory,
    ProtectionReport,
    Referral,
    Snapshot,
    TrainingRecord,
)

WEIGHED: Final[Mapping[type[Snapshot], Callable[[Snapshot], object] | None]] = {
    Incident: attrgetter("reported_at", "disposition", "reporter", "status", "closing_code", "crimes_expected"),
    Referral: attrgetter("received_at", "crimes_expected"),
    ProtectionReport: attrgetter("received_at", "crimes_expected"),
    AsbReport: attrgetter("reported_at", "crimes_expected"),
    Crime: attrgetter("status", "offence_class", "offence_code", "recorded_at"),
    NoCrime: None,
    Disposal: None,
    OffenderHistory: None,
    TrainingRecord: None,
    Assessment: None,
    Link: None,
}
"""The types of record on which verdicts on other matters rest, and on which of its fields; None: on all of them."""


def is_weighty(before: Snapshot | None, after: Snapshot) -> bool:
    """Return whether verdicts on other matters may rest on what changed from one snapshot to the next.

    The same snapshot twice says that the record's past changed.
    """
    if type(after) not in WEIGHED:
        return False
    weighed = WEIGHED[type(after)]
    return before is None or before is after or weighed is None or weighed(before) != weighed(after)
