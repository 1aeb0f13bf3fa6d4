"""Computes the score of a statement, and the features that it is based on.

1. For each sentence, the best excerpt is chosen: by late interaction (MaxSim of the word
   pieces' vectors in the index) and by the words that both share.
2. `Found`: how well everything matches, who is named, and whether another guest's words match better.
3. `Agreed`: contradictions in numbers, negations and opposites.
4. A claim about the world (no guest or episode named, or "NAME says that"): one sentence of the excerpt must
   mean the same (cosine). A summary of an episode need not.
5. The score is the product of logistic regressions: that the archive covers the statement, that nothing contradicts
   it, and, for a claim about the world, that a sentence means the same.

`make fit` fits the weights (`python -m eval.fitting.verification` alone) and prints how good they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path
from typing import NamedTuple

from app.language.tokens import Token, tokens
from app.support.numbers import missing_numbers
from app.types import Evidence
from app.verification.candidates import Candidate, Looked, Part
from app.verification.frame import Polarity
from app.verification.scope import reported
from app.verification.signs import Heard, denial, denied_there, holds_frame, opposite
from index.archive import ArchiveView
from index.fitted.weights import read_fitted
from index.judging.features import unknown_word
from index.late_interaction import weighted_match
from index.opened import Index
from index.retrieve import Ranking
from ingest.text import sentences as sentences_of

# Part of a word's weight that does not depend on its rarity.
_EVEN = 0.3
# Of two excerpts that match a sentence equally, the one with the higher rank is chosen, and the one with its numbers.
_RANK_COST = 0.05
_MISSING_COST = 0.1


@dataclass(frozen=True, slots=True)
class Found:
    """How well the archive covers the statement; each value is between 0 and about 1.

    `whole`: MaxSim of the best passage (for a sentence, adjusted by its own excerpt). `context`: share of
    its words in excerpts, chapter titles or the host's questions. `unknown`: rarity of the rarest word that
    the archive never has. `named`: 1 if a guest is named. `stranger`: 1 if words are ascribed to
    somebody else. `conflict`: 1 if the guest is in none of the named episodes. `elsewhere`: by how much
    other guests' words match better.
    """

    whole: float
    context: float
    unknown: float
    named: float
    stranger: float
    conflict: float
    elsewhere: float


@dataclass(frozen=True, slots=True)
class Agreed:
    """Contradictions, each between 0 and 1; for a statement, the highest value of its sentences.

    `number`: a number that the excerpt lacks. `denied`: the sentence denies what the excerpt says; `unheard`: it
    denies what the excerpt does not mention. `opposite` and `opposed`: a word's opposite is said in its place, or
    elsewhere.
    """

    number: float = 0.0
    denied: float = 0.0
    unheard: float = 0.0
    opposite: float = 0.0
    opposed: float = 0.0


# Passages that the best one is looked for in.
_FIRST = 5
_HERE = Path(__file__).parent
FOUND, AGREED, TOLD = (read_fitted(_HERE / f"{name}.json") for name in ("found", "agreed", "told"))

# By how much passages may match a statement better than the excerpts cut from them: at most 0.2 on 48 statements that
# the archive covers, 0.68 where a sponsor said it.
_MOST_BEYOND = 0.2

_FRAME_FAULTS = {
    Polarity.DENIED: "The statement denies what the quotes say.",
    Polarity.OPEN: "The statement leaves open what the quotes say.",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """One sentence, or a whole statement: its features, its excerpt, and its faults as text for the reader.

    `claim`: the text without its frames. `told`: cosine with the most similar sentence of the excerpt; None for a
    summary.
    """

    text: str
    claim: str
    found: Found
    agreed: Agreed
    told: float | None = None
    run: Evidence | None = None
    faults: tuple[str, ...] = ()

    @property
    def spoken_of(self) -> float:
        """The probability that the archive covers it."""
        return FOUND.probability(asdict(self.found))

    @property
    def score(self) -> float:
        """The probability that the archive supports it."""
        told = 1.0 if self.told is None else TOLD.probability({"told": self.told})
        return self.spoken_of * told * AGREED.probability(asdict(self.agreed))


@dataclass(frozen=True, slots=True)
class _Compared:
    """A sentence compared with its best excerpt, if there is one."""

    part: Part
    weight: float
    late: float = 0.0
    context: float = 0.0
    agreed: Agreed = Agreed()
    told: float | None = None
    run: Evidence | None = None
    faults: tuple[str, ...] = ()


class _Met(NamedTuple):
    """How well an excerpt matches a sentence; `held`: share of the sentence's words in it or around it."""

    value: float
    held: float
    run: Evidence
    heard: Heard


def measure(statement: str, looked: Looked, archive: ArchiveView) -> tuple[Measured, list[Measured]]:
    """Measure the statement, and each of its sentences with content."""
    ranking, index = looked.ranking, archive.index
    best = best_passage(ranking)
    unknown = unknown_word(index.guest_names.without(looked.claim), index)
    parts = [one for part in looked.parts if (one := _compared(part, archive))]
    total = sum(one.weight for one in parts) or 1.0
    late = sum(one.weight * one.late for one in parts) / total
    # Passages contain the words of others too, which are no support; so their lead over the excerpts is limited.
    met = min(best, late + _MOST_BEYOND)
    whole = Found(
        whole=met,
        context=sum(one.weight * one.context for one in parts) / total,
        unknown=unknown,
        named=float(bool(looked.scope.guests)),
        stranger=float(bool(looked.scope.strangers)),
        conflict=float(looked.scope.conflict),
        elsewhere=looked.elsewhere,
    )
    worst = Agreed(*(max(values) for values in zip(*(astuple(one.agreed) for one in parts), strict=True)))
    sentences = [
        Measured(
            one.part.text,
            one.part.claim,
            replace(whole, whole=met + one.late - late, context=one.context),
            one.agreed,
            one.told,
            one.run,
            one.faults,
        )
        for one in parts
    ]
    faults = tuple(dict.fromkeys(fault for one in parts for fault in one.faults))
    told = [(one.told, one.weight) for one in parts if one.told is not None]
    mean = sum(cosine * weight for cosine, weight in told) / sum(weight for _, weight in told) if told else None
    return Measured(statement, looked.claim, whole, worst, mean, faults=faults), sentences


def best_passage(ranking: Ranking) -> float:
    """MaxSim of the best of the first passages, the host's words included."""
    passages = [ranking.similarities[scored.passage.id] for scored in ranking.passages[:_FIRST]]
    return max((weighted_match(own, ranking.weights) for own in passages), default=0.0)


def weights_of(said: Sequence[Token], index: Index) -> list[float]:
    """The weight of each word; rare words of the archive weigh more."""
    return [token.weight * (_EVEN + (1 - _EVEN) * index.rarity(token.raw)) for token in said]


def share_held(said: Sequence[Token], weights: Sequence[float], holds: Callable[[str], bool]) -> float:
    """Weighted share of a sentence's words for which `holds(key)` is true."""
    return sum(weight for token, weight in zip(said, weights, strict=True) if holds(token.key)) / (sum(weights) or 1.0)


def _compared(part: Part, archive: ArchiveView) -> _Compared | None:
    """A sentence compared with its best excerpt; None if it has no content word."""
    names = archive.index.guest_names
    said = tokens(names.without(part.claim))
    weights = weights_of(said, archive.index)
    weight = sum(weights)
    if not weight:
        return None
    met = [_met(candidate, said, weights) for candidate in part.candidates]
    if not met:
        return _Compared(part, weight)
    best = max(met, key=lambda one: one.value)
    claim = reported(part.text) if part.scope and not part.turned else part.claim
    told, nearest = _told(claim, best.run.text, archive) if claim else (None, "")
    # Negations in a frame are not negations in its claim.
    agreed, faults = _agreed(tokens(names.without(part.frame.claim)) if part.frame else said, best.heard)
    if part.frame and part.turned:
        unheld = not holds_frame(part.frame, said, best.heard, nearest)
        agreed = replace(agreed, denied=float(unheld), unheard=0.0)
        faults = (_FRAME_FAULTS[part.frame.polarity],) if unheld else ()
    return _Compared(part, weight, best.run.score, best.held, agreed, told, best.run, faults)


def _met(candidate: Candidate, said: Sequence[Token], weights: Sequence[float]) -> _Met:
    run = candidate.run
    heard = Heard(run.text, f"{run.chapter.title}. {run.asked}", run.episode.title)
    held = share_held(said, weights, heard.holds)
    missing = missing_numbers(said, heard.numbers | heard.titled)
    value = (run.score + held) / 2 - _RANK_COST * candidate.rank - _MISSING_COST * len(missing)
    return _Met(value, held, run, heard)


def _told(text: str, run: str, archive: ArchiveView) -> tuple[float, str]:
    """Cosine of a sentence with the most similar sentence of an excerpt, and that sentence."""
    others = sentences_of(run)
    vectors = archive.embed([text, *others])
    cosines = vectors[1:] @ vectors[0]
    best = int(cosines.argmax())
    return max(0.0, float(cosines[best])), others[best]


def _agreed(said: Sequence[Token], heard: Heard) -> tuple[Agreed, tuple[str, ...]]:
    """The contradictions, as numbers and as text for the reader."""
    numbers = missing_numbers(said, heard.numbers | heard.titled)
    turned = denied_there(said, heard)
    denies = 1.0 if turned else denial(said, heard)
    words, sure = opposite(said, heard)
    faults = [f"The number {number} is not in the nearest words." for number in numbers]
    if turned:
        faults.append("The nearest words deny it.")
    elif denies == 1.0:
        faults.append("It denies what the nearest words do not deny.")
    if sure == 1.0:
        faults.append(f"The nearest words say {words}.")
    agreed = Agreed(
        number=float(bool(numbers)),
        denied=float(denies == 1.0),
        unheard=float(denies == 0.5),
        opposite=float(sure == 1.0),
        opposed=float(sure == 0.5),
    )
    return agreed, tuple(faults)
