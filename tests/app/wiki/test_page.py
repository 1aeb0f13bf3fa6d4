"""Tests how chips and pages of a wiki are read."""

from __future__ import annotations

import pytest

from app.wiki.reading.chips import Target, chip_for, read_chip
from app.wiki.reading.page import Kind, Page, parse_page

A = "[[cite:kilns@04:42=>Firing]]"


def page(body: str) -> Page:
    return parse_page("clay", f"---\nlayout: wiki\ntitle: Clay\n---\n\n{body}\n")


def read(body: str) -> list[tuple[str, str, list[tuple[str, int | None]]]]:
    """Each sentence with its kind, and slug and second of its chips."""
    return [(c.text, c.kind.value, [(chip.slug, chip.start) for chip in c.chips]) for c in page(body).claims]


@pytest.mark.parametrize(
    ("written", "target", "slug", "start", "end", "words"),
    [
        ("[[cite:kilns=>Firing]]", "cite", "kilns", None, None, "Firing"),
        ("[[cite:kilns@68:06=>Firing]]", "cite", "kilns", 4086, None, "Firing"),
        ("[[cite:_kilns.md.md@04:42=>Old\nkilns]]", "cite", "kilns", 282, None, "Old kilns"),
        ("[[podcast:kilns|Label]]", "podcast", "kilns", None, None, "Label"),
        ("[[podcast:kilns|8:13|Label]]", "podcast", "kilns", 493, None, "Label"),
        ("[[podcast:kilns|Label|8:13]]", "podcast", "kilns", 493, None, "Label"),
        ("[[podcast:kilns|8:13]]", "podcast", "kilns", 493, None, ""),
        ("[[podcast:kilns|Label, 12:30-17:50]]", "podcast", "kilns", 750, 1070, "Label"),
        ("[[podcast:kilns|ownership at 29:00-41:03]]", "podcast", "kilns", 1740, 2463, "ownership"),
        ("[[podcast:kilns|1:02:50|Label]]", "podcast", "kilns", 3770, None, "Label"),
        ("[[guest:ada=>Ada]]", "person", "ada", None, None, "Ada"),
        ("[[book:pots=>Pots]]", "book", "pots", None, None, "Pots"),
        ("[[Old Kilns]]", "page", "Old Kilns", None, None, "Old Kilns"),
        ("[[old-kilns=>kilns of old]]", "page", "old-kilns", None, None, "kilns of old"),
        ("[[a-a-testing|A/A Testing]]", "page", "a-a-testing", None, None, "A/A Testing"),
    ],
)
def test_a_chip_has_a_target_a_slug_and_seconds(
    written: str, target: str, slug: str, start: int | None, end: int | None, words: str
) -> None:
    chip = read_chip(written)
    assert (chip.target.value, chip.slug, chip.start, chip.end, chip.words) == (target, slug, start, end, words)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (f"One. Two is fired. {A}", [("One.", "covered"), ("Two is fired.", "cited")]),
        (f"Clay is fired.\n{A}", [("Clay is fired.", "cited")]),
        (f"Clay is fired.{A}.", [("Clay is fired.", "cited")]),
        (f"Clay is fired\n{A}.", [("Clay is fired.", "cited")]),
        (f"Clay is fired ({A}\n{A}). Pots crack.", [("Clay is fired.", "cited"), ("Pots crack.", "uncited")]),
        (f"Clay is fired.\n\n{A}\n\nPots crack.", [("Clay is fired.", "cited"), ("Pots crack.", "uncited")]),
        (f"Clay is fired. {A}\n## Pots\n\nPots crack.", [("Clay is fired.", "cited"), ("Pots crack.", "uncited")]),
        (f"Clay is fired, see `{A}`.", [(f"Clay is fired, see {A}.", "uncited")]),
        (f"```\nClay. {A}\n```\n\nPots crack.", [("Pots crack.", "uncited")]),
        ("Clay is fired in [[podcast:kilns=>Firing]].", [("Clay is fired in Firing.", "uncited")]),
        ("Clay needs [[Kilns]]. [[Pots]] crack.", [("Clay needs Kilns.", "uncited"), ("Pots crack.", "uncited")]),
    ],
)
def test_a_chip_covers_the_sentences_since_the_one_before_it_or_the_heading(
    body: str, found: list[tuple[str, str]]
) -> None:
    assert [(text, kind) for text, kind, _ in read(body)] == found


def test_chips_side_by_side_are_one_group_and_times_behind_an_old_chip_belong_to_it() -> None:
    both = "[[cite:a@04:42=>A]][[cite:b=>B]]"
    assert read(f"Clay is fired. {both}\nPots crack. {A}") == [
        ("Clay is fired.", "cited", [("a", 282), ("b", None)]),
        ("Pots crack.", "cited", [("kilns", 282)]),
    ]
    old = "Clay is fired\n([[podcast:kilns|Firing]],\n5:27-10:00 and 30:16-34:46). Pots crack."
    assert read(old)[0] == ("Clay is fired.", "cited", [("kilns", 327), ("kilns", 1816)])


def test_lines_are_those_of_the_file_and_a_changed_chip_touches_all_that_it_covers() -> None:
    one, two = page(f"Clay is fired\nat dawn. Pots\ncrack.\n{A}").claims
    assert (one.line, one.last_line, two.line, two.last_line) == (6, 7, 7, 8)
    assert [one.on({9}), two.on({9}), one.on({8})] == [True, True, False]


def test_a_sentence_with_a_pronoun_is_read_with_those_before_it() -> None:
    claims = page("Clay is fired. It hardens. They also glaze it. Pots crack.").claims
    assert [claim.context for claim in claims] == ["", "Clay is fired.", "Clay is fired. It hardens.", ""]


@pytest.mark.parametrize(
    ("sentence", "navigates"),
    [
        ("Use [[Kilns]] for the heat.", True),
        ("For raw clay, see [[Clay Pits]].", True),
        ("[[Kilns]] covers the firing of large pots.", True),
        ("That connects clay work to [[Kilns]] and [[Glazes]].", True),
        ("Use this page when large pots are fired.", True),
        ("- [[Kilns]]", True),
        ("Large pots crack when [[Kilns]] cool too fast.", False),
        ("Kilns waste most of their heat.", False),
        ("They also raise [[kiln-cost=>questions of ownership]].", False),
    ],
)
def test_a_sentence_that_only_leads_elsewhere_claims_nothing(sentence: str, navigates: bool) -> None:
    (claim,) = page(sentence).claims
    assert claim.navigates is navigates


def test_a_new_chip_is_read_back() -> None:
    chip = read_chip(chip_for("kilns", 4086.4, "Firing: old | new @home"))
    assert (chip.target, chip.slug, chip.start, chip.words) == (Target.CITE, "kilns", 4086, "Firing – old new home")
    assert not chip.fault
    assert page(f"Clay is fired. {chip.written}").claims[0].kind is Kind.CITED
