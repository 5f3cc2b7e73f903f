"""State that cannot be read, or that a newer release wrote, is detected before a worker judges by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from agents.kafka.writer_release import newest_writers, program_version
from streams.engine.state_format import FORMAT

if TYPE_CHECKING:
    from agents.settings.settings import Settings

EXIT_STATUS: Final = 3
"""The exit status of a worker that met state it cannot judge by: starting it again cannot help."""

_TO_DO: Final = "run the version that wrote it, or a newer one; nothing was judged, overwritten or lost"


class StateError(RuntimeError):
    """There is state by which this program cannot judge, and which it must not guess."""

    event: str
    """The log event."""
    fields: Mapping[str, object]
    """What a log line may state; nothing of it comes from a record."""


class UnreadableEntryError(RuntimeError):
    """An entry of the state is not what any release writes."""

    def __init__(self, partition: int, key: bytes, failure: str) -> None:
        """``failure`` is the kind of what reading it raised."""
        super().__init__(failure)
        self.partition: Final = partition
        self.key: Final = key
        self.failure: Final = failure


class StateIsUnreadableError(StateError):
    """A message of the state's changelog cannot be read."""

    event = "state_unreadable"

    def __init__(self, topic: str, partition: int, offset: int | None, failure: str) -> None:
        """``offset`` is None where the message is no longer there."""
        super().__init__(f"{topic}/{partition}/{offset}")
        self.fields = {
            "topic": topic,
            "partition": partition,
            "offset": offset,
            "failure": failure,
            "to_do": "see 'State cannot be read' in the runbook; nothing was judged or overwritten",
        }


class StateIsNewerError(StateError):
    """The state of a partition is of a release after this one."""

    event = "state_is_newer"

    def __init__(self, partition: int, written: str, readable: str, *, force: str | None = None) -> None:
        """``written`` names what is there, and ``readable`` the newest of it that this program reads."""
        super().__init__(f"partition {partition}: {written}; known: {readable}")
        self.fields = {
            "partition": partition,
            **({} if force is None else {"force": force}),
            "found": written,
            "known": f"{readable} (cdi {program_version()})",
            "to_do": _TO_DO,
        }


def require_readable_state(settings: Settings) -> None:
    """Raise StateIsNewerError where a newer release wrote last to a partition.

    The state itself is not read.  Raises UnreadableError where the changelog cannot be read.
    """
    for partition, author in newest_writers(settings):
        if author.is_newer:
            written = f"state of format {author.state_format}, written by cdi {author.program}"
            raise StateIsNewerError(partition, written, f"format {FORMAT}")
