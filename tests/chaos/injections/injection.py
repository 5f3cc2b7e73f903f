"""What an injection is: one kind of harm, done to an installation while it works."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from tests.chaos.site.installation import Site

Inject = Callable[[Site, Random], Iterator[None]]
"""Does the harm bit by bit: between two steps the campaign does other things, and when it is exhausted it is over."""


@dataclass(frozen=True, slots=True)
class Injection:
    """One kind of harm."""

    name: str
    does: str
    """A sentence for the report."""
    inject: Inject
