"""Reads replies of servers of the OpenAI protocol: events, pieces of answers and lists of models.

Servers differ: text is in other fields, is a list of parts, or comes whole instead of as a stream; counts are
missing. Everything readable is read; the only errors raised are `EngineError` and `ServerFault`. Nothing here opens
a connection.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from app.llm.engine import EngineError, EngineRefused, Usage
from app.llm.openai_errors import fault_in, whole_number

_EVENT_CHARACTERS = 256 * 1024
_STREAM_CHARACTERS, _TOKEN_CHARACTERS_SENT = 1024 * 1024, 2048
# More characters than tokens of prose have on average; a server that sends more ignores `max_tokens`.
_TOKEN_CHARACTERS = 16
_LINE_END = re.compile(r"\r\n|\n|\r(?!\Z)")
_NO_DATA = frozenset({"", "event", "id", "retry"})
_TEXTS = ("content", "text", "response", "generated_text")
_THOUGHTS = ("reasoning_content", "reasoning", "thinking", "reasoning_details")
_THINKS, _THOUGHT = "<think>", "</think>"
DONE = "[DONE]"


async def events(chunks: AsyncIterable[bytes], max_tokens: int) -> AsyncGenerator[Any, None]:
    """The parsed data of server-sent events, `DONE` at their end; or plain JSON, whole or line by line.

    Raises `EngineError` for broken JSON, and for a reply over the size limit.
    """
    data: list[str] = []
    async for line in _lines(chunks, max_tokens):
        field, colon, value = line.partition(":")
        if field == "error" and colon:
            found = _parsed(value)
            yield {"error": value.strip() if found is None else found}
        elif line.strip() and not (field in _NO_DATA and colon):
            data.append(value.removeprefix(" ") if field == "data" else line)
            if sum(map(len, data)) > _EVENT_CHARACTERS:
                raise EngineError("it sends without end")
            # Not only at an empty line: some servers leave it out.
            if (found := _parsed("\n".join(data))) is not None:
                data = []
                yield found
        elif data and not line.strip() and field != "data":
            break
    if text := "\n".join(data).strip():
        raise EngineError(f"it sent broken JSON: {text[:120]}")


async def _lines(chunks: AsyncIterable[bytes], max_tokens: int) -> AsyncIterator[str]:
    """Lines with any line ending, without a byte order mark."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
    rest, total = "", 0
    async for chunk in chunks:
        text = decoder.decode(chunk)
        total += len(text)
        *lines, rest = _LINE_END.split(rest + text)
        if total > _STREAM_CHARACTERS + _TOKEN_CHARACTERS_SENT * max_tokens or len(rest) > _EVENT_CHARACTERS:
            raise EngineError("it sends without end")
        for line in lines:
            yield line
    yield rest.rstrip("\r")


def _parsed(text: str) -> Any:
    """The JSON value or `DONE`; None for incomplete JSON and for null."""
    if text.strip() == DONE:
        return DONE
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


class Reader:
    """Turns a reply's events into pieces of text, and detects the end."""

    def __init__(self, max_tokens: int) -> None:
        self._most = _TOKEN_CHARACTERS * (max_tokens + 8)
        # The server said that its answer is complete.
        self.finished = False
        # Nothing more needs to be read: the server said so, or exceeds the limit.
        self.over = False
        self._choice: object = None
        # The field of the first text.
        self._field = ""
        self._text = self._thoughts = self._called = self._refusal = ""

    def read(self, found: Any) -> Iterator[str | Usage]:
        """The pieces in one event; raises `EngineError` for an invalid one, `ServerFault` for an error."""
        if found == DONE:
            self.finished = self.over = True
            return
        if fault := fault_in(found):
            raise fault
        if not isinstance(found, dict):
            raise EngineError(f"it sent what is no chunk of an answer: {str(found)[:120]}")
        choices = found.get("choices", [found])
        for choice in choices if isinstance(choices, list) else [choices]:
            # Of several answers, the first is taken.
            if isinstance(choice, dict) and self._is_first(choice):
                yield from self._chosen(choice)
        if isinstance(usage := found.get("usage"), dict):
            yield Usage(whole_number(usage.get("prompt_tokens")), whole_number(usage.get("completion_tokens")))
        if len(self._text) + len(self._thoughts) + len(self._called) > self._most:
            self.finished = self.over = True

    def close(self) -> Iterator[str]:
        """The answer from other fields if no text came; raises `EngineRefused` if the model did not answer at all."""
        text = self._text.strip()
        if text.startswith(_THINKS) and _THOUGHT not in text:
            raise _only_thought()
        if text or not (self.finished or self._called):
            return
        answer = self._called or self._thoughts.rpartition(_THOUGHT)[2]
        if answer.lstrip().startswith("{"):  # thoughts are no answer; an answer in JSON is no thought
            yield answer
        elif self._refusal:
            raise EngineRefused(f"it declined: {self._refusal[:200]}", "declined")
        elif self._thoughts:
            raise _only_thought()

    def _is_first(self, choice: dict[str, Any]) -> bool:
        index = choice.get("index", 0)
        self._choice = index if self._choice is None else self._choice
        return bool(index == self._choice)

    def _chosen(self, choice: dict[str, Any]) -> Iterator[str]:
        if fault := fault_in(choice):
            raise fault
        ended = choice.get("finish_reason")
        if ended == "error":
            raise EngineError("it broke off with an error")
        if ended == "content_filter":
            self._refusal = self._refusal or "its filter does not let the answer through"
        self.finished = self.finished or bool(ended) or choice.get("done") is True
        for field, part in (("delta", choice.get("delta")), ("message", choice.get("message")), ("", choice)):
            # A whole message after its pieces repeats them; Ollama's own pieces are messages.
            if field == "message" and self._field == "delta":
                continue
            if text := self._of_part({"content": part} if isinstance(part, str) else part):
                self._field = self._field or field
                self._text += text
                yield text
                return

    def _of_part(self, part: Any) -> str:
        """The text of a delta or a message. Other content is kept for the case that no text comes at all."""
        if not isinstance(part, dict):
            return ""
        self._thoughts += next(filter(None, (_text(part.get(key), thoughts=True) for key in _THOUGHTS)), "")
        self._refusal += refusal if isinstance(refusal := part.get("refusal"), str) else ""
        calls = part.get("tool_calls")
        for call in [*(calls if isinstance(calls, list) else []), {"function": part.get("function_call")}]:
            function = call.get("function") if isinstance(call, dict) else None
            given = function.get("arguments") if isinstance(function, dict) else ""
            self._called += json.dumps(given) if isinstance(given, dict) else str(given or "")
        return next(filter(None, (_text(part.get(key)) for key in _TEXTS)), "")


def _only_thought() -> EngineRefused:
    return EngineRefused(
        "it only thought and wrote no answer: turn its thinking off in the server, or take a model that does not think",
        "thought",
    )


def _text(value: Any, depth: int = 4, thoughts: bool = False) -> str:
    """The text of a field: a string, or a list or an object of parts; parts with thoughts are left out."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and depth:
        return "".join(_text(item, depth - 1, thoughts) for item in value)
    if isinstance(value, dict) and depth:
        kind = str(value.get("type", ""))
        if not thoughts and (value.get("thought") is True or re.search("think|reason", kind)):
            return ""
        return next(filter(None, (_text(value.get(key), depth - 1, thoughts) for key in (*_TEXTS, "value"))), "")
    return ""


@dataclass(frozen=True, slots=True)
class Served:
    """A model that a server offers; `context_tokens` is 0 if unknown."""

    name: str
    context_tokens: int = 0


def served_models(found: Any) -> list[Served]:
    """The models in an answer of `/v1/models`; raises `EngineError` for anything else."""
    entries = found
    if isinstance(found, dict):
        entries = next((found[key] for key in ("data", "models") if key in found), None)
    if not isinstance(entries, list):
        raise EngineError("it lists no models: is it an OpenAI-compatible server, and does the URL end in /v1?")
    models = []
    for entry in entries:
        named = entry if isinstance(entry, dict) else {"id": entry}
        name = next((named[key] for key in ("id", "name", "model") if isinstance(named.get(key), str)), "")
        if name:
            models.append(Served(name, _context(named)))
    return models


def _context(entry: dict[str, Any]) -> int:
    """The context size as vLLM, llama.cpp, LM Studio and hosted servers give it; 0 for others."""
    meta = entry.get("meta")
    said = [entry.get(key) for key in ("max_model_len", "max_context_length", "context_length", "context_window")]
    return next(filter(None, map(whole_number, [*said, meta.get("n_ctx") if isinstance(meta, dict) else 0])), 0)
