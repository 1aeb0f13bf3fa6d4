"""Tests the page to read answers blind: one file that asks nobody, complete, and safe whatever the run holds."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

import pytest
from chat_markup import Markup
from run_fake import HOSTILE, SECRET, asked, made_up, run_of

from eval.reading.answers import run_id
from eval.reading.page import reading_page


def page_of(*runs: dict[str, Any]) -> Markup:
    return Markup(reading_page(runs, seed=0))


def test_it_asks_nobody_and_only_its_own_script_and_style_run() -> None:
    text = reading_page([made_up(1, count=6)], seed=0)
    page = Markup(text)
    assert not {"link", "img", "iframe", "object", "embed", "base"} & set(page.tags)
    assert not {"src", "srcset", "style", "action"} & {name for name, _ in page.attributes}
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest", text)
    (policy,) = [one["content"] for one in page.all("meta") if "http-equiv" in one]
    assert policy.startswith("default-src 'none'; ")
    for tag in ("script", "style"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_hostile_text_stays_text() -> None:
    row = asked(f"a{HOSTILE}", question=HOSTILE, quote=HOSTILE)
    row["output"]["citations"][0] |= {"url": "javascript:alert(1)", "speaker": HOSTILE, "title": HOSTILE}
    suites: dict[str, Any] = {f"s{HOSTILE}": [row]}
    page = page_of(run_of(f"ours {HOSTILE}", **suites))
    assert (len(page.all("script")), len(page.all("img"))) == (1, 0)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert not [one["href"] for one in page.all("a") if not one["href"].startswith(("#", "https://"))]
    assert page.words.count(HOSTILE) > 4


def test_an_answer_is_there_with_what_a_label_needs() -> None:
    run = run_of(s=[asked("x", question="Who counts the fuses?")])
    page = page_of(run)
    (card,) = page.all("article")
    assert (card["data-runs"], card["data-suite"], card["data-id"]) == (run_id(run), "s", "x")
    assert "Who counts the fuses?" in page.words
    assert f"{SECRET}. source 1 source 2" in page.words
    assert "1 Ada Example in Title of ep-one , chapter “Fuses” 1:45–2:25 (new tab)" in page.words
    assert "https://www.youtube.com/watch?v=abcdefghijk&t=105" in [one["href"] for one in page.all("a")]
    assert "1 question with 1 answer, in random order" in page.words
    named = {(one["name"], one["value"]) for one in page.all("input") if one["type"] == "radio"}
    grades = {("answers", grade) for grade in "210"}
    assert named == grades | {(name, said) for name in ("clear", "wrong_citation") for said in ("yes", "no")}


def test_a_refusal_asks_only_whether_it_was_right() -> None:
    page = page_of(run_of(s=[asked("x", answered=False)]))
    named = [(one["name"], one["value"]) for one in page.all("input") if one["type"] == "radio"]
    assert named == [("answers", "2"), ("answers", "0")]
    assert "Was it right not to answer?" in page.words
    assert "Nearest chapters (not an answer)" in page.words


def test_a_moment_is_there_with_its_question_and_more_around_it() -> None:
    row = asked("x", answered=False)
    row["output"] |= {"outcome": "nearest", "choices": ["Or this?"]}
    row["output"]["nearest"][0] |= {
        "asked": "Who counts the fuses?",
        "before": "First.",
        "date": "2024-03-01",
        "date_kind": "published",
    }
    words = page_of(run_of(s=[row])).words
    for part in ("Host: Who counts the fuses?", "published 1 March 2024", "Before and after", "First.", "Or this?"):
        assert part in words


def test_links_within_the_page_lead_somewhere_and_no_id_occurs_twice() -> None:
    page = page_of(made_up(3, count=6), made_up(4, count=6, system="other"))
    ids = [value for name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {one["href"][1:] for one in page.all("a") if one["href"].startswith("#")} <= set(ids)


@pytest.mark.parametrize("seed", [0, 1])
def test_labels_of_another_page_are_kept_apart(seed: int) -> None:
    run = made_up(3, count=6)
    ids = {
        Markup(reading_page([run], seed=seed, limit=limit)).all("main")[0]["data-page"]
        for seed, limit in ((0, None), (1, None), (seed, 5))
    }
    assert len(ids) == 3


def test_a_made_up_archive_is_not_linked() -> None:
    run = run_of(s=[asked("x")])
    run["manifest"]["sample"] = True
    assert not [one for one in page_of(run).all("a") if one["href"].startswith("http")]
