"""Cuts an episode into passages.

A passage consists of consecutive whole segments of one chapter. Segments are added until
the target length is reached; a passage ends early where the host asks
something new, so that a question stays with its answer. The last, short piece
of a chapter joins the passage before it. Nothing here reads files or embeds.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.models import Chapter, Episode, Passage, Role, Segment

_NAMESPACE = uuid.UUID("7f1d7c5e-3f0a-5d0b-9a34-6f5b1f6f0c9e")
# Increase it when episodes are read or cut in another way. The manifest records it, so the next ingest starts again.
VERSION = 2


@dataclass(frozen=True, slots=True)
class PassageSettings:
    """Lengths in words, chosen by measuring (docs/figures.md)."""

    target: int = 140
    shortest: int = 50


def passages_of(episode: Episode, settings: PassageSettings) -> list[Passage]:
    """Cut an episode into passages, in order."""
    seen: Counter[str] = Counter()
    return [
        _passage(episode, number, first, last, seen)
        for number, chapter in enumerate(episode.chapters)
        for first, last in _cuts(episode.segments, chapter, settings)
    ]


def _cuts(segments: tuple[Segment, ...], chapter: Chapter, settings: PassageSettings) -> Iterator[tuple[int, int]]:
    """The passages of one chapter as ranges of segments."""
    ranges: list[list[int]] = []
    length, joins = 0, True
    for i in range(chapter.first, chapter.last):
        segment = segments[i]
        asks = segment.role is Role.HOST and (i == chapter.first or segments[i - 1].role is not Role.HOST)
        full = length + segment.words / 2 > settings.target
        back = i > chapter.first and segment.start < segments[i - 1].start  # the clock jumps back: two different places
        if not ranges or full or back or (asks and length >= settings.target / 2):
            ranges.append([i, i])
            length, joins = 0, not back
        ranges[-1][1] = i + 1
        length += segment.words
    if len(ranges) > 1 and length < settings.shortest and joins:
        _, last = ranges.pop()
        ranges[-1][1] = last
    return iter([(first, last) for first, last in ranges])


def _passage(episode: Episode, number: int, first: int, last: int, seen: Counter[str]) -> Passage:
    run = episode.segments[first:last]
    chapter = episode.chapters[number]
    text = "\n".join(segment.text for segment in run)
    context = " | ".join([episode.title, ", ".join(episode.guests), chapter.title])
    identity = f"{episode.slug}\n{context}\n{text}"
    seen[identity] += 1
    return Passage(
        id=str(uuid.uuid5(_NAMESPACE, f"{identity}\n{seen[identity]}")),
        episode=episode.slug,
        chapter=number,
        first=first,
        last=last,
        start=run[0].start,
        end=run[-1].end,
        speaker=_main_speaker(run),
        text=text,
        context=context,
    )


def _main_speaker(run: tuple[Segment, ...]) -> str:
    """The speaker of most words, guests first: a passage with a guest's words belongs to that guest."""
    said: Counter[tuple[bool, str]] = Counter()
    for segment in run:
        said[segment.role is Role.GUEST, segment.speaker] += segment.words
    return max(said.items(), key=lambda item: (item[0][0], item[1]))[0][1]
