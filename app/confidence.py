"""How sure the ranking is that the archive answers a question, from 0 to 1.

A logistic regression on what the ranking shows: the best cosine, how well the
best passage meets the question's word pieces, how well its least met word pieces
are met anywhere among the first five, how much of the question's rare words the
first and the first five passages hold, whether it holds a word that the archive
never says, whether it ascribes words to somebody who is no guest, and whether it
asks for what holds at this moment, which no recording knows. `python -m eval.calibrate` fits the weights below on the
suites and prints its cross-validated figures.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields

import numpy as np

from app.logistic import probability
from index.catalog import Index
from index.retrieve import Ranking
from ingest.text import STOP_WORDS, stem, words


@dataclass(frozen=True, slots=True)
class Features:
    """What the confidence rests on; all of them between 0 and about 1."""

    cosine: float
    late: float
    least_met: float
    covered_by_first: float
    covered_by_five: float
    unknown_word: float
    stranger: float
    moment: float


# Fitted by `python -m eval.calibrate`.
WEIGHTS = Features(
    cosine=3.043,
    late=5.570,
    least_met=6.267,
    covered_by_first=0.525,
    covered_by_five=1.245,
    unknown_word=-1.333,
    stranger=-2.295,
    moment=-3.706,
)
BIAS = -8.450
# Where precision and recall of refusals meet.
THRESHOLD = 0.58

_MOMENT = re.compile(
    r"\b(?:right now|at (?:the|this) moment|as of (?:now|today)|today|tonight|tomorrow|yesterday|"
    r"this (?:morning|afternoon|evening|week|month)|last (?:night|week)|"
    r"(?:latest|newest|current) (?:\w+ )?(?:version|release|price|score|rate))\b",
    re.IGNORECASE,
)
# "How do teams test models today?" asks for a practice, "What does it cost today?" for a fact.
_FACT = re.compile(r"^(?:what|which|who|when|where|is|are|was|were|will|did|how (?:much|many))\b", re.IGNORECASE)


def confidence(features: Features) -> float:
    """The probability that the archive answers the question."""
    return probability(BIAS, astuple(WEIGHTS), astuple(features))


def features_of(question: str, ranking: Ranking, index: Index) -> Features:
    """Read the features off a ranking; all zero where nothing was found."""
    top = [scored.passage for scored in ranking.passages[:5]]
    if not top or not len(ranking.tokens):
        return Features(*[0.0] * len(fields(Features)))
    best = np.stack([ranking.similarities[passage.id].max(axis=1) for passage in top])
    rarity = {word: index.rarity(word) for word in dict.fromkeys(words(question)) if word not in STOP_WORDS}
    held = [set(words(passage.embedded_text)) for passage in top]
    return Features(
        cosine=max(scored.cosine for scored in ranking.passages),
        late=float((best @ ranking.weights).max()),
        least_met=float(np.sort(best.max(axis=0))[:3].mean()),
        covered_by_first=_covered(rarity, held[0]),
        covered_by_five=_covered(rarity, set().union(*held)),
        unknown_word=max((rare for word, rare in rarity.items() if not index.frequency(word)), default=0.0),
        stranger=float(bool(index.guest_names.strangers(question))),
        moment=float(bool(_FACT.match(question) and _MOMENT.search(question))),
    )


def _covered(rarity: Mapping[str, float], held: set[str]) -> float:
    """Share of the question's rarity that stands in a set of words, endings aside."""
    total = sum(rarity.values())
    if not total:
        return 0.0
    stems = {stem(word) for word in held}
    return sum(rare for word, rare in rarity.items() if word in held or stem(word) in stems) / total
