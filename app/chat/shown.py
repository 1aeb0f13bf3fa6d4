"""Turns prepared answers into plain data for the templates of the chat page.

What is shown of an answer is prepared in `app.render.answer`; here its moments get their turn, and a model's sentences
become paragraphs. All are pure functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from app.chat.cards import Source, sources_of
from app.render.answer import Prose, Shown, shown
from app.render.markdown import answer_markdown
from app.render.moment import Moment
from app.render.wiki import wiki_text
from app.types import Answer, Outcome

_Sentence = tuple[str, tuple[Moment, ...]]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A model's sentences with their sources, and all sources by guest and episode."""

    sentences: tuple[tuple[str, tuple[Source, ...]], ...]
    guests: tuple[tuple[Source, ...], ...]


@dataclass(frozen=True, slots=True)
class Written:
    """Consecutive sentences of a model."""

    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """An answer, or what is shown instead of one: `shown` by every output, the other fields by the page alone.

    `sequence`: what can be played one after another, if there are several. `told`: consecutive sentences of ours that
    are list entries, or are not. `advised`: whether a refusal says what may help. `made`: what wrote it, and how long
    that took. `markdown` and `wiki`: texts to be copied; `wiki` is empty where there is nothing to cite.
    """

    shown: Shown
    blocks: tuple[Written | Source, ...]
    nearest: tuple[Source, ...]
    chapters: tuple[Source, ...]
    sequence: tuple[Source, ...]
    told: tuple[tuple[bool, tuple[str, ...]], ...]
    advised: bool
    made: str
    markdown: str
    wiki: str


def page_of(turn: str, answer: Answer) -> Page:
    """What the page shows of an answer, as far as it is written."""
    made = shown(answer)
    total = answer.timings_ms.get("total")
    took = "" if total is None else f" · {total:.0f} ms" if total < 1000 else f" · {total / 1000:.1f} s"
    told = groupby(made.told, key=itemgetter(0))
    blocks = tuple(_written(turn, block) if isinstance(block, Prose) else Source(block, turn) for block in made.blocks)
    return Page(
        shown=made,
        blocks=blocks,
        sequence=_sequence(blocks),
        nearest=sources_of(turn, made.nearest),
        chapters=sources_of(turn, made.chapters),
        told=tuple((listed, tuple(text for _, text in entries)) for listed, entries in told),
        advised=answer.outcome is Outcome.REFUSED and bool(made.chapters or not made.notes),
        made=f"{answer.model}{took}",
        markdown=answer_markdown(answer),
        wiki=wiki_text(answer),
    )


def _sequence(blocks: Iterable[Written | Source]) -> tuple[Source, ...]:
    """The cited moments that can be played, each once, in the answer's order; empty if there are fewer than two."""
    cited: dict[int, Source] = {}
    for block in blocks:
        for source in (block,) if isinstance(block, Source) else _cited(block):
            cited.setdefault(source.moment.number, source)
    playable = tuple(source for source in cited.values() if source.player)
    return playable if len(playable) > 1 else ()


def _cited(block: Written) -> Iterable[Source]:
    return (source for part in block.paragraphs for _, sources in part.sentences for source in sources)


def _written(turn: str, block: Prose) -> Written:
    return Written(tuple(_paragraph(turn, sentences) for sentences in _paragraphs(block.sentences)))


def _paragraphs(sentences: Iterable[_Sentence]) -> list[list[_Sentence]]:
    """Groups sentences into paragraphs: a sentence that cites a guest of the paragraph before continues it."""
    paragraphs: list[list[_Sentence]] = []
    guests: set[tuple[str, str]] = set()
    for sentence in sentences:
        own = set(map(_guest, sentence[1]))
        if not paragraphs or not guests & own:
            paragraphs.append([])
            guests = set()
        paragraphs[-1].append(sentence)
        guests |= own
    return paragraphs


def _paragraph(turn: str, sentences: Sequence[_Sentence]) -> Paragraph:
    """The sentences, each with its sources; each guest and episode once, with all moments of it."""
    guests: dict[tuple[str, str], dict[int, Moment]] = {}
    for _, cited in sentences:
        for moment in cited:
            guests.setdefault(_guest(moment), {})[moment.number] = moment
    return Paragraph(
        tuple((text, sources_of(turn, cited)) for text, cited in sentences),
        tuple(sources_of(turn, found.values()) for found in guests.values()),
    )


def _guest(moment: Moment) -> tuple[str, str]:
    return moment.speaker, moment.title
