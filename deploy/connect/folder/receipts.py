"""Move a file that was read, or cannot be, and write a receipt beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from agents.kafka.writer_release import program_version
from agents.settings.files import write_whole
from deploy.files.record_files import SET_ASIDE

DONE: Final = "done"
REFUSED: Final = "refused"
RECEIPT: Final = ".receipt.json"


class EarlierFile(msgspec.Struct, frozen=True, kw_only=True):
    """The file of the same content that was read before."""

    file: str
    at: str


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one file."""

    file: str
    """Its name, as it was dropped."""
    feed: str
    at: str
    """When it was done or refused (RFC 3339)."""
    sha256: str | None
    bytes: int
    changed_at: str
    """When it was changed last (RFC 3339)."""
    refused: str | None = None
    """Why nothing was sent of it."""
    same_as: EarlierFile | None = None
    """Whose content it repeats; nothing was sent of it then."""
    topic: str | None = None
    rows: int = 0
    sent: int = 0
    """Records."""
    heartbeats: int = 0
    skipped: int = 0
    """Rows that the mapping says are no records."""
    set_aside: int = 0
    """Rows that are no records though they should be; they are in the file of that name with ``.rejected.jsonl``."""
    blank: int = 0
    ties: int = 0
    """Rows that state another body of a record at an event_time and revision stated before, here or earlier."""
    complete_through: str | None = None
    """Through when the feed vouched once it was sent."""
    remark: str | None = None
    release: str = msgspec.field(default_factory=program_version)


def place_in(folder: Path, path: Path, modified_at: int) -> Path:
    """Return where a file goes: under its name, behind the time (ns) at which it was changed.

    The same file has the same place when it is read again.
    """
    moment = datetime.fromtimestamp(modified_at // 1_000_000_000, UTC)
    return folder / f"{moment:%Y%m%dT%H%M%SZ}-{path.name}"


def rejected_beside(place: Path) -> Path:
    """Return the file of bad rows beside a file."""
    return place.with_name(f"{place.name}{SET_ASIDE}")


def receipt_beside(place: Path) -> Path:
    """Return the receipt beside a file."""
    return place.with_name(f"{place.name}{RECEIPT}")


def file_away(path: Path, place: Path, receipt: Receipt) -> None:
    """Write a file's receipt, and then move the file beside it.  Raises OSError."""
    receipt_beside(place).parent.mkdir(mode=0o700, exist_ok=True)
    write_whole(receipt_beside(place), [msgspec.json.format(msgspec.json.encode(receipt), indent=2), b"\n"])
    path.rename(place)
