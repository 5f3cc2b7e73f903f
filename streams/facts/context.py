"""What a rule judges by: the facts of one force, the policy, completeness, and the clock."""

from __future__ import annotations

from collections.abc import Callable

from streams.facts.completeness import Completeness
from streams.facts.facts import Facts
from streams.facts.matters import CountingCrime, Matter
from streams.policy import Policy, PolicyBook


class Context:
    """One force at one moment.  Only the clock changes without a message."""

    __slots__ = ("book", "clock", "completeness", "counting_by_report", "facts", "force", "policy")

    def __init__(self, force: str, book: PolicyBook, completeness: Completeness) -> None:
        self.force = force
        self.book = book
        self.completeness = completeness
        self.facts = Facts(force, book.at)
        self.clock = 0
        self.counting_by_report: dict[Matter, list[CountingCrime]] = {}
        """Which crimes count for a report: a cache for all rules, cleared whenever anything changes."""
        self.policy: Callable[[int], Policy] = book.at
        """The policy in force for a matter whose own time is the given moment (ms)."""
