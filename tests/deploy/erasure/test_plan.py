"""What a rehearsed erasure counts."""

from __future__ import annotations

from deploy.erasure.plan import ErasureTarget, Holdings, plan_erasure
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook
from tests.streams.world import crime, ms, no_crime

BOOK = PolicyBook.built_in()


def test_only_cases_that_are_published_are_counted() -> None:
    """A decision on a crime that CIS never sent has a key and no case; all keys must be gone afterwards."""
    monitor = Monitor("LEICS", BOOK)
    for snapshot in (crime("2013-05-13 12:00", "CR-1"), no_crime("2013-05-14 12:00", "CR-2")):
        monitor.apply(snapshot, ms("2013-05-15 12:00"))
    monitor.advance(ms("2013-05-15 12:00"))
    changes = monitor.drain()
    entries = {key: value for key, value in changes.state if value is not None}
    cases = frozenset(key for key, case in changes.cases.items() if case is not None)
    holdings = Holdings(entries, {}, {}, cases)
    published: dict[str, tuple[int, int]] = {}
    for ref in ("CR-1", "CR-2"):
        target = ErasureTarget("LEICS", ("crime", ref))
        plan = plan_erasure(holdings, BOOK, [target], erasure_id="e", erased_at=ms("2013-05-16 12:00"), by="creg")
        published[ref] = (len(plan.cases), plan.published_cases)
    assert published == {"CR-1": (1, 1), "CR-2": (1, 0)}
