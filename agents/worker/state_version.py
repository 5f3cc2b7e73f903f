"""State that a newer release wrote: found before a worker judges by it or writes over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agents.kafka.writer_release import newest_writers, program_version
from streams.engine.state_format import FORMAT

if TYPE_CHECKING:
    from agents.settings.settings import Settings

EXIT_STATUS: Final = 3
"""With which a worker ends that met newer state: starting it again cannot help."""

_TO_DO: Final = "run the version that wrote it, or a newer one; nothing was judged, overwritten or lost"


class StateIsNewerError(RuntimeError):
    """The state of a partition is of a release after this one."""

    def __init__(self, partition: int, found: str, known: str, *, force: str | None = None) -> None:
        """``found`` names what is there, and ``known`` the newest of it that this program reads."""
        super().__init__(f"partition {partition}: {found}; known: {known}")
        self.said: Final = {
            "partition": partition,
            **({} if force is None else {"force": force}),
            "found": found,
            "known": f"{known} (cdi {program_version()})",
            "to_do": _TO_DO,
        }
        """For a log: no part of it is a record's."""


def require_readable_state(settings: Settings) -> None:
    """Look, without reading the state, at who wrote last to each partition.

    Raises StateIsNewerError, UnreadableError.
    """
    for partition, author in newest_writers(settings):
        if author.is_newer:
            found = f"state of format {author.state_format}, written by cdi {author.program}"
            raise StateIsNewerError(partition, found, f"format {FORMAT}")
