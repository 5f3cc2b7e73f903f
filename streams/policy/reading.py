"""Read the tables of a policy file by the structs that hold them, or refuse a value in one line.

A struct's field says all there is to say of a setting: its type, its bounds (:class:`msgspec.Meta`) and, where the
file writes it otherwise than we hold it, how it is read (:class:`WrittenAs`).  A line names the key, the value and
what is allowed there, in the words of the field's ``Meta(description=...)``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from types import NoneType
from typing import Annotated, Final, Literal, NamedTuple, TypeVar, get_args, get_origin

import msgspec

S = TypeVar("S", bound=msgspec.Struct)

Values = dict[tuple[str, ...], object]
"""Settings by key; an entry of a table is a setting: ``("precluding", "CAUTION")``."""

_LONGEST_SHOWN: Final = 60
_TOML_TYPES: Final = (Decimal, date, datetime, time)
_ERROR_PATH: Final = re.compile(r" - at `\$(.*)`$")
_LISTED: Final = re.compile(r"\b(?:one|some) of ")
"""Stands before the words of a list, in what is allowed."""
_STEP: Final = re.compile(r"\.(\w+)|\[([0-9]+)\]")


class PolicyError(ValueError):
    """A policy that cannot be used: one line that names the key, the value and what is allowed."""


class NotAllowedError(ValueError):
    """A value that a setting cannot have; the text says what is allowed."""


class WrittenAs(NamedTuple):
    """How the file writes what a field holds."""

    form: object
    """The type as written."""
    read: Callable[..., object]
    """Turns it into what the field holds.  Raises ValueError: its text, if any, is the part that is not allowed."""


@cache
def settings_of(model: type[msgspec.Struct]) -> Mapping[str, object]:
    """Return the type of each setting a file may state: the fields of a model that have no default."""
    return {field.name: field.type for field in msgspec.structs.fields(model) if field.required}


def read_table(where: str, table: object, model: type[msgspec.Struct], besides: Collection[str] = ()) -> Values:
    """Read the settings of a table.  Raises PolicyError.

    ``where`` is what stands before their names in a line; what is named ``besides`` may be there too and is not read.
    """
    known = settings_of(model)
    if not isinstance(table, dict):
        raise refusal(where.rstrip("."), table, "a table")
    refuse_unknown(where, table, {*known, *besides})
    values: Values = {}
    for name in (name for name in table if name not in besides):
        values.update(_settings(f"{where}{name}", (name,), known[name], table[name]))
    return values


def build(model: type[S], values: Mapping[tuple[str, ...], object]) -> S:
    """Return the struct of a whole policy's settings."""
    fields: dict[str, object] = {name: {} for name, hint in settings_of(model).items() if _is_table(hint)}
    for path, value in values.items():
        table = fields
        for name in path[:-1]:
            table = table.setdefault(name, {})  # type: ignore[assignment]  # what is not last is a table
        table[path[-1]] = value
    return model(**fields)


def _is_table(hint: object) -> bool:
    return get_origin(hint) is Mapping


def _settings(key: str, path: tuple[str, ...], hint: object, value: object) -> Iterator[tuple[tuple[str, ...], object]]:
    """Yield the setting at a key, or, where it is a table, the setting of each entry."""
    if not _is_table(hint):
        yield path, read_value(key, hint, value)
        return
    if not isinstance(value, dict):
        raise refusal(key, value, "a table")
    name_type, entry_type = get_args(hint)
    for name, entry in value.items():
        entry_key = f'{key}."{name}"' if "_by_" in path[0] else f"{key}.{name}"
        try:
            convert(name_type, name)
        except NotAllowedError as error:
            names = str(error).removeprefix("one of ")
            hint = did_you_mean(name, names.split(", "))
            if isinstance(entry, dict) and f"{name}." in names:
                hint = " (a name with dots stands in quotes)"
            raise refusal(entry_key, entry, f"only an entry for {names}{hint}") from None
        yield from _settings(entry_key, (*path, name), entry_type, entry)


def read_value(key: str, hint: object, value: object) -> object:
    """Read the value at a key.  Raises PolicyError."""
    try:
        return convert(hint, value)
    except NotAllowedError as error:
        raise refusal(key, value, str(error)) from None


def convert(hint: object, value: object) -> object:
    """Read a value as a field of this type.  Raises NotAllowedError."""
    written = next((item for item in get_args(hint) if isinstance(item, WrittenAs)), None)
    form = hint if written is None else written.form
    try:
        plain: object = msgspec.convert(value, form, builtin_types=_TOML_TYPES)
    except msgspec.ValidationError as error:
        raise NotAllowedError(_allowed_at(form, value, str(error)) or _allowed(hint)) from None
    if written is None:
        return plain
    try:
        return msgspec.convert(written.read(plain), hint, builtin_types=_TOML_TYPES)
    except msgspec.ValidationError:
        raise NotAllowedError(_allowed(hint)) from None
    except ValueError as error:
        part = str(error)
        raise NotAllowedError(_but_not(_allowed(hint), part) if part else _allowed(hint)) from None


def _allowed(hint: object) -> str:
    """Return what a type allows, in words."""
    if get_origin(hint) is Literal:
        return f"one of {', '.join(sorted(get_args(hint)))}"
    return next(
        (item.description for item in get_args(hint) if isinstance(item, msgspec.Meta) and item.description), ""
    )


def _allowed_at(hint: object, value: object, error: str) -> str:
    """Return what is allowed where msgspec found a fault, in the words of the innermost type with any."""
    path = _ERROR_PATH.search(error)
    steps = _STEP.findall(path[1]) if path else []
    allowed = _allowed(hint)
    for name, index in steps:
        hint, value = _inner(hint, name), value[name or int(index)]  # type: ignore[index]  # msgspec was there
        allowed = _allowed(hint) or allowed
    return _but_not(allowed, value) if steps and allowed else allowed


def _but_not(allowed: str, value: object) -> str:
    """Return what is allowed, what stands there, and which of the words allowed is the nearest."""
    listed = _LISTED.search(allowed)
    words = allowed[listed.end() :].split(", ") if listed else ()
    hint = did_you_mean(value, words) if isinstance(value, str) else ""
    return f"{allowed}; not {_excerpt(value)}{hint}"


def _inner(hint: object, name: str) -> object:
    """Return the type of a struct's field, or of a list's items where no field is named."""
    hint = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    if not name:
        return get_args(hint)[0]
    inner = next(field.type for field in msgspec.structs.fields(hint) if field.name == name)  # type: ignore[arg-type]
    return (
        next(choice for choice in get_args(inner) if choice is not NoneType) if NoneType in get_args(inner) else inner
    )


def refusal(key: str, value: object, allowed: str) -> PolicyError:
    """Return the one line about a value that stands at a key."""
    return PolicyError(f"policy: {_one_line(key)} = {_excerpt(value)}: allowed is {allowed}")


def refuse_unknown(where: str, table: Mapping[str, object], known: Collection[str]) -> None:
    """Raise PolicyError for the first unknown key of a table, naming the nearest known one."""
    for key, value in table.items():
        if key not in known:
            raise PolicyError(
                f"policy: {where}{_one_line(key)} = {_excerpt(value)}: unknown{did_you_mean(key, known)}, "
                f"allowed is one of {', '.join(sorted(known))}"
            )


def did_you_mean(written: str, known: Collection[str]) -> str:
    """Return whether the nearest of some words is meant, as a question; nothing where none is near."""
    near = get_close_matches(written, sorted(known), n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def _excerpt(value: object) -> str:
    """Return a value as its file spells it, on one line and not too long."""
    text = _one_line(_spelled(value))
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 3]}..."


def _one_line(text: str) -> str:
    """Return text without line breaks or anything else a terminal would obey."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _spelled(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() if value.bit_length() > 64:
            return "a number of more than 64 bits"
        case str():
            return f'"{value}"'
        case list():
            return f"[{', '.join(map(_spelled, value))}]"
        case dict():
            return f"{{{', '.join(f'{key} = {_spelled(item)}' for key, item in value.items())}}}"
        case date():
            return value.isoformat()
        case _:
            return str(value)
