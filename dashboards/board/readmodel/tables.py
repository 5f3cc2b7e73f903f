"""The tables of the read model.  Times are ms since the epoch; structured values are JSON text.

``change`` is the number of the transaction that last touched a row: numbers grow in the order of commits, so "what
changed since n" is one comparison, whichever board wrote it.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()


def _millis(name: str, *, nullable: bool = True) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


meta = Table("meta", metadata, Column("name", String, primary_key=True), Column("value", Text, nullable=False))
"""Single values; ``change`` is the number of the newest transaction."""

logs = Table("logs", metadata, Column("topic", String, primary_key=True), Column("identity", String, nullable=False))
"""The id of each topic: a topic that was made anew has another, and what was read of the old one is dropped."""

positions = Table(
    "positions",
    metadata,
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next_offset", BigInteger, nullable=False),
)

alerts = Table(
    "alerts",
    metadata,
    Column("alert_id", String, primary_key=True),
    Column("force", String, nullable=False),
    Column("rule_id", String, nullable=False),
    Column("policy_version", String, nullable=False),
    Column("subject_system", String, nullable=False),
    Column("subject_ref", String, nullable=False),
    Column("normalised_ref", String, nullable=False),
    Column("team", String),
    Column("beat", String),
    Column("offence_class", String),
    Column("discriminator", String),
    Column("severity", String, nullable=False),
    Column("severity_rank", Integer, nullable=False),
    Column("status", String, nullable=False),
    Column("certainty", String, nullable=False),
    _millis("due_at"),
    _millis("breached_at"),
    _millis("raised_at", nullable=False),
    _millis("updated_at", nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("reason", String),
    Column("lateness_ms", BigInteger),
    Column("title", String, nullable=False),
    Column("facts", Text, nullable=False),
    Column("change", BigInteger, nullable=False),
    Index("alerts_by_status", "status", "due_at"),
    Index("alerts_by_subject", "normalised_ref"),
    Index("alerts_by_change", "change"),
)

gone = Table(
    "gone",
    metadata,
    Column("alert_id", String, primary_key=True),
    Column("force", String, nullable=False),
    Column("change", BigInteger, nullable=False),
    Index("gone_by_change", "change"),
)
"""Alerts that were tombstoned, so that screens which still show one can remove it."""

erased = Table(
    "erased",
    metadata,
    Column("alert_id", String, primary_key=True),
    Column("force", String, nullable=False),
    _millis("erased_at", nullable=False),
)
"""Alerts about what was erased: actions on them until then are dropped, even when they are read again."""

actions = Table(
    "actions",
    metadata,
    Column("action_id", String, primary_key=True),
    Column("alert_id", String, nullable=False),
    Column("force", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("by", String, nullable=False),
    Column("role", String, nullable=False),
    _millis("at", nullable=False),
    Column("text", Text),
    Column("assignee", String),
    _millis("expires_at"),
    Column("level", String),
    Column("outcome", String),
    Index("actions_by_alert", "alert_id", "at"),
)

handling_summaries = Table(
    "handling_summaries",
    metadata,
    Column("alert_id", String, primary_key=True),
    Column("force", String, primary_key=True),
    Column("acked_by", String),
    _millis("acked_until"),
    Column("assignee", String),
    Column("silenced_by", String),
    _millis("silenced_until"),
    Column("level", String),
    Column("closed_by", String),
    Column("notes", Integer, nullable=False),
    Index("handling_summaries_by_ack", "acked_until"),
    Index("handling_summaries_by_silence", "silenced_until"),
)
"""The sum of the actions on each alert, stored so that lists can be filtered by it."""

cases = Table(
    "cases",
    metadata,
    Column("key", String, primary_key=True),
    Column("force", String, nullable=False),
    Column("system", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("ref", String, nullable=False),
    Column("normalised_ref", String, nullable=False),
    Column("loose_ref", String, nullable=False),
    Column("topic", String, nullable=False),
    Column("event_id", String, nullable=False),
    _millis("event_time", nullable=False),
    _millis("first_event_time", nullable=False),
    Column("snapshots", BigInteger, nullable=False),
    Column("linked", Text, nullable=False),
    Column("moments", Text, nullable=False),
    Column("summary", Text, nullable=False),
    _millis("began_at"),
    Column("offence_class", String),
    Column("crimes_expected", Integer),
    Column("state", String),
    Column("undisclosed", Integer, nullable=False),
    Column("not_judged", Text, nullable=False),
    Column("change", BigInteger, nullable=False),
    Index("cases_by_ref", "normalised_ref"),
    Index("cases_by_loose_ref", "loose_ref"),
    Index("cases_by_kind", "kind", "began_at"),
    Index("cases_by_change", "change"),
)
"""``began_at``, ``offence_class``, ``crimes_expected`` and ``state`` are taken from the summary, for counting.

So are ``undisclosed`` (1: nobody said how many crimes the report discloses) and ``not_judged`` (rule ids, a space
before and after each).
"""

links = Table(
    "links",
    metadata,
    Column("case_key", String, primary_key=True),
    Column("linked_system", String, primary_key=True),
    Column("linked_ref", String, primary_key=True),
    Column("force", String, nullable=False),
    Column("system", String, nullable=False),
    Column("ref", String, nullable=False),
    Index("links_by_linked", "linked_ref", "linked_system"),
    Index("links_by_ref", "ref", "system"),
)
"""The links that each case states; refs are normalised."""

clocks = Table(
    "clocks",
    metadata,
    Column("force", String, primary_key=True),
    Column("mode", String, nullable=False),
    _millis("clock"),
    Column("feeds", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("change", BigInteger, nullable=False),
)

candidates = Table(
    "candidates",
    metadata,
    Column("key", String, primary_key=True),
    Column("alert_id", String, nullable=False),
    Column("force", String, nullable=False),
    Column("subject_system", String, nullable=False),
    Column("probability", Float, nullable=False),
    Column("candidate", Text, nullable=False),
    Index("candidates_by_alert", "alert_id"),
    Index("candidates_by_system", "subject_system", "probability"),
)

unread = Table(
    "unread",
    metadata,
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("offset", BigInteger, primary_key=True),
    Column("key", String, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("schema_id", BigInteger, nullable=False),
    Column("reason", String, nullable=False),
    Index("unread_by_key", "key", "topic"),
)
"""Messages that could not be read when they came, such as a newer release's, kept for a board that can."""

users = Table(
    "users",
    metadata,
    Column("name", String, primary_key=True),
    Column("role", String, nullable=False),
    Column("forces", Text, nullable=False),
    Column("password_hash", String, nullable=False),
    Column("one_time", Boolean, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_digest", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("forces", Text, nullable=False),
    Column("csrf", String, nullable=False),
    Column("one_time", Boolean, nullable=False),
    _millis("expires_at", nullable=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("name_digest", String, nullable=False),
    Column("address", String, nullable=False),
    _millis("at", nullable=False),
    Index("attempts_by_time", "at"),
)
"""Failed sign-ins of the last minutes."""

comparisons = Table(
    "comparisons",
    metadata,
    Column("comparison_id", String, primary_key=True),
    Column("force", String, nullable=False),
    Column("asked_by", String, nullable=False),
    _millis("asked_at", nullable=False),
    Column("chosen_as", String, nullable=False),
    Column("version", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("texts", Text, nullable=False),
    Column("against_version", String, nullable=False),
    Column("against_digest", String, nullable=False),
    Column("against_texts", Text, nullable=False),
    Column("state", String, nullable=False),
    _millis("seen_at"),
    Column("phase", String),
    Column("share", Float),
    Column("error", Text),
    _millis("started_at"),
    _millis("ended_at"),
    _millis("as_of"),
    Column("result", Text),
    Index("comparisons_by_state", "state", "asked_at"),
)
"""Comparisons of two policies over a force's records: the request, the progress and the result."""

differences = Table(
    "differences",
    metadata,
    Column("comparison_id", String, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("rule_id", String, nullable=False),
    Column("alert_id", String, nullable=False),
    Column("subject_system", String, nullable=False),
    Column("subject_ref", String, nullable=False),
    Column("discriminator", String),
    Column("team", String),
    _millis("began_at", nullable=False),
    Column("ours", Text),
    Column("theirs", Text),
    Index("differences_by_rule", "comparison_id", "rule_id", "began_at"),
)
"""The alerts that differ between the two policies of a comparison; ``began_at`` is when their matter began."""

reviews = Table(
    "reviews",
    metadata,
    Column("key", String, primary_key=True),
    Column("force", String, nullable=False),
    Column("system", String, nullable=False),
    Column("ref", String, nullable=False),
    Column("normalised_ref", String, nullable=False),
    Column("team", String),
    _millis("reported_at", nullable=False),
    _millis("due_at", nullable=False),
    Column("probability", Float, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("status", String, nullable=False),
    Index("reviews_by_status", "force", "status"),
    Index("reviews_by_ref", "normalised_ref", "system"),
)
"""The review queue; in which order it is read, whoever shows it works out."""

assessments = Table(
    "assessments",
    metadata,
    Column("assessment_id", String, primary_key=True),
    Column("force", String, nullable=False),
    Column("system", String, nullable=False),
    Column("ref", String, nullable=False),
    Column("normalised_ref", String, nullable=False),
    Column("crimes", BigInteger),
    Column("offence_class", String),
    Column("offence_code", String),
    Column("reason", Text),
    Column("rationale", Text),
    Column("assessed_by", String, nullable=False),
    Column("assessed_role", String, nullable=False),
    _millis("assessed_at", nullable=False),
    Column("revoked", Boolean, nullable=False),
    Column("event_id", String, nullable=False),
    Column("source", String, nullable=False),
    _millis("event_time", nullable=False),
    Column("revision", BigInteger, nullable=False),
    _millis("given_at", nullable=False),
    _millis("arrived_at", nullable=False),
    Index("assessments_by_ref", "normalised_ref", "system"),
    Index("assessments_by_person", "assessed_by", "given_at"),
)
"""What people judged, each assessment as its newest snapshot has it; ``given_at`` is the first one's event_time."""

people_links = Table(
    "people_links",
    metadata,
    Column("link_id", String, primary_key=True),
    Column("force", String, nullable=False),
    Column("left_system", String, nullable=False),
    Column("left_ref", String, nullable=False),
    Column("normalised_left_ref", String, nullable=False),
    Column("crime_ref", String, nullable=False),
    Column("normalised_crime_ref", String, nullable=False),
    Column("confirmed", Boolean, nullable=False),
    Column("confirmed_by", String, nullable=False),
    Column("event_id", String, nullable=False),
    Column("source", String, nullable=False),
    _millis("event_time", nullable=False),
    Column("revision", BigInteger, nullable=False),
    _millis("arrived_at", nullable=False),
    Index("people_links_by_report", "normalised_left_ref", "left_system"),
    Index("people_links_by_crime", "normalised_crime_ref"),
)
"""Whether people say that a report and a crime belong together, each pair as its newest snapshot has it."""

erased_records = Table(
    "erased_records",
    metadata,
    Column("record_digest", String, primary_key=True),
    _millis("erased_at", nullable=False),
)
"""Records that were erased, by a digest: what was said of them until then is dropped, even when it is read again."""

leases = Table(
    "leases",
    metadata,
    Column("key", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("token", String, nullable=False),
    _millis("until", nullable=False),
)
"""Who reads which entry of the review queue, and until when nobody else is given it."""

skips = Table(
    "skips",
    metadata,
    Column("key", String, primary_key=True),
    Column("name", String, primary_key=True),
    _millis("until", nullable=False),
)
"""Who does not want to be given which entry of the review queue, and until when."""
