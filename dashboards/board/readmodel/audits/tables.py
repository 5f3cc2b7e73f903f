"""The tables of audits; what they have in common with the others is said in :mod:`.tables`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, String, Table, Text

from dashboards.board.readmodel.tables import metadata

audit_forces = Table(
    "audit_forces",
    metadata,
    Column("force", String, primary_key=True),
    Column("clock", BigInteger),
    Column("read_at", BigInteger, nullable=False),
    Column("recorded", BigInteger),
)
"""When the workers' state of a force was read for its audits; ``recorded`` is what its reports of crime led to."""

audit_sheets = Table(
    "audit_sheets",
    metadata,
    Column("audit_id", String, primary_key=True),
    Column("force", String, nullable=False),
    Column("plan", Text, nullable=False),
    Column("strata", Text, nullable=False),
    Column("recorded_a_year", BigInteger),
    Column("linkage", Text, nullable=False),
    Index("audit_sheets_by_force", "force"),
)
"""What does not change by a reading: an audit's plan, its strata, and what linkage shows of its period."""

audit_records = Table(
    "audit_records",
    metadata,
    Column("audit_id", String, primary_key=True),
    Column("system", String, primary_key=True),
    Column("normalised_ref", String, primary_key=True),
    Column("force", String, nullable=False),
    Column("ref", String, nullable=False),
    Column("stratum", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("added", Boolean, nullable=False),
    Column("read_twice", Boolean, nullable=False),
    Index("audit_records_by_ref", "force", "system", "normalised_ref"),
)
"""The records that are drawn in each audit."""

audit_readings = Table(
    "audit_readings",
    metadata,
    Column("audit_id", String, primary_key=True),
    Column("system", String, primary_key=True),
    Column("normalised_ref", String, primary_key=True),
    Column("reader", String, primary_key=True),
    Column("force", String, nullable=False),
    Column("event_time", BigInteger, nullable=False),
    Column("reading", Text, nullable=False),
    Index("audit_readings_by_ref", "force", "system", "normalised_ref"),
)
"""The newest reading of each reader: as the workers hold it, or as it was sent from a board since."""

audit_requests = Table(
    "audit_requests",
    metadata,
    Column("request_id", String, primary_key=True),
    Column("force", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("asked_by", String, nullable=False),
    Column("asked_role", String, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("plan_request", Text),
    Column("state", String, nullable=False),
    Column("seen_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("error", Text),
    Column("preview", Text),
    Column("audit_id", String),
    Index("audit_requests_by_state", "state", "asked_at"),
)
"""What people ask of the workers' state: a look at what a plan would come to, a plan, or how audits stand now."""
