"""The typed records the product writes: alerts, read models, actions, time and refusals.

Times are :data:`schemas.vocabularies.Millis`, as in the source records.  Alerts say what the machine found; what people
did about them lives apart (:class:`AlertAction`), so that new evidence never wipes it.
"""

from __future__ import annotations

from typing import ClassVar, Final, Literal, get_args

import msgspec

from schemas.refusals import Reason
from schemas.vocabularies import Int32, Int64, LeftSystem, LogRatio, Millis, OffenceClass, Probability

SubjectSystem = Literal["STORM", "CIS", "CATS", "SENTINEL", "PPN", "CMC", "FEED"]
SUBJECT_SYSTEMS: Final[tuple[SubjectSystem, ...]] = get_args(SubjectSystem)
CaseSystem = Literal["STORM", "CIS", "CATS", "SENTINEL", "PPN", "CMC", "PNC", "TRAINING"]
Severity = Literal["CRITICAL", "HIGH", "MEDIUM", "LOW"]
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
"""The gravest first."""
Status = Literal["AT_RISK", "BREACHED", "CLEARED", "WITHDRAWN"]
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
OPEN_STATUSES: Final[tuple[Status, ...]] = ("AT_RISK", "BREACHED")
"""Something is still to be done."""
BREACH_STATUSES: Final[tuple[Status, ...]] = ("BREACHED", "CLEARED")
"""The obligation was not met in time, whether or not it has been met since."""
Certainty = Literal["PROVISIONAL", "CONFIRMED"]
ClosingReason = Literal["CORRECTED", "MET_IN_TIME", "RECORDED_LATE", "DISPOSED_LATE", "REMEDIED"]
ClockMode = Literal["STREAM", "LIVE"]
SubjectKind = Literal[
    "incident",
    "crime",
    "disposal",
    "referral",
    "protection-report",
    "asb-report",
    "call",
    "offender-history",
    "training",
]
ActionKind = Literal["ACK", "ASSIGN", "NOTE", "SILENCE", "UNSILENCE", "ESCALATE", "HANDOVER", "OVERRIDE", "AUDIT"]
ReviewStatus = Literal["WAITING", "ASSESSED", "SETTLED", "LAPSED"]


class Product(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Anything the product writes to a topic of its own."""

    TOPIC: ClassVar[str]


class Fact(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One fact behind an alert or in a case, and the snapshot that stated it."""

    name: str
    value: str
    event_id: str | None = None


class Alert(Product, frozen=True, kw_only=True):
    """What one rule says of one subject, as it stands now."""

    TOPIC = "compliance.alerts.v1"

    alert_id: str
    force: str
    rule_id: str
    policy_version: str
    subject_system: SubjectSystem
    subject_ref: str
    """As the first snapshot wrote it."""
    team: str | None = None
    beat: str | None = None
    offence_class: OffenceClass | None = None
    discriminator: str | None = None
    severity: Severity
    status: Status
    certainty: Certainty
    due_at: Millis | None = None
    breached_at: Millis | None = None
    """due_at; for a rule without a deadline, when it first became so."""
    raised_at: Millis
    """The clock when the alert first rose."""
    updated_at: Millis
    """The clock at the last change."""
    sequence: Int64
    """1 when raised, then one more with each change."""
    reason: ClosingReason | None = None
    lateness_ms: Int64 | None = None
    """met_at less due_at, on every CLEARED with a deadline."""
    title: str
    facts: tuple[Fact, ...] = ()


class CaseLink(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Another record that belongs to the same matter."""

    system: CaseSystem
    ref: str


class CaseMoment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One snapshot in the life of a record, in a line without free text or personal data."""

    event_id: str
    event_time: Millis
    summary: str


UNDISCLOSED: Final = "crimes_disclosed"
"""The fact of a case that nobody said how many crimes a report discloses; its value is :data:`NOT_KNOWN`."""
NOT_KNOWN: Final = "not known"
NOT_JUDGED: Final = "not_judged"
"""The fact of a case that lists the rules by which it is not judged, since its feed lacks what decides them."""


class Case(Product, frozen=True, kw_only=True):
    """What one system holds on one record, for people to see: no location, free text or person."""

    TOPIC = "compliance.cases.v1"

    force: str
    system: CaseSystem
    ref: str
    """As the first snapshot wrote it."""
    normalised_ref: str
    topic: str
    event_id: str
    """Of the newest snapshot."""
    event_time: Millis
    """Of the newest snapshot."""
    first_event_time: Millis
    snapshots: Int64
    linked: tuple[CaseLink, ...] = ()
    moments: tuple[CaseMoment, ...] = ()
    summary: tuple[Fact, ...] = ()


class SourceState(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Through when one source of a feed is complete."""

    source: str
    complete_through: Millis


class FeedState(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How complete one feed of one force is."""

    topic: str
    named: bool
    """The policy names the feed for this force, so it holds the clock."""
    complete_through: Millis | None = None
    heartbeat: bool = False
    """The feed has sent one, so only heartbeats count from then on."""
    sources: tuple[SourceState, ...] = ()
    records: Int64 = 0
    """Records first saved in the last 28 local days, as last counted; 0 where they were not counted yet."""
    stated: tuple[Int64, ...] = ()
    """How many of them state each field that may be empty, in the order of the feed's schema."""
    heard_at: Millis | None = None
    """When its newest record or heartbeat came, under the wall clock; None where an older worker does not say it."""


class ForceClock(Product, frozen=True, kw_only=True):
    """Where one force's clock stands, and which feed holds it back."""

    TOPIC = "compliance.clocks.v1"

    force: str
    clock: Millis | None = None
    """None while a named feed has never been heard."""
    mode: ClockMode
    feeds: tuple[FeedState, ...] = ()


class FieldWeight(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one field that both records state says for their belonging together, or against it."""

    field: str
    finding: str
    """How the two agree, in words, without a value of either."""
    weight: LogRatio
    """The natural logarithm of how much more often two that belong together agree so; negative: less often."""


class ProbableRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A record that probably belongs to the subject of a suggestion."""

    system: SubjectSystem
    ref: str
    """As the first snapshot wrote it."""
    probability: Probability
    reasons: tuple[str, ...] = ()
    weights: tuple[FieldWeight, ...] = ()
    """What each field says, those that speak against it too."""


class Candidate(Product, frozen=True, kw_only=True):
    """A crime that probably is the one an alert misses; a suggestion, which clears nothing.

    Or a crime that nobody reported, and the reports it probably is of: the subject is then the crime itself, and there
    is no alert of that ``alert_id``.
    """

    TOPIC = "compliance.candidates.v1"

    alert_id: str
    force: str
    subject_system: SubjectSystem
    subject_ref: str
    crime_ref: str
    """The most probable crime."""
    probability: Probability
    """Of the most probable record."""
    reasons: tuple[str, ...] = ()
    probable: tuple[ProbableRecord, ...] = ()
    """Up to three records, the most probable first; empty: a former release named no other."""
    model: str = ""
    """The version of the model by which they are probable; empty: of a release that did not say."""

    @property
    def records(self) -> tuple[ProbableRecord, ...]:
        """The probable records, of which a former release named one."""
        first = ProbableRecord(system="CIS", ref=self.crime_ref, probability=self.probability, reasons=self.reasons)
        return self.probable or (first,)


class Review(Product, frozen=True, kw_only=True):
    """A report that somebody should read: nobody has judged it, and nothing has settled it."""

    TOPIC = "compliance.reviews.v1"

    force: str
    system: LeftSystem
    ref: str
    """As the first snapshot wrote it."""
    normalised_ref: str
    team: str | None = None
    reported_at: Millis
    due_at: Millis
    """When the recording limit ends."""
    probability: Probability
    """That the report discloses a crime that is not recorded."""
    reasons: tuple[str, ...] = ()
    """In words; no token of a person in them."""
    status: ReviewStatus


class AlertAction(Product, frozen=True, kw_only=True):
    """What a person did about an alert, or about a whole shift (then ``alert_id`` is empty)."""

    TOPIC = "compliance.alert-actions.v1"

    action_id: str
    alert_id: str
    force: str
    kind: ActionKind
    by: str
    role: str
    at: Millis
    text: str | None = None
    assignee: str | None = None
    """Of an ASSIGN (None: nobody any more) or a HANDOVER."""
    expires_at: Millis | None = None
    """Of an ACK or a SILENCE: through when it holds."""
    level: str | None = None
    """Of an ESCALATE."""
    outcome: str | None = None
    """Of an OVERRIDE (CLOSE or REOPEN) or an AUDIT (what the registrar found)."""


class Tick(Product, frozen=True, kw_only=True):
    """The wall clock as a message to one partition, so that time passes where no snapshots come."""

    TOPIC = "compliance.ticks.v1"

    partition: Int32
    wall: Millis


class AuditDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One detail of what was done: a filter, a count, a reference; never the text of a record or a note."""

    name: str
    value: str


class ChainHead(msgspec.Struct, frozen=True, kw_only=True):
    """A writer's newest entry at the time of an anchor."""

    writer: str
    number: Int64
    hash: str


class AuditEntry(Product, frozen=True, kw_only=True):
    """One line of the append-only audit log, chained to the one its writer wrote before it."""

    TOPIC = "compliance.audit-log.v1"

    entry_id: str
    at: Millis
    actor: str
    role: str
    action: str
    target: str | None = None
    recipient: str | None = None
    """To whom it was disclosed, where that is not the actor."""
    details: tuple[AuditDetail, ...] = ()
    heads: tuple[ChainHead, ...] = ()
    """Of an ANCHOR: the heads of all chains as its writer saw them."""
    writer: str
    number: Int64
    """Counts the writer's entries from 1, without a gap."""
    previous_hash: str
    hash: str


class DeadLetter(Product, frozen=True, kw_only=True):
    """A message that could not be read or judged, stored so that it can be retried.

    It is stored whole unless it is too large.
    """

    TOPIC = "compliance.dead-letters.v1"

    topic: str
    partition: Int32
    offset: Int64
    """-1 of an UNJUDGEABLE record that was read with an earlier batch."""
    ingest_time: Millis
    """When the broker took the message (LogAppendTime)."""
    key: bytes | None = None
    value: bytes | None = None
    reason: Reason
    detail: str
    """A sentence naming field and type, never the value."""
    key_length: Int64 | None = None
    """Of the whole key, where no more than its beginning is here."""
    key_sha256: str | None = None
    value_length: Int64 | None = None
    """Of the whole value, where no more than its beginning is here."""
    value_sha256: str | None = None
    rule: str | None = None
    """Of UNJUDGEABLE: the rule that failed, or what else did."""
    place: str | None = None
    """Of UNJUDGEABLE: the module and line where it failed."""
    event_id: str | None = None
    """Of UNJUDGEABLE: the snapshot's event_id, or a digest of one that is no id."""


class Subject(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A record to be erased, with everything that is kept under its reference."""

    kind: SubjectKind
    ref: str
    """As references are compared; of training, the staff whose records they are."""


class Erasure(Product, frozen=True, kw_only=True):
    """A request to erase records from all but the source topics; it holds nothing of what they state."""

    TOPIC = "compliance.erasures.v1"

    erasure_id: str
    force: str
    subjects: tuple[Subject, ...]
    alert_ids: tuple[str, ...] = ()
    """The alerts that were published about them: a monitor may have forgotten theirs."""
    suggested_for: tuple[str, ...] = ()
    """The alerts for which one of them was published as the probable crime."""
    erased_at: Millis
    """When it was requested; it covers whatever the broker received before it received this."""
    requested_by: str


PRODUCTS: tuple[type[Product], ...] = (
    Alert,
    Case,
    ForceClock,
    Candidate,
    Review,
    AlertAction,
    Tick,
    AuditEntry,
    DeadLetter,
    Erasure,
)
PRODUCT_BY_TOPIC: dict[str, type[Product]] = {record.TOPIC: record for record in PRODUCTS}
