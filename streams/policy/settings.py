"""The settings of the rules that are in force at one time, and how each is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Any, get_args

from schemas.products import Severity
from schemas.records import OFFENCE_CLASSES, DisposalKind, HistoryKind
from streams.policy import reading
from streams.policy.codes import CodeList
from streams.policy.reading import NotAllowedError, Reader

DISPOSAL_KINDS = frozenset(get_args(DisposalKind))
HISTORY_KINDS = frozenset(get_args(HistoryKind))
SEVERITIES = frozenset(get_args(Severity))


@dataclass(frozen=True, slots=True)
class Preclusion:
    """An entry in an offender's history that rules a disposal out."""

    kinds: frozenset[str]
    """Kinds of entry: any of them precludes."""
    within_days: int | None
    """How many days before the day of issue it still does; None: however long ago."""
    offence_class: str | None
    """Only entries of this class; None: of any."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Policy:
    """What the policy says for matters reported in one period.

    Lengths of time are milliseconds, times of day minutes since local midnight.  What each number is for and where it
    comes from stands beside it in ``streams/policies/default.toml``.
    """

    recording_limit: int
    risk_fraction: Fraction
    risk_lead: int = field(init=False)
    """How long before due_at a matter is at risk: the limit's ``risk_fraction``, whole ms, rounded down."""
    evening_risk: bool
    evening_risk_at: int
    evening_risk_if_before: int
    reference_grace: int
    rape_recording_limit: int
    rape_oversight_limit: int
    n100_accepted: bool
    first_officer_records_rape: bool
    referral_risk_after: int
    audit_limit: int
    audit_share_percent: int
    delay_extension: int
    assessment_limit: int
    unit_opens: int
    unit_closes: int
    cancellation_grace: int
    self_defence_codes: CodeList
    victim_contract_limit: int
    victim_support_limit: int
    partner_action_limit: int
    dispute_limit: int
    disposal_review_limit: int
    pnd_minimum_age: int
    cannabis_warning_minimum_age: int
    pnd_goods_limit_pence: int
    precluding: Mapping[str, tuple[Preclusion, ...]]
    """What rules out each kind of disposal; every kind is there, some with nothing."""
    call_review_limit: int
    dip_sample_moments: int
    theme_recent_days: int
    theme_baseline_days: int
    theme_p: float
    theme_minimum_calls: int
    crime_closing_codes: CodeList
    no_report_codes: CodeList
    severity: Mapping[str, str]
    """Severities (CRITICAL, HIGH, MEDIUM, LOW) by rule id that replace the rule's own; most often empty."""

    def __post_init__(self) -> None:
        share = self.risk_fraction
        object.__setattr__(self, "risk_lead", self.recording_limit * share.numerator // share.denominator)

    def is_crime_code(self, code: str | None) -> bool:
        """Whether an incident closed under this code is closed as a crime."""
        return self.crime_closing_codes.holds(code)

    def is_no_report_code(self, code: str | None) -> bool:
        """Whether this incident code says that the log is no report of a crime at all."""
        return self.no_report_codes.holds(code)

    def is_self_defence_code(self, code: str | None) -> bool:
        """Whether a crime under this offence code may be cancelled because self-defence is claimed (C5)."""
        return self.self_defence_codes.holds(code)


def a_preclusion(value: object) -> Preclusion:
    """Reads one entry of the precluding table."""
    allowed = "{ kinds = [...], within_days = ..., offence_class = ... } with the last two optional"
    if not isinstance(value, dict) or "kinds" not in value or value.keys() - {"kinds", "within_days", "offence_class"}:
        raise NotAllowedError(allowed)
    days, offence_class = value.get("within_days"), value.get("offence_class")
    return Preclusion(
        kinds=reading.some_of(HISTORY_KINDS)(value["kinds"]),
        within_days=None if days is None else reading.a_whole_number(1, 36_525)(days),
        offence_class=None if offence_class is None else reading.one_of(OFFENCE_CLASSES)(offence_class),
    )


def preclusions(value: object) -> tuple[Preclusion, ...]:
    """Reads what rules out one kind of disposal."""
    if not isinstance(value, list):
        raise NotAllowedError("a list of tables")
    return tuple(a_preclusion(item) for item in value)


READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "recording_limit": reading.a_duration,
        "risk_fraction": reading.a_share,
        "evening_risk": reading.a_boolean,
        "evening_risk_at": reading.a_time_of_day,
        "evening_risk_if_before": reading.a_time_of_day,
        "reference_grace": reading.a_duration_or_none,
        "rape_recording_limit": reading.a_duration,
        "rape_oversight_limit": reading.a_duration,
        "n100_accepted": reading.a_boolean,
        "first_officer_records_rape": reading.a_boolean,
        "referral_risk_after": reading.a_duration_or_none,
        "audit_limit": reading.a_duration,
        "audit_share_percent": reading.a_whole_number(0, 100),
        "delay_extension": reading.a_duration_or_none,
        "assessment_limit": reading.a_duration,
        "unit_opens": reading.a_time_of_day,
        "unit_closes": reading.a_time_of_day,
        "cancellation_grace": reading.a_duration_or_none,
        "self_defence_codes": reading.codes,
        "victim_contract_limit": reading.a_duration,
        "victim_support_limit": reading.a_duration,
        "partner_action_limit": reading.a_duration,
        "dispute_limit": reading.a_duration,
        "disposal_review_limit": reading.a_duration,
        "pnd_minimum_age": reading.a_whole_number(0, 120),
        "cannabis_warning_minimum_age": reading.a_whole_number(0, 120),
        "pnd_goods_limit_pence": reading.a_whole_number(0, 100_000_000),
        "call_review_limit": reading.a_duration,
        "dip_sample_moments": reading.a_whole_number(0, 1_000),
        "theme_recent_days": reading.a_whole_number(1, 366),
        "theme_baseline_days": reading.a_whole_number(1, 366),
        "theme_p": reading.a_probability,
        "theme_minimum_calls": reading.a_whole_number(1, 1_000_000),
        "crime_closing_codes": reading.codes,
        "no_report_codes": reading.codes,
    }
)
"""How each setting that is one value is read."""


def settings_of(values: Mapping[str, Any]) -> Policy:
    """The settings made of read values, by dotted key (``precluding.CAUTION`` for one entry of a table)."""
    return Policy(
        **{key: values[key] for key in READERS},
        precluding=_entries("precluding", values),
        severity=_entries("severity", values),
    )


def _entries(table: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    prefix = f"{table}."
    return MappingProxyType({key.removeprefix(prefix): item for key, item in values.items() if key.startswith(prefix)})
