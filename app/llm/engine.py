"""Defines a language model for the rest of the application: messages in, pieces of text out.

An engine is a subclass with one main method, `generate`. Temperature is always 0, so that
answers are reproducible. `app.llm.choose` decides which model is used and where it runs.
An engine is shared between threads; a stream belongs to its reader.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from app.observe.tracing import model_call

# For callers without a limit: LlamaIndex's evaluators.
MAX_TOKENS = 512


class EngineError(RuntimeError):
    """The model gave no answer, or a broken one. The message is for the operator and names the next step.

    `kind` is shown in the answer, the log and the metrics.
    """

    kind = "failed"


class EngineUnavailable(EngineError):
    """The model is not installed, not readable, not reachable, or blocked by the circuit breaker."""

    kind = "unavailable"


class EngineTimeout(EngineError):
    """The model took longer than the setting `model_seconds` allows."""

    kind = "timeout"


class EngineRefused(EngineError):
    """The model refuses for good: `kind` is `key`, `model`, `quota`, `length`, `thought`, `declined`...

    `app.answering.notes` has the words for each.
    """

    def __init__(self, message: str, kind: str = "refused") -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation; `role` is `system`, `user` or `assistant`."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that one generation read and wrote."""

    prompt_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """One generation: messages as `{"role", "content"}`, and its limits."""

    messages: list[dict[str, str]]
    max_tokens: int = MAX_TOKENS
    schema: dict[str, Any] | None = None
    stop: threading.Event | None = None


class Stream(Iterator[str]):
    """Pieces of text, as they are written. Closing it ends the generation, also in a server.

    `usage` is zero until the end, and after a cancelled generation; `pieces` counts the pieces so far.
    """

    def __init__(self, found: Generator[str | Usage, None, None]) -> None:
        self._found = found
        self.usage = Usage()
        self.pieces = 0

    def __next__(self) -> str:
        """The next piece, never empty; raises `EngineError`."""
        for piece in self._found:
            if isinstance(piece, Usage):
                self.usage = piece
            elif piece:
                self.pieces += 1
                return piece
        raise StopIteration

    def close(self) -> None:
        """End the generation."""
        self._found.close()

    def __enter__(self) -> Stream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Engine(ABC):
    """One model, loaded or reachable; safe to share between threads."""

    # Seconds that one generation may take.
    seconds: float = 60.0
    # Whether the model reads prompts fast: on a GPU, or on a server, which may have one.
    accelerated: bool = False

    @property
    @abstractmethod
    def name(self) -> str:
        """Engine and model, as answers name them: `llama:qwen2.5-1.5b-instruct-q4_k_m`."""

    @property
    @abstractmethod
    def context_tokens(self) -> int:
        """The most tokens of prompt and output together."""

    @property
    def constrained(self) -> bool:
        """Whether the engine follows a `schema`, as far as known."""
        return False

    @abstractmethod
    def count_tokens(self, text: str) -> int:
        """Tokens of a text; an overestimate if the engine cannot count."""

    @abstractmethod
    def generate(self, request: Request) -> Iterator[str | Usage]:
        """Yield pieces of text, and the usage last; closing it ends the generation; raises `EngineError`."""

    def warm_up(self) -> None:
        """Do one-time work before the first question; raises `EngineError`."""
        for _ in self.generate(Request([{"role": "user", "content": "Say yes."}], max_tokens=1)):
            pass

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = MAX_TOKENS,
        schema: dict[str, Any] | None = None,
        stop: threading.Event | None = None,
    ) -> Stream:
        """Write an answer; raises `EngineError`, here or from the stream.

        `schema` is a JSON schema for the whole output; an engine that is not
        `constrained` ignores it. Setting `stop` ends the stream within 50 ms,
        without an error.
        """
        # Lone surrogates cannot be sent.
        said = [
            {"role": message.role, "content": message.content.encode("utf-8", "replace").decode()}
            for message in messages
        ]
        return Stream(self._traced(Request(said, max_tokens, schema, stop)))

    def _traced(self, request: Request) -> Generator[str | Usage, None, None]:
        """`generate` within a span, which begins when the first piece is requested."""
        with model_call(self.name) as call:
            for count, piece in enumerate(self.generate(request)):
                if not count:
                    call.add_event("first piece")
                if isinstance(piece, Usage):
                    call.set_attribute("gen_ai.usage.input_tokens", piece.prompt_tokens)
                    call.set_attribute("gen_ai.usage.output_tokens", piece.output_tokens)
                yield piece
