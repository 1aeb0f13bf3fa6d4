"""Reads a page of a wiki: its front matter, its sections, and its sentences with the chips that cover them.

    text -> blocks (paragraphs, list items) -> sentences -> claims, each with chips

1. A chip stands behind its sentence: after the full stop, on the same line or the next, before the stop, or in
   brackets. A stray stop behind it is dropped. Chips side by side are one group.
2. A group covers the sentences since the group before it, or since the heading. The last of them is "cited", the
   others are "covered"; those after the last group of a section are "uncited".
3. A sentence that begins with a pronoun keeps those before it, up to the first that does not, as its context.

Code, tables and comments hold no sentences. Nothing here knows the archive.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from app.wiki.blocks import Block, Marked, blocks_of, marked
from app.wiki.chips import Chip, Target
from app.wiki.navigation import navigates
from ingest.text import sentence_spans

_POINTS_BACK = re.compile(
    r"(?:(?:and|but|so|then|also|instead) )?(?:it|its|they|their|them|he|his|she|her|this|that|these|those|such|both|"
    r"the (?:same|result|other|latter|former)|another|others?|here|there|one|each)\b",
    re.IGNORECASE,
)
_MOST_CONTEXT = 3


class PageError(ValueError):
    """A page cannot be read; the message names it and the reason."""


class Kind(StrEnum):
    """How a sentence stands to the chips of its page."""

    CITED = "cited"
    COVERED = "covered"
    UNCITED = "uncited"


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of a page, as a reader sees it.

    `line` and `last_line` are its lines in the file, from 1. `chips` are those that cover it, all of one group, on the
    lines `chip_lines`; `group` numbers the groups of a page. `context` are the sentences before it that it refers to.
    `navigates`: it only leads to other pages.
    """

    text: str
    line: int
    last_line: int
    section: str
    kind: Kind = Kind.UNCITED
    chips: tuple[Chip, ...] = ()
    context: str = ""
    navigates: bool = False
    chip_lines: tuple[int, ...] = ()
    group: int = -1

    def on(self, lines: Set[int]) -> bool:
        """Whether the sentence or a chip that covers it stands on one of these lines."""
        return bool(lines.intersection(range(self.line, self.last_line + 1))) or bool(
            lines.intersection(self.chip_lines)
        )


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its level, its line, and the blocks below it; the opening of a page has no title and level 0."""

    title: str
    level: int
    line: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Page:
    """A page of the wiki: file name without `.md`, front matter as text (line 1 is its first `---`), and sections."""

    name: str
    front: str
    sections: tuple[Section, ...]
    claims: tuple[Claim, ...] = field(default=())


def read_page(path: Path) -> Page:
    """The page of one file; raises `PageError` if it is no UTF-8 text."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise PageError(f"{path}: not UTF-8 text; save it as UTF-8") from error
    return parse_page(path.stem, text)


def parse_page(name: str, text: str) -> Page:
    """The page of a text."""
    lines = text.splitlines()
    front, first = _front(lines)
    sections = tuple(_sections(lines, first))
    claims: list[Claim] = []
    for section in sections:
        claims += _claims(section, len(claims))
    return Page(name, front, sections, tuple(claims))


def _front(lines: Sequence[str]) -> tuple[str, int]:
    """The front matter, and the index of the first line after it."""
    if lines and lines[0].strip() == "---":
        for at, line in enumerate(lines[1:], start=1):
            if line.strip() == "---":
                return "\n".join(lines[1:at]), at + 1
    return "", 0


def _sections(lines: Sequence[str], first: int) -> Iterator[Section]:
    title, level, line, own = "", 0, first + 1, list[Block]()
    for block in blocks_of(lines, first):
        if block.level:
            yield Section(title, level, line, tuple(own))
            title, level, line, own = block.text.strip(), block.level, block.lines[0] if block.lines else line, []
        else:
            own.append(block)
    yield Section(title, level, line, tuple(own))


class _Group(NamedTuple):
    """Chips side by side, their lines, and the number of sentences of the section up to them."""

    reached: int
    chips: list[Chip]
    lines: list[int]


def _claims(section: Section, first_group: int) -> list[Claim]:
    """The sentences of a section, each with the chips that cover it."""
    found: list[Claim] = []
    groups: list[_Group] = []
    for block in section.blocks:
        if not block.prose:
            continue
        text = marked(block)
        before = len(found)
        spans = sentence_spans(text.text)
        found += [_claim(text, span, section.title) for span in spans]
        for place, chip, line in text.chips:
            reached = before + sum(begin < place for begin, _ in spans)
            if not groups or groups[-1].reached != reached:
                groups.append(_Group(reached, [], []))
            groups[-1].chips.append(chip)
            groups[-1].lines.append(line)
    return _with_context(_covered(found, groups, first_group))


def _claim(text: Marked, span: tuple[int, int], section: str) -> Claim:
    begin, end = span
    words = text.plain(begin, end)
    last = text.lines[min(end, len(text.lines)) - 1]
    return Claim(words, text.lines[begin], last, section, navigates=navigates(text.linked(begin, end)))


def _covered(found: Sequence[Claim], groups: Sequence[_Group], first_group: int) -> list[Claim]:
    claims = list(found)
    begin = 0
    for number, (reached, chips, lines) in enumerate(groups, start=first_group):
        for at in range(begin, reached):
            kind = Kind.CITED if at == reached - 1 else Kind.COVERED
            claims[at] = replace(claims[at], kind=kind, chips=tuple(chips), chip_lines=tuple(lines), group=number)
        begin = reached
    return claims


def _with_context(claims: list[Claim]) -> list[Claim]:
    for at, claim in enumerate(claims):
        first = at
        while first > max(0, at - _MOST_CONTEXT) and _POINTS_BACK.match(claims[first].text):
            first -= 1
        claims[at] = replace(claim, context=" ".join(own.text for own in claims[first:at]))
    return claims


def chips_of(page: Page) -> Iterator[tuple[int, Chip]]:
    """All chips of a page with their lines, links to other pages included."""
    for section in page.sections:
        for block in section.blocks:
            yield from block.chips()


def cites(chip: Chip) -> bool:
    """Whether a chip points into an episode."""
    return chip.evidence and chip.target is not Target.BOOK
