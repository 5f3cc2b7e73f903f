"""Say in which encoding a text seems to be; a guess is said, and never used."""

from __future__ import annotations

from typing import Final

_BRITISH: Final = frozenset("£€‘’“”–—…•°½¼¾éèêëàâçôöüïîñÉ§©®´¬\N{NO-BREAK SPACE}")
"""What British text has beside ASCII; in windows-1252 each is one byte."""


def seeming_encoding(sample: bytes) -> str:
    """Return a sentence of what to write into the mapping, for text that is in another encoding."""
    name = _seems(sample)
    if name is None:
        return "the mapping's encoding says what it is in"
    return f'{name}, it seems: write encoding = "{name}" into the mapping if that is so'


def _seems(sample: bytes) -> str | None:
    if b"\0" in sample:
        return "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"
    try:
        beyond = {character for character in sample.decode("windows-1252") if not character.isascii()}
    except UnicodeDecodeError:
        beyond = set()
    if beyond and beyond <= _BRITISH:
        return "windows-1252"
    import charset_normalizer  # noqa: PLC0415 - few texts need it, and it is large

    best = charset_normalizer.from_bytes(sample).best()
    return None if best is None or best.encoding == "utf_8" else best.encoding.replace("_", "-")
