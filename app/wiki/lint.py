"""Holds pages to the wiki's own rules, as its editors' guide and checkers state them: chips, front matter, style.

Findings have a line and one sentence each. `blocks` is false for what is only told: a single page cannot have the
inbound links that the wiki's graph asks for. Nothing here reads the archive.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.wiki.reading.blocks import Block
from app.wiki.reading.chips import Chip, Target
from app.wiki.reading.front import Front, read_front
from app.wiki.reading.page import Page, Section, chips_of
from app.wiki.rules import (
    INBOUND,
    LONG_SECTION,
    LONGEST_SUMMARY,
    LONGEST_TITLE,
    SHORTEST_SUMMARY,
    SIGNPOST,
    STYLE,
    TAGS,
    bad_label,
    heading_allowed,
)
from ingest.text import fold


@dataclass(frozen=True, slots=True)
class Finding:
    """A breach of one rule."""

    page: str
    line: int
    rule: str
    text: str
    blocks: bool = True


def lint(pages: Sequence[Page], only: Iterable[str] | None = None) -> list[Finding]:
    """The findings of pages that are a whole wiki together; `only` names those that are looked at."""
    wanted = {page.name for page in pages} if only is None else set(only)
    fronts = {page.name: read_front(page.front) for page in pages}
    known = {slugified(name) for name in fronts} | {slugified(front.title) for front in fronts.values()}
    linked = _inbound(pages, fronts)
    found: list[Finding] = []
    for page in pages:
        if page.name in wanted:
            front = fronts[page.name]
            found += [*_front(page, front), *_titles(page, fronts), *_chips(page), *_headings(page), *_style(page)]
            found += [*_sections(page), *_links(page, known, linked[page.name], front)]
    return sorted(found, key=lambda one: (one.page, one.line))


def slugified(title: str) -> str:
    """A title as a file's name: lower case, other characters to `-`."""
    return re.sub(r"[^a-z0-9]+", "-", fold(title).lower()).strip("-")


def _front(page: Page, front: Front) -> Iterator[Finding]:
    def found(text: str, key: str = "") -> Finding:
        return Finding(page.name, front.line(key), "front matter", text)

    if front.fault:
        yield found(front.fault)
        return
    if front.layout not in ("wiki", "article"):
        yield found(f"layout is “{front.layout}”; write wiki, or article for a page with tags", "layout")
    if not front.title:
        yield found("title is missing")
    elif len(front.title) > LONGEST_TITLE:
        yield found(f"title has {len(front.title)} characters; at most {LONGEST_TITLE} fit", "title")
    if not SHORTEST_SUMMARY <= len(front.summary) <= LONGEST_SUMMARY:
        yield found(
            f"summary has {len(front.summary)} characters; write {SHORTEST_SUMMARY} to {LONGEST_SUMMARY}", "summary"
        )
    article = front.layout == "article"
    needed = ("tags", "keyword", "related_wiki") if article else ("related",)
    for key in needed:
        if not front.has(key):
            yield found(f"{key} is missing")
    if article and front.has("related"):
        yield found("an article has related_wiki, not related", "related")
    for tag in front.listed("tags"):
        if tag not in TAGS:
            yield found(f"“{tag}” is no tag; known: {', '.join(TAGS)}", "tags")


def _titles(page: Page, fronts: dict[str, Front]) -> Iterator[Finding]:
    own = fronts[page.name]
    same = [name for name, front in fronts.items() if name != page.name and front.title.lower() == own.title.lower()]
    if own.title and same:
        yield Finding(page.name, own.line("title"), "front matter", f"{same[0]} has the same title")


def _chips(page: Page) -> Iterator[Finding]:
    told: set[int] = set()
    for line, chip in chips_of(page):
        if chip.pipe or "|" in chip.written:
            if line not in told:
                yield Finding(page.name, line, "chips", "a chip has no “|”; write =>")
            told.add(line)
        elif chip.fault:
            yield Finding(page.name, line, "chips", f"{chip.fault}: {_shown(chip)}")
        elif chip.target is Target.CITE and (why := bad_label(chip.words)):
            yield Finding(page.name, line, "chips", f"{why}: {_shown(chip)}")
        elif chip.target is Target.MENTION and re.search(r"\d:\d\d", chip.words):
            yield Finding(page.name, line, "chips", f"a time in a label: {_shown(chip)}")
    for section in page.sections:
        for block in section.blocks:
            if block.table and any(block.chips()):
                yield Finding(page.name, block.lines[0], "chips", "a chip inside a table stops the page's build")


def _shown(chip: Chip) -> str:
    return " ".join(chip.written.split())


def _headings(page: Page) -> Iterator[Finding]:
    for section in page.sections:
        if section.level == 1:
            yield Finding(
                page.name, section.line, "headings", "the title is the front matter's; begin headings with ##"
            )
        if not heading_allowed(section.title):
            yield Finding(page.name, section.line, "headings", f"the heading “{section.title}” is not allowed")


def _style(page: Page) -> Iterator[Finding]:
    for claim in page.claims:
        for rule in STYLE:
            if match := rule.pattern.search(claim.text):
                yield Finding(page.name, claim.line, "style", f"{rule.says}: “{match.group().strip()}”")
    for section in page.sections:
        for block in section.blocks:
            if block.prose:
                yield from _signposts(page, block)
            if block.prose and (match := re.search(r"\]\((/(?:podcasts?|people|books)[/)][^)]*)", block.text)):
                line = block.lines[match.start()]
                yield Finding(page.name, line, "style", f"a local link, {match[1]}; write a chip")


def _signposts(page: Page, block: Block) -> Iterator[Finding]:
    begin = 0
    for line in block.text.split("\n"):
        if match := SIGNPOST.match(line):
            yield Finding(page.name, block.lines[begin], "style", f"a line begins with “{match.group()}”")
        begin += len(line) + 1


def _sections(page: Page) -> Iterator[Finding]:
    """Each section of three lines or more cites."""
    cited = 0
    for section in page.sections:
        own = [chip for block in section.blocks for _, chip in block.chips()]
        evidence = [chip for chip in own if chip.evidence or chip.target is Target.MENTION]
        cited += sum(chip.target is not Target.BOOK for chip in evidence)
        if _text_lines(section) >= LONG_SECTION and not evidence and section.title.lower() != "related pages":
            name = f"the section “{section.title}”" if section.title else "the opening"
            # The opening has no heading: the wiki's own check passes pages whose opening does not cite.
            yield Finding(page.name, section.line, "grounded", f"{name} cites nothing", blocks=section.level > 0)
    if not cited:
        yield Finding(page.name, 1, "grounded", "the page cites no episode")


def _text_lines(section: Section) -> int:
    return len({line for block in section.blocks if block.prose for line in block.lines})


def _links(page: Page, known: set[str], inbound: int, front: Front) -> Iterator[Finding]:
    """What only the whole wiki can settle is told, and does not block."""
    missing = [(line, chip.slug) for line, chip in chips_of(page) if chip.target is Target.PAGE]
    missing += [(front.line(key), title) for key in ("related", "related_wiki") for title in front.listed(key)]
    unknown = dict.fromkeys(title for _, title in missing if slugified(title) not in known)
    if unknown:
        yield Finding(
            page.name, 1, "links", f"{len(unknown)} linked pages are not here: {', '.join(unknown)}", blocks=False
        )
    if inbound < INBOUND:
        yield Finding(
            page.name, 1, "graph", f"{inbound} pages here link to it; the wiki asks for {INBOUND}", blocks=False
        )


def _inbound(pages: Sequence[Page], fronts: dict[str, Front]) -> dict[str, int]:
    """For each page, how many of the others link to it."""
    targets: dict[str, set[str]] = {}
    for page in pages:
        named = [chip.slug for _, chip in chips_of(page) if chip.target is Target.PAGE]
        named += [title for key in ("related", "related_wiki") for title in fronts[page.name].listed(key)]
        targets[page.name] = {slugified(one) for one in named}
    return {
        page.name: sum(
            bool({slugified(page.name), slugified(fronts[page.name].title)} & own)
            for name, own in targets.items()
            if name != page.name
        )
        for page in pages
    }
