"""Comparing policies: who may ask, what is refused and why, what is shown, saved, hidden and noted."""

from __future__ import annotations

import csv
import io
import uuid
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dashboards.board.domain.policy_choices import PolicyChoices
from dashboards.board.readmodel import policy_comparisons
from schemas.products import Alert
from streams.policy import PolicyError
from streams.policy.calendar import DAY, HOUR
from tests.dashboards.board.pages.test_pages import words
from tests.dashboards.board.served_board import WALL, ServedBoard, csrf_of, field_of
from tests.dashboards.trials.policy_comparison import COMPARISON, POLICY, compared, comparison_request, with_less_time
from tests.dashboards.trials.sample import a_clock, an_alert

PATH = f"/fcr/policies/{COMPARISON}"


def final_alert(ref: str, rule_id: str = "crime-not-recorded", ago: int = 40 * DAY, **stated: Any) -> Alert:
    """Make an alert whose matter began so long ago."""
    system: Any = "CATS" if rule_id.startswith("referral") else "STORM"
    alert = an_alert(rule_id, system, ref, wall=WALL - ago, due_in=0, status=stated.pop("status", "CLEARED"), **stated)
    return msgspec.structs.replace(alert, raised_at=WALL - ago, reason="RECORDED_LATE", lateness_ms=3 * HOUR)


def send(board: ServedBoard, person: str, /, **sentence: str) -> Any:
    """Send the form that asks for a comparison, as somebody."""
    client = board.client(person)
    page = client.get("/fcr/policies").text
    data = {"csrf": csrf_of(page), "action_id": str(uuid.uuid4()), "force": "LEICS", "by": "numbers", **sentence}
    return client.post("/fcr/policies", data=data)


def texts_of(board: ServedBoard, location: str) -> tuple[str, ...]:
    """Give the policy that a comparison is of."""
    with board.model.reading() as connection:
        comparison = policy_comparisons.find(connection, location.rpartition("/")[2])
    assert comparison is not None
    return comparison.request.texts


def test_other_limits_become_a_policy_laid_over_the_one_in_force(board: ServedBoard) -> None:
    """What is filled in is in it, what is not is not; who asked and for what is noted, and it waits its turn."""
    board.feeder.put(a_clock(WALL))
    answer = send(board, "fcr.jones", limit="72h", from_1="2026-01-01", limit_1="12h", rape_limit="30m")
    assert answer.status_code == 303
    (text,) = texts_of(board, answer.headers["location"])
    assert text.endswith(
        '[rules]\nrecording_limit = "72h"\nrape_recording_limit = "30m"\n'
        '[[amendment]]\nfrom = 2026-01-01\nrecording_limit = "12h"\n'
    )
    assert board.audit.noted[-1] == ("fcr.jones", "FCR", "COMPARISON", answer.headers["location"])
    page = words(board.client("fcr.jones").get(answer.headers["location"]).text)
    assert "Waiting 0 before it. One comparison runs at a time." in page
    assert "Waiting" in words(board.client("audit.brown").get("/fcr/policies").text)


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"limit": "banana"}, 'rules.recording_limit = "banana": allowed is a duration above zero such as "90s"'),
        ({}, "Policy: say at least one limit."),
        ({"from_1": "2026-01-01"}, "Policy: limit 2: a date and a limit go together."),
        ({"from_1": "soon", "limit_1": "1h"}, "Policy: from = soon: allowed is a date such as 2015-04-01."),
        (
            {"from_1": "2026-02-01", "limit_1": "1h", "from_2": "2026-01-01", "limit_2": "2h"},
            "amendment 2: from = 2026-01-01: allowed is a date after 2026-02-01",
        ),
        ({"limit": '1h"\n[actions]'}, "allowed is a duration above zero"),
        ({"by": "text", "text": "version = 1"}, "Policy: version = 1: allowed is a name of 1 to 64"),
        ({"by": "text", "text": "nonsense"}, "Policy: not a TOML file"),
        ({"by": "text", "text": 'version="a"\n[rules.severity]\nno-rule="LOW"'}, "severity.no-rule: no rule has this"),
        ({"by": "text", "text": " "}, "Policy: paste the text of a policy file"),
        ({"by": "text", "text": "x" * 100_001}, "Policy: longer than 100000 characters."),
        ({"by": "name", "name": "../secret"}, "Policy: choose one of those listed."),
        ({"by": ""}, "Policy: choose which policy to compare."),
        ({"limit": "48h", "force": "DERBS"}, "Choose a force."),
        ({"limit": "48h", "action_id": "x"}, "The form was not whole"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_a_line(board: ServedBoard, form: dict[str, str], sentence: str) -> None:
    """With the sentence ``cdi policy check`` has for it; what was typed stands in the form again."""
    board.feeder.put(a_clock(WALL))
    answer = send(board, "fcr.jones", **form)
    assert answer.status_code == 422
    assert sentence in words(answer.text)
    assert form.get("from_1", "") in answer.text
    with board.model.reading() as connection:
        assert policy_comparisons.claim(board.model, WALL) is None, connection


def test_only_the_registrar_asks(board: ServedBoard) -> None:
    """An auditor may look and save; supervisors see neither form nor policy_comparisons."""
    board.feeder.put(a_clock(WALL))
    compared(board.model, WALL, [final_alert("I-1")], [])
    for name in ("audit.brown", "insp.patel", "ops.green"):
        assert send(board, name, limit="1h").status_code == 403 if name != "ops.green" else True
    supervisor, auditor = board.client("insp.patel"), board.client("audit.brown")
    assert "48h-always" not in supervisor.get("/fcr/policies").text
    assert [supervisor.get(PATH + end).status_code for end in ("", "/rules.csv", "/cases.csv")] == [403, 403, 403]
    assert supervisor.get(f"{PATH}/progress").status_code == 403
    assert "Compare a policy with" not in auditor.get("/fcr/policies").text
    assert [auditor.get(PATH + end).status_code for end in ("", "/rules.csv", "/cases.csv")] == [200, 200, 200]


def test_another_forces_comparison_is_not_there(board: ServedBoard) -> None:
    """Neither listed nor by its address."""
    compared(board.model, WALL, [final_alert("I-1")], [], force="DERBS")
    client = board.client("fcr.jones")
    assert "48h-always" not in client.get("/fcr/policies").text
    assert {client.get(PATH + end).status_code for end in ("", "/rules.csv", "/cases.csv", "/progress")} == {404}
    assert "48h-always" in board.client("audit.brown").get("/fcr/policies").text
    assert "48h-always" not in board.client("audit.brown").get("/fcr/policies?force=LEICS").text


def test_a_policy_is_compared_by_its_name(board: ServedBoard, tmp_path: Path) -> None:
    """Files of the folders, as they are when asked, and the built-in one where it is not in force itself."""
    (tmp_path / "forty-eight.toml").write_text(POLICY)
    choices = PolicyChoices(('version = "ours"\n[rules]\naudit_limit = "7d"',), (tmp_path, tmp_path / "nowhere"))
    assert choices.names() == ["built-in", "forty-eight"]
    assert (choices.in_force().version, choices.by_name("built-in").version) == ("ours", "builtin-1")
    assert choices.by_name("forty-eight").texts == (POLICY,)
    otherwise = choices.from_numbers({"limit": "48h"}.get)  # type: ignore[arg-type]
    assert otherwise.texts[0].startswith('version = "ours"')
    (tmp_path / "broken.toml").write_bytes(b"\xff")
    with pytest.raises(PolicyError, match="broken is not UTF-8"):
        choices.by_name("broken")
    assert PolicyChoices().names() == []


def test_the_policy_in_force_is_not_compared_with_itself(board: ServedBoard) -> None:
    """Nothing could differ, and it says so."""
    board.feeder.put(a_clock(WALL))
    object.__setattr__(board.board.policies, "texts_in_force", (POLICY,))
    answer = send(board, "fcr.jones", by="text", text=POLICY.replace("\n", "\r\n"))
    assert "That is the policy in force: nothing could differ." in words(answer.text)


def test_a_comparison_says_of_each_rule_what_either_finds(board: ServedBoard) -> None:
    """Alerts, breaches and those cleared late of each, and how many only one finds or both say otherwise."""
    here = final_alert("I-1")
    ours = [with_less_time(here, HOUR), final_alert("I-2", status="BREACHED"), final_alert("I-3", status="WITHDRAWN")]
    board.feeder.put(a_clock(WALL), here)
    compared(board.model, WALL, ours, [here, final_alert("I-9", rule_id="report-undecided")])
    page = board.client("fcr.jones").get(PATH).text
    assert "A reported crime is not recorded 3 2 1 1 1 1 2 0 1" in words(page)
    assert "Nobody has decided whether a report is a crime 0 0 0 1 1 1 0 1 0" in words(page)
    assert "4,321 snapshots" in words(page)
    assert "Cases on which they differ 4" in words(page)
    assert f'href="/alerts/{here.alert_id}"' in page
    assert f'href="/alerts/{ours[1].alert_id}"' not in page  # the board has no page for what only the other finds
    assert 'href="/trace?ref=I-2"' in page
    assert "4 h 00 min late" in words(page)


def test_cases_are_listed_by_rule_by_kind_and_by_period(board: ServedBoard) -> None:
    """Only those asked for, on the page and in the file; the numbers follow the period."""
    ours = [
        final_alert("OLD", ago=90 * DAY),
        final_alert("NEW", ago=10 * DAY),
        final_alert("OTHER", "report-undecided", ago=10 * DAY),
    ]
    compared(board.model, WALL, ours, [final_alert("GONE", ago=10 * DAY)])
    client = board.client("fcr.jones")

    def refs(query: str) -> set[str]:
        text = client.get(f"{PATH}/cases.csv{query}").text
        page = client.get(PATH + query).text
        saved = {row["subject_ref"] for row in csv.DictReader(io.StringIO(text))}
        assert all((f"ref={alert.subject_ref}" in page) == (alert.subject_ref in saved) for alert in ours)
        return saved

    assert refs("") == {"OLD", "NEW", "OTHER", "GONE"}
    assert refs("?from=2026-11-01") == {"NEW", "OTHER", "GONE"}
    assert refs("?from=2026-11-01&kind=APPEARS") == {"NEW", "OTHER"}
    assert refs("?rule=report-undecided") == {"OTHER"}
    page = words(client.get(f"{PATH}?from=2026-11-01").text)
    assert "A reported crime is not recorded 1 1 1 1 1 1 1 1 0" in page
    assert client.get(f"{PATH}?rule=nothing").status_code == 400
    assert client.get(f"{PATH}?kind=ODD").status_code == 400


def test_small_counts_are_hidden_with_their_cases_until_the_registrar_asks(board: ServedBoard) -> None:
    """On the page and in both files; for an auditor always.  A count that is not small shows."""
    rapes = [final_alert(f"R-{n}", "rape-not-recorded", ago=10 * DAY) for n in range(3)]
    many = [final_alert(f"C-{n}", "referral-unlinked", ago=10 * DAY, status="BREACHED") for n in range(9)]
    compared(board.model, WALL, [*rapes, *many, final_alert("I-1")], [])
    for name, query in (("fcr.jones", ""), ("audit.brown", ""), ("audit.brown", "?small=show")):
        client = board.client(name)
        page = client.get(PATH + query).text
        assert "A reported rape is not recorded a small count: hidden" in words(page), name
        assert "A child-abuse or online referral has no crime record 9 9 0 0 0 0 9 0 0" in words(page), name
        assert "Cases on which they differ 10" in words(page), name
        rules, cases = (client.get(f"{PATH}/{file}.csv{query}").text for file in ("rules", "cases"))
        assert "rape-not-recorded,hidden,hidden" in rules, name
        assert all("R-1" not in text for text in (page, cases)), name
    client = board.client("fcr.jones")
    assert "A reported rape is not recorded 3 3 3 0 0 0 3 0 0" in words(client.get(f"{PATH}?small=show").text)
    assert "rape-not-recorded,3,0" in client.get(f"{PATH}/rules.csv?small=show").text
    assert "R-1" in client.get(f"{PATH}/cases.csv?small=show").text


def test_whoever_may_not_see_small_counts_gets_whole_months(board: ServedBoard) -> None:
    """So that two periods cannot be told apart by a day."""
    compared(board.model, WALL, [final_alert("I-1", ago=1 * DAY), final_alert("I-2", ago=20 * DAY)], [])
    query = "?from=2026-11-22&to=2026-11-22"
    assert "Cases on which they differ 1" in words(board.client("fcr.jones").get(PATH + query).text)
    assert "Cases on which they differ 2" in words(board.client("audit.brown").get(PATH + query).text)


def test_a_look_and_each_file_is_noted(board: ServedBoard) -> None:
    """Views and exports; asking how far it has got tells nothing and is not."""
    compared(board.model, WALL, [final_alert("I-1")], [])
    client = board.client("fcr.jones")
    for path in (PATH, f"{PATH}/rules.csv", f"{PATH}/cases.csv", f"{PATH}/progress"):
        assert client.get(path).status_code == 200
    assert [entry[2:] for entry in board.audit.noted[-3:]] == [
        ("VIEW", PATH),
        ("EXPORT", f"{PATH}/rules.csv"),
        ("EXPORT", f"{PATH}/cases.csv"),
    ]
    board.audit.refusing = True
    assert client.get(PATH).status_code == 503


def test_one_under_way_says_how_far_it_is_and_one_that_failed_why(board: ServedBoard) -> None:
    """A page asks for the one, and shows the other."""
    policy_comparisons.enqueue(board.model, comparison_request(WALL))
    policy_comparisons.claim(board.model, WALL)
    policy_comparisons.progress(board.model, COMPARISON, "READING", 0.25)
    client = board.client("fcr.jones")
    progress = {"state": "RUNNING", "phase": "Reading the records", "share": 0.25}
    assert client.get(f"{PATH}/progress").json() == progress
    assert "Under way Reading the records 25 %" in words(client.get(PATH).text)
    assert client.get(f"{PATH}/cases.csv").status_code == 404
    policy_comparisons.fail(board.model, COMPARISON, "Kafka went away.", WALL)
    assert "It could not be compared Kafka went away." in words(client.get(PATH).text)


def test_a_comparison_is_made_once_more_and_removed(board: ServedBoard) -> None:
    """The same policy against the one in force now, as a comparison of its own; removed, nothing of it is left."""
    compared(board.model, WALL, [final_alert("I-1")], [])
    board.feeder.put(a_clock(WALL))
    client = board.client("fcr.jones")
    page = client.get(PATH).text
    form = {"csrf": csrf_of(page), "action_id": field_of(page, "action_id")}
    answers = [client.post(f"{PATH}/again", data=form) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {303}
    (location,) = {answer.headers["location"] for answer in answers}  # sent twice, it is asked once
    assert location != PATH
    assert texts_of(board, location) == (POLICY,)
    assert client.post(f"{PATH}/remove", data=form).status_code == 303
    assert board.audit.noted[-1] == ("fcr.jones", "FCR", "COMPARISON_REMOVED", PATH)
    assert client.get(PATH).status_code == 404
    assert client.get(location).status_code == 200


def test_too_many_that_wait_are_refused(board: ServedBoard) -> None:
    """So that nobody fills the queue for days."""
    board.feeder.put(a_clock(WALL))
    for _ in range(policy_comparisons.MOST_WAITING):
        assert send(board, "fcr.jones", limit="48h").status_code == 303
    answer = send(board, "fcr.jones", limit="48h")
    assert answer.status_code == 503
    assert "Too many comparisons wait already." in words(answer.text)
