"""Whether a sentence may be shown: what it says stands in the quotes that it cites.

1. What no answer may hold (markup, links, times, questions, talk of the evidence) is refused.
2. What a quote says word for word passes (`app.support.verbatim`).
3. A number or a person that is in no quote is refused, and so is a sentence with a clause
   that no quote supports by itself: what is glued to true words.
4. Everything else is judged by a logistic regression on what the sentence and the best
   stretch of its quotes have in common and what not (`app.support.features`).

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
from app.support.features import Compared, Comparer
from app.support.verbatim import says
from index.embedder import Embedder
from ingest.injections import is_injection, without_injections

# Fitted by `python -m eval.fitting.support`.
THRESHOLD = 0.46
# What a refused sentence has at most.
_REFUSED = 0.05
_SHORTEST = 3
# What a clause with a word that no quote matches has to have by itself.
_LEAST_ALONE = 0.4

_MARKUP = re.compile(r"<[^>]*>|&\w+;|https?:|www\.|\]\(|[`*_#]{2,}|\[\d+\]|\{|\}|\b\w+\.(?:com|org|net|io|club)\b")
_TIME = re.compile(r"\b\d{1,2}:\d{2}\b")
_UNFINISHED = re.compile(r"(?:[,;:(\u2013\u2014-]|\.\.\.|…)[\s\"”’')]*$")
# No sentence ends in one of these.
_DANGLING = LEXICON.words("grammar.dangling")
_ABOUT_ITSELF = re.compile(
    r"\b(?:as an? a\.?i\b|(?:large )?language model, i|the evidence|pieces? of evidence|"
    r"(?:this|the) (?:podcast|transcript)|"
    r"this is the answer|the answer is:?\s+\d|not answered|(?:can ?not|unable to) answer)\b",
    re.IGNORECASE,
)
# Who speaks is said by code: a model that speaks of "guests" makes all of them say what one did.
_OF_GUESTS = re.compile(r"\b(?:guests|speakers|interviewees)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well quotes support a sentence (0 to 1), whether it may be shown, and if not, why."""

    support: float
    shown: bool
    reasons: tuple[Reason, ...] = ()

    @classmethod
    def against(cls, kind: ReasonKind) -> Verdict:
        """Nothing supports the sentence, for one reason."""
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
        """The verdict, and the features by name where they decided it: what the weights are fitted on."""
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
        """The support of the clause that has least by itself, of those in doubt: true words around it are no excuse."""
        alone = (self._comparer.compare(clause, quotes, question).probability for clause in compared.doubtful)
        return min(alone, default=1.0)

    def attribute(self, sentence: str, quotes: Sequence[str]) -> tuple[int, ...]:
        """The position of the quote that supports a sentence which cites none; () if none does."""
        found = [(self.check(sentence, [quote]), -place) for place, quote in enumerate(quotes)]
        best = max(found, key=lambda item: (item[0].support, item[1]), default=None)
        return (-best[1],) if best and best[0].shown else ()


def unfit(sentence: str, said: Sequence[Token]) -> ReasonKind | None:
    """Why no answer may hold such a sentence, whatever the quotes say; None where it may."""
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
    """What rules a sentence out whatever else it has in common with its quotes."""
    reasons = [Reason(ReasonKind.NUMBER, number) for number in compared.numbers]
    if compared.person:
        reasons.append(Reason(ReasonKind.NAME, compared.person))
    if compared.reported:
        reasons.append(Reason(ReasonKind.REPORTED))
    return tuple(reasons)
