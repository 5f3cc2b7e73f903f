"""Families of incident codes: what a code is about.

The review queue has a prior for each, and audits may be stratified by them.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args

import msgspec
from msgspec import Meta

from streams.policy.codes import CodeList
from streams.policy.reading import WrittenAs
from streams.policy.value_types import Names

FamilyKind = Literal["CRIME", "REPORT", "NO_REPORT", "OTHER"]
"""Codes of crimes, of other reports in which a crime may be (ASB, domestic, concern), of no report, and the rest."""
OTHER: Final = "OTHER"
"""The family of every code that no other family lists, and of none."""
REPORT_KINDS: Final[frozenset[FamilyKind]] = frozenset({"CRIME", "REPORT"})
_MOST_CODES: Final = 16_384
_SHARE_WORDS: Final = "a number above 0 and below 1, such as 0.25"
_ROW: Final = '{ name = "...", kind = "...", share = 0.25, codes = [...] }'


class CodeFamily(msgspec.Struct, frozen=True):
    """Codes that are read alike."""

    name: str
    kind: FamilyKind
    share: float
    """Of the reports opened under these codes that nothing has settled, how many disclose an unrecorded crime."""
    codes: CodeList


class _WrittenFamily(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A family as a policy file writes it."""

    name: Annotated[str, Meta(pattern=r"\A[A-Z][A-Z0-9_]{0,39}\Z", description="a name of A-Z, 0-9 and _")]
    kind: Annotated[FamilyKind, Meta(description=f"one of {', '.join(sorted(get_args(FamilyKind)))}")]
    share: Annotated[float, Meta(gt=0, lt=1, description=_SHARE_WORDS)]
    codes: Names


def _families(rows: tuple[_WrittenFamily, ...]) -> tuple[CodeFamily, ...]:
    """Return the families of a table.

    Raises ValueError, naming it, for a name that is there twice or is reserved.
    """
    names = {OTHER}
    for row in rows:
        if row.name in names or row.share != row.share:
            raise ValueError(row.name)
        names.add(row.name)
    return tuple(CodeFamily(row.name, row.kind, row.share, CodeList.of(sorted(row.codes))) for row in rows)


Families = Annotated[
    tuple[CodeFamily, ...],
    Meta(description=f"a list of {_ROW}, each name once and not {OTHER}, codes as in other lists"),
    WrittenAs(tuple[Annotated[_WrittenFamily, Meta(description=_ROW)], ...], _families),
]


class CodeFamilies:
    """The ordered table of families: a code belongs to the first that lists it, else to OTHER."""

    __slots__ = ("_by_code", "_by_name", "families", "other")

    def __init__(self, families: tuple[CodeFamily, ...], other_share: float) -> None:
        """``other_share`` is the share of the family OTHER."""
        self.families = families
        self.other = CodeFamily(OTHER, "OTHER", other_share, CodeList.of([]))
        self._by_name = {family.name: family for family in (*families, self.other)}
        self._by_code: dict[str, CodeFamily] = {}
        """Families by code as written, as far as they were looked up."""

    def of(self, code: str | None) -> CodeFamily:
        """Return the family of a code, as a source wrote it; of none, OTHER."""
        if code is None:
            return self.other
        family = self._by_code.get(code)
        if family is None:
            family = next((family for family in self.families if family.codes.holds(code)), self.other)
            if len(self._by_code) < _MOST_CODES:
                self._by_code[code] = family
        return family

    def named(self, name: str) -> CodeFamily:
        """Return a family by its name.  Raises KeyError."""
        return self._by_name[name]

    def is_report(self, code: str | None) -> bool:
        """Return whether a code is one of a report: of a crime, or of what a crime may be hidden in."""
        return self.of(code).kind in REPORT_KINDS
