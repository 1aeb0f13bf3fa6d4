"""Tests the worksheet of an episode on the sample archive, with made-up pages of a wiki, and the command."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

import pytest
from app_fixtures import HOST, Line
from app_fixtures import episode_of as made_of
from builds import Built
from fakes import CountingProgress
from typer.testing import CliRunner

from app.language.tokens import tokens
from app.render.markdown import escape_markdown
from app.terminal.commands import app as cli
from app.wiki.reading.page import Page, parse_page
from app.wiki.worksheet.candidates import LENGTHS, Candidate, candidates, cleaned
from app.wiki.worksheet.choosing import MOST_OF_CHAPTER, choose
from app.wiki.worksheet.conflicts import contradicts
from app.wiki.worksheet.doubts import concepts, doubts
from app.wiki.worksheet.places import Action
from app.wiki.worksheet.reader import Kind, Reader, read_text
from app.wiki.worksheet.report import NO_WIKI, json_lines, markdown
from app.wiki.worksheet.sheet import WEAK, Worksheet, worksheet
from index.archive import ArchiveView
from index.opened import Index
from ingest.models import Episode, Role

SLUG = "sample-serving-llms-batching-and-kv-cache"
FIELDS = [
    "Kind", "Speaker", "Timestamp", "Atomic statement", "Transcript support", "Evidence form",
    "Confidence or uncertainty", "Concepts and entities", "Candidate target", "Proposed action",
]  # fmt: skip


@pytest.fixture(scope="module")
def view(sample_built: Built, sample_index: Index) -> ArchiveView:
    return ArchiveView(sample_index, sample_built.embedder)


def episode_of(lines: Sequence[tuple[str, str]]) -> Episode:
    return made_of([Line(who, text) for who, text in lines])


def propose(view: ArchiveView, pages: Sequence[Page] | None = None, most: int = 6) -> Worksheet:
    return worksheet(view, view.index.episodes[SLUG], pages, most, CountingProgress())


@pytest.fixture(scope="module")
def sheet(view: ArchiveView) -> Worksheet:
    return propose(view)


def test_each_block_is_what_a_guest_says_at_the_second_of_its_line(view: ArchiveView, sheet: Worksheet) -> None:
    episode = view.index.episodes[SLUG]
    assert len(sheet.blocks) == 6
    for block in sheet.blocks:
        line = episode.segments[block.candidate.segment]
        assert (line.role, line.speaker) == (Role.GUEST, block.candidate.own.speaker)
        lines = episode.segments[block.candidate.segment : block.candidate.segment + block.candidate.count]
        assert block.candidate.text in " ".join(line.text for line in lines)
        assert block.candidate.own.start == line.start


def test_a_block_has_the_ten_fields_in_order_with_values_of_the_rules(sheet: Worksheet) -> None:
    text = markdown(sheet)
    blocks = re.findall(r"^### E\d\d\n((?:- .*\n)+)", text, re.MULTILINE)
    assert len(blocks) == len(sheet.blocks)
    for block in blocks:
        pairs = dict(line[2:].split(": ", 1) for line in block.splitlines())
        assert list(pairs) == FIELDS
        assert pairs["Kind"].strip("`") in list(Kind)
        assert pairs["Evidence form"] == "`short_quote`"
        assert pairs["Proposed action"].strip("`") in list(Action)
        assert re.fullmatch(r"\d{2,3}:\d\d", pairs["Timestamp"])
        assert pairs["Candidate target"] == NO_WIKI
    for told in ("- Title:", f"- Slug: `{SLUG}`", "- URL:", "- Source:", "- Date:", "- Topics:", "## Chapters"):
        assert told in text


def test_a_block_that_is_less_sure_says_so(
    view: ArchiveView, sheet: Worksheet, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The sample's guests tell anecdotes, of which hardly any is sure.
    border = median(block.probability for block in sheet.blocks)
    monkeypatch.setattr("app.wiki.worksheet.sheet.LEAST_SURE", border)
    blocks = propose(view).blocks
    assert {block.probability < border for block in blocks} == {True, False}
    for block in blocks:
        assert (WEAK in block.doubts) is (block.probability < border)


@pytest.mark.parametrize("shown", [True, False])
def test_the_chapters_title_leads_a_statement_that_needs_it(
    view: ArchiveView, monkeypatch: pytest.MonkeyPatch, shown: bool
) -> None:
    monkeypatch.setattr("app.wiki.worksheet.reader._HELPS", -1.0 if shown else 1.0)
    sheet = propose(view)
    rows = [json.loads(line) for line in json_lines(sheet).splitlines()]
    for block, row in zip(sheet.blocks, rows, strict=True):
        title = block.candidate.chapter.title if shown else ""
        assert (row["lead"], row["statement"]) == (title, block.candidate.statement)
        assert block.stated == f"{f'[{title}] ' if shown else ''}{block.candidate.statement}"
        assert f"- Atomic statement: {escape_markdown(block.stated)}\n" in markdown(sheet)


def test_a_sentence_is_left_out_if_it_is_no_guests_or_no_statement() -> None:
    shortest, longest = LENGTHS[1]
    long = "kilns " * (longest + 1)
    lines = [
        (HOST, "A host explains here at length why a kiln must be dry before firing."),
        ("Ada", "And, um, a kiln has to be dry before the first firing of a season."),
        ("Ada", "Is a kiln that was wet for a week still good to fire in winter?"),
        ("Ada", "Thank you."),
        ("Ada", long),
    ]
    found = candidates(episode_of(lines))
    assert [one.statement for one in found] == ["A kiln has to be dry before the first firing of a season."]
    assert found[0].words >= shortest


def test_two_sentences_of_a_turn_can_be_one_statement() -> None:
    said = "A wet kiln cracks in its first firing. So dry it for a week before. Right. Ok."
    found = candidates(
        episode_of([("Ada", said), (HOST, "Why?"), ("Ada", "It has to dry for longer in winter anyway.")])
    )
    first, second, third = [one.statement for one in found]
    assert first == "A wet kiln cracks in its first firing."
    assert second == "A wet kiln cracks in its first firing. So dry it for a week before."
    assert third == "It has to dry for longer in winter anyway."
    assert found[0].overlaps(found[1])
    assert not found[1].overlaps(found[2])
    assert (found[1].after, found[2].before, found[2].asked) == ("Right.", "", "Why?")


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("So, um, pots crack.", "Pots crack."),
        ("And pots crack.", "Pots crack."),
        ("Yes, exactly, the the pots crack.", "The pots crack."),
        ("Sofas crack.", "Sofas crack."),
    ],
)
def test_a_statement_has_the_guests_words_without_hesitations(text: str, statement: str) -> None:
    assert cleaned(text) == statement


def test_chapters_share_the_blocks_and_no_sentence_stands_in_two(view: ArchiveView) -> None:
    chosen = choose(candidates(view.index.episodes[SLUG]), Reader(), view, 60)
    assert len({one.candidate.count for one in chosen}) == 2
    for one in chosen:
        assert sum(other.candidate.chapter is one.candidate.chapter for other in chosen) <= MOST_OF_CHAPTER
        assert sum(one.candidate.overlaps(other.candidate) for other in chosen) == 1


def only(text: str, before: str = "") -> Candidate:
    """A made-up sentence, with the one before it."""
    made = [one for one in candidates(episode_of([("Ada", f"{before} {text}".strip())])) if one.text == text]
    return made[0]


def test_a_reader_prefers_what_stands_alone_and_says_something() -> None:
    good = only(
        "A model registry keeps each trained model with its data version, so that you can roll back in minutes."
    )
    lost = only("They did that over there with those ones, and it was much better than what we had.")
    empty = only("Communication is really very important for all teams in any company.")
    judged = Reader().judged([good, lost, empty])
    assert judged[0].keep > max(one.keep for one in judged[1:])
    assert judged[1].alone < 0.5 < judged[0].alone
    assert judged[2].worth < judged[0].worth


def test_a_reader_hears_what_was_said_before() -> None:
    text = "You do not need a feature store for that, a table in your warehouse is enough."
    alone, after = Reader().judged([only(text), only(text, "If you have one model and batch predictions only.")])
    assert alone.alone != after.alone
    assert read_text(only(text, "If you are small.")).startswith(f"{text} [SEP] If you are small. [SEP] ")


def test_a_reader_tells_a_definition_from_advice() -> None:
    definition = only("A feature store is a system that keeps features for training and serving in one place.")
    advice = only("You should start with a small model and a simple pipeline before you buy any platform.")
    assert [one.kind for one in Reader().judged([definition, advice])] == [Kind.DEFINITION, Kind.RECOMMENDATION]


@pytest.mark.parametrize(
    ("other", "found"),
    [
        ("A small kiln is not cheap to heat in winter.", True),
        ("A small kiln is expensive to heat in winter.", True),
        ("A small kiln is cheap to heat in summer too.", False),
        ("Glazes are expensive, and they are not cheap to ship.", False),
    ],
)
def test_a_contradiction_denies_or_turns_a_word_of_the_same(other: str, found: bool) -> None:
    assert bool(contradicts("A small kiln is cheap to heat in winter.", other)) is found


def test_doubts_name_hedges_numbers_missing_words_and_estimated_seconds(view: ArchiveView) -> None:
    (one,) = candidates(episode_of([("Ada", "I think a kilnomat [inaudible] needs maybe 40 bricks for one firing.")]))
    told = "; ".join(doubts(replace(one, own=replace(one.own, estimated=True)), view.index))
    for part in ("i think", "maybe", "40", "missing", "estimated"):
        assert part in told
    assert "kilnomat" in " ".join(concepts(one, (), view.index))


def test_a_block_has_the_second_of_a_line_that_has_one() -> None:
    lines = [("Ada", f"A kiln of {kind} needs a week to dry before its first firing.") for kind in ("clay", "brick")]
    episode = episode_of(lines)
    timed, untimed = (one.segment for one in candidates(episode) if one.count == 1)
    segments = list(episode.segments)
    segments[untimed] = replace(segments[untimed], estimated=True)
    first, second = (one for one in candidates(replace(episode, segments=tuple(segments))) if one.count == 1)
    assert first.second == second.second == segments[timed].start < second.own.start


def page(body: str, title: str = "Kilns") -> Page:
    return parse_page(title.lower().replace(" ", "-"), f"---\nlayout: wiki\ntitle: {title}\n---\n{body}")


def test_a_wiki_decides_on_the_place_and_the_action(view: ArchiveView, sheet: Worksheet) -> None:
    block = sheet.blocks[0]
    said, second, titled = block.candidate.text, int(block.candidate.own.start), block.candidate.chapter.title
    at = f"{second // 60:02d}:{second % 60:02d}"
    pots = page("## Pots\n\nPots crack in frost. Clay has to dry slowly.")

    def action(*pages: Page) -> tuple[str, Action]:
        proposal = propose(view, pages).blocks[0].proposal
        return proposal.page, proposal.action

    assert action(page(f"## {titled}\n\n{said}", "Serving"), pots) == ("serving", Action.SUPPORT_EXISTING)
    cited = page(f"## {titled}\n\n{said} [[cite:{SLUG}@{at}=>Serving]]", "Serving")
    assert action(cited, pots) == ("serving", Action.NO_CHANGE)
    word = next(token for token in tokens(said) if token.content and len(token.raw) > 5)
    named = page("Clay dries.", said[word.start : word.end].capitalize())
    near = page(f"## {titled}\n\n{said} Pots may differ in every way.", "Serving")
    linked = page(f"## {titled}\n\n{said} See [[{said[word.start : word.end]}]].", "Serving")
    assert action(near, named)[1] in (Action.CROSS_LINK, Action.SUPPORT_EXISTING)
    assert action(linked, named)[1] is not Action.CROSS_LINK
    assert action(pots)[0] == ""
    assert action(pots)[1] in (Action.NO_CHANGE, Action.CREATE_PAGE)
    assert action(parse_page("empty", ""))[0] == ""


def test_nothing_of_a_transcript_becomes_markup(view: ArchiveView, sheet: Worksheet) -> None:
    block = sheet.blocks[0]
    bad = replace(block.candidate, statement="<b>x</b> [a](javascript:1) `y`", before="<i>", after="### E99")
    text = markdown(replace(sheet, blocks=(replace(block, candidate=bad),)))
    assert not re.search(r"(?<!\\)<[bi]>|(?<!\\)\]\(javascript", text)
    assert "\n### E99" not in text


def test_json_has_one_object_for_each_block(sheet: Worksheet) -> None:
    made = [json.loads(line) for line in json_lines(sheet).splitlines()]
    assert [one["id"] for one in made] == [f"E{number:02d}" for number in range(1, len(sheet.blocks) + 1)]
    assert all(one["seconds"] == block.candidate.second for one, block in zip(made, sheet.blocks, strict=True))


def test_the_command_writes_a_file_and_never_over_one(sample_built: Built, tmp_path: Path) -> None:
    data = ["--data", str(sample_built.settings.data)]
    out, runner = tmp_path / "sheet.md", CliRunner()
    first = runner.invoke(cli, ["worksheet", "batching-and-kv", "--blocks", "2", "--out", str(out), *data])
    assert first.exit_code == 0, first.output
    assert out.read_text().count("\n### E") == 2
    out.write_text("mine")
    again = runner.invoke(cli, ["worksheet", SLUG, "--out", str(out), *data])
    assert (again.exit_code, out.read_text(), "--force" in again.output) == (2, "mine", True)
    forced = runner.invoke(cli, ["worksheet", SLUG, "--blocks", "1", "--out", str(out), "--force", "--json", *data])
    assert forced.exit_code == 0
    assert json.loads(out.read_text())["episode"] == SLUG


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["sample"], 1, "episodes match"),
        (["kilns-and-pots"], 1, "Try one of"),
        ([SLUG, "--wiki", "no-such-folder"], 2, "no such file or folder"),
        ([SLUG, "--force"], 2, "--out"),
    ],
)
def test_a_bad_call_is_told_in_one_line(sample_built: Built, words: list[str], status: int, told: str) -> None:
    failed = CliRunner().invoke(cli, ["worksheet", *words, "--data", str(sample_built.settings.data)])
    assert (failed.exit_code, told in " ".join(failed.output.split())) == (status, True)
