"""What could not be judged: a snapshot or a matter on which the program's own code raised.

No record may stop a worker: its message would be read again after every restart.  So the snapshot, or the matter under
the rule, is set aside and named, and everything else goes on.  What is set aside follows from the facts alone, as
alerts do.  A later snapshot may make a matter judgeable again.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from schemas.records import Snapshot
from streams.facts.matters import Matter

FACTS: Final = "facts"
"""In place of a rule's id: a snapshot that the facts cannot take in (identity, index, links, dip sample)."""
CASE: Final = "case"
"""In place of a rule's id: a matter whose case cannot be shown."""
LAPSE: Final = "lapse"
"""In place of a rule's id: a crime of which it cannot be said until when it counts without a decision."""
THEMES: Final = "themes"
"""In place of a rule's id: the themes of all calls at a local midnight."""

_OURS: Final = ("streams.", "schemas.")


@dataclass(frozen=True, slots=True)
class Unjudgeable:
    """One snapshot, or one matter under one rule, that is set aside."""

    force: str
    rule: str
    """The rule's id, one of the words above, ``suggestion`` or ``review``."""
    place: str
    """Where it was raised: module and line, such as ``streams.facts.dip_sample:33``."""
    error: str
    """The type of what was raised; its text may quote the record and is left out."""
    kind: str
    """The kind of the matter, such as ``crime``; for a snapshot the topic."""
    ref_hash: str
    """SHA-256 of the matter's normalised reference, in hex; empty for a snapshot that could not be taken in."""
    event_id: str | None
    """Of the snapshot; of a matter's newest snapshot in effect."""
    snapshot: Snapshot | None
    """The snapshot; for a matter its newest in effect, None where it has none."""

    def __str__(self) -> str:
        """Return it in a line that names no reference and no person."""
        subject = self.kind if self.event_id is None else f"{self.kind}, event_id {self.event_id}"
        return f"UNJUDGEABLE: {self.force}: {subject}: {self.rule}: {self.error} at {self.place}"


class SetAside:
    """Collects what is set aside between two drains, a matter once for each rule and newest snapshot."""

    __slots__ = ("_force", "_new", "_noted")

    def __init__(self, force: str) -> None:
        self._force = force
        self._new: list[Unjudgeable] = []
        self._noted: dict[tuple[str, Matter], Snapshot | None] = {}

    def add_snapshot(self, snapshot: Snapshot, error: Exception) -> None:
        """Add a snapshot that cannot be taken in.  Raises the error again where no record is to blame for it."""
        self._add(FACTS, error, snapshot.TOPIC, "", snapshot)

    def add_matter(self, matter: Matter, rule: str, error: Exception) -> None:
        """Add a matter that a rule cannot judge.  Raises the error again where no record is to blame for it."""
        snapshot = matter.newest if matter.record.effective_count else None
        if self._noted.get((rule, matter), self) is not snapshot:
            self._noted[rule, matter] = snapshot
            self._add(rule, error, matter.kind.name, sha256(matter.ref.encode()).hexdigest(), snapshot)

    def add_force(self, place: str, error: Exception) -> None:
        """Add a judgement over all of a force's records.  Raises the error again where none is to blame."""
        self._add(place, error, "force", "", None)

    def drain(self) -> list[Unjudgeable]:
        """Return what was set aside since this was last asked."""
        new, self._new = self._new, []
        return new

    def _add(self, rule: str, error: Exception, kind: str, ref_hash: str, snapshot: Snapshot | None) -> None:
        if isinstance(error, MemoryError):
            raise error
        event_id = None if snapshot is None else snapshot.event_id
        name = type(error).__name__
        self._new.append(Unjudgeable(self._force, rule, _place(error), name, kind, ref_hash, event_id, snapshot))


def _place(error: Exception) -> str:
    """Return the module of ours, and the line in it, nearest to where an error was raised."""
    place, step = "", error.__traceback__
    while step is not None:
        module = step.tb_frame.f_globals.get("__name__", "")
        if module.startswith(_OURS) or not place:
            place = f"{module}:{step.tb_lineno}"
        step = step.tb_next
    return place
