"""A statement and what was found for it -> the numbers that its score rests on, and the score.

1. For each sentence, the run that meets it best is chosen: by late interaction (MaxSim of the word
   pieces' vectors that the index holds; no model runs here) and by the words that it holds.
2. `Found` says how well all is met, by whom it was to be said, and whether somebody else says it better.
3. `Agreed` says what is turned round: numbers, negations, opposites.
4. A statement that names neither guest nor episode is a claim about the world, and so is what a guest "says that": one
   of the run's sentences has to mean the same (cosine). What sums up an episode need not.
5. The score is the product of logistic regressions: that the archive speaks of it, that nothing is turned round, and,
   of a claim about the world, that it is told.

`python -m eval.fitting.verification` fits the weights below and prints how good they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple, dataclass, replace
from typing import NamedTuple

from app.answering.refusal import features_of
from app.language.tokens import Token, tokens
from app.support.logistic import probability
from app.support.numbers import missing_numbers
from app.types import Evidence
from app.verification.candidates import Candidate, Looked, Part
from app.verification.frame import Polarity
from app.verification.scope import reported
from app.verification.signs import Heard, denial, denied_there, holds_frame, opposite
from index.archive import ArchiveView
from index.opened import Index
from ingest.text import sentences as sentences_of

# What of a word's weight does not depend on how rare it is.
_EVEN = 0.3
# Of two runs that meet a sentence alike, the one that ranks higher is it; and the one that holds its numbers.
_RANK_COST = 0.05
_MISSING_COST = 0.1


@dataclass(frozen=True, slots=True)
class Found:
    """How well the archive speaks of it, each between 0 and about 1.

    `whole` is the MaxSim of the best passage (of a sentence: moved by how its own run compares), `context` the share
    of its words that runs, chapter titles or the host's questions hold; `unknown` the rarest word that
    the archive never says. `named` says that a guest is named, `stranger` that words are ascribed to
    somebody else, `conflict` that the guest is in none of the named episodes, and `elsewhere` by how much
    others' words meet it better.
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
    """What is turned round in the sentence where it is worst, each between 0 and 1.

    `number`: one that its run does not hold. `denied`: it denies what the run says; `unheard`: it denies
    what the run is silent on. `opposite` and `opposed`: a word's opposite is said in its place, or somewhere.
    """

    number: float = 0.0
    denied: float = 0.0
    unheard: float = 0.0
    opposite: float = 0.0
    opposed: float = 0.0


# Fitted by `python -m eval.fitting.verification`.
FOUND_WEIGHTS = Found(
    whole=17.294, context=1.961, unknown=-1.236, named=1.546, stranger=-5.210, conflict=-4.774, elsewhere=-38.289
)
FOUND_BIAS = -11.247
AGREED_WEIGHTS = Agreed(number=-3.605, denied=-3.071, unheard=-2.248, opposite=-2.586, opposed=-1.194)
AGREED_BIAS = 1.797
TOLD_WEIGHT, TOLD_BIAS = 9.655, -5.456

# By how much passages may meet a statement better than the runs cut from them: at most 0.2 on 48 statements that the
# archive speaks of, 0.68 where a sponsor said it.
_MOST_BEYOND = 0.2

_FRAME_FAULTS = {
    Polarity.DENIED: "The statement denies what the quotes say.",
    Polarity.OPEN: "The statement leaves open what the quotes say.",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """One sentence, or a whole statement: its features, its run, and what is wrong with it, for the reader.

    `claim` is the text without its frames. `told` is the cosine with the run's sentence that is most alike; None where
    it sums up what somebody speaks of.
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
        """The probability that the archive speaks of it, as told."""
        return probability(FOUND_BIAS, asdict(FOUND_WEIGHTS), asdict(self.found))

    @property
    def score(self) -> float:
        """The probability that the archive supports it."""
        told = 1.0 if self.told is None else probability(TOLD_BIAS, {"told": TOLD_WEIGHT}, {"told": self.told})
        return self.spoken_of * told * probability(AGREED_BIAS, asdict(AGREED_WEIGHTS), asdict(self.agreed))


@dataclass(frozen=True, slots=True)
class _Compared:
    """A sentence on the run that meets it best, if there is one."""

    part: Part
    weight: float
    late: float = 0.0
    context: float = 0.0
    agreed: Agreed = Agreed()
    told: float | None = None
    run: Evidence | None = None
    faults: tuple[str, ...] = ()


class _Met(NamedTuple):
    """How well a run meets a sentence: `held` is the share of its words that stand there or around."""

    value: float
    held: float
    run: Evidence
    heard: Heard


def measure(statement: str, looked: Looked, archive: ArchiveView) -> tuple[Measured, list[Measured]]:
    """The statement, and each of its sentences that says something."""
    asked = features_of(archive.index.guest_names.without(looked.claim), looked.ranking, archive.index)
    parts = [one for part in looked.parts if (one := _compared(part, archive))]
    total = sum(one.weight for one in parts) or 1.0
    late = sum(one.weight * one.late for one in parts) / total
    # Passages hold the words of others too: what they meet beyond the guests' own runs is not for those to support.
    met = min(asked.late, late + _MOST_BEYOND)
    whole = Found(
        whole=met,
        context=sum(one.weight * one.context for one in parts) / total,
        unknown=asked.unknown_word,
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


def weights_of(said: Sequence[Token], index: Index) -> list[float]:
    """How much each word says: more where it is rare in the archive."""
    return [token.weight * (_EVEN + (1 - _EVEN) * index.rarity(token.raw)) for token in said]


def share_held(said: Sequence[Token], weights: Sequence[float], holds: Callable[[str], bool]) -> float:
    """Share of a sentence, by weight of its words, whose keys something holds."""
    return sum(weight for token, weight in zip(said, weights, strict=True) if holds(token.key)) / (sum(weights) or 1.0)


def _compared(part: Part, archive: ArchiveView) -> _Compared | None:
    """A sentence on its best run; None where it has no word that says anything."""
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
    # The denials of a frame are no denials of its claim.
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
    """Cosine of a sentence and the one of a run's that is most alike, and that one."""
    others = sentences_of(run)
    vectors = archive.embed([text, *others])
    cosines = vectors[1:] @ vectors[0]
    best = int(cosines.argmax())
    return max(0.0, float(cosines[best])), others[best]


def _agreed(said: Sequence[Token], heard: Heard) -> tuple[Agreed, tuple[str, ...]]:
    """What is turned round, as numbers and for the reader."""
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
