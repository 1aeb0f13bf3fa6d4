"""Finds, for each sentence of a statement, the excerpts of guests' words that may support it.

1. The statement as a whole and each of its sentences are searched for, among the guests
   and episodes that they name; the claim is searched for, not its frame (`app.verification.frame`).
2. From the best passages of both, the best excerpt of a guest's words is cut for the sentence.
3. If a guest is named, only that guest's words remain; but it is checked whether another guest's words match the
   statement better.

Nothing here judges: `app.verification.score` measures, `app.verification.verifier` decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.evidence.excerpt import best_run
from app.evidence.scorer import Scorer
from app.types import Evidence
from app.verification.frame import Frame, Polarity, read_frame, with_judgement
from app.verification.scope import Names, Scope
from index.archive import ArchiveView
from index.filters import Filters
from index.opened import Index
from index.query.guest_names import GuestNames
from index.retrieve import Ranking
from ingest.models import ScoredPassage
from ingest.text import words

# Sentences that are looked up separately; each costs a search.
MOST_SENTENCES = 8
# Passages from which excerpts are cut: of the whole statement's ranking, and of the sentence's own.
_OF_WHOLE = 6
_OF_SENTENCE = 5
_DEPTH = 24
# Words of an excerpt.
_SHORTEST, _LONGEST = 25, 180
# Episodes in which the sentences of a statement without names are searched.
_EPISODES = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """An excerpt that may support a sentence, and the rank of its passage among those found for the sentence.

    `run.score`: how well its words match the sentence's (MaxSim, 0 to 1).
    """

    run: Evidence
    rank: int


@dataclass(frozen=True, slots=True)
class Part:
    """A sentence of a statement, where its evidence has to come from, and its candidates.

    `frame` denies its claim, leaves it open or asserts it by two denials; None for a sentence without a frame.
    """

    text: str
    scope: Scope
    candidates: tuple[Candidate, ...] = ()
    frame: Frame | None = None

    @property
    def claim(self) -> str:
        """The claim inside the frame; the whole sentence if it has no frame.

        A claim that somebody who is not a guest asserts also keeps its frame, with the name.
        """
        return self.frame.claim if self.frame and (self.turned or not self.scope.strangers) else self.text

    @property
    def turned(self) -> bool:
        """Whether the frame denies the claim or leaves it open."""
        return self.frame is not None and self.frame.polarity is not Polarity.ASSERTED


@dataclass(frozen=True, slots=True)
class Looked:
    """A statement with everything that was found for it.

    `claim`: the statement without its frames. `runs`: excerpts for the whole statement, best first. If it names guests
    or episodes, `others` are the best excerpts of the whole archive, and `elsewhere` is by how much the best of them
    matches the statement better than the best of `runs` (0 to 1).
    """

    claim: str
    scope: Scope
    ranking: Ranking
    runs: tuple[Evidence, ...]
    parts: tuple[Part, ...]
    others: tuple[Evidence, ...] = ()
    elsewhere: float = 0.0


def look_up(statement: str, archive: ArchiveView) -> Looked:
    """Find excerpts that may support a statement and its sentences."""
    names = archive.index.guest_names
    scope, sentences = Names(archive.index).scopes(statement)
    framed = _framed(sentences)
    claim = " ".join(part.claim for part in framed)
    whole = archive.search(_said(claim, names), _DEPTH, scope.filters(), judged=False)
    runs = _runs_of(archive.index, whole, scope)
    others: list[Evidence] = []
    if scope.filters():
        others = _runs_of(archive.index, archive.search(_said(claim, names), _DEPTH, Filters(), judged=False), Scope())
    episodes = tuple(dict.fromkeys(scored.passage.episode for scored in whole.passages))[:_EPISODES]
    parts = []
    for part in framed[:MOST_SENTENCES]:
        if not words(names.without(part.claim)):
            continue
        filters = part.scope.filters() or Filters(episodes=episodes)
        ranking = archive.search(_said(part.claim, names), _DEPTH, filters, judged=False)
        both = {s.passage.id: s for s in [*whole.passages[:_OF_WHOLE], *ranking.passages[:_OF_SENTENCE]]}
        found = _candidates(Scorer(archive.index, ranking), list(both.values()), part.scope)
        parts.append(replace(part, candidates=tuple(found)))
    best, best_other = (max((run.score for run in found), default=0.0) for found in (runs, others))
    return Looked(claim, scope, whole, tuple(runs), tuple(parts), tuple(others), max(0.0, best_other - best))


def _framed(sentences: Sequence[tuple[str, Scope]]) -> list[Part]:
    """Each sentence with its frame; one that only judges the sentence before it is joined to it."""
    parts: list[Part] = []
    for text, scope in sentences:
        frame = with_judgement(parts[-1].text, text) if parts else None
        if frame:
            parts[-1] = replace(parts[-1], text=f"{parts[-1].text} {text}", frame=frame)
        else:
            parts.append(Part(text, scope, frame=read_frame(text)))
    return parts


def _said(text: str, names: GuestNames) -> str:
    """The text to search for, without names: they narrow the search already, and would only find passages with them."""
    rest = names.without(text)
    return rest if words(rest) else text


def _runs_of(index: Index, ranking: Ranking, scope: Scope) -> list[Evidence]:
    """The excerpts from a ranking's best passages."""
    return [item.run for item in _candidates(Scorer(index, ranking), ranking.passages[:_OF_WHOLE], scope)]


def _candidates(scorer: Scorer, passages: Sequence[ScoredPassage], scope: Scope) -> list[Candidate]:
    """Excerpts from passages, in their order, by the scope's guests alone; each once."""
    found: list[Candidate] = []
    for scored in passages:
        run = best_run(scorer, scored, _SHORTEST, _LONGEST)
        if run is None or not _spoken_by(run, scope.guests):
            continue
        if any((run.text, run.start) == (other.run.text, other.run.start) for other in found):
            continue
        found.append(Candidate(run, scored.rank))
    return found


def _spoken_by(run: Evidence, guests: Sequence[str]) -> bool:
    """Whether one of the guests says it; True if no guest is named.

    A transcript may write a guest's name in another way than the list of guests.
    """
    if not guests or run.speaker in guests:
        return True
    return run.speaker not in run.episode.guests and not set(guests).isdisjoint(run.episode.guests)
