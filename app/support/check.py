"""Whether a sentence may be shown: what it says stands in the quotes that it cites.

1. What no answer may hold (markup, links, times, questions, talk of the evidence) is refused.
2. What a quote says word for word passes (`app.support.verbatim`).
3. A number or a person that is in no quote is refused, and so is a sentence with a clause
   that no quote supports by itself: what is glued to true words.
4. Everything else is judged by a logistic regression on what the sentence and the best
   stretch of its quotes have in common and what not (`app.support.features`); `python -m
   eval.fitting.support` fits the weights below on labelled sentences and prints how good they are.

Sentences of a quote that are no talk (`ingest.injections`) support nothing.
Nothing here writes, repairs or chooses evidence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass

from app.language.clauses import is_fragment
from app.language.tokens import Token, tokens
from app.support import logistic
from app.support.features import Compared, Comparer, Features
from app.support.verbatim import says
from index.embedder import Embedder
from index.reranking.nli import NliModel
from ingest.injections import is_injection, without_injections
from ingest.settings import Settings

# Fitted by `python -m eval.fitting.support`.
WEIGHTS = Features(
    held=1.966,
    meant=0.792,
    worst=1.467,
    cosine=3.509,
    length=1.925,
    repeated=-2.986,
    negation=-2.058,
    negation_alone=-1.754,
    opposite=-3.776,
    halves=-2.424,
    repaired=-1.482,
    misplaced=-2.279,
    unit=-0.048,
    widened=-1.537,
    trailing=-2.443,
    names=-1.739,
    asked=-0.795,
    agreement=-0.722,
)
BIAS = -6.885
THRESHOLD = 0.46
# Below this cosine with the question a sentence speaks of something else.
OFF_TOPIC = 0.0
# What a refused sentence has at most.
_REFUSED = 0.05
_SHORTEST = 3
# What a reason has to have cost, in the logarithm of the odds.
_HEAVY = -0.3
_FEW_HELD = 0.75
# With an NLI model the support is the geometric mean of both: either can stop a sentence. No trained one was at
# hand to fit this on.
_UNSURE = 0.5
# What a clause with a word that no quote meets has to have by itself.
_LEAST_ALONE = 0.4
_GLUED = "a part of it is in no cited quote"
_NOT_ENTAILED = "the NLI model does not see it follow"

_MARKUP = re.compile(r"<[^>]*>|&\w+;|https?:|www\.|\]\(|[`*_#]{2,}|\[\d+\]|\{|\}|\b\w+\.(?:com|org|net|io|club)\b")
_TIME = re.compile(r"\b\d{1,2}:\d{2}\b")
_UNFINISHED = re.compile(r"(?:[,;:(\u2013\u2014-]|\.\.\.|…)[\s\"”’')]*$")
# No sentence ends in one of these.
_DANGLING = frozenset("a an the my your our their and or because i if than every".split())
_ABOUT_ITSELF = re.compile(
    r"\b(?:as an? a\.?i\b|(?:large )?language model, i|the evidence|pieces? of evidence|"
    r"(?:this|the) (?:podcast|transcript)|"
    r"this is the answer|the answer is:?\s+\d|not answered|(?:can ?not|unable to) answer)\b",
    re.IGNORECASE,
)
# Who speaks is said by code: a model that speaks of "guests" makes all of them say what one did.
_OF_GUESTS = re.compile(r"\b(?:guests|speakers|interviewees)\b", re.IGNORECASE)
_SAID = {
    "negation": "negation turned round",
    "negation_alone": "negation turned round",
    "halves": "sides exchanged",
    "repaired": "words stand beside other words than in the quote",
    "misplaced": "a number stands among other words",
    "unit": "a number counts something else",
    "trailing": "adds what no cited quote says",
    "agreement": "yes or no that the quote does not say",
    "repeated": "repeats itself",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well quotes support a sentence (0 to 1), whether it may be shown, and if not, why."""

    support: float
    shown: bool
    reasons: tuple[str, ...]


class Gate:
    """Judges sentences; safe to share between threads."""

    def __init__(self, embedder: Embedder, nli: NliModel | None = None) -> None:
        """`nli` is asked of what is not word for word, besides the features."""
        self._comparer = Comparer(embedder)
        self._nli = nli

    @classmethod
    def of(cls, settings: Settings, embedder: Embedder) -> Gate:
        """The gate that the settings ask for; raises `NliError` for a model that is none."""
        nli = NliModel(settings.judge, threads=settings.threads) if settings.judge else None
        if nli:
            nli.load()
        return cls(embedder, nli)

    def check(self, sentence: str, quotes: Sequence[str], question: str = "") -> Verdict:
        """Judge a sentence by the quotes that it cites; without quotes nothing supports it."""
        return self.weigh(sentence, quotes, question)[0]

    def weigh(self, sentence: str, quotes: Sequence[str], question: str = "") -> tuple[Verdict, Features | None]:
        """The verdict, and the features where they decided it: what the weights are fitted on."""
        said = tokens(sentence)
        if fault := unfit(sentence, said):
            return Verdict(0.0, False, (fault,)), None
        given = [talk for quote in quotes if tokens(talk := without_injections(quote))]
        if not given:
            return Verdict(0.0, False, ("it cites no quote",)), None
        if any(says(quote, said) for quote in self._comparer.quotes(given)):
            return Verdict(1.0, True, ()), None
        if _OF_GUESTS.search(sentence) and not any(map(_OF_GUESTS.search, given)):
            return Verdict(0.0, False, ("speaks of guests, not of the question",)), None
        compared = self._comparer.compare(sentence, given, question)
        support = probability(compared.features)
        if reasons := refused(compared):
            return Verdict(_REFUSED * support, False, reasons), None
        weakest = self._weakest(compared, given, question)
        if weakest < _LEAST_ALONE:
            reasons = (_GLUED,) if support >= THRESHOLD else _reasons(compared)
            return Verdict(min(support, weakest), False, reasons), None
        entailed = self._entailed(sentence, given)
        support = math.sqrt(support * entailed) if entailed is not None else support
        if support >= THRESHOLD:
            return Verdict(support, True, ()), compared.features
        unseen = (_NOT_ENTAILED,) if entailed is not None and entailed < _UNSURE else ()
        return Verdict(support, False, unseen or _reasons(compared)), compared.features

    def _weakest(self, compared: Compared, quotes: Sequence[str], question: str) -> float:
        """The support of the clause that has least by itself, of those in doubt: true words around it are no excuse."""
        alone = (self._comparer.compare(clause, quotes, question).features for clause in compared.doubtful)
        return min(map(probability, alone), default=1.0)

    def _entailed(self, sentence: str, quotes: Sequence[str]) -> float | None:
        """P(the quotes entail the sentence); None without a model, and where it failed."""
        return self._nli.entails([(" ".join(quotes), sentence)])[0] if self._nli else None

    def attribute(self, sentence: str, quotes: Sequence[str]) -> tuple[int, ...]:
        """The position of the quote that supports a sentence which cites none; () if none does."""
        found = [(self.check(sentence, [quote]), -place) for place, quote in enumerate(quotes)]
        best = max(found, key=lambda item: (item[0].support, item[1]), default=None)
        return (-best[1],) if best and best[0].shown else ()


def probability(features: Features) -> float:
    """The probability that the quotes support the sentence."""
    return logistic.probability(BIAS, astuple(WEIGHTS), astuple(features))


def unfit(sentence: str, said: Sequence[Token]) -> str:
    """Why no answer may hold such a sentence, whatever the quotes say; empty where it may."""
    if len(said) < _SHORTEST:
        return "too short to say anything"
    if sentence.rstrip("\"”’') \n\t").endswith("?"):
        return "a question, not a statement"
    if _UNFINISHED.search(sentence) or said[-1].raw in _DANGLING:
        return "breaks off"
    if _MARKUP.search(sentence):
        return "holds markup or a link"
    if _TIME.search(sentence):
        return "holds a time"
    if is_fragment(said):
        return "no whole sentence"
    if is_injection(sentence):
        return "an order, not a statement"
    return "speaks of itself, not of the question" if _ABOUT_ITSELF.search(sentence) else ""


def refused(compared: Compared) -> tuple[str, ...]:
    """What rules a sentence out whatever else it has in common with its quotes."""
    reasons = [f"number {number} is in no cited quote" for number in compared.numbers]
    if compared.person:
        reasons.append(f"name {compared.person} is in no cited quote")
    if compared.reported:
        reasons.append("the quote only tells that somebody says so")
    if compared.relevance < OFF_TOPIC:
        reasons.append("does not speak of the question")
    return tuple(reasons)


def _reasons(compared: Compared) -> tuple[str, ...]:
    """What counted against a sentence, the heaviest first."""
    names = f"name {', '.join(compared.names)} is in no cited quote"
    said = _SAID | {
        "opposite": f"says {compared.opposite}",
        "widened": f"wider than the quote: {', '.join(compared.widened)}",
        "names": names,
        "asked": names,
    }
    values = asdict(compared.features)
    costs = sorted((weight * values[name], name) for name, weight in asdict(WEIGHTS).items())
    reasons = dict.fromkeys(said[name] for cost, name in costs if name in said and cost < _HEAVY)
    if compared.features.held < _FEW_HELD or not reasons:
        reasons["word overlap too small"] = None
    return tuple(reasons)
