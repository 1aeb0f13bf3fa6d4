"""Tests the page to read answers in a real browser: labelled by key and mouse, kept, exported, imported, on a phone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from label_fake import label, label_file
from offline_page import opened_alone
from run_fake import HOSTILE, asked, made_up, run_of

from eval.reading.labels import read_labels
from eval.reading.page import reading_page

pytestmark = pytest.mark.browser

RUN = run_of(s=[asked("a"), asked("b", quote=HOSTILE), asked("c", answered=False)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_text(reading_page([RUN], seed=0), encoding="utf-8")
    return path


@pytest.fixture
def page(chromium: Any, file: Path) -> Iterator[Any]:
    with opened_alone(chromium, file, exports=True) as opened:
        yield opened


def card(page: Any, id: str) -> Any:
    return page.locator(f"article[data-id={id}]").first


def exported(page: Any, path: Path) -> Path:
    with page.expect_download() as download:
        page.click("#export")
    assert download.value.suggested_filename == "labels-ada.jsonl"
    download.value.save_as(path)
    return path


def label_all(page: Any) -> None:
    page.fill("#reader", "ada")
    card(page, "a").locator("h3").click()
    for key in ("1", "n", "g", "m"):
        page.keyboard.press(key)
    page.keyboard.type("2 kinds of fuses")
    page.keyboard.press("Escape")
    card(page, "b").get_by_text("Answers 2").click()
    card(page, "b").get_by_role("group", name="understandable").get_by_text("Yes").click()
    card(page, "b").get_by_role("group", name="wrong").get_by_text("Yes").click()
    card(page, "c").get_by_text("Right 2").click()


def test_labels_survive_a_reload_and_an_export_and_can_be_imported_elsewhere(
    page: Any, chromium: Any, file: Path, tmp_path: Path
) -> None:
    label_all(page)
    assert page.inner_text("#count") == "3 of 3 labelled"
    page.reload()
    assert (page.inner_text("#count"), page.input_value("#reader")) == ("3 of 3 labelled", "ada")
    saved = exported(page, tmp_path / "ada.jsonl")
    found = {one.label.id: one.label for one in read_labels([saved], [RUN])}
    assert {id: (one.answers, one.clear, one.wrong_citation, one.note) for id, one in found.items()} == {
        "a": (1, False, False, "2 kinds of fuses"),
        "b": (2, True, True, ""),
        "c": (2, None, None, ""),
    }
    context = chromium.new_context()
    other = context.new_page()
    other.goto(file.as_uri())
    other.set_input_files("#import", saved)
    other.wait_for_selector("#count:text-is('3 of 3 labelled')")
    assert exported(other, tmp_path / "again.jsonl").read_bytes() == saved.read_bytes()
    context.close()


def test_an_answer_of_two_systems_is_labelled_once_for_both(chromium: Any, tmp_path: Path) -> None:
    other = run_of("other", s=[asked("a"), asked("c", answered=False, quote="Other words")])
    file = tmp_path / "two.html"
    file.write_text(reading_page([RUN, other], seed=0), encoding="utf-8")
    context = chromium.new_context()
    page = context.new_page()
    page.goto(file.as_uri())
    label_all(page)
    assert page.inner_text("#count") == "3 of 4 labelled"
    found = read_labels([exported(page, tmp_path / "ada.jsonl")], [RUN, other])
    assert sorted((one.label.id, one.system) for one in found if one.label.id == "a") == [("a", "other"), ("a", "ours")]
    assert len(found) == 4
    context.close()


def test_keys_move_and_do_nothing_outside_an_answer(page: Any) -> None:
    def here() -> int:
        return int(page.evaluate("[...document.querySelectorAll('article')].indexOf(document.activeElement)"))

    page.keyboard.press("2")
    page.fill("#reader", "")
    page.press("#reader", "2")
    assert (page.inner_text("#count"), page.input_value("#reader")) == ("0 of 3 labelled", "2")
    page.click("#next")
    assert here() == 0
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert here() == 1
    page.keyboard.press("Control+2")
    assert page.locator("input:checked").count() == 0
    page.keyboard.press("0")
    assert page.locator("article >> nth=1 >> input:checked").get_attribute("value") == "0"


def test_cleared_choices_leave_the_note(page: Any, tmp_path: Path) -> None:
    label_all(page)
    card(page, "a").get_by_role("button").click()
    assert page.inner_text("#count") == "2 of 3 labelled"
    lines = exported(page, tmp_path / "x.jsonl").read_text(encoding="utf-8").splitlines()
    assert {one["id"]: (one["answers"], one["note"]) for one in map(json.loads, lines)}["a"] == (
        None,
        "2 kinds of fuses",
    )


def test_an_export_needs_a_reader(page: Any) -> None:
    page.click("#export")
    assert "Write your name" in page.inner_text("#said")
    assert page.evaluate("document.activeElement.id") == "reader"


@pytest.mark.parametrize(
    ("labels", "said", "count"),
    [
        ([label(RUN, "a", 0), label(RUN, "b")], "Imported labels: 1. Labelled here in another way, and left so: 1.", 2),
        ([label(RUN, "w")], "Imported labels: 0. Of answers that are not on this page: 1.", 1),
        ([label(RUN, "b"), label(RUN, "c", 5)], "x.jsonl:2: this line is no label; nothing was imported.", 1),
        ([label(RUN, "b", reader="ben")], "x.jsonl: labels of another reader (ada, ben); nothing was imported.", 1),
    ],
)
def test_an_import_overwrites_nothing_and_says_what_was_left(
    page: Any, tmp_path: Path, labels: list[dict[str, Any]], said: str, count: int
) -> None:
    page.fill("#reader", "ada")
    card(page, "a").locator("h3").click()
    for key in ("1", "y", "g"):
        page.keyboard.press(key)
    page.set_input_files("#import", label_file(tmp_path / "x.jsonl", labels))
    page.wait_for_selector("#said:not(:empty)")
    assert page.inner_text("#said") == said
    assert page.inner_text("#count") == f"{count} of 3 labelled"
    assert card(page, "a").locator("input[name=answers]:checked").get_attribute("value") == "1"


def test_a_browser_that_keeps_nothing_says_so(chromium: Any, file: Path, tmp_path: Path) -> None:
    context = chromium.new_context()
    context.add_init_script(
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }"
    )
    page = context.new_page()
    page.goto(file.as_uri())
    assert not page.is_visible("#unkept")
    label_all(page)
    assert page.is_visible("#unkept")
    assert len(read_labels([exported(page, tmp_path / "ada.jsonl")], [RUN])) == 3
    context.close()


def test_two_tabs_of_one_page_show_the_same_labels(chromium: Any, file: Path) -> None:
    context = chromium.new_context()
    one, other = context.new_page(), context.new_page()
    for tab in (one, other):
        tab.goto(file.as_uri())
    label_all(one)
    other.wait_for_selector("#count:text-is('3 of 3 labelled')")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_is_accessible(chromium: Any, tmp_path: Path, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    file = tmp_path / "two.html"
    file.write_text(reading_page([made_up(3, count=4), made_up(4, count=4, system="b")], seed=0), encoding="utf-8")
    context = chromium.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    page.goto(file.as_uri())
    page.click("#next")
    page.keyboard.press("2")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    context.close()


def test_without_scripts_the_answers_can_be_read(chromium: Any, file: Path) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert page.is_visible("article >> nth=2")
    assert not page.is_visible(".labels >> nth=0")
    assert page.is_visible("noscript")
    context.close()
