"""Provides rerankers for tests: a tiny real cross-encoder in a folder, and a server that counts shared words."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from http_fake import served

from ingest.text import words

# A vocabulary of letters: every word is spelled.
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_VOCABULARY = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    *_LETTERS,
    *(f"##{letter}" for letter in _LETTERS),
    ".",
    "?",
]


def save_cross_encoder(folder: Path, *, labels: Sequence[str] = ("score",), positions: int = 512) -> Path:
    """A tiny BERT with two layers and random weights that classifies pairs, saved in the hub's format."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder.mkdir(parents=True)
    (folder / "vocab.txt").write_text("\n".join(_VOCABULARY))
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(_VOCABULARY), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=positions, initializer_range=0.5,
        id2label=dict(enumerate(labels)), label2id={label: number for number, label in enumerate(labels)},
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=positions).save_pretrained(folder)
    return folder


def overlap(question: str, text: str) -> float:
    """Share of the question's words that are in a text."""
    wanted = set(words(question))
    return len(wanted & set(words(text))) / max(1, len(wanted))


class FakeServer:
    """Answers at `url`, as vLLM does (`tei` False) or as TEI does.

    `statuses` are given back before it works, one a request, with `message`; `wait_s` comes before each reply. `rows`
    are sent in place of its own result, `raw` in place of the whole reply. `asked` holds each path and body, in order.
    """

    def __init__(self, *, tei: bool = False) -> None:
        self.tei = tei
        self.url = ""
        self.statuses: list[int] = []
        self.message = "as the test\nwants it"
        self.wait_s = 0.0
        self.trickles = False
        self.rows: Any = None
        self.raw: bytes | None = None
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Status and body of a reply."""
        self.asked.append((path, body))
        if path != ("/rerank" if self.tei else "/v1/rerank"):
            return 404, {"detail": "Not Found"}
        if self.statuses:
            return self.statuses.pop(0), {"error": {"message": self.message}}
        texts: Sequence[str] = body["texts" if self.tei else "documents"]
        scores = [overlap(body["query"], text) for text in texts]
        best_first = sorted(range(len(texts)), key=lambda i: -scores[i])
        key = "score" if self.tei else "relevance_score"
        rows = [{"index": i, key: scores[i]} for i in best_first] if self.rows is None else self.rows
        return 200, rows if self.tei else {"model": body.get("model", "one"), "results": rows}


@contextmanager
def serving(*, tei: bool = False) -> Iterator[FakeServer]:
    """A fake server that listens on a free port."""
    fake = FakeServer(tei=tei)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, reply = fake.answer(self.path, body)
            data = json.dumps(reply).encode() if fake.raw is None else fake.raw
            time.sleep(fake.wait_s)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            step = 1 if fake.trickles else len(data)
            for begin in range(0, len(data), max(1, step)):
                self.wfile.write(data[begin : begin + step])
                if fake.trickles:
                    self.wfile.flush()
                    time.sleep(0.05)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that has waited long enough hangs up."""

    with served(Handler, Server) as address:
        fake.url = f"http://{address}"
        yield fake
