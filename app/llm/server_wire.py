"""The OpenAI protocol's chat completions, as much of it as is needed: a request's body, and a stream's lines.

Nothing here opens a connection. What comes from a server is not believed: a line,
a stream and a text each have a limit, and whatever is no chunk is an error.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from app.llm.errors import EngineError
from app.llm.request import Request, Usage

RESPONSE_FORMAT = "response_format"
# What servers may not know, in the order in which to do without it.
OPTIONAL = (RESPONSE_FORMAT, "chat_template_kwargs", "stream_options")
_LINE_BYTES = 256 * 1024
_STREAM_BYTES, _TOKEN_BYTES = 1024 * 1024, 2048
# Characters that a token of prose never has on average; a server that writes more ignores `max_tokens`.
_TOKEN_CHARACTERS = 16


def body(model: str, request: Request, without: frozenset[str]) -> dict[str, Any]:
    """A request's body, without the optional parts that the server refused before."""
    found: dict[str, Any] = {
        "model": model,
        "messages": request.messages,
        "max_tokens": request.max_tokens,
        "temperature": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
        # A model that thinks first would spend its tokens on what nobody sees.
        "chat_template_kwargs": {"enable_thinking": False},
    }
    if request.schema is not None:
        found[RESPONSE_FORMAT] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": request.schema},
        }
    return {key: value for key, value in found.items() if key not in without}


async def lines(chunks: AsyncIterator[bytes], max_tokens: int) -> AsyncGenerator[str, None]:
    """The lines of a stream; raises `EngineError` for a line or a stream beyond all measure."""
    rest, total = b"", 0
    async for chunk in chunks:
        total += len(chunk)
        rest += chunk
        *whole, rest = rest.split(b"\n")
        if total > _STREAM_BYTES + _TOKEN_BYTES * max_tokens or len(rest) > _LINE_BYTES:
            raise EngineError("it sends without end")
        for line in whole:
            yield line.decode("utf-8", "replace").rstrip("\r")
    if rest:
        yield rest.decode("utf-8", "replace")


@dataclass(slots=True)
class Reader:
    """Makes pieces of text of a stream's lines, and knows when it is over."""

    max_tokens: int
    finished: bool = False
    # No more is to be read: the server said so, or writes beyond the limit that it was given.
    over: bool = False
    _characters: int = 0

    def read(self, line: str) -> Iterator[str | Usage]:
        """The pieces in one line; raises `EngineError` for a line that is no chunk, or that tells of a fault."""
        field, _, value = line.partition(":")
        if field == "error":
            raise EngineError(_told(value))
        if field != "data":
            return
        if value.strip() == "[DONE]":
            self.finished = self.over = True
            return
        yield from self._chunk(_parsed(value))

    def _chunk(self, chunk: dict[str, Any]) -> Iterator[str | Usage]:
        if chunk.get("error"):
            raise EngineError(_told(json.dumps(chunk["error"])))
        try:
            for choice in chunk.get("choices") or ():
                if text := (choice.get("delta") or {}).get("content"):
                    self._characters += len(text)
                    yield str(text)
                self.finished = self.finished or choice.get("finish_reason") is not None
            if usage := chunk.get("usage"):
                yield Usage(int(usage["prompt_tokens"]), int(usage["completion_tokens"]))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise EngineError(f"it sent what is no chunk of an answer: {str(chunk)[:120]}") from error
        if self._characters > _TOKEN_CHARACTERS * (self.max_tokens + 8):
            self.finished = self.over = True


def _parsed(value: str) -> dict[str, Any]:
    try:
        found = json.loads(value)
    except ValueError as error:
        raise EngineError(f"it sent broken JSON: {value.strip()[:120]}") from error
    if not isinstance(found, dict):
        raise EngineError(f"it sent what is no chunk of an answer: {value.strip()[:120]}")
    return found


def _told(text: str) -> str:
    return f"it broke off with: {message_of(text.encode())}"


def message_of(content: bytes) -> str:
    """What a server's error says, at most 300 characters of it: servers nest it differently."""
    text = content.decode("utf-8", "replace").strip()
    try:
        found: Any = json.loads(text)
    except ValueError:
        return text[:300]
    for key in ("error", "detail", "message"):
        if isinstance(found, dict) and found.get(key):
            found = found[key]
    return str(found)[:300]


@dataclass(frozen=True, slots=True)
class Served:
    """A model that a server offers; `context_tokens` is 0 where it does not say."""

    name: str
    context_tokens: int = 0


def served_models(content: bytes) -> list[Served]:
    """The answer of `/v1/models`; raises `EngineError` for anything else."""
    try:
        entries = json.loads(content)["data"]
        return [Served(str(entry["id"]), _context(entry)) for entry in entries]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise EngineError(
            "it lists no models: is it an OpenAI-compatible server, and does the URL end in /v1?"
        ) from error


def _context(entry: dict[str, Any]) -> int:
    """By vLLM's `max_model_len` or llama.cpp's `meta.n_ctx`; others say nothing."""
    return int(entry.get("max_model_len") or (entry.get("meta") or {}).get("n_ctx") or 0)
