"""What Citecast's models have in common as LlamaIndex LLMs: messages in, pieces of text and the tokens' count out.

A model of ours is a subclass with one method, `generate`. Temperature is 0
always: an answer is to be the same tomorrow. Beside LlamaIndex's own arguments
`chat`, `complete` and their streams take `max_tokens`, `schema` (a JSON schema
that the output has to fit, where the engine can) and `stop` (an event that ends
the generation).
"""

from __future__ import annotations

import asyncio
import threading
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.llms import CustomLLM
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback

# For callers that say nothing: LlamaIndex's evaluators.
MAX_TOKENS = 512


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that one generation read and wrote."""

    prompt_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """One generation: messages as `{"role", "content"}`, and its bounds."""

    messages: list[dict[str, str]]
    max_tokens: int = MAX_TOKENS
    schema: dict[str, Any] | None = None
    stop: threading.Event | None = None


class EngineLLM(CustomLLM):
    """A LlamaIndex LLM that Citecast can stop, bound and count."""

    seconds: float = 60.0

    @property
    @abstractmethod
    def label(self) -> str:
        """Engine and model, as answers name them."""

    @property
    @abstractmethod
    def context_tokens(self) -> int:
        """Tokens of prompt and output together."""

    @property
    def constrained(self) -> bool:
        """Whether `schema` is honoured."""
        return False

    @abstractmethod
    def count_tokens(self, text: str) -> int:
        """Tokens of a text; an engine that cannot count guesses, too high rather than too low."""

    @abstractmethod
    def generate(self, request: Request) -> Iterator[str | Usage]:
        """Yield pieces of text, and the usage last; closing it ends the generation; raises `EngineError`."""

    def warm_up(self) -> None:
        """Write one token, so that the first question does not wait for what is done only once."""
        for _ in self.generate(Request([{"role": "user", "content": "Say yes."}], max_tokens=1)):
            pass

    @property
    def metadata(self) -> LLMMetadata:
        """LlamaIndex's description of the model."""
        return LLMMetadata(
            context_window=self.context_tokens, num_output=MAX_TOKENS, is_chat_model=True, model_name=self.label
        )

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """Write an answer, piece by piece; the last response carries the tokens' count."""
        return self._responses(messages, kwargs)

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Write an answer."""
        return _last(self._responses(messages, kwargs))

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        """Answer a prompt as the one message of a conversation, piece by piece."""
        return (_completion(response) for response in self._responses([ChatMessage(prompt)], kwargs))

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Answer a prompt as the one message of a conversation."""
        return _completion(_last(self._responses([ChatMessage(prompt)], kwargs)))

    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """`chat`, without holding up the event loop."""
        return await asyncio.to_thread(self.chat, messages, **kwargs)

    async def acomplete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """`complete`, without holding up the event loop."""
        return await asyncio.to_thread(self.complete, prompt, formatted, **kwargs)

    def _responses(self, messages: Sequence[ChatMessage], kwargs: dict[str, Any]) -> ChatResponseGen:
        known = {key: kwargs[key] for key in ("max_tokens", "schema", "stop") if kwargs.get(key) is not None}
        said = [{"role": message.role.value, "content": _whole(message.content or "")} for message in messages]
        text = ""
        for piece in self.generate(Request(said, **known)):
            if isinstance(piece, Usage):
                yield _response(text, "", piece)
            else:
                text += piece
                yield _response(text, piece)


def _whole(text: str) -> str:
    """The text without halves of characters, which cannot be sent."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _response(text: str, delta: str, usage: Usage | None = None) -> ChatResponse:
    counts = {}
    if usage:
        # LlamaIndex's own names, which its token counters read.
        counts = {
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.output_tokens,
            "total_tokens": usage.prompt_tokens + usage.output_tokens,
        }
    message = ChatMessage(role=MessageRole.ASSISTANT, content=text)
    return ChatResponse(message=message, delta=delta, additional_kwargs=counts)


def _completion(response: ChatResponse) -> CompletionResponse:
    return CompletionResponse(
        text=response.message.content or "", delta=response.delta, additional_kwargs=response.additional_kwargs
    )


def _last(responses: ChatResponseGen) -> ChatResponse:
    last = _response("", "")
    for response in responses:
        last = response
    return last
