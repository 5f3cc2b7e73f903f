"""The memory of workers: bounded, whatever comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.chaos.findings import Verdict

MOST_MIB: Final = 500
"""What a worker of a small installation may hold at its peak; it holds a hundred on an ordinary day."""


def check_memory(peaks: Mapping[str, int]) -> Verdict:
    """Compare the most that each worker has held since its start, in MiB."""
    verdict = Verdict("no worker holds more memory than it may")
    verdict.compared["workers"] = len(peaks)
    for name, peak in peaks.items():
        if peak > MOST_MIB:
            verdict.find("OVERGROWN", name, peak_mib=peak, most_mib=MOST_MIB)
    return verdict
