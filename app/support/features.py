"""A sentence, the quotes that it cites and the question -> the numbers that the gate's judgement rests on.

1. Each quote is cut to the stretch that holds most of the sentence (`app.support.align`); the best stretch is compared.
2. How much of the sentence is there: words and meaning.
3. What is different: signs of words turned round, swapped, widened or added (`app.support.contrast`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.language.clauses import clauses
from app.language.tokens import Token, key_of, tokens
from app.language.word_lists import ACRONYMS
from app.support.align import Aligner, Alignment, Quote
from app.support.contrast import (
    agreement_turned,
    missing_numbers,
    numbers_in,
    numbers_misplaced,
    opposite_said,
    reported,
    trailing,
    unit_changed,
    widened,
)
from app.support.modality import manner_changed
from app.support.negation import negation_alone, negation_turned
from app.support.order import halves_swapped, repaired
from index.embedder import Embedder

# Content words after which a sentence counts as long.
_LONG = 12
# From so many content words on, one may come twice.
_FREE_REPEAT = 4
# A shorter name may stand inside another word.
_SHORTEST_NAME = 5
_ACRONYM = range(2, 6)
_KINDS = frozenset(map(key_of, ACRONYMS))
# A word whose nearest one in the quotes is less like it than this is met by none.
_LOST = 0.55


@dataclass(frozen=True, slots=True)
class Features:
    """What a sentence is judged by; all of them between 0 and 1.

    `held` counts content words by weight that the quotes hold; `meant` takes words of like
    meaning too, and `worst` is the word that is met least. `cosine` is that of the stretch's
    best sentence. `names` are capitals that are in no quote, `asked` those of them that are in
    the question. The rest are signs.
    """

    held: float
    meant: float
    worst: float
    cosine: float
    length: float
    repeated: float
    negation: float
    negation_alone: float
    opposite: float
    halves: float
    repaired: float
    misplaced: float
    unit: float
    widened: float
    trailing: float
    names: float
    asked: float
    agreement: float


@dataclass(frozen=True, slots=True)
class Compared:
    """The features of a sentence, and the words that reasons name; `relevance` is its cosine with the question.

    `doubtful` are the clauses, of several, that hold a word which no quote meets.
    """

    features: Features
    numbers: tuple[str, ...]
    names: tuple[str, ...]
    person: str
    opposite: str
    widened: tuple[str, ...]
    doubtful: tuple[str, ...]
    reported: bool
    relevance: float


class Comparer:
    """Compares sentences with quotes; safe to share between threads."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._aligner = Aligner(embedder)

    def quotes(self, texts: Sequence[str]) -> list[Quote]:
        """Quotes, ready to be compared; kept for the next sentence."""
        return self._aligner.quotes(texts)

    def compare(self, sentence: str, quotes: Sequence[str], question: str = "") -> Compared:
        """Line the sentence up with its quotes and read off what is alike and what is not."""
        said = tokens(sentence)
        if not any(token.content for token in said):
            # "They do": nothing but function words to compare.
            said = tuple(token._replace(content=True) for token in said)
        vector = self._embedder.embed_sentences([sentence])[0]
        prepared = self.quotes(quotes)
        alignments = [self._aligner.align(said, vector, quote) for quote in prepared]
        on = max(alignments, key=lambda item: item.score)
        held = _held(said, alignments)
        meant = self._meant(said, held, on)
        asked = {token.key for token in tokens(question)}
        lost = _lost_names(said, held)
        numbers = missing_numbers(said, {number for quote in prepared for number in numbers_in(quote.tokens)})
        return Compared(
            features=self._features(said, on, held, meant, asked),
            numbers=tuple(numbers),
            names=tuple(token.raw for token in lost),
            person=_person(sentence, [token for token in lost if token.key not in asked]),
            opposite=opposite_said(said, on) or manner_changed(said, on),
            widened=tuple(widened(said, on)),
            doubtful=tuple(_doubtful(sentence, said, meant)),
            reported=reported(said, on),
            relevance=float(self._embedder.embed_query(question).vector @ vector) if question else 1.0,
        )

    @staticmethod
    def _features(
        said: Sequence[Token], on: Alignment, held: Sequence[float], meant: Sequence[float], asked: set[str]
    ) -> Features:
        content = [token for token in said if token.content]
        lost = _lost_names(said, held)
        return Features(
            held=_share(said, held),
            meant=_share(said, meant),
            worst=min((met for token, met in zip(said, meant, strict=True) if token.weight >= 1), default=1.0),
            cosine=on.cosine,
            length=min(1.0, len(content) / _LONG),
            repeated=_repeated(content),
            negation=negation_turned(said, on),
            negation_alone=negation_alone(said, on),
            opposite=float(bool(opposite_said(said, on) or manner_changed(said, on))),
            halves=halves_swapped(said, on),
            repaired=repaired(said, on),
            misplaced=numbers_misplaced(said, on),
            unit=unit_changed(said, on),
            widened=float(bool(widened(said, on))),
            trailing=trailing(said, on),
            names=float(any(token.key not in asked for token in lost)),
            asked=float(any(token.key in asked for token in lost)),
            agreement=agreement_turned(said, on),
        )

    def _meant(self, said: Sequence[Token], held: Sequence[float], on: Alignment) -> list[float]:
        """How well each word is met where words of like meaning count too."""
        lost = [token.raw for token, met in zip(said, held, strict=True) if token.content and not met]
        others = list(dict.fromkeys(token.raw for token in on.stretch if token.content))
        if not lost or not others:
            return list(held)
        best = dict(zip(lost, self._aligner.likeness(lost, others).max(axis=1), strict=True))
        return [
            met or (0.0 if token.number else float(best.get(token.raw, 0.0)))
            for token, met in zip(said, held, strict=True)
        ]


def _held(said: Sequence[Token], alignments: Sequence[Alignment]) -> list[float]:
    """How well any quote holds each word, wherever it stands there."""
    quotes = [alignment.quote for alignment in alignments]
    letters = "".join(token.raw for quote in quotes for token in quote.tokens)
    found = []
    for i, token in enumerate(said):
        named = (token.capital or token.key in _KINDS) and (
            (len(token.raw) >= _SHORTEST_NAME and token.raw in letters) or any(_initials(token, q) for q in quotes)
        )
        whole = named or any(token.key in quote.places for quote in quotes)
        found.append(1.0 if whole else max(alignment.met[i] for alignment in alignments))
    return found


def _doubtful(sentence: str, said: Sequence[Token], meant: Sequence[float]) -> Iterator[str]:
    lost = [token for token, met in zip(said, meant, strict=True) if token.weight >= 1 and met < _LOST]
    parts = clauses(sentence)
    for begin, end in parts if len(parts) > 1 else ():
        if any(begin <= token.start < end for token in lost):
            yield sentence[begin:end]


def _lost_names(said: Sequence[Token], held: Sequence[float]) -> list[Token]:
    """The names that no quote holds."""
    return [
        token for token, met in zip(said, held, strict=True) if token.capital and token.key not in _KINDS and not met
    ]


def _initials(token: Token, quote: Quote) -> bool:
    """Whether an acronym's letters begin words that follow each other in a quote: ML, machine learning."""
    letters = token.raw.rstrip("s")
    return len(letters) in _ACRONYM and letters in "".join(word.raw[0] for word in quote.tokens)


def _person(sentence: str, names: Sequence[Token]) -> str:
    """Two names that follow each other, as a person's do; empty where there are none."""
    for one, other in pairwise(names):
        between = sentence[one.end : other.start]
        if between == " " and all(sentence[t.start : t.end].istitle() for t in (one, other)):
            return sentence[one.start : other.end]
    return ""


def _repeated(content: Sequence[Token]) -> float:
    """Share of the content words that were said before in the sentence, one aside in a sentence of some length."""
    again = len(content) - len({token.key for token in content})
    return max(0, again - (len(content) >= _FREE_REPEAT)) / max(1, len(content))


def _share(said: Sequence[Token], met: Sequence[float]) -> float:
    """Share of the content words' weight that is met; 1 where there is nothing to meet."""
    total = sum(token.weight for token in said)
    return sum(token.weight * value for token, value in zip(said, met, strict=True)) / total if total else 1.0
