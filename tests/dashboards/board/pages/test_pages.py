"""What the pages say: the alert and why, the trace of a reference, the registrar's pages."""

from __future__ import annotations

import csv
import html
import io

import msgspec
import pytest

from schemas.identifiers import alert_id
from schemas.products import Case
from schemas.times import LATEST, from_rfc3339, to_rfc3339
from streams.facts.fill import fields_counted
from streams.rules import RULES
from tests.dashboards.board.served_board import WALL, ServedBoard, csrf_of, field_of
from tests.dashboards.trials.sample import FORCE, a_case, a_clock, a_linked_matter, an_alert
from tests.dashboards.trials.year import a_year

DAY = 86_400_000


def words(text: str) -> str:
    """Give a page's text as it reads, without markup."""
    import re

    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


def test_an_alerts_page_says_what_why_and_what_to_do(board: ServedBoard) -> None:
    """Facts with their events, rule, policy version, obligation, runbook, records, probable crimes and who did what."""
    alert, matter = a_linked_matter(WALL)
    board.feeder.put(a_clock(WALL), *matter)
    page = words(board.client("insp.patel").get(f"/alerts/{alert.alert_id}").text)
    rule = RULES["crime-not-recorded"]
    for text in (
        rule.obligation,
        rule.runbook,
        alert.rule_id,
        alert.policy_version,
        "ev-le-20261122-0417-3",
        "CR/0940/26",
        "87 %",
        "same beat",
        "CATS/2026/0088",
        "CALL-55821",
        "CR-0932-26",
        "insp.patel acknowledged",
        "Second crime is with the bureau",
        "With sgt.okafor",
    ):
        assert text in page, text


def test_why_says_as_of_when_it_is(board: ServedBoard) -> None:
    """The facts are those of the alert's last change, and whoever reads them later must know."""
    alert = an_alert("crime-not-recorded", "STORM", "I-1", wall=WALL, due_in=DAY)
    board.feeder.put(a_clock(WALL), msgspec.structs.replace(alert, updated_at=from_rfc3339("2026-11-22T09:30:00Z")))
    page = words(board.client("insp.patel").get(f"/alerts/{alert.alert_id}").text)
    assert "Why As of Sun 22 Nov 2026, 09:30:00 GMT, when this alert last changed." in page


def test_due_times_of_another_year_say_so(board: ServedBoard) -> None:
    """On the live list of a replay, where the stream's own year is not the reader's."""
    then = from_rfc3339("2013-05-13T12:00:00Z")
    replay = msgspec.structs.replace(a_clock(then), mode="STREAM", clock=then)
    board.feeder.put(replay, an_alert("crime-not-recorded", "STORM", "OLD", wall=then, due_in=2 * 3_600_000))
    assert "due 13 May 2013, 15:00" in words(board.client("insp.patel").get("/live").text)


def test_times_are_londons(board: ServedBoard) -> None:
    """In July a moment of 12:00 UTC shows as 13:00 BST."""
    board.clock.at = from_rfc3339("2026-07-01T12:00:00Z")
    summer = an_alert("crime-not-recorded", "STORM", "S", wall=board.clock.at, due_in=DAY)
    board.feeder.put(a_clock(board.clock.at), summer)
    assert "Thu 2 Jul 2026, 13:00:00 BST" in board.client("insp.patel").get(f"/alerts/{summer.alert_id}").text


def test_an_alert_that_is_not_there_is_not_found(board: ServedBoard) -> None:
    """A link to nothing says so."""
    assert board.client("insp.patel").get("/alerts/00000000-0000-0000-0000-000000000000").status_code == 404


@pytest.mark.parametrize("typed", ["CR/0931/26", "cr 931 26", "CR-0931-26", "LE-20261122-0417", "call 55821"])
def test_a_trace_shows_everything_that_hangs_together(board: ServedBoard, typed: str) -> None:
    """From any end and however typed, all systems' records of the matter are there, and its alert."""
    _, matter = a_linked_matter(WALL)
    board.feeder.put(a_clock(WALL), *matter)
    page = words(board.client("insp.patel").get("/trace", params={"ref": typed}).text)
    for ref in ("LE-20261122-0417", "CATS/2026/0088", "CR/0931/26", "CALL-55821", "CR-0932-26"):
        assert ref in page
    assert "A reported crime is not recorded" in page


def test_a_reference_that_only_others_name_is_said_to_be_so(board: ServedBoard) -> None:
    """No system holds it, but it is not unknown."""
    _, matter = a_linked_matter(WALL)
    board.feeder.put(a_clock(WALL), *matter)
    page = words(board.client("insp.patel").get("/trace?ref=CR/0932/26").text)
    assert "no system holds it, but other records name it" in page


def test_an_unknown_reference_offers_those_like_it(board: ServedBoard) -> None:
    """A part of a reference leads to the whole ones."""
    _, matter = a_linked_matter(WALL)
    board.feeder.put(a_clock(WALL), *matter)
    page = words(board.client("insp.patel").get("/trace?ref=20261122").text)
    assert "No system holds 20261122" in page
    assert "LE-20261122-0417" in page


def test_an_empty_board_says_that_feeds_are_healthy_as_of_when(board: ServedBoard) -> None:
    """Nothing to see is good news only while every feed speaks, and the page says which it is."""
    board.feeder.put(a_clock(WALL))
    page = words(board.client("insp.patel").get("/live").text)
    assert "Nothing is about to breach and nothing has breached." in page
    assert "All 9 feeds are healthy, complete to 17:59; looked at 18:00:00." in page


def test_the_feeds_page_says_which_rules_are_not_judged(board: ServedBoard) -> None:
    """Once for a reason, and nothing where every feed is there."""
    clock = a_clock(WALL)
    board.feeder.put(clock)
    assert "not judged" not in words(board.client("insp.patel").get("/feeds").text)
    feeds = [msgspec.structs.replace(feed, named=feed.topic != "training.records.v1") for feed in clock.feeds]
    board.feeder.put(msgspec.structs.replace(clock, feeds=tuple(feeds)))
    page = words(board.client("insp.patel").get("/feeds").text)
    assert "for want of training.records.v1: decision-maker-untrained (crime, disposal)" in page


def test_the_feeds_page_says_how_often_each_field_is_stated(board: ServedBoard) -> None:
    """And which the policy probably takes wrongly to be held."""
    clock, names = a_clock(WALL), fields_counted("storm.incidents.v1")
    stated = tuple(1 if name == "assessed_at" else 1_000 for name in names)
    feeds = [
        msgspec.structs.replace(feed, records=1_000, stated=stated) if feed.topic == "storm.incidents.v1" else feed
        for feed in clock.feeds
    ]
    board.feeder.put(msgspec.structs.replace(clock, feeds=tuple(feeds)))
    page = words(board.client("insp.patel").get("/feeds").text)
    assert "STORM incidents: how often each field is stated (1 probably lacking)" in page
    assert "Of 1,000 records first saved in the last 28 days." in page
    assert "assessed_at 1 0.1 % probably lacking" in page
    assert "crimes_expected 1,000 100.0 %" in page


def test_an_empty_board_with_a_silent_feed_is_no_good_news(board: ServedBoard) -> None:
    """The page says that it cannot be relied on, and why."""
    board.feeder.put(a_clock(WALL, silent="cats.referrals.v1", silent_for=30 * DAY))
    page = words(board.client("insp.patel").get("/live").text)
    assert "But this cannot be relied on: LEICS: CATS referrals has been silent since" in page


def test_an_empty_board_that_never_heard_anything_says_so(board: ServedBoard) -> None:
    """Before any clock is known nothing is judged, and nothing looks as if all were well."""
    page = board.client("insp.patel").get("/live").text
    assert "no feed has been heard yet" in words(page)
    assert "strip-unknown" in page
    assert "empty-doubtful" in page


def test_the_register_lists_breaches_that_happened(board: ServedBoard) -> None:
    """Standing and cleared breaches are on the record; what never breached is not."""
    clear = an_alert("crime-not-recorded", "STORM", "LATE-1", wall=WALL, due_in=-DAY, status="CLEARED")
    board.feeder.put(
        a_clock(WALL),
        an_alert("crime-not-recorded", "STORM", "STILL-1", wall=WALL, due_in=-DAY),
        msgspec.structs.replace(clear, reason="RECORDED_LATE", lateness_ms=7_200_000),
        an_alert("crime-not-recorded", "STORM", "RISK-1", wall=WALL, due_in=DAY),
        an_alert("crime-not-recorded", "STORM", "LONG-AGO", wall=WALL, due_in=-400 * DAY),
    )
    page = words(board.client("fcr.jones").get("/fcr/register").text)
    assert "2 breaches on the record" in page
    assert "2 h 00 min" in page
    assert "LATE-1" in page
    assert "STILL-1" in page
    assert "RISK-1" not in page
    assert "LONG-AGO" not in page


def test_the_register_is_saved_whole_and_safely(board: ServedBoard) -> None:
    """The CSV has every breach of the filter, London's times in RFC 3339, and no cell that a spreadsheet would run."""
    breaches = [an_alert("crime-not-recorded", "STORM", f"B-{n}", wall=WALL, due_in=-DAY) for n in range(130)]
    nasty = an_alert("crime-not-recorded", "STORM", "=HYPERLINK(1)", wall=WALL, due_in=-DAY)
    board.feeder.put(a_clock(WALL), nasty, *breaches)
    answer = board.client("fcr.jones").get("/fcr/register.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 131
    assert {row["due_at"] for row in rows} == {"2026-11-22T18:00:00.000+00:00"}
    assert "'=HYPERLINK(1)" in {row["subject_ref"] for row in rows}
    assert "attachment" in answer.headers["content-disposition"]


def referral(ref: str, *, vulnerable: str = "none", **more: str) -> Case:
    """Make a referral received two days ago."""
    facts = {"received_at": to_rfc3339(WALL - 2 * DAY), "unit": "CAIU", "vulnerable": vulnerable, **more}
    return a_case("CATS", ref, began_at=WALL - 2 * DAY, summary=facts.items(), topic="cats.referrals.v1")


def test_the_audit_queue_holds_what_the_rule_chooses(board: ServedBoard) -> None:
    """Every referral about a vulnerable person, the digest's share of the others, none that CATS says is audited."""
    from streams.obligations.referral_audit import percentile

    others = [f"REF-{n}" for n in range(60)]
    chosen = {ref for ref in others if percentile(FORCE, ref) < 20}
    board.feeder.put(
        a_clock(WALL),
        referral("CHILD-1", vulnerable="CHILD"),
        *(referral(ref) for ref in others),
        referral("AUDITED-1", vulnerable="CHILD", fcr_audited_at=to_rfc3339(WALL - DAY)),
    )
    page = board.client("fcr.jones").get("/fcr/audits").text
    waiting = page.split("<h2>Done</h2>")[0]
    assert {ref for ref in [*others, "CHILD-1", "AUDITED-1"] if f">{ref}<" in waiting} == chosen | {"CHILD-1"}


def test_an_audits_outcome_is_entered_where_the_queue_is(board: ServedBoard) -> None:
    """The finding goes out as an AUDIT action under the id the alert has or will have, and leaves the queue."""
    board.feeder.put(a_clock(WALL), referral("CHILD-1", vulnerable="CHILD"))
    registrar = board.client("fcr.jones")
    page = registrar.get("/fcr/audits").text
    about = alert_id(FORCE, "referral-not-audited", "CATS", "CHILD-1")
    form = {
        "csrf": csrf_of(page),
        "action_id": field_of(page, "action_id"),
        "alert_id": about,
        "outcome": "CRIME_MISSED",
    }
    assert registrar.post("/fcr/audits", data=form).status_code == 303
    [sent] = board.actions.sent
    assert (sent.kind, sent.alert_id, sent.outcome, sent.force) == ("AUDIT", about, "CRIME_MISSED", FORCE)
    after = words(registrar.get("/fcr/audits").text)
    assert "No referral waits for an audit." in after
    assert "Crime missed" in after
    assert "Not entered yet" in after


@pytest.mark.parametrize(
    ("name", "outcome", "status"), [("fcr.jones", "", 422), ("fcr.jones", "FINE", 422), ("audit.brown", "LATE", 403)]
)
def test_only_the_registrar_enters_an_outcome_that_there_is(
    board: ServedBoard, name: str, outcome: str, status: int
) -> None:
    """An auditor may look; and an outcome is one of the list."""
    board.feeder.put(a_clock(WALL), referral("CHILD-1", vulnerable="CHILD"))
    client = board.client(name)
    page = client.get("/fcr/audits").text
    about = alert_id(FORCE, "referral-not-audited", "CATS", "CHILD-1")
    form = {
        "csrf": csrf_of(page),
        "action_id": "7f7b1d52-5a0e-4f5e-9d52-000000000000",
        "alert_id": about,
        "outcome": outcome,
    }
    assert client.post("/fcr/audits", data=form).status_code == status
    assert board.actions.sent == []


@pytest.mark.parametrize(("role", "waits"), [("deputy fcr", False), ("DEPUTY_FCR", False), ("DI", True), ("", True)])
def test_a_dispute_waits_until_cis_says_that_the_registrar_or_the_deputy_decided(
    board: ServedBoard, role: str, waits: bool
) -> None:
    """As the rule has it: anybody else's decision leaves it open."""
    facts = [
        ("dispute_raised_at", to_rfc3339(WALL - 5 * DAY)),
        ("dispute_decided_at", to_rfc3339(WALL - DAY)),
        ("dispute_decided_role", role),
    ]
    board.feeder.put(a_clock(WALL), a_case("CIS", "CR/1/26", began_at=WALL - 9 * DAY, summary=facts))
    page = words(board.client("fcr.jones").get("/fcr/disputes").text)
    assert ("No dispute waits" in page) is not waits


def test_disputes_have_a_page_of_their_own(board: ServedBoard) -> None:
    """A dispute waits until the registrar's word is taken down, by its due time."""
    facts = [("recorded_at", to_rfc3339(WALL - 9 * DAY)), ("dispute_raised_at", to_rfc3339(WALL - 5 * DAY))]
    board.feeder.put(a_clock(WALL), a_case("CIS", "CR/1/26", began_at=WALL - 9 * DAY, summary=facts))
    registrar = board.client("fcr.jones")
    page = registrar.get("/fcr/disputes").text
    assert "due in 9 d 0 h" in words(page)
    about = alert_id(FORCE, "dispute-undecided", "CIS", "CR/1/26")
    form = {
        "csrf": csrf_of(page),
        "action_id": field_of(page, "action_id"),
        "alert_id": about,
        "outcome": "RECORD_STANDS",
    }
    assert registrar.post("/fcr/disputes", data=form).status_code == 303
    assert "No dispute waits" in words(registrar.get("/fcr/disputes").text)


@pytest.mark.parametrize(("role", "waits"), [("FCR", False), ("deputy fcr", False), ("SERGEANT", True)])
def test_only_the_registrars_own_decision_ends_a_dispute(board: ServedBoard, role: str, waits: bool) -> None:
    """CIS may show a decision by anybody: the dispute waits on until the registrar or the deputy has taken it."""
    facts = {
        "recorded_at": to_rfc3339(WALL - 9 * DAY),
        "dispute_raised_at": to_rfc3339(WALL - 5 * DAY),
        "dispute_decided_at": to_rfc3339(WALL - DAY),
        "dispute_decided_role": role,
    }
    board.feeder.put(a_clock(WALL), a_case("CIS", "CR/1/26", began_at=WALL - 9 * DAY, summary=facts.items()))
    assert ("No dispute waits" not in words(board.client("fcr.jones").get("/fcr/disputes").text)) is waits


def incident(ref: str, ago: int, offence: str = "THEFT") -> Case:
    """Make an incident that disclosed a crime."""
    facts = {"reported_at": to_rfc3339(WALL - ago), "crimes_expected": "1", "offence_class": offence}
    return a_case("STORM", ref, began_at=WALL - ago, summary=facts.items())


def test_figures_count_breaches_against_all_reports_that_are_due(board: ServedBoard) -> None:
    """Of four incidents that disclosed crimes, one breached and one is not due yet: two of three."""
    cleared = an_alert("crime-not-recorded", "STORM", "I-1", wall=WALL - 9 * DAY, due_in=0, status="CLEARED")
    board.feeder.put(a_clock(WALL), *(incident(f"I-{n}", 10 * DAY) for n in (1, 2, 3)), incident("I-4", 1000), cleared)
    page = words(board.client("insp.patel").get("/fcr/figures").text)
    assert "66.7 % 2 of 3 20.8 to 93.9 %" in page


def test_figures_count_protection_reports_that_were_linked_or_decided_in_time(board: ServedBoard) -> None:
    """Three quarters of forty."""
    reports = [
        a_case(
            "PPN",
            f"PPN-{n}",
            began_at=WALL - 10 * DAY,
            topic="ppn.reports.v1",
            summary=[("received_at", to_rfc3339(WALL - 10 * DAY)), ("kind", "DASH")],
        )
        for n in range(40)
    ]
    late = [
        an_alert("referral-unlinked", "PPN", f"PPN-{n}", wall=WALL - 9 * DAY, due_in=0, status="CLEARED")
        for n in range(10)
    ]
    board.feeder.put(a_clock(WALL), *reports, *late)
    page = words(board.client("insp.patel").get("/fcr/figures").text)
    assert "Reports about people at risk: linked or decided in time 75.0 % 30 of 40" in page


def unread(ref: str, linked: str | None = None) -> Case:
    """Make an incident of which nobody said whether it discloses a crime."""
    facts = {
        "reported_at": to_rfc3339(WALL - 10 * DAY),
        "crimes_expected": "not stated",
        "crimes_disclosed": "not known",
    }
    links = [] if linked is None else [("CIS", linked)]
    return a_case("STORM", ref, began_at=WALL - 10 * DAY, summary=facts.items(), linked=links)  # type: ignore[arg-type]


def test_figures_show_no_share_where_too_many_reports_were_judged_by_nobody(board: ServedBoard) -> None:
    """But between what it lies, in the page and in the file; a report with its crime recorded leaves nothing open."""
    crime = a_case("CIS", "C-1", began_at=WALL - 9 * DAY, summary={"status": "RECORDED"}.items(), topic="cis.crimes.v1")
    unknown = [unread("U-1"), unread("U-2", "C-1")]
    board.feeder.put(a_clock(WALL), *(incident(f"I-{n}", 10 * DAY) for n in (1, 2, 3)), *unknown, crime)
    client = board.client("fcr.jones")
    page = words(client.get("/fcr/figures").text)
    assert "75.0 to 100.0 % 3 of 3, 1 not known not known" in page
    assert "Theft 3 of 3, 1 not known 75.0 to 100.0 %" in page
    rows = csv.DictReader(io.StringIO(client.get("/fcr/figures.csv").text))
    (row,) = (row for row in rows if row["of"] == "3")
    assert [row[name] for name in ("low", "not_known", "at_least", "at_most")] == ["", "1", "0.75", "1.0"]
    assert "0.0 to 0.0 % (1 not known)" in words(client.get("/fcr/policies").text)


def test_figures_give_a_share_where_few_reports_were_judged_by_nobody(board: ServedBoard) -> None:
    """At most 5 % of all of them: how many is said beside it."""
    board.feeder.put(a_clock(WALL), *(incident(f"I-{n}", 10 * DAY) for n in range(19)), unread("U-1"))
    assert "100.0 % 19 of 19, 1 not known" in words(board.client("insp.patel").get("/fcr/figures").text)


def test_figures_count_no_case_that_a_rule_could_not_judge(board: ServedBoard) -> None:
    """A cancellation of which no system says who decided it is neither right nor wrong."""
    recorded_at = to_rfc3339(WALL - 10 * DAY)
    cancelled = [
        a_case("CIS", f"C-{n}", began_at=WALL - 10 * DAY, summary=facts.items(), topic="cis.crimes.v1")
        for n in range(4)
        for facts in [
            {"recorded_at": recorded_at, "status": "CANCELLED"}
            | ({} if n else {"not_judged": "no-crime-unauthorised, no-crime-unsupported"})
        ]
    ]
    board.feeder.put(a_clock(WALL), *cancelled)
    page = words(board.client("insp.patel").get("/fcr/figures").text)
    assert "75.0 to 100.0 % 3 of 3, 1 not known" in page


def test_small_counts_of_rape_are_hidden_from_everybody_until_the_registrar_asks(board: ServedBoard) -> None:
    """Two reports of rape: a supervisor cannot see how many, nor by asking; the registrar can, by asking."""
    reports = [("RAPE", 2), ("THEFT", 30), ("BURGLARY", 20)]
    board.feeder.put(
        a_clock(WALL), *(incident(f"{kind}-{n}", 10 * DAY, kind) for kind, number in reports for n in range(number))
    )
    for name, query in (("insp.patel", ""), ("insp.patel", "?small=show"), ("fcr.jones", "")):
        page = words(board.client(name).get(f"/fcr/figures{query}").text)
        assert "2 of 2" not in page, name
        assert "20 of 20" not in page, name  # it would give the two away: the total and the thefts are shown
        assert "30 of 30" in page, name
    assert "2 of 2" in words(board.client("fcr.jones").get("/fcr/figures?small=show").text)


def test_the_policies_page_says_what_another_limit_would_have_meant(board: ServedBoard) -> None:
    """Shares within each limit, from the links alone, and what is in force since when."""
    board.feeder.put(a_clock(WALL), *a_year(WALL, reports=80))
    page = words(board.client("insp.patel").get("/fcr/policies").text)
    assert "24 hours" in page
    assert "72 hours" in page
    assert "1 April 2015" in page


def test_every_page_of_the_registrar_stands_on_an_empty_board(board: ServedBoard) -> None:
    """With nothing known no page fails or claims anything."""
    client = board.client("fcr.jones")
    for path in (
        "/fcr/register",
        "/fcr/audits",
        "/fcr/disputes",
        "/fcr/figures",
        "/fcr/policies",
        "/feeds",
        "/handover",
        "/trace",
    ):
        assert client.get(path).status_code == 200, path


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/fcr/figures?from=banana", "“from=banana” cannot be read: a date is written as 2026-04-01"),
        ("/fcr/figures.csv?to=2026-02-30", "“to=2026-02-30” cannot be read"),
        ("/fcr/policies?from=0001-01-01&to=9999-12-31", "with a year from 1950 to 2199"),
        ("/fcr/register?from=1", "“from=1” cannot be read"),
        ("/fcr/register?page=0", "“page=0” cannot be read: a page is a whole number from 1"),
        ("/fcr/register?page=999999999", "a page is a whole number from 1"),
        ("/fcr/register?page=two", "“page=two” cannot be read"),
        ("/fcr/figures?small=yes", "“small=yes” cannot be read: it is one of show"),
        ("/live?status=OPEN", "“status=OPEN” cannot be read: it is one of AT_RISK, BREACHED, CLEARED, WITHDRAWN"),
        ("/live?severity=high", "“severity=high” cannot be read: it is one of"),
        ("/live?system=X", "“system=X” cannot be read"),
        ("/live?mine=yes", "“mine=yes” cannot be read: only mine=1 means something"),
        ("/live?all=0&q=" + "x" * 300, "“all=0” cannot be read"),
    ],
)
def test_a_query_that_cannot_be_meant_is_named(board: ServedBoard, path: str, sentence: str) -> None:
    """Nothing is silently left out or taken for something else."""
    board.feeder.put(a_clock(WALL))
    answer = board.client("fcr.jones").get(path)
    assert answer.status_code == 400
    assert sentence in words(answer.text)


@pytest.mark.parametrize("query", ["?from=2026-12-01&to=2026-01-01", "?from=&to=", "?page=2", "?page=&small=&mine="])
def test_a_query_that_can_be_meant_is_taken(board: ServedBoard, query: str) -> None:
    """Dates the wrong way round are the period between them, and an empty field says nothing."""
    board.feeder.put(a_clock(WALL))
    client = board.client("fcr.jones")
    for path in ("/fcr/register", "/fcr/figures", "/fcr/policies", "/live"):
        assert client.get(path + query).status_code == 200, path


def test_events_of_a_view_that_cannot_be_meant_are_refused(board: ServedBoard) -> None:
    """A script is told as plainly as a person."""
    answer = board.client("fcr.jones").get("/live/events?status=OPEN")
    assert (answer.status_code, answer.headers["content-type"][:10]) == (400, "text/plain")


@pytest.mark.parametrize("page", ["/live", "/fcr/register", "/fcr/figures", "/fcr/policies", "/fcr/audits", "/feeds"])
def test_pages_are_shown_when_the_stream_clock_stands_at_the_end_of_time(board: ServedBoard, page: str) -> None:
    """A record dated 9999, the customary "never", can have moved it there."""
    board.feeder.put(msgspec.structs.replace(a_clock(WALL), mode="STREAM", clock=LATEST))
    assert board.client("fcr.jones").get(page).status_code == 200
