"""Take in the Home Office's lists of another year.

``python -m deploy.files.offence_list OFFENCES.csv INCIDENTS.csv`` writes ``streams/offences/notifiable.csv`` anew.
The lists are published as spreadsheets; each is saved as CSV with the columns that ``streams.offences.official`` names.
What cannot be read is named by its line, and nothing is written: a new category first gets its class, and the reason,
in ``streams/offences/MAPPING.md``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import streams.offences
from streams.offences.entries import OffenceEntry, read_entries, written_entries
from streams.offences.mapping import read_mapping
from streams.offences.official import read_official

FOLDER: Final = Path(streams.offences.__file__).parent


def take_in(offences: Path, incidents: Path, folder: Path = FOLDER) -> list[str]:
    """Write ``notifiable.csv`` anew from both lists, and return what changed, a line each.

    Raises ValueError, one line, where a list or ``MAPPING.md`` cannot be read; nothing is written then.
    """
    mapping = read_mapping((folder / "MAPPING.md").read_text(encoding="utf-8"))
    entries = read_official(offences.read_text(encoding="utf-8"), incidents.read_text(encoding="utf-8"), mapping)
    file = folder / "notifiable.csv"
    before = list(read_entries(file.read_text(encoding="utf-8"))) if file.exists() else []
    file.write_text(written_entries(entries), encoding="utf-8", newline="")
    return list(_changes(before, entries))


def _changes(before: Sequence[OffenceEntry], after: Sequence[OffenceEntry]) -> list[str]:
    """Return the entries that came, went or ceased."""
    now, then = {_name(entry): entry for entry in after}, {_name(entry): entry for entry in before}
    return [
        *(f"new: {name}" for name in now if name not in then),
        *(f"gone: {name}" for name in then if name not in now),
        *(
            f"ceased: {name}"
            for name, entry in now.items()
            if not entry.current and name in then and then[name].current
        ),
    ]


def _name(entry: OffenceEntry) -> str:
    return " ".join(filter(None, (entry.code, entry.category, entry.offence, entry.act, entry.section)))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("two files are needed: the offences and the reported incidents, each as CSV")
    try:
        changed = take_in(Path(sys.argv[1]), Path(sys.argv[2]))
    except (OSError, ValueError) as refusal:
        sys.exit(str(refusal))
    sys.stdout.writelines(f"{line}\n" for line in changed)
