"""Selects the evidence from ranked passages: a few excerpts, each of one guest's consecutive words.

1. Find the best excerpt around each of the best passages (`app.evidence.excerpt`).
2. Take them in the order of their passages, skipping repetitions, until the
   budget of words is used up or there are enough. A further one has to be nearly as
   probable an answer as the first.
3. Mark the key of each excerpt: the sentence most like the question. Injected instructions
   (`ingest.injections`) are never a key, and an excerpt with nothing else is not evidence.

Nothing here ranks passages or judges whether they answer the question.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.evidence.excerpt import Run, best_run, find_run
from app.evidence.replies import find_reply
from app.evidence.scorer import Scorer
from app.evidence.stretches import open_quotes, points_back
from app.types import Evidence
from index.archive import ArchiveView
from index.embedder import Vectors
from index.retrieve import Ranking
from ingest.injections import without_injections
from ingest.models import ScoredPassage
from ingest.text import STOP_WORDS, sentences, words

# A sentence of fewer words is seldom the answer, however similar to the question.
_FULL_SENTENCE_WORDS = 10


@dataclass(frozen=True, slots=True)
class EvidenceSettings:
    """Limits: `budget` and lengths in words; `least_*` as a share of the first one's probability; numbers of excerpts
    and passages.

    docs/figures.md says how they were chosen.
    """

    budget: int = 260
    most_runs: int = 4
    longest_run: int = 180
    shortest_run: int = 25
    key_words: int = 45
    least_second: float = 0.5
    least_later: float = 0.65
    passages: int = 8


@dataclass(frozen=True, slots=True)
class Quotable:
    """A ranked passage, the excerpt that can be quoted from it, and the scorer that read it."""

    scored: ScoredPassage
    run: Run
    scorer: Scorer


@dataclass(frozen=True, slots=True)
class Gathered:
    """`quotable`: every excerpt found, in rank order; `chosen`: those quoted; `runs`: their evidence."""

    runs: list[Evidence]
    chosen: list[Quotable]
    quotable: list[Quotable]


def gather_evidence(archive: ArchiveView, ranking: Ranking, settings: EvidenceSettings) -> Gathered:
    """The excerpts to quote, best first, at most `budget` words together.

    A further excerpt is taken only if it is nearly as probable an answer as the first: one
    good quote is better than a good and an irrelevant one.
    """
    # If the question names several guests, each is searched separately, also in a passage with all of them.
    heard = [frozenset({guest}) for guest in ranking.named] if len(ranking.named) > 1 else [ranking.heard]
    scorers = [Scorer(archive.index, ranking, own) for own in heard]
    quotable = [
        Quotable(scored, best, scorer)
        for scored in ranking.passages[: settings.passages]
        for scorer in scorers
        if (best := _quote(scorer, scored, settings.shortest_run, settings.longest_run))
    ]
    found = [(item.scored, replace(item.run.evidence, score=item.scored.score)) for item in quotable]
    source = {(item.scored.passage.id, item.run.evidence.speaker): item for item in quotable}
    runs: list[Evidence] = []
    chosen: list[Quotable] = []
    left = settings.budget
    for passage, run in _each_named_first(found, ranking.named):
        if len(runs) == settings.most_runs or left < settings.shortest_run:
            break
        awaited = len(runs) < len(ranking.named)  # a guest whom the question names is always quoted
        least = 0.0 if awaited else (0.0, settings.least_second, settings.least_later)[min(len(runs), 2)]
        if runs and run.score < least * runs[0].score:
            break
        room = left if not awaited else left // (len(ranking.named) - len(runs))
        origin = source[passage.passage.id, run.speaker]
        fitting = run if run.words <= room else best_run(origin.scorer, passage, settings.shortest_run, room)
        if (
            fitting is not None
            and without_injections(fitting.text)
            and not any(_same(fitting, other) for other in runs)
        ):
            runs.append(replace(fitting, score=run.score))
            chosen.append(origin)
            left -= fitting.words

    def similar(texts: Sequence[str]) -> Vectors:
        return archive.embed(texts) @ ranking.vector

    return Gathered(with_keys(runs, similar, settings.key_words), chosen, quotable)


def _quote(scorer: Scorer, scored: ScoredPassage, shortest: int, longest: int) -> Run | None:
    """The best excerpt around a passage, or a short reply in it that matches better."""
    run = find_run(scorer, scored, shortest, longest)
    return find_reply(scorer, scored, shortest, run) or run


def _each_named_first(
    found: list[tuple[ScoredPassage, Evidence]], named: Sequence[str]
) -> list[tuple[ScoredPassage, Evidence]]:
    """The best excerpt of each guest whom the question names, then the others in order."""
    if len(named) < 2:
        return found
    first = [next((item for item in found if item[1].speaker == guest), None) for guest in named]
    chosen = [item for item in first if item is not None]
    return chosen + [item for item in found if item not in chosen]


def with_keys(runs: list[Evidence], similar: Callable[[Sequence[str]], Vectors], most_words: int) -> list[Evidence]:
    """The excerpts with their key sentences; all sentences are compared with the question in one call."""
    parts = [sentences(without_injections(run.text) or run.text) for run in runs]
    scores = iter(similar([sentence for own in parts for sentence in own]).tolist())
    return [
        replace(run, key=_key(own, [next(scores) for _ in own], run.text, most_words))
        for run, own in zip(runs, parts, strict=True)
    ]


def _key(texts: list[str], scores: list[float], run: str, most_words: int) -> str:
    """The sentence most like the question, with those it refers to, or those that follow a short one.

    Sentences are joined only if they are next to each other in `run`: something may be left out between two texts.
    """
    lengths = [len(text.split()) for text in texts]
    at = max(range(len(texts)), key=lambda i: scores[i] * min(1.0, lengths[i] / _FULL_SENTENCE_WORDS))
    begin, end = at, at + 1

    def fits(first: int, last: int, most: float) -> bool:
        return sum(lengths[first:last]) <= most and " ".join(texts[first:last]) in run

    while begin > 0 and points_back(texts[begin]) and fits(begin - 1, end, most_words):
        begin -= 1
    while end < len(texts) and fits(begin, end + 1, most_words / 2):
        end += 1
    # A quotation inside the excerpt is not cut in half.
    while begin > 0 and open_quotes(texts[begin:end]) < 0 and fits(begin - 1, end, most_words):
        begin -= 1
    while end < len(texts) and open_quotes(texts[begin:end]) > 0 and fits(begin, end + 1, most_words):
        end += 1
    return " ".join(texts[begin:end])


def _same(one: Evidence, other: Evidence) -> bool:
    """Whether two excerpts overlap or have the same words."""
    if one.episode.slug == other.episode.slug and one.start <= other.end and other.start <= one.end:
        # Excerpts that only touch are different, unless the transcript's clock stops there: then they may share words.
        overlap = one.start < other.end and other.start < one.end
        if overlap or not set(sentences(one.text)).isdisjoint(sentences(other.text)):
            return True
    first, second = (set(words(run.text)) - STOP_WORDS for run in (one, other))
    return len(first & second) > 0.6 * min(len(first), len(second))


def ordered(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Best first, with all excerpts of one guest in an episode together."""
    place: dict[tuple[str, str], int] = {}
    for rank, item in enumerate(evidence):
        place.setdefault((item.episode.slug, item.speaker), rank)
    return sorted(evidence, key=lambda item: place[item.episode.slug, item.speaker])
