"""Computes the confidence (0 to 1) that the archive answers a question.

It is a logistic regression on `Features`. Answers are judged by `features_of_quotes`: the quotes, each with the
host's question, title and chapter. The weights below were fitted on `features_of`: whole passages, the host's words
included. `python -m eval.fitting.refusal` fits them on the suites and prints cross-validated figures.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np

from app.evidence.select import Gathered, Quotable
from app.support.logistic import probability
from index.embedder import Vectors
from index.opened import Index
from index.retrieve import Ranking
from ingest.models import ScoredPassage
from ingest.text import STOP_WORDS, stem, words


@dataclass(frozen=True, slots=True)
class Features:
    """The features of the confidence, all between 0 and about 1.

    `cosine`: the highest of the passages. `late`: MaxSim of the best text (quote or passage) with the question.
    `least_met`: mean match of the question's least matched word pieces in the first five texts.
    `covered_by_first`, `covered_by_five`: share of the question's words, weighted by rarity, in these texts.
    `unknown_word`: rarity of the rarest word that the archive never has. `stranger`: 1 if words are ascribed to
    somebody who is not a guest. `moment`: 1 if it asks for a fact of the present, which no recording knows.
    """

    cosine: float
    late: float
    least_met: float
    covered_by_first: float
    covered_by_five: float
    unknown_word: float
    stranger: float
    moment: float


# Fitted by `python -m eval.fitting.refusal`.
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
# Precision and recall of refusals are equal here.
THRESHOLD = 0.58
# Number of passages, or of their quotes, that are read.
_FIRST = 5
# Least match of the best chosen quote, as a share of the best quotable one's; never under 0.84 on the real archive.
_LEAST_SHOWN = 0.8

_MOMENT = re.compile(
    r"\b(?:right now|at (?:the|this) moment|as of (?:now|today)|today|tonight|tomorrow|yesterday|"
    r"this (?:morning|afternoon|evening|week|month)|last (?:night|week)|"
    r"(?:latest|newest|current) (?:\w+ )?(?:version|release|price|score|rate))\b",
    re.IGNORECASE,
)
# "How do teams test models today?" asks about a practice, "What does it cost today?" about a fact.
_FACT = re.compile(r"^(?:what|which|who|when|where|is|are|was|were|will|did|how (?:much|many))\b", re.IGNORECASE)


def confidence(features: Features) -> float:
    """The probability that the archive answers the question."""
    return probability(BIAS, asdict(WEIGHTS), asdict(features))


@dataclass(frozen=True, slots=True)
class _Read:
    """A text (quote or passage) and how well it matches each word piece of the question."""

    met: Vectors
    text: str


def features_of(question: str, ranking: Ranking, index: Index) -> Features:
    """The features of a ranking's passages; all zero if nothing was found."""
    first = [_of_passage(scored, ranking) for scored in ranking.passages[:_FIRST]]
    cosine = max((scored.cosine for scored in ranking.passages), default=0.0)
    return _features(question, ranking, index, first, cosine)


def features_of_quotes(question: str, ranking: Ranking, found: Gathered, index: Index) -> Features:
    """The features of the quotable excerpts; all zero if there are none.

    It reads all quotable excerpts, but only the chosen ones if the best chosen one matches the question clearly
    worse than the best quotable one: then the judged words are the shown words.
    """
    best, shown = (max((_late(item, ranking) for item in own), default=0.0) for own in (found.quotable, found.chosen))
    judged = found.quotable if shown >= _LEAST_SHOWN * best else found.chosen
    first = [_of_quote(item) for item in judged[:_FIRST]]
    cosine = max((item.scored.cosine for item in judged), default=0.0)
    return _features(question, ranking, index, first, cosine)


def _late(item: Quotable, ranking: Ranking) -> float:
    return float(ranking.weights @ item.run.met)


def _of_passage(scored: ScoredPassage, ranking: Ranking) -> _Read:
    passage = scored.passage
    return _Read(ranking.similarities[passage.id].max(axis=1), passage.embedded_text)


def _of_quote(item: Quotable) -> _Read:
    run = item.run.evidence
    return _Read(item.run.met, f"{item.scored.passage.context} {run.asked} {run.text}")


def _features(question: str, ranking: Ranking, index: Index, first: Sequence[_Read], cosine: float) -> Features:
    if not first or not len(ranking.tokens):
        return Features(*[0.0] * len(fields(Features)))
    met = np.stack([item.met for item in first])
    rarity = {word: index.rarity(word) for word in dict.fromkeys(words(question)) if word not in STOP_WORDS}
    held = [set(words(item.text)) for item in first]
    return Features(
        cosine=cosine,
        late=float((met @ ranking.weights).max()),
        least_met=float(np.sort(met.max(axis=0))[:3].mean()),
        covered_by_first=_covered(rarity, held[0]),
        covered_by_five=_covered(rarity, set().union(*held)),
        unknown_word=max((rare for word, rare in rarity.items() if not index.frequency(word)), default=0.0),
        stranger=float(bool(index.guest_names.strangers(question))),
        moment=float(bool(_FACT.match(question) and _MOMENT.search(question))),
    )


def _covered(rarity: Mapping[str, float], held: set[str]) -> float:
    """Share of the question's words, weighted by rarity, that are in `held`; stems are compared."""
    total = sum(rarity.values())
    if not total:
        return 0.0
    stems = {stem(word) for word in held}
    return sum(rare for word, rare in rarity.items() if word in held or stem(word) in stems) / total
