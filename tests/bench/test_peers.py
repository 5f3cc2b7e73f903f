"""The worker's peers carry the same core."""

from __future__ import annotations

from functools import partial

import pytest

from tests.bench.measure import _peer, catch_up

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


def test_peers_come_to_what_the_worker_comes_to(kafka: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same alerts change as often, however the records are carried: only so may their speeds be compared."""
    monkeypatch.setenv("CDI_KAFKA", kafka)
    worker, plain, stock = (
        catch_up(3000, *carried)["alert_changes"]
        for carried in ((), (partial(_peer, "plain"),), (partial(_peer, "stock"),))
    )
    assert worker == plain == stock
    assert worker
