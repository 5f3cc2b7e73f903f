"""The board as people use it, in a real browser."""

from __future__ import annotations

import re

import msgspec
import pytest
from playwright.sync_api import Page, expect

from dashboards.board.readmodel.tables import sessions
from schemas.products import Alert, ForceClock
from tests.dashboards.board.browsers import BoardBrowsers, connected
from tests.dashboards.board.served_board import WALL
from tests.dashboards.trials.sample import a_busy_shift, a_clock, a_linked_matter, an_alert

MINUTE = 60_000
HOUR = 60 * MINUTE


def wall(browsers: BoardBrowsers) -> int:
    """Tell the board's time."""
    return browsers.board.board.clock()


def clock(browsers: BoardBrowsers) -> ForceClock:
    """Make a clock whose feeds are all healthy now."""
    return a_clock(wall(browsers))


def risk(browsers: BoardBrowsers, ref: str, due_in: int = HOUR, **fields: object) -> Alert:
    """Make an alert that is about to breach."""
    alert = an_alert("crime-not-recorded", "STORM", ref, wall=wall(browsers), due_in=due_in)
    return msgspec.structs.replace(alert, **fields)


def places(page: Page) -> dict[str, list[float]]:
    """Say where each row is on the screen."""
    positions: dict[str, list[float]] = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('tr[data-id]')].map(row => "
        "[row.dataset.id, [row.getBoundingClientRect().top, row.getBoundingClientRect().height]]))"
    )
    return positions


def breached(alert: Alert) -> Alert:
    """Give the alert once it has breached."""
    return msgspec.structs.replace(alert, status="BREACHED", sequence=alert.sequence + 1, breached_at=alert.due_at)


def test_a_new_alert_is_announced_and_brought_in_when_one_wants_it(browsers: BoardBrowsers) -> None:
    """Nothing moves until the button is pressed; the counts, the title and the polite announcement say what waits."""
    first = risk(browsers, "FIRST")
    browsers.feeder.put(clock(browsers), first)
    page = connected(browsers.signed_in())
    before = places(page)
    browsers.feeder.put(
        risk(browsers, "N-1", MINUTE),
        risk(browsers, "N-2", 2 * MINUTE),
        an_alert("rape-not-recorded", "STORM", "N-3", wall=wall(browsers), due_in=-MINUTE),
    )
    expect(page.locator("#news")).to_have_text("3 new, 1 breached")
    expect(page.locator("#announcement")).to_have_text("3 new, 1 breached")
    expect(page.locator("#announcement")).to_have_attribute("aria-live", "polite")
    expect(page).to_have_title(re.compile(r"^\(3\) Live"))  # one that is new and breached is one
    assert places(page) == before
    page.get_by_role("button", name="Bring in").click()
    expect(page.locator("tr[data-id]")).to_have_count(4)
    expect(page.locator(".part-at-risk tr[data-id]").first).to_contain_text("N-1")
    expect(page.locator("#news")).to_have_text("Up to date")
    expect(page).to_have_title(re.compile(r"^Live"))
    assert browsers.faults == []


def test_a_row_that_changes_stays_where_it_is(browsers: BoardBrowsers) -> None:
    """An alert that breaches, and one that is settled, say so in their own place, and no row moves."""
    one, two, three = risk(browsers, "ONE", HOUR), risk(browsers, "TWO", 2 * HOUR), risk(browsers, "THREE", 3 * HOUR)
    browsers.feeder.put(clock(browsers), one, two, three)
    page = connected(browsers.signed_in())
    before = {ref: top for ref, (top, _) in places(page).items()}
    browsers.feeder.put(
        breached(two), msgspec.structs.replace(three, status="WITHDRAWN", reason="MET_IN_TIME", sequence=2)
    )
    expect(page.locator("#news")).to_have_text("1 breached, 1 gone")
    expect(page.locator(f"#a-{two.alert_id}")).to_contain_text("Breached")
    expect(page.locator(f"#a-{three.alert_id}")).to_contain_text("No longer in this list")
    after = {ref: top for ref, (top, _) in places(page).items()}
    assert [after[alert.alert_id] for alert in (one, two)] == [before[alert.alert_id] for alert in (one, two)]


def test_bringing_in_keeps_the_keyboard_where_it_was(browsers: BoardBrowsers) -> None:
    """Whoever is on a row is still on it when the list is sorted anew."""
    alerts = [risk(browsers, f"R-{n}", (n + 2) * HOUR) for n in range(4)]
    browsers.feeder.put(clock(browsers), *alerts)
    page = connected(browsers.signed_in())
    page.evaluate("document.querySelector('[data-toggle=wall]').click()")
    page.locator(f"#a-{alerts[2].alert_id} a").focus()
    browsers.feeder.put(risk(browsers, "NEW", MINUTE))
    expect(page.locator("tr[data-id]")).to_have_count(5, timeout=20_000)
    assert page.evaluate("document.activeElement.closest('tr').dataset.id") == alerts[2].alert_id


def test_pause_holds_everything_and_resume_takes_it_in(browsers: BoardBrowsers) -> None:
    """Paused, the list does not change in any way; resumed, it says what came."""
    alert = risk(browsers, "ONE")
    browsers.feeder.put(clock(browsers), alert)
    page = connected(browsers.signed_in())
    page.get_by_role("button", name="Pause").click()
    browsers.feeder.put(breached(alert), risk(browsers, "NEW"))
    expect(page.locator("#news")).to_have_text("Paused, 2 held")
    assert page.locator(f"#a-{alert.alert_id}").get_attribute("data-status") == "AT_RISK"
    expect(page.locator("tr[data-id]")).to_have_count(1)
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(f"#a-{alert.alert_id}")).to_have_attribute("data-status", "BREACHED")
    expect(page.locator("#news")).to_have_text("1 new, 1 breached")


def test_what_is_brought_in_while_paused_is_not_held_any_more(browsers: BoardBrowsers) -> None:
    """What was held is older than the list fetched, and would take it back."""
    alert = risk(browsers, "ONE")
    browsers.feeder.put(clock(browsers), alert)
    page = connected(browsers.signed_in())
    browsers.feeder.put(risk(browsers, "NEW"))
    expect(page.locator("#news")).to_have_text("1 new")
    page.get_by_role("button", name="Pause").click()
    browsers.feeder.put(breached(alert))
    expect(page.locator("#news")).to_have_text("Paused, 1 held; 1 new")
    page.get_by_role("button", name="Bring in").click()
    expect(page.locator("#news")).to_have_text("Paused")
    expect(page.locator(f"#a-{alert.alert_id}")).to_have_attribute("data-status", "BREACHED")


def test_filters_are_kept_in_the_url_and_followed_live(browsers: BoardBrowsers) -> None:
    """A filtered view is an address; a change that it leaves out is not announced in it."""
    browsers.feeder.put(clock(browsers), risk(browsers, "NORTH", team="North"), risk(browsers, "SOUTH", team="South"))
    page = browsers.signed_in()
    page.get_by_text("Filter and search").click()
    page.get_by_role("checkbox", name="North", exact=True).check()
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**/live?*team=North*")
    expect(page.locator("tr[data-id]")).to_have_count(1)
    connected(page)
    browsers.feeder.put(risk(browsers, "SOUTH-2", team="South"), risk(browsers, "NORTH-2", team="North"))
    expect(page.locator("#news")).to_have_text("1 new")
    page.reload()
    expect(page.locator("tr[data-id]")).to_have_count(2)
    page.go_back()
    expect(page.locator("tr[data-id]")).to_have_count(4)


def test_from_sign_in_to_acknowledgement_by_keyboard_alone(browsers: BoardBrowsers) -> None:
    """Every step can be done with Tab, arrows, Space and Enter, and the focus is always to be seen."""
    browsers.feeder.put(clock(browsers), risk(browsers, "ONE", HOUR), risk(browsers, "TWO", 2 * HOUR))
    page = browsers.signed_out()
    page.goto("/sign-in")
    page.get_by_label("User name").focus()
    page.keyboard.type("insp.patel")
    page.keyboard.press("Tab")
    page.keyboard.type("three random words")
    page.keyboard.press("Enter")
    page.wait_for_url("**/live")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("Boolean(document.activeElement.closest('tr[data-id]'))"):
            break
    expect(page.locator("tr[data-id]").nth(0).locator("a")).to_be_focused()
    assert page.evaluate("getComputedStyle(document.activeElement).backgroundColor") == "rgb(255, 221, 0)"
    page.keyboard.press("ArrowDown")
    expect(page.locator("tr[data-id]").nth(1).locator("a")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/alerts/*")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Acknowledge":
            break
    page.keyboard.press("Enter")
    expect(page.locator("#done")).to_contain_text("Acknowledged by insp.patel")
    assert [action.kind for action in browsers.board.actions.sent] == ["ACK"]


def test_a_lost_connection_is_impossible_to_miss_and_is_made_good(browsers: BoardBrowsers) -> None:
    """The strip turns, the title says so; connected again, what was missed is there and nothing had to be done."""
    browsers.feeder.put(clock(browsers), risk(browsers, "ONE"))
    page = connected(browsers.signed_in())
    browsers.proxy.disconnect()
    expect(page.locator("#warnings")).to_contain_text("Connection lost. What you see is as of", timeout=20_000)
    expect(page.locator("#strip")).to_have_class(re.compile("strip-lost"))
    expect(page).to_have_title(re.compile("^⚠ Connection lost"))
    expect(page.locator("#warnings")).to_be_in_viewport()
    page.evaluate("scrollTo(0, 10000)")
    expect(page.locator("#warnings")).to_be_in_viewport()
    browsers.feeder.put(risk(browsers, "MISSED"), clock(browsers))
    browsers.proxy.reconnect()
    expect(page.locator("#news")).to_have_text("1 new", timeout=30_000)
    expect(page.locator("#strip")).not_to_have_class(re.compile("strip-lost"))
    expect(page).to_have_title(re.compile(r"^\(1\) Live"))


def test_a_feed_that_falls_silent_turns_the_strip_while_one_looks(browsers: BoardBrowsers) -> None:
    """It is named with since when, in an alert region, and goes away when the feed speaks again."""
    browsers.feeder.put(clock(browsers), risk(browsers, "ONE"))
    page = connected(browsers.signed_in())
    expect(page.locator("#strip-state")).to_contain_text("All 9 feeds healthy")
    browsers.feeder.put(a_clock(wall(browsers), silent="cats.referrals.v1", silent_for=30 * 24 * HOUR))
    expect(page.locator("#warnings")).to_contain_text("CATS referrals has been silent since Sat 24 Oct")
    expect(page.locator("#strip-state")).to_contain_text("1 of 9 feeds not healthy")
    expect(page).to_have_title(re.compile("^⚠"))
    expect(page.get_by_role("alert")).to_contain_text("CATS referrals")
    browsers.feeder.put(clock(browsers))
    expect(page.locator("#warnings")).to_be_empty()


def test_two_people_see_each_others_actions_on_an_alerts_page(browsers: BoardBrowsers) -> None:
    """What one does appears on the other's open page, and what the other was typing is still there."""
    alert = risk(browsers, "ONE", -HOUR)
    browsers.feeder.put(clock(browsers), alert)
    path = f"/alerts/{alert.alert_id}"
    one, other = connected(browsers.signed_in("insp.patel", path)), connected(browsers.signed_in("fcr.jones", path))
    other.get_by_label("Note", exact=True).fill("half a sentence")
    one.get_by_role("button", name="Assign to me").click()
    expect(other.locator("#done")).to_contain_text("With insp.patel")
    expect(other.locator("#announcement")).to_contain_text("With insp.patel")
    expect(other.get_by_label("Note", exact=True)).to_have_value("half a sentence")
    assert browsers.faults == []


def test_ones_own_action_is_not_announced_as_a_change(browsers: BoardBrowsers) -> None:
    """What its topic brings back is known already; what the machine says anew is announced."""
    alert = risk(browsers, "ONE")
    browsers.feeder.put(clock(browsers), alert)
    page = connected(browsers.signed_in(path=f"/alerts/{alert.alert_id}"))
    page.get_by_role("button", name="Assign to me").click()
    expect(page.locator("#done")).to_contain_text("With insp.patel")
    connected(page)
    (sent,) = browsers.board.actions.sent
    before = page.locator("#strip-clock").inner_text()
    browsers.feeder.put(sent)
    expect(page.locator("#strip-clock")).not_to_have_text(before)  # it has heard of whatever there was to hear
    expect(page.locator("#announcement")).to_have_text("")
    browsers.feeder.put(breached(alert))
    expect(page.locator("#announcement")).to_have_text("This alert has changed.")


def test_an_alerts_page_follows_its_alert(browsers: BoardBrowsers) -> None:
    """A breach shows on the open page, and the countdown counts over."""
    alert = risk(browsers, "ONE", HOUR)
    browsers.feeder.put(clock(browsers), alert)
    page = connected(browsers.signed_in(path=f"/alerts/{alert.alert_id}"))
    expect(page.locator(".big")).to_contain_text(re.compile("59 min"))
    browsers.feeder.put(msgspec.structs.replace(breached(alert), due_at=wall(browsers) - 5000))
    expect(page.locator(".alert-head")).to_contain_text("Breached")
    expect(page.locator(".big")).to_contain_text("over")


def test_the_countdown_is_the_boards_whatever_the_screens_clock_says(browsers: BoardBrowsers) -> None:
    """A screen whose own clock is years off shows the time that is left all the same, and London's time of day."""
    browsers.feeder.put(clock(browsers), risk(browsers, "ONE", 90 * MINUTE + 30_000))
    page = browsers.signed_out()
    page.clock.set_system_time("2031-01-01T00:00:00Z")
    page.goto("/sign-in")
    page.get_by_label("User name").fill("insp.patel")
    page.get_by_label("Password").fill("three random words")
    page.get_by_role("button", name="Sign in").click()
    connected(page)
    expect(page.locator(".count[data-due]")).to_have_text(re.compile("1 h (29|30) min"))
    expect(page.locator("#strip-clock")).to_have_text(re.compile(r"as of 18:0\d:\d\d"))


def test_in_a_replay_time_is_the_streams(browsers: BoardBrowsers) -> None:
    """Records of 2013 are counted down by how far the stream has got, not by today."""
    then = WALL - 13 * 365 * 24 * HOUR
    alert = an_alert("crime-not-recorded", "STORM", "OLD", wall=then, due_in=2 * HOUR)
    replay = msgspec.structs.replace(a_clock(then), mode="STREAM", clock=then)
    browsers.feeder.put(replay, alert)
    page = connected(browsers.signed_in())
    expect(page.locator(".count[data-due]")).to_have_text("2 h 00 min")
    browsers.feeder.put(msgspec.structs.replace(a_clock(then + HOUR), mode="STREAM", clock=then + HOUR))
    expect(page.locator(".count[data-due]")).to_have_text("1 h 00 min")


def test_dark_and_large_are_kept(browsers: BoardBrowsers) -> None:
    """A toggle is remembered by the browser, and the next page comes in it from the start."""
    browsers.feeder.put(clock(browsers))
    page = browsers.signed_in()
    page.get_by_role("button", name="Dark").click()
    page.get_by_role("button", name="Large text").click()
    page.goto("/feeds")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("data-size", "large")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 19, 21)"
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")


def test_a_screen_that_wants_dark_gets_it_without_asking(browsers: BoardBrowsers) -> None:
    """The browser's own preference is followed."""
    page = browsers.signed_out(color_scheme="dark")
    page.goto("/sign-in")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 19, 21)"


def test_without_scripts_the_board_still_serves(browsers: BoardBrowsers) -> None:
    """List, alert and action work, and the page says that it does not change by itself."""
    browsers.feeder.put(clock(browsers), risk(browsers, "ONE"))
    page = browsers.signed_in(java_script_enabled=False)
    expect(page.get_by_text("Without JavaScript this list does not change by itself")).to_be_visible()
    page.locator("tr[data-id] a").click()
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("#done")).to_contain_text("Acknowledged by insp.patel")


def test_signing_out_elsewhere_ends_the_open_page_too(browsers: BoardBrowsers) -> None:
    """A session that is ended leaves no page that goes on showing."""
    browsers.feeder.put(clock(browsers), risk(browsers, "ONE"))
    page = connected(browsers.signed_in())
    with browsers.board.model.writing() as connection:
        connection.execute(sessions.delete())
    page.wait_for_url("**/sign-in*", timeout=20_000)


@pytest.mark.parametrize("width", [1032, 703])
def test_no_column_is_lost_on_paper(browsers: BoardBrowsers, width: int) -> None:
    """On A4, lying and standing (px between margins of 12 mm), tables end before the edge."""
    _, matter = a_linked_matter(wall(browsers))
    late = an_alert(
        "crime-not-recorded", "STORM", "STORM-LP-20130513-000932", wall=wall(browsers), due_in=-900 * HOUR,
        team="Neighbourhood investigation unit east",
    )  # fmt: skip
    browsers.feeder.put(clock(browsers), *matter, late, *a_busy_shift(wall(browsers)))
    page = browsers.signed_in("fcr.jones", "/fcr/register")
    page.set_viewport_size({"width": width, "height": 703})
    page.emulate_media(media="print")
    for path in ("/fcr/register", "/fcr/audits", "/fcr/figures", "/handover", "/trace?ref=CR/0931/26", "/live"):
        page.goto(path)
        beyond = page.evaluate(
            "[...document.querySelectorAll('table th, table td')]"
            ".filter((cell) => cell.getBoundingClientRect().right > innerWidth + 1).map((cell) => cell.textContent)"
        )
        assert beyond == [], path


def test_the_registrars_day_in_the_browser(browsers: BoardBrowsers) -> None:
    """Register with its file, an override, a trace, figures: each is where the navigation says."""
    alert, matter = a_linked_matter(wall(browsers))
    browsers.feeder.put(clock(browsers), *matter, *a_busy_shift(wall(browsers)))
    page = browsers.signed_in("fcr.jones", "/fcr/register")
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as CSV").click()
    assert download.value.suggested_filename.startswith("breaches-LEICS-")
    page.goto(f"/alerts/{alert.alert_id}")
    page.get_by_role("region", name="Act on it").get_by_label("Rationale").fill("Recorded under another number")
    page.get_by_role("button", name="Close it").click()
    expect(page.locator("#done")).to_contain_text("Closed by fcr.jones")
    page.get_by_role("link", name="Trace").click()
    page.get_by_label("Any reference, from any system").fill("cr 931 26")
    page.keyboard.press("Enter")
    expect(page.locator("svg .pc-found")).to_have_count(1)
    expect(page.locator("svg .pc-box")).to_have_count(5)
    page.get_by_role("link", name="Figures").click()
    expect(page.locator("h1")).to_have_text("Figures")
    assert browsers.faults == []
