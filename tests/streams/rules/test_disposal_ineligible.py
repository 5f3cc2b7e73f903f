"""disposal-ineligible: age, value of goods and offending history rule disposals out."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.records import HistoryEntry
from tests.streams.world import disposal, history, ms, policy, run

RULE = "disposal-ineligible"
ISSUED = "2016-03-10 09:00"


def entry(kind: str, date: str, offence_class: str = "THEFT") -> HistoryEntry:
    """Return an entry in an offender's history."""
    return HistoryEntry(kind=kind, date=ms(date), offence_class=offence_class)  # type: ignore[arg-type]


def issued(kind: str, *entries: HistoryEntry, at: str = ISSUED, **stated: Any) -> str | None:
    """Judge a disposal of an offender with this history."""
    return run(history("2000-01-01", entries=entries), disposal(at, kind=kind, **stated), until=ms(at)).status(RULE)


@pytest.mark.parametrize(
    ("kind", "age", "status"),
    [
        ("CANNABIS_WARNING", 17, "BREACHED"),
        ("CANNABIS_WARNING", 18, None),
        ("PND", 17, "BREACHED"),
        ("PND", 18, None),
        ("CAUTION", 17, None),
        ("COMMUNITY_RESOLUTION", 12, None),
    ],
)
def test_penalty_notices_and_cannabis_warnings_are_for_adults(kind: str, age: int, status: str | None) -> None:
    """Of the other kinds the contract asks no age."""
    assert issued(kind, offender_age=age) == status


@pytest.mark.parametrize(("at", "status"), [("2013-04-07 22:59:59.999", None), ("2013-04-07 23:00", "BREACHED")])
def test_penalty_notices_for_juveniles_ended_at_a_midnight(at: str, status: str | None) -> None:
    """8 April 2013 began at 23:00 UTC."""
    assert issued("PND", at=at, offender_age=17) == status


def test_cannabis_warnings_were_always_for_adults() -> None:
    """HMIC found seventeen-year-olds warned in 2013; that was never right."""
    assert issued("CANNABIS_WARNING", at="2012-06-01 09:00", offender_age=17) == "BREACHED"


@pytest.mark.parametrize(("pence", "status"), [(None, None), (0, None), (10_000, None), (10_001, "BREACHED")])
def test_a_penalty_notice_is_for_goods_up_to_a_hundred_pounds(pence: int | None, status: str | None) -> None:
    """A penny over is over; a notice for no goods has no value."""
    assert issued("PND", goods_value_pence=pence) == status


def test_the_value_of_goods_limits_penalty_notices_only() -> None:
    """A caution for dearer goods is another matter."""
    assert issued("CAUTION", goods_value_pence=99_999) is None


YESTERDAY = "2016-03-09 12:00"


@pytest.mark.parametrize(
    ("kind", "entries"),
    [
        ("CAUTION", {"CONVICTION", "CAUTION"}),
        ("CONDITIONAL_CAUTION", set()),
        ("PND", {"PND", "CONVICTION"}),
        ("CANNABIS_WARNING", {"CANNABIS_WARNING"}),
        ("COMMUNITY_RESOLUTION", {"CONVICTION", "CAUTION", "COMMUNITY_RESOLUTION"}),
    ],
)
def test_which_earlier_entries_preclude_is_a_table(kind: str, entries: set[str]) -> None:
    """Everything not in the table leaves the disposal open."""
    kinds = ("CONVICTION", "CAUTION", "PND", "CANNABIS_WARNING", "COMMUNITY_RESOLUTION")
    assert {earlier for earlier in kinds if issued(kind, entry(earlier, YESTERDAY)) == "BREACHED"} == entries


@pytest.mark.parametrize("earlier", ["CONVICTION", "PND"])
def test_for_a_cannabis_warning_only_drugs_count_but_however_long_ago(earlier: str) -> None:
    """An earlier warning counts whatever it was for."""
    assert issued("CANNABIS_WARNING", entry(earlier, "1990-01-01", "DRUGS")) == "BREACHED"
    assert issued("CANNABIS_WARNING", entry(earlier, YESTERDAY, "THEFT")) is None
    assert issued("CANNABIS_WARNING", entry("CANNABIS_WARNING", "1990-01-01")) == "BREACHED"


@pytest.mark.parametrize(
    ("kind", "earlier", "first_day", "last_day_outside"),
    [
        # 10 March 2016 less 730 days is 11 March 2014, less 365 days 11 March 2015: 29 February 2016 lies between.
        ("CAUTION", "CONVICTION", "2014-03-11 00:00", "2014-03-10 23:59:59.999"),
        ("CAUTION", "CAUTION", "2014-03-11 00:00", "2014-03-10 23:59:59.999"),
        ("PND", "CONVICTION", "2014-03-11 00:00", "2014-03-10 23:59:59.999"),
        ("PND", "PND", "2015-03-11 00:00", "2015-03-10 23:59:59.999"),
        ("COMMUNITY_RESOLUTION", "CAUTION", "2015-03-11 00:00", "2015-03-10 23:59:59.999"),
    ],
)
def test_a_window_reaches_back_so_many_local_dates(
    kind: str, earlier: str, first_day: str, last_day_outside: str
) -> None:
    """The first date within it counts from its midnight on, whatever the time of day of issue."""
    for at in ("2016-03-10 00:00", "2016-03-10 23:59:59.999"):
        assert issued(kind, entry(earlier, first_day), at=at) == "BREACHED"
        assert issued(kind, entry(earlier, last_day_outside), at=at) is None


@pytest.mark.parametrize(
    ("date", "status"),
    [
        ("2016-06-09 22:59:59.999", "BREACHED"),  # 9 June, 23:59:59.999 local: the day before
        ("2016-06-09 23:00", None),  # 10 June begins
        ("2016-06-10 09:00", None),
        ("2016-06-11 09:00", None),
    ],
)
def test_only_entries_dated_before_the_day_of_issue_preclude(date: str, status: str | None) -> None:
    """Days are London's: in summer a new one begins at 23:00 UTC."""
    assert issued("CAUTION", entry("CAUTION", date), at="2016-06-10 14:00") == status


def test_a_window_over_a_change_of_clocks_counts_dates_not_hours() -> None:
    """From 27 March 2014 to 27 March 2016 are 731 dates, the second beginning in winter and ending in summer time."""
    at = "2016-03-27 22:30"  # 23:30 local on the 27th, the day the clocks went forward
    assert issued("CAUTION", entry("CONVICTION", "2014-03-28 00:00"), at=at) == "BREACHED"
    assert issued("CAUTION", entry("CONVICTION", "2014-03-27 23:59:59.999"), at=at) is None
    assert issued("CAUTION", entry("CONVICTION", "2014-03-27 23:59:59.999"), at="2016-03-26 22:30") == "BREACHED"


def test_a_history_that_comes_later_is_judged_when_it_comes() -> None:
    """What PNC says of the time before counts whenever it comes to say it, and so does its correction."""
    snapshots = [
        disposal(ISSUED, offender_id="pnc 77"),
        history("2016-03-20", "PNC/77", entries=(entry("CONVICTION", "2015-01-05"),)),
        history("2016-03-21", "PNC/77"),
    ]
    assert run(*snapshots, until="2016-03-19").status(RULE) is None
    assert run(*snapshots, until="2016-03-20").status(RULE) == "BREACHED"
    assert run(*snapshots, until="2016-03-21").status(RULE) == "CLEARED REMEDIED"


def test_another_offenders_history_speaks_against_nobody_else() -> None:
    """Histories are found by offender."""
    snapshot = history("2016-01-01", "O-2", entries=(entry("CONVICTION", "2015-01-05"),))
    assert run(snapshot, disposal(ISSUED), until=ms(ISSUED)).status(RULE) is None


def test_a_disposal_rescinded_is_put_right() -> None:
    """Before any alert, none is raised; afterwards it clears."""
    wrong: dict[str, Any] = {"kind": "PND", "offender_age": 17}
    rescinded = disposal("2016-03-12", issued_at=ISSUED, rescinded_at="2016-03-11", **wrong)
    assert run(disposal(ISSUED, **wrong), rescinded, until="2016-03-12").status(RULE) == "CLEARED REMEDIED"
    assert run(rescinded, until="2016-03-12").status(RULE) is None


def test_the_table_is_policy() -> None:
    """A force may have conditional cautions precluded as well, and from a date on."""
    book = policy(
        '[[amendment]]\nfrom = 2016-01-01\nprecluding.CONDITIONAL_CAUTION = [{ kinds = ["CAUTION"], within_days = 1 }]'
    )
    snapshots = [history("2000-01-01", entries=(entry("CAUTION", YESTERDAY), entry("CAUTION", "2015-12-30 12:00")))]
    before = disposal("2015-12-31 12:00", kind="CONDITIONAL_CAUTION")
    after = disposal(ISSUED, kind="CONDITIONAL_CAUTION")
    assert run(*snapshots, before, until=ms(ISSUED), book=book).status(RULE) is None
    assert run(*snapshots, after, until=ms(ISSUED), book=book).status(RULE) == "BREACHED"


def test_the_facts_show_the_entries_that_preclude_and_no_offender() -> None:
    """The reviewer sees why without looking anybody up."""
    snapshot = history("2016-01-01", entries=(entry("CAUTION", "2015-05-05 12:00"), entry("PND", "2015-06-06 12:00")))
    alert = run(snapshot, disposal(ISSUED), until=ms(ISSUED)).alert(RULE)
    assert alert is not None
    facts = {fact.name: fact.value for fact in alert.facts}
    assert facts["earlier CAUTION"] == "2015-05-05T12:00:00.000Z"
    assert "earlier PND" not in facts
    assert "O-1" not in facts.values()
