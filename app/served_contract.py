"""Defines the JSON of what a server has: its state, episodes, one with its transcript, and shared answers.

As in `app.contract`, keys that an episode does not have are absent, and times are seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import Any, Literal, Self

from app.contract import AnswerModel, Model, Second
from ingest.models import Chapter, Episode, Role, Segment


class EpisodeModel(Model):
    """An episode without its words. `recorded` and `published` are days (`YYYY-MM-DD`), absent if unknown.

    `duration`: the second at which the last words end; what follows them in the recording is unknown.
    """

    slug: str
    title: str
    guests: list[str]
    topics: list[str]
    season: int | None = None
    number: int | None = None
    recorded: str | None = None
    published: str | None = None
    duration: Second
    page: str

    @classmethod
    def about(cls, episode: Episode) -> Self:
        """The model of an episode."""
        return cls(**_about(episode))


class EpisodeListModel(Model):
    """Some episodes, newest first: `limit` of the `total` that pass the filters, from `offset` on."""

    total: int
    limit: int
    offset: int
    episodes: list[EpisodeModel]


class ChapterModel(Model):
    """A chapter; `url` plays it."""

    title: str
    start: Second
    end: Second
    url: str


class LineModel(Model):
    """A paragraph of the transcript; `url` plays from it.

    `estimated`: the transcript has no time there, so `start` was computed from the words.
    """

    start: Second
    estimated: bool
    speaker: str
    role: Role
    text: str
    url: str


class TranscriptModel(EpisodeModel):
    """An episode with its chapters, and the lines of its transcript in order."""

    chapters: list[ChapterModel]
    lines: list[LineModel]

    @classmethod
    def with_lines(cls, episode: Episode, lines: Iterable[Segment]) -> Self:
        """The episode with these lines of its transcript."""
        chapters = [_chapter(episode, chapter) for chapter in episode.chapters]
        return cls(**_about(episode), chapters=chapters, lines=[_line(episode, line) for line in lines])


def said_between(episode: Episode, start: float | None, end: float | None) -> list[Segment]:
    """The lines that are being said at some time from `start` to `end` (seconds; None is the begin or the end)."""
    begin, stop = start or 0.0, inf if end is None else end
    return [line for line in episode.segments if line.start <= stop and max(line.start, line.end) >= begin]


def _about(episode: Episode) -> dict[str, Any]:
    known = {name: getattr(episode, name) for name in ("season", "number", "recorded", "published")}
    return {
        "slug": episode.slug,
        "title": episode.title,
        "guests": list(episode.guests),
        "topics": list(episode.topics),
        **{name: value for name, value in known.items() if value is not None},
        "duration": episode.end,
        "page": episode.page,
    }


def _chapter(episode: Episode, chapter: Chapter) -> ChapterModel:
    return ChapterModel(title=chapter.title, start=chapter.start, end=chapter.end, url=episode.url(chapter.start))


def _line(episode: Episode, line: Segment) -> LineModel:
    return LineModel(
        start=line.start,
        estimated=line.estimated,
        speaker=line.speaker,
        role=line.role,
        text=line.text,
        url=episode.url(line.start),
    )


class SharedModel(AnswerModel):
    """A shared answer, under an address of its own: `path` on this server.

    `shared`: the day it was stored (`YYYY-MM-DD`); `index_version`: the archive's version then; `narrowed`: filters.
    """

    id: str
    path: str
    shared: str
    index_version: str
    narrowed: str


class HealthModel(Model):
    """What is being served."""

    status: str
    version: str
    passages: int
    sample: bool


class ReadyModel(Model):
    """What answers questions: the version of the archive, and who writes."""

    status: Literal["ready"]
    version: str
    model: str
