"""What ``cdi up`` tells those who start it."""

from __future__ import annotations

from pathlib import Path

from deploy.cli.up import where


def test_other_commands_are_told_of_a_data_folder_they_would_not_find() -> None:
    """Users made in another folder's board could never sign in."""
    assert where(Path("/srv/cdi"), is_default=True) == "by themselves"
    assert where(Path("/srv/c d i"), is_default=False) == "with CDI_DATA='/srv/c d i' set"
