"""What a rule judges by: the facts of one force, the policy, completeness, and the clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from streams.facts.completeness import Completeness
from streams.facts.facts import Facts
from streams.facts.matters import CountingCrime, Matter
from streams.policy import Policy, PolicyBook

T = TypeVar("T")


class Context:
    """One force at one moment.  Only the clock changes without a message."""

    __slots__ = (
        "_derived",
        "book",
        "clock",
        "completeness",
        "counting_by_report",
        "facts",
        "force",
        "policy",
    )

    def __init__(self, force: str, book: PolicyBook, completeness: Completeness) -> None:
        self.force = force
        self.book = book
        self.completeness = completeness
        self.facts = Facts(force, book.at)
        self.clock = 0
        self.counting_by_report: dict[Matter, list[CountingCrime]] = {}
        """Which crimes count for a report: a cache for all rules, cleared whenever anything changes."""
        self._derived: dict[tuple[Callable[[Any], object], Matter], Any] = {}
        """What :meth:`derived` has worked out: a cache too, cleared with the other."""
        self.policy: Callable[[int], Policy] = book.at
        """The policy in force for a matter whose own time is the given moment (ms)."""

    def derived(self, matter: Matter, derive: Callable[[Any], T]) -> T:
        """Return what follows from a matter alone, worked out once until something changes."""
        key = (derive, matter)
        if key not in self._derived:
            self._derived[key] = derive(matter)
        result: T = self._derived[key]
        return result

    def clear_caches(self) -> None:
        """Have everything worked out anew that rests on facts."""
        self.counting_by_report.clear()
        self._derived.clear()
