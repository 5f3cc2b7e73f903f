"""What a URL may say: a part of it that cannot be meant is named, never passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

_LONGEST_SHOWN: Final = 40
_LARGEST: Final = 100_000


class BadQueryError(ValueError):
    """A URL's query that cannot be read; a sentence for whoever typed or followed it."""

    def __init__(self, name: str, value: str, allowed: str) -> None:
        shown = value if len(value) <= _LONGEST_SHOWN else f"{value[: _LONGEST_SHOWN - 1]}…"
        super().__init__(f"“{name}={shown}” cannot be read: {allowed}.")


def is_on(query: QueryParams, name: str) -> bool:
    """Whether a switch is set.  Raises BadQueryError where it is neither 1 nor empty."""
    value = query.get(name, "")
    if value not in {"", "1"}:
        raise BadQueryError(name, value, f"only {name}=1 means something")
    return value == "1"


def page_number(query: QueryParams) -> int:
    """Read which page of a list is wanted, from 1 on.  Raises BadQueryError."""
    value = query.get("page", "") or "1"
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= _LARGEST):
        raise BadQueryError("page", value, f"a page is a whole number from 1 to {_LARGEST}")
    return int(value)


def one_of(query: QueryParams, name: str, allowed: tuple[str, ...]) -> str:
    """Read a word out of a vocabulary; empty where none is said.  Raises BadQueryError."""
    value = query.get(name, "")
    if value and value not in allowed:
        raise BadQueryError(name, value, f"it is one of {', '.join(allowed)}")
    return value
