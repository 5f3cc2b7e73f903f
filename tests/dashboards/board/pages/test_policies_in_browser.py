"""Comparing policies as a registrar does it: in a real browser, by keyboard alone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from dashboards.board.readmodel import policy_comparisons
from dashboards.board.readmodel.policy_comparisons import ComparisonResult
from tests.dashboards.board.browsers import BoardBrowsers
from tests.dashboards.trials.policy_comparison import COMPARISON, compared, with_less_time
from tests.dashboards.trials.sample import a_clock, an_alert

HOUR = 3_600_000


def wall(browsers: BoardBrowsers) -> int:
    """Tell the board's time."""
    return browsers.board.board.clock()


def go_to(page: Page, name: str, least: int = 40) -> None:
    """Go on by Tab until the focus is on what has this name."""
    for _ in range(least):
        page.keyboard.press("Tab")
        if page.evaluate("name => (document.activeElement.innerText || '').trim() === name", name):
            return
        if page.evaluate("name => document.activeElement.labels?.[0]?.innerText.trim() === name", name):
            return
    raise AssertionError(f"the focus never came to {name}")


def test_a_comparison_is_asked_for_by_keyboard_and_shows_itself_when_it_is_done(browsers: BoardBrowsers) -> None:
    """The form, its error, what waits, how far it is, and the result without a key pressed."""
    browsers.feeder.put(a_clock(wall(browsers)))
    page = browsers.signed_in("fcr.jones", "/fcr/policies")
    go_to(page, "Recording limit for all time")
    page.keyboard.type("two days")
    page.keyboard.press("Enter")
    expect(page.locator(".error-summary")).to_contain_text('rules.recording_limit = "two days": allowed is a duration')
    limit = page.get_by_label("Recording limit for all time")
    expect(limit).to_have_value("two days")
    go_to(page, "Recording limit for all time")
    page.keyboard.press("Control+a")
    page.keyboard.type("48h")
    go_to(page, "Compare")
    page.keyboard.press("Enter")
    expect(page.locator("h2#c-progress")).to_have_text("Waiting")
    comparison_id = page.url.rpartition("/")[2]
    model = browsers.board.model
    assert policy_comparisons.claim(model, wall(browsers)) == comparison_id
    policy_comparisons.progress(model, comparison_id, "JUDGING_CHOSEN", 0.5)
    expect(page.locator("#progress-said")).to_have_text("Judging by the policy chosen")
    assert page.locator("#progress-bar").evaluate("bar => bar.value") == 0.5
    policy_comparisons.finish(
        model,
        comparison_id,
        ComparisonResult(snapshots=1, refused=0, counted={}, by_day={}),
        [],
        as_of=None,
        wall=wall(browsers),
    )
    expect(page.locator("h2#c-rules")).to_be_visible()
    assert [entry[2] for entry in browsers.board.audit.noted if entry[3] == f"/fcr/policies/{comparison_id}"] == [
        "COMPARISON",
        "VIEW",
        "VIEW",
    ]
    assert browsers.faults == []


def test_from_a_number_to_its_cases_to_the_alert_and_to_a_file(browsers: BoardBrowsers) -> None:
    """Each count leads to the cases it counts, each case to its alert or its record, and all of it into a file."""
    alerts = [
        an_alert("crime-not-recorded", "STORM", f"I-{n}", wall=wall(browsers), due_in=-n * HOUR) for n in range(1, 7)
    ]
    browsers.feeder.put(a_clock(wall(browsers)), *alerts)
    moved = with_less_time(alerts[0], HOUR)
    compared(browsers.board.model, wall(browsers), [moved, *alerts[1:]], alerts[:3])
    page = browsers.signed_in("fcr.jones", f"/fcr/policies/{COMPARISON}")
    page.get_by_role("link", name="3: A reported crime is not recorded, only the policy chosen finds it").click()
    expect(page.locator("h2#cases")).to_have_text("Cases on which they differ 3")
    with page.expect_download() as download:
        page.get_by_role("link", name="Save the cases as CSV").click()
    assert download.value.suggested_filename.startswith("policies-cases-LEICS-")
    page.get_by_label("How").select_option("Both find it, and say otherwise")
    page.locator("form.period", has=page.get_by_label("How")).get_by_role("button", name="Show").click()
    expect(page.locator("h2#cases")).to_have_text("Cases on which they differ 1")
    page.get_by_role("link", name="A reported crime is not recorded", exact=True).click()
    expect(page.locator(".lead")).to_contain_text("I-1")
    page.go_back()
    page.get_by_role("button", name="Remove").click()
    page.wait_for_url("**/fcr/policies")
    expect(page.get_by_text("Nothing was compared yet.")).to_be_visible()
    assert browsers.faults == []
