"""Whether a policy can be used: it is well formed, and every rule it names is there."""

from __future__ import annotations

from streams.policy import PolicyBook, PolicyError
from streams.rules import RULES


def usable_policy(*texts: str) -> PolicyBook:
    """Return the policy of files laid one over another.

    Raises PolicyError with one line on the first thing that is wrong.
    """
    book = PolicyBook.from_layers(*texts)
    if unknown := sorted(book.severities_for - RULES.keys()):
        raise PolicyError(f"policy: severity.{unknown[0]}: no rule has this id")
    if unknown := sorted(book.switches_off - RULES.keys()):
        raise PolicyError(f'policy: rules.off = ["{unknown[0]}"]: no rule has this id')
    if unknown := sorted(book.judges_from - RULES.keys()):
        raise PolicyError(f"policy: rules.judged_from.{unknown[0]}: no rule has this id")
    return book
