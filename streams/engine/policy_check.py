"""Whether a policy can be used: it is well formed, and every rule it names is there."""

from __future__ import annotations

from streams.policy import PolicyBook, PolicyError
from streams.policy.reading import did_you_mean
from streams.rules import RULES


def usable_policy(*texts: str) -> PolicyBook:
    """Return the policy of files laid one over another.

    Raises PolicyError with one line on the first thing that is wrong.
    """
    book = PolicyBook.from_layers(*texts)
    for written, ids in (
        ("rules.severity.{}", book.severities_for),
        ('rules.off = ["{}"]', book.switches_off),
        ("rules.judged_from.{}", book.judges_from),
    ):
        if unknown := sorted(ids - RULES.keys()):
            meant = did_you_mean(unknown[0], RULES)
            raise PolicyError(f"policy: {written.format(unknown[0])}: no rule has this id{meant}")
    return book
