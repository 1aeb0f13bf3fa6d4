"""Tests what is copied of an answer for a wiki: chips that the wiki's own rules and check accept."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from builds import Built, answerer_of
from chat_fake import BILL, SAME_NUMBERS, TWO_TEAMS, WRITTEN, FakeAnswerer, answer, episode, nearest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from app.language.disfluencies import trim_fillers
from app.render.answer import INSTEAD
from app.render.wiki import wiki_text
from app.terminal.commands import app as cli
from app.types import Answer, Evidence, Outcome, Sentence
from app.wiki.lint import lint
from app.wiki.reading.chips import Chip, Target, chip_for, read_chip
from app.wiki.reading.page import Kind, chips_of, parse_page
from index.embedder import Embedder

FRONT = """---
layout: wiki
title: "Serving"
summary: "How models are served: what a batch saves, what a cache costs, and where the memory goes in the end."
related:
  - Caches
---

"""


def chips_in(text: str) -> list[Chip]:
    return [chip for _, chip in chips_of(parse_page("page", text))]


def words_of(text: str) -> str:
    return " ".join(claim.text for claim in parse_page("page", text).claims)


def test_a_models_sentences_have_their_chips_behind_them_and_a_quote_its_speaker() -> None:
    text = wiki_text(answer("q", [TWO_TEAMS, SAME_NUMBERS, BILL], sentences=WRITTEN))
    prose, quote = text.split("\n\n")
    assert prose.splitlines() == [
        "A feature store pays off once a second team wants the same features. Until then",
        "a nightly job and a well described table will do.",
        "[[cite:feature-stores@12:34=>Who needs one at all?]]",
        "It also keeps the numbers of training and serving equal.",
        "[[cite:feature-stores@12:34=>Who needs one at all?]]"
        "[[cite:feature-stores@22:02=>Training and serving must agree]]",
        "Before any chart, look at costs and complaints: they move first.",
        "[[cite:model-drift@62:05=>What to look at before the metrics]]",
    ]
    assert quote.startswith("> **Ilva Nadrostek:** You want the number")
    assert quote.splitlines()[-1] == "> [[cite:feature-stores@22:02=>Training and serving must agree]]"


def test_quotes_are_block_quotes_each_with_one_chip() -> None:
    text = wiki_text(answer("q", [TWO_TEAMS, BILL]))
    assert all(line.startswith("> ") for line in text.splitlines() if line)
    assert words_of(text) == " ".join(f"{one.speaker}: {trim_fillers(one.text)}" for one in (TWO_TEAMS, BILL))
    assert [(chip.slug, chip.start) for chip in chips_in(text)] == [("feature-stores", 754), ("model-drift", 3725)]
    assert max(map(len, text.splitlines())) <= 80


def test_nearest_moments_stay_under_the_line_that_says_so() -> None:
    text = wiki_text(nearest("q"))
    assert text.startswith(f"{INSTEAD[Outcome.NEAREST]}\n\n> **")
    assert len(chips_in(text)) == 2


@pytest.mark.parametrize("question", ["refuse this", "unclear"])
def test_where_nothing_is_cited_there_is_nothing_to_copy(question: str) -> None:
    assert wiki_text(FakeAnswerer().ask(question)) == ""
    told = answer("q", (), outcome=Outcome.ABOUT_ARCHIVE, sentences=(Sentence("Two episodes.", (), 1.0),))
    assert wiki_text(told) == ""


def test_a_sentence_without_a_source_does_not_come_under_the_chip_of_the_next() -> None:
    unfounded, founded = Sentence("Nobody said this.", (9,), 0.1), Sentence("A guest said this.", (1,), 0.9)
    assert "Nobody" not in wiki_text(answer("q", [TWO_TEAMS], sentences=(unfounded, founded)))


@pytest.mark.parametrize(
    ("labels", "label"),
    [
        (("Kilns",), "Kilns"),
        (("About this episode", "Kilns"), "Kilns"),
        (("Interview", "The kiln episode", "Robin Hale"), "Robin Hale"),
        (("[Sample] Kilns: @home | a => b",), "Sample Kilns – home a b"),
        (("`a` <b> *c* {{d}}",), "a b c d"),
        (("::", "Kilns"), "Kilns"),
    ],
)
def test_a_chip_has_the_first_label_that_the_wiki_allows(labels: tuple[str, ...], label: str) -> None:
    assert read_chip(chip_for("kilns", 4086.9, *labels)) == Chip(
        Target.CITE, "kilns", label, f"[[cite:kilns@68:06=>{label}]]", 4086
    )


def evidence_of(text: str, chapter: str) -> Evidence:
    source = episode("kilns", "Kilns", "Robin Hale")
    return replace(
        TWO_TEAMS, episode=source, text=text, key=text, chapter=replace(TWO_TEAMS.chapter, title=chapter), before="",
        after="",
    )  # fmt: skip


_ANY = st.text(st.sampled_from("ab .`*_[]{}|<>#-=~:@$%&\\1)(\n!\"'"), min_size=1, max_size=60)


@given(said=_ANY, chapter=_ANY)
def test_nothing_that_was_said_becomes_a_chip_code_or_a_heading(said: str, chapter: str) -> None:
    item = evidence_of(f"x{said}y", chapter)
    written = answer("q", [item], sentences=(Sentence(f"{said} y.", (1,), 0.9),))
    for made in (answer("q", [item]), written):
        text = wiki_text(made)
        page = parse_page("page", text)
        assert [(chip.slug, chip.start, chip.fault) for chip in chips_in(text)] == [("kilns", 754, "")]
        assert [one.text for one in lint([page]) if one.rule == "chips"] == []
        assert [section.level for section in page.sections] == [0]
        assert not re.search(r"\{[{%]", text)


@pytest.fixture
def answers(sample_built: Built, monkeypatch: pytest.MonkeyPatch) -> list[Answer]:
    """Answers from the sample archive: of quotes, with nearest moments, and as a model could have written one."""
    monkeypatch.setattr(Embedder, "of", lambda settings: sample_built.embedder)
    answerer = answerer_of(sample_built.settings, sample_built.embedder)
    try:
        asked = [
            answerer.ask("What is the difference between prefill and decode?"),
            answerer.ask("What takes the memory when a model is served?"),
        ]
    finally:
        answerer.close()
    said = "During prefill the model reads the whole prompt in one go."
    number = next(one.id for one in asked[0].citations if "prefill" in one.evidence.text)
    return [*asked, replace(asked[0], sentences=(Sentence(said, (number,), 0.9),))]


def test_what_is_copied_passes_the_wikis_check(answers: list[Answer], sample_built: Built, tmp_path: Path) -> None:
    page = tmp_path / "serving.md"
    for made in answers:
        assert made.outcome is Outcome.ANSWERED
        page.write_text(FRONT + wiki_text(made), encoding="utf-8")
        done = CliRunner().invoke(
            cli, ["verify", "--wiki", str(page), "--json", "--data", str(sample_built.settings.data)]
        )
        told = [json.loads(line) for line in done.stdout.splitlines()]
        assert [one for one in told if one.get("blocks")] == []
        cited = [one for one in told if one.get("kind") == Kind.CITED]
        assert len(cited) == len(made.sentences)
        assert {one["verdict"] for one in cited} == {"there"}, done.stdout
        assert done.exit_code == 0
