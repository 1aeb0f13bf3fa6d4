"""Prepares an answer, or what is shown instead of one, for every kind of output.

    Answer -> Shown: the guests' moments one by one, a model's sentences with theirs, our own words

`app.render.markdown` and `app.render.terminal` lay it out as text, `app.chat` as HTML. Nothing here searches, checks or
changes an answer. Texts are clean lines; whoever lays them out escapes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.render.moment import Moment
from app.types import Answer, Citation, Outcome
from ingest.text import clean

REFUSAL = "The archive does not answer this question."
# Texts shown instead of an answer; the other outcomes have sentences of ours.
INSTEAD = {
    Outcome.NEAREST: "Nobody answers this directly. The nearest moments are:",
    Outcome.REFUSED: REFUSAL,
    Outcome.OTHER_LANGUAGE: "This question is not in English.",
}
# Headings: of chapters offered with a refusal, of moments after an answer's first, of what a model's sentences cite.
CHAPTERS = "Nearest chapters (not an answer)"
ALSO = "Also said"
SOURCES = "Sources"
# Outcomes whose sentences are ours and rest on no citation.
_TOLD = (Outcome.ABOUT_ARCHIVE, Outcome.CLARIFY)


@dataclass(frozen=True, slots=True)
class Prose:
    """Consecutive sentences of a model, each with what it cites."""

    sentences: tuple[tuple[str, tuple[Moment, ...]], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer, or what is shown instead of one; what an outcome does not have is empty.

    `blocks`: the answer, in order. `sources`: what a model's sentences cite; moments that are quoted whole need none.
    `told`: sentences of ours, each with whether it is a list entry. `nearest`: moments that do not answer. `chapters`:
    the same, of which only the place is shown. `choices`: questions, one of which may be meant.
    """

    outcome: Outcome
    question: str
    understood: str
    instead: str
    told: tuple[tuple[bool, str], ...]
    choices: tuple[str, ...]
    blocks: tuple[Prose | Moment, ...]
    sources: tuple[Moment, ...]
    nearest: tuple[Moment, ...]
    chapters: tuple[Moment, ...]
    notes: tuple[str, ...]

    @property
    def also(self) -> bool:
        """Whether moments after the first one stand under the heading `ALSO`."""
        return len(self.blocks) > 1 and all(isinstance(block, Moment) for block in self.blocks[:2])


def shown(answer: Answer) -> Shown:
    """What is shown of an answer, as far as it is written."""
    alone = clean(answer.standalone_question)
    moments = {citation.id: Moment.of(citation) for citation in answer.citations} if answer.answered else {}
    blocks = _blocks(answer, moments) if answer.answered else ()
    # While nothing is written, the sources are what is being read.
    quotes_alone = bool(blocks) and all(isinstance(block, Moment) for block in blocks)
    return Shown(
        outcome=answer.outcome,
        question=clean(answer.question),
        understood="" if alone == clean(answer.question) else alone,
        instead=INSTEAD.get(answer.outcome, ""),
        told=_told(answer),
        choices=tuple(map(clean, answer.choices)),
        blocks=blocks,
        sources=() if quotes_alone else tuple(moments.values()),
        nearest=_moments(answer.nearest) if answer.outcome is Outcome.NEAREST else (),
        chapters=_moments(answer.nearest) if answer.outcome is Outcome.REFUSED else (),
        notes=tuple(map(clean, answer.notes)),
    )


def _moments(citations: Sequence[Citation]) -> tuple[Moment, ...]:
    return tuple(map(Moment.of, citations))


def _blocks(answer: Answer, moments: dict[int, Moment]) -> tuple[Prose | Moment, ...]:
    """Each quote as its moment; consecutive sentences of a model as one block."""
    blocks: list[Prose | Moment] = []
    for sentence in answer.sentences:
        quoted = moments.get(sentence.quoted or 0)
        if quoted:
            blocks.append(quoted)
            continue
        cited = tuple(moments[number] for number in sorted(sentence.citations) if number in moments)
        said = (clean(sentence.text), cited)
        last = blocks[-1] if blocks else None
        if isinstance(last, Prose):
            blocks[-1] = Prose((*last.sentences, said))
        else:
            blocks.append(Prose((said,)))
    return tuple(blocks)


def _told(answer: Answer) -> tuple[tuple[bool, str], ...]:
    """Sentences of ours. List entries are episodes, which begin with their titles."""
    if answer.outcome not in _TOLD:
        return ()
    return tuple((sentence.text.startswith("“"), clean(sentence.text)) for sentence in answer.sentences)
