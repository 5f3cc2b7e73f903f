"""In which order the queue is read, and what the first of it is expected to hold."""

from __future__ import annotations

from random import Random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schemas.products import Review
from streams.policy import PolicyBook
from streams.reviews.blind_share import digest_of, is_blind
from streams.reviews.order import blind_at_front, expected, in_order
from tests.streams.world import FORCE

POLICY = PolicyBook.from_toml('version = "t"\n[reviews]\ndaily_number = 20\n').reviews
CLOCK = 1_000


def review(
    ref: str, probability: float = 0.5, *, due_at: int = 0, system: str = "STORM", status: str = "WAITING"
) -> Review:
    """Return an entry: past its limit and waiting unless stated otherwise."""
    return Review(
        force=FORCE,
        system=system,  # type: ignore[arg-type]
        ref=ref,
        normalised_ref=ref,
        reported_at=0,
        due_at=due_at,
        probability=probability,
        status=status,  # type: ignore[arg-type]
    )


def blind(system: str, ref: str) -> bool:
    """Return whether a report is of the blind share."""
    return is_blind(digest_of(FORCE, system, ref), POLICY.blind_share)


REFS = [f"I-{number}" for number in range(400)]
SEEN = [ref for ref in REFS if not blind("STORM", ref)]
BLIND = sorted((ref for ref in REFS if blind("STORM", ref)), key=lambda ref: digest_of(FORCE, "STORM", ref))


def refs(reviews: list[Review]) -> list[str]:
    """Return the references in order."""
    return [entry.normalised_ref for entry in reviews]


def test_the_most_probable_come_first() -> None:
    """Only those that wait are in the order."""
    entries = [review(SEEN[0], 0.2), review(SEEN[1], 0.9, status="ASSESSED"), review(SEEN[2], 0.4)]
    assert refs(in_order(entries, CLOCK, POLICY)) == [SEEN[2], SEEN[0]]


def test_those_of_the_blind_share_are_at_the_front_and_counted() -> None:
    """No more than a tenth of the day's number, and none that waits no more."""
    entries = [review(ref) for ref in (*SEEN[:5], *BLIND)]
    assert len(BLIND) > 2
    assert blind_at_front(entries, POLICY) == 2
    assert refs(in_order(entries, CLOCK, POLICY))[:2] == BLIND[:2]
    assessed = [review(ref, status="ASSESSED") for ref in BLIND[1:]]
    assert blind_at_front([review(SEEN[0]), review(BLIND[0]), *assessed], POLICY) == 1
    assert blind_at_front([review(SEEN[0])], POLICY) == 0


def test_a_report_that_can_still_be_recorded_in_time_counts_twice() -> None:
    """Up to and at its limit; a millisecond past it no more."""
    for due_at, first in ((CLOCK, 0), (CLOCK - 1, 1)):
        entries = [review(SEEN[0], 0.3, due_at=due_at), review(SEEN[1], 0.5)]
        assert refs(in_order(entries, CLOCK, POLICY))[0] == SEEN[first]


def test_equals_come_by_limit_system_and_reference() -> None:
    """The earlier limit first."""
    entries = [
        review(SEEN[3], due_at=-1),
        review(SEEN[2], due_at=-2),
        review("A-1", due_at=-2, system="SENTINEL"),
        review("R-1", due_at=-2, system="CATS"),
    ]
    assert not any(blind(entry.system, entry.normalised_ref) for entry in entries)
    assert refs(in_order(entries, CLOCK, POLICY)) == ["R-1", "A-1", SEEN[2], SEEN[3]]


def test_the_blind_share_comes_first_by_its_digest_and_is_a_tenth_of_the_day_at_most() -> None:
    """Two of a day's twenty; the others of the share stand where their probability puts them."""
    entries = [review(ref, 0.1) for ref in BLIND[:4]] + [review(SEEN[0], 0.9)]
    ordered = refs(in_order(entries, CLOCK, POLICY))
    assert ordered[:3] == [*BLIND[:2], SEEN[0]]
    assert sorted(ordered[3:]) == sorted(BLIND[2:4])


def test_the_first_so_many_are_expected_to_hold_the_sum_of_their_probabilities() -> None:
    """Of what all are expected to hold."""
    ordered = in_order([review(SEEN[0], 0.5), review(SEEN[1], 0.25), review(SEEN[2], 0.125)], CLOCK, POLICY)
    assert expected(ordered, 2) == (0.75, 0.875)


ENTRIES = st.lists(
    st.builds(
        review,
        st.sampled_from(REFS[:60]),
        st.sampled_from((0.1, 0.3, 0.6)),
        due_at=st.sampled_from((CLOCK - 1, CLOCK, CLOCK + 1)),
    ),
    max_size=20,
    unique_by=lambda entry: entry.normalised_ref,
)


@given(ENTRIES, st.randoms(use_true_random=False))
def test_in_whatever_order_entries_come_each_has_the_same_position(entries: list[Review], random: Random) -> None:
    """And each is there once."""
    shuffled = list(entries)
    random.shuffle(shuffled)
    assert in_order(shuffled, CLOCK, POLICY) == in_order(entries, CLOCK, POLICY)
    assert sorted(refs(in_order(entries, CLOCK, POLICY))) == sorted(refs(entries))


@given(ENTRIES)
def test_what_is_not_waiting_moves_nobody(entries: list[Review]) -> None:
    """Those that were assessed are passed over."""
    assessed = [msgspec.structs.replace(entry, normalised_ref=f"X-{entry.ref}", status="ASSESSED") for entry in entries]
    assert in_order([*entries, *assessed], CLOCK, POLICY) == in_order(entries, CLOCK, POLICY)
