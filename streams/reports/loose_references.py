"""References as people type them: what two spellings have in common when neither is exact."""

from __future__ import annotations

import re
from typing import Final

from schemas.identifiers import normalise

_RUN: Final = re.compile(r"[A-Z]+|[0-9]+")


def loose(reference: str) -> str:
    """Return a reference without separators and leading zeros: of ``cr 0123/13``, ``CR123.13``.

    A point stands between two numbers, so that 12-3 and 1-23 stay two references.
    """
    parts = _RUN.findall(normalise(reference))
    text = ""
    for part in parts:
        bare = part.lstrip("0") or "0" if part.isdigit() else part
        text += f".{bare}" if text[-1:].isdigit() and bare.isdigit() else bare
    return text
