"""The audit log's chains, by the check behind ``cdi audit-log verify``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.topics.audit_log import verify
from tests.chaos.findings import Verdict

if TYPE_CHECKING:
    from agents.settings.settings import Settings


def check_audit_chain(settings: Settings) -> Verdict:
    """Read the whole audit log and find what is wrong with it."""
    verification, faults = verify(settings)
    verdict = Verdict("the audit chain is whole")
    verdict.compared.update(
        {"entries": verification.entries, "writers": len(verification.heads), "sent twice": verification.repeated}
    )
    for fault in faults:
        verdict.find("FAULT", str(fault))
    return verdict
