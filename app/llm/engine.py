"""A language model as the rest of the application sees it: messages in, pieces of text out.

Which model that is, and where it runs, `app.llm.choose` decides. An engine
is shared between threads; a stream belongs to the one that reads it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponseGen

from app.llm.errors import EngineError, EngineTimeout, EngineUnavailable
from app.llm.request import EngineLLM, Usage

__all__ = ["Engine", "EngineError", "EngineTimeout", "EngineUnavailable", "Stream", "Usage"]


class Stream(Iterator[str]):
    """Pieces of text, as they are written. Closing it ends the generation, in a server too.

    `usage` stands at zero until the end, and where a generation was cut off; `pieces` counts what came so far.
    """

    def __init__(self, responses: ChatResponseGen) -> None:
        self._responses = responses
        self.usage = Usage()
        self.pieces = 0

    def __next__(self) -> str:
        """The next piece, never empty; raises `EngineError`."""
        for response in self._responses:
            if counts := response.additional_kwargs:
                self.usage = Usage(counts["prompt_tokens"], counts["completion_tokens"])
            if response.delta:
                self.pieces += 1
                return response.delta
        raise StopIteration

    def close(self) -> None:
        """End the generation."""
        self._responses.close()

    def __enter__(self) -> Stream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Engine:
    """One model, loaded or reachable; safe to share between threads."""

    def __init__(self, llm: EngineLLM, *, accelerated: bool = False) -> None:
        """`accelerated` says that the model reads fast: on a GPU, or on a server, which may have one."""
        self.llm = llm
        self.accelerated = accelerated

    @property
    def name(self) -> str:
        """Engine and model, as answers name them: `llama:qwen2.5-1.5b-instruct-q4_k_m`."""
        return self.llm.label

    @property
    def context_tokens(self) -> int:
        """Tokens of prompt and output together."""
        return self.llm.context_tokens

    @property
    def constrained(self) -> bool:
        """Whether `schema` is honoured, as far as is known by now."""
        return self.llm.constrained

    def count_tokens(self, text: str) -> int:
        """Tokens of a text; a guess on the high side where the engine cannot count."""
        return self.llm.count_tokens(text)

    def stream(
        self,
        messages: Sequence[ChatMessage],
        *,
        max_tokens: int,
        schema: dict[str, Any] | None = None,
        stop: threading.Event | None = None,
    ) -> Stream:
        """Write at temperature 0; raises `EngineError`, here or from the stream.

        `schema` is a JSON schema for the whole output; an engine that is not
        `constrained` ignores it. Setting `stop` ends the stream within 50 ms,
        without an error.
        """
        return Stream(self.llm.stream_chat(messages, max_tokens=max_tokens, schema=schema, stop=stop))

    def warm_up(self) -> None:
        """Do now what is done only once, so that the first question does not wait for it; raises `EngineError`."""
        self.llm.warm_up()
