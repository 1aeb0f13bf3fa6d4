"""Writes a worksheet as Markdown, or its blocks as JSON Lines. Text from outside becomes no markup."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from app.render.markdown import escape_markdown
from app.wiki.reading.chips import chip_for, time_of
from app.wiki.worksheet.conflicts import Contrary
from app.wiki.worksheet.places import Action
from app.wiki.worksheet.sheet import Block, Worksheet
from ingest.formats.content import plain_slug

# Statements are quoted word for word.
EVIDENCE_FORM = "short_quote"
NO_WIKI = "not looked for: give the wiki’s folder (`--wiki FOLDER`)"
_GATE = (
    "no page of that scope exists", "it matters beyond this episode", "three or more subtopics",
    "evidence for each section", "a hub page links to it", "no page has nearly the same name",
)  # fmt: skip


def markdown(sheet: Worksheet) -> str:
    """The worksheet for an editor."""
    lines = [*_head(sheet), *_chapters(sheet), "", "## Evidence blocks"]
    for number, block in enumerate(sheet.blocks, start=1):
        lines += ["", f"### {_id(number)}", *(f"- {name}: {value}" for name, value in _fields(block, sheet))]
    return "\n".join([*lines, *_contradictions(sheet), *_plan(sheet)]) + "\n"


def json_lines(sheet: Worksheet) -> str:
    """A line for each block."""
    made = (json.dumps(_json(number, block, sheet), ensure_ascii=False) for number, block in enumerate(sheet.blocks, 1))
    return "".join(f"{line}\n" for line in made)


def _head(sheet: Worksheet) -> Iterator[str]:
    episode = sheet.episode
    dated = episode.dated
    yield f"# Worksheet: {escape_markdown(episode.title)}"
    yield ""
    yield f"- Title: {escape_markdown(episode.title)}"
    yield f"- Slug: `{_slug(sheet)}`"
    yield f"- URL: {f'<{episode.page}>' if episode.page else 'none'}"
    yield f"- Source: {f'<{episode.url(0)}>' if episode.url(0) else 'none'}"
    yield f"- Date: {f'{dated[0]} ({dated[1]})' if dated else 'unknown'}"
    yield f"- Topics: {escape_markdown(', '.join(episode.topics)) or 'none given'}"
    yield f"- Guests: {escape_markdown(', '.join(episode.guests))}"
    yield ""
    yield (
        f"Proposed from {sheet.read} sentences of guests, without a language model: {len(sheet.blocks)} blocks. "
        "Listen, correct and drop; a guest’s claim stays that guest’s claim. In brackets stands the chapter’s title, "
        "where it may name what the guest took for granted."
    )
    yield ""


def _chapters(sheet: Worksheet) -> Iterator[str]:
    yield "## Chapters"
    yield ""
    for chapter in sheet.episode.chapters:
        ids = ", ".join(_id(at) for at, own in enumerate(sheet.blocks, 1) if own.candidate.chapter is chapter)
        yield f"- {time_of(chapter.start)} {escape_markdown(chapter.title)}{f' ({ids})' if ids else ''}"


def _fields(block: Block, sheet: Worksheet) -> Iterator[tuple[str, str]]:
    """The ten fields of a block, in the wiki's order."""
    one, place = block.candidate, block.proposal
    yield "Kind", f"`{block.kind.value}`"
    yield "Speaker", escape_markdown(one.own.speaker)
    yield "Timestamp", time_of(one.second)
    yield "Atomic statement", escape_markdown(block.stated)
    yield "Transcript support", f"“{escape_markdown(_support(block))}”"
    yield "Evidence form", f"`{EVIDENCE_FORM}`"
    yield "Confidence or uncertainty", escape_markdown(_doubted(block))
    yield "Concepts and entities", escape_markdown(", ".join(block.concepts))
    if sheet.pages is None:
        yield "Candidate target", NO_WIKI
    elif place.page:
        yield "Candidate target", f"`{place.page}`, {_section(place.section)}"
    else:
        yield "Candidate target", "no page of this wiki is near"
    yield "Proposed action", f"`{place.action.value}`"


def _support(block: Block) -> str:
    """The lines that carry a statement, as transcribed, with the sentences around it."""
    one = block.candidate
    return " ".join(filter(None, (one.before, one.text, one.after)))


def _doubted(block: Block) -> str:
    told = list(block.doubts)
    told += [
        f"contradicted by {other.speaker} ({other.episode.slug}, {time_of(other.start)})" for other in block.contrary
    ]
    return "; ".join(told) or "clear"


def _section(name: str) -> str:
    return f"section “{escape_markdown(name)}”" if name else "opening"


def _contradictions(sheet: Worksheet) -> Iterator[str]:
    found = [(number, block) for number, block in enumerate(sheet.blocks, 1) if block.contrary]
    if not found:
        return
    yield from ("", "## Contradictions to check")
    for number, block in found:
        one = block.candidate
        yield ""
        yield f"- {_id(number)}: {_quote(one.own.speaker, _slug(sheet), one.second, one.statement)}"
        for other in block.contrary:
            slug = plain_slug(other.episode.slug)
            yield f"  - {_quote(other.speaker, slug, other.start, other.text)} ({escape_markdown(other.sign)})"


def _quote(speaker: str, slug: str, second: float, text: str) -> str:
    return f"{escape_markdown(speaker)} (`{slug}`, {time_of(second)}): “{escape_markdown(text)}”"


def _plan(sheet: Worksheet) -> Iterator[str]:
    yield from ("", "## Integration plan", "")
    if sheet.pages is None:
        yield "No wiki was given, so nothing is planned."
    places = dict.fromkeys((own.proposal.page, own.proposal.section) for own in sheet.blocks if own.proposal.page)
    for page, section in places:
        yield f"- `{page}`, {_section(section)}:"
        for number, block in enumerate(sheet.blocks, 1):
            if (block.proposal.page, block.proposal.section) == (page, section):
                yield f"  - {_id(number)} `{block.proposal.action.value}`: {_reason(block)} `{_chip(block, sheet)}`"
    nowhere = [
        (number, own) for number, own in enumerate(sheet.blocks, 1) if sheet.pages is not None and not own.proposal.page
    ]
    for number, block in nowhere:
        yield f"- {_id(number)} `{block.proposal.action.value}`: {_reason(block)} `{_chip(block, sheet)}`"
    if any(own.proposal.action is Action.CREATE_PAGE for own in sheet.blocks):
        yield from ("", "A new page needs all of this:", "")
        yield from (f"- [ ] {rule}" for rule in _GATE)


def _reason(block: Block) -> str:
    return f"{escape_markdown(block.proposal.reason)};"


def _chip(block: Block, sheet: Worksheet) -> str:
    one = block.candidate
    return chip_for(_slug(sheet), one.second, one.chapter.title)


def _slug(sheet: Worksheet) -> str:
    return plain_slug(sheet.episode.name or sheet.episode.slug)


def _id(number: int) -> str:
    return f"E{number:02d}"


def _json(number: int, block: Block, sheet: Worksheet) -> dict[str, Any]:
    one, place = block.candidate, block.proposal
    return {
        "id": _id(number),
        "episode": _slug(sheet),
        "chapter": one.chapter.title,
        "kind": block.kind.value,
        "speaker": one.own.speaker,
        "seconds": one.second,
        "timestamp": time_of(one.second),
        "lead": block.lead,
        "statement": one.statement,
        "support": _support(block),
        "evidence_form": EVIDENCE_FORM,
        "uncertainty": _doubted(block),
        "concepts": list(block.concepts),
        "target": {"page": place.page, "section": place.section} if place.page else None,
        "action": place.action.value,
        "reason": place.reason if sheet.pages is not None else NO_WIKI,
        "chip": _chip(block, sheet),
        "probability": round(block.probability, 3),
        "contradictions": [_contrary(other) for other in block.contrary],
    }


def _contrary(other: Contrary) -> dict[str, Any]:
    return {
        "speaker": other.speaker,
        "episode": plain_slug(other.episode.slug),
        "seconds": other.start,
        "text": other.text,
        "sign": other.sign,
    }
