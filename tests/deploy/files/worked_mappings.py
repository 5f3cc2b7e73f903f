"""The mappings that are shipped, with their samples and what these come to."""

from __future__ import annotations

from pathlib import Path

MAPPINGS = Path(__file__).parents[3] / "deploy" / "mappings"


def mapping_names() -> list[str]:
    """Return the names of the mappings that are shipped; code tables, which have no topic, are none."""
    return sorted(path.stem for path in MAPPINGS.glob("*.toml") if "\ntopic = " in f"\n{path.read_text()}")
