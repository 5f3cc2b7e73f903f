"""Which records people say belong together, in the read model: in whatever order it comes, and gone once erased."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from dashboards.board.ingest import apply
from dashboards.board.readmodel import ReadModel
from dashboards.board.readmodel.judgements import links as people_links
from schemas.codec import Codec
from schemas.products import Erasure, Subject
from schemas.records import Link
from streams.topology.messages import TopicMessage
from tests.dashboards.board.served_board import WALL
from tests.dashboards.trials.sample import FORCE, Feeder, a_link

CODEC = Codec()
CONFIRMED = a_link("I-1", "C/1", wall=WALL)
UNDONE = msgspec.structs.replace(
    CONFIRMED, event_id="later", event_time=WALL + 5, confirmed=False, confirmed_by="fcr.jones"
)
AGAIN = msgspec.structs.replace(CONFIRMED, event_id="again", event_time=WALL + 9, crime_ref="c-1")


def arrived(record: Link | Erasure, offset: int, at: int) -> TopicMessage:
    """Make the message of a record that the broker took at a time."""
    return TopicMessage(record.TOPIC, 0, offset, record.force.encode(), CODEC.encode(record), at)


def shown(model: ReadModel, system: str, ref: str) -> list[tuple[str, str]]:
    """Return who says that what belongs to a record."""
    with model.reading() as connection:
        return [(link.crime_ref, link.confirmed_by) for link in people_links.of_record(connection, FORCE, system, ref)]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_of_arrival_does_not_matter(either_model: ReadModel, order: tuple[int, ...]) -> None:
    """The newest statement of two records counts, however their references are written."""
    statements = [CONFIRMED, UNDONE, AGAIN]
    Feeder(either_model).put(*(statements[place] for place in order))
    assert shown(either_model, "STORM", "i 1") == [("c-1", "insp.patel")]
    assert shown(either_model, "CIS", "C/1") == [("c-1", "insp.patel")]
    assert shown(either_model, "CATS", "I-1") == []


def test_what_was_undone_is_not_shown_and_is_still_known(either_model: ReadModel) -> None:
    """So that the next statement can be newer."""
    Feeder(either_model).put(UNDONE, CONFIRMED)
    assert shown(either_model, "STORM", "I-1") == []
    with either_model.reading() as connection:
        assert people_links.newest(connection, CONFIRMED) == UNDONE


@pytest.mark.parametrize("erased_first", [True, False])
@pytest.mark.parametrize(("kind", "ref"), [("incident", "I-1"), ("crime", "C/1")])
def test_a_link_of_an_erased_record_does_not_come_back(
    either_model: ReadModel, kind: str, ref: str, *, erased_first: bool
) -> None:
    """Whichever of its two was erased, and whatever topic is read first; what is said later is shown."""
    subject = Subject(kind=kind, ref=ref)  # type: ignore[arg-type]
    erasure = Erasure(erasure_id="e", force=FORCE, subjects=(subject,), erased_at=WALL + 100, requested_by="fcr.jones")
    batches = [[arrived(erasure, 0, WALL + 100)], [arrived(CONFIRMED, 0, WALL + 1)]]
    for batch in batches if erased_first else batches[::-1]:
        apply.apply(either_model, batch, CODEC)
    assert shown(either_model, "STORM", "I-1") == []
    later = a_link("I-1", "C/1", wall=WALL + 200)
    apply.apply(either_model, [arrived(later, 1, WALL + 201)], CODEC)
    assert shown(either_model, "STORM", "I-1") == [("C/1", "insp.patel")]
