"""Reads requests of OpenAI's chat completions: the user's last message is the question, the earlier ones its history.

Fields that would change how a model writes (`temperature`, `max_tokens`, `seed`, …) are accepted and change nothing.
What a client relies on, and would not get, is refused: several choices, JSON, log-probabilities, audio, a forced tool.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from app.answering.filtering import FilterError
from app.language.rewrite import MOST_TURNS
from app.protocols.openai_faults import ChatFault
from app.question import MAX_QUESTION, QuestionError, check_question
from app.web.requests import FilterModel
from index.filters import Filters
from index.opened import Catalog

MODEL = "citecast"
_MOST_MESSAGES = 1000
# Fields that a client relies on, each with the values that ask for nothing.
_RELIED_ON: dict[str, tuple[Any, ...]] = {
    "n": (None, 1),
    "logprobs": (None, False),
    "top_logprobs": (None, 0),
    "audio": (None,),
    "modalities": (None, ["text"]),
    "response_format": (None, {"type": "text"}),
    "tool_choice": (None, "none", "auto"),
    "function_call": (None, "none", "auto"),
}
_OF_THE_USER: Any = {"properties": {"role": {"const": "user"}}, "required": ["role"]}
_WITHOUT = "Citecast quotes an archive: it gives one answer, as text, and calls no tools"


class ContentPart(BaseModel):
    """A part of a message; only text can be read."""

    model_config = ConfigDict(extra="allow")

    type: Annotated[str, Field(json_schema_extra={"enum": ["text"]})]
    text: str | None = None


class ChatMessage(BaseModel):
    """A message of the conversation. Only those of the user are read."""

    model_config = ConfigDict(extra="allow")

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[ContentPart] | None = None

    def said(self, place: int) -> str:
        """The message's text; raises `ChatFault` if it is not text."""
        if not isinstance(self.content, list):
            return self.content or ""
        for part in self.content:
            if part.type != "text":
                where = f"messages.{place}.content"
                raise ChatFault(400, f"Citecast reads text only, no {part.type[:40]!r}", where, "unsupported_content")
        return "\n".join(part.text or "" for part in self.content)


class StreamOptions(BaseModel):
    """What a stream has besides the answer."""

    model_config = ConfigDict(extra="allow")

    include_usage: StrictBool | None = None


class ChatRequest(BaseModel):
    """A conversation whose last question is to be answered. Other fields of the protocol may be sent."""

    model_config = ConfigDict(extra="allow")

    model: Annotated[str, Field(max_length=300, json_schema_extra={"enum": [MODEL]})]
    messages: Annotated[
        list[ChatMessage],
        Field(min_length=1, max_length=_MOST_MESSAGES, json_schema_extra={"contains": _OF_THE_USER}),
    ]
    stream: StrictBool | None = None
    stream_options: StreamOptions | None = None
    filters: Annotated[FilterModel, Field(description="narrow the search; a field of Citecast's own")] = FilterModel()

    @property
    def with_usage(self) -> bool:
        """Whether a stream ends with the usage."""
        return bool(self.stream_options and self.stream_options.include_usage)

    def asked(self) -> tuple[str, list[str]]:
        """The question and the earlier ones, oldest first; raises `ChatFault`."""
        self._check()
        turns = [message.said(place) for place, message in enumerate(self.messages) if message.role == "user"]
        if not turns:
            raise ChatFault(400, "there is no message of the user, so nothing is asked", "messages", "missing_question")
        *earlier, question = turns
        # A client sends the whole conversation again, also what was refused as too long or empty.
        kept = [turn for turn in earlier if turn.strip() and len(turn) <= MAX_QUESTION]
        try:
            return check_question(question), kept[-MOST_TURNS:]
        except QuestionError as error:
            raise ChatFault(400, str(error), "messages", "unusable_question") from error

    def narrowed(self, catalog: Catalog) -> Filters:
        """The filters with the archive's own values; raises `ChatFault` for one that matches nothing."""
        try:
            return self.filters.filters(catalog)
        except FilterError as error:
            raise ChatFault(400, str(error), "filters", "unknown_filter") from error

    def _check(self) -> None:
        if self.model != MODEL:
            raise no_model(self.model)
        given = self.model_extra or {}
        for name, harmless in _RELIED_ON.items():
            if given.get(name) not in harmless:
                raise ChatFault(400, f"{name!r} cannot be what it is: {_WITHOUT}", name, "unsupported_value")


def no_model(name: str) -> ChatFault:
    """The fault of a model that is not served."""
    said = f"the model {name[:100]!r} does not exist; this server has {MODEL!r}"
    return ChatFault(404, said, "model", "model_not_found")
