"""A policy file as read: its version, its installation, its rules' settings and the dates they change."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from streams.policy import reading
from streams.policy.handling import read_actions, read_notifications
from streams.policy.installation import read_installation
from streams.policy.reading import PolicyError, Reader, read, refusal
from streams.policy.settings import DISPOSAL_KINDS, READERS, SEVERITIES, preclusions

_TOP = frozenset({"version", "installation", "actions", "notifications", "rules", "amendment"})
_TABLES = frozenset({"precluding", "severity"})
_RULE_KEYS = frozenset(READERS) | _TABLES
_AMENDMENT_KEYS = _RULE_KEYS | {"from"}
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
_RULE_ID = re.compile(r"[a-z]+(-[a-z]+)*")


@dataclass(frozen=True, slots=True)
class Amendment:
    """Settings that change at the local midnight a date begins with."""

    date: date
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """One file's word.  Values are by dotted key: ``precluding.CAUTION`` is one entry of the table ``precluding``."""

    version: str
    installation: Mapping[str, Any]
    actions: Mapping[str, Any]
    notifications: Mapping[str, Any]
    rules: Mapping[str, Any]
    amendments: tuple[Amendment, ...]


def read_document(text: str) -> Document:
    """Reads a policy file; raises PolicyError, in one line, for the first thing in it that is not allowed."""
    try:
        table = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise PolicyError(f"policy: not a TOML file: {' '.join(str(error).split())}") from None
    reading.refuse_unknown("", table, _TOP)
    if "version" not in table:
        raise PolicyError('policy: version is missing: allowed is a name such as "leics-2026-04"')
    return Document(
        version=read(_a_version, "version", table["version"]),
        installation=read_installation(read(reading.a_table, "installation", table.get("installation", {}))),
        actions=read_actions(read(reading.a_table, "actions", table.get("actions", {}))),
        notifications=read_notifications(read(reading.a_table, "notifications", table.get("notifications", {}))),
        rules=_read_rules("rules.", read(reading.a_table, "rules", table.get("rules", {}))),
        amendments=_read_amendments(table.get("amendment", [])),
    )


def _a_version(value: object) -> str:
    if not isinstance(value, str) or not _VERSION.fullmatch(value):
        raise reading.NotAllowedError("a name of 1 to 64 of A-Z, a-z, 0-9, '.', '_', '+' and '-'")
    return value


def _a_date(value: object) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise reading.NotAllowedError("a date without quotes or time, such as 2015-04-01")
    return value


def _read_amendments(tables: object) -> tuple[Amendment, ...]:
    if not isinstance(tables, list):
        raise refusal("amendment", tables, "tables headed [[amendment]]")
    amendments: list[Amendment] = []
    for number, item in enumerate(tables, start=1):
        where = f"amendment {number}: "
        table = read(reading.a_table, f"amendment {number}", item)
        reading.refuse_unknown(where, table, _AMENDMENT_KEYS)
        if "from" not in table:
            raise PolicyError(f"policy: {where}from is missing: allowed is a date without quotes, such as 2015-04-01")
        begins = read(_a_date, f"{where}from", table["from"])
        if amendments and begins <= amendments[-1].date:
            raise refusal(f"{where}from", begins, f"a date after {amendments[-1].date}, that of the amendment before")
        values = _read_rules(where, {key: value for key, value in table.items() if key != "from"})
        if not values:
            raise refusal(f"{where}from", begins, "a date with at least one setting that changes then")
        amendments.append(Amendment(begins, values))
    return tuple(amendments)


def _read_rules(where: str, table: Mapping[str, object]) -> dict[str, Any]:
    reading.refuse_unknown(where, table, _RULE_KEYS)
    values = {key: read(READERS[key], f"{where}{key}", value) for key, value in table.items() if key in READERS}
    for name in _TABLES & table.keys():
        for entry, value in read(reading.a_table, f"{where}{name}", table[name]).items():
            key = f"{where}{name}.{entry}"
            values[f"{name}.{entry}"] = read(_entry_reader(name, entry, key, value), key, value)
    return values


def _entry_reader(table: str, entry: str, key: str, value: object) -> Reader:
    """How one entry of a table is read; raises PolicyError for an entry the table cannot have."""
    if table == "precluding":
        if entry not in DISPOSAL_KINDS:
            raise refusal(key, value, f"only an entry for {', '.join(sorted(DISPOSAL_KINDS))}")
        return preclusions
    if not _RULE_ID.fullmatch(entry):
        raise refusal(key, value, "only an entry for a rule's id, such as crime-not-recorded")
    return reading.one_of(SEVERITIES)
