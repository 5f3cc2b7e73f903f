"""Which rules are not judged for a force, and by lack of what.

It is said once for a force, not on each record.  A rule is switched off by the policy, or needs a feed that the force
does not have or that nobody has connected yet, or is decided by a field that the policy says the feed lacks.  Of these
the last leaves it unjudged on those records alone that never stated the field.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

from schemas.records import FEEDS, NoCrime
from streams.facts.matters import CRIME, KIND_BY_RECORD, Kind
from streams.obligations.findings import Rule
from streams.policy import PolicyBook
from streams.rules import CATALOGUE

Cause: TypeAlias = Literal["OFF", "FEED_NOT_NAMED", "FEED_NOT_CONNECTED", "FIELD_LACKING"]
CAUSES: tuple[Cause, ...] = ("OFF", "FEED_NOT_NAMED", "FEED_NOT_CONNECTED", "FIELD_LACKING")


class UnjudgedRule(NamedTuple):
    """A rule that is not judged for a force on one kind of matter."""

    force: str
    rule_id: str
    kind: str
    """Which matters; empty where it is off for all."""
    cause: Cause
    lacking: tuple[str, ...] = ()
    """The feeds that it needs, or the fields that decide it."""
    feed: str = ""
    """Whose fields they are."""

    def __str__(self) -> str:
        names = ", ".join(self.lacking)
        match self.cause:
            case "OFF":
                return f"{self.rule_id} is not judged: the policy switches it off"
            case "FEED_NOT_NAMED":
                return f"{self.rule_id} is not judged ({self.kind}): needs {names}"
            case "FEED_NOT_CONNECTED":
                return f"{self.rule_id} is not judged yet ({self.kind}): nobody has connected {names}"
            case _:
                fields = " or ".join(self.lacking)
                return (
                    f"{self.rule_id} is not judged ({self.kind}) where {fields} was never stated: {self.feed} lacks it"
                )


def unjudged_rules(book: PolicyBook, force: str, named: frozenset[str], moment: int) -> list[UnjudgedRule]:
    """Return the rules that are not judged for a force, in the catalogue's order.

    ``named`` are the feeds that the force is known to have.  ``moment`` (ms) says which of the policy's periods counts.
    """
    return [unjudged for rule in CATALOGUE for unjudged in _unjudged(rule, book, force, named, moment)]


def _unjudged(rule: Rule, book: PolicyBook, force: str, named: frozenset[str], moment: int) -> Iterator[UnjudgedRule]:
    policy = book.at(moment)
    if rule.id in policy.off:
        yield UnjudgedRule(force, rule.id, "", "OFF")
        return
    awaited = book.feeds(force) - named
    for kind, feeds in rule.about.items():
        if kind.record is not None and kind.record.TOPIC not in (*FEEDS, *named, *awaited):
            continue  # an optional feed that the force does not have
        if missing := feeds - named:
            unnamed = missing - awaited
            cause: Cause = "FEED_NOT_NAMED" if unnamed else "FEED_NOT_CONNECTED"
            yield UnjudgedRule(force, rule.id, kind.name, cause, tuple(sorted(unnamed or missing)))
            continue
        for feed, groups in _deciding_fields(rule, kind).items():
            lacked = policy.lacked(force, feed)
            for group in groups:
                if lacked.issuperset(group):
                    yield UnjudgedRule(force, rule.id, kind.name, "FIELD_LACKING", group, feed)


def rules_decided_by(feed: str, field: str) -> tuple[str, ...]:
    """Return the ids of the rules that a field of a feed decides, alone or with others."""
    return tuple(
        rule.id
        for rule in CATALOGUE
        if any(field in group for kind in rule.about for group in _deciding_fields(rule, kind).get(feed, ()))
    )


def _deciding_fields(rule: Rule, kind: Kind) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Return by feed the groups of fields that decide a rule, or a clause of it, on one kind of matter."""
    fields: dict[str, tuple[tuple[str, ...], ...]] = {}
    for record, groups in (*rule.decided_by.items(), *rule.clauses_decided_by.items()):
        if (CRIME if record is NoCrime else KIND_BY_RECORD.get(record)) is kind:
            fields[record.TOPIC] = (*fields.get(record.TOPIC, ()), *groups)
    return fields
