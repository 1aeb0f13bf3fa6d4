"""Serves the archive's episodes: `GET /api/episodes` lists them, `GET /api/episodes/SLUG` has one with its transcript.

Nothing here ranks or answers.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query
from pydantic import Field

from app.about.episodes import newest_first, within
from app.answering.pipeline import Answerer
from app.served_contract import EpisodeListModel, EpisodeModel, TranscriptModel
from app.web.faults import FAULTS
from app.web.requests import FilterParameters
from index.archive import Archive
from index.filters import Filters
from ingest.models import Episode

MOST_EPISODES = 200
# How alike a slug has to be to one that is asked for, to be suggested (0 to 1).
_ALIKE = 0.5
_MOST_NEAR = 3


class NoEpisode(LookupError):
    """The archive has no such episode; the message names similar ones, `near` are their slugs."""

    def __init__(self, slug: str, near: Sequence[str]) -> None:
        self.near = tuple(near)
        hint = (
            f"Did you mean {' or '.join(map(repr, near))}?"
            if near
            else "The results of a search name episodes by their slugs."
        )
        super().__init__(f"no episode of the archive has the slug {slug[:200]!r}. {hint}")


class EpisodesRequest(FilterParameters):
    """Which episodes to list; without filters, all of them."""

    limit: Annotated[int, Field(ge=1, le=MOST_EPISODES, description="how many episodes")] = 50
    offset: Annotated[int, Field(ge=0, le=1_000_000, description="how many to leave out at the beginning")] = 0


def listed(archive: Archive, filters: Filters, limit: int, offset: int) -> EpisodeListModel:
    """A part of the episodes that pass the filters, newest first."""
    found = newest_first([episode for episode in archive.index.episodes.values() if within(episode, filters)])
    shown = [EpisodeModel.about(episode) for episode in found[offset : offset + limit]]
    return EpisodeListModel(total=len(found), limit=limit, offset=offset, episodes=shown)


def episode_of(archive: Archive, slug: str) -> Episode:
    """The episode with this slug; raises `NoEpisode`."""
    episodes = archive.index.episodes
    if slug in episodes:
        return episodes[slug]
    raise NoEpisode(slug, difflib.get_close_matches(slug[:200].lower(), episodes, n=_MOST_NEAR, cutoff=_ALIKE))


def episodes_router(answerer: Answerer) -> APIRouter:
    """The routes. They are not async, because a new index may have to be opened."""
    router = APIRouter()

    @router.get(
        "/api/episodes",
        response_model=EpisodeListModel,
        response_model_exclude_unset=True,
        summary="List episodes",
        responses=FAULTS,
    )
    def episodes(asked: Annotated[EpisodesRequest, Query()]) -> EpisodeListModel:
        return listed(answerer.archive, asked.filters(answerer.catalog), asked.limit, asked.offset)

    @router.get(
        "/api/episodes/{slug}",
        response_model=TranscriptModel,
        response_model_exclude_unset=True,
        summary="Read an episode",
        responses=FAULTS,
    )
    def episode(slug: Annotated[str, Path(max_length=300)]) -> TranscriptModel:
        """An episode with its chapters and every line of its transcript."""
        try:
            found = episode_of(answerer.archive, slug)
        except NoEpisode as error:
            raise HTTPException(404, str(error)) from error
        return TranscriptModel.with_lines(found, found.segments)

    return router
