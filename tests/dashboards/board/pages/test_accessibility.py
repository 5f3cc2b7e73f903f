"""WCAG 2.2 AA: no violation that axe can find, on any page, by day and by night; and no page wider than a phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page

from dashboards.board.readmodel import policy_comparisons
from streams.policy.calendar import HOUR
from tests.dashboards.board.browsers import BoardBrowsers
from tests.dashboards.board.served_board import WALL
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
from tests.dashboards.trials.counted import counted
from tests.dashboards.trials.policy_comparison import COMPARISON, compared, comparison_request, with_less_time
from tests.dashboards.trials.sample import (
    a_busy_shift,
    a_clock,
    a_linked_matter,
    a_review,
    an_alert,
    an_assessment,
    an_unreported_crime,
)
from tests.dashboards.trials.year import a_year

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
MATTER, RECORDS = a_linked_matter(WALL)
UNDER_WAY = "6e8f3a52-9c0b-4f0e-9a3e-0d2b6c1f7a11"
PAGES = (
    "/live",
    "/live?all=1&status=CLEARED&status=BREACHED&team=County+north",
    "/live?q=nothing-like-it",
    f"/alerts/{MATTER.alert_id}",
    "/alerts/none",
    "/reviews",
    "/reviews/report?force=LEICS&system=STORM&ref=LE-20261122-0417",
    "/reviews/report?force=LEICS&system=STORM&ref=JUDGED-1",
    "/handover",
    "/trace",
    "/trace?ref=CR/0931/26",
    "/trace?ref=2026",
    "/feeds",
    "/account",
    "/fcr/register",
    "/fcr/audits",
    "/fcr/oversight",
    "/fcr/unreported",
    "/fcr/disputes",
    "/fcr/figures",
    "/fcr/deciders",
    "/fcr/deciders?kind=WRONGLY&by=TEAM",
    "/fcr/training",
    "/audits",
    "/audits/estimates",
    "/audits/plan",
    f"/audits/{PLAN.audit_id}",
    f"/audits/{PLAN.audit_id}/read?reader=first",
    f"/audits/{PLAN.audit_id}/read?reader=fcr",
    f"/audits/requests/{REQUEST}",
    "/fcr/policies",
    f"/fcr/policies/{COMPARISON}?small=show",
    f"/fcr/policies/{UNDER_WAY}",
)


def check(page: Page) -> None:
    """Fail with what axe found."""
    results = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}})
    assert results.violations_count == 0, results.generate_report()


@pytest.fixture
def full(browsers: BoardBrowsers) -> BoardBrowsers:
    """Give browsers that look at a board with something on every page."""
    wall = browsers.board.board.clock()
    browsers.feeder.put(a_clock(wall, silent="cmc.calls.v1", silent_for=10**10), *a_busy_shift(wall), *RECORDS)
    browsers.feeder.put(
        a_review(MATTER.subject_ref, wall=wall, due_in=-HOUR),
        a_review("JUDGED-1", wall=wall),
        an_unreported_crime("CR/0001/26", MATTER.subject_ref),
        an_assessment("JUDGED-1", wall=wall, by="fcr.jones", role="FCR"),
    )
    browsers.feeder.put(*a_year(wall, reports=120))
    late = [
        an_alert(rule_id, "STORM", f"P-{number}", wall=wall, due_in=-number * 86_400_000, team="County north")
        for rule_id in ("crime-not-recorded", "rape-not-recorded")
        for number in range(1, 70)
    ]
    compared(browsers.board.model, wall, [with_less_time(alert, 3_600_000) for alert in late], late[40:])
    browsers.feeder.put(*drawn_cases())
    audited(browsers.board.model, wall, *first_readings(), differing(TWICE[0]))
    previewed(browsers.board.model, wall)
    counted(browsers.board.model, wall)
    policy_comparisons.enqueue(browsers.board.model, comparison_request(wall, UNDER_WAY))
    policy_comparisons.claim(browsers.board.model, wall)
    return browsers


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_violation(full: BoardBrowsers, scheme: str) -> None:
    """Every page, with alerts, with warnings, with errors, in both themes."""
    page = full.signed_in("fcr.jones", color_scheme=scheme)
    for path in PAGES:
        page.goto(path)
        check(page)
    page.goto("/live")
    page.get_by_text("Filter and search").click()
    page.get_by_text("Act on several").click()
    check(page)
    page.locator("#lists .choose").first.check()
    page.get_by_label("Reason, the same for all").fill("A burst of calls")
    page.get_by_label("For (acknowledge, silence)").select_option("7d")
    page.get_by_role("button", name="Do it to those chosen").click()
    page.wait_for_selector("#h-again")
    check(page)
    page.goto("/reviews/report?force=LEICS&system=STORM&ref=LE-20261122-0417")
    page.get_by_text("Another answer").click()
    page.get_by_role("button", name="Save this assessment").click()
    page.wait_for_selector(".error-summary")
    check(page)
    page.goto("/fcr/policies")
    page.get_by_text("Compare a policy with the one in force").click()
    page.get_by_role("radio", name="The one in force, with other limits").check()
    page.get_by_role("button", name="Compare").click()
    page.wait_for_selector(".error-summary")
    check(page)
    page.goto("/fcr/figures")
    for summary in page.locator("main summary").all():
        summary.click()
    check(page)
    page.goto(f"/alerts/{MATTER.alert_id}")
    page.get_by_role("button", name="Whom to ring").click()
    page.get_by_role("heading", name="Whom to ring").wait_for()
    check(page)
    page.goto(f"/alerts/{MATTER.alert_id}")
    page.get_by_role("button", name="Yes, that crime").click()
    page.get_by_text("Linked to").wait_for()
    check(page)
    page.get_by_label("Note", exact=True).evaluate("box => box.removeAttribute('required')")
    page.get_by_role("button", name="Add note").click()
    page.wait_for_selector(".error-summary")
    check(page)
    assert full.faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_way_in_has_no_violation(browsers: BoardBrowsers, scheme: str) -> None:
    """The sign-in form, also when it says no, and a page there is not."""
    page = browsers.signed_out(color_scheme=scheme)
    page.goto("/sign-in")
    check(page)
    page.get_by_label("User name").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector(".error-summary")
    check(page)
    page.goto("/nowhere")
    check(page)


def test_every_page_fits_a_narrow_window(full: BoardBrowsers) -> None:
    """At 320 pixels only wide tables and drawings have to be scrolled sideways, and those scroll by themselves."""
    page = full.signed_in("fcr.jones", viewport={"width": 320, "height": 640})
    for path in PAGES:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
