"""Turns answers into plain data for the templates of the chat page.

All are pure functions. An answer shows words without disfluencies; the cards of its sources show them as transcribed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from app.chat.cards import Source, Words, source_card, source_cards
from app.render.answer import (
    INSTEAD,
    REFUSAL,
    Moment,
    answer_markdown,
    context,
    grouped,
    parts,
    told,
    trim_fillers,
)
from app.types import Answer, Citation, Outcome
from ingest.text import clean, sentences

# Words shown on each side of the key sentence; the rest opens with a click.
AROUND = 55


@dataclass(frozen=True, slots=True)
class Quote:
    """A guest's words that answer; the sources' numbers follow the part with index `last`.

    `verbatim` holds the words as transcribed if they are shown differently.
    """

    source: Source
    asked: str
    words: Words
    last: int
    sources: tuple[Source, ...]
    verbatim: str


@dataclass(frozen=True, slots=True)
class Quotes:
    """Consecutive quotes of one guest in one episode."""

    speaker: str
    initials: str
    title: str
    quotes: tuple[Quote, ...]


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
class Shown:
    """An answer, or what is shown instead of one."""

    kind: Outcome
    understood: str
    groups: tuple[Quotes | Written, ...]
    about: tuple[tuple[bool, tuple[str, ...]], ...]
    instead: str
    advised: bool
    nearest: tuple[Source, ...]
    notes: tuple[str, ...]
    made: str
    markdown: str


def shown_answer(turn_id: str, answer: Answer) -> Shown:
    """What the page shows of an answer, as far as it is written."""
    standalone = clean(answer.standalone_question)
    total = answer.timings_ms.get("total")
    took = "" if total is None else f" · {total:.0f} ms" if total < 1000 else f" · {total / 1000:.1f} s"
    refused = answer.outcome is Outcome.REFUSED
    about = groupby(told(answer), key=itemgetter(0))
    return Shown(
        kind=answer.outcome,
        understood="" if standalone == clean(answer.question) else standalone,
        groups=tuple(_group(turn_id, group) for group in grouped(answer)) if answer.answered else (),
        about=tuple((listed, tuple(text for _, text in entries)) for listed, entries in about),
        instead=INSTEAD.get(answer.outcome, REFUSAL),
        advised=refused and bool(answer.nearest or not answer.notes),
        nearest=source_cards(turn_id, answer.nearest) if refused else (),
        notes=answer.notes,
        made=f"{answer.model}{took}",
        markdown=answer_markdown(answer),
    )


def _group(turn_id: str, group: Sequence[Moment]) -> Quotes | Written:
    lead = group[0].quoted
    if lead is None:
        return Written(tuple(_paragraph(turn_id, moments) for moments in _paragraphs(group)))
    who = lead.evidence.speaker
    quotes = tuple(_quote(turn_id, moment, moment.quoted) for moment in group if moment.quoted)
    return Quotes(who, _initials(who), lead.evidence.episode.title, quotes)


def _initials(name: str) -> str:
    """The initials of a name, at most two letters."""
    letters = [word[0] for word in clean(name).split() if word[0].isalpha()]
    return "".join(letters[:1] + letters[1:][-1:]).upper()


def _quote(turn_id: str, moment: Moment, quoted: Citation) -> Quote:
    evidence = quoted.evidence
    marked = parts(evidence, moment.sentences)
    if not any(key for _, key in marked):
        marked = [(text, True) for text, _ in marked]
    words = _near_key(marked)
    verbatim = clean(evidence.text)
    return Quote(
        source=source_card(turn_id, quoted),
        asked=context(evidence),
        words=tuple(words),
        last=max((place for place, (_, key) in enumerate(words) if key), default=-1),
        sources=source_cards(turn_id, moment.citations),
        verbatim="" if " ".join(text for text, _ in words) == verbatim else verbatim,
    )


def _near_key(marked: Sequence[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """The parts without disfluencies; the first and last are shortened to the words near a key."""
    near: list[tuple[str, bool]] = []
    for place, (part, key) in enumerate(marked):
        text = trim_fillers(part)
        if not key and place in (0, len(marked) - 1):
            text = _cut(text, keep_end=place == 0)
        if text and key and near and near[-1][1]:
            # Consecutive key sentences are joined.
            near[-1] = (f"{near[-1][0]} {text}", True)
        elif text:
            near.append((text, key))
    return near


def _cut(text: str, *, keep_end: bool) -> str:
    """The last or the first sentences of a text, about `AROUND` words."""
    if len(text.split()) <= AROUND:
        return text
    step = -1 if keep_end else 1
    # One sentence that is too long is cut at a word.
    kept = _fitting(sentences(text)[::step]) or text.split()[::step][:AROUND]
    return f"… {' '.join(kept[::-1])}" if keep_end else f"{' '.join(kept)} …"


def _fitting(texts: Sequence[str]) -> list[str]:
    """The first texts, at most `AROUND` words together."""
    kept: list[str] = []
    budget = AROUND
    for text in texts:
        budget -= len(text.split())
        if budget < 0:
            break
        kept.append(text)
    return kept


def _paragraphs(moments: Iterable[Moment]) -> list[list[Moment]]:
    """Groups sentences into paragraphs: a sentence that cites a guest of the paragraph before continues it."""
    paragraphs: list[list[Moment]] = []
    guests: set[tuple[str, str]] = set()
    for moment in moments:
        own = {_guest(citation) for citation in moment.citations}
        if not paragraphs or not guests & own:
            paragraphs.append([])
            guests = set()
        paragraphs[-1].append(moment)
        guests |= own
    return paragraphs


def _paragraph(turn_id: str, moments: Sequence[Moment]) -> Paragraph:
    """The sentences, each with its sources; each guest and episode once, with all citations of it."""
    rows: list[tuple[str, tuple[Source, ...]]] = []
    guests: dict[tuple[str, str], dict[int, Citation]] = {}
    for moment in moments:
        cited = sorted(moment.citations, key=lambda citation: citation.id)
        rows += [(sentence.text, source_cards(turn_id, cited)) for sentence in moment.sentences]
        for citation in cited:
            guests.setdefault(_guest(citation), {})[citation.id] = citation
    return Paragraph(tuple(rows), tuple(source_cards(turn_id, found.values()) for found in guests.values()))


def _guest(citation: Citation) -> tuple[str, str]:
    return clean(citation.evidence.speaker), citation.evidence.episode.slug
