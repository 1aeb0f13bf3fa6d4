"""Tests the report in a real browser: opened from a file, filtered, sorted, on a phone, with hostile text in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from offline_page import opened_alone
from run_fake import HOSTILE, made_up

from eval.report.page import write_report

pytestmark = pytest.mark.browser


@pytest.fixture
def report(tmp_path: Path) -> Path:
    run = made_up(3, count=12)
    first = run["suites"]["learn"][0]
    first["item"]["question"] = HOSTILE
    first["output"]["citations"][0]["quote"] = HOSTILE
    first["output"]["citations"][0]["url"] = "javascript:document.title='owned'"
    path = tmp_path / "report.html"
    write_report(run, path)
    return path


@pytest.fixture
def page(chromium: Any, report: Path) -> Iterator[Any]:
    with opened_alone(chromium, report) as opened:
        yield opened


def shown(page: Any) -> list[str]:
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('.question')].filter(q => q.checkVisibility())"
        ".map(q => q.querySelector('.id').textContent)"
    )
    return found


def test_filters_leave_what_fits(page: Any) -> None:
    assert len(shown(page)) == 24
    page.select_option("#f-suite", "off")
    assert set(shown(page)) == {f"off-{n:03d}" for n in range(12)}
    assert page.inner_text("#count") == "12 of 24 questions"
    page.select_option("#f-verdict", "wrong")
    wrong = page.evaluate("document.querySelectorAll('.question[data-suite=off][data-wrong=\"1\"]').length")
    assert len(shown(page)) == wrong > 0
    page.click("button[type=reset]")
    page.wait_for_selector("#count:text-is('24 questions')")
    page.fill("#f-text", "PHONE 7?")
    assert shown(page) == ["off-007"]
    page.fill("#f-text", "no such words")
    assert page.is_visible("#none")


def test_order_is_by_value_with_the_absent_last(page: Any) -> None:
    page.select_option("#f-sort", "-offset")
    offsets = page.evaluate("[...document.querySelectorAll('.question')].map(q => q.dataset.offset)")
    known = [float(value) for value in offsets if value]
    assert known == sorted(known, reverse=True)
    assert all(not value for value in offsets[len(known) :])
    page.select_option("#f-sort", "quality")
    wrong = page.evaluate("[...document.querySelectorAll('.question')].map(q => q.dataset.wrong)")
    assert wrong == sorted(wrong, reverse=True)
    page.select_option("#f-sort", "place")
    assert shown(page)[:2] == [shown(page)[0], "learn-001"]


def test_a_question_opens_by_key_and_a_link_to_a_source_opens_its_question(page: Any) -> None:
    page.focus(".question >> nth=1 >> summary")
    page.keyboard.press("Enter")
    assert page.evaluate("document.querySelectorAll('.question')[1].open")
    page.click("#close")
    page.evaluate("location.hash = document.querySelector('.sources li').id")
    page.wait_for_selector(".question[open]:has(.sources li)")
    page.click("#open")
    assert page.evaluate("[...document.querySelectorAll('.question')].every(q => q.open)")


def test_hostile_text_does_nothing(page: Any) -> None:
    page.click("#open")
    assert HOSTILE in page.inner_text("#q1")
    assert page.title() == "Citecast evaluation: ours"
    assert page.evaluate("document.querySelectorAll('img, iframe, script').length") == 1
    assert page.evaluate("document.querySelectorAll('a[href^=\"javascript\"]').length") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_follows_the_scheme(chromium: Any, report: Path, scheme: str) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    page.goto(report.as_uri())
    page.click("#open")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "rgb(247, 246, 243)", "dark": "rgb(20, 24, 27)"}[scheme]
    page.emulate_media(media="print")
    assert not page.is_visible("#tools")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    context.close()


def test_without_scripts_everything_is_there_to_be_read(chromium: Any, report: Path) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    assert page.locator(".question").count() == 24
    assert not page.is_visible("#tools")
    page.click(".question >> nth=2 >> summary")
    assert page.is_visible(".question >> nth=2 >> .body")
    context.close()
