"""The table of outcomes that do not suit a crime: a row for each demand that can be checked.

A row is about some outcomes, and says in clauses where one of them is unsuitable: a clause holds where all of its
conditions do, and one clause is enough.  A row with ``within`` asks for the registrar's oversight by a deadline.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, get_args

import msgspec
from msgspec import Meta

from schemas.vocabularies import DisposalKind, OutcomeRole
from streams.policy.codes import CodeList
from streams.policy.offence_codes import offence_codes
from streams.policy.reading import WrittenAs
from streams.policy.value_types import KnownOffenceClass, Names, milliseconds, whole_number

_Number = Annotated[
    str, Meta(pattern=r"\A[1-9][0-9]?[A-Z]?\Z", description='an outcome\'s number as text, such as "15" or "1A"')
]
_Text = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S", description="text of up to 200 characters")]
_Classes = Annotated[frozenset[KnownOffenceClass], Meta(min_length=1, description="a list of offence classes")]
_Roles = Annotated[
    frozenset[OutcomeRole],
    Meta(min_length=1, description=f"a list of at least one of {', '.join(sorted(get_args(OutcomeRole)))}"),
]
_Kinds = Annotated[
    frozenset[DisposalKind],
    Meta(min_length=1, description=f"a list of at least one of {', '.join(sorted(get_args(DisposalKind)))}"),
]
_Within = Annotated[
    str, Meta(pattern=r"\A[1-9][0-9]{0,5}(d|h|m|s|ms)\Z", description='a duration above zero such as "14d"')
]
_Age = Annotated[int, whole_number(1, 120)]
_Stated = Annotated[bool, Meta(description="true (stated) or false (not stated)")]
_DISPOSALS: Final = "{ kinds = [...], offender_age_under = 18, offender_age_from = 18, offence_admitted = false }"
_CLAUSE: Final = (
    "{ ... } of at least one of offence_class, offence_class_not, offence_codes, flags, flags_not, domestic_abuse, "
    "suspect_token, outcome_role_not, outcome_rationale, fcr_oversight_at, disposals"
)


class DisposalClause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Conditions on the disposals of a crime that are of some kinds: there is one, and all meet them."""

    kinds: _Kinds
    offender_age_under: _Age | None = None
    offender_age_from: _Age | None = None
    offence_admitted: Annotated[bool, Meta(description="true or false")] | None = None
    """False: the disposal does not say that it was."""


class OutcomeClause(msgspec.Struct, frozen=True):
    """Conditions on a crime, of which those that are not None must hold."""

    offence_class: frozenset[str] | None = None
    offence_class_not: frozenset[str] | None = None
    offence_codes: CodeList | None = None
    flags: CodeList | None = None
    """One of the crime's flags is among them."""
    flags_not: CodeList | None = None
    """None of the crime's flags is among them."""
    domestic_abuse: bool | None = None
    """The record states so."""
    suspect_token: bool | None = None
    """Whether it is stated; so for the rationale and the oversight."""
    outcome_role_not: frozenset[str] | None = None
    """The role that decided is none of them, or is not stated."""
    outcome_rationale: bool | None = None
    fcr_oversight_at: bool | None = None
    disposals: DisposalClause | None = None


class OutcomeRow(msgspec.Struct, frozen=True):
    """One sentence of the framework, and where a crime's outcome goes against it."""

    outcomes: frozenset[str]
    """Numbers of outcomes as :func:`streams.policy.outcome_names.outcome_number` writes them; none: a row dropped."""
    demand: str
    page: str
    clauses: tuple[OutcomeClause, ...]
    """Where one of them holds the outcome is unsuitable, or with a deadline, is to be overseen."""
    within: int | None = None
    """How long (ms) after the outcome the registrar may take to oversee it; None: the row has no deadline."""


class _WrittenClause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A clause as a policy file writes it."""

    offence_class: _Classes | None = None
    offence_class_not: _Classes | None = None
    offence_codes: Names | None = None
    flags: Names | None = None
    flags_not: Names | None = None
    domestic_abuse: Annotated[bool, Meta(description="true or false")] | None = None
    suspect_token: _Stated | None = None
    outcome_role_not: _Roles | None = None
    outcome_rationale: _Stated | None = None
    fcr_oversight_at: _Stated | None = None
    disposals: Annotated[DisposalClause, Meta(description=_DISPOSALS)] | None = None


class _WrittenRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row as a policy file writes it."""

    outcomes: Annotated[frozenset[_Number], Meta(description='a list of outcome numbers, such as ["2", "2A"]')]
    demand: _Text | None = None
    page: _Text | None = None
    unsuitable_where: Annotated[
        tuple[Annotated[_WrittenClause, Meta(description=_CLAUSE)], ...], Meta(description=f"a list of {_CLAUSE}")
    ] = ()
    within: _Within | None = None


def _row(written: _WrittenRow) -> OutcomeRow:
    """Return a row as it is judged by.

    Raises ValueError, naming it, for what is missing or is of no use.
    """
    if written.outcomes and (written.demand is None or written.page is None or not written.unsuitable_where):
        raise ValueError("a row without demand, page or unsuitable_where")
    clauses = tuple(map(_clause, written.unsuitable_where))
    within = None
    if written.within is not None:
        if any(clause.fcr_oversight_at is not False for clause in clauses):
            raise ValueError("within without fcr_oversight_at = false in each clause")
        within = milliseconds(written.within)
        clauses = tuple(msgspec.structs.replace(clause, fcr_oversight_at=None) for clause in clauses)
    return OutcomeRow(written.outcomes, written.demand or "", written.page or "", clauses, within)


def _clause(written: _WrittenClause) -> OutcomeClause:
    stated: dict[str, Any] = {
        name: value for name in written.__struct_fields__ if (value := getattr(written, name)) is not None
    }
    if not stated:
        raise ValueError("a clause without conditions")
    for name, read in (("offence_codes", offence_codes), ("flags", CodeList.of), ("flags_not", CodeList.of)):
        if name in stated:
            stated[name] = read(sorted(stated[name]))
    return OutcomeClause(**stated)


WrittenOutcomeRow = Annotated[
    OutcomeRow,
    Meta(
        description="a table of outcomes, demand, page, unsuitable_where = [{ ... }] and, where each of these asks for "
        'fcr_oversight_at = false, within = "14d"; outcomes = [] alone drops the row'
    ),
    WrittenAs(_WrittenRow, _row),
]
RowName = Annotated[
    str, Meta(pattern=r"\A[A-Za-z0-9]+(-[A-Za-z0-9]+)*\Z", max_length=40, description="a row's name, such as 8-knife")
]
