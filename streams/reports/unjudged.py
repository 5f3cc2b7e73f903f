"""Which rules are not judged for a force, and by lack of what.

It is said once for a force, not on each record.  A rule is switched off by the policy, or needs a feed that the force
does not have or that nobody has connected yet, or is decided by a field that the policy says the feed lacks.  Of these
the last leaves it unjudged on those records alone that never stated the field.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import starmap
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

    @property
    def reason(self) -> str:
        """Say in words why it is not judged."""
        names = " or ".join(self.lacking) if self.cause == "FIELD_LACKING" else ", ".join(self.lacking)
        match self.cause:
            case "OFF":
                return "because the policy switches them off"
            case "FEED_NOT_NAMED":
                return f"for want of {names}, which the policy does not name"
            case "FEED_NOT_CONNECTED":
                return f"until it is connected, for want of {names}"
            case _:
                return f"where {names} was never stated, which {self.feed} lacks"


def sentences(unjudged: Iterable[UnjudgedRule]) -> list[str]:
    """Say once for each reason which rules are not judged."""
    rules: dict[str, dict[str, list[str]]] = {}
    for entry in unjudged:
        kinds = rules.setdefault(entry.reason, {}).setdefault(entry.rule_id, [])
        if entry.kind:
            kinds.append(entry.kind)
    return [f"not judged {reason}: {', '.join(starmap(_rule, by_rule.items()))}" for reason, by_rule in rules.items()]


def _rule(rule_id: str, kinds: list[str]) -> str:
    return f"{rule_id} ({', '.join(kinds)})" if kinds else rule_id


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
    awaited = (book.feeds(force) | book.awaited_feeds(force)) - named
    for kind, feeds in rule.about.items():
        if kind.record is not None and kind.record.TOPIC not in (*FEEDS, *named, *awaited):
            continue  # an optional feed that the force does not have
        if missing := feeds - named:
            unnamed = missing - awaited
            cause: Cause = "FEED_NOT_NAMED" if unnamed else "FEED_NOT_CONNECTED"
            yield UnjudgedRule(force, rule.id, kind.name, cause, tuple(sorted(unnamed or missing)))
            continue
        if rule.can_be_assessed and book.people_assess:
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
