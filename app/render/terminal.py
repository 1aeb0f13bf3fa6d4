"""Renders an answer or a verified statement as plain text for a terminal, at most 100 columns wide.

Control characters are removed from the text of transcripts, models and visitors.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence

from app.language.disfluencies import trim_fillers
from app.render.answer import ALSO, CHAPTERS, SOURCES, Prose, Shown, shown
from app.render.moment import NO_RECORDING, Moment
from app.types import Answer, Verdict, Verified
from ingest.text import clean

WIDTH = 100
_COLORS = {Verdict.SUPPORTED: "32", Verdict.PARTLY: "33", Verdict.NOT_FOUND: "31"}
_BOLD, _CYAN, _YELLOW = "1", "36", "33"
# Puts a text between the control sequences of a colour; or returns it as it is.
_Paint = Callable[[str, str], str]


def answer_text(answer: Answer, color: bool) -> str:
    """The answer as text; without control sequences unless `color`."""
    paint = _paint if color else _plain
    made = shown(answer)
    blocks = [paint(made.question, _BOLD)]
    if made.instead:
        blocks.append(paint(made.instead, _YELLOW))
    if made.told:
        blocks.append("\n".join(_listed(text) if listed else _wrap(text) for listed, text in made.told))
    if made.choices:
        blocks.append("\n".join(map(_listed, made.choices)))
    blocks += _answered(made, paint)
    blocks += [_moment(moment, paint) for moment in made.nearest]
    blocks += [_wrap(note, "Note: ", "  ") for note in made.notes]
    for title, moments in ((SOURCES, made.sources), (CHAPTERS, made.chapters)):
        blocks += _places(title, moments, paint)
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
    for moment in map(Moment.of, result.citations or result.nearest):
        lines += _place(moment, quote=f"“{trim_fillers(moment.key)}”")
    return "\n".join(lines) + "\n"


def _answered(made: Shown, paint: _Paint) -> Iterator[str]:
    for place, block in enumerate(made.blocks):
        if place == 1 and made.also:
            yield paint(f"{ALSO}:", _BOLD)
        if isinstance(block, Prose):
            yield "\n".join(_prose(text, cited) for text, cited in block.sentences)
        else:
            yield _moment(block, paint)


def _prose(text: str, cited: Sequence[Moment]) -> str:
    return _wrap(" ".join([text, *(f"[{one.number}]" for one in cited)]))


def _moment(moment: Moment, paint: _Paint) -> str:
    where = [f"{moment.speaker} in “{moment.title}”", moment.span + _estimated(moment), moment.date]
    return "\n".join(
        [
            *(paint(line, _BOLD) for line in _wrap(f"{moment.label}: {moment.heading}").splitlines()),
            *(paint(line, _CYAN) for line in _wrap(", ".join(filter(None, where))).splitlines()),
            _wrap(moment.said, "  ", "  "),
            # Never wrapped: a broken address cannot be clicked.
            f"  {moment.url or NO_RECORDING}",
        ]
    )


def _places(title: str, moments: Sequence[Moment], paint: _Paint) -> Iterator[str]:
    """A list of moments, without their words."""
    if moments:
        yield "\n".join([paint(title, _BOLD), *(line for moment in moments for line in _place(moment))])


def _place(moment: Moment, quote: str = "") -> Iterator[str]:
    where = [moment.speaker, f"“{moment.title}”", f"chapter “{moment.chapter}”", moment.span + _estimated(moment)]
    yield _wrap(", ".join(filter(None, [*where, moment.date])), f" [{moment.number}] ", "     ")
    if quote:
        yield _wrap(quote, "     ", "     ")
    yield f"     {moment.url or NO_RECORDING}"


def _estimated(moment: Moment) -> str:
    return " (time estimated)" if moment.estimated else ""


def _listed(text: str) -> str:
    return _wrap(text, "  - ", "    ")


def _wrap(text: str, first: str = "", rest: str = "") -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def _paint(text: str, code: str) -> str:
    return f"\033[{code}m{text}\033[0m"


def _plain(text: str, _code: str) -> str:
    return text
