"""Tests headings, chips, the page's file, and what cannot stand on a page."""

from __future__ import annotations

from dataclasses import replace

import pytest
from app_fixtures import GUEST, HOST, Line, episode_of

from app.types import Evidence
from app.wiki.lint import lint
from app.wiki.reading.chips import read_chip
from app.wiki.reading.page import Kind, parse_page
from app.wiki.rules import LONGEST_SUMMARY, LONGEST_TITLE, SHORTEST_SUMMARY
from app.wiki.topics.headings import headings_of, summary_of, title_of, titled
from app.wiki.topics.markdown import page_text
from app.wiki.topics.parts import Paragraph, Section, TopicPage, chip_of
from app.wiki.topics.statements import unfit_for_a_page
from index.opened import Index

LINES = [
    Line(HOST, "How do you fire a kiln?"),
    Line(GUEST, "We heat it slowly, overnight. Then it cools for a day."),
    Line(GUEST, "Glaze runs if it is too hot."),
]
SUMMARY = "How clay becomes pots: firing, glazing, cooling, and what goes wrong on the way to a good kiln."


def moment(text: str = "Glaze runs if it is too hot.", title: str = "Glazes: what runs and why") -> Evidence:
    episode = episode_of(LINES, slug="kilns")
    line = episode.segments[2]
    chapter = replace(episode.chapters[0], title=title)
    return Evidence(episode, chapter, GUEST, line.start, line.end, text, text, "", 0.9)


def page(*sentences: str, draft: bool = False, related: tuple[str, ...] = ("Glaze",)) -> TopicPage:
    section = Section("Glazing", (Paragraph(moment(), sentences),))
    return TopicPage("Clay", SUMMARY, Section("", section.paragraphs), (section,), related, draft)


@pytest.mark.parametrize(
    ("title", "headings"),
    [
        ("Kiln care: heat, fuel and the people who pay", ["Kiln Care: Heat, Fuel and the People Who Pay", "Kiln Care"]),
        ("Firing (part 2): slow overnight heat", ["Firing: Slow Overnight Heat", "Slow Overnight Heat"]),
        ("Clay", []),
        ("Why does clay crack?", []),
        ("From the archive: old kilns", ["Old Kilns"]),
        ("A talk with Bastien Quillerand", []),
    ],
)
def test_headings_are_made_of_a_chapters_title(sample_index: Index, title: str, headings: list[str]) -> None:
    found = list(headings_of(title, "Clay", sample_index))
    assert [one for one in found if one in headings] == headings
    assert bool(found) == bool(headings)


def test_titles_and_summaries_have_the_length_that_the_wiki_wants() -> None:
    assert titled("how MLOps helps: the tools of a team") == "How MLOps Helps: the Tools of a Team"
    assert title_of("clay") == "Clay"
    long = title_of("the long way of clay from the river to the kiln")
    assert len(long) <= LONGEST_TITLE
    assert long == "The Long Way of Clay from the"[: len(long)]
    for headings in ([], ["Glazing"], ["Slow Heat and Fast Cooling"] * 9):
        assert SHORTEST_SUMMARY <= len(summary_of("Clay", headings)) <= LONGEST_SUMMARY


def test_a_chip_has_the_second_of_the_line_in_which_the_words_begin() -> None:
    own = moment()
    inside = replace(own, start=own.start + 0.9)
    for one in (own, inside):
        chip = read_chip(chip_of(one))
        assert (chip.slug, chip.start, chip.words) == ("kilns", int(own.start), "Glazes – what runs and why")
    assert read_chip(chip_of(moment(title="Interview"))).words == "About kilns"


def test_a_page_passes_the_rules_and_its_chips_cover_its_sentences() -> None:
    text = page_text(page("Glaze runs if it is too hot, and much more so on a wet day in a small kiln by the sea."))
    made = parse_page("clay", text)
    assert [one for one in lint([made]) if one.blocks] == []
    assert {claim.kind for claim in made.claims if claim.section == "Glazing"} == {Kind.CITED}
    assert max(len(line) for line in text.splitlines() if not line.startswith(("[[", "summary"))) < 80
    assert text.count("[[Glaze]]") == 2  # the first mention, and the list


def test_a_draft_quotes_and_nothing_said_becomes_markup() -> None:
    said = moment("See [[cite:other@00:01=>Other]] <b>now</b> # not a heading")
    one = Section("Glazing", (Paragraph(said),))
    text = page_text(TopicPage("Clay", SUMMARY, Section("", ()), (one,), draft=True, missing=("a -- b",)))
    made = parse_page("clay", text)
    assert "stub: true" in text
    assert f"**{GUEST}:**" in text
    assert "<b>" not in text.replace("\\<b>", "")
    assert [chip.slug for claim in made.claims for chip in claim.chips] == ["kilns"] * 2
    assert "<!-- Not filled:\na – b\n-->" in text
    assert not any("Not filled" in claim.text or "a – b" in claim.text for claim in made.claims)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Glaze runs if it is too hot.", ""),
        ("We heat the kiln.", "speaks of the speaker or to the reader"),
        ("It runs. It cracks.", ""),
        ("It runs. It cracks. It glows.", "not one or two whole sentences"),
        ("Glaze runs", "not one or two whole sentences"),
        ("He says glaze runs.", "against the wiki's style"),
        ("Glaze `runs` *fast*.", "holds markup"),
        ("Kilns in the US run hot.", ""),
    ],
)
def test_some_sentences_cannot_stand_on_a_page(text: str, reason: str) -> None:
    assert unfit_for_a_page(text) == reason


def test_a_page_without_some_sentences_has_no_empty_sections() -> None:
    left = page("One runs.", "Two cracks.").without({"One runs."})
    assert [one.sentences for one in left.sections[0].paragraphs] == [("Two cracks.",)]
    assert left.without({"Two cracks."}).sections == ()
