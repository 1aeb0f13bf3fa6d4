"""Tests why a model's sentences are left out, on one moment of the sample archive."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from builds import Built
from fakes import CountingProgress
from llm_fakes import ScriptedEngine

from app.evidence.select import EvidenceSettings, gather_evidence
from app.evidence.stretches import points_back
from app.types import Evidence
from app.wiki.check import WikiChecker
from app.wiki.topics.gather import gather
from app.wiki.topics.statements import Author, unfit_for_a_page
from app.wiki.worksheet.reader import Reader
from index.archive import ArchiveView
from index.opened import Index
from ingest.text import sentences

QUESTION = "What happens during prefill and decode?"


@pytest.fixture(scope="module")
def view(sample_built: Built, sample_index: Index) -> ArchiveView:
    return ArchiveView(sample_index, sample_built.embedder)


@pytest.fixture(scope="module")
def moment(view: ArchiveView) -> Evidence:
    return gather_evidence(view, view.search(QUESTION), EvidenceSettings()).runs[0]


@pytest.fixture
def lenient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample's guests tell anecdotes, which the judge of a worksheet likes less than statements."""
    for bar in ("_LEAST_ALONE", "_LEAST_KEEP"):
        monkeypatch.setattr(f"app.wiki.topics.statements.{bar}", 0.0)


def author(view: ArchiveView, *texts: str, topic: str = "LLM serving") -> Author:
    engine = ScriptedEngine([json.dumps({"sentences": list(texts)})], constrained=True)
    return Author(engine, view, topic, WikiChecker(view), Reader())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Kilns cool for days before they are opened.", "adds what no cited quote says"),
        ("We read the prompt first.", "speaks of the speaker or to the reader"),
        ("It reads the whole prompt.", "points at a sentence that is not there"),
        ("Prefill takes 97 seconds.", "number is in no cited quote"),
        ("Bastien Quillerand built the first prefill.", "names a person"),
        ("Is prefill fast?", "not one or two whole sentences"),
    ],
)
def test_a_sentence_that_fails_is_counted_by_its_reason(
    view: ArchiveView, moment: Evidence, text: str, reason: str
) -> None:
    one = author(view, text)
    assert one.rewritten(moment) == []
    assert (one.tally.asked, one.tally.written, one.tally.kept) == (1, 1, 0)
    assert list(one.tally.dropped) == [reason]


def test_what_is_only_asked_is_no_statement(view: ArchiveView, moment: Evidence) -> None:
    asked = replace(moment, text=f"{moment.text} So batches hide slow memory from readers?")
    one = author(view, "Batches hide slow memory from readers.", topic="Batches and slow memory")
    assert one.rewritten(asked) == []
    assert list(one.tally.dropped) == ["no single sentence of the moment says it clearly"]


@pytest.mark.usefixtures("lenient")
def test_what_a_moment_says_is_kept_once_and_only_on_its_topic(view: ArchiveView) -> None:
    kept: dict[str, Evidence] = {}
    for moment in gather(view, "Caching", CountingProgress()).moments:
        fit = [text for text in sentences(moment.text) if not unfit_for_a_page(text) and not points_back(text)]
        kept |= dict.fromkeys(author(view, *fit, topic="Caching").rewritten(moment), moment)
    text, moment = next(iter(kept.items()))
    one = author(view, text, topic="Caching")
    assert one.rewritten(moment) == [text]
    assert one.rewritten(moment) == []
    assert one.tally.kept == 1
    strange = author(view, text, topic="Salaries")
    assert strange.rewritten(moment) == []
    assert "off the topic" in strange.tally.dropped
