"""Tests a whole page of a topic, on the sample archive: what passes, what is dropped, and the command."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from builds import Built
from cli_calls import call
from fakes import CountingProgress
from llm_fakes import FakeServer, ScriptedEngine, serving, speak

from app.evidence.stretches import points_back
from app.llm.engine import EngineTimeout, EngineUnavailable, Request
from app.wiki.check import WikiChecker
from app.wiki.reading.page import parse_page
from app.wiki.topics.gather import NotCovered, about, gather
from app.wiki.topics.impersonal import impersonal
from app.wiki.topics.parts import Paragraph
from app.wiki.topics.statements import unfit_for_a_page
from app.wiki.topics.subtopics import sections
from app.wiki.topics.write import Written, write_page
from app.wiki.worksheet.candidates import cleaned
from app.wiki.worksheet.reader import Reader
from index.archive import ArchiveView
from index.opened import Index
from ingest.text import sentences

TOPIC = "Caching"
FALSE = "Kilns cool for nine days before anybody opens them."
WIKI = {
    "caches": (
        "Caches of Models",
        "What is kept between requests of a model, what it saves, and when it goes.",
    ),
    "bread-ovens": (
        "Bread Ovens",
        "Stone ovens for bread: which wood burns well, and how they stay hot in winter.",
    ),
}


@pytest.fixture(scope="module")
def view(sample_built: Built, sample_index: Index) -> ArchiveView:
    return ArchiveView(sample_index, sample_built.embedder)


@pytest.fixture
def lenient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample's guests tell anecdotes, of which hardly any passes the bars for statements on a topic."""
    for bar in ("_LEAST_ALONE", "_LEAST_KEEP", "_LEAST_TOPICAL"):
        monkeypatch.setattr(f"app.wiki.topics.statements.{bar}", 0.0)


def honest(request: Request) -> Sequence[str]:
    """A model that repeats what it can of the quotation, and adds an invention and a personal remark."""
    said = sentences(request.messages[-1]["content"].removeprefix("Quotation: "))
    fit = [text for text in said if not unfit_for_a_page(text) and not points_back(text)][:2]
    return [json.dumps({"sentences": [*fit, FALSE]})]


def written(view: ArchiveView, engine: ScriptedEngine | None) -> Written:
    pages = [
        parse_page(name, f'---\nlayout: wiki\ntitle: "{title}"\nsummary: "{summary}"\nrelated:\n  - GPUs\n---\n')
        for name, (title, summary) in WIKI.items()
    ]
    return write_page(view, TOPIC, engine, pages, CountingProgress())


def test_moments_do_not_overlap_and_each_is_in_one_section(view: ArchiveView) -> None:
    gathered = gather(view, TOPIC, CountingProgress())
    assert len(gathered.moments) == len({(one.episode.slug, one.start) for one in gathered.moments})
    assert set(gathered.defining) <= set(gathered.moments)
    found = sections(view, TOPIC, [Paragraph(moment) for moment in gathered.moments], Reader())
    assert found
    assert all(one.paragraphs for one in found)
    placed = [paragraph.moment for one in found for paragraph in one.paragraphs]
    assert len(set(placed)) == len(placed)
    for one in found:  # other guests come before more of one
        speakers = [paragraph.moment.speaker for paragraph in one.paragraphs]
        assert set(speakers[: len(one.guests)]) == set(one.guests)


def test_a_topic_that_nobody_speaks_of_is_refused(view: ArchiveView) -> None:
    with pytest.raises(NotCovered, match="hardly speaks of “Beekeeping”; nearest topics:") as refused:
        gather(view, "Beekeeping", CountingProgress())
    assert set(refused.value.nearest) <= set(view.index.catalog.topics)


def test_a_draft_quotes_guests_by_subtopic(view: ArchiveView) -> None:
    made = written(view, None)
    assert made.tally is None
    assert made.page.draft
    assert "This page is a draft" in made.text
    for section in made.page.sections:
        for paragraph in section.paragraphs:
            assert f"**{paragraph.moment.speaker}:**" in made.text
    assert [one.text for one in made.findings if one.blocks and one.rule != "style"] == []


@pytest.mark.usefixtures("lenient")
def test_a_page_holds_only_sentences_that_pass_the_wikis_check(view: ArchiveView) -> None:
    made = written(view, ScriptedEngine(honest, constrained=True))
    assert made.tally
    assert made.tally.kept
    assert FALSE not in made.text
    assert sum(made.tally.dropped.values()) == made.tally.written - made.tally.kept
    checked = [one for one in WikiChecker(view).check(parse_page("page", made.text)) if one.claim.chips]
    assert len(checked) >= made.tally.kept
    assert {one.verdict.value for one in checked} == {"there"}
    assert [one.text for one in made.findings if one.blocks] == []
    assert made.page.related == ("Caches of Models",)


@pytest.mark.usefixtures("lenient")
@pytest.mark.parametrize("fault", [EngineUnavailable("gone"), EngineTimeout("slow")])
def test_a_model_that_breaks_off_leaves_what_was_written(view: ArchiveView, fault: Exception) -> None:
    def breaks(request: Request) -> Sequence[str | Exception]:
        return [fault]

    made = written(view, ScriptedEngine(breaks, constrained=True))
    assert made.tally
    assert made.tally.kept
    assert (made.tally.fault is fault) == isinstance(fault, EngineUnavailable)
    assert bool(made.tally.unanswered) == isinstance(fault, EngineTimeout)


def test_a_model_that_is_not_there_is_an_error(view: ArchiveView) -> None:
    with pytest.raises(EngineUnavailable):
        written(view, ScriptedEngine([EngineUnavailable("gone")]))


@pytest.mark.usefixtures("lenient")
def test_a_model_that_follows_no_schema_writes_lines(view: ArchiveView) -> None:
    def lines(request: Request) -> Sequence[str]:
        return ["\n".join(json.loads(honest(request)[0])["sentences"])]

    made = written(view, ScriptedEngine(lines))
    assert made.tally
    assert made.tally.kept


def test_the_command_writes_a_file_once_and_says_what_is_missing(sample_built: Built, tmp_path: Path) -> None:
    data = ["--data", sample_built.settings.data, "--model", "extractive"]
    out = tmp_path / "page.md"
    made = call("page", TOPIC, "--out", out, *data)
    assert made.exit_code == 0, made.stderr
    assert made.stdout == ""
    assert "not filled: related pages: name the wiki's folder with --wiki" in made.stderr
    text = out.read_text()
    assert text.startswith("---\nlayout: wiki\n")
    out.write_text("mine")
    again = call("page", TOPIC, "--out", out, *data)
    assert (again.exit_code, out.read_text()) == (2, "mine")
    assert "--force" in again.stderr
    assert call("page", TOPIC, "--out", out, "--force", *data).exit_code == 0
    assert out.read_text() == text
    assert json.loads(call("page", TOPIC, "--json", *data).stdout)["text"] == text


def test_the_command_refuses_a_strange_topic_and_a_missing_folder(sample_built: Built, tmp_path: Path) -> None:
    data = ["--data", sample_built.settings.data]
    strange = call("page", "Beekeeping", *data, "--model", "extractive")
    assert (strange.exit_code, strange.stdout) == (3, "")
    assert "nearest topics" in strange.stderr
    missing = call("page", TOPIC, "--wiki", tmp_path / "none", *data)
    assert missing.exit_code == 2
    assert "no such file or folder" in missing.stderr


def test_the_command_tells_what_the_model_wrote(sample_built: Built) -> None:
    with serving(FakeServer(speak(json.dumps({"sentences": [FALSE]})))) as server:
        made = call("page", TOPIC, "--data", sample_built.settings.data, "--model", server.url)
    assert made.exit_code == 0
    assert re.search(r"sentences: 0 of \d+ passed, from \d+ moments", made.stderr)
    assert FALSE not in made.stdout


def test_a_moment_beside_the_topic_or_its_headings_is_left_out(view: ArchiveView) -> None:
    gathered = gather(view, TOPIC, CountingProgress())
    strange = replace(
        gathered.moments[0],
        text="Bees winter in a box of straw. Honey is taken in July.",
        chapter=replace(gathered.moments[0].chapter, title="Honey"),
    )
    assert about(view, TOPIC, [strange, *gathered.moments]) == list(gathered.moments)
    found = sections(view, TOPIC, [Paragraph(moment) for moment in [*gathered.moments, strange]], Reader())
    placed = {paragraph.moment for one in found for paragraph in one.paragraphs}
    assert placed
    assert strange not in placed


@pytest.mark.usefixtures("lenient")
def test_guests_own_sentences_come_before_a_models(view: ArchiveView) -> None:
    made = written(view, ScriptedEngine([json.dumps({"sentences": [FALSE]})], constrained=True))
    turns = [sentences(own.text) for episode in view.index.episodes.values() for own in episode.segments]
    cuts = [part for texts in turns for part in (*((text,) for text in texts), *pairwise(texts))]
    said = {impersonal(cleaned(" ".join(part))) for part in cuts}
    kept = [text for part in made.page.parts() for one in part.paragraphs for text in one.sentences]
    assert made.tally
    assert made.tally.as_said == len(kept) > 0
    own = {re.sub(r"^(?:One|Another) view starts with [^:]+: ", "", text) for text in kept}
    assert own <= said
    assert {len(sentences(text)) for text in own} == {1, 2}
    assert any("teams" in text for text in own)
