"""The draw: by digest alone, the same for everybody, and nothing drawn is ever dropped."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.audits.draw import NO_THRESHOLD, audit_name, draw, is_read_twice, record_digest

AUDIT = "LEICS-INCIDENTS-2026-04-01-2026-04-30-0123abcd"


def test_the_digest_is_of_audit_system_and_reference_as_it_is_compared() -> None:
    """However the reference is typed."""
    expected = sha256(f"{AUDIT}/STORM/I-1".encode()).hexdigest()
    assert record_digest(AUDIT, "STORM", "I-1") == record_digest(AUDIT, "STORM", " i/1") == expected


def test_the_smallest_digests_are_drawn_and_the_largest_of_them_is_the_threshold() -> None:
    """All where there are fewer; of nothing, nothing lies below the threshold."""
    assert draw(["c", "a", "d", "b"], 2) == (("a", "b"), "b")
    assert draw(["c", "a"], 5) == (("a", "c"), "c")
    assert draw(["c", "a"], 0) == ((), NO_THRESHOLD)
    assert draw([], 3) == ((), NO_THRESHOLD)
    assert record_digest(AUDIT, "STORM", "I-1") > NO_THRESHOLD


def test_a_second_reader_reads_a_share_by_a_digest_of_its_own() -> None:
    """The first eight bytes as a big-endian number, modulo 100."""
    refs = [f"I-{number}" for number in range(2000)]
    twice = {ref for ref in refs if is_read_twice(AUDIT, "STORM", ref, 10)}
    places = {ref: int(sha256(f"{AUDIT}/STORM/{ref}/SECOND".encode()).hexdigest()[:16], 16) % 100 for ref in refs}
    assert twice == {ref for ref in refs if places[ref] < 10}
    assert 150 < len(twice) < 250
    assert not any(is_read_twice(AUDIT, "STORM", ref, 0) for ref in refs)
    assert all(is_read_twice(AUDIT, "STORM", ref, 100) for ref in refs)


def test_an_audit_is_named_after_what_it_is_of_and_the_audit_logs_head() -> None:
    """Its first eight digits, which nobody chooses."""
    head = "0123abcd" + "f" * 56
    assert audit_name("LEICS", "INCIDENTS", "2026-04-01", "2026-04-30", head) == AUDIT


DIGESTS = st.sets(st.integers(0, 10_000).map(lambda number: sha256(str(number).encode()).hexdigest()), max_size=40)


@given(DIGESTS, st.integers(0, 45), st.randoms())
def test_the_order_of_records_does_not_change_the_draw(digests: set[str], n: int, dice: object) -> None:
    """The same records always give the same sample."""
    shuffled = list(digests)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert draw(shuffled, n) == draw(digests, n)
    assert len(draw(digests, n).digests) == min(n, len(digests))


@given(DIGESTS, DIGESTS, st.integers(0, 45))
def test_records_that_come_later_are_added_and_drop_none(digests: set[str], later: set[str], n: int) -> None:
    """Those below the threshold, which the draw from all of them would have taken too."""
    drawn = draw(digests, n)
    now = {digest for digest in digests | later if digest <= drawn.threshold}
    assert now >= set(drawn.digests)
    assert now == set(draw(digests | later, len(now)).digests)


@pytest.mark.parametrize("n", [1, 7, 20])
def test_a_larger_sample_holds_the_smaller_one(n: int) -> None:
    """So a plan can be made larger without reading anything in vain."""
    digests = [record_digest(AUDIT, "STORM", f"I-{number}") for number in range(20)]
    assert draw(digests, n).digests == draw(digests, 20).digests[:n]
