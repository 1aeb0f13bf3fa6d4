"""Renders an answer or a verified statement as plain text for a terminal, at most 100 columns wide.

Control characters are removed from the text of transcripts, models and visitors.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator

from app.language.disfluencies import trim_fillers
from app.render.answer import INSTEAD, NEAREST, NO_RECORDING, Moment, context, grouped, link, parts, span, told
from app.types import Answer, Citation, Verdict, Verified
from ingest.text import clean, clock

WIDTH = 100
_COLORS = {Verdict.SUPPORTED: "32", Verdict.PARTLY: "33", Verdict.NOT_FOUND: "31"}


def answer_text(answer: Answer, color: bool) -> str:
    """The answer as text; without control sequences unless `color`."""
    paint = _paint if color else _plain
    blocks = [paint(clean(answer.question), "1")]
    if answer.outcome in INSTEAD:
        blocks.append(paint(INSTEAD[answer.outcome], "33"))
    if about := told(answer):
        blocks.append(
            "\n".join(_wrap(text, "  - " if listed else "", "    " if listed else "") for listed, text in about)
        )
    else:
        blocks += [_group_text(group, color) for group in grouped(answer)]
    blocks += [_wrap(clean(note), "Note: ", "  ") for note in answer.notes]
    title, citations = ("Sources", answer.citations) if answer.answered else (NEAREST, answer.nearest)
    if citations:
        blocks.append("\n".join([paint(title, "1"), *(line for item in citations for line in _source(item))]))
    return "\n\n".join(blocks) + "\n"


def verified_text(result: Verified, color: bool) -> str:
    """Verdict, score and evidence of a statement as text; without control sequences unless `color`."""
    verdict = f"{result.said} (score {result.score:.2f})"
    lines = [
        _wrap(clean(result.statement)),
        _paint(verdict, _COLORS[result.verdict]) if color else verdict,
        *(_wrap(clean(note), "Note: ", "  ") for note in result.notes),
    ]
    if result.nearest:
        lines.append("Nearest (no support):")
    for item in result.citations or result.nearest:
        lines += _source(item, quote=f"“{trim_fillers(clean(item.evidence.key))}”")
    return "\n".join(lines) + "\n"


def _group_text(group: list[Moment], color: bool) -> str:
    paint = _paint if color else _plain
    lines: list[str] = []
    if lead := group[0].quoted:
        who = f"{clean(lead.evidence.speaker)} in “{clean(lead.evidence.episode.title)}”"
        lines += [paint(line, "36") for line in textwrap.wrap(who, WIDTH)]
    for moment in group:
        numbers = " ".join(f"[{citation.id}]" for citation in moment.citations)
        if moment.quoted is None:
            lines.append(_wrap(f"{clean(' '.join(sentence.text for sentence in moment.sentences))} {numbers}"))
            continue
        marked = parts(moment.quoted.evidence, moment.sentences)
        text = " ".join(trim_fillers(part) for part, _ in marked)
        opening = f"{clock(moment.quoted.evidence.start)}  {context(moment.quoted.evidence)}"
        wrapped = _wrap(f"{opening}{text} {numbers}", "  ", "  ")
        lines.append(_embolden(wrapped, [trim_fillers(part) for part, key in marked if key]) if color else wrapped)
    return "\n".join(lines)


def _source(citation: Citation, quote: str = "") -> Iterator[str]:
    item = citation.evidence
    estimated = " (time estimated)" if item.estimated else ""
    where = (
        f"{clean(item.speaker)}, “{clean(item.episode.title)}”, chapter “{clean(item.chapter.title)}”, "
        f"{span(item)}{estimated}"
    )
    yield _wrap(where, f" [{citation.id}] ", "     ")
    if quote:
        yield _wrap(quote, "     ", "     ")
    # Never wrapped: a broken address cannot be clicked.
    yield f"     {link(item) or NO_RECORDING}"


def _wrap(text: str, first: str = "", rest: str = "") -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def _embolden(wrapped: str, keys: Iterable[str]) -> str:
    """Key words in bold after wrapping, so that control sequences do not count as columns."""
    for key in keys:
        pattern = r"\s+".join(re.escape(word) for word in key.split())
        wrapped = re.sub(pattern, lambda match: _paint(match[0], "1"), wrapped, count=1)
    return wrapped


def _paint(text: str, code: str) -> str:
    return f"\033[{code}m{text}\033[0m"


def _plain(text: str, _code: str) -> str:
    return text
