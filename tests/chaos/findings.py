"""What a check has found wrong, and how much it has looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal[
    "LOST",  # should be there, and is not
    "DOUBLED",  # is there once more than it should be
    "GAP",  # a sequence jumps
    "CONTRADICTED",  # two contents under one alert and sequence
    "DIFFERENT",  # is there, and says something else
    "UNEXPECTED",  # nothing should be there
    "WENT_BACK",  # an older state was published over a newer one
    "FAULT",  # the audit log's own word for what is wrong with it
    "LEAKED",  # was shown to somebody, or done by somebody, who may not
    "OVERGROWN",  # holds more memory than it may
    "STUCK",  # lives and gets no further
]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, with as much around it as it takes to look for the cause."""

    kind: Kind
    about: str
    """An alert, a message, a process: never a person, and none of a record's texts."""
    context: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        around = ", ".join(f"{name} {value}" for name, value in self.context.items())
        return f"{self.kind}: {self.about}{f' ({around})' if around else ''}"


@dataclass(slots=True)
class Verdict:
    """What one check has compared, and found."""

    check: str
    compared: Counter[str] = field(default_factory=Counter)
    """How many of each thing were looked at."""
    findings: list[Finding] = field(default_factory=list)

    @property
    def kinds(self) -> list[str]:
        """The kinds of what was found, in the order of the alphabet."""
        return sorted(str(finding.kind) for finding in self.findings)

    def find(self, kind: Kind, about: str, **context: Any) -> None:
        """Add a finding."""
        self.findings.append(Finding(kind, about, context))


def of_kind(findings: Iterable[Finding]) -> Counter[str]:
    """Count findings by kind."""
    return Counter(finding.kind for finding in findings)
