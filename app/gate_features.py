"""A sentence, the quotes that it cites and the question -> the numbers that the gate's judgement rests on.

1. Each quote is cut to the stretch that holds most of the sentence (`app.gate_quotes`); the best stretch is compared.
2. How much of the sentence is there: words, neighbours, order, meaning.
3. What is different: signs of words turned round, swapped, widened or added (`app.gate_signs`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app import gate_signs as signs
from app.gate_quotes import Aligner, Alignment
from app.gate_words import Token, tokens
from index.embedder import Embedder, Vectors


@dataclass(frozen=True, slots=True)
class Features:
    """What a sentence is judged by; all of them between 0 and about 1.

    `covered` counts content words by weight that the best stretch holds, `held` those that
    any quote holds, `fresh` those of them that are not the question's; `meant` takes words
    of like meaning too, `worst` is the word that is met least. `copied` is the longest run
    of common words. The other names are those of `app.gate_signs`.
    """

    covered: float
    held: float
    fresh: float
    meant: float
    worst: float
    cosine: float
    pairs: float
    order: float
    copied: float
    length: float
    repeated: float
    negation: float
    negation_alone: float
    opposite: float
    substituted: float
    halves: float
    misplaced: float
    widened: float
    strengthened: float
    hedge: float
    trailing: float
    weakest: float
    spread: float
    one: float
    gap: float
    odd: float
    names: float
    names_asked: float
    agreement: float
    relevance: float


@dataclass(frozen=True, slots=True)
class Compared:
    """The features of a sentence and what the reasons are made from."""

    features: Features
    numbers: tuple[str, ...]
    names: tuple[str, ...]
    opposite: str
    widened: tuple[str, ...]


class Comparer:
    """Compares sentences with quotes; safe to share between threads."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._aligner = Aligner(embedder)

    def compare(self, sentence: str, quotes: Sequence[str], question: str = "") -> Compared:
        """Line the sentence up with its quotes and read off what is alike and what is not."""
        said = tokens(sentence)
        if not any(token.content for token in said):
            # "They do": nothing but function words to compare.
            said = tuple(token._replace(content=True) for token in said)
        vector = self._embedder.embed_sentences([sentence])[0]
        prepared = [self._aligner.quote(quote) for quote in quotes]
        alignments = [self._aligner.align(said, vector, quote) for quote in prepared]
        on = max(alignments, key=lambda item: item.score)
        met_anywhere = [max(item.met[i] for item in alignments) for i in range(len(said))]
        keys = {token.key for quote in prepared for token in quote.tokens}
        letters = "".join(token.raw for quote in prepared for token in quote.tokens)
        asked = tokens(question)
        asked_keys = {token.key for token in asked}
        held = [
            1.0 if token.key in keys or _same_name(token, letters) else met
            for token, met in zip(said, met_anywhere, strict=True)
        ]
        names = [token for token, here in zip(said, held, strict=True) if token.capital and not here]
        names = [token for token in names if not _initials(token, prepared)]
        meant = self._meant(said, held, on)
        numbers = signs.missing_numbers(said, {n for quote in prepared for n in signs.numbers_in(quote.tokens)})
        opposite = signs.opposite_said(said, on)
        widened = signs.widened(said, on)
        fresh = [0.0 if token.key in asked_keys else 1.0 for token in said]
        content = [token for token in said if token.content]
        features = Features(
            covered=_share(said, on.met),
            held=_share(said, held),
            fresh=_share(said, held, fresh),
            meant=_share(said, meant),
            worst=min((m for token, m in zip(said, meant, strict=True) if token.weight >= 1), default=1.0),
            cosine=on.cosine,
            pairs=signs.pairs_met(said, on),
            order=signs.order_agreement(said, on),
            copied=signs.longest_run(said, on) / max(1, len(said)),
            length=min(1.0, len(content) / 12),
            repeated=1.0 - len({token.key for token in content}) / max(1, len(content)),
            negation=signs.negation_turned(said, on),
            negation_alone=signs.negation_alone(said, on),
            opposite=float(bool(opposite)),
            substituted=self._substituted(said, on),
            halves=signs.halves_swapped(said, on),
            misplaced=signs.numbers_misplaced(said, on),
            widened=min(1.0, len(widened) / 2),
            strengthened=signs.strengthened(said, on),
            hedge=signs.hedge_dropped(said, on),
            trailing=signs.trailing(said, on),
            weakest=signs.weakest(said, held),
            spread=signs.spread(said, on),
            one=signs.held_by_one(said, on),
            gap=signs.widest_gap(said, on),
            odd=signs.common(said, on)
            * (1 - min((m for token, m in zip(said, meant, strict=True) if token.weight >= 1), default=1.0)),
            names=float(any(token.key not in asked_keys for token in names)),
            names_asked=float(any(token.key in asked_keys for token in names)),
            agreement=signs.agreement_turned(said, on),
            relevance=float(self._embedder.embed_query(question).vector @ vector) if question else 0.5,
        )
        return Compared(features, tuple(numbers), tuple(token.raw for token in names), opposite, tuple(widened))

    def _meant(self, said: Sequence[Token], held: Sequence[float], on: Alignment) -> list[float]:
        """How well each word is met where words of like meaning count too."""
        lost = [token.raw for token, here in zip(said, held, strict=True) if token.content and not here]
        if not lost:
            return list(held)
        others = list(dict.fromkeys(t.raw for t in on.quote.tokens[on.begin : on.end] if t.content))
        likeness = self._aligner.likeness(lost, others)
        best = dict(zip(lost, likeness.max(axis=1) if likeness.size else np.zeros(len(lost)), strict=True))
        return [
            here or (float(best.get(token.raw, 0.0)) if not token.number else 0.0)
            for token, here in zip(said, held, strict=True)
        ]

    def _substituted(self, said: Sequence[Token], on: Alignment) -> float:
        """How unlike the most unlike word is that stands in another one's place."""
        found = signs.substituted(said, on)
        if not found:
            return 0.0
        by_word: dict[str, float] = {}
        likeness: Vectors = self._aligner.likeness([a for a, _ in found], [b for _, b in found])
        for place, (word, _) in enumerate(found):
            by_word[word] = max(by_word.get(word, 0.0), float(likeness[place, place]))
        return 1.0 - min(by_word.values())


def _share(said: Sequence[Token], met: Sequence[float], only: Sequence[float] | None = None) -> float:
    """Share of the content words' weight that is met; 1 where there is nothing to meet."""
    weights = [token.weight * factor for token, factor in zip(said, only or [1.0] * len(said), strict=True)]
    total = sum(weights)
    return sum(weight * value for weight, value in zip(weights, met, strict=True)) / total if total else 1.0


def _same_name(token: Token, letters: str) -> bool:
    """Whether a longer name stands in the quotes in parts: BigQuery, Big Query."""
    return token.capital and len(token.raw) > 4 and token.raw in letters


def _initials(token: Token, quotes: Sequence[object]) -> bool:
    """Whether an acronym's letters begin words that follow each other in a quote: ML, machine learning."""
    letters = token.raw.rstrip("s")
    if not 2 <= len(letters) <= 5:
        return False
    for quote in quotes:
        first = "".join(word.raw[0] for word in quote.tokens)  # type: ignore[attr-defined]
        if letters in first:
            return True
    return False
