"""Through when a file of a watched folder vouches."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deploy.connect.folder.name_times import time_in_name
from schemas.times import from_rfc3339
from tests.deploy.connect.fakes import AT, TOPIC, crime
from tests.deploy.connect.folder.test_folder import drop, folder_feed, receipts, run_once


def test_a_file_vouches_through_the_time_in_its_name(tmp_path: Path) -> None:
    """On London's clocks: an export of 02:00 in summer was made at 01:00 UTC; one without a time is refused."""
    feed = folder_feed(tmp_path, complete_through="name", name_time="%Y-%m-%d_%H%M")
    drop(tmp_path, "crimes-2026-06-01_0200.jsonl", [crime(1)])
    drop(tmp_path, "crimes.jsonl", [crime(2)])
    made_at = from_rfc3339("2026-06-01T01:00:00Z")
    assert run_once(tmp_path, feed).heartbeats == [("LEICS", "CIS", 0), ("LEICS", "CIS", made_at - 1)]
    (receipt,) = receipts(tmp_path, "refused")
    assert receipt["refused"] == "its name states no time as name_time says, %Y-%m-%d_%H%M"


@pytest.mark.parametrize(
    ("name", "written", "moment"),
    [
        ("crimes_20260531.csv", "%Y%m%d", "2026-05-30T23:00:00Z"),
        ("260131 crimes.csv", "%y%m%d", "2026-01-31T00:00:00Z"),
        ("CIS.2026.151.txt", "%Y.%j", "2026-05-30T23:00:00Z"),
        ("7-20269931-20260531.csv", "%Y%m%d", "2026-05-30T23:00:00Z"),
        ("crimes_202605311.csv", "%Y%m%d", None),
        ("crimes.csv", "%Y%m%d", None),
    ],
)
def test_a_name_states_a_time_in_the_form_that_is_said(name: str, written: str, moment: str | None) -> None:
    """The first that can be meant; digits on either side belong to another number."""
    assert time_in_name(name, written) == (None if moment is None else from_rfc3339(moment))


@pytest.mark.parametrize("written", ["%Y", "%m%d", "%Y%m%d%d", "%A", "crimes", "%Y%m"])
def test_a_form_without_a_date_is_refused(tmp_path: Path, written: str) -> None:
    """In one line, before any file is read."""
    with pytest.raises(ValueError, match="name_time: "):
        folder_feed(tmp_path, complete_through="name", name_time=written).check_keys()
    for keys in ({"complete_through": "name"}, {"name_time": "%Y%m%d"}, {"set_aside_most": 2.0}):
        with pytest.raises(ValueError, match=r"name_time: it goes|set_aside_most: a part"):
            folder_feed(tmp_path, **keys).check_keys()


@pytest.mark.parametrize(("way", "through"), [("newest", -59_999), ("file_time", -1)])
def test_a_quiet_nights_file_is_a_word_as_any_other(tmp_path: Path, way: str, through: int) -> None:
    """The same content again, or a header alone: the feed has spoken, and is silent no more than on another night."""
    mapping = tmp_path / "crimes.toml"
    mapping.write_text(
        f'topic = "{TOPIC}"\n[fields]\nevent_id = {{ digest = [] }}\nforce = {{ constant = "LEICS" }}\n'
        'source = { constant = "CIS" }\nevent_time = "Saved"\ncrime_ref = "Ref"\nrecorded_at = "Saved"\n'
        'offence_code = { constant = "8N" }\noffence_class = { constant = "VIOLENCE" }\n'
        'status = { constant = "RECORDED" }\n'
    )
    feed = folder_feed(tmp_path, mapping="crimes.toml", complete_through=way)
    header, first = "Ref,Saved\n", "C1,2026-06-01T11:59:00Z\n"
    vouched: list[list[tuple[str, str, int]]] = []
    for night, content in enumerate((header + first, header + first, header)):
        file = tmp_path / "drop" / f"night-{night}.csv"
        file.write_text(content)
        os.utime(file, (AT / 1000, AT / 1000))
        vouched.append(run_once(tmp_path, feed).heartbeats)
    newest = AT - 60_000 - 1 if way == "newest" else AT + through
    assert vouched == [[("LEICS", "CIS", 0), ("LEICS", "CIS", newest)], *[[("LEICS", "CIS", newest)]] * 2]


def test_an_old_file_that_comes_again_vouches_for_nothing(tmp_path: Path) -> None:
    """However new the copy is, what it holds is old."""
    feed = folder_feed(tmp_path, complete_through="file_time")
    for name, record, age in (("a.jsonl", crime(1), 120), ("b.jsonl", crime(2), 60)):
        drop(tmp_path, name, [record], age=age)
        run_once(tmp_path, feed)
    drop(tmp_path, "c.jsonl", [crime(1)])
    assert run_once(tmp_path, feed).records == []
