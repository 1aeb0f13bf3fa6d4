"""Cuts Markdown into blocks, and a block's text into words and chips, each character with its line in the file.

Only what a wiki's pages hold is known: headings, paragraphs, lists, quotes, tables, fenced code and comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.wiki.chips import CHIP, Chip, Target, read_chip, times_after

# Marks around the words of a link to another page, while a block is read.
LINK, ENDS = "\ue000", "\ue001"
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_FENCE = re.compile(r"^\s*(```+|~~~+)")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d{1,3}[.)])\s+")
_QUOTE = re.compile(r"^\s*>\s?")
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_MARKS = re.compile(r"\*\*|__|(?<!\w)[*_]|[*_](?!\w)")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)")


@dataclass(frozen=True, slots=True)
class Block:
    """A heading (`level` 1 to 6), or text. `lines` has the line in the file, from 1, of each character of `text`.

    `prose`: it is read sentence by sentence; tables and code are not. `table`: it is a table.
    """

    text: str
    lines: tuple[int, ...]
    level: int = 0
    prose: bool = True
    table: bool = False

    def chips(self) -> Iterator[tuple[int, Chip]]:
        """The chips outside code, with their lines."""
        if self.prose or self.table:
            text = _without_code(self.text)
            for match in CHIP.finditer(text):
                yield self.lines[match.start()], read_chip(match.group())


@dataclass(frozen=True, slots=True)
class Marked:
    """A block as a reader sees it, without chips. `chips`: the place in `text` of each, and the line of its end.

    `links`: where the words of links to other pages begin and end.
    """

    text: str
    lines: tuple[int, ...]
    chips: tuple[tuple[int, Chip, int], ...]
    links: tuple[tuple[int, int], ...] = ()

    def plain(self, begin: int, end: int) -> str:
        """The words of a part, without the signs of Markdown."""
        words = " ".join(_MARKS.sub("", self.text[begin:end]).split())
        return re.sub(r"\s+([.,;:!?])", r"\1", words.replace("`", ""))

    def linked(self, begin: int, end: int) -> str:
        """The part with marks (`LINK`, `ENDS`) around the words of its links."""
        text = self.text[begin:end]
        for first, last in reversed(self.links):
            if begin <= first and last <= end:
                text = f"{text[: first - begin]}{LINK}{text[first - begin : last - begin]}{ENDS}{text[last - begin :]}"
        return text


def blocks_of(lines: Sequence[str], first: int) -> Iterator[Block]:
    """The blocks of a page's lines from index `first` on."""
    own: list[tuple[int, str]] = []
    fence = ""
    for at, line in enumerate(lines[first:], start=first + 1):
        opened = _FENCE.match(line)
        if fence or opened:
            yield from _block(own)
            own = []
            yield Block(line, (at,) * len(line), prose=False)
            if opened and (not fence or line.strip().startswith(fence)):
                fence = "" if fence else opened[1][:3]
            continue
        heading = _HEADING.match(line)
        if heading or not line.strip() or _ITEM.match(line):
            yield from _block(own)
            own = []
        if heading:
            yield Block(heading[2], (at,) * max(1, len(heading[2])), level=len(heading[1]))
        elif line.strip():
            own.append((at, _QUOTE.sub("", _ITEM.sub("", line))))
    yield from _block(own)


def _block(own: Sequence[tuple[int, str]]) -> Iterator[Block]:
    if not own:
        return
    table = all(line.lstrip().startswith("|") for _, line in own)
    comment = own[0][1].lstrip().startswith("<!--")
    text = "\n".join(line.strip() for _, line in own)
    lines = tuple(at for at, line in own for _ in line.strip() + "\n")[: len(text)]
    yield Block(text, lines, prose=not (table or comment), table=table)


def _without_code(text: str) -> str:
    """The text with its code blanked, character for character."""
    return _CODE.sub(lambda match: re.sub(r"[\[\]]", " ", match.group()), text)


def marked(block: Block) -> Marked:
    """The words of a block, and its evidence with the places at which it stands."""
    source = _without_code(block.text)
    made: list[str] = []
    lines: list[int] = []
    chips: list[tuple[int, Chip, int]] = []

    def put(text: str, at: int) -> None:
        made.append(text)
        lines.extend(block.lines[min(at + step, len(block.lines) - 1)] for step in range(len(text)))

    at = 0
    while match := CHIP.search(source, at):
        chip = read_chip(match.group())
        put(source[at : match.start()], at)
        at = match.end()
        if not chip.evidence:
            inside = f"{LINK}{chip.words}{ENDS}" if chip.target is Target.PAGE else chip.words
            made.append(inside)
            lines.extend([block.lines[match.start()]] * len(inside))
            continue
        at = _cite(chip, source, at, made, lines, chips, block.lines[match.end() - 1])
    put(source[at:], at)
    return _tidied("".join(made), lines, chips)


def _cite(
    chip: Chip,
    source: str,
    at: int,
    made: list[str],
    lines: list[int],
    chips: list[tuple[int, Chip, int]],
    line: int,
) -> int:
    """Note a chip of evidence, with the times behind it; returns where the text goes on."""
    before = "".join(made)
    times, taken = times_after(source[at:]) if chip.pipe and chip.start is None else ([], 0)
    for one in [chip.at(*time) for time in times] or [chip]:
        chips.append((len(before), one, line))
    at += taken
    # "... in [[podcast:slug|Label]], where": an old chip inside a sentence is one of its words.
    inside = chip.pipe and before.count("(") <= before.count(")") and not re.search(r"[.!?][\"”’)]*\s*$", before)
    if inside and chip.words and not taken:
        made.append(chip.words)
        lines.extend([line] * len(chip.words))
    # A stray stop behind a chip whose sentence has ended.
    if re.search(r"[.!?][\"”’)]*\s*$", before) and re.match(r"\.(?!\w)", source[at:]):
        at += 1
    return at


def _tidied(text: str, lines: list[int], chips: list[tuple[int, Chip, int]]) -> Marked:
    """Without the brackets that stood around chips, and links of Markdown as their words; places move along."""
    cuts = [match.span() for match in re.finditer(r"\s*\(\s*\)", text)]
    for match in _LINK.finditer(text):
        cuts += [(match.start(), match.start(1)), (match.end(1), match.end())]
    marks = [(match.start(), match.end()) for match in re.finditer(f"[{LINK}{ENDS}]", text)]
    links = [[match.start(), match.end()] for match in re.finditer(f"{LINK}[^{ENDS}]*{ENDS}", text)]
    cuts += marks
    for begin, end in sorted(cuts, reverse=True):
        text = text[:begin] + text[end:]
        del lines[begin:end]
        chips = [(_moved(place, begin, end), chip, line) for place, chip, line in chips]
        links = [[_moved(place, begin, end) for place in link] for link in links]
    return Marked(text, tuple(lines), tuple(chips), tuple((first, last) for first, last in links))


def _moved(place: int, begin: int, end: int) -> int:
    return begin if begin <= place < end else place - (end - begin) if place >= end else place
