"""Runs llama.cpp inside the process: without a GPU it is many times faster than `transformers`.

The package `xllamacpp` (an extra: `pip install citecast[llama]`) wraps llama.cpp's
own server: slots for several answers at once, a prefix cache, JSON schemas. It
always opens an HTTP port, which listens on loopback only and needs a random key.
We use the port to count tokens and to read the context size, not for answers.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from app.llm.background import Outlet, in_thread, stream_from
from app.llm.engine import Engine, EngineError, EngineUnavailable, Request, Usage

# Tokens of the prompt read between two checks for a cancellation: a second or two on one core.
_BATCH = 128
# Cache for prompts read before, in addition to the slots. The default is 8 GiB.
_CACHE_MIB = 256
_MAGIC = b"GGUF"


class LlamaCpp(Engine):
    """A GGUF file, loaded once."""

    def __init__(self, file: Path, *, context_tokens: int, threads: int, slots: int, seconds: float) -> None:
        """Load the file; `threads` 0 takes every core; raises `EngineUnavailable`.

        Each of the `slots` holds `context_tokens`, or fewer if the model was trained on fewer.
        """
        self.seconds = seconds
        key = secrets.token_hex(16)
        self._server = _load(file, key, context_tokens, threads, slots)
        self._name = f"llama:{file.stem}"
        self._http = httpx.Client(
            base_url=self._server.listening_address, headers={"authorization": f"Bearer {key}"}, trust_env=False
        )
        self._context = int(self._ask("GET", "/props")["default_generation_settings"]["n_ctx"])

    @property
    def name(self) -> str:
        """`llama:` and the file's name without its ending."""
        return self._name

    @property
    def context_tokens(self) -> int:
        """Tokens that one slot holds."""
        return self._context

    @property
    def constrained(self) -> bool:
        """JSON schemas are followed."""
        return True

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, by the model's own vocabulary."""
        return len(self._ask("POST", "/tokenize", {"content": text})["tokens"])

    def generate(self, request: Request) -> Iterator[str | Usage]:
        """Yield pieces of text, and the usage last."""
        body = _body(request)

        def work(outlet: Outlet[str | Usage], cancelled: threading.Event) -> None:
            # Errors come as a chunk, and an exception raised in the callback would be lost.
            broken: list[str] = []

            def heard(chunk: dict[str, Any]) -> bool:
                if "error" in chunk:
                    broken.append(str(chunk["error"].get("message", chunk["error"])))
                for piece in _pieces(chunk):
                    outlet.put(piece)
                return cancelled.is_set()

            try:
                self._server.handle_chat_completions(body, heard)
            except (RuntimeError, ValueError) as error:
                broken.append(str(error))
            if broken:
                raise EngineError(f"{self._name} gave no answer: {broken[0][:500]}")

        return stream_from(in_thread(work), seconds=self.seconds, stop=request.stop, waiting_for=self._name)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            found = self._http.request(method, path, json=body).raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise EngineError(f"{self._name} does not answer: {error}") from error
        return dict(found)


def _load(file: Path, key: str, context_tokens: int, threads: int, slots: int) -> Any:
    try:
        import xllamacpp
    except ImportError as error:
        raise EngineUnavailable(
            "llama.cpp is not installed: `.venv/bin/pip install -c constraints.txt -e '.[llama]'`"
        ) from error
    try:
        with file.open("rb") as opened:
            magic = opened.read(len(_MAGIC))
    except OSError as error:
        raise EngineUnavailable(f"{file}: {error.strerror}. Give another file: export CITECAST_MODEL=…") from error
    if magic != _MAGIC:
        raise EngineUnavailable(f"{file} is no GGUF file. Get it again, or give another: export CITECAST_MODEL=…")
    params = xllamacpp.CommonParams()
    params.model.path = str(file)
    params.hostnames, params.port, params.api_keys = ["127.0.0.1"], 0, [key]
    params.n_parallel, params.n_ctx = slots, context_tokens * slots
    params.n_batch = params.n_ubatch = _BATCH
    params.cache_ram_mib = _CACHE_MIB
    params.verbosity = -1
    if threads:
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        size = file.stat().st_size / 1024**3
        raise EngineUnavailable(
            f"llama.cpp could not load {file} ({size:.1f} GiB): the file is cut off or damaged, too new for this "
            "xllamacpp, or there is too little memory. Get it again, or give a smaller one: export CITECAST_MODEL=…"
        ) from error


def _body(request: Request) -> dict[str, Any]:
    body: dict[str, Any] = {
        "messages": request.messages,
        "max_tokens": request.max_tokens,
        "temperature": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
        # One chunk for each batch of the prompt: without them nothing could be stopped before the first word.
        "return_progress": True,
        "chat_template_kwargs": {"enable_thinking": False},
    }
    if request.schema is not None:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": request.schema},
        }
    return body


def _pieces(chunk: dict[str, Any]) -> Iterator[str | Usage]:
    for choice in chunk.get("choices", ()):
        if text := choice.get("delta", {}).get("content"):
            yield text
    if usage := chunk.get("usage"):
        yield Usage(usage["prompt_tokens"], usage["completion_tokens"])
