"""What a rule finds of a matter at one moment, whatever alerts there are; and what a rule is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeAlias

import msgspec

from schemas.products import Fact, Severity
from schemas.records import Snapshot
from streams.facts.context import Context
from streams.facts.matters import Kind, Matter, S
from streams.obligations.assessments import crimes_disclosed, is_class_assessed
from streams.obligations.lacking import Decisive, lacked_of, undecidable_by

Remedy: TypeAlias = Literal["RECORDED_LATE", "DISPOSED_LATE", "REMEDIED"]
"""What met an obligation late: crimes, a disposition (decision, N100), or anything else."""


class Obligation(msgspec.Struct, frozen=True, gc=False):
    """An obligation with a deadline: in time means ``met_at <= due_at``."""

    due_at: int
    risk_at: int | None = None
    """From when an unmet obligation is AT_RISK; None where it never is."""
    met_at: int | None = None
    remedy: Remedy = "REMEDIED"
    discriminator: str = ""
    severity: Severity | None = None
    """Set where it differs from the rule's own."""
    offence_class: str | None = None
    """Set where the matter's own record does not say it."""


class Condition(msgspec.Struct, frozen=True, gc=False):
    """A rule without a deadline: the matter is either wrong or right, at once."""

    wrong: bool
    discriminator: str = ""
    severity: Severity | None = None
    offence_class: str | None = None


class Postponed(msgspec.Struct, frozen=True, gc=False):
    """Nothing is found yet: the matter is out of the rule's scope until a moment (ms)."""

    until: int


Finding: TypeAlias = Obligation | Condition
Judgement: TypeAlias = Obligation | Condition | Postponed | list[Obligation] | list[Condition] | list[Finding] | None
"""None: the matter is out of the rule's scope.  Several findings on one matter differ in their discriminators."""


Explanation: TypeAlias = Callable[[Matter[S], Context, Finding], tuple[Fact, ...]]
"""Returns the facts that an alert on a finding shows."""


def feeds(*records: type[Snapshot]) -> frozenset[str]:
    """Return the feeds that bring these types of record."""
    return frozenset(record.TOPIC for record in records)


@dataclass(frozen=True, slots=True)
class Rule(Generic[S]):
    """One rule: what it is about, how it is judged, and what the reader of an alert should know and do."""

    id: str
    about: Mapping[Kind[S], frozenset[str]]
    """The kinds of matter it is about, each with the feeds without which it cannot be judged."""
    severity: Severity
    title: str
    obligation: str
    """The obligation in a sentence, with the text it comes from."""
    runbook: str
    """What a supervisor or the Force Crime Registrar does about it."""
    judge: Callable[[Matter[S], Context], Judgement]
    explain: Explanation[S]
    titles: Mapping[Kind, str] = field(default_factory=dict)
    """The titles of alerts on kinds of matter that its own does not fit."""
    also: frozenset[str] = frozenset()
    """Other feeds whose snapshots could clear an alert, where the force has them."""
    live_only: bool = False
    """Judged under the wall clock alone."""
    decided_by: Mapping[type[Snapshot], Decisive] = field(default_factory=dict)
    """The fields that decide it, by record: it is not judged on one of which the feed lacks them and says nothing."""
    can_be_assessed: bool = False
    """An assessment can meet it: where people can give one, it is judged whatever the feed lacks."""
    clauses_decided_by: Mapping[type[Snapshot], Decisive] = field(default_factory=dict)
    """The fields that decide one of its clauses alone: without them the others are judged as ever."""
    judged_once_disclosed: bool = False
    """Judged too where a feed lacks how many crimes a report discloses, once a person states one."""
    asks_reports: bool = False
    """Whether a crime is judged again when a report that it is linked to changes: by other rules it is not."""
    dated: Callable[[Matter[S], Finding], int | None] | None = None
    """Returns the own time (ms) of what a finding is about, where that is not the matter's beginning."""

    def title_on(self, kind: Kind) -> str:
        """Return the title of an alert on a kind of matter."""
        return self.titles.get(kind, self.title)

    def judgement(self, matter: Matter[S], context: Context) -> Judgement:
        """Return what the rule finds of a matter; None too where the feed lacks what decides it."""
        return None if self.is_undecidable(matter, context) else self.judge(matter, context)

    def is_undecidable(self, matter: Matter[S], context: Context) -> bool:
        """Return whether the feed lacks what decides the rule on a matter, and nobody states it either.

        A class of offence, or crimes, that a person states are as good as those that the feed does.
        """
        groups = self.deciding(matter, context)
        lacking = set(undecidable_by(matter.record, groups, lacked_of(matter, context))) if groups else ()
        if not lacking:
            return False
        if lacking == {"offence_class"}:
            return not is_class_assessed(matter, context)
        if not self.judged_once_disclosed or lacking != {"crimes_expected"}:
            return True
        return crimes_disclosed(matter, context) is None  # type: ignore[arg-type]  # a rule about reports

    def deciding(self, matter: Matter[S], context: Context) -> Decisive:
        """Return the fields of a matter's own record without which it is not judged."""
        if matter.kind.record is None or (self.can_be_assessed and context.book.people_assess):
            return ()
        return self.decided_by.get(matter.kind.record, ())
