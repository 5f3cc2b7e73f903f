"""The audit log's chains, by the check behind ``cdi audit-log verify``."""

from __future__ import annotations

from collections.abc import Iterable

from streams.topology.audit_chain import ChainFault, ChainVerification
from tests.chaos.findings import Verdict


def check_audit_chain(verification: ChainVerification, faults: Iterable[ChainFault]) -> Verdict:
    """Find what is wrong with the whole audit log."""
    verdict = Verdict("the audit chain is whole")
    verdict.compared.update(
        {"entries": verification.entries, "writers": len(verification.heads), "sent twice": verification.repeated}
    )
    for fault in faults:
        verdict.find("FAULT", str(fault))
    return verdict
