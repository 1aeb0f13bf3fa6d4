"""Computes the features of the gate from a sentence, the quotes that it cites and the question.

1. Each quote is cut to the stretch that has most of the sentence (`app.support.align`); the best one is compared.
2. How much of the sentence is there: words and meaning.
3. What differs: words that are opposite, swapped, of wider scope or added (`app.support.contrast`).

Each feature is listed here once, with its weight and the reason that it gives against a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from app.language.clauses import clauses
from app.language.lexicon import LEXICON
from app.language.tokens import Token, key_of, tokens
from app.reasons import Reason, ReasonKind
from app.support.align import Aligner, Alignment, Quote
from app.support.contrast import agreement_turned, manner_changed, opposite_said, reported, trailing, widened
from app.support.negation import negation_alone, negation_turned
from app.support.numbers import missing_numbers, numbers_in, numbers_misplaced
from app.support.order import halves_swapped, repaired
from index.embedder import Embedder
from index.fitted.weights import read_fitted

# A sentence with more content words counts as long.
_LONG = 12
# From this number of content words on, one may be repeated.
_FREE_REPEAT = 4
# Shorter names may be part of another word.
_SHORTEST_NAME = 5
_ACRONYM = range(2, 6)
_KINDS = frozenset(map(key_of, LEXICON.words("things.acronyms")))
# A word whose best score in the quotes is lower is not matched.
_LOST = 0.55
# A feature that lowers the log-odds by at least this becomes a reason.
_HEAVY = -0.3
_FEW_HELD = 0.75


@dataclass(frozen=True, slots=True)
class Feature:
    """The weight of a feature, and the reason to give if it lowers the support much."""

    weight: float
    reason: ReasonKind | None = None


# Each is between 0 and 1. Weights are fitted by `make fit`.
_REASONS: Mapping[str, ReasonKind | None] = {
    # Weighted share of the content words that the quotes have; the same with words of similar meaning; the score of
    # the least matched word; the cosine of the stretch's best sentence.
    "held": None,
    "meant": None,
    "worst": None,
    "cosine": None,
    "length": None,
    # Contrasts.
    "repeated": ReasonKind.REPEATED,
    "negation": ReasonKind.NEGATION,
    "negation_alone": ReasonKind.NEGATION,
    "opposite": ReasonKind.OPPOSITE,
    "halves": ReasonKind.EXCHANGED,
    "repaired": ReasonKind.REPAIRED,
    "misplaced": ReasonKind.MISPLACED,
    "widened": ReasonKind.WIDENED,
    "trailing": ReasonKind.ADDED,
    # Names that are in no quote: those of the sentence, and those that the question has too.
    "names": ReasonKind.NAME,
    "asked": ReasonKind.NAME,
    "agreement": ReasonKind.AGREEMENT,
}
FITTED = read_fitted(Path(__file__).with_name("fitted.json"))
FEATURES: Mapping[str, Feature] = {name: Feature(FITTED.weights[name], reason) for name, reason in _REASONS.items()}


@dataclass(frozen=True, slots=True)
class Compared:
    """A sentence compared with its quotes: the value of each of `FEATURES`, and the words that reasons name.

    `numbers` and `person` are in no quote; `doubtful` are clauses with a word that no quote matches (only if there are
    several clauses); `reported`: the quote only reports what somebody else says.
    """

    values: Mapping[str, float]
    names: str
    opposite: str
    widened: str
    numbers: tuple[str, ...]
    person: str
    doubtful: tuple[str, ...]
    reported: bool

    @property
    def probability(self) -> float:
        """The probability that the quotes support the sentence."""
        return FITTED.probability(self.values)

    def reasons(self) -> tuple[Reason, ...]:
        """What counted against the sentence, the most important first."""
        named = {
            ReasonKind.NAME: self.names,
            ReasonKind.OPPOSITE: self.opposite,
            ReasonKind.WIDENED: self.widened,
        }
        costs = sorted((feature.weight * self.values[name], name) for name, feature in FEATURES.items())
        heavy = (FEATURES[name].reason for cost, name in costs if cost < _HEAVY)
        found = [Reason(kind, named.get(kind, "")) for kind in heavy if kind]
        if self.values["held"] < _FEW_HELD or not found:
            found.append(Reason(ReasonKind.TOO_LITTLE))
        return tuple(dict.fromkeys(found))


class Comparer:
    """Compares sentences with quotes; safe to share between threads."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._aligner = Aligner(embedder)

    def quotes(self, texts: Sequence[str]) -> list[Quote]:
        """Quotes, prepared for comparison and cached."""
        return self._aligner.quotes(texts)

    def compare(self, sentence: str, quotes: Sequence[str], question: str = "") -> Compared:
        """Align the sentence with its quotes and compute the features."""
        said = tokens(sentence)
        if not any(token.content for token in said):
            # "They do": there are only function words to compare.
            said = tuple(token._replace(content=True) for token in said)
        vector = self._embedder.embed_sentences([sentence])[0]
        prepared = self.quotes(quotes)
        alignments = [self._aligner.align(said, vector, quote) for quote in prepared]
        on = max(alignments, key=lambda item: item.score)
        held = _held(said, alignments)
        meant = self._meant(said, held, on)
        asked = {token.key for token in tokens(question)}
        lost = [t for t, h in zip(said, held, strict=True) if t.capital and t.key not in _KINDS and not h]
        opposite, wide = opposite_said(said, on) or manner_changed(said, on), widened(said, on)
        signs = {
            "negation": negation_turned(said, on),
            "negation_alone": negation_alone(said, on),
            "opposite": float(bool(opposite)),
            "halves": halves_swapped(said, on),
            "repaired": repaired(said, on),
            "misplaced": numbers_misplaced(said, on),
            "widened": float(bool(wide)),
            "trailing": trailing(said, on),
            "names": float(any(token.key not in asked for token in lost)),
            "asked": float(any(token.key in asked for token in lost)),
            "agreement": agreement_turned(said, on),
        }
        return Compared(
            values=_alike(said, held, meant, on) | signs,
            names=", ".join(token.raw for token in lost),
            opposite=opposite,
            widened=", ".join(wide),
            numbers=tuple(missing_numbers(said, {number for q in prepared for number in numbers_in(q.tokens)})),
            person=_person(sentence, [token for token in lost if token.key not in asked]),
            doubtful=tuple(_doubtful(sentence, said, meant)),
            reported=reported(said, on),
        )

    def _meant(self, said: Sequence[Token], held: Sequence[float], on: Alignment) -> list[float]:
        """The score of each word if words of similar meaning count too."""
        lost = [token.raw for token, matched in zip(said, held, strict=True) if token.content and not matched]
        others = list(dict.fromkeys(token.raw for token in on.stretch if token.content))
        if not lost or not others:
            return list(held)
        best = dict(zip(lost, self._aligner.likeness(lost, others).max(axis=1), strict=True))
        return [
            matched or (0.0 if token.number else float(best.get(token.raw, 0.0)))
            for token, matched in zip(said, held, strict=True)
        ]


def _alike(said: Sequence[Token], held: Sequence[float], meant: Sequence[float], on: Alignment) -> dict[str, float]:
    """Features of similarity, length and repetition."""
    content = [token for token in said if token.content]
    again = len(content) - len({token.key for token in content}) - (len(content) >= _FREE_REPEAT)
    return {
        "held": _share(said, held),
        "meant": _share(said, meant),
        "worst": min((value for token, value in zip(said, meant, strict=True) if token.weight >= 1), default=1.0),
        "cosine": on.cosine,
        "length": min(1.0, len(content) / _LONG),
        "repeated": max(0, again) / max(1, len(content)),
    }


def _held(said: Sequence[Token], alignments: Sequence[Alignment]) -> list[float]:
    """The best score of each word in any quote, at any position."""
    quotes = [alignment.quote for alignment in alignments]
    letters = "".join(token.raw for quote in quotes for token in quote.tokens)
    found = []
    for i, token in enumerate(said):
        named = (token.capital or token.key in _KINDS) and (
            (len(token.raw) >= _SHORTEST_NAME and token.raw in letters) or any(_initials(token, q) for q in quotes)
        )
        whole = named or any(token.key in quote.places for quote in quotes)
        found.append(1.0 if whole else max(alignment.matched[i] for alignment in alignments))
    return found


def _doubtful(sentence: str, said: Sequence[Token], meant: Sequence[float]) -> Iterator[str]:
    lost = [token for token, value in zip(said, meant, strict=True) if token.weight >= 1 and value < _LOST]
    parts = clauses(sentence)
    for begin, end in parts if len(parts) > 1 else ():
        if any(begin <= token.start < end for token in lost):
            yield sentence[begin:end]


def _initials(token: Token, quote: Quote) -> bool:
    """Whether consecutive words of a quote begin with an acronym's letters: ML, machine learning."""
    letters = token.raw.rstrip("s")
    return len(letters) in _ACRONYM and letters in "".join(word.raw[0] for word in quote.tokens)


def _person(sentence: str, names: Sequence[Token]) -> str:
    """Two consecutive names, as of a person; empty if there are none."""
    for one, other in pairwise(names):
        between = sentence[one.end : other.start]
        if between == " " and all(sentence[t.start : t.end].istitle() for t in (one, other)):
            return sentence[one.start : other.end]
    return ""


def _share(said: Sequence[Token], matched: Sequence[float]) -> float:
    """Share of the content words' weight that is matched; 1 if there are no content words."""
    total = sum(token.weight for token in said)
    return sum(token.weight * value for token, value in zip(said, matched, strict=True)) / total if total else 1.0
