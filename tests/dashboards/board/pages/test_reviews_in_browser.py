"""The review queue in a real browser: by keys alone, by two people at once, and left in the middle."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from dashboards.board.readmodel import leases
from schemas.records import Assessment
from streams.policy.calendar import DAY, HOUR
from tests.dashboards.board.browsers import BoardBrowsers
from tests.dashboards.trials.sample import a_case, a_clock, a_linked_matter, a_review

FIRST, SECOND, THIRD = "LE-20261122-0417", "SE-2", "SE-3"


@pytest.fixture
def full(browsers: BoardBrowsers) -> BoardBrowsers:
    """Give browsers that look at a queue of three reports, the first with records of four systems."""
    wall = browsers.board.board.clock()
    matter, records = a_linked_matter(wall)
    assert matter.subject_ref == FIRST
    browsers.feeder.put(
        a_clock(wall),
        *records,
        a_review(FIRST, wall=wall, probability=0.97, due_in=-3 * HOUR),
        a_review(SECOND, wall=wall, probability=0.4, due_in=2 * HOUR),
        a_review(THIRD, wall=wall, probability=0.2),
        a_case("STORM", SECOND, began_at=wall - DAY, summary=[("opening_code", "DOMESTIC"), ("status", "OPEN")]),
    )
    return browsers


def given(browsers: BoardBrowsers) -> list[tuple[str, int | None, str | None, bool]]:
    """Return what was judged so far."""
    return [
        (sent.ref, sent.crimes, sent.rationale, sent.revoked)
        for sent in browsers.board.judgements.sent
        if isinstance(sent, Assessment)
    ]


def heading(page: Page, ref: str) -> None:
    """Wait until a report is shown."""
    expect(page.get_by_role("heading", level=1)).to_have_text(f"STORM {ref}")


def test_the_queue_is_read_by_keys_alone(full: BoardBrowsers) -> None:
    """One key for one crime, one for none with its reason, one to skip; typing in a field answers nothing."""
    page = full.signed_in("ddm.lee", "/reviews")
    page.keyboard.press("n")
    heading(page, FIRST)
    page.keyboard.press("1")
    heading(page, SECOND)
    page.keyboard.press("0")
    expect(page.get_by_label("Why there is no crime")).to_be_focused()
    page.keyboard.type("1 word, 0 crimes, so none")
    heading(page, SECOND)
    page.keyboard.press("Enter")
    heading(page, THIRD)
    page.keyboard.press("s")
    expect(page.get_by_text("Nothing waits to be read.")).to_have_count(0)  # it waits, but not for her
    expect(page.get_by_role("heading", level=1)).to_have_text("Reports to read")
    assert given(full) == [(FIRST, 1, None, False), (SECOND, 0, "1 word, 0 crimes, so none", False)]
    page.get_by_role("button", name="Undo").click()
    heading(page, SECOND)
    assert given(full)[-1] == (SECOND, 0, "1 word, 0 crimes, so none", True)
    assert full.faults == []


def test_keys_can_be_switched_off(full: BoardBrowsers) -> None:
    """For whoever speaks to the machine, or rests a hand on it; it stays so."""
    page = full.signed_in("ddm.lee", "/reviews")
    page.keyboard.press("n")
    heading(page, FIRST)
    page.get_by_role("button", name="Answer by keys").click()
    page.reload()
    expect(page.get_by_role("button", name="Answer by keys")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("1")
    page.keyboard.press("Control+1")
    page.wait_for_timeout(300)
    heading(page, FIRST)
    assert given(full) == []


def test_two_people_read_different_reports_and_leaving_gives_one_back(full: BoardBrowsers) -> None:
    """Loading a page anew keeps it; going elsewhere, or closing it, gives it to the next person."""
    lee, kaur = full.signed_in("ddm.lee", "/reviews"), full.signed_in("ddm.kaur", "/reviews")
    lee.keyboard.press("n")
    heading(lee, FIRST)
    kaur.keyboard.press("n")
    heading(kaur, SECOND)
    lee.reload()
    heading(lee, FIRST)
    expect(lee.get_by_role("button", name="One crime")).to_be_visible()
    kaur.goto("/reviews")
    expect(kaur.get_by_role("row", name=FIRST)).to_contain_text("ddm.lee reads it")
    lee.goto("/live")
    expect(lee.get_by_role("heading", level=1)).to_have_text("Live alerts")
    kaur.goto("/reviews")
    expect(kaur.get_by_role("row", name=FIRST)).not_to_contain_text("ddm.lee reads it")
    kaur.keyboard.press("n")
    heading(kaur, FIRST)
    assert full.faults == []


def test_a_lease_that_ends_says_so_and_the_report_is_somebody_elses(
    full: BoardBrowsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever was away is told before they answer, and what they answer all the same is not written."""
    monkeypatch.setattr(leases, "LEASE_MS", 1500)
    lee, kaur = full.signed_in("ddm.lee", "/reviews"), full.signed_in("ddm.kaur", "/reviews")
    lee.keyboard.press("n")
    heading(lee, FIRST)
    expect(lee.get_by_text("Your time with this report is up")).to_be_visible()
    monkeypatch.setattr(leases, "LEASE_MS", HOUR)
    kaur.keyboard.press("n")
    heading(kaur, FIRST)
    lee.keyboard.press("1")
    expect(lee.get_by_role("alert").filter(has_text="There is a problem")).to_contain_text("ddm.kaur reads this report")
    assert given(full) == []


def test_the_queue_works_without_javascript(full: BoardBrowsers) -> None:
    """Every answer is a button of a form."""
    page = full.signed_in("ddm.lee", "/reviews", java_script_enabled=False)
    page.get_by_role("button", name="Read the next one").click()
    heading(page, FIRST)
    page.get_by_role("button", name="One crime").click()
    heading(page, SECOND)
    page.get_by_label("Why there is no crime").fill("Nuisance only")
    page.get_by_role("button", name="No crime").click()
    heading(page, THIRD)
    page.get_by_role("button", name="Stop reading").click()
    page.get_by_role("button", name="Undo").click()
    heading(page, SECOND)
    assert given(full)[:2] == [(FIRST, 1, None, False), (SECOND, 0, "Nuisance only", False)]


def test_an_alerts_record_is_assessed_by_a_key(full: BoardBrowsers) -> None:
    """On its own page, where skipping means nothing."""
    alert, _ = a_linked_matter(full.board.board.clock())
    page = full.signed_in("ddm.lee", f"/alerts/{alert.alert_id}")
    page.keyboard.press("1")
    expect(page.locator("#done")).to_contain_text("Assessed by ddm.lee")
    assert given(full) == [(FIRST, 1, None, False)]
