"""What a rule says of a matter at one moment, before anybody looks at what was said earlier."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from schemas.products import Fact, Severity
from streams.facts.matters import Kind, Matter

if TYPE_CHECKING:
    from streams.facts.context import Context

Remedy: TypeAlias = Literal["RECORDED_LATE", "DISPOSED_LATE", "REMEDIED"]
"""What met an obligation: crimes, a disposition (decision, N100), or anything else."""


class Obligation(msgspec.Struct, frozen=True, gc=False):
    """An obligation with a deadline: in time means ``met_at <= due_at``."""

    due_at: int
    risk_at: int | None = None
    """From when an unmet obligation is AT_RISK; None where it is never said beforehand."""
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


Finding: TypeAlias = Obligation | Condition
Judgement: TypeAlias = Obligation | Condition | list[Obligation] | list[Condition] | None
"""None: the matter is out of the rule's scope.  Several findings differ in their discriminator."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One obligation: what it is about, how it is judged, and what whoever reads the alert should know and do."""

    id: str
    about: Mapping[Kind, frozenset[str]]
    """The kinds of matter it is about, each with the feeds without which it cannot be judged."""
    severity: Severity
    title: str
    obligation: str
    """The obligation in a sentence, with the text it comes from."""
    runbook: str
    """What a supervisor or the Force Crime Registrar does about it."""
    judge: Callable[[Matter, Context], Judgement]
    explain: Callable[[Matter, Context, Finding], tuple[Fact, ...]]
    also: frozenset[str] = frozenset()
    """Feeds that could clear it as well, where the force has them; those it cannot be judged without always could."""
    live_only: bool = False
