"""Say in words what the decoder finds wrong with a table of a TOML file."""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import get_close_matches
from typing import Final

_TYPES: Final = {
    "int": "a whole number, without quotes",
    "float": "a number, without quotes",
    "bool": "true or false, without quotes",
    "str": "a text in quotes",
    "array": "a list in brackets",
    "object": "a table; where it is a secret, { environment = ... } or { file = ... }",
}
"""What a key must be, by the decoder's name of its type."""


def in_words(fault: str, keys: Collection[str]) -> str:
    """Return a fault in one line, with its key first; ``keys`` are those that the table may have."""
    fault = " ".join(fault.split())
    if missing := re.fullmatch(r"Object missing required field `(\w+)`", fault):
        return f"{missing[1]}: required, and not there"
    if unknown := re.fullmatch(r"Object contains unknown field `(.*)`", fault):
        return f"{unknown[1]}: unknown{meant(unknown[1], keys)}, the keys here are {', '.join(sorted(keys))}"
    of_key = re.fullmatch(r"(.*) - at `\$\.(.*)`", fault)
    if of_key is None:
        return fault
    reason, key = of_key[1], of_key[2]
    if "matching regex" in reason:
        return f'{key}: a duration such as "90s", "15m", "24h" or "7d"'
    if expected := re.fullmatch(r"Expected `(\w+)(?: \| null)?`, got `\w+`", reason):
        return f"{key}: {_TYPES.get(expected[1], expected[1])}"
    return f"{reason} ({key})"


def meant(written: str, names: Collection[str]) -> str:
    """Return which name was probably meant, for a refusal; nothing where none is like the one written."""
    near = get_close_matches(written, names, n=1)
    return f" (did you mean {near[0]}?)" if near else ""
