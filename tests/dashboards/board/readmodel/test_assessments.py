"""What people judged, in the read model: in whatever order it comes, and gone once its record is erased."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from dashboards.board.ingest import apply
from dashboards.board.readmodel import ReadModel, assessments
from schemas.codec import Codec
from schemas.products import Erasure, Subject
from schemas.records import Assessment
from streams.topology.messages import TopicMessage
from tests.dashboards.board.served_board import WALL
from tests.dashboards.trials.sample import FORCE, Feeder, a_case, an_assessment

CODEC = Codec()
GIVEN = an_assessment("I-1", wall=WALL)
REVOKED = msgspec.structs.replace(GIVEN, event_id="later", event_time=WALL + 5, revoked=True)
ERASURE = Erasure(
    erasure_id="e",
    force=FORCE,
    subjects=(Subject(kind="incident", ref="I-1"),),
    erased_at=WALL + 100,
    requested_by="fcr.jones",
)


def arrived(record: Assessment | Erasure, offset: int, at: int) -> TopicMessage:
    """Make the message of a record that the broker took at a time."""
    return TopicMessage(record.TOPIC, 0, offset, record.force.encode(), CODEC.encode(record), at)


def shown(model: ReadModel) -> list[tuple[str, int | None]]:
    """Return who judged I-1 and what they say."""
    with model.reading() as connection:
        of_record = assessments.of_record(connection, FORCE, "STORM", "i 1")
    return [(each.newest.assessed_by, each.newest.crimes) for each in of_record]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_of_arrival_does_not_matter(either_model: ReadModel, order: tuple[int, ...]) -> None:
    """The newest snapshot counts; what is revoked is as if never given, and the first one says when it was given."""
    later = an_assessment("I-1", wall=WALL + 3, crimes=0)
    snapshots = [GIVEN, REVOKED, later]
    Feeder(either_model).put(*(snapshots[place] for place in order))
    assert shown(either_model) == [("ddm.lee", 0)]
    with either_model.reading() as connection:
        first = assessments.find(connection, assessments.assessment_id(GIVEN))
    assert first is not None
    assert (first.given_at, first.newest.revoked) == (WALL, True)


def test_of_one_persons_the_newest_is_shown_and_of_several_all(either_model: ReadModel) -> None:
    """The newest of all first."""
    Feeder(either_model).put(
        GIVEN,
        an_assessment("I-1", wall=WALL + 1, crimes=2),
        an_assessment("I-1", wall=WALL + 2, crimes=0, by="insp.patel", role="SUPERVISOR"),
        an_assessment("I-2", wall=WALL + 2),
    )
    assert shown(either_model) == [("insp.patel", 0), ("ddm.lee", 2)]


@pytest.mark.parametrize("erased_first", [True, False])
def test_what_was_said_of_an_erased_record_does_not_come_back(either_model: ReadModel, *, erased_first: bool) -> None:
    """Whatever topic is read first; what is said of it later is shown."""
    batches = [[arrived(ERASURE, 0, WALL + 100)], [arrived(GIVEN, 0, WALL + 1)]]
    for batch in batches if erased_first else batches[::-1]:
        apply.apply(either_model, batch, CODEC)
    assert shown(either_model) == []
    later = an_assessment("I-1", wall=WALL + 200, crimes=3)
    apply.apply(either_model, [arrived(later, 1, WALL + 201)], CODEC)
    assert shown(either_model) == [("ddm.lee", 3)]


def test_what_was_said_of_a_forgotten_record_goes_with_it(either_model: ReadModel) -> None:
    """Once its system's record is forgotten, what people said of it is pruned; of others it stays."""
    feeder = Feeder(either_model)
    record, other = (a_case("STORM", ref, began_at=WALL) for ref in ("I-1", "I-2"))
    feeder.put(record, other, GIVEN, an_assessment("I-2", wall=WALL))
    apply.prune(either_model)
    assert shown(either_model) == [("ddm.lee", 1)]
    feeder.forget(record)
    apply.prune(either_model)
    assert shown(either_model) == []
    with either_model.reading() as connection:
        assert len(assessments.given_since(connection, FORCE, WALL)) == 1
