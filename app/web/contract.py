"""What the API takes and gives, as FastAPI checks and documents it. The same objects as the terminal's."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.answering.filtering import filters_of
from app.language.rewrite import MOST_TURNS
from app.question import MAX_QUESTION
from app.types import Outcome
from app.verification.verifier import MAX_STATEMENT
from index.filters import Filters
from index.opened import Catalog

Name = Annotated[str, Field(min_length=1, max_length=300)]
Season = Annotated[int, Field(ge=0, le=1_000_000)]


class FilterModel(BaseModel):
    """Narrow the search; within a field any of the values will do."""

    model_config = ConfigDict(extra="forbid")

    episodes: Annotated[list[Name], Field(max_length=50, description="slugs, or parts of titles")] = []
    guests: Annotated[list[Name], Field(max_length=50, description="names, or parts of them")] = []
    topics: Annotated[list[Name], Field(max_length=50)] = []
    seasons: Annotated[list[Season], Field(max_length=50)] = []

    def filters(self, catalog: Catalog) -> Filters:
        """The filters as the archive has them; raises `FilterError` for one that matches nothing in it."""
        return filters_of(catalog, self.episodes, self.guests, self.topics, self.seasons)


class SearchRequest(BaseModel):
    """The parameters of a search; others are refused, as they would narrow nothing."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, Field(max_length=MAX_QUESTION, description="what to look for")]
    k: Annotated[int, Field(ge=1, le=50)] = 10
    episode: Annotated[list[str], Field(max_length=50)] = []
    guest: Annotated[list[str], Field(max_length=50)] = []
    topic: Annotated[list[str], Field(max_length=50)] = []
    season: Annotated[list[Season], Field(max_length=50)] = []

    def filters(self, catalog: Catalog) -> Filters:
        """As `FilterModel.filters`."""
        return filters_of(catalog, self.episode, self.guest, self.topic, self.season)


class AskRequest(BaseModel):
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


class CitationModel(BaseModel):
    """Where something was said: from `start` to `end`, in seconds; `url` plays it from there."""

    id: int
    episode: str
    title: str
    guests: list[str]
    speaker: str
    chapter: str
    start: float
    end: float
    quote: str
    url: str
    page: str
    key: str
    asked: str
    estimated: bool


class SentenceModel(BaseModel):
    """A sentence, the citations it rests on, and how well they support it (0 to 1)."""

    text: str
    citations: list[int]
    support: float


class UsageModel(BaseModel):
    """Tokens that a language model read and wrote; 0 where the engine broke off or does not count."""

    prompt_tokens: int
    output_tokens: int


class GateModel(BaseModel):
    """What became of a language model's sentences: how many passed, why each of the others did not."""

    shown: int
    dropped: list[str]
    replaced: int
    fault: str
    evidence_left_out: int
    history_left_out: int


class AnswerModel(BaseModel):
    """Checked sentences with citations, a refusal with the nearest chapters, or what `outcome` says besides.

    `answered` is true for the outcome `answered` alone; `about_archive` has sentences from the catalogue, without
    citations; `other_language` has a note.
    """

    question: str
    standalone_question: str
    answered: bool
    outcome: Outcome
    sentences: list[SentenceModel]
    citations: list[CitationModel]
    nearest: list[CitationModel] = []
    usage: UsageModel | None = None
    gate: GateModel | None = None
    model: str
    confidence: float
    notes: list[str]
    timings_ms: dict[str, float]


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


class VerifiedModel(BaseModel):
    """A verdict with the runs of guests' words that support it, or what comes nearest where it is not found."""

    statement: str
    verdict: Literal["supported", "partly", "not_found"]
    score: float
    citations: list[CitationModel]
    nearest: list[CitationModel] = []
    sentences: list[SentenceModel]
    notes: list[str]
    timings_ms: dict[str, float]


class PassageModel(BaseModel):
    """A ranked passage."""

    rank: int
    score: float
    episode: str
    title: str
    chapter: str
    start: float
    end: float
    speaker: str
    text: str
    url: str


class SearchModel(BaseModel):
    """Ranked passages, best first."""

    query: str
    passages: list[PassageModel]
    timings_ms: dict[str, float]


class HealthModel(BaseModel):
    """What is being served."""

    status: str
    version: str
    passages: int
    sample: bool
