"""Lists what an episode's guests say that could become statements of a worksheet.

A candidate is one whole sentence of one guest, or two that follow one another, since the second often names its subject
or its condition only in the first. Hesitations are left out, and the word that joins it to what was said before
("And", "So"). No candidates are questions, small talk, sentences that address a machine, and those too short or too
long for one statement. Nothing here judges what is worth keeping.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.evidence.stretches import asks, chatter
from app.language.disfluencies import trim_fillers
from app.language.lexicon import LEXICON
from app.types import Evidence
from ingest.models import Chapter, Episode, Role, Segment
from ingest.text import sentence_spans, sentences

# Words of a statement, of one and of two sentences. A shorter one says too little alone, a longer one several things.
LENGTHS = {1: (8, 45), 2: (15, 60)}
# Least words of each of two sentences: "Right." adds nothing.
_PART = 4
_OPENING = re.compile(
    rf"^(?:{LEXICON.either('discourse.openers', 'negation.agreeing')}\b[,.…\s]+)+(?=\w)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A guest's sentence, or two that follow one another.

    `second`: the transcript's own second of its line, or of the nearest timed line before it in the chapter; its
    estimate if there is none. `text`: as transcribed; `statement`: the same words, cleaned. `before` and `after`: the
    guest's sentences directly around it in the same turn and chapter, empty if there are none. `asked`: the host's
    last sentence before the turn. `place`: the number of its first sentence in the turn, from 0; `count`: of sentences.
    """

    chapter: Chapter
    segment: int
    own: Segment
    second: float
    text: str
    statement: str
    before: str
    after: str
    asked: str
    place: int
    count: int = 1

    @property
    def words(self) -> int:
        """Number of words of the statement."""
        return len(self.statement.split())

    def overlaps(self, other: Candidate) -> bool:
        """Whether both have a sentence in common."""
        same = self.chapter is other.chapter and self.own.turn == other.own.turn
        return same and self.place < other.place + other.count and other.place < self.place + self.count


def candidates(episode: Episode) -> list[Candidate]:
    """The candidates of an episode, in its order."""
    return [one for chapter in episode.chapters for turn in _turns(episode, chapter) for one in _of_turn(episode, turn)]


def sentences_of(moment: Evidence) -> list[Candidate]:
    """Every sentence of a moment, also what could be no statement; `segment` is the line in which the moment begins."""
    lines = moment.episode.segments
    at = max((at for at, own in enumerate(lines) if own.start <= moment.start), default=0)
    second = _second(moment.episode, moment.chapter, at)
    said = sentences(moment.text)
    row = [*(sentences(moment.before)[-1:] or [""]), *said, *(sentences(moment.after)[:1] or [""])]
    asked = (sentences(moment.asked)[-1:] or [""])[0]
    return [
        Candidate(moment.chapter, at, lines[at], second, text, cleaned(text), row[place], row[place + 2], asked, place)
        for place, text in enumerate(said)
    ]


def joined(first: Candidate, second: Candidate) -> Candidate:
    """Two sentences that follow one another, as one candidate."""
    text = f"{first.text} {second.text}"
    count = first.count + second.count
    return replace(first, text=text, statement=cleaned(text), after=second.after, count=count)


@dataclass(frozen=True, slots=True)
class _Turn:
    """One guest's turn inside a chapter: for each sentence its segment, text, and whether it may be used."""

    chapter: Chapter
    lines: tuple[tuple[int, Segment, str, bool], ...]
    asked: str

    def said(self, place: int) -> str:
        """A sentence; empty if there is none at the place, or none that may be used."""
        *_, text, usable = self.lines[place] if 0 <= place < len(self.lines) else ("", False)
        return text if usable else ""


def _turns(episode: Episode, chapter: Chapter) -> Iterator[_Turn]:
    at = chapter.first
    while at < chapter.last:
        end = at + 1
        while end < chapter.last and episode.segments[end].turn == episode.segments[at].turn:
            end += 1
        if episode.segments[at].role is Role.GUEST:
            lines = tuple(line for position in range(at, end) for line in _lines(position, episode.segments[position]))
            yield _Turn(chapter, lines, _asked(episode, at))
        at = end


def _lines(position: int, segment: Segment) -> Iterator[tuple[int, Segment, str, bool]]:
    for begin, end in sentence_spans(segment.text):
        yield position, segment, segment.text[begin:end], not segment.injected(begin, end)


def _asked(episode: Episode, opening: int) -> str:
    """The host's last sentence before a turn; empty if somebody else spoke."""
    own = episode.segments[opening - 1] if opening else None
    spans = sentence_spans(own.text) if own and own.role is Role.HOST else []
    return own.text[slice(*spans[-1])] if own and spans else ""


def _of_turn(episode: Episode, turn: _Turn) -> Iterator[Candidate]:
    for place in range(len(turn.lines)):
        for count in LENGTHS:
            if one := _candidate(episode, turn, place, count):
                yield one


def _candidate(episode: Episode, turn: _Turn, place: int, count: int) -> Candidate | None:
    """The statement of some sentences of a turn; None if they cannot be one."""
    lines = turn.lines[place : place + count]
    texts = [text for *_, text, _ in lines]
    text = " ".join(texts)
    statement = cleaned(text)
    shortest, longest = LENGTHS[count]
    if len(lines) < count or not shortest <= len(statement.split()) <= longest:
        return None
    if not all(usable and not asks(own) and not chatter(own) for *_, own, usable in lines):
        return None
    if count > 1 and min(len(cleaned(own).split()) for own in texts) < _PART:
        return None
    position, segment, *_ = lines[0]
    before, after = turn.said(place - 1), turn.said(place + count)
    second = _second(episode, turn.chapter, position)
    return Candidate(turn.chapter, position, segment, second, text, statement, before, after, turn.asked, place, count)


def _second(episode: Episode, chapter: Chapter, position: int) -> float:
    lines = episode.segments[chapter.first : position + 1]
    return next((line.start for line in reversed(lines) if not line.estimated), lines[-1].start)


def cleaned(text: str) -> str:
    """A sentence without hesitations, and without words that only join it to what was said before."""
    bare = _OPENING.sub("", trim_fillers(text).strip())
    return bare[:1].upper() + bare[1:]
