"""State that a newer release wrote is detected before a worker judges by it or writes over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agents.kafka.writer_release import newest_writers, program_version
from streams.engine.state_format import FORMAT

if TYPE_CHECKING:
    from agents.settings.settings import Settings

EXIT_STATUS: Final = 3
"""The exit status of a worker that met newer state: starting it again cannot help."""

_TO_DO: Final = "run the version that wrote it, or a newer one; nothing was judged, overwritten or lost"


class StateIsNewerError(RuntimeError):
    """The state of a partition is of a release after this one."""

    def __init__(self, partition: int, written: str, readable: str, *, force: str | None = None) -> None:
        """``written`` names what is there, and ``readable`` the newest of it that this program reads."""
        super().__init__(f"partition {partition}: {written}; known: {readable}")
        self.fields: Final = {
            "partition": partition,
            **({} if force is None else {"force": force}),
            "found": written,
            "known": f"{readable} (cdi {program_version()})",
            "to_do": _TO_DO,
        }
        """What a log line may state; nothing of it comes from a record."""


def require_readable_state(settings: Settings) -> None:
    """Raise StateIsNewerError where a newer release wrote last to a partition.

    The state itself is not read.  Raises UnreadableError where the changelog cannot be read.
    """
    for partition, author in newest_writers(settings):
        if author.is_newer:
            written = f"state of format {author.state_format}, written by cdi {author.program}"
            raise StateIsNewerError(partition, written, f"format {FORMAT}")
