"""Renders answers and verdicts as HTML: prepares plain data for the templates, and fills them.

All are pure functions: nothing here searches or keeps state. Markup is only in `templates/`. Source cards show words
as transcribed; an answer shows them without disfluencies.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from app.chat.state import Asked
from app.render.answer import (
    INSTEAD,
    NEAREST,
    NO_RECORDING,
    REFUSAL,
    Moment,
    answer_markdown,
    context,
    grouped,
    link,
    parts,
    span,
    told,
    trim_fillers,
)
from app.render.html import environment
from app.types import Answer, Citation, Outcome, Sentence, Verdict, Verified
from ingest.text import clean, sentences

# Words shown on each side of the key sentence; the rest opens with a click.
AROUND = 55
# A longer last word (such as an address) may be separated from its source's number by a line break.
LONG_WORD = 24
_VIDEO = re.compile(r"[A-Za-z0-9_-]{6,20}")
# The icon of a verdict, and what the verdict means.
_SIGNS = {
    Verdict.SUPPORTED: "m5.5 12.5 4.3 4.3 8.7-9.6",
    Verdict.PARTLY: "M4.5 13.5c2.4-4.6 5-4.6 7.5-1.5s5.1 3.1 7.5-1.5",
    Verdict.NOT_FOUND: "M5.5 12h13",
}
_MEANINGS = {
    Verdict.SUPPORTED: "The words below were found to say so. Read them before you cite them.",
    Verdict.PARTLY: "Something in it is not said, is said otherwise, or not in so many words.",
    Verdict.NOT_FOUND: "No guest was found to say so; that does not make it false.",
}
# Parts of a text in order, each with whether it is highlighted.
Words = tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A citation: its number and its card. `id` is the card's element, `start` is in seconds.

    `url` is None if nothing can be opened, `player` if there is no recording to play; `recorded` says that
    `url` leads to a recording.
    """

    id: str
    turn: str
    number: int
    speaker: str
    title: str
    chapter: str
    start: float
    time: str
    estimated: bool
    asked: str
    words: Words
    url: str | None
    recorded: bool
    player: str | None


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


@dataclass(frozen=True, slots=True)
class Judged:
    """A verified statement: its sentences with sources and score, and the cards below."""

    result: Verified
    sentences: tuple[tuple[str, tuple[Source, ...], float], ...]
    sources: tuple[Source, ...]
    nearest: tuple[Source, ...]


def _last_word(text: str) -> tuple[str, str]:
    """The text before its last word, and that word (empty if it is too long)."""
    head, _, last = clean(text).rpartition(" ")
    return (f"{head} {last}", "") if len(last) > LONG_WORD else (head, last)


_TEMPLATES = environment(Path(__file__).with_name("templates"))
_TEMPLATES.filters["last_word"] = _last_word
_TEMPLATES.globals |= {
    "no_recording": NO_RECORDING, "nearest_title": NEAREST, "signs": _SIGNS, "meanings": _MEANINGS,
}  # fmt: skip


def fixed(part: str, *values: object) -> str:
    """A fixed part of the page: a macro of `shell.html`."""
    macro: Any = getattr(_TEMPLATES.get_template("shell.html").module, part)
    return str(macro(*values))


def turn(asked: Asked, state: str, answer: Answer | None = None, *, status: str = "", failure: str = "") -> str:
    """One turn of the conversation: the question and its answer so far.

    `status` says what is being done while more is to come, `failure` why nothing more comes.
    """
    begun = answer is not None and not answer.sentences
    return _TEMPLATES.get_template("turn.html").render(
        asked=asked,
        state=state,
        shown=_shown(asked.id, answer) if answer and not (begun and failure) else None,
        status=status,
        failure=failure,
        reading=_sources(asked.id, answer.citations) if answer and begun else (),
    )


def message(text: str, kind: str) -> str:
    """A plain message below a question."""
    module: Any = _TEMPLATES.get_template("parts.html").module
    return str(module.message(text, kind))


def sources(turn_id: str, answer: Answer, *, complete: bool = True) -> str:
    """The list of an answer's sources; empty for a refusal, which has none.

    In a `complete` answer, sources that no sentence cites are marked.
    """
    if not answer.answered or not answer.citations:
        return ""
    cited = {number for sentence in answer.sentences for number in sentence.citations}
    unused: Container[int] = {citation.id for citation in answer.citations} - cited if complete else ()
    return _TEMPLATES.get_template("sources.html").render(
        turn=turn_id, question=answer.question, sources=_sources(turn_id, answer.citations), unused=unused
    )


def verified(key: str, state: str, result: Verified | None = None, text: str = "") -> str:
    """A statement's result, or `text` if there is none. `key` makes its element ids unique."""
    shown = _judged(key, result) if result else None
    return _TEMPLATES.get_template("verified.html").render(id=key, state=state, shown=shown, text=text)


def _source(turn_id: str, citation: Citation) -> Source:
    item = citation.evidence
    video, url = item.episode.video, link(item)
    playable = url and video and _VIDEO.fullmatch(video)
    return Source(
        id=f"source-{turn_id}-{citation.id}",
        turn=turn_id,
        number=citation.id,
        speaker=item.speaker,
        title=item.episode.title,
        chapter=item.chapter.title,
        start=item.start,
        time=span(item),
        estimated=item.estimated,
        asked=clean(item.asked),
        words=tuple(parts(item)),
        url=url,
        recorded=bool(video),
        player=f"https://www.youtube-nocookie.com/embed/{video}?start={max(0, int(item.start))}&autoplay=1"
        if playable
        else None,
    )


def _sources(turn_id: str, citations: Iterable[Citation]) -> tuple[Source, ...]:
    return tuple(_source(turn_id, citation) for citation in citations)


def _shown(turn_id: str, answer: Answer) -> Shown:
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
        nearest=_sources(turn_id, answer.nearest) if refused else (),
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
        source=_source(turn_id, quoted),
        asked=context(evidence),
        words=tuple(words),
        last=max((place for place, (_, key) in enumerate(words) if key), default=-1),
        sources=_sources(turn_id, moment.citations),
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
        rows += [(sentence.text, _sources(turn_id, cited)) for sentence in moment.sentences]
        for citation in cited:
            guests.setdefault(_guest(citation), {})[citation.id] = citation
    return Paragraph(tuple(rows), tuple(_sources(turn_id, found.values()) for found in guests.values()))


def _guest(citation: Citation) -> tuple[str, str]:
    return clean(citation.evidence.speaker), citation.evidence.episode.slug


def _judged(key: str, result: Verified) -> Judged:
    known = {citation.id: citation for citation in result.citations}
    said = result.sentences or (Sentence(result.statement, (), result.score),)
    found = result.verdict is not Verdict.NOT_FOUND
    return Judged(
        result=result,
        sentences=tuple(
            (sentence.text, _sources(key, (known[n] for n in sentence.citations if n in known)), sentence.support)
            for sentence in said
        ),
        sources=_sources(key, result.citations) if found else (),
        nearest=() if found else _sources(key, result.nearest),
    )
