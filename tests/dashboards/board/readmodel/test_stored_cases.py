"""The read model's cases lead where the command line's lead."""

from __future__ import annotations

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dashboards.board.ingest import apply
from dashboards.board.readmodel import ReadModel
from dashboards.board.readmodel.cases import StoredCases
from schemas.codec import Codec
from schemas.products import Case, CaseSystem
from streams.reports.case_index import CaseIndex
from streams.reports.linked_cases import follow_links, trace
from streams.topology.messages import TopicMessage
from tests.dashboards.board.served_board import WALL
from tests.dashboards.trials.sample import Feeder, a_case, an_alert, key_of

SYSTEMS: list[CaseSystem] = ["STORM", "CIS", "CATS"]
REFS = ["I-1", "I-01", "I-123", "C-1", "C-2", "R-9"]
SUBJECTS = st.tuples(st.sampled_from(SYSTEMS), st.sampled_from(REFS))
CASES = st.builds(
    lambda subject, linked, began_at, force: a_case(
        *subject, began_at=WALL + began_at, linked=sorted(linked), force=force
    ),
    SUBJECTS,
    st.sets(SUBJECTS, max_size=3),
    st.integers(0, 3),
    st.sampled_from(["LEICS", "DERBS"]),
)
ALERTS = [an_alert("crime-not-recorded", "STORM", ref, wall=WALL, due_in=number) for number, ref in enumerate(REFS[:3])]
CODEC = Codec()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CASES, max_size=8, unique_by=key_of), st.sampled_from([*REFS, "i1", "I-12", "C-3"]))
@example(
    cases=[a_case("STORM", "I-1", began_at=WALL, linked=[("CIS", "C-9")], force=force) for force in ("LEICS", "DERBS")],
    reference="C-9",
)
def test_a_database_and_memory_trace_a_reference_to_the_same_records(
    model: ReadModel, cases: list[Case], reference: str
) -> None:
    """Two sources of cases, one answer."""
    offsets = iter(range(1_000_000))
    with model.changing() as (connection, _):
        for table in ("cases", "links", "alerts", "positions"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    apply.apply(
        model,
        [TopicMessage(r.TOPIC, 0, next(offsets), key_of(r).encode(), CODEC.encode(r)) for r in (*cases, *ALERTS)],
        CODEC,
    )
    in_memory = trace(CaseIndex({key_of(case): case for case in cases}, ALERTS), reference)
    with model.reading() as connection:
        assert trace(StoredCases(connection), reference) == in_memory


def test_a_record_with_thousands_of_links_is_followed_whole(either_model: ReadModel) -> None:
    """However many records hang on one, no statement grows with them beyond what a database takes."""
    linked = [("CIS", f"CR/{number}/26") for number in range(3000)]
    hub = a_case("STORM", "HUB", began_at=WALL, linked=linked)  # type: ignore[arg-type]
    far = a_case("CIS", "CR/2999/26", began_at=WALL, topic="cis.crimes.v1")
    about = an_alert("no-crime-unsupported", "CIS", "CR/2998/26", wall=WALL, due_in=-1)
    Feeder(either_model).put(hub, far, about)
    with either_model.reading() as connection:
        stored = StoredCases(connection)
        result = follow_links(stored, "LEICS", [("STORM", "HUB")])
        assert {record.case.ref for record in result.held} == {"HUB", "CR/2999/26"}
        assert len(result.unheld) == 2999
        subjects = [("STORM", "HUB"), *result.unheld]
        assert [alert.alert_id for alert in stored.alerts_about("LEICS", subjects)] == [about.alert_id]
