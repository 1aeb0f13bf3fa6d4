"""Defines the JSON of answers, citations, verdicts and search, for API, terminal and evaluation.

`Model.of` makes a model from a type of `app.types`, `Model.to_json` returns the JSON object. Scores are
rounded to three digits, seconds of an episode to one, milliseconds to two.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator

from app.reasons import Reason
from app.types import Answer, Citation, Outcome, Verdict, Verified
from ingest.models import Episode, ScoredPassage

Score = Annotated[float, AfterValidator(lambda value: round(value, 3))]
Second = Annotated[float, AfterValidator(lambda value: round(value, 1))]
Milliseconds = Annotated[float, AfterValidator(lambda value: round(value, 2))]


def _in_words(reasons: str | tuple[Reason, ...]) -> str:
    return reasons if isinstance(reasons, str) else "; ".join(map(str, reasons))


class Model(BaseModel):
    """A part of the contract. Keys that a case does not have are absent, not null."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    @classmethod
    def of(cls, shown: object) -> Self:
        """The model of an answer, a verdict, or a part of them."""
        return cls.model_validate(shown)

    def to_json(self) -> dict[str, Any]:
        """The JSON object, in the order of the fields."""
        return self.model_dump(mode="json", exclude_unset=True)


class CitationModel(Model):
    """Where something was said: from `start` to `end`, in seconds; `url` plays it from there.

    `page_line` is the same line in the transcript on the episode's page; it is absent if that has no lines to open.

    `date`: the day of what `date_kind` says (`YYYY-MM-DD`); both are absent if it is unknown.

    `withdrawn`: the episode is no longer in the archive; only a shared answer has such citations, without its words.
    """

    id: int
    episode: str
    title: str
    guests: list[str]
    date: str | None = None
    date_kind: Literal["recorded", "published"] | None = None
    speaker: str
    chapter: str
    start: Second
    end: Second
    quote: str
    url: str
    page: str
    page_line: str | None = None
    key: str
    asked: str
    estimated: bool
    before: str = ""
    after: str = ""
    withdrawn: bool = False

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, shown: object) -> object:
        if not isinstance(shown, Citation):
            return shown
        item = shown.evidence
        day = item.episode.dated
        return {
            "id": shown.id,
            "episode": item.episode.slug,
            "title": item.episode.title,
            "guests": item.episode.guests,
            **({"date": day[0], "date_kind": day[1]} if day else {}),
            "speaker": item.speaker,
            "chapter": item.chapter.title,
            "start": item.start,
            "end": item.end,
            "quote": item.text,
            "url": item.episode.url(item.start),
            "page": item.episode.page,
            **({"page_line": line} if (line := item.episode.line_url(item.row)) else {}),
            "key": item.key,
            "asked": item.asked,
            "estimated": item.estimated,
            "before": item.before,
            "after": item.after,
        }


class SentenceModel(Model):
    """A sentence, the citations it rests on, and how well they support it (0 to 1)."""

    text: str
    citations: list[int]
    support: Score


class UsageModel(Model):
    """Tokens that a language model read and wrote; 0 where the engine broke off or does not count."""

    prompt_tokens: int
    output_tokens: int


class GateModel(Model):
    """What became of a language model's sentences: how many passed, why each of the others did not."""

    shown: int
    dropped: list[Annotated[str, BeforeValidator(_in_words)]]
    replaced: int
    fault: str
    evidence_left_out: int
    history_left_out: int


class DisplayModel(Model):
    """A question with its answer so far as the chat shows it: safe HTML, and what a model's sentences rest on.

    `state`: `pending` while more is to come, then the outcome. `status`: the same in a few words, for screen readers.
    `markdown` and `wiki`: the whole answer as text to be copied; empty while more is to come, `wiki` also where nothing
    is cited.
    """

    html: str
    sources: str
    state: str
    status: str
    markdown: str = ""
    wiki: str = ""


class AnswerModel(Model):
    """Checked sentences with citations, or what `outcome` says instead.

    `answered` is true for the outcome `answered` alone. `nearest` has the nearest moments, `refused` the nearest
    chapters, `clarify` has `choices`: whole questions, one of which may be meant. `about_archive` has sentences from
    the catalogue, without citations; `other_language` has a note.
    """

    question: str
    standalone_question: str
    answered: bool
    outcome: Outcome
    sentences: list[SentenceModel]
    citations: list[CitationModel]
    nearest: list[CitationModel] = []
    choices: list[str] = []
    usage: UsageModel | None = None
    gate: GateModel | None = None
    model: str
    confidence: Score
    notes: list[str]
    timings_ms: dict[str, Milliseconds]
    display: DisplayModel | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_its_case(cls, shown: object) -> object:
        if not isinstance(shown, Answer):
            return shown
        fields = _fields(cls, shown) | ({"usage": shown.writing, "gate": shown.writing} if shown.writing else {})
        if shown.outcome is not Outcome.CLARIFY:
            fields.pop("choices")
        return _without_nearest(fields) if shown.answered else fields


class VerifiedModel(Model):
    """A verdict with the runs of guests' words that support it, or what comes nearest where it is not found."""

    statement: str
    verdict: Literal["supported", "partly", "not_found"]
    score: Score
    citations: list[CitationModel]
    nearest: list[CitationModel] = []
    sentences: list[SentenceModel]
    notes: list[str]
    timings_ms: dict[str, Milliseconds]

    @model_validator(mode="before")
    @classmethod
    def _of_its_case(cls, shown: object) -> object:
        if not isinstance(shown, Verified):
            return shown
        fields = _fields(cls, shown)
        return fields if shown.verdict is Verdict.NOT_FOUND else _without_nearest(fields)


class PassageModel(Model):
    """A ranked passage."""

    rank: int
    score: Annotated[float, AfterValidator(lambda value: round(value, 4))]
    episode: str
    title: str
    chapter: str
    start: Second
    end: Second
    speaker: str
    text: str
    url: str

    @classmethod
    def at(cls, scored: ScoredPassage, episode: Episode) -> Self:
        """A passage of `episode` at its rank."""
        passage = scored.passage
        return cls(
            rank=scored.rank,
            score=scored.score,
            episode=passage.episode,
            title=episode.title,
            chapter=episode.chapters[passage.chapter].title,
            start=passage.start,
            end=passage.end,
            speaker=passage.speaker,
            text=passage.text,
            url=episode.url(passage.start),
        )


class SearchModel(Model):
    """Ranked passages, best first."""

    query: str
    passages: list[PassageModel]
    timings_ms: dict[str, Milliseconds]


def _fields(model: type[Model], shown: object) -> dict[str, Any]:
    """The fields that both have."""
    return {name: getattr(shown, name) for name in model.model_fields if hasattr(shown, name)}


def _without_nearest(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != "nearest"}
