"""The settings of the rules that are in force at one time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, get_args

import msgspec
from msgspec import Meta

from schemas.products import Severity
from schemas.vocabularies import ClosureReviewerRole, DisposalKind, HistoryKind, OutcomeRole, Reporter
from streams.policy.outcome_rows import RowName, WrittenOutcomeRow
from streams.policy.schedules import Schedule, WrittenSchedule
from streams.policy.value_types import (
    Codes,
    Duration,
    DurationOrZero,
    FeedName,
    FieldNames,
    Force,
    KnownOffenceClass,
    LocalDate,
    OffenceClasses,
    OffenceCodes,
    Probability,
    RuleId,
    RuleIds,
    Share,
    TimeOfDay,
    YesOrNo,
    whole_number,
)

DISPOSAL_KINDS = frozenset(get_args(DisposalKind))
_NOTHING: Final[frozenset[str]] = frozenset()


class Preclusion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry in an offender's history that rules a disposal out."""

    kinds: Annotated[
        frozenset[HistoryKind],
        Meta(min_length=1, description=f"a list of at least one of {', '.join(sorted(get_args(HistoryKind)))}"),
    ]
    """Kinds of entry: any of them precludes."""
    within_days: Annotated[int, whole_number(1, 36_525)] | None = None
    """How many days before the day of issue it still does; None: however long ago."""
    offence_class: KnownOffenceClass | None = None
    """Only entries of this class; None: of any."""


_ROW = Meta(description="{ kinds = [...], within_days = ..., offence_class = ... } with the last two optional")
Reporters = Annotated[
    frozenset[Reporter], Meta(description=f"a list of {', '.join(sorted(get_args(Reporter)))}, or an empty one")
]
ClosureReviewers = Annotated[
    frozenset[ClosureReviewerRole],
    Meta(min_length=1, description=f"a list of at least one of {', '.join(sorted(get_args(ClosureReviewerRole)))}"),
]
OutcomeDeciders = Annotated[
    frozenset[OutcomeRole], Meta(description=f"a list of {', '.join(sorted(get_args(OutcomeRole)))}, or an empty one")
]
Preclusions = Annotated[tuple[Annotated[Preclusion, _ROW], ...], Meta(description="a list of tables")]


class Policy(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What the policy says for matters reported in one period.

    Lengths of time are milliseconds, times of day minutes since local midnight.  What each number is for and where it
    comes from stands beside it in ``streams/policies/default.toml``.
    """

    recording_limit: Duration
    risk_fraction: Share
    evening_risk: YesOrNo
    evening_risk_at: TimeOfDay
    evening_risk_if_before: TimeOfDay
    reference_grace: DurationOrZero
    rape_recording_limit: Duration
    rape_oversight_limit: Duration
    n100_accepted: YesOrNo
    n100_on_cis: YesOrNo
    """Whether an N100 record in CIS alone answers a report, and not the disposition N100 of an incident."""
    reporters_for_victim: Reporters
    """Who reports as the victim or for one: what they report is no mere crime related incident."""
    closing_code_excuses: YesOrNo
    """Whether a closing code that is no report excuses an incident whose opening code is one."""
    first_officer_records_rape: YesOrNo
    rape_overseen_by_di: YesOrNo
    """Whether a detective inspector oversees what is closed."""
    rape_closure_reviewed_by: ClosureReviewers
    rape_outcome_decided_by: OutcomeDeciders
    """Whose outcome stands for a review of the closure."""
    referral_risk_after: DurationOrZero
    audit_limit: Duration
    audit_share_percent: Annotated[int, whole_number(0, 100)]
    delay_extension: DurationOrZero
    vulnerable_assessment_limit: DurationOrZero
    assessment_limit: Duration
    unit_opens: TimeOfDay
    unit_closes: TimeOfDay
    cancellation_grace: DurationOrZero
    self_defence_codes: OffenceCodes
    victim_contract_limit: Duration
    victim_support_limit: Duration
    partner_action_limit: Duration
    dispute_limit: Duration
    late_recording_grace: DurationOrZero
    reclassification_limit: Duration
    reclassified_by_registrar_only: OffenceClasses
    """Classes from which only the registrar reclassifies a crime."""
    incident_only_limit: Duration
    incident_only_linked_limit: Duration
    disposal_review_limit: Duration
    pnd_minimum_age: Annotated[int, whole_number(0, 120)]
    cannabis_warning_minimum_age: Annotated[int, whole_number(0, 120)]
    pnd_goods_limit_pence: Annotated[int, whole_number(0, 100_000_000)]
    precluding: Mapping[DisposalKind, Preclusions]
    """What rules out each kind of disposal; every kind is there, some with nothing."""
    call_review_limit: Duration
    dip_sample_moments: Annotated[int, whole_number(0, 1_000)]
    theme_recent_days: Annotated[int, whole_number(1, 366)]
    theme_baseline_days: Annotated[int, whole_number(1, 366)]
    theme_p: Probability
    theme_minimum_calls: Annotated[int, whole_number(1, 1_000_000)]
    crime_closing_codes: Codes
    no_report_codes: Codes
    report_codes: Codes
    """Opening codes of reports, besides those of crimes."""
    vulnerable_codes: Codes
    """Opening codes of logs about people at risk."""
    vulnerable_qualifiers: Codes
    sudden_death_codes: Codes
    natural_death_codes: Codes
    """Codes of deaths believed natural, whatever the list of sudden deaths says."""
    unsuitable_outcomes: Mapping[RowName, WrittenOutcomeRow]
    """Where an outcome does not suit its crime, by the row's name."""
    severity: Mapping[RuleId, Severity]
    """Severities (CRITICAL, HIGH, MEDIUM, LOW) by rule id that replace the rule's own; most often empty."""
    not_known_most: Share
    """The largest part of all reports that may be unknown where a figure still gives a share."""
    off: RuleIds
    """Rules that are switched off: everything is out of their scope, and counts as ever."""
    nothing_judged_before: LocalDate
    """Before which local midnight (ms) nothing is judged by any rule."""
    judged_from: Mapping[RuleId, LocalDate]
    """From which local midnight (ms) on rules are judged, by rule id: what is older is out of their scope."""
    lacks: Mapping[FeedName, FieldNames]
    """Fields that a feed's system does not hold: where one is empty, nothing is known."""
    lacks_by_force: Mapping[Force, Mapping[FeedName, FieldNames]]
    """What the feeds of one force lack besides."""
    schedules: Mapping[FeedName, WrittenSchedule]
    """When feeds are expected to speak; one that is not named has the installation's ``silence_interval``."""
    schedules_by_force: Mapping[Force, Mapping[FeedName, WrittenSchedule]]
    """When the feeds of one force are, where that is another time."""
    risk_lead: int = 0
    """Worked out: how long (ms) before due_at a matter is at risk, ``risk_fraction`` of the limit, rounded down."""

    def __post_init__(self) -> None:
        """Work out ``risk_lead``."""
        share = self.risk_fraction
        msgspec.structs.force_setattr(self, "risk_lead", self.recording_limit * share.numerator // share.denominator)

    @property
    def lacks_anything(self) -> bool:
        """Whether any feed of any force lacks a field."""
        return bool(self.lacks or self.lacks_by_force)

    def lacked(self, force: str, feed: str) -> frozenset[str]:
        """Return the fields that a force's feed lacks: those that every force's lacks, and its own."""
        own = self.lacks_by_force.get(force)
        fields = self.lacks.get(feed, _NOTHING)
        return fields if own is None else fields | own.get(feed, _NOTHING)

    def schedule(self, force: str, feed: str) -> Schedule | None:
        """Return when a force's feed is expected to speak; None where nothing is said of it."""
        return self.schedules_by_force.get(force, self.schedules).get(feed) or self.schedules.get(feed)

    def judges(self, rule_id: str, moment: int) -> bool:
        """Return whether a rule is judged on what is about a moment (ms) that this policy is in force for."""
        first = max(self.nothing_judged_before, self.judged_from.get(rule_id, self.nothing_judged_before))
        return rule_id not in self.off and moment >= first

    @property
    def switches_at(self) -> set[int]:
        """The moments (ms) from which rules are judged that are not judged before."""
        return {self.nothing_judged_before, *self.judged_from.values()}

    def is_crime_code(self, code: str | None) -> bool:
        """Return whether an incident closed under this code is closed as a crime."""
        return self.crime_closing_codes.holds(code)

    def is_no_report_code(self, code: str | None) -> bool:
        """Return whether this incident code says that the log is no report of a crime at all."""
        return self.no_report_codes.holds(code)

    def is_report_code(self, code: str | None) -> bool:
        """Return whether an incident opened under this code is a report, of a crime or of what may hide one."""
        return self.is_crime_code(code) or self.report_codes.holds(code)

    def is_sudden_death_code(self, code: str | None) -> bool:
        """Return whether an incident closed under this code is a death that is to be recorded."""
        return self.sudden_death_codes.holds(code) and not self.natural_death_codes.holds(code)

    def is_self_defence_code(self, code: str | None) -> bool:
        """Return whether a crime of this offence code may be cancelled for claimed self-defence (C5)."""
        return self.self_defence_codes.holds(code)
