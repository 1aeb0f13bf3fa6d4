"""Cuts, from a part of an episode, a guest's words that come nearest to a sentence."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from app.evidence.excerpt import run_of
from app.evidence.scorer import Scorer
from app.evidence.stretches import best_stretch
from app.types import Evidence
from app.wiki.measure import Part, Scale
from ingest.models import Episode, Role

_SHORTEST, _LONGEST = 20, 110
# A sentence adds to an excerpt if its score is over this share of the turn's best.
_FLOOR = 0.4


def nearest_words(scale: Scale, part: Part, speakers: Collection[str] = ()) -> Evidence | None:
    """The excerpt, by one of the speakers if any are named; None if no guest says anything there.

    Its key is the sentence that matches best; its score how well its words together match (MaxSim, 0 to 1).
    """
    episode = part.spoken.episode
    turns = [turn for turn in _turns(episode, part) if not speakers or episode.segments[turn[0]].speaker in speakers]
    if not turns:
        return None
    first, last = max(turns, key=lambda turn: scale.met([Part(part.spoken, *turn)]).guest)
    scorer = Scorer(scale.index, scale.read.ranking())
    lines = [line for line in scorer.lines(episode, first, last) if not line.injected]
    if not lines:
        return None
    scores = [line.score for line in lines]
    stretch = best_stretch([line.text for line in lines], scores, _FLOOR * max(scores), _SHORTEST, _LONGEST)
    chosen = lines[stretch.begin : stretch.end]
    key = max(chosen, key=lambda line: line.score)
    return replace(run_of(scorer, episode, chosen, first).evidence, key=key.text)


def _turns(episode: Episode, part: Part) -> Iterator[tuple[int, int]]:
    """The turns of guests in a part, as ranges of segments."""
    at = part.first
    while at < part.last:
        end = at + 1
        while end < part.last and episode.segments[end].turn == episode.segments[at].turn:
            end += 1
        if episode.segments[at].role is Role.GUEST:
            yield at, end
        at = end
