"""Who reads which entry of the review queue: nobody else is given it, until a lease ends by itself."""

from __future__ import annotations

import threading

from dashboards.board.readmodel import ReadModel, leases
from tests.dashboards.board.served_board import WALL
from tests.dashboards.trials.sample import Feeder, a_review, an_assessment, key_of

REVIEWS = [a_review(f"I-{number}", wall=WALL) for number in range(6)]
KEYS = [key_of(review) for review in REVIEWS]


def test_two_people_are_never_given_the_same_entry(either_model: ReadModel, database_url: str) -> None:
    """Nor by two boards on one database, all asking at once."""
    Feeder(either_model).put(*REVIEWS)
    other_board = ReadModel(database_url)
    taken: dict[str, str | None] = {}
    start = threading.Barrier(6)

    def ask(name: str, model: ReadModel) -> None:
        start.wait()
        taken[name] = leases.take_next(model, name, KEYS, WALL)

    asking = [
        threading.Thread(target=ask, args=(f"reader.{number}", (either_model, other_board)[number % 2]))
        for number in range(6)
    ]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    other_board.close()
    assert sorted(key or "" for key in taken.values()) == sorted(KEYS)


def test_an_entry_is_given_again_once_its_lease_has_ended(either_model: ReadModel) -> None:
    """By itself: whoever closed the lid of a laptop keeps nothing."""
    Feeder(either_model).put(REVIEWS[0])
    until = WALL + leases.LEASE_MS
    assert leases.take_next(either_model, "ddm.lee", KEYS, WALL) == KEYS[0]
    assert leases.take_next(either_model, "ddm.kaur", KEYS, until - 1) is None
    assert leases.take(either_model, "ddm.kaur", KEYS[0], until - 1).name == "ddm.lee"
    assert leases.take_next(either_model, "ddm.kaur", KEYS, until) == KEYS[0]


def test_what_was_released_or_skipped_is_the_next_persons(either_model: ReadModel) -> None:
    """Whoever skipped it is not given it again for the rest of their day."""
    Feeder(either_model).put(REVIEWS[0])
    leases.take_next(either_model, "ddm.lee", KEYS, WALL)
    leases.release(either_model, "ddm.kaur", KEYS[0])
    assert leases.take_next(either_model, "ddm.kaur", KEYS, WALL) is None
    leases.skip(either_model, "ddm.lee", KEYS[0], WALL)
    assert leases.take_next(either_model, "ddm.lee", KEYS, WALL) is None
    assert leases.take_next(either_model, "ddm.kaur", KEYS, WALL) == KEYS[0]
    leases.release(either_model, "ddm.kaur", KEYS[0])
    assert leases.take_next(either_model, "ddm.lee", KEYS, WALL + leases.SKIP_MS) == KEYS[0]


def test_a_page_that_is_left_late_releases_nothing(either_model: ReadModel) -> None:
    """The page that took it last holds it."""
    Feeder(either_model).put(REVIEWS[0])
    first = leases.take(either_model, "ddm.lee", KEYS[0], WALL)
    second = leases.take(either_model, "ddm.lee", KEYS[0], WALL)
    leases.release(either_model, "ddm.lee", KEYS[0], first.token)
    with either_model.reading() as connection:
        assert leases.held(connection, WALL) == {KEYS[0]: second}
    leases.release(either_model, "ddm.lee", KEYS[0], second.token)
    with either_model.reading() as connection:
        assert leases.held(connection, WALL) == {}


def test_what_somebody_has_judged_or_what_is_settled_is_given_to_nobody(either_model: ReadModel) -> None:
    """Even before the workers say so."""
    settled = a_review("I-1", wall=WALL, status="SETTLED")
    Feeder(either_model).put(REVIEWS[0], settled, an_assessment("I-0", wall=WALL))
    assert leases.take_next(either_model, "ddm.lee", KEYS[:2], WALL) is None


def test_a_review_that_is_forgotten_takes_its_lease_along(either_model: ReadModel) -> None:
    """Nothing is left of a report that was erased."""
    feeder = Feeder(either_model)
    feeder.put(*REVIEWS[:2])
    leases.take(either_model, "ddm.lee", KEYS[0], WALL)
    leases.skip(either_model, "ddm.kaur", KEYS[0], WALL)
    feeder.forget(REVIEWS[0])
    with either_model.reading() as connection:
        assert leases.held(connection, WALL) == {}
    assert leases.take_next(either_model, "ddm.lee", KEYS, WALL) == KEYS[1]
