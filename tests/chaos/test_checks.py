"""The campaign's checks find what they are there for: a check that cannot fail says nothing when it passes."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence

import msgspec
import pytest

from schemas.products import Alert, DeadLetter
from tests.chaos.checks.alert_changes import by_alert, check_alert_changes
from tests.chaos.checks.dead_letters import Flood, check_dead_letters
from tests.chaos.checks.notifications import Post, check_notifications, told_in
from tests.chaos.checks.oracle import StoryOracle, check_by_oracle, published_by_story
from tests.chaos.checks.read_model import check_read_model, shown
from tests.chaos.report import Report, as_markdown
from tests.chaos.stories import SETTLED, draw, number_in, told_as
from tests.streams import histories
from tests.streams.actions.alerts import alert
from tests.streams.world import BUILT_IN, DAY, crime, incident, run

THREE = [
    alert(sequence=1, status="AT_RISK"),
    alert(sequence=2, status="BREACHED"),
    alert(sequence=3, status="CLEARED", reason="REMEDIED"),
]


def compared(published: Sequence[Alert], expected: Sequence[Alert] = THREE) -> list[str]:
    """Return what the check of changes finds."""
    return check_alert_changes(by_alert(published), by_alert(expected)).kinds


def test_what_was_published_once_is_well() -> None:
    """Every change, in order."""
    assert compared(THREE) == []


def test_the_same_bytes_again_are_counted_and_are_well() -> None:
    """A batch that is read again after a crash says the same again, up to the newest."""
    verdict = check_alert_changes(by_alert([*THREE[:2], *THREE]), by_alert(THREE))
    assert (verdict.kinds, verdict.compared["repeated with the same content"]) == ([], 2)


def test_a_lost_alert_is_found() -> None:
    """One finding for each of its changes."""
    assert compared([]) == ["LOST"] * 3


def test_a_lost_last_change_is_found() -> None:
    """Its sequences have no gap."""
    assert compared(THREE[:2]) == ["LOST"]


def test_a_gap_is_found() -> None:
    """Whether or not anybody knows what should be there."""
    assert compared([THREE[0], THREE[2]]) == ["GAP", "LOST"]
    assert "GAP" in compared([THREE[0], THREE[2]], [THREE[0], THREE[2]])


def test_a_first_change_that_is_missing_is_a_gap() -> None:
    """Sequences begin at 1."""
    assert compared(THREE[1:], THREE[1:]) == ["GAP"]


def test_another_content_under_the_same_sequence_is_found() -> None:
    """Even where one of the two is right."""
    other = msgspec.structs.replace(THREE[1], lateness_ms=5)
    assert compared([*THREE[:2], other, THREE[2]]) == ["CONTRADICTED"]


def test_an_older_change_as_the_last_word_is_found() -> None:
    """Whoever reads the compacted topic would see it as the alert's state."""
    assert compared([*THREE, THREE[1]]) == ["WENT_BACK"]


def test_what_says_something_else_is_found_with_the_field() -> None:
    """The finding names the rule, the sequence and both values."""
    other = msgspec.structs.replace(THREE[1], severity="LOW")
    verdict = check_alert_changes(by_alert([THREE[0], other, THREE[2]]), by_alert(THREE))
    assert verdict.kinds == ["DIFFERENT"]
    assert "severity" in str(verdict.findings[0])


def test_a_change_too_many_is_found() -> None:
    """So is an alert too many."""
    assert compared(THREE, THREE[:2]) == ["UNEXPECTED"]
    assert compared([*THREE, alert(alert_id="another", sequence=1)]) == ["UNEXPECTED"]


# -- the oracle ----------------------------------------------------------------------------------------------------

STORY = told_as(
    [incident(histories.START, crimes_expected=1), crime(histories.START + 30 * DAY, incident_refs=("I-1",))],
    7,
    "LEICS",
    histories.START + DAY,
)
UNTIL = STORY.start + 40 * DAY


def told_of_story(without: int = 0) -> dict[str, list[Alert]]:
    """Return what the monitor says of the story, less so many of each alert's last changes."""
    alerts = by_alert(run(*STORY.records, until=UNTIL, book=BUILT_IN).alerts)
    return {alert_id: changes[: len(changes) - without] for alert_id, changes in alerts.items()}


def by_oracle(published: dict[str, list[Alert]]) -> list[str]:
    """Return what the check by the oracle finds."""
    return check_by_oracle(
        published, [STORY], lambda story: StoryOracle(SETTLED, BUILT_IN.version).judge(story, UNTIL)
    ).kinds


def test_the_oracle_agrees_with_what_is_right() -> None:
    """The story has alerts, and none of them differs."""
    assert "crime-not-recorded" in {changes[0].rule_id for changes in published_by_story(told_of_story())[7].values()}
    assert by_oracle(told_of_story()) == []


def test_the_oracle_misses_what_was_lost() -> None:
    """The last change of an alert, and a whole alert."""
    assert "LOST" in by_oracle(told_of_story(without=1))
    assert "LOST" in by_oracle({})


def test_stories_share_no_reference() -> None:
    """Every reference of a story leads back to it, however it is written."""
    assert number_in("I-1 s7") == number_in("i/1/S7") == number_in(STORY.records[0].incident_ref) == 7  # type: ignore[attr-defined]
    assert number_in("LP-20130520-0575") is None


def test_a_number_draws_the_same_stories_again() -> None:
    """Another draws others."""
    assert draw(3, 3) == draw(3, 3) != draw(4, 3)


# -- notifications -------------------------------------------------------------------------------------------------


def post(key: str, kind: str, alert_id: str = "a", *, count: int = 1) -> Post:
    """Make what a receiver gets."""
    alerts = [{"alert_id": alert_id, "told": kind, "sequence": 1}]
    return {"idempotency-key": key}, json.dumps({"alerts": alerts, "count": count}).encode()


def notified(posts: Sequence[Post], *statuses: str) -> list[str]:
    """Return what the check of notifications finds where an alert has had these statuses; BREACHED without them."""
    changes = [
        alert(alert_id="a", status=status, sequence=n) for n, status in enumerate(statuses or ("BREACHED",), start=1)
    ]
    return check_notifications(told_in(posts), by_alert(changes)).kinds


def test_a_notification_under_one_key_is_one_however_often_it_is_posted() -> None:
    """A notifier that is killed before it notes the answer must post again."""
    assert notified([post("k", "BREACHED"), post("k", "BREACHED")]) == []


def test_a_notification_under_two_keys_is_found() -> None:
    """It was sent twice."""
    assert notified([post("k", "BREACHED"), post("l", "BREACHED")]) == ["DOUBLED"]


def test_a_breach_again_after_its_end_is_no_repetition() -> None:
    """Told, closed, told again."""
    again = [post("k", "BREACHED"), post("l", "CLEARED"), post("m", "BREACHED")]
    assert notified(again, "BREACHED", "CLEARED", "BREACHED") == []
    assert notified(again) == ["DOUBLED"]
    assert notified([*again, post("n", "BREACHED")], "BREACHED", "CLEARED", "BREACHED") == ["DOUBLED"]


@pytest.mark.parametrize(("told", "status"), [([], "BREACHED"), (["AT_RISK"], "BREACHED"), (["BREACHED"], "CLEARED")])
def test_a_notification_that_never_came_is_found(told: list[str], status: str) -> None:
    """A breach nobody heard of, one that was only about to be, and an end."""
    assert notified([post(kind, kind) for kind in told], "AT_RISK", status) == ["LOST"]


def test_what_ended_before_anybody_heard_of_it_needs_no_notification() -> None:
    """It was nobody's news."""
    assert notified([], "WITHDRAWN") == []


def test_two_bodies_under_one_key_are_found() -> None:
    """The receiver would drop the second."""
    assert notified([post("k", "BREACHED"), post("k", "AT_RISK")]) == ["CONTRADICTED"]


def test_a_notification_of_no_alert_is_found() -> None:
    """Something was told that never was."""
    assert notified([post("k", "BREACHED"), post("l", "BREACHED", "nothing")]) == ["UNEXPECTED"]


# -- dead letters and the board ------------------------------------------------------------------------------------


def letter(offset: int, value: bytes | None = b"?") -> DeadLetter:
    """Make a dead letter."""
    return DeadLetter(
        topic="t", partition=0, offset=offset, ingest_time=0, value=value, reason="NOT_AVRO", detail="no record"
    )


def test_dead_letters_are_compared_by_place_and_content() -> None:
    """A broken message without a letter, a letter without one, and one that holds something else."""
    broken = {("t", 0, 1): b"?", ("t", 0, 2): b"?"}
    assert check_dead_letters([letter(1), letter(2)], broken).kinds == []
    assert check_dead_letters([letter(1), letter(3)], broken).kinds == ["LOST", "UNEXPECTED"]
    assert check_dead_letters([letter(1), letter(2, b"!")], broken).kinds == ["DIFFERENT"]


def test_a_dead_letter_that_is_not_whole_names_all_of_its_message() -> None:
    """Its beginning, the length and the hash."""
    value = b"?" * 10
    digest = hashlib.sha256(value).hexdigest()
    part = msgspec.structs.replace(letter(1, value[:3]), value_length=10, value_sha256=digest)
    assert check_dead_letters([part], {("t", 0, 1): value}).kinds == []
    assert check_dead_letters([part], {("t", 0, 1): b"!" * 10}).kinds == ["DIFFERENT"]


def test_a_dead_letter_of_a_flood_is_what_the_broker_has() -> None:
    """It says by which codec, and is as small as the batch."""
    place = ("t", 0, 1)
    small = msgspec.structs.replace(letter(1), reason="TOO_LARGE", detail="the gzip batch of offsets 1 to 1")
    assert check_dead_letters([small], {place: Flood("gzip")}).kinds == []
    for other in (
        msgspec.structs.replace(small, reason="NOT_AVRO"),
        msgspec.structs.replace(small, detail="no record"),
        msgspec.structs.replace(small, value_length=300_000_000),
    ):
        assert check_dead_letters([other], {place: Flood("gzip")}).kinds == ["DIFFERENT"]


def test_what_the_rules_set_aside_is_compared_by_rule_and_event() -> None:
    """A letter of a record that was judged well, and a record that was set aside without one."""
    aside = msgspec.structs.replace(letter(-1), reason="UNJUDGEABLE", rule="facts", event_id="e1")
    assert check_dead_letters([aside], {}, [("facts", "e1")]).kinds == []
    assert check_dead_letters([aside], {}, [("facts", "e2")]).kinds == ["LOST", "UNEXPECTED"]


def test_a_board_is_compared_by_status_and_sequence() -> None:
    """What it lacks, what it has too much, and what it shows as it was before."""
    final = {"a": alert(alert_id="a", status="BREACHED", sequence=2)}
    assert check_read_model(shown(final), final).kinds == []
    assert check_read_model({}, final).kinds == ["LOST"]
    assert check_read_model({"a": ("AT_RISK", 1)}, final).kinds == ["DIFFERENT"]
    assert check_read_model({**shown(final), "b": ("AT_RISK", 1)}, final).kinds == ["UNEXPECTED"]


# -- the report ----------------------------------------------------------------------------------------------------


def test_the_report_counts_what_was_found_of_every_kind() -> None:
    """Also of which there was nothing; and says it first."""
    report = Report(7, 5.0, (), "two shared cores")
    assert "**Nothing lost, nothing doubled, nothing different.**" in as_markdown(report)
    report.kinds["a check"] = Counter({"LOST": 2})
    report.findings += ["one", "two"]
    lines = as_markdown(report).splitlines()
    assert {"**2 findings.**", "| lost | 2 |", "| doubled | 0 |", "- one"} <= set(lines)
    assert "two shared cores, seed 7" in lines[2]
