"""Decides whether a sentence may be shown: the quotes that it cites have to support it.

1. A sentence that no answer may contain (markup, links, times, questions, talk about the evidence) is refused.
2. A sentence that a quote says word for word passes (`app.support.verbatim`).
3. A sentence with a number or a person that is in no quote is refused, and so is one with a clause
   that no quote supports: a false clause attached to a true one.
4. All others are judged by a logistic regression on what the sentence and the best
   stretch of its quotes have in common and how they differ (`app.support.features`).

Sentences of a quote that address a machine (`ingest.injections`) support nothing.
Nothing here writes, repairs or chooses evidence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.language.clauses import is_fragment
from app.language.lexicon import LEXICON
from app.language.tokens import Token, tokens
from app.reasons import Reason, ReasonKind
from app.support.features import FITTED, Compared, Comparer
from app.support.verbatim import says
from index.embedder import Embedder
from ingest.injections import is_injection, without_injections

THRESHOLD = FITTED.numbers["threshold"]
# Highest support of a refused sentence.
_REFUSED = 0.05
_SHORTEST = 3
# Least support of a clause with a word that no quote matches.
_LEAST_ALONE = 0.4

_MARKUP = re.compile(r"<[^>]*>|&\w+;|https?:|www\.|\]\(|[`*_#]{2,}|\[\d+\]|\{|\}|\b\w+\.(?:com|org|net|io|club)\b")
_TIME = re.compile(r"\b\d{1,2}:\d{2}\b")
_UNFINISHED = re.compile(r"(?:[,;:(\u2013\u2014-]|\.\.\.|…)[\s\"”’')]*$")
# No sentence ends with one of these.
_DANGLING = LEXICON.words("grammar.dangling")
_ABOUT_ITSELF = re.compile(
    r"\b(?:as an? a\.?i\b|(?:large )?language model, i|the evidence|pieces? of evidence|"
    r"(?:this|the) (?:podcast|transcript)|"
    r"this is the answer|the answer is:?\s+\d|not answered|(?:can ?not|unable to) answer)\b",
    re.IGNORECASE,
)
# Code names the speaker: a model that writes "guests" would attribute to all what one said.
_OF_GUESTS = re.compile(r"\b(?:guests|speakers|interviewees)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well quotes support a sentence (0 to 1), whether it may be shown, and if not, why."""

    support: float
    shown: bool
    reasons: tuple[Reason, ...] = ()

    @classmethod
    def against(cls, kind: ReasonKind) -> Verdict:
        """The verdict that nothing supports the sentence, for one reason."""
        return cls(0.0, False, (Reason(kind),))


class Gate:
    """Judges sentences; safe to share between threads."""

    def __init__(self, embedder: Embedder) -> None:
        self._comparer = Comparer(embedder)

    def check(self, sentence: str, quotes: Sequence[str], question: str = "") -> Verdict:
        """Judge a sentence by the quotes that it cites; without quotes nothing supports it."""
        return self.weigh(sentence, quotes, question)[0]

    def weigh(
        self, sentence: str, quotes: Sequence[str], question: str = ""
    ) -> tuple[Verdict, Mapping[str, float] | None]:
        """The verdict, and the features by name if the regression decided (`eval.fitting` fits the weights on them)."""
        said = tokens(sentence)
        if fault := unfit(sentence, said):
            return Verdict.against(fault), None
        given = [talk for quote in quotes if tokens(talk := without_injections(quote))]
        if not given:
            return Verdict.against(ReasonKind.NO_QUOTE), None
        if any(says(quote, said) for quote in self._comparer.quotes(given)):
            return Verdict(1.0, True), None
        if _OF_GUESTS.search(sentence) and not any(map(_OF_GUESTS.search, given)):
            return Verdict.against(ReasonKind.ABOUT_GUESTS), None
        compared = self._comparer.compare(sentence, given, question)
        support = compared.probability
        if reasons := refused(compared):
            return Verdict(_REFUSED * support, False, reasons), None
        weakest = self._weakest(compared, given, question)
        if weakest < _LEAST_ALONE:
            reasons = (Reason(ReasonKind.GLUED),) if support >= THRESHOLD else compared.reasons()
            return Verdict(min(support, weakest), False, reasons), None
        shown = support >= THRESHOLD
        return Verdict(support, shown, () if shown else compared.reasons()), compared.values

    def _weakest(self, compared: Compared, quotes: Sequence[str], question: str) -> float:
        """The lowest support of a doubtful clause, each judged alone."""
        alone = (self._comparer.compare(clause, quotes, question).probability for clause in compared.doubtful)
        return min(alone, default=1.0)

    def attribute(self, sentence: str, quotes: Sequence[str]) -> tuple[int, ...]:
        """The position of the quote that supports a sentence without citations; () if none does."""
        found = [(self.check(sentence, [quote]), -place) for place, quote in enumerate(quotes)]
        best = max(found, key=lambda item: (item[0].support, item[1]), default=None)
        return (-best[1],) if best and best[0].shown else ()


def unfit(sentence: str, said: Sequence[Token]) -> ReasonKind | None:
    """The reason to reject the sentence regardless of its quotes; None if there is none."""
    if len(said) < _SHORTEST:
        return ReasonKind.TOO_SHORT
    if sentence.rstrip("\"”’') \n\t").endswith("?"):
        return ReasonKind.QUESTION
    if _UNFINISHED.search(sentence) or said[-1].raw in _DANGLING:
        return ReasonKind.BREAKS_OFF
    if _MARKUP.search(sentence):
        return ReasonKind.MARKUP
    if _TIME.search(sentence):
        return ReasonKind.TIME
    if is_fragment(said):
        return ReasonKind.FRAGMENT
    if is_injection(sentence):
        return ReasonKind.ORDER
    return ReasonKind.ABOUT_ITSELF if _ABOUT_ITSELF.search(sentence) else None


def refused(compared: Compared) -> tuple[Reason, ...]:
    """Reasons that reject a sentence however similar its quotes are."""
    reasons = [Reason(ReasonKind.NUMBER, number) for number in compared.numbers]
    if compared.person:
        reasons.append(Reason(ReasonKind.NAME, compared.person))
    if compared.reported:
        reasons.append(Reason(ReasonKind.REPORTED))
    return tuple(reasons)
