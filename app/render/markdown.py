"""Writes an answer as Markdown, to be pasted elsewhere.

Text from a transcript, a model or a visitor is untrusted: in it nothing becomes Markdown, HTML or a link.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from app.render.answer import ALSO, CHAPTERS, SOURCES, Prose, Shown, shown
from app.render.moment import NO_RECORDING, Moment
from app.types import Answer
from ingest.text import clean, clock

# What Markdown (also GitHub's) reads as markup inside a line and at its beginning, and what it
# turns into a link by itself. Inside a word an underscore is plain.
_MARKUP = re.compile(r"[\\`*\[\]<&~$|]|(?<!\w)_|_(?!\w)|:(?=//)|(?<=www)\.", re.IGNORECASE)
_LEADING = re.compile(r"^(?:(?=[#>+=-])|(\d+)(?=[.)]))")


def answer_markdown(answer: Answer) -> str:
    """The answer with links to each moment, or what is shown instead of it."""
    return f"**{escape_markdown(answer.question)}**\n\n{reply_markdown(answer)}"


def reply_markdown(answer: Answer) -> str:
    """The same without the question above it: a turn of a conversation."""
    made = shown(answer)
    lines = _body(made)
    for moment in made.nearest:
        lines += _moment(moment)
    lines += [line for note in made.notes for line in (f"_{escape_markdown(note)}_", "")]
    for title, moments in ((SOURCES, made.sources), (CHAPTERS, made.chapters)):
        lines += _places(title, moments)
    return _text(lines)


def written_markdown(answer: Answer) -> str:
    """The beginning of `reply_markdown`, as far as an answer is written: its sentences or moments so far."""
    return _text(_body(shown(answer)))


def _body(made: Shown) -> list[str]:
    """What an answer says, without its notes and sources."""
    lines = []
    if made.instead:
        lines += [escape_markdown(made.instead), ""]
    lines += _told(made.told)
    lines += [f"- {escape_markdown(choice)}" for choice in made.choices] + [""]
    for place, block in enumerate(made.blocks):
        if place == 1 and made.also:
            lines += [f"{ALSO}:", ""]
        lines += _prose(block) if isinstance(block, Prose) else _moment(block)
    return lines


def _text(lines: Iterable[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def _told(told: Iterable[tuple[bool, str]]) -> Iterator[str]:
    for listed, text in told:
        yield from [f"- {escape_markdown(text)}"] if listed else ["", escape_markdown(text), ""]


def _prose(block: Prose) -> Iterator[str]:
    for text, cited in block.sentences:
        yield f"{escape_markdown(text)} {' '.join(map(_number, cited))}".strip()
        yield ""


def _moment(moment: Moment) -> Iterator[str]:
    estimated = " (time estimated)" if moment.estimated else ""
    at = f"[{clock(moment.start)}]({moment.url})" if moment.url else f"{clock(moment.start)} ({NO_RECORDING})"
    where = [f"{escape_markdown(moment.speaker)} in *{escape_markdown(moment.title)}*", at + estimated, moment.date]
    yield from (f"**{moment.label}: {escape_markdown(moment.heading)}**", "")
    yield from (", ".join(filter(None, where)), "")
    yield from (f"> {escape_markdown(moment.said)}", "")


def _number(moment: Moment) -> str:
    return rf"[\[{moment.number}\]]({moment.url})" if moment.url else rf"\[{moment.number}\]"


def _places(title: str, moments: Sequence[Moment]) -> Iterator[str]:
    """A list of moments, without their words."""
    if not moments:
        return
    yield from (f"**{title}**", "")
    for moment in moments:
        where = [
            escape_markdown(moment.speaker),
            f"*{escape_markdown(moment.title)}*",
            f"chapter “{escape_markdown(moment.chapter)}”",
            moment.span + (" (time estimated)" if moment.estimated else ""),
            moment.date,
            f"<{moment.url}>" if moment.url else NO_RECORDING,
        ]
        yield f"{moment.number}. {', '.join(filter(None, where))}"
    yield ""


def escape_markdown(text: str) -> str:
    """One line of text in which nothing is Markdown or HTML."""
    return _LEADING.sub(r"\1\\", _MARKUP.sub(r"\\\g<0>", clean(text)))


def wrapped_markdown(text: str, width: int, indent: str = "") -> Iterator[str]:
    """Lines of Markdown with `indent`, of at most `width` characters if the words allow; none begins with markup."""
    room = width - len(indent)
    for line in textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False):
        yield indent + _LEADING.sub(r"\1\\", line)
