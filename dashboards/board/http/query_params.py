"""Read the parameters of a URL's query; one that cannot be read is named, never ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

_LONGEST_SHOWN: Final = 40
_LARGEST: Final = 100_000
_MOST_TEXT: Final = 100
_MOST_VALUES: Final = 50


class BadQueryError(ValueError):
    """A parameter of a URL that cannot be read, as a sentence for the reader of the page."""

    def __init__(self, name: str, value: str, allowed: str) -> None:
        shortened = value if len(value) <= _LONGEST_SHOWN else f"{value[: _LONGEST_SHOWN - 1]}…"
        super().__init__(f"“{name}={shortened}” cannot be read: {allowed}.")


def values_of(query: QueryParams, name: str) -> tuple[str, ...]:
    """Return the values of a parameter that may be given several times, each once and none of them empty."""
    return tuple(
        filter(None, dict.fromkeys(value.strip()[:_MOST_TEXT] for value in query.getlist(name)[:_MOST_VALUES]))
    )


def is_on(query: QueryParams, name: str) -> bool:
    """Return whether a switch is set.  Raises BadQueryError where it is neither 1 nor empty."""
    value = query.get(name, "")
    if value not in {"", "1"}:
        raise BadQueryError(name, value, f"only {name}=1 means something")
    return value == "1"


def page_number(query: QueryParams) -> int:
    """Return the page of a list, from 1 on.  Raises BadQueryError."""
    value = query.get("page", "") or "1"
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= _LARGEST):
        raise BadQueryError("page", value, f"a page is a whole number from 1 to {_LARGEST}")
    return int(value)


def one_of(query: QueryParams, name: str, allowed: tuple[str, ...]) -> str:
    """Return one of the values allowed; empty where there is none.  Raises BadQueryError."""
    value = query.get(name, "")
    if value and value not in allowed:
        raise BadQueryError(name, value, f"it is one of {', '.join(allowed)}")
    return value
