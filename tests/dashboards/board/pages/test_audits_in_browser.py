"""Audits in a browser: reading from the keyboard, the print button, and pages without a violation of WCAG 2.2 AA."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from schemas.records import AuditReading
from tests.dashboards.board.browsers import BoardBrowsers
from tests.dashboards.board.pages.test_accessibility import check
from tests.dashboards.trials.audits import (
    PLAN,
    REQUEST,
    TWICE,
    audited,
    differing,
    drawn_cases,
    first_readings,
    previewed,
)
from tests.dashboards.trials.sample import a_clock

ADDRESS = f"/audits/{PLAN.audit_id}"


@pytest.fixture
def full(browsers: BoardBrowsers) -> BoardBrowsers:
    """Give browsers that look at a board with two audits."""
    wall = browsers.board.board.clock()
    browsers.feeder.put(a_clock(wall), *drawn_cases())
    audited(browsers.board.model, wall, *first_readings(), differing(TWICE[0]))
    previewed(browsers.board.model, wall)
    return browsers


def test_a_record_is_read_without_a_mouse(full: BoardBrowsers) -> None:
    """From the audit to the form, taken down, corrected, and on to the next."""
    page = full.signed_in("audit.brown", ADDRESS)
    page.get_by_role("link", name="Read the next as first reader").focus()
    page.keyboard.press("Enter")
    page.get_by_label("How many crimes should have been recorded?").fill("1")
    page.get_by_label("How many of those are recorded?").fill("1")
    page.get_by_label("How many of those recorded were in time?").fill("1")
    page.get_by_label("How many of those recorded are classified rightly?").fill("2")
    page.keyboard.press("Enter")
    expect(page.locator(".error-summary")).to_contain_text("Crimes classified rightly: more than")
    check(page)
    page.get_by_label("How many of those recorded are classified rightly?").fill("1")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Taken down")).to_be_visible()
    assert [type(one) for one in full.board.judgements.sent] == [AuditReading]
    page.get_by_role("link", name="Correct it").click()
    expect(page.get_by_label("How many crimes should have been recorded?")).to_have_value("1")
    assert full.faults == []


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_of_audits_has_a_violation(full: BoardBrowsers, scheme: str) -> None:
    """In both themes; and none is wider than a phone."""
    page = full.signed_in("fcr.jones", color_scheme=scheme)
    for path in (
        ADDRESS,
        f"{ADDRESS}/read?reader=first",
        f"{ADDRESS}/read?reader=fcr",
        f"/audits/requests/{REQUEST}",
        "/audits/estimates",
    ):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(path)
        for summary in page.locator("main summary").all():
            summary.click()
        check(page)
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    assert full.faults == []
