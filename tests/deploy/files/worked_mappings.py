"""The mappings that are shipped, with their samples and what these come to."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any, Final

from deploy.files.mapping import ColumnMapping, read_mapping
from deploy.files.mapping.mapping_files import shipped
from deploy.files.row_reader import RowReader
from schemas.records.snapshot import SET_BY_READERS
from schemas.rows import write_json

MAPPINGS: Final = Path(__file__).parents[3] / "deploy" / "mappings"
EXPECTED: Final = Path(__file__).parent / "worked"
KEY: Final = "a key of sixteen bytes and more"
"""Of the pseudonyms in what the samples come to."""
READ_AT: Final = 1_893_456_000_000
"""2030-01-01."""
INDEX: Final = MAPPINGS / "README.md"
_ROW: Final = re.compile(
    r"^\| \[(?P<name>[a-z-]+)\]\((?P=name)\.toml\) \| `(?P<topic>[a-z0-9.-]+)` \| "
    r"(?:\[sample\]\((?P<sample>[^)]+)\))? *\|",
    re.MULTILINE,
)
_LACKS: Final = re.compile(r"\n# What such an export never states, for the policy:\n#\n((?:#.*\n)+)")
_VOLATILE: Final = {"event_id", "revision", *SET_BY_READERS}


def mapping_names() -> list[str]:
    """Return the names of the mappings that are shipped; code tables are none."""
    return shipped()


def worked_names() -> list[str]:
    """Return the names of those with a sample."""
    return [name for name in mapping_names() if index_row(name)["sample"]]


def index_row(name: str) -> dict[str, str]:
    """Return what the index says of a mapping; raise StopIteration where it says nothing."""
    rows = (row for row in _ROW.finditer(INDEX.read_text(encoding="utf-8")) if row["name"] == name)
    return next(rows).groupdict(default="")


def sample(name: str) -> Path:
    """Return the path of a mapping's sample, as the index has it."""
    return MAPPINGS / index_row(name)["sample"]


def records(name: str) -> list[dict[str, Any]]:
    """Return what each row of a sample becomes: what its records state, that it is skipped, or why it is set aside."""
    mapping = read_mapping(name)
    rows = RowReader(mapping.topic, mapping, READ_AT, 1000).rows(sample(name))
    outcomes: list[dict[str, Any]] = []
    for row in rows:
        outcome: dict[str, Any] = {"line": row.line}
        if row.refusal is not None:
            outcome["set_aside"] = row.refusal.reason
        elif row.record is not None:
            stated = json.loads(write_json(row.record))
            outcome |= {key: value for key, value in stated.items() if key not in _VOLATILE and value not in (None, [])}
        else:
            outcome["skipped"] = True
        outcomes.append(outcome)
    return outcomes


def stated_lacks(name: str) -> dict[str, list[str]]:
    """Return the ``[lacks]`` that stand at the end of a mapping; nothing where none do."""
    found = _LACKS.search((MAPPINGS / f"{name}.toml").read_text())
    if found is None:
        return {}
    lacks: dict[str, list[str]] = tomllib.loads(found[1].replace("#", ""))["lacks"]
    return lacks


def mapped_fields(mapping: ColumnMapping) -> set[str]:
    """Return the fields that a mapping says anything of."""
    return set(mapping.fields).union(*(record.fields for record in mapping.record))
