"""A policy file as read, and how one file is laid over another."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Final, NamedTuple, cast

from msgspec import Meta

from streams.policy.action_policy import ActionPolicy, NotificationPolicy
from streams.policy.audit_policy import AuditPolicy
from streams.policy.installation import Installation
from streams.policy.lacking_fields import fields_that_may_be_empty
from streams.policy.policy import Policy
from streams.policy.reading import (
    PolicyError,
    Values,
    did_you_mean,
    read_table,
    read_value,
    refusal,
    refuse_unknown,
    settings_of,
)
from streams.policy.review_policy import ReviewPolicy

_LACKING: Final = ("lacks", "lacks_by_force")
_OF_FEEDS: Final = (*_LACKING, "schedules", "schedules_by_force")
"""What is said of feeds, at the top of a file: it may change by date, as what is said of rules."""
_TOP: Final = frozenset(
    {"version", "installation", "actions", "notifications", "reviews", "audits", "rules", "amendment", *_OF_FEEDS}
)
_Version = Annotated[
    str,
    Meta(
        pattern=r"\A[A-Za-z0-9][A-Za-z0-9._+-]{0,63}\Z",
        description="a name of 1 to 64 of A-Z, a-z, 0-9, '.', '_', '+' and '-'",
    ),
]
_Date = Annotated[date, Meta(description="a date without quotes or time, such as 2015-04-01")]


class Document(NamedTuple):
    """What one file says."""

    version: str
    installation: Values
    actions: Values
    notifications: Values
    reviews: Values
    audits: Values
    rules: Values
    amendments: dict[date, Values]
    """Settings of the rules that change at the local midnight a date begins with, in order of the dates."""

    def laid_over(self, base: Document) -> Document:
        """Return one document of another with this one's word laid over it."""
        amendments: dict[date, Values] = {}
        for begins, values in base.amendments.items():
            if remaining := {key: value for key, value in values.items() if key not in self.rules}:
                amendments[begins] = remaining
        for begins, values in self.amendments.items():
            amendments[begins] = {**amendments.get(begins, {}), **values}
        return Document(
            version=self.version,
            installation=base.installation | self.installation,
            actions=base.actions | self.actions,
            notifications=base.notifications | self.notifications,
            reviews=base.reviews | self.reviews,
            audits=base.audits | self.audits,
            rules=base.rules | self.rules,
            amendments={begins: amendments[begins] for begins in sorted(amendments)},
        )


def read_document(text: str) -> Document:
    """Read a policy file.  Raises PolicyError for the first thing in it that is not allowed."""
    try:
        table = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise PolicyError(f"policy: not a TOML file: {' '.join(str(error).split())}") from None
    refuse_unknown("", table, _TOP)
    if "version" not in table:
        raise PolicyError('policy: version is missing: allowed is a name such as "leics-2026-04"')
    return Document(
        version=cast("str", read_value("version", _Version, table["version"])),
        installation=read_table("installation.", table.get("installation", {}), Installation),
        actions=read_table("actions.", table.get("actions", {}), ActionPolicy),
        notifications=read_table("notifications.", table.get("notifications", {}), NotificationPolicy),
        reviews=read_table("reviews.", table.get("reviews", {}), ReviewPolicy),
        audits=read_table("audits.", table.get("audits", {}), AuditPolicy),
        rules=_read_rules(table),
        amendments=_read_amendments(table.get("amendment", [])),
    )


def _read_rules(table: Mapping[str, object]) -> Values:
    """Read what holds for all time: settings of rules, what feeds lack, and when they are expected."""
    rules = table.get("rules", {})
    if isinstance(rules, dict):
        refuse_unknown("rules.", rules, settings_of(Policy).keys() - {*_OF_FEEDS})
    values = read_table("rules.", rules, Policy)
    values |= read_table("", {name: table[name] for name in _OF_FEEDS if name in table}, Policy)
    _refuse_unlackable("", values)
    return values


def _refuse_unlackable(where: str, values: Values) -> None:
    """Raise PolicyError for the first field that no record of its feed may leave empty."""
    for path, names in values.items():
        if path[0] not in _LACKING:
            continue
        stated, allowed = cast("frozenset[str]", names), fields_that_may_be_empty(path[-1])
        if wrong := sorted(stated - allowed):
            key = ".".join((path[0], *(f'"{part}"' for part in path[1:])))
            listed = ", ".join(sorted(allowed))
            wrong_one = f'not "{wrong[0]}"{did_you_mean(wrong[0], allowed)}'
            raise refusal(f"{where}{key}", sorted(stated), f"a list of some of {listed}; {wrong_one}")


def _read_amendments(tables: object) -> dict[date, Values]:
    if not isinstance(tables, list):
        raise refusal("amendment", tables, "tables headed [[amendment]]")
    amendments: dict[date, Values] = {}
    for number, table in enumerate(tables, start=1):
        where = f"amendment {number}: "
        if not isinstance(table, dict):
            raise refusal(f"amendment {number}", table, "a table")
        values = read_table(where, table, Policy, besides=("from",))
        if "from" not in table:
            raise PolicyError(f"policy: {where}from is missing: allowed is a date without quotes, such as 2015-04-01")
        begins = cast("date", read_value(f"{where}from", _Date, table["from"]))
        before = next(reversed(amendments), None)
        if before is not None and begins <= before:
            raise refusal(f"{where}from", begins, f"a date after {before}, that of the amendment before")
        if not values:
            raise refusal(f"{where}from", begins, "a date with at least one setting that changes then")
        _refuse_unlackable(where, values)
        amendments[begins] = values
    return amendments
