"""Every injection of the campaign."""

from __future__ import annotations

from typing import Final

from tests.chaos.injections import (
    board_killed,
    broken_bytes,
    broker_killed,
    broker_suspended,
    clock_skewed,
    disk_full,
    duplicates,
    hostile_values,
    live_clock_skewed,
    network_drops,
    network_stalls,
    notifier_killed,
    old_files,
    products_garbled,
    receiver_fails,
    state_lost,
    transaction_aborted,
    worker_joins_and_leaves,
    worker_killed,
    worker_killed_in_completion,
    worker_killed_in_recovery,
    worker_suspended,
)
from tests.chaos.injections.injection import Injection

INJECTIONS: Final[tuple[Injection, ...]] = (
    worker_killed.INJECTION,
    worker_killed_in_recovery.INJECTION,
    worker_killed_in_completion.INJECTION,
    worker_suspended.INJECTION,
    worker_joins_and_leaves.INJECTION,
    clock_skewed.INJECTION,
    live_clock_skewed.INJECTION,
    board_killed.INJECTION,
    notifier_killed.INJECTION,
    receiver_fails.INJECTION,
    broker_killed.INJECTION,
    broker_suspended.INJECTION,
    network_stalls.INJECTION,
    network_drops.INJECTION,
    disk_full.INJECTION,
    state_lost.INJECTION,
    transaction_aborted.INJECTION,
    duplicates.INJECTION,
    old_files.INJECTION,
    hostile_values.INJECTION,
    broken_bytes.INJECTION,
    products_garbled.INJECTION,
)
