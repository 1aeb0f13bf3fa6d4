"""Writes an answer for a wiki's page: sentences with chips that cite episode and second (`app.wiki.reading`).

    a model's sentences -> the sentences, and below them a chip for each moment that they rest on
    a quote             -> a block quote that begins with its speaker and ends with its chip

Only answers and nearest moments have anything to copy. Headings, notes and sources are left out: a page has its own.
Text from a transcript or a model is untrusted: in it nothing becomes Markdown, HTML, a chip or a command of the site's
templates (`{{ }}`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from app.render.answer import Prose, shown
from app.render.markdown import escape_markdown, wrapped_markdown
from app.render.moment import Moment
from app.types import Answer
from app.wiki.reading.chips import chip_for

# The wiki wraps its text near this column; a chip is never broken.
WIDTH = 80
_QUOTED = "> "
# What begins a command of the site's templates. A backslash before it would not stop them.
_COMMAND = re.compile(r"\{(?=[{%:])")


def wiki_text(answer: Answer) -> str:
    """The answer, or the nearest moments under a line that says so; empty for what has nothing to cite."""
    made = shown(answer)
    parts = [_told(made.instead)] if made.nearest else []
    parts += [_prose(block) if isinstance(block, Prose) else _quote(block) for block in (*made.blocks, *made.nearest)]
    return "".join(f"{text}\n\n" for part in parts if (text := "\n".join(part))).rstrip() + "\n" if parts else ""


def _told(text: str) -> Iterator[str]:
    return wrapped_markdown(escape_for_wiki(text), WIDTH)


def _prose(block: Prose) -> Iterator[str]:
    """One paragraph. Sentences in a row that rest on the same have their chips once, behind the last.

    A sentence that rests on nothing is left out: the next chip would seem to cover it.
    """
    for cited, sentences in groupby(block.sentences, key=itemgetter(1)):
        if cited:
            yield from _told(" ".join(text for text, _ in sentences))
            yield _chips(cited)


def _quote(moment: Moment) -> Iterator[str]:
    words = f"**{escape_for_wiki(moment.speaker)}:** {escape_for_wiki(moment.said)}"
    yield from wrapped_markdown(words, WIDTH, _QUOTED)
    yield _QUOTED + _chips((moment,))


def _chips(moments: Iterable[Moment]) -> str:
    """The chips side by side; a moment is named by its chapter, or else by its episode."""
    chips = (chip_for(one.episode, one.start, one.chapter, one.title, one.speaker) for one in moments)
    return "".join(dict.fromkeys(chips))


def escape_for_wiki(text: str) -> str:
    """Text in which nothing becomes Markdown, HTML, a chip or a command of the site's templates."""
    return _COMMAND.sub("&#123;", escape_markdown(text))
