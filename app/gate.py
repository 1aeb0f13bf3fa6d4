"""Whether a sentence may be shown: what it says stands in the quotes that it cites.

1. What no answer may hold (markup, links, times, questions, talk of the evidence) is refused.
2. What a quote says word for word passes.
3. A number or a name that is in no quote is refused.
4. Everything else is judged by a logistic regression on what the sentence and the best
   stretch of its quotes have in common and what not (`app.gate_features`); `python -m
   eval.gate_fit` fits the weights below on labelled sentences and prints how good they are.

Nothing here writes, repairs or chooses evidence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields

from app.gate_features import Compared, Comparer, Features
from app.gate_words import Token, tokens
from index.embedder import Embedder

# Fitted on labelled sentences of the tune split; see the module.
WEIGHTS = Features(
    covered=0.877,
    held=0.796,
    fresh=1.179,
    meant=0.416,
    worst=1.354,
    cosine=2.158,
    pairs=0.105,
    order=0.520,
    copied=0.461,
    length=2.185,
    repeated=-1.612,
    negation=-1.738,
    negation_alone=-1.237,
    opposite=-2.466,
    substituted=0.0,
    halves=-1.599,
    misplaced=-0.789,
    widened=-2.079,
    strengthened=0.0,
    hedge=0.0,
    trailing=-0.753,
    weakest=0.735,
    spread=-0.635,
    one=0.0,
    gap=0.0,
    odd=-1.352,
    names=-0.929,
    names_asked=-0.336,
    agreement=-0.677,
    relevance=0.345,
)
BIAS = -8.055
THRESHOLD = 0.5
# Below this cosine with the question a sentence speaks of something else.
OFF_TOPIC = 0.0
_REFUSED_SUPPORT = 0.05
_SHORTEST = 3

_MARKUP = re.compile(r"<[^>]*>|&\w+;|https?:|www\.|\]\(|[`*_#]{2,}|\[\d+\]|\{|\}|\b\w+\.(?:com|org|net|io|ai|club)\b")
_UNFINISHED = re.compile(r"(?:[,;:(\u2013\u2014-]|\.\.\.|…)[\s\"”’')]*$")
# No sentence ends in one of these.
_DANGLING = frozenset("a an the my your our their and or because i if than every".split())
_TIME = re.compile(r"\b\d{1,2}:\d{2}\b")
_ABOUT_ITSELF = re.compile(
    r"\b(?:as an ai|language model|the evidence|(?:piece|pieces) of evidence|the (?:guest|guests|host|podcast|episode|"
    r"speaker|transcript|quote|quotes|passage|context)s?\b|this is the answer|the answer is:|"
    r"not answered|cannot answer|unable to answer)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well quotes support a sentence (0 to 1), whether it may be shown, and if not, why."""

    support: float
    shown: bool
    reasons: tuple[str, ...]


class Gate:
    """Judges sentences; safe to share between threads."""

    def __init__(self, embedder: Embedder) -> None:
        self._comparer = Comparer(embedder)

    def check(self, sentence: str, quotes: Sequence[str], question: str = "") -> Verdict:
        """Judge a sentence by the quotes that it cites; without quotes nothing supports it."""
        said = tokens(sentence)
        if fault := _unfit(sentence, said):
            return Verdict(0.0, False, (fault,))
        given = [quote for quote in quotes if quote.strip()]
        if not given:
            return Verdict(0.0, False, ("it cites no quote",))
        if any(stands_in(sentence, quote) for quote in given):
            return Verdict(1.0, True, ())
        compared = self._comparer.compare(sentence, given, question)
        support = probability(compared.features)
        if refused := _refused(compared, question):
            return Verdict(min(support, _REFUSED_SUPPORT), False, refused)
        shown = support >= THRESHOLD
        return Verdict(support, shown, () if shown else _reasons(compared))

    def attribute(self, sentence: str, quotes: Sequence[str]) -> tuple[int, ...]:
        """The positions of the quotes that support a sentence which cites none: the best one, if it does."""
        found = [(self.check(sentence, [quote]), -place) for place, quote in enumerate(quotes)]
        best = max(found, key=lambda item: (item[0].support, item[1]), default=None)
        return (-best[1],) if best and best[0].shown else ()


def probability(features: Features) -> float:
    """The probability that the quotes support the sentence."""
    total = BIAS + sum(weight * value for weight, value in zip(astuple(WEIGHTS), astuple(features), strict=True))
    return 1.0 / (1.0 + math.exp(-total))


def stands_in(sentence: str, quote: str) -> bool:
    """Whether a quote holds the sentence word for word, white space aside."""
    wanted = " ".join(sentence.split())
    # Spaces around both: "art" is not what "start" says.
    return bool(wanted) and f" {wanted} " in f" {' '.join(quote.split())} "


def _unfit(sentence: str, said: Sequence[Token]) -> str:
    """Why no answer may hold such a sentence, whatever the quotes say; empty where it may."""
    if len(said) < _SHORTEST:
        return "too short to say anything"
    if sentence.rstrip().rstrip("\"”’')").endswith("?"):
        return "a question, not a statement"
    if _UNFINISHED.search(sentence) or said[-1].raw in _DANGLING:
        return "breaks off"
    if _MARKUP.search(sentence):
        return "holds markup or a link"
    if _TIME.search(sentence):
        return "holds a time"
    return ""


def _refused(compared: Compared, question: str) -> tuple[str, ...]:
    reasons = [f"number {number} is in no cited quote" for number in compared.numbers]
    if question and compared.features.relevance < OFF_TOPIC:
        reasons.append("does not speak of the question")
    return tuple(reasons)


def _reasons(compared: Compared) -> tuple[str, ...]:
    """What counted against a sentence, the heaviest first."""
    features = compared.features
    said = {
        "negation": "negation turned round",
        "negation_alone": "negation turned round",
        "opposite": f"says {compared.opposite}",
        "substituted": "a word stands in another one's place",
        "halves": "sides exchanged",
        "misplaced": "a number stands among other words",
        "widened": f"wider than the quote: {', '.join(compared.widened)}",
        "strengthened": "stronger than the quote",
        "hedge": "more certain than the quote",
        "trailing": "adds what no cited quote says",
        "names": f"name {', '.join(compared.names)} is in no cited quote",
        "names_asked": f"name {', '.join(compared.names)} is in no cited quote",
        "agreement": "yes or no that the quote does not say",
        "repeated": "repeats itself",
    }
    costs = {
        field.name: weight * value
        for field, weight, value in zip(fields(Features), astuple(WEIGHTS), astuple(features), strict=True)
    }
    heavy = sorted((cost, name) for name, cost in costs.items() if name in said and cost < -0.3)
    reasons = dict.fromkeys(said[name] for _, name in heavy)
    if features.held < 0.75 or not reasons:
        reasons["word overlap too small"] = None
    return tuple(reasons)
