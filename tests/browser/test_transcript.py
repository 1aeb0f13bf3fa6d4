"""Tests in a real Chromium that an answer's moments can be read on and played one after another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from chat_fake import STORE, TWO_TEAMS
from chat_visitor import Site, Visitor
from transcript_fake import reading_site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

# A player in a frame that reports its time once it is asked, twenty seconds at a time.
REPORTING = """<!doctype html><title>Player</title><script>
let second = Number(new URLSearchParams(location.search).get("start"));
const told = () => parent.postMessage(JSON.stringify({ info: { currentTime: second += 20 } }), "*");
addEventListener("message", (event) => { if (JSON.parse(event.data).event === "listening") setInterval(told, 60); });
</script>"""

# Records what is said to be played, and the second that the first audio element is sent to for each moment.
RECORD = """(place) => {
  window.told = []; window.sought = [];
  const now = place.querySelector(".sequence-now"), player = place.querySelector(".sequence-player");
  new MutationObserver(() => told.push(now.textContent)).observe(now, { childList: true });
  new MutationObserver(([{ addedNodes: [added] }]) => {
    if (added?.tagName !== "AUDIO") return;
    added.addEventListener("seeking", () => sought.push(Math.round(added.currentTime)));
  }).observe(player, { childList: true });
}"""


@pytest.fixture(scope="module")
def reading() -> Iterator[Site]:
    with reading_site() as running:
        yield running


@pytest.fixture(scope="module")
def visitor(chromium: Browser, reading: Site) -> Iterator[Visitor]:
    """One window for all tests of this file: a page of Gradio takes longer to open than they do."""
    one = Visitor(chromium, reading, viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    yield one
    assert one.errors == []
    one.context.close()


def serious(page: Page) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    return [one["id"] for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("size", [(1280, 900), (390, 844)])
def test_the_transcript_opens_at_the_cited_line_and_escape_returns(visitor: Visitor, size: tuple[int, int]) -> None:
    page, wide = visitor.page, size[0] > 1000
    page.set_viewport_size({"width": size[0], "height": size[1]})
    turn = visitor.ask("why")
    assert page.locator("iframe").count() == 0, "nothing is loaded before the click"
    link = turn.locator(".moment").first.get_by_role("link", name="Read on in the transcript")
    assert link.get_attribute("target") == "_blank", "without this script"
    link.click()
    frame = page.frame_locator(".reader iframe")
    cited = frame.locator("#cited")
    assert cited.inner_text().endswith(TWO_TEAMS.text)
    place, shown = cited.bounding_box(), page.locator(".reader iframe").bounding_box()
    assert place
    assert shown
    assert shown["y"] <= place["y"] < shown["y"] + shown["height"] / 2, "it is in view"
    assert frame.locator("html").get_attribute("data-theme") == "light"
    assert turn.locator("blockquote").first.is_visible()
    assert page.evaluate("document.querySelector('.reader').matches(':modal')") != wide
    answer = turn.bounding_box()
    assert answer
    assert not wide or answer["x"] + answer["width"] <= shown["x"], "beside the answer"
    assert page.evaluate("document.activeElement.tagName") == "IFRAME", "arrow keys scroll the transcript"
    if not wide:
        assert serious(page) == []
    page.keyboard.press("Escape")
    assert page.locator(".reader").is_hidden()
    assert link.evaluate("link => link === document.activeElement")

    turn.locator("a.read").nth(2).press("Enter")
    page.get_by_role("button", name="Close the transcript").click()
    assert page.evaluate("document.activeElement.className") == "read"
    assert page.locator("iframe").count() == 0
    assert visitor.foreign == []


@pytest.mark.parametrize(("width", "script"), [(320, False), (1280, True)])
def test_the_page_itself_fits_a_small_phone_and_is_accessible(
    chromium: Browser, reading: Site, width: int, script: bool
) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 640}, color_scheme="dark", java_script_enabled=script
    )
    page = context.new_page()
    page.goto(f"{reading.url}episodes/{STORE.slug}?from={TWO_TEAMS.start}&to={TWO_TEAMS.end}")
    place = page.locator("#cited").bounding_box()
    assert place
    assert 0 < place["y"] < 640, "scrolled to without a fragment and without a script"
    for line in page.locator(".line p").all()[:18]:
        box = line.bounding_box()
        assert box
        assert 0 <= box["x"] < box["x"] + box["width"] <= width
    assert not script or serious(page) == []  # axe is a script itself
    context.close()


def played(turn: Any, text: str) -> None:
    """Wait until this moment plays."""
    turn.locator(".sequence-now", has_text=text).wait_for()


def test_moments_of_audio_files_play_one_after_another(visitor: Visitor) -> None:
    page = visitor.page
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    turn = visitor.ask("in a row")
    assert turn.locator(".play").first.get_attribute("data-end") == "3.0"
    assert not any("silence" in url for url in requests), "nothing is loaded before the click"
    # They are too short to be seen each, so the page records them.
    turn.locator(".sequence").evaluate(RECORD)
    turn.get_by_role("button", name="Play these 3 moments").click()
    assert page.evaluate("document.activeElement.textContent") == "Stop"
    turn.get_by_role("button", name="Play these 3 moments").wait_for()
    assert turn.locator("audio").count() == 0
    assert page.evaluate("document.activeElement.textContent") == "Play these 3 moments"
    assert page.evaluate("told") == [
        "1 of 3: Ilva Nadrostek, Who needs one at all?",
        "2 of 3: Ilva Nadrostek, Training and serving must agree",
        "3 of 3: Hjalmar Veskild, What to look at before the metrics",
    ]
    assert page.evaluate("sought") == [2, 9, 4], "one element plays all: some browsers let no second one play"

    turn.get_by_role("button", name="Play these 3 moments").click()
    turn.get_by_role("button", name="Next").click()
    played(turn, "2 of 3")
    turn.get_by_role("button", name="Play here").first.click()
    assert turn.locator(".sequence audio").count() == 0, "one recording at a time"
    assert visitor.foreign == []


def test_moments_in_frames_go_on_by_the_players_reports_or_the_button(visitor: Visitor) -> None:
    page = visitor.page
    asked: list[str] = []

    def player(route: Any) -> None:
        asked.append(route.request.url)
        page_of_player = REPORTING if "start=754" in route.request.url else "<!doctype html><title>Silent</title>"
        route.fulfill(status=200, content_type="text/html", body=page_of_player)

    page.route("https://www.youtube-nocookie.com/**", player)
    turn = visitor.ask("why")
    turn.get_by_role("button", name="Play these 3 moments").click()
    played(turn, "1 of 3")
    assert "enablejsapi=1" in asked[0]
    assert turn.locator(".sequence iframe").get_attribute("sandbox")
    played(turn, "2 of 3")
    page.evaluate("postMessage(JSON.stringify({ info: { currentTime: 99999 } }), '*')")
    page.wait_for_timeout(150)
    played(turn, "2 of 3")  # this one says nothing, and nobody else is believed
    turn.get_by_role("button", name="Next").click()
    played(turn, "3 of 3")
    assert turn.get_by_role("button", name="Next").is_disabled()
    turn.get_by_role("button", name="Stop").click()
    assert page.locator("iframe").count() == 0
