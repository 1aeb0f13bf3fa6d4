"""Defines the API's requests, as FastAPI checks and documents them; responses are in `app.contract`."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.answering.filtering import filters_of
from app.language.rewrite import MOST_TURNS
from app.question import MAX_QUESTION
from app.verification.verifier import MAX_STATEMENT
from index.filters import Filters
from index.opened import Catalog

Name = Annotated[str, Field(min_length=1, max_length=300)]
Day = Annotated[str, Field(max_length=10, description="a year, a month or a day: `2023`, `2023-05`, `2023-05-12`")]
Season = Annotated[int, Field(ge=0, le=1_000_000)]


class FilterModel(BaseModel):
    """Narrow the search; within a field any of the values will do."""

    model_config = ConfigDict(extra="forbid")

    episodes: Annotated[list[Name], Field(max_length=50, description="slugs, or parts of titles")] = []
    guests: Annotated[list[Name], Field(max_length=50, description="names, or parts of them")] = []
    topics: Annotated[list[Name], Field(max_length=50)] = []
    seasons: Annotated[list[Season], Field(max_length=50)] = []
    since: Day | None = None
    until: Day | None = None

    def filters(self, catalog: Catalog) -> Filters:
        """The filters with the archive's own values; raises `FilterError` for one that matches nothing."""
        return filters_of(catalog, self.episodes, self.guests, self.topics, self.seasons, self.since, self.until)


class FilterParameters(BaseModel):
    """Filters as parameters of an address; others are refused, as they would narrow nothing."""

    model_config = ConfigDict(extra="forbid")

    episode: Annotated[list[str], Field(max_length=50)] = []
    guest: Annotated[list[str], Field(max_length=50)] = []
    topic: Annotated[list[str], Field(max_length=50)] = []
    season: Annotated[list[Season], Field(max_length=50)] = []
    since: Day | None = None
    until: Day | None = None

    def filters(self, catalog: Catalog) -> Filters:
        """As `FilterModel.filters`."""
        return filters_of(catalog, self.episode, self.guest, self.topic, self.season, self.since, self.until)


class SearchRequest(FilterParameters):
    """The parameters of a search."""

    q: Annotated[str, Field(max_length=MAX_QUESTION, description="what to look for")]
    k: Annotated[int, Field(ge=1, le=50)] = 10


class QuestionRequest(BaseModel):
    """A question, with the visitor's earlier questions if it follows on from them."""

    model_config = ConfigDict(extra="forbid")

    question: Annotated[
        str, Field(max_length=MAX_QUESTION, examples=["Why do teams leave the cloud for their own GPUs?"])
    ]
    history: Annotated[
        list[Annotated[str, Field(max_length=MAX_QUESTION)]],
        Field(max_length=MOST_TURNS, description="earlier questions, oldest first"),
    ] = []
    filters: FilterModel = FilterModel()


class AskRequest(QuestionRequest):
    """A question, and in what form its answer is wanted."""

    html: Annotated[bool, Field(description="also the answer as the chat shows it, in `display`")] = False


class VerifyRequest(BaseModel):
    """A statement that the archive may support."""

    model_config = ConfigDict(extra="forbid")

    statement: Annotated[
        str,
        Field(
            max_length=MAX_STATEMENT,
            examples=["Andrey Cheptsov says that Kubernetes was not made for training models."],
        ),
    ]
