"""Tests `<citecast-chat>` in a real Chromium, on pages of other origins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from chat_fake import BILL, CHOICES, EXAMPLES, SAME_NUMBERS, STORE, TWO_TEAMS
from embed_host import Hosting, hosting

from app.keeping.database import Database
from app.keeping.gaps import feedback_in
from app.language.disfluencies import trim_fillers
from app.render.wiki import wiki_text
from app.transcript.address import reading_address

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PLAYER = "https://www.youtube-nocookie.com/"
CHAT = "citecast-chat"
# Collects the element's events, and what the page's policy refuses; not bound by the policy itself.
LISTEN = """
window.heard = []; window.refused = []; window.shifts = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) shifts += one.value;
}).observe({ type: "layout-shift", buffered: true });
for (const type of ["citecast:answer", "citecast:citation"]) {
  document.addEventListener(type, (event) => {
    heard.push([type, event.detail]);
    if (window.owns && event.cancelable) event.preventDefault();
  });
}
document.addEventListener("securitypolicyviolation", (event) => refused.push(event.violatedDirective));
"""


# What a page of strangers could try.
SEND = """
address => fetch(address, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" })
  .then(() => "sent", () => "refused")
"""


def focused(page: Page) -> str:
    """The class of what has the focus in the element."""
    return str(page.evaluate(f"document.querySelector('{CHAT}').shadowRoot.activeElement.className"))


@pytest.fixture(scope="module")
def host() -> Iterator[Hosting]:
    with hosting() as running:
        yield running


class Guest:
    """A browser on a page of a site; records its requests, and blocks those to hosts of others."""

    def __init__(self, browser: Browser, host: Hosting, url: str, **options: Any) -> None:
        self.host, self.requests = host, list[str]()
        self.context = browser.new_context(reduced_motion="reduce", **options)
        ours = (host.server, host.listed, host.stranger)
        self.context.route(lambda url: not url.startswith(ours), lambda route: route.abort())
        self.context.add_init_script(LISTEN)
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.set_default_timeout(10_000)
        self.page.goto(url)
        self.chat = self.page.locator(CHAT).first
        self.chat.locator("#text").wait_for(state="attached")

    def ask(self, question: str, state: str = "answered") -> Any:
        """Type the question and press Enter; returns the turn once it is in the state."""
        count = self.chat.locator(".turn").count()
        self.chat.locator("#text").fill(question)
        self.chat.locator("#text").press("Enter")
        self.chat.locator(f'.turn[data-state="{state}"]').nth(0).wait_for()
        turn = self.chat.locator(".turn").nth(count)
        turn.and_(self.page.locator(f'[data-state="{state}"]')).wait_for()
        return turn

    def close(self) -> None:
        assert self.errors == []
        self.context.close()


@pytest.fixture
def visit(chromium: Browser, host: Hosting) -> Iterator[Any]:
    """Opens a page with this body: on the listed origin, or `at` another."""
    opened: list[Guest] = []

    def visited(body: str, at: str = "", *, strict: bool = False, **options: Any) -> Guest:
        opened.append(Guest(chromium, host, (at or host.listed) + host.page(body, strict=strict), **options))
        return opened[-1]

    yield visited
    for guest in opened:
        guest.close()


def test_a_strict_page_gets_answers_events_and_a_player_after_a_click(visit: Any, host: Hosting) -> None:
    guest = visit(f"<{CHAT}></{CHAT}>", strict=True)
    page = guest.page
    assert [url.rsplit("/", 1)[1] for url in guest.requests][1:] == ["embed.js"], "nothing else before the visitor asks"
    turn = guest.ask("When does a feature store pay off?")
    moments = turn.locator(".moment")
    assert moments.locator("blockquote").first.inner_text() == trim_fillers(TWO_TEAMS.text)
    assert moments.locator("a.time").first.get_attribute("href") == STORE.url(TWO_TEAMS.start)
    reading = f"{host.server}{reading_address(STORE.slug, TWO_TEAMS.start, TWO_TEAMS.end)}"
    assert moments.locator("a.read").first.get_attribute("href") == reading
    moments.nth(0).get_by_text("Before and after").click()
    assert moments.nth(0).get_by_text(TWO_TEAMS.after).is_visible()
    assert guest.chat.locator(".status").inner_text() == "The answer is there: 3 moments."
    assert all(url.startswith((host.server, host.listed)) for url in guest.requests)

    assert guest.requests.count(f"{host.server}embed-answer.js") == 1
    moments.nth(2).get_by_role("button", name="Play here").click()
    frame = moments.nth(2).locator("iframe")
    assert frame.get_attribute("src") == f"{PLAYER}embed/abcDEF_123-?start=3725&autoplay=1"
    assert "allow-top-navigation" not in (frame.get_attribute("sandbox") or "")
    moments.nth(0).get_by_role("button", name="Play here").click()
    assert guest.chat.locator("iframe").count() == 1, "one recording at a time"
    moments.nth(0).get_by_role("button", name="Close the player").click()
    page.evaluate("window.owns = true")
    moments.nth(1).get_by_role("button", name="Play here").click()
    moments.nth(1).locator("a.time").click()
    assert guest.chat.locator("iframe").count() == 0, "the page plays it itself"
    assert len(guest.context.pages) == 1

    names = [name for name, _ in page.evaluate("heard")]
    assert names == ["citecast:answer", *["citecast:citation"] * 4]
    (_, answer), (_, cited), *_ = page.evaluate("heard")
    assert (answer["outcome"], len(answer["citations"]), "display" in answer) == ("answered", 3, False)
    assert cited == answer["citations"][2]
    assert (cited["speaker"], cited["start"]) == (BILL.speaker, BILL.start)

    nasty = guest.ask("markup <b>please</b>")
    assert "<img src=x onerror=" in nasty.locator("blockquote").inner_text()
    assert guest.chat.locator("img, script, b").count() == 0
    assert page.title() == "Site"
    assert page.evaluate("refused") == []
    assert guest.context.cookies() == []


def test_an_audio_recording_is_opened_and_closed_by_its_button(visit: Any) -> None:
    moment = visit(f"<{CHAT}></{CHAT}>").ask("When does a feature store pay off?").locator(".moment").first
    told = {"plays": "audio", "embed": "https://nowhere.example/one.mp3"}
    moment.locator(".play").evaluate("(one, told) => Object.assign(one.dataset, told)", told)
    moment.get_by_role("button", name="Play here").click()
    assert moment.locator("audio").count() == 1
    moment.get_by_role("button", name="Close the player").click()
    assert moment.locator("audio").count() == 0


def test_moments_are_played_in_a_row_by_us_or_by_the_page(visit: Any, host: Hosting) -> None:
    guest = visit(f"<{CHAT}></{CHAT}>", strict=True)
    page, turn = guest.page, guest.ask("When does a feature store pay off?")
    start = turn.get_by_role("button", name="Play these 3 moments")
    assert not any(url.startswith(PLAYER) for url in guest.requests), "no player before a click"
    start.press("Enter")
    turn.get_by_text("1 of 3: Ilva Nadrostek, Who needs one at all?").wait_for()
    assert focused(page) == "quiet sequence-stop"
    assert (guest.chat.locator("iframe").get_attribute("src") or "").startswith(f"{PLAYER}embed/abcDEF_123-?start=754")
    turn.get_by_role("button", name="Next").press("Enter")
    turn.get_by_text("2 of 3: Ilva Nadrostek").wait_for()
    turn.locator(".play").first.click()
    assert guest.chat.locator("iframe").count() == 1, "one recording at a time"
    assert turn.locator(".sequence-box").is_hidden()

    page.evaluate("heard.length = 0; window.owns = true")
    start.click()
    turn.get_by_text("This page plays it itself").wait_for()
    turn.get_by_role("button", name="Next").click()
    turn.get_by_text("2 of 3: Ilva Nadrostek").wait_for()
    assert guest.chat.locator("iframe").count() == 0, "the page plays it itself"
    assert [one["start"] for _, one in page.evaluate("heard")] == [TWO_TEAMS.start, SAME_NUMBERS.start]
    turn.get_by_role("button", name="Stop").press("Enter")
    assert focused(page) == "quiet play-sequence"
    guest.chat.get_by_role("button", name="New conversation").click()
    assert page.evaluate("refused") == []


def test_an_answer_is_shared_after_a_look_at_what_is_stored(visit: Any, host: Hosting) -> None:
    guest = visit(f'<{CHAT} guest="Ilva"></{CHAT}>', strict=True)
    guest.ask("quotes")
    turn = guest.ask("prose <b>of mine</b>")
    share = turn.get_by_role("button", name="Share", exact=True)
    share.press("Enter")
    box = turn.locator(".share-box")
    assert "your question: “prose <b>of mine</b>”" in box.inner_text()
    assert "your filters: guest Ilva Nadrostek" in box.inner_text()
    assert (share.get_attribute("aria-expanded"), focused(guest.page)) == ("true", "quiet do-share")
    assert not host.folder.joinpath("state.sqlite").exists(), "nothing is stored yet"
    box.get_by_role("button", name="Cancel").press("Enter")
    assert (box.is_hidden(), focused(guest.page)) == (True, "quiet share")

    share.press("Enter")
    box.get_by_role("button", name="Store it").press("Enter")
    box.locator(".done").wait_for()
    assert host.fake.calls[-1][:2] == ("prose <b>of mine</b>", ("quotes",)), "asked as it was asked"
    assert focused(guest.page) == "address"
    address = box.locator(".address").input_value()
    assert address.startswith(f"{host.server}a/")
    with guest.context.expect_page() as opened:
        box.get_by_role("link", name="Open it").click()
    assert opened.value.url == address
    assert opened.value.locator("h2").first.inner_text().endswith("prose <b>of mine</b>")
    assert guest.page.evaluate("refused") == []
    assert guest.context.cookies() == []


def test_a_thumb_is_sent_with_a_note_and_a_failure_told(visit: Any, host: Hosting) -> None:
    guest = visit(f"<{CHAT}></{CHAT}>", strict=True)
    turn = guest.ask("refuse it", "refused")
    down = turn.get_by_role("button", name="This did not help")
    down.press("Enter")
    assert (down.get_attribute("aria-pressed"), focused(guest.page)) == ("true", "note")
    guest.page.keyboard.type("<i>Episode 12</i> has it.")
    told = {"Access-Control-Allow-Origin": host.listed}
    guest.page.route("**/api/feedback", lambda route: route.fulfill(status=507, headers=told, json={}), times=1)
    send = turn.get_by_role("button", name="Send")
    send.press("Enter")
    turn.get_by_text("Nothing was stored. There is no room to store anything.").wait_for()
    send.click()
    turn.get_by_text("Thank you.").wait_for()
    (said,) = feedback_in(Database(host.folder))
    assert (said.question, said.outcome, said.verdict, said.note) == (
        "refuse it", "refused", "down", "<i>Episode 12</i> has it.",
    )  # fmt: skip


def test_an_answer_is_copied_as_markdown_and_for_the_wiki(visit: Any, host: Hosting) -> None:
    guest = visit(f"<{CHAT}></{CHAT}>", permissions=["clipboard-read", "clipboard-write"])
    clipboard = "navigator.clipboard.readText()"
    turn = guest.ask("prose")
    turn.get_by_role("button", name="Copy as Markdown").click()
    guest.chat.get_by_text("Answer copied as Markdown.").wait_for()
    assert guest.page.evaluate(clipboard).startswith("**prose**")
    turn.get_by_role("button", name="Copy for the wiki").press("Enter")
    guest.chat.get_by_text("Answer copied for the wiki.").wait_for()
    assert guest.page.evaluate(clipboard) == wiki_text(host.fake.ask("prose")).strip()
    assert guest.ask("refuse this", "refused").get_by_role("button", name="Copy for the wiki").count() == 0
    guest.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('denied')); }")
    turn.locator('.copy[data-form="wiki"]').click()
    area = turn.locator('.copy-box[data-form="wiki"] textarea')
    area.wait_for(state="visible")
    assert area.evaluate("one => one.value.slice(0, one.selectionEnd)") == wiki_text(host.fake.ask("prose")).strip()


def test_a_page_that_is_not_listed_gets_nothing(visit: Any, host: Hosting) -> None:
    frame = f'<iframe src="{host.server}embed"></iframe>'
    guest = visit(f"<{CHAT}></{CHAT}>{frame}", host.stranger)
    before = len(host.fake.calls)
    turn = guest.ask("Why?", "failed")
    assert "cannot be reached from this page" in turn.inner_text()
    assert turn.get_by_role("button", name="Ask again").is_enabled()
    assert len(host.fake.calls) == before, "no work is done for it"
    assert guest.page.evaluate("heard") == []
    for path in ("answers", "feedback"):
        assert guest.page.evaluate(SEND, f"{host.server}api/{path}") == "refused"
    assert not any(frame.url.startswith(host.server) for frame in guest.page.frames), "nor may it frame a page"


def test_the_demonstration_works_from_another_origin_and_hears_its_frame(chromium: Browser, host: Hosting) -> None:
    guest = Guest(chromium, host, f"{host.listed}/demo")
    told, moved = guest.page.locator("#told"), guest.page.locator("#moved")
    guest.ask("near it", "nearest")
    assert told.inner_text() == "“near it”: nearest, 2 moments"
    frame = guest.page.frame_locator("iframe")
    frame.locator("#text").fill("quotes in the frame")
    frame.locator("#text").press("Enter")
    frame.locator(".play").first.wait_for()
    frame.get_by_role("button", name="Share", exact=True).click()
    frame.get_by_text("This will be stored").wait_for()
    guest.page.get_by_text("“quotes in the frame”: answered, 3 moments").wait_for()
    frame.locator("a.time").first.evaluate("link => link.removeAttribute('href')")
    frame.locator("a.time").first.click()
    guest.page.get_by_text("Ilva Nadrostek in Feature Stores Without the Hype at 00:12:34").wait_for()
    assert moved.is_visible()
    guest.close()


def test_examples_choices_and_a_preset_are_asked_as_they_should(visit: Any, host: Hosting) -> None:
    guest = visit(f"<{CHAT}></{CHAT}>")
    guest.chat.get_by_role("button", name="Show example questions").click()
    guest.chat.get_by_role("button", name=EXAMPLES[1]).click()
    guest.chat.locator('.turn[data-state="answered"]').wait_for()
    guest.ask("an unclear one", "clarify").get_by_role("button", name=CHOICES[1]).click()
    guest.chat.locator('.turn[data-state="answered"]').nth(1).wait_for()
    assert host.fake.calls[-1][:2] == (CHOICES[1], (EXAMPLES[1], "an unclear one"))
    guest.chat.get_by_role("button", name="New conversation").click()
    assert guest.chat.locator(".turn").count() == 0

    preset = visit(f'<{CHAT} episode="{STORE.slug}" questions="Who needs one? | And why?"></{CHAT}>')
    assert preset.chat.get_by_role("heading", name="Ask this episode").is_visible()
    preset.chat.get_by_role("button", name="And why?").click()
    preset.chat.locator('.turn[data-state="answered"]').wait_for()
    question, history, filters = host.fake.calls[-1]
    assert (question, history, filters.episodes) == ("And why?", (), (STORE.slug,))


def test_a_written_answer_has_its_sources_below_it(visit: Any) -> None:
    guest = visit(f"<{CHAT}></{CHAT}>")
    turn = guest.ask("prose")
    turn.get_by_role("button", name="Source 3: Hjalmar Veskild at 1:02:05").first.click()
    card = guest.chat.locator(".source").nth(2)
    assert card.locator("blockquote").inner_text() == BILL.text
    guest.page.keyboard.press("Enter")
    guest.page.keyboard.press("Enter")
    card.get_by_role("button", name="Back to the answer").click()
    assert focused(guest.page) == "chip current"


def test_a_question_can_be_stopped_and_what_fails_can_be_asked_again(visit: Any, host: Hosting) -> None:
    guest = visit(f"<{CHAT}></{CHAT}>")
    guest.ask("stepwise", "pending")
    host.fake.step.release()
    guest.chat.locator(".moment").wait_for()
    guest.page.wait_for_timeout(600)  # what comes sooner after a press may move
    host.fake.step.release()
    guest.chat.locator(".moment").nth(1).wait_for()
    assert guest.page.evaluate("shifts") < 0.05, "nothing moves but the line that says what is being done"
    guest.chat.get_by_role("button", name="Stop").click()
    stopped = guest.chat.locator('.turn[data-state="stopped"]')
    assert "Stopped." in stopped.inner_text()
    assert stopped.locator(".moment").count() == 2, "what was there stays"

    assert "The answer broke off." in guest.ask("this breaks", "failed").inner_text()
    assert "That is not a question <i>yet</i>." in guest.ask("nonsense", "failed").inner_text()
    told = {"Access-Control-Allow-Origin": host.listed, "Access-Control-Expose-Headers": "Retry-After"}
    told["Retry-After"] = "1"
    guest.page.route("**/api/ask", lambda route: route.fulfill(status=429, headers=told, json={}), times=1)
    turn = guest.ask("too often", "failed")
    assert "You can ask again in 1 s." in turn.inner_text()
    again = turn.get_by_role("button", name="Ask again")
    assert again.is_disabled()
    again.click()  # waits until it can be pressed
    guest.chat.locator('.turn[data-state="answered"]').wait_for()


def test_where_events_do_not_come_through_the_whole_answer_is_fetched(visit: Any, host: Hosting) -> None:
    guest = visit(f"<{CHAT}></{CHAT}>")
    asked: list[str] = []

    def holding(route: Any) -> None:
        asked.append(route.request.headers["accept"])
        if asked[-1] == "text/event-stream":
            cors = {"Access-Control-Allow-Origin": host.listed, "Content-Type": "text/event-stream"}
            route.fulfill(status=200, headers=cors, body="")
        else:
            route.continue_()

    guest.page.route("**/api/ask", holding)
    assert guest.ask("quotes").locator(".moment").count() == 3
    guest.ask("quotes again")
    assert asked == ["text/event-stream", "application/json", "application/json"]


# Labels of the chat's HTML that no German page may show.
ENGLISH = (
    "Play here", "Before and after", "Also said", "Host:", "Chapter", "Understood as", "recorded", "Nearest", "Copy",
    "Share", "stored", "Stored", "Play these", "your question", "Nothing else", "Cancel", "helped", "Playing from",
    "Moments", "Open on", "Read on", "new tab", "estimated", "Nobody answers", "does not answer", "Said by",
    "You asked", "Source",
)  # fmt: skip


def test_a_panel_on_a_phone_speaks_german_and_is_accessible(visit: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    phone = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}
    for scheme in ("light", "dark"):
        guest = visit(f'<{CHAT} mode="button" lang="de" accent="#8a2d5b"></{CHAT}>', color_scheme=scheme, **phone)
        page = guest.page
        launch = guest.chat.get_by_role("button", name="Frag den Podcast")
        launch.press("Enter")
        guest.chat.get_by_role("button", name=EXAMPLES[0]).wait_for()
        for question, state in (("quotes", "answered"), ("near it", "nearest"), ("refuse this", "refused")):
            guest.ask(question, state)
        turn = guest.ask("prose")
        turn.get_by_role("button", name="Quelle 1").first.click()
        turn.get_by_role("button", name="Teilen", exact=True).click()
        turn.get_by_role("button", name="Das hat geholfen").click()
        turn.get_by_role("button", name="Diese 3 Stellen abspielen").click()
        turn.get_by_text("Wird von YouTube abgespielt.").wait_for()
        assert turn.get_by_text("deine Frage: „prose“").is_visible()
        log = guest.chat.locator(".log")
        text = log.evaluate("log => [log, ...log.querySelectorAll('[title], [aria-label]')].map((one) => "
                            "one.innerText + '|' + one.title + '|' + (one.ariaLabel ?? '')).join('|')")  # fmt: skip
        quoted = ("Training and serving must agree", "What to look at before the metrics")
        assert [label for label in ENGLISH if label in text and not any(label in one for one in quoted)] == []
        assert "aufgezeichnet am 14. Februar 2024" in text
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert log.evaluate("log => log.scrollWidth <= log.clientWidth")
        found = Axe().run(page)
        serious = [one["id"] for one in found.response["violations"] if one["impact"] in ("serious", "critical")]
        assert serious == [], found.generate_report()
        page.keyboard.press("Escape")
        assert not guest.chat.locator("dialog").is_visible()
        assert focused(page) == "launch"
