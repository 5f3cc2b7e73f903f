"""Whether everything came to an end and goes on: injections, clocks, and workers that say they are well."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tests.chaos.findings import Verdict


def check_progress(processes: int, stuck: Collection[str], unwell: Collection[str], said: Mapping[str, str]) -> Verdict:
    """Find what did not come to an end, and workers that do not answer well; ``said`` is each worker's condition."""
    verdict = Verdict("no process lives without progress")
    verdict.compared["processes"] = processes
    for what in stuck:
        verdict.find("STUCK", what, **said)
    for name in unwell:
        verdict.find("STUCK", name, said=said[name])
    return verdict
