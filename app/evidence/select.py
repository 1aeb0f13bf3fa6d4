"""Selects the moments that answer a question: a few excerpts, each of one guest's consecutive words.

1. Cut the best excerpt around each of the best passages (`app.evidence.moment`), or a short reply that matches better.
2. Take them in the order of their passages. A further one has to be a probable answer itself, and nearly as probable
   as the first. Other guests come before more of one guest; if the question asks for several views, only they do.
3. Leave out repetitions.
4. If a sentence of these excerpts addresses a machine (`app.evidence.injected`), begin again without it.

Nothing here ranks passages or judges whether they answer the question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from app.evidence.excerpt import Run
from app.evidence.injected import Find
from app.evidence.moment import Lengths, find_moment
from app.evidence.replies import find_reply
from app.evidence.scorer import Scorer
from app.types import Evidence
from index.archive import ArchiveView
from index.retrieve import Ranking
from ingest.models import ScoredPassage
from ingest.text import STOP_WORDS, sentences, words

# "Do guests agree?", "What do other people think?": several guests are wanted, not one.
_SEVERAL = re.compile(
    r"\b(?:(?:dis)?agree\w*|(?:different|other|various|several|opposite) (?:guests?|people|speakers?|views?|opinions?)|"
    r"(?:guests|opinions|views|both sides|who else|anyone else|everyone|everybody))\b",
    re.IGNORECASE,
)
# If several are wanted, others need only this share of the first one's probability.
_SHARE_OF_OTHERS = 0.25


@dataclass(frozen=True, slots=True)
class EvidenceSettings:
    """`budget`: words of all excerpts together. `most`: excerpts. `passages`: passages that are read. `asked`: a model
    reads the host's words before an excerpt, too.

    A further excerpt has at least the probability `least`, and `least_share` of the first one's. docs/figures.md says
    how these were chosen.
    """

    budget: int = 480
    most: int = 4
    least: float = 0.15
    least_share: float = 0.4
    passages: int = 8
    asked: bool = False
    lengths: Lengths = field(default_factory=Lengths)


@dataclass(frozen=True, slots=True)
class Quotable:
    """A ranked passage and the excerpt that can be quoted from it."""

    scored: ScoredPassage
    run: Run
    scorer: Scorer

    @property
    def evidence(self) -> Evidence:
        """The excerpt, with the probability that the passage answers."""
        return replace(self.run.evidence, score=self.scored.score)


@dataclass(frozen=True, slots=True)
class Gathered:
    """`quotable`: every excerpt found, in rank order; `runs`: those chosen, best first."""

    runs: list[Evidence]
    quotable: list[Quotable]


def gather_evidence(
    archive: ArchiveView, ranking: Ranking, settings: EvidenceSettings, find_injected: Find | None = None
) -> Gathered:
    """The excerpts to show, best first.

    `find_injected` finds sentences that address a machine; without it, only those that were marked at ingest are left
    out.
    """
    # If the question names several guests, each is searched separately, also in a passage with all of them.
    heard = [frozenset({guest}) for guest in ranking.named] if len(ranking.named) > 1 else [ranking.heard]
    scorers = [Scorer(archive.index, ranking, own) for own in heard]
    while True:
        gathered = _gathered(scorers, ranking, settings)
        marked = find_injected(sentences_of(gathered.runs, settings)) if find_injected else frozenset()
        if not marked:
            return gathered
        new = [scorer.leave_out(marked) for scorer in scorers]
        if not any(new):  # they cannot be cut out
            clean = [run for run in gathered.runs if marked.isdisjoint(sentences_of([run], settings))]
            return Gathered(clean, gathered.quotable)


def sentences_of(runs: Iterable[Evidence], settings: EvidenceSettings) -> list[str]:
    """The sentences of excerpts that are quoted, or read by a model."""
    texts = [text for run in runs for text in ((run.asked, run.text) if settings.asked else (run.text,))]
    return [sentence for text in texts for sentence in sentences(text)]


def _gathered(scorers: Sequence[Scorer], ranking: Ranking, settings: EvidenceSettings) -> Gathered:
    quotable = [
        Quotable(scored, best, scorer)
        for scored in ranking.passages[: settings.passages]
        for scorer in scorers
        if (best := _quote(scorer, scored, settings.lengths))
    ]
    several = bool(_SEVERAL.search(ranking.question)) and not ranking.heard
    runs: list[Evidence] = []
    left = settings.budget
    for item in _in_turns(quotable, ranking.named):
        run = item.evidence
        silent = {guest for guest in ranking.named if all(guest != shown.speaker for shown in runs)}
        awaited = run.speaker in silent  # a guest whom the question names is always quoted
        if len(runs) == settings.most or (runs and left < settings.lengths.shortest):
            break
        if runs and not awaited and not _worth_showing(run, runs, several, settings):
            continue
        room = left // len(silent) if awaited else left
        fitting = run if run.words <= room else _shorter(item, room, settings.lengths)
        if fitting and not any(_same(fitting, other) for other in runs):
            runs.append(fitting)
            left -= fitting.words
    return Gathered(runs, quotable)


def _quote(scorer: Scorer, scored: ScoredPassage, lengths: Lengths) -> Run | None:
    """The best excerpt around a passage, or a short reply in it that matches better."""
    run = find_moment(scorer, scored, lengths)
    return find_reply(scorer, scored, lengths.shortest, run) or run


def _shorter(item: Quotable, room: int, lengths: Lengths) -> Evidence | None:
    """An excerpt of at most `room` words from the same passage."""
    if room < lengths.shortest:
        return None
    run = find_moment(item.scorer, item.scored, replace(lengths, longest=room, run=room))
    return replace(run.evidence, score=item.scored.score) if run else None


def _worth_showing(run: Evidence, shown: Sequence[Evidence], several: bool, settings: EvidenceSettings) -> bool:
    """Whether a further excerpt is probable enough."""
    if several:
        others = all(run.speaker != other.speaker for other in shown)
        return others and run.score >= _SHARE_OF_OTHERS * shown[0].score
    return run.score >= max(settings.least, settings.least_share * shown[0].score)


def _in_turns(quotable: Sequence[Quotable], named: Sequence[str]) -> Iterator[Quotable]:
    """The best excerpt of each guest whom the question names; then the best of each guest; then the others."""
    first = [next((item for item in quotable if item.run.evidence.speaker == guest), None) for guest in named]
    begun = [item for item in first if item] if len(named) > 1 else []
    yield from begun
    speakers = {item.run.evidence.speaker for item in begun}
    later: list[Quotable] = []
    for item in quotable:
        if item.run.evidence.speaker in speakers:
            later += [] if item in begun else [item]
            continue
        speakers.add(item.run.evidence.speaker)
        yield item
    yield from later


def _same(one: Evidence, other: Evidence) -> bool:
    """Whether two excerpts overlap or have the same words."""
    if one.episode.slug == other.episode.slug and one.start <= other.end and other.start <= one.end:
        # Excerpts that only touch are different, unless the transcript's clock stops there: then they may share words.
        overlap = one.start < other.end and other.start < one.end
        if overlap or not set(sentences(one.text)).isdisjoint(sentences(other.text)):
            return True
    first, second = (set(words(run.text)) - STOP_WORDS for run in (one, other))
    return len(first & second) > 0.6 * min(len(first), len(second))
