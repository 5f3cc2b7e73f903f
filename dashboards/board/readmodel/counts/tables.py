"""The tables of counts; what they have in common with the others is said in :mod:`..tables`.

They hold numbers by force, local month and word, and the names of those who decided; never a reference.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, String, Table, Text

from dashboards.board.readmodel.tables import metadata

counted_forces = Table(
    "counted_forces",
    metadata,
    Column("force", String, primary_key=True),
    Column("clock", BigInteger, nullable=False),
    Column("read_at", BigInteger, nullable=False),
    Column("whole_since", BigInteger),
)
"""When the workers' state of a force was read to be counted, and from when on nothing was forgotten in it."""

counted_parts = Table(
    "counted_parts",
    metadata,
    Column("force", String, primary_key=True),
    Column("month", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("by", String, primary_key=True),
    Column("value", String, primary_key=True),
    Column("totals", Text, nullable=False),
)
"""What became of the crimes of each part of the reports of a month."""

counted_decisions = Table(
    "counted_decisions",
    metadata,
    Column("force", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("month", String, primary_key=True),
    Column("decider", String, primary_key=True),
    Column("designated", Boolean, primary_key=True),
    Column("team", String, primary_key=True),
    Column("taken", BigInteger, nullable=False),
    Column("against", BigInteger, nullable=False),
    Column("at_month_end", BigInteger, nullable=False),
)
"""How often a decider decided for and against counting crimes, by month."""

training_needs = Table(
    "training_needs",
    metadata,
    Column("force", String, primary_key=True),
    Column("person", String, primary_key=True),
    Column("course", String, primary_key=True),
    Column("decision", String, primary_key=True),
    Column("taken", BigInteger, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("trained_now", Boolean, nullable=False),
)
"""What people decided without the training for it."""

TABLES = (counted_forces, counted_parts, counted_decisions, training_needs)
