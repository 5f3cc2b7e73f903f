"""What of source records must not be found in logs, figures and notifications, and how it is looked for.

Every text field of every record is either looked for or named in EXEMPT with the reason: a new field is looked for
until somebody decides otherwise.
"""

from __future__ import annotations

import html
import json
import quopri
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints
from urllib.parse import unquote_plus

import msgspec

from schemas.records import Snapshot
from schemas.vocabularies import OffenceClass

EXEMPT: Final[Mapping[str, str]] = {
    "event_id": "names a snapshot: logs join by it, where it has an id's form; who is named in one is looked for",
    "force": "an organisation: figures and notifications are by force",
    "source": "a system",
    "other_force": "an organisation",
    "receiving_force": "an organisation",
    "opening_code": "a code of the national lists; the same words are classes of offences",
    "closing_code": "as opening_code",
    "role": "what somebody is, not who: recipients of notifications have roles too",
    "dispute_decided_role": "as role",
    "outcome": "a number of the national outcomes framework",
    "model": "a program",
    "audit_id": "names an audit of many records",
}
"""Text fields that are not looked for, by name.  References are: they need not be anywhere but on a screen."""

_SHORTEST_ANYWHERE: Final = 9
"""Shorter values are looked for as words alone: four letters are in any list of random ids."""
_ESCAPES: Final = re.compile(r"""(?:\\x[0-9a-fA-F]{2})+|(?:\\u[0-9a-fA-F]{4})+|\\["\\/bfnrt']""")


def looked_for(snapshots: Iterable[Snapshot]) -> dict[str, str]:
    """Collect every value that must not be found, with the field it is of."""
    values: dict[str, str] = {}
    for snapshot in snapshots:
        for field, value in _texts(snapshot):
            if field.rpartition(".")[2] not in EXEMPT and value.strip():
                values.setdefault(" ".join(value.split()).casefold(), f"{snapshot.TOPIC} {field}")
    return values


def text_fields(record: type[msgspec.Struct]) -> Iterator[str]:
    """Name every field of a record that holds text of any kind; those with a closed vocabulary do not."""
    for name, hint in get_type_hints(record, include_extras=True).items():
        if name in record.__struct_fields__ and hint is not OffenceClass:
            yield from (f"{name}.{inner}" if inner else name for inner in _of(hint))


def disclosed(texts: Mapping[str, str], values: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Find values in texts, however either is written: the text's name, the field, the value."""
    words = [value for value in values if len(value) < _SHORTEST_ANYWHERE]
    phrases = [value for value in values if len(value) >= _SHORTEST_ANYWHERE]
    longest_first = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    any_word = re.compile(rf"(?<![a-z0-9])(?:{longest_first})(?![a-z0-9])")
    matches = []
    for name, text in texts.items():
        forms = "\n".join(_forms(text))
        hits = set(any_word.findall(forms)) if words else set()
        hits |= {value for value in phrases if value in forms}
        matches += [(name, values[value], value) for value in sorted(hits)]
    return matches


def _forms(text: str) -> list[str]:
    """Write a text in every way that undoes how a value may have been written into it."""
    lines = set(text.splitlines())
    for undo in (_of_json, _of_json, html.unescape, unquote_plus, _of_mail):
        lines |= {form for line in lines if (form := undo(line)) != line}
    whole = _of_mail(text) if "=\n" in text or "=\r\n" in text else text
    return [" ".join(spelling.split()).casefold() for spelling in [*sorted(lines), whole.replace("\n", " ")]]


def _of_json(line: str) -> str:
    """Undo the escapes of JSON and of Python's repr."""
    return " ".join(_ESCAPES.sub(_plain, line).split()) if "\\" in line else line


def _plain(escape: re.Match[str]) -> str:
    written = escape[0]
    if written.startswith("\\x"):
        return bytes.fromhex(written.replace("\\x", "")).decode(errors="replace")
    return "'" if written == "\\'" else str(json.loads(f'"{written}"'))


def _of_mail(text: str) -> str:
    """Undo quoted-printable."""
    return quopri.decodestring(text.encode()).decode(errors="replace") if "=" in text else text


def _texts(struct: msgspec.Struct, place: str = "") -> Iterator[tuple[str, str]]:
    fields = {field.partition(".")[0] for field in text_fields(type(struct))}
    for name in struct.__struct_fields__:
        value = getattr(struct, name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, msgspec.Struct):
                yield from _texts(part, f"{place}{name}.")
            elif isinstance(part, str) and name in fields:
                yield f"{place}{name}", part


def _of(hint: Any) -> list[str]:
    """Return what text an annotation lets in: nothing, the field itself (an empty name), or fields of what it holds."""
    if hint is str:
        return [""]
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return list(text_fields(hint))
    if get_origin(hint) is Annotated:
        return [] if hint is OffenceClass else _of(get_args(hint)[0])
    if get_origin(hint) in {tuple, Union} or isinstance(hint, type(int | None)):
        return sorted({inner for part in get_args(hint) if part is not Ellipsis for inner in _of(part)})
    assert get_origin(hint) is Literal or hint in {int, bool, float, type(None)}, f"what is {hint}?"
    return []
