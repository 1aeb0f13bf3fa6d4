"""Quotes named without their words, so that no file of the project holds a transcript.

    {"episode": slug, "start": sec, "end": sec, "words": int, "sha256": of the words}

`resolve` finds the words again in the archive that was ingested: whole sentences of one
guest's turn, as many words, and the checksum proves that they are the same. The seconds
are for people.
"""

from __future__ import annotations

import difflib
import hashlib
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import Any

from app.types import Evidence
from ingest.models import Episode, Role
from ingest.text import sentences


class QuoteError(ValueError):
    """A quote cannot be named or found; the message says which and why."""


@dataclass(frozen=True, slots=True)
class QuoteRef:
    """Where a quote stands and what its words hash to."""

    episode: str
    start: float
    end: float
    words: int
    sha256: str

    def to_json(self) -> dict[str, Any]:
        """The object as the files have it."""
        return {
            "episode": self.episode,
            "start": round(self.start, 1),
            "end": round(self.end, 1),
            "words": self.words,
            "sha256": self.sha256,
        }


def ref_of(evidence: Evidence) -> QuoteRef:
    """How to name a run of evidence without its words."""
    return QuoteRef(evidence.episode.slug, evidence.start, evidence.end, evidence.words, _checksum(evidence.text))


def resolve(ref: QuoteRef, episodes: Mapping[str, Episode], *, roles: Collection[Role] = (Role.GUEST,)) -> str:
    """The words of a quote, said by somebody in one of `roles`; raises `QuoteError` where the archive has none such."""
    episode = episodes.get(ref.episode)
    if episode is None:
        near = difflib.get_close_matches(ref.episode, episodes, n=1)
        hint = f"; did you mean {near[0]}?" if near else "; ingest the archive that was labelled"
        raise QuoteError(f"the index has no episode {ref.episode}{hint}")
    for text in _runs(episode, ref, roles):
        if _checksum(text) == ref.sha256:
            return text
    who = " or ".join(role.value for role in roles)
    raise QuoteError(
        f"{ref.episode}, {ref.start:.0f}-{ref.end:.0f} s: no {who}'s {ref.words} words there have the checksum "
        f"{ref.sha256[:12]}; the transcript has changed since, so label that sentence again"
    )


def _runs(episode: Episode, ref: QuoteRef, roles: Collection[Role]) -> Iterator[str]:
    """Each run of whole sentences of one speaker's turn that has as many words, from the turns nearest in time on."""
    turns = [list(turn) for _, turn in groupby(episode.segments, key=lambda s: (s.turn, s.role))]
    turns = [turn for turn in turns if turn[0].role in roles]
    for turn in sorted(turns, key=lambda turn: max(turn[0].start - ref.start, ref.start - turn[-1].end, 0.0)):
        said = [text for segment in turn for text in sentences(segment.text)]
        ends = list(accumulate((len(text.split()) for text in said), initial=0))
        places = {total: place for place, total in enumerate(ends)}
        for begin, before in enumerate(ends[:-1]):
            end = places.get(before + ref.words)
            if end is not None:
                yield " ".join(said[begin:end])


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def parse_ref(value: Any) -> QuoteRef:
    """The quote that a JSON object names; raises `QuoteError`."""
    if not isinstance(value, dict):
        raise QuoteError("a quote has to be an object with `episode`, `start`, `end`, `words` and `sha256`")
    start, end = (_second(value, key) for key in ("start", "end"))
    words = value.get("words")
    if not isinstance(words, int) or isinstance(words, bool) or words < 1:
        raise QuoteError(f"`words` of a quote has to be a number from 1 up, this is {words!r:.40}")
    episode, checksum = value.get("episode"), value.get("sha256")
    if not isinstance(episode, str) or not episode:
        raise QuoteError("`episode` of a quote has to be an episode's slug")
    if not isinstance(checksum, str) or len(checksum) != 64 or set(checksum) - set("0123456789abcdef"):
        raise QuoteError(f"`sha256` of a quote has to be 64 hexadecimal digits, this is {checksum!r:.80}")
    if end < start:
        raise QuoteError(f"a quote of {episode} ends at {end:g}, before its start {start:g}")
    return QuoteRef(episode, start, end, words, checksum)


def _second(value: Mapping[str, Any], key: str) -> float:
    number = value.get(key)
    if not isinstance(number, int | float) or isinstance(number, bool) or not 0 <= number < math.inf:
        raise QuoteError(f"`{key}` of a quote has to be a number of seconds, this is {number!r:.40}")
    return float(number)
