"""``cdi offences``: what the Home Office's lists say of a code."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated

import msgspec
import typer

from deploy.cli.framework.errors import CommandError, UsageError
from deploy.cli.framework.output import print_table, printable, tell
from schemas.vocabularies import OFFENCE_CLASSES
from streams.offences import OffenceEntry, OffenceList, offence_list
from streams.reports.spreadsheet import csv_table


class OffenceFormat(StrEnum):
    """How entries are written."""

    TEXT = "text"
    JSONL = "jsonl"
    CSV = "csv"


def offences(
    codes: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CODE]...", help="an offence's or a category's, however written: 019/07, 19-7, 19C, N100/01"
        ),
    ] = None,
    *,
    offence_class: Annotated[
        str | None, typer.Option("--class", help="only of this class of ours, such as RAPE")
    ] = None,
    search: Annotated[str | None, typer.Option(help="only with these words in offence, Act or category")] = None,
    format_: Annotated[OffenceFormat, typer.Option("--format", help="text, jsonl or csv")] = OffenceFormat.TEXT,
) -> None:
    """Say what the Home Office's lists have under a code: offence, Act, class of ours, and dates.

    Exits 1 where a code is in neither list, and names the nearest.
    """
    if not codes and offence_class is None and search is None:
        raise UsageError("name a code, a --class or words to --search for")
    if offence_class is not None and offence_class.upper() not in OFFENCE_CLASSES:
        raise UsageError(f"--class: {printable(offence_class)} is none of {', '.join(sorted(OFFENCE_CLASSES))}")
    listed = offence_list()
    unknown = [code for code in codes or () if not listed.find(code)]
    entries = list(_wanted(listed, codes, offence_class, search))
    _write(entries, format_)
    for code in unknown:
        near = listed.nearest(code)
        nearest = f"; the nearest {'is' if len(near) == 1 else 'are'} {', '.join(near)}" if near else ""
        tell(f"cdi: {printable(code) if code.strip() else 'a blank code'}: in neither list{nearest}")
    if unknown:
        raise typer.Exit(CommandError.status)
    if not entries:
        raise CommandError("no entry of the lists fits")


def _wanted(
    listed: OffenceList, codes: Sequence[str] | None, offence_class: str | None, search: str | None
) -> Iterable[OffenceEntry]:
    """Yield the entries under any of the codes that are of the class and hold the words."""
    entries = listed.search(search or "")
    under = {id(entry) for code in codes or () for entry in listed.find(code)}
    for entry in entries:
        if codes and id(entry) not in under:
            continue
        if offence_class is None or offence_class.upper() in entry.offence_classes:
            yield entry


def _write(entries: list[OffenceEntry], format_: OffenceFormat) -> None:
    match format_:
        case OffenceFormat.JSONL:
            sys.stdout.buffer.writelines(msgspec.json.encode(entry) + b"\n" for entry in entries)
            sys.stdout.buffer.flush()
        case OffenceFormat.CSV:
            columns = OffenceEntry.__struct_fields__
            rows = ([_cell(getattr(entry, name)) for name in columns] for entry in entries)
            sys.stdout.buffer.write(csv_table(columns, rows))
            sys.stdout.buffer.flush()
        case OffenceFormat.TEXT:
            columns = ("code", "category", "offence", "Act", "class", "against", "from", "to")
            print_table(columns, map(_line, entries))


def _cell(value: object) -> object:
    match value:
        case tuple():
            return ";".join(map(str, value))
        case bool():
            return "yes" if value else "no"
        case _:
            return value


def _line(entry: OffenceEntry) -> tuple[str, ...]:
    against = {"V": "victim", "S": "state", "S/V": "state or victim"}.get(entry.victim_or_state, "")
    return (
        entry.code,
        entry.category,
        entry.offence,
        ", ".join(filter(None, (entry.act, entry.section))),
        ", ".join(entry.offence_classes) or f"{entry.home_office_class}, no crime",
        against,
        entry.commencement,
        entry.cessation or ("" if entry.current else "ceased"),
    )
