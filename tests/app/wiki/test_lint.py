"""Tests the wiki's own rules."""

from __future__ import annotations

import pytest

from app.wiki.lint import Finding, lint
from app.wiki.reading.page import parse_page

SUMMARY = "How clay becomes pots: firing, glazing, cooling, and what goes wrong on the way to a good kiln."
GOOD = f"""---
layout: wiki
title: "Clay"
summary: "{SUMMARY}"
related:
  - Kilns
---

Clay is fired. [[cite:kilns@04:42=>Firing]]

## Glazing

Clay is glazed
with ash
and salt. [[cite:kilns@68:06=>Salt glaze]]
"""


def found(text: str) -> list[Finding]:
    return [one for one in lint([parse_page("clay", text)]) if one.blocks]


def test_a_good_page_breaks_no_rule_and_what_only_the_wiki_can_hold_is_told() -> None:
    findings = lint([parse_page("clay", GOOD)])
    assert [(one.rule, one.blocks) for one in findings] == [("links", False), ("graph", False)]


@pytest.mark.parametrize(
    ("old", "new", "rule", "line"),
    [
        ("[[cite:kilns@04:42=>Firing]]", "[[podcast:kilns|4:42|Firing]]", "chips", 9),
        ("@04:42", "@4:42", "chips", 9),
        ("@04:42", "@1:04:42", "chips", 9),
        ("=>Firing]]", "]]", "chips", 9),
        ("=>Firing]]", "=>interview]]", "chips", 9),
        ("=>Firing]]", "=>The kiln episode]]", "chips", 9),
        ("Clay is fired.", "Clay is in [[podcast:kilns@04:42=>Firing]].", "chips", 9),
        ("Clay is fired.", "Clay is in [[podcast:kilns=>Firing 4:42]].", "chips", 9),
        ("with ash\n", "with ash\n\n| a | [[Kilns]] |\n\n", "chips", 16),
        ('"Clay"', '"A title that is much too long for it"', "front matter", 3),
        (SUMMARY, "Short.", "front matter", 4),
        ("layout: wiki", "layout: post", "front matter", 2),
        ("layout: wiki", "layout: article", "front matter", 5),
        ('title: "Clay"', "title: [", "front matter", 1),
        ('title: "Clay"', "title: &clay Clay\nkeyword: *clay", "front matter", 1),
        ("## Glazing", "## Bottom Line", "headings", 11),
        ("## Glazing", "## From the Archive", "headings", 11),
        ("## Glazing", "# Glazing", "headings", 11),
        ("Clay is fired.", "Clay is fired (8:13).", "style", 9),
        ("Clay is fired.", "Clay is fired at 12:30.", "style", 9),
        ("Clay is fired.", "She says that clay is fired.", "style", 9),
        ("Clay is fired.", "Use this page for clay.", "style", 9),
        ("Clay is fired.", "Clay is [fired](/podcasts/kilns.html).", "style", 9),
        (" [[cite:kilns@68:06=>Salt glaze]]", "", "grounded", 11),
    ],
)
def test_a_broken_rule_is_found_with_its_line(old: str, new: str, rule: str, line: int) -> None:
    assert old in GOOD
    assert (rule, line) in [(one.rule, one.line) for one in found(GOOD.replace(old, new, 1))]


def test_links_and_titles_are_those_of_all_pages_together() -> None:
    pages = [
        parse_page("clay", GOOD),
        parse_page("kilns", GOOD.replace('"Clay"', '"Kilns"').replace("- Kilns", "- clay")),
    ]
    assert not [one for one in lint(pages) if one.rule == "links"]
    assert {one.text for one in lint(pages)} == {"1 pages here link to it; the wiki asks for 6"}
    twice = lint([parse_page("clay", GOOD), parse_page("loam", GOOD)])
    assert "loam has the same title" in [one.text for one in twice]
