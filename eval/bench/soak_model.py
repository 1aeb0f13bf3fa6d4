"""A language model that only repeats: a server with OpenAI's protocol for `eval.bench.soak`, in a process to be killed.

Each answer is the longest sentence of each piece of evidence, streamed in pieces.
"""

from __future__ import annotations

import json
import multiprocessing
import re
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_PIECE = re.compile(r"^\[\d+\] (?:\([^)]*\) )?(.*)$", re.MULTILINE)
# Characters in a piece of the stream, and seconds between two.
_LENGTH, _PAUSE = 40, 0.01


def repeated(messages: list[dict[str, str]]) -> str:
    """What is answered to a conversation, as the JSON that the schema wants."""
    pieces = _PIECE.findall(messages[-1]["content"])
    sentences = [max(re.split(r"(?<=[.!?])\s", piece), key=len) for piece in pieces]
    listed = [{"text": text, "cites": [number]} for number, text in enumerate(sentences, start=1)]
    return json.dumps({"sentences": listed})


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """The list of models."""
        self._send("application/json", json.dumps({"data": [{"id": "echo", "max_model_len": 8192}]}))

    def do_POST(self) -> None:
        """An answer, streamed."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        text = repeated(body["messages"])
        self._send("text/event-stream", "")
        for start in range(0, len(text), _LENGTH):
            time.sleep(_PAUSE)
            self._event({"choices": [{"index": 0, "delta": {"content": text[start : start + _LENGTH]}}]})
        self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        self.wfile.write(b"data: [DONE]\n\n")

    def _send(self, kind: str, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def _event(self, value: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps(value)}\n\n".encode())

    def log_message(self, format: str, *values: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: Citecast hangs up when its own client has gone."""


def _serve(port: int) -> None:
    _Server(("127.0.0.1", port), _Handler).serve_forever()


class Model:
    """The model's process, at one port for good."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/v1"
        self._port = port
        self._process: multiprocessing.process.BaseProcess | None = None

    def start(self) -> None:
        """Start it; it answers within some seconds."""
        self._process = multiprocessing.get_context("spawn").Process(target=_serve, args=(self._port,), daemon=True)
        self._process.start()

    def kill(self) -> None:
        """Kill it in the middle of what it does."""
        if self._process:
            self._process.kill()
            self._process.join()
