"""Prepares an episode's transcript for its page: chapters, turns and lines in order, with what is cited marked.

    Episode, from, to -> Reading: chapters -> turns -> lines

Nothing here lays out or escapes; texts are untrusted, and become one clean line each in the template.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.render.moment import dated, web_address
from ingest.models import Chapter, Episode, Role, Segment

# What stands where a transcript does not say who speaks.
NOBODY = "Unknown speaker"


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph. `play` opens the recording at `start`, `row` the same line on the episode's page; empty if none.

    `first`: it is the first of the cited lines.
    """

    start: float
    estimated: bool
    text: str
    play: str
    row: str
    cited: bool
    first: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """What one person says until another speaks, or the chapter ends."""

    speaker: str
    role: Role
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A chapter; without a title, the lines that belong to none. `number` counts from 1."""

    number: int
    title: str
    start: float
    turns: tuple[Turn, ...]

    @property
    def cited(self) -> bool:
        """Whether some of its lines are cited."""
        return any(line.cited for turn in self.turns for line in turn.lines)


@dataclass(frozen=True, slots=True)
class Reading:
    """A transcript as it is shown. `date` says when it was recorded or published, in words; empty if unknown.

    `called` is who keeps the recording. `page` is the episode's page; empty if there is none.
    """

    title: str
    guests: tuple[str, ...]
    date: str
    page: str
    called: str
    sample: bool
    parts: tuple[Part, ...]

    @property
    def cited(self) -> bool:
        """Whether a line is cited."""
        return any(part.cited for part in self.parts)

    @property
    def unsure(self) -> frozenset[str]:
        """What has to be explained: `estimated` seconds, `unknown` speakers."""
        turns = [turn for part in self.parts for turn in part.turns]
        found = {"unknown": any(turn.role is Role.UNKNOWN for turn in turns)}
        found["estimated"] = any(line.estimated for turn in turns for line in turn.lines)
        return frozenset(name for name, there in found.items() if there)


def reading(episode: Episode, start: float | None, end: float | None) -> Reading:
    """The transcript, with the lines cited that are being said from `start` to `end` (seconds); without, none is."""
    cited = cited_lines(episode.segments, start, end)
    day = dated(*(episode.dated or ("", "")))
    return Reading(
        title=episode.title,
        guests=episode.guests,
        date=day[:1].upper() + day[1:],
        page="" if episode.sample else web_address(episode.page) or "",
        called=episode.links.called,
        sample=episode.sample,
        parts=tuple(
            _part(episode, number, chapter, places, cited)
            for number, (chapter, places) in enumerate(_parted(episode), start=1)
        ),
    )


def cited_lines(lines: Sequence[Segment], start: float | None, end: float | None) -> range:
    """The places of the lines that are being said from `start` to `end`; of the one said at `start` without an end."""
    if start is None:
        return range(0)
    until = start if end is None else end
    said = [at for at, line in enumerate(lines) if line.start <= start < line.end or start < line.start < until]
    return range(said[0], said[-1] + 1) if said else range(0)


def _parted(episode: Episode) -> Iterator[tuple[Chapter | None, range]]:
    """All lines by chapter, in order; None for those in no chapter."""
    done = 0
    for chapter in sorted(episode.chapters, key=lambda one: one.first):
        if chapter.first > done:
            yield None, range(done, chapter.first)
        yield chapter, range(max(done, chapter.first), chapter.last)
        done = max(done, chapter.last)
    if done < len(episode.segments):
        yield None, range(done, len(episode.segments))


def _part(episode: Episode, number: int, chapter: Chapter | None, places: range, cited: range) -> Part:
    lines = episode.segments
    turns = (tuple(group) for _, group in groupby(places, key=lambda at: lines[at].turn))
    start = chapter.start if chapter else lines[places[0]].start
    return Part(
        number=number,
        title=chapter.title if chapter else "",
        start=start,
        turns=tuple(
            Turn(lines[own[0]].speaker or NOBODY, lines[own[0]].role, tuple(_line(episode, at, cited) for at in own))
            for own in turns
        ),
    )


def _line(episode: Episode, place: int, cited: range) -> Line:
    said = episode.segments[place]
    return Line(
        start=said.start,
        estimated=said.estimated,
        text=said.text,
        play="" if episode.sample else web_address(episode.url(said.start)) or "",
        row="" if episode.sample else web_address(episode.line_url(said.row)) or "",
        cited=place in cited,
        first=bool(cited) and place == cited[0],
    )
