"""Write a file whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def write_whole(file: Path, chunks: Iterable[bytes]) -> None:
    """Replace a file's content whole or not at all: a reader sees the old content or all of the new.

    Raises OSError, and then leaves the file as it was and nothing beside it.
    """
    unfinished = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        with unfinished.open("wb") as content:
            content.writelines(chunks)
        unfinished.replace(file)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
