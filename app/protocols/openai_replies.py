"""Writes answers as OpenAI's chat completions, whole or in chunks.

The text is the one Markdown of `app.render.markdown`, with a link to each moment. `outcome`, `citations` and `nearest`
are fields of Citecast's own, with the objects of `app.contract`.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from app.contract import CitationModel
from app.protocols.openai_requests import MODEL
from app.render.markdown import reply_markdown, written_markdown
from app.types import Answer, Outcome


class Served(BaseModel):
    """A model that is served."""

    id: str
    object: Literal["model"] = "model"
    created: Annotated[int, Field(description="seconds since 1970")]
    owned_by: str = MODEL


class ServedList(BaseModel):
    """The models that are served."""

    object: Literal["list"] = "list"
    data: list[Served]


class ChatUsage(BaseModel):
    """What was read and written. `counted` says in what: in tokens if a language model wrote, else in words."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    counted: Literal["tokens", "words"]


class Reply(BaseModel):
    """The message of a completion."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None


class Choice(BaseModel):
    """The only choice of a completion."""

    index: Literal[0] = 0
    message: Reply
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class ChatCompletion(BaseModel):
    """An answer. `nearest` has moments that do not answer, for the outcomes `nearest` and `refused`."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str = MODEL
    choices: list[Choice]
    usage: ChatUsage
    outcome: Outcome
    citations: list[CitationModel]
    nearest: list[CitationModel]


def usage_of(answer: Answer, read: str, content: str) -> ChatUsage:
    """Tokens where a language model wrote this answer and counts them; else the words that were asked and answered.

    `read`: question and history.
    """
    spent = answer.writing
    if spent and (spent.prompt_tokens or spent.output_tokens):
        return _usage(spent.prompt_tokens, spent.output_tokens, "tokens")
    return _usage(len(read.split()), len(content.split()), "words")


def _usage(read: int, written: int, counted: Literal["tokens", "words"]) -> ChatUsage:
    return ChatUsage(prompt_tokens=read, completion_tokens=written, total_tokens=read + written, counted=counted)


def _own(answer: Answer) -> dict[str, Any]:
    """The fields that OpenAI's protocol does not have."""
    return {
        "outcome": answer.outcome,
        "citations": [CitationModel.of(citation).to_json() for citation in answer.citations],
        "nearest": [CitationModel.of(citation).to_json() for citation in answer.nearest],
    }


@dataclass
class Completion:
    """One completion. Chunks must be taken in the order of the events.

    `read`: question and history. `with_usage`: the last chunk has the usage, and the others say that they have none.
    """

    read: str
    with_usage: bool = False
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))
    _said: str = ""

    def whole(self, answer: Answer) -> dict[str, Any]:
        """The answer as one object, a `ChatCompletion`."""
        content = reply_markdown(answer).rstrip()
        made = ChatCompletion(
            id=self.id,
            created=self.created,
            choices=[Choice(message=Reply(content=content))],
            usage=usage_of(answer, self.read, content),
            outcome=answer.outcome,
            citations=[],
            nearest=[],
        )
        return made.model_dump(mode="json") | _own(answer)

    def opening(self) -> dict[str, Any]:
        """The first chunk: who speaks."""
        return self._chunk({"role": "assistant", "content": ""})

    def written(self, answer: Answer) -> list[dict[str, Any]]:
        """What is new in an answer of which more is to come."""
        return self._more(written_markdown(answer).rstrip())

    def closing(self, answer: Answer) -> list[dict[str, Any]]:
        """The rest of the answer, the chunk with its reason to end and Citecast's own fields, and the usage."""
        chunks = [*self._more(reply_markdown(answer).rstrip()), self._chunk({}, "stop") | _own(answer)]
        if self.with_usage:
            usage = usage_of(answer, self.read, self._said).model_dump()
            chunks.append(self._chunk(None) | {"usage": usage})
        return chunks

    def _more(self, text: str) -> list[dict[str, Any]]:
        # Only a model that takes its answer back says something else than so far.
        new = text.removeprefix(self._said) if text.startswith(self._said) else f"\n\n{text}"
        self._said = text
        return [self._chunk({"content": new})] if new else []

    def _chunk(self, delta: dict[str, Any] | None, reason: str | None = None) -> dict[str, Any]:
        choices = [] if delta is None else [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}]
        return {
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": MODEL,
            "choices": choices,
            **({"usage": None} if self.with_usage else {}),
        }
