"""Corrections of times are named in the audit log, each once, before anything that follows from them is published."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agents.kafka.topics import create_topics
from agents.settings.settings import Settings
from agents.topics.audit_log import entries, verify
from agents.worker.membership import Membership
from agents.worker.pipeline.advance import ForceChanges, Outcome
from agents.worker.pipeline.corrections import CorrectionAuditor
from agents.worker.pipeline.receive import InputBatch
from schemas.products import AuditEntry
from streams.engine.changes import Changes
from streams.obligations.fixed_times import Correction

CORRECTIONS = [Correction("LEICS", "STORM", f"I-{n}", "reported_at", 1_457_611_200_000, f"id-{n}") for n in range(3)]


class NotAMemberError(Exception):
    """Another worker may have taken over."""


def auditor(settings: Any, rebuilds: Sequence[int] = (), *, member: bool = True) -> CorrectionAuditor:
    """Return the auditor of a worker that is a member of its group, or no more, and rebuilt its monitors so often."""

    async def ask() -> None:
        if not member:
            raise NotAMemberError

    return CorrectionAuditor(settings, Membership(ask, 10), lambda: 1_457_700_000_000, lambda: len(rebuilds))


def audit(one: CorrectionAuditor, *corrections: Correction) -> None:
    """Have an outcome audited that came to corrections."""
    changes = [ForceChanges(0, correction.force, Changes(corrections=[correction])) for correction in corrections]
    asyncio.run(one.audit(Outcome(InputBatch((), ()), changes)))


def test_nothing_is_asked_where_nothing_was_corrected() -> None:
    """Nor is a name taken in the audit log."""
    audit(auditor(SimpleNamespace(), member=False))


def test_a_worker_that_is_no_member_any_more_names_nothing() -> None:
    """Whoever has its partitions now does."""
    with pytest.raises(NotAMemberError):
        audit(auditor(SimpleNamespace(), member=False), CORRECTIONS[0])


@pytest.mark.kafka
def test_what_another_worker_named_is_named_no_more_once_its_partition_is_here(kafka: str, tmp_path: Path) -> None:
    """It named a correction and ended before its batch was acknowledged; this one had read the log before."""
    one = Settings(kafka=kafka, prefix=f"audit-{uuid.uuid4()}.", partitions=2, worker="one", data=tmp_path / "one")
    create_topics(one)
    rebuilds = [1]
    staying = auditor(one, rebuilds)
    audit(staying, CORRECTIONS[0])
    audit(auditor(one.model_copy(update={"worker": "two", "data": tmp_path / "two"})), CORRECTIONS[1])
    rebuilds.append(2)
    audit(staying, *CORRECTIONS)
    named = [entry.entry_id for entry, _ in entries(one) if isinstance(entry, AuditEntry)]
    assert sorted(named) == [correction.correction_id for correction in CORRECTIONS]


@pytest.mark.kafka
def test_a_correction_is_named_once_however_often_it_is_come_to(kafka: str, tmp_path: Path) -> None:
    """By a worker that reads a batch again, and by one that begins without state; the chain stays whole."""
    settings = Settings(kafka=kafka, prefix=f"audit-{uuid.uuid4()}.", partitions=1, worker="one", data=tmp_path)
    create_topics(settings)
    first, second, third = CORRECTIONS
    before = auditor(settings)
    audit(before, first)
    audit(before, first, second)
    audit(auditor(settings), *CORRECTIONS)
    written = [entry for entry, _ in entries(settings) if isinstance(entry, AuditEntry)]
    assert [(entry.entry_id, entry.target) for entry in written] == [
        (one.correction_id, f"STORM {one.ref}") for one in (first, second, third)
    ]
    assert {(entry.action, entry.actor, entry.role) for entry in written} == {
        ("TIME_CORRECTED", entry.writer, "SYSTEM") for entry in written
    }
    assert {detail.name: detail.value for detail in written[0].details} == {
        "force": "LEICS",
        "field": "reported_at",
        "event_time": "2016-03-10T12:00:00.000Z",
    }
    assert verify(settings)[1] == []
