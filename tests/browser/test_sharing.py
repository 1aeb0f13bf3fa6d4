"""Tests in a real Chromium that a visitor can judge an answer, and share one, open it under its address and play it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from chat_fake import BILL
from chat_visitor import Site, Visitor, chat_site, focused, until

from app.keeping.database import Database
from app.keeping.gaps import feedback_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

PLAYER = "https://www.youtube-nocookie.com/"


@pytest.fixture(scope="module")
def keeping_site() -> Iterator[Site]:
    with chat_site("qwen2.5-1.5b", whole=True) as running:
        yield running


@pytest.fixture
def reader(chromium: Browser, keeping_site: Site) -> Iterator[Visitor]:
    """A visitor with a phone; nothing may have gone wrong in the page."""
    one = Visitor(chromium, keeping_site, viewport={"width": 390, "height": 780}, reduced_motion="reduce")
    yield one
    assert one.errors == []
    one.context.close()


def test_a_thumb_and_an_answer_are_stored_after_a_look_and_the_answer_is_played_from_its_address(
    reader: Visitor, keeping_site: Site
) -> None:
    judged(reader, keeping_site)
    shown(reader, shared(reader, keeping_site))


def judged(one: Visitor, site: Site) -> None:
    turn = one.ask("refuse it", "refused")
    down = turn.get_by_role("button", name="This did not help")
    down.click()
    box = turn.locator(".judge-box")
    box.get_by_role("button", name="Cancel").click()
    assert box.is_hidden()
    assert not site.folder.joinpath("state.sqlite").exists(), "nothing is stored yet"
    down.click()
    one.page.keyboard.type("<i>Episode 12</i> has it.")
    assert down.get_attribute("aria-pressed") == "true"
    box.get_by_role("button", name="Send").click()
    box.get_by_text("Thank you.").wait_for()
    (said,) = feedback_in(Database(site.folder))
    assert (said.question, said.verdict, said.note) == ("refuse it", "down", "<i>Episode 12</i> has it.")


def shared(one: Visitor, site: Site) -> str:
    turn = one.ask("prose <b>of mine</b>")
    turn.get_by_role("button", name="Share").click()
    box = turn.locator(".share-box")
    assert "your question: “prose <b>of mine</b>”" in box.inner_text()
    assert focused(one.page).startswith("share-")
    with Database(site.folder).reading() as state:
        assert state.execute("SELECT count(*) FROM answers").fetchone() == (0,)
    box.get_by_role("button", name="Store it").click()
    box.locator(".done").wait_for()
    assert one.page.evaluate("document.activeElement.className") == "address"
    address = box.locator(".address").input_value()
    assert address.startswith(f"{site.url}a/")
    return str(address)


def shown(one: Visitor, address: str) -> None:
    page = one.page
    page.goto(address)
    assert page.locator("h2").first.inner_text().endswith("prose <b>of mine</b>")
    assert page.locator(".sentence").count() == 4
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Source 3: Hjalmar Veskild at 1:02:05").first.click()
    source = page.locator(".source.current")
    assert source.locator("blockquote").inner_text() == BILL.text
    assert one.foreign == []
    assert one.context.cookies() == []
    source.get_by_role("button", name="Play here").click()
    assert source.locator("iframe").get_attribute("src") == f"{PLAYER}embed/abcDEF_123-?start=3725&autoplay=1"
    until(page, lambda: bool(one.foreign))
    assert {url.split("embed")[0] for url in one.foreign} == {PLAYER}
    page.get_by_role("button", name="Play these 3 moments").click()
    page.get_by_text("1 of 3: Ilva Nadrostek, Who needs one at all?").wait_for()
    assert page.locator("iframe").count() == 1, "one recording at a time"
