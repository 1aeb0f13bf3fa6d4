"""Tests the chat page in a real Chromium, with a fake answerer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from chat_fake import BILL, CHOICES, EXAMPLES, STORE, TWO_TEAMS
from chat_visitor import TEXT, Site, Visitor, focused, until

from app.language.disfluencies import trim_fillers
from app.render.wiki import wiki_text

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

PLAYER = "https://www.youtube-nocookie.com/"


def test_a_question_is_answered_with_moments_and_a_player_after_a_click(visitor: Visitor) -> None:
    page = visitor.page
    turn = visitor.ask("When does a feature store pay off?")
    moments = turn.locator(".moment")
    assert moments.locator(".who").all_inner_texts() == ["Ilva Nadrostek", "Ilva Nadrostek", "Hjalmar Veskild"]
    assert turn.locator("a.time").first.get_attribute("href") == STORE.url(TWO_TEAMS.start)
    assert moments.nth(0).locator("blockquote").inner_text() == trim_fillers(TWO_TEAMS.text)
    assert moments.nth(2).locator("blockquote").is_visible(), "further moments can be read at once"
    assert moments.nth(2).get_by_text("time estimated").is_visible()
    assert page.locator(".panel .source").count() == 0, "no words stand there twice"

    assert moments.nth(0).get_by_text(TWO_TEAMS.after).is_hidden()
    moments.nth(0).get_by_text("Before and after").click()
    assert moments.nth(0).get_by_text(TWO_TEAMS.after).is_visible()
    assert moments.nth(0).locator("mark").inner_text() == TWO_TEAMS.text
    assert visitor.foreign == []
    assert visitor.context.cookies() == []

    moments.nth(2).get_by_role("button", name="Play here").click()
    frame = moments.nth(2).locator("iframe")
    assert frame.get_attribute("src") == f"{PLAYER}embed/abcDEF_123-?start=3725&autoplay=1"
    assert frame.get_attribute("referrerpolicy") == "strict-origin-when-cross-origin"
    assert "allow-top-navigation" not in (frame.get_attribute("sandbox") or "")
    assert frame.get_attribute("title") == f"Recording of {BILL.episode.title} from 1:02:05"
    page.wait_for_timeout(300)
    assert {url.split("embed")[0] for url in visitor.foreign} == {PLAYER}
    moments.nth(0).get_by_role("button", name="Play here").click()
    assert page.locator("iframe").count() == 1, "one recording at a time"
    moments.nth(0).get_by_role("button", name="Close the player").click()
    assert page.locator("iframe").count() == 0


def test_a_written_answer_has_its_sources_beside_it(visitor: Visitor) -> None:
    page = visitor.page
    turn = visitor.ask("prose")
    turn.get_by_role("button", name="Source 3: Hjalmar Veskild at 1:02:05").first.click()
    source = page.locator(".source.current")
    assert focused(page) == source.get_attribute("id")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    assert source.locator("blockquote").inner_text() == BILL.text
    assert source.get_by_text("time estimated").is_visible()
    source.get_by_text("Before and after").click()
    assert source.locator("mark").inner_text() == BILL.text
    source.get_by_role("button", name="Play here").click()
    assert source.locator("iframe").count() == 1
    source.get_by_role("button", name="Close the player").click()
    source.get_by_role("button", name="Back to the answer").click()
    assert page.evaluate("document.activeElement.className") == "chip current"


def test_keyboard_alone_is_enough(visitor: Visitor) -> None:
    page = visitor.page
    page.focus(TEXT)
    page.keyboard.type("first line of prose")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("second line")
    page.keyboard.press("Enter")
    visitor.wait_state(0, "answered")
    assert page.locator(".question h2").inner_text().endswith("first line of prose\nsecond line")
    assert page.input_value(TEXT) == ""
    page.locator(".chip").nth(1).focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('.source').querySelector('.number').innerText").endswith("1")


def test_without_a_model_there_is_no_panel(chromium: Browser, quoting_site: Site) -> None:
    one = Visitor(chromium, quoting_site, viewport={"width": 1280, "height": 800})
    before = one.page.locator("#cc-talk").bounding_box()
    turn = one.ask("When does a feature store pay off?")
    assert turn.locator(".moment").count() == 3
    after = one.page.locator("#cc-talk").bounding_box()
    assert before is not None
    assert after is not None
    assert (before["x"], before["width"]) == (after["x"], after["width"]), "the column stays where it was"
    assert one.page.locator(".panel").count() == 0
    one.page.click("#cc-clear")
    one.page.wait_for_function("document.querySelectorAll('.turn').length === 0")
    assert one.errors == []
    one.context.close()


def test_moments_come_one_below_the_other(chromium: Browser, quoting_site: Site) -> None:
    one = Visitor(chromium, quoting_site)
    page = one.page
    one.ask("stepwise", "pending")
    tops: list[float] = []
    for count in range(1, 4):
        quoting_site.fake.step.release()
        page.wait_for_function("count => document.querySelectorAll('.moment').length === count", arg=count)
        # From the top of the turn: the page may scroll meanwhile.
        now = page.evaluate(
            "[...document.querySelectorAll('.moment')].map(one => one.getBoundingClientRect().top"
            " - one.closest('.turn').getBoundingClientRect().top)"
        )
        assert now[:-1] == tops, "none moves when the next one comes"
        tops = now
    page.locator(".moment details").first.evaluate("one => one.open = true")
    quoting_site.fake.step.release()
    one.wait_state(0, "answered")
    assert page.locator(".moment details[open]").count() == 1, "what was opened stays open"
    one.context.close()


def test_nearest_moments_are_no_answer(visitor: Visitor) -> None:
    turn = visitor.ask("near it", "nearest")
    assert turn.locator(".beside").get_by_text("Nobody answers this directly. The nearest moments are:").is_visible()
    assert turn.locator(".beside .moment").count() == 2
    assert turn.locator(".answer, .chip").count() == 0
    assert visitor.page.locator(".status").inner_text() == "Nobody answers this directly: 2 moments near it."


def test_a_choice_is_asked_when_it_is_pressed(visitor: Visitor, site: Site) -> None:
    turn = visitor.ask("an unclear one", "clarify")
    assert turn.locator(".about").get_by_text("Which of these do you mean?").is_visible()
    turn.get_by_role("button", name=CHOICES[1]).click()
    visitor.wait_state(1, "answered")
    assert site.fake.calls[-1][:2] == (CHOICES[1], ("an unclear one",)), "the question before it is known"


def test_an_example_starts_the_conversation(visitor: Visitor) -> None:
    visitor.page.get_by_role("button", name=EXAMPLES[1]).click()
    visitor.wait_state(0, "answered")
    assert visitor.page.locator(".question h2").inner_text().endswith(EXAMPLES[1])
    assert visitor.page.locator(".landing").is_hidden()


def test_a_refusal_offers_chapters_and_no_sources(visitor: Visitor) -> None:
    turn = visitor.ask("refuse this", "refused")
    assert turn.locator(".refusal").get_by_text("The archive does not answer this question.").is_visible()
    assert turn.locator(".nearest li").count() == 2
    assert turn.locator(".answer, .chip").count() == 0
    assert visitor.page.locator(".panel .source").count() == 0


def test_markup_is_shown_as_text(visitor: Visitor) -> None:
    turn = visitor.ask("markup <b>please</b>")
    assert "<img src=x onerror=" in turn.locator("blockquote").inner_text()
    assert "{{value}} ${alert(1)}" in turn.locator("blockquote").inner_text()
    assert "<b>please</b>" in turn.locator("h2").inner_text()
    assert turn.locator("img, script, b").count() == 0
    assert visitor.page.title() == "Citecast"
    assert visitor.foreign == []


def test_the_theme_follows_the_system_and_the_toggle(chromium: Browser, site: Site) -> None:
    one = Visitor(chromium, site, color_scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    toggle = one.page.get_by_role("button", name="Dark theme")
    assert toggle.get_attribute("aria-pressed") == "true"
    dark = one.page.evaluate(background)
    toggle.click()
    assert toggle.get_attribute("aria-pressed") == "false"
    light = one.page.evaluate(background)
    assert sum(map(int, re.findall(r"\d+", light))) > 600 > sum(map(int, re.findall(r"\d+", dark)))
    one.page.reload()
    one.page.wait_for_selector(TEXT)
    assert one.page.evaluate(background) == light, "kept in the tab"
    one.context.close()


def test_visitors_share_nothing(chromium: Browser, site: Site) -> None:
    first, second = Visitor(chromium, site), Visitor(chromium, site)
    first.ask("a secret of the first visitor")
    second.ask("follow up")
    assert site.fake.calls[-1][:2] == ("follow up", ())
    assert "secret" not in second.page.content()
    first.ask("follow up")
    assert site.fake.calls[-1][1] == ("a secret of the first visitor",)
    assert first.context.cookies() + second.context.cookies() == []
    first.context.close()
    second.context.close()


def test_stop_and_clear(visitor: Visitor, site: Site) -> None:
    page = visitor.page
    visitor.ask("slow one", "pending")
    assert page.locator("#cc-send").is_hidden()
    page.click("#cc-stop")
    visitor.wait_state(0, "stopped")
    visitor.ask("another")
    site.fake.release.set()
    assert page.locator(".turn").nth(0).get_attribute("data-state") == "stopped"
    assert site.fake.calls[-1][:2] == ("another", ()), "what was stopped is no context"
    page.click("#cc-clear")
    page.wait_for_function("document.querySelectorAll('.turn, .source').length === 0")
    assert page.locator(".landing").is_visible()
    visitor.ask("follow up")
    assert site.fake.calls[-1][1] == ()
    site.fake.release.clear()


def test_the_next_question_is_answered_whenever_the_last_was_stopped(visitor: Visitor, site: Site) -> None:
    """Stop comes 0 to 60 ms after the last event, the next question at once; what is shown is what counts."""
    for number, wait in enumerate(range(0, 61, 8)):
        question = f"stepwise {wait}"
        visitor.ask(question, "pending")
        site.fake.step.release(4)
        visitor.page.fill(TEXT, "next")
        visitor.page.wait_for_timeout(wait)
        # Stop hides once there is nothing to stop.
        visitor.page.evaluate("document.querySelector('#cc-stop').click()")
        visitor.page.wait_for_function("document.body.dataset.busy === 'false'")
        visitor.page.press(TEXT, "Enter")
        visitor.wait_state(2 * number + 1, "answered")
        state = visitor.page.locator(".turn").nth(2 * number).get_attribute("data-state")
        assert (question in site.fake.calls[-1][1]) == (state == "answered")
        while site.fake.step.acquire(blocking=False):
            pass


def test_an_answer_grows_where_the_visitor_left_it(visitor: Visitor, site: Site) -> None:
    page = visitor.page
    visitor.ask("stepwise prose", "pending")
    turn = page.locator(".turn")
    page.get_by_text("Reading 4 quotes by Ilva Nadrostek and Hjalmar Veskild").first.wait_for()
    assert page.locator(".panel .source").count() == 4, "evidence before a word is written"
    assert turn.get_attribute("aria-busy") == "true"

    site.fake.step.release()
    turn.get_by_role("button", name="Source 1").click()
    page.locator(".source > details > summary").nth(2).click()
    page.evaluate("document.querySelector('.sentence').mark = document.querySelector('.source').mark = 'kept'")
    scrolled = page.evaluate("[scrollY, document.querySelector('.panel').scrollTop]")
    for count in range(2, 5):
        site.fake.step.release()
        page.wait_for_function("count => document.querySelectorAll('.sentence').length === count", arg=count)
    site.fake.step.release(2)
    visitor.wait_state(0, "answered")
    assert page.evaluate("[document.querySelector('.sentence').mark, document.querySelector('.source').mark]") == [
        "kept",
        "kept",
    ]
    assert page.locator(".source > details").nth(2).get_attribute("open") is not None
    assert page.locator(".chip.current").count() == 1
    assert page.evaluate("[scrollY, document.querySelector('.panel').scrollTop]") == scrolled
    assert turn.get_attribute("aria-busy") is None
    assert page.locator(".source", has_text="Read, not cited").locator(".number").inner_text().endswith("4")
    assert page.locator(".status").inner_text() == "The answer is there: 5 sentences from 3 sources."


def test_on_a_phone_the_quotes_can_be_read_before_the_answer(chromium: Browser, site: Site) -> None:
    one = Visitor(chromium, site, viewport={"width": 390, "height": 844})
    one.ask("stepwise prose on a phone", "pending")
    one.page.locator(".reading li").nth(3).wait_for()
    one.page.get_by_role("list", name="Quotes being read").get_by_role("button", name="Source 3").click()
    assert one.page.locator(".source.current").is_visible()
    assert focused(one.page).startswith("source-")
    one.page.click("#cc-stop")
    one.wait_state(0, "stopped")
    assert one.page.locator(".reading").count() == 0
    one.context.close()


def test_what_has_passed_stays_after_a_stop_or_a_fault(visitor: Visitor, site: Site) -> None:
    page = visitor.page
    visitor.ask("stepwise prose to stop", "pending")
    site.fake.step.release()
    page.locator(".sentence").wait_for()
    page.click("#cc-stop")
    visitor.wait_state(0, "stopped")
    turn = page.locator(".turn").nth(0)
    assert turn.locator(".sentence").count() == 1
    assert turn.locator(".message").inner_text() == "Stopped."
    assert turn.locator(".pending").count() == 0
    assert page.locator(".status").inner_text() == "Stopped."
    turn.get_by_role("button", name="Source 1").click()
    assert page.locator(".source.current").is_visible()
    until(page, lambda: "stepwise prose to stop" in site.fake.ended)

    broken = visitor.ask("prose that breaks", "failed")
    assert broken.locator(".sentence").count() == 1
    assert "The answer broke off" in broken.inner_text()
    visitor.ask("and now?")


@pytest.mark.parametrize("leave", ["close", "reload", "clear"])
def test_who_leaves_stops_the_writing(chromium: Browser, site: Site, leave: str) -> None:
    one = Visitor(chromium, site)
    question = f"stepwise prose then {leave}"
    one.ask(question, "pending")
    one.page.locator(".panel .source").first.wait_for()
    assert question not in site.fake.ended
    other = one.context.new_page()
    if leave == "clear":
        one.page.click("#cc-clear")
    elif leave == "reload":
        one.page.reload()
    else:
        one.page.close()
    until(other, lambda: question in site.fake.ended)
    if leave == "clear":
        one.page.wait_for_timeout(1500)
        assert one.page.locator(".turn, .source").count() == 0, "it does not come back with the next word of it"
    one.context.close()


def test_a_written_answer_is_accessible(chromium: Browser, site: Site) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for scheme in ("light", "dark"):
        one = Visitor(chromium, site, color_scheme=scheme)
        one.ask("prose")
        one.ask("quotes").locator(".moment details").first.evaluate("one => one.open = true")
        one.ask("near it", "nearest")
        one.ask("an unclear one", "clarify")
        one.ask("stepwise prose", "pending")
        site.fake.step.release()
        one.page.locator(".turn").nth(4).locator(".sentence").wait_for()
        one.page.wait_for_timeout(400)
        growing = Axe().run(one.page)
        assert growing.violations_count == 0, growing.generate_report()
        one.page.click("#cc-stop")
        one.wait_state(4, "stopped")
        ended = Axe().run(one.page)
        assert ended.violations_count == 0, ended.generate_report()
        one.context.close()


def test_errors_leave_the_page_alive(visitor: Visitor) -> None:
    turn = visitor.ask("boom", "failed")
    assert "Something went wrong" in turn.inner_text()
    assert "secret" not in visitor.page.content()
    assert "not a question <i>yet</i>" in visitor.ask("nonsense", "failed").inner_text()
    visitor.ask("and now?")


def test_filters_narrow_and_reset(visitor: Visitor, site: Site) -> None:
    page = visitor.page
    page.click("#cc-filters > button")
    box = page.get_by_role("combobox", name="Episode")
    box.click()
    page.get_by_role("option", name=STORE.title).click()
    page.keyboard.press("Escape")
    page.get_by_text("Filters · 1 set").wait_for()
    visitor.ask("narrowed")
    assert site.fake.calls[-1][2].episodes == (STORE.slug,)
    assert page.get_by_text(f"Only episode {STORE.title}").is_visible()
    page.click("#cc-reset")
    page.get_by_text("Filters", exact=True).wait_for()
    visitor.ask("wide")
    assert not site.fake.calls[-1][2]


def test_copy_without_permission_offers_the_text(visitor: Visitor) -> None:
    turn = visitor.ask("copy me")
    visitor.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('denied')); }")
    turn.get_by_role("button", name="Copy as Markdown").click()
    area = turn.locator('.copy-box[data-form="markdown"] textarea')
    area.wait_for(state="visible")
    selected = visitor.page.evaluate("document.activeElement.value.slice(0, document.activeElement.selectionEnd)")
    assert selected.startswith("**copy me**")
    assert f"> {trim_fillers(TWO_TEAMS.text)}" in selected


def test_copy_puts_markdown_on_the_clipboard(chromium: Browser, site: Site) -> None:
    one = Visitor(chromium, site, permissions=["clipboard-read", "clipboard-write"])
    one.ask("copy me").get_by_role("button", name="Copy as Markdown").click()
    one.page.get_by_text("Answer copied as Markdown.").wait_for()
    assert one.page.evaluate("navigator.clipboard.readText()").startswith("**copy me**")
    one.context.close()


def test_copy_for_the_wiki_puts_chips_on_the_clipboard_where_something_is_cited(chromium: Browser, site: Site) -> None:
    one = Visitor(chromium, site, permissions=["clipboard-read", "clipboard-write"])
    for question, state in (("prose", "answered"), ("near it", "nearest")):
        one.ask(question, state).get_by_role("button", name="Copy for the wiki").press("Enter")
        one.page.get_by_text("Answer copied for the wiki.").wait_for()
        copied = one.page.evaluate("navigator.clipboard.readText()")
        assert copied == wiki_text(site.fake.ask(question)).strip()
        assert "[[cite:model-drift@62:05=>What to look at before the metrics]]" in copied
    for question, state in (("refuse it", "refused"), ("unclear", "clarify")):
        assert one.ask(question, state).get_by_role("button", name="Copy for the wiki").count() == 0
    one.context.close()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_screen(chromium: Browser, site: Site, width: int) -> None:
    one = Visitor(chromium, site, viewport={"width": width, "height": 800})
    one.ask("an-unbroken-word-" * 12)
    assert one.page.evaluate("document.documentElement.scrollWidth") <= width
    panel, log = (one.page.locator(part).bounding_box() for part in (".panel", ".log"))
    assert panel is not None
    assert log is not None
    assert (panel["y"] > log["y"] + log["height"]) == (width < 900), "below on a phone, beside on a desktop"
    one.context.close()


def test_screen_readers_find_their_way(visitor: Visitor) -> None:
    page = visitor.page
    visitor.ask("landmarks")
    assert page.get_by_role("main").count() == 1
    assert page.get_by_role("heading", level=1).inner_text() == "Citecast"
    for name in ("Conversation", "Sources"):
        assert page.get_by_role("region", name=name).is_visible()
    assert page.locator('[role="log"]').get_attribute("aria-live") == "off", (
        "its sentences are not read out as they come"
    )
    assert page.locator(".status").inner_text() == "The answer is there: 3 moments."
    assert page.get_by_role("heading", level=3).count() == 3
    assert page.get_by_role("textbox", name="Your question").is_visible()
    assert page.get_by_role("button", name="Filters").get_attribute("aria-expanded") == "false"
    page.keyboard.press("Tab")
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    assert page.evaluate(f"document.activeElement.matches('{TEXT}')")
