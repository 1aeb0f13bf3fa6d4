"""Tests the verifying tab in a real Chromium, with a fake verifier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from chat_fake import BILL
from chat_visitor import TEXT, Site, Visitor, focused, until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

STATEMENT = "#cc-statement textarea"


def verify(page: Page, statement: str, state: str = "supported") -> Any:
    """Type the statement in the tab, press Enter and wait; returns the result."""
    page.get_by_role("tab", name="Verify a statement").click()
    page.fill(STATEMENT, statement)
    before = page.evaluate("document.querySelector('.verified')?.id || 'none'")
    page.press(STATEMENT, "Enter")
    result = page.locator(f'.verified[data-state="{state}"]:not(#{before})')
    result.wait_for()
    return result


def test_a_statement_is_verified_with_evidence_to_play(visitor: Visitor) -> None:
    page = visitor.page
    result = verify(page, "Ovens are partly kept warm.", "partly")
    assert result.get_by_role("heading", name="Partly supported by the archive").is_visible()
    assert result.locator(".score").inner_text().split() == ["Score", "0.10"]
    assert result.get_by_text("900 is not said.").is_visible()
    assert page.locator("#cc-result .status").inner_text() == "Partly supported by the archive, score 0.10. 2 quotes."
    assert page.input_value(STATEMENT) == "Ovens are partly kept warm.", "it stays, to be put otherwise"
    assert focused(page) == "cc-statement"

    result.get_by_role("button", name="Source 2: Hjalmar Veskild at 1:02:05").click()
    card = page.locator(".source.current")
    assert card.locator("mark").inner_text() == BILL.key
    assert visitor.foreign == []
    card.get_by_role("button", name="Play here").click()
    assert "start=3725" in (card.locator("iframe").get_attribute("src") or "")
    card.get_by_role("button", name="Close the player").click()
    card.get_by_role("button", name="Back to the statement").click()
    assert page.evaluate("document.activeElement.className") == "chip current"


def test_one_result_takes_the_place_of_another(visitor: Visitor, site: Site) -> None:
    page = visitor.page
    verify(page, "Ovens bake good bread.")
    result = verify(page, "Ovens sleep nowhere.", "not_found")
    assert page.locator(".verified").count() == 1
    assert result.get_by_text("What comes nearest (no support)").is_visible()
    assert result.get_by_text("“Zorblatt” is not a guest of the archive.").is_visible()
    assert "empty" in verify(page, " ", "failed").inner_text()
    assert "the limit is 2,000" in verify(page, "word " * 600, "failed").inner_text()
    assert "Something went wrong" in verify(page, "Ovens go boom.", "failed").inner_text()
    verify(page, "Ovens bake bread again.")
    assert site.verifier.calls[-1] == "Ovens bake bread again."


def test_markup_is_shown_as_text(visitor: Visitor) -> None:
    result = verify(visitor.page, "markup <b>please</b> <img src=x onerror=\"document.title='owned'\">")
    assert "<b>please</b> <img src=x" in result.locator(".stated").inner_text()
    assert "<img src=x onerror=alert(1)>" in result.locator(".source blockquote").inner_text()
    assert result.locator("img, script, b").count() == 0
    assert visitor.page.title() == "Citecast"
    assert visitor.foreign == []


def test_stop_and_leaving_end_the_search(visitor: Visitor, site: Site) -> None:
    page = visitor.page
    verify(page, "a slow oven bakes", "pending")
    assert page.locator("#cc-verify-send").is_hidden()
    page.click("#cc-verify-stop")
    page.locator('.verified[data-state="stopped"]').wait_for()
    until(page, lambda: "a slow oven bakes" in site.verifier.stopped)
    leaving = visitor.context.new_page()
    leaving.goto(site.url)
    # The page shows a statement as pending before it sends it, and its listener is added last.
    with leaving.expect_response(lambda response: "/queue/data" in response.url):
        verify(leaving, "another slow oven bakes", "pending")
    until(page, lambda: "another slow oven bakes" in site.verifier.calls)
    leaving.close()
    until(page, lambda: "another slow oven bakes" in site.verifier.stopped)


def test_what_was_no_statement_holds_up_none_that_follows_at_once(visitor: Visitor) -> None:
    for _ in range(4):
        verify(visitor.page, " ", "failed")
        verify(visitor.page, "word " * 600, "failed")
        verify(visitor.page, "Ovens bake good bread.")


def test_the_tabs_work_with_the_keyboard_and_leave_the_chat_alone(visitor: Visitor) -> None:
    page = visitor.page
    visitor.ask("When does prose pay off?")
    page.get_by_role("tab", name="Ask").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.getAttribute('aria-selected')") == "true"
    page.get_by_role("tabpanel", name="Verify a statement").wait_for()
    page.keyboard.press("Tab")
    assert focused(page) == "cc-statement"
    page.keyboard.type("Ovens bake good bread.")
    page.keyboard.press("Enter")
    page.locator('.verified[data-state="supported"]').wait_for()
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    assert focused(page) == "cc-statement"
    page.get_by_role("tab", name="Verify a statement").focus()
    page.keyboard.press("ArrowLeft")
    assert page.locator(".turn .chip").first.is_visible()
    assert page.locator(TEXT).is_visible()
    page.get_by_role("button", name="Source 3").first.click()
    assert page.locator(".panel .source.current").is_visible()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_screen(chromium: Browser, site: Site, width: int) -> None:
    one = Visitor(chromium, site, viewport={"width": width, "height": 800})
    for statement, state in (
        ("ovens partly " + "unbroken-word-" * 12, "partly"),
        ("Ovens sleep nowhere.", "not_found"),
    ):
        verify(one.page, statement, state)
        assert one.page.evaluate("document.documentElement.scrollWidth") <= width
    one.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible(chromium: Browser, site: Site, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    one = Visitor(chromium, site, color_scheme=scheme)
    for statement, state in (
        ("Ovens bake bread.", "supported"),
        ("Ovens partly bake.", "partly"),
        ("Ovens sleep nowhere.", "not_found"),
        (" ", "failed"),
    ):
        verify(one.page, statement, state)
        found = Axe().run(one.page)
        assert found.violations_count == 0, found.generate_report()
    for name in ("Your statement", "Result", "Does the archive support a statement?"):
        assert one.page.get_by_label(name).is_visible()
    one.context.close()
