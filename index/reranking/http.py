"""Calls a reranker over HTTP, in the two protocols of servers.

- `POST URL/v1/rerank`: vLLM, llama.cpp, and servers that follow Jina and Cohere.
- `POST URL/rerank`: Hugging Face's Text Embeddings Inference (TEI).

The first question finds out which one the server uses. A busy or failing server is
tried twice more within the time limit. A reply is checked before its scores are
used. Nothing here depends on rankings.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import httpx
import numpy as np
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_before_delay, wait_chain, wait_fixed

from index.reranking.cross_encoder import RerankFault, RerankRefused, Scores

# Seconds before the second and the third try.
_WAITS_S = (0.2, 0.8)
_CONNECT_S = 2.0
_BUSY = frozenset({429, 500, 502, 503, 504})
_UNKNOWN_PATH = frozenset({404, 405})
# The fault is in the question, not the server: too long, or too large.
_REFUSED = frozenset({400, 413, 422})
# llama.cpp reports this with a 500.
_TOO_LONG = "too large to process"
# vLLM returns the passages with their scores: some 40 KB for 30 of them.
_MOST_BYTES = 4 * 1024**2


class _Dialect(NamedTuple):
    """A path, and the names of the passages in requests and of the score in replies."""

    path: str
    texts: str
    score: str
    extra: dict[str, Any]


_DIALECTS = (
    # Long texts are cut, not refused, and scores are logits, as in this process: probabilities of good passages are
    # all near 1. vLLM and TEI need these options, each under its own names; other servers ignore them.
    _Dialect("/v1/rerank", "documents", "relevance_score", {"truncate_prompt_tokens": -1, "use_activation": False}),
    _Dialect("/rerank", "texts", "score", {"truncate": True, "raw_scores": True}),
)


class _Busy(RerankFault):
    """A temporary failure; try again."""


class _Reply(NamedTuple):
    """Status, and the body as text."""

    status: int
    text: str

    @property
    def told(self) -> str:
        """The status and the start of the server's message."""
        return f"{self.status} {' '.join(self.text.split())[:200]}".strip()


class ServedReranker:
    """One server. `http://HOST:PORT#MODEL` names the model."""

    def __init__(self, name: str, *, seconds: float = 10.0) -> None:
        """`seconds` is the time limit of one `score`, with all tries. No request is sent yet."""
        self.name = name
        self.seconds = seconds
        parts = urlsplit(name)
        self._url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/v1')}"
        self._model = unquote(parts.fragment)
        self._dialect: _Dialect | None = None
        self._client = httpx.Client(headers={"Accept": "application/json"})

    def score(self, question: str, texts: Sequence[str]) -> Scores:
        """Scores on the server's own scale; raises `RerankFault`."""
        if not texts:
            return np.zeros(0)
        deadline = time.monotonic() + self.seconds
        tries = Retrying(
            stop=stop_after_attempt(len(_WAITS_S) + 1) | stop_before_delay(self.seconds),
            wait=wait_chain(*map(wait_fixed, _WAITS_S)),
            retry=retry_if_exception_type(_Busy),
            reraise=True,
        )
        return tries(self._ask, question, texts, deadline)

    def _ask(self, question: str, texts: Sequence[str], deadline: float) -> Scores:
        """One try, in the known dialect or in each."""
        unknown: list[str] = []
        for dialect in (self._dialect,) if self._dialect else _DIALECTS:
            body = {"query": question, dialect.texts: list(texts), **dialect.extra}
            if dialect.texts == "documents":
                body |= {"top_n": len(texts)} | ({"model": self._model} if self._model else {})
            reply = self._post(dialect.path, body, deadline)
            if reply.status in _UNKNOWN_PATH:
                unknown.append(f"{dialect.path}: {reply.told}")
                continue
            if reply.status != 200 and unknown:  # the first reply may say what is wrong, for example no such model
                unknown.append(f"{dialect.path}: {reply.told}")
                break
            self._check_status(reply)
            scores = self._read(reply, dialect, len(texts))
            self._dialect = dialect
            return scores
        self._dialect = None
        raise RerankFault(f"the reranker at {self._url} answers neither way ({'; '.join(unknown)})")

    def _post(self, path: str, body: dict[str, Any], deadline: float) -> _Reply:
        """One request, limited in time and size: httpx's own time limit starts again with each piece of a reply."""
        left = max(0.05, deadline - time.monotonic())
        limits = httpx.Timeout(left, connect=min(left, _CONNECT_S))
        try:
            with self._client.stream("POST", self._url + path, json=body, timeout=limits) as response:
                data = b""
                for part in response.iter_bytes():
                    data += part
                    if len(data) > _MOST_BYTES:
                        raise RerankFault(f"the reranker at {self._url} sent more than {_MOST_BYTES:,} bytes")
                    if time.monotonic() > deadline:
                        raise httpx.ReadTimeout("the reply goes on and on")
                return _Reply(response.status_code, data.decode("utf-8", "replace"))
        except httpx.TimeoutException as error:
            raise _Busy(f"the reranker at {self._url} did not answer within {self.seconds:.3g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = str(error) or type(error).__name__
            raise _Busy(f"the reranker at {self._url} cannot be reached: {reason[:200]}") from error

    def _check_status(self, reply: _Reply) -> None:
        told = f"the reranker at {self._url} answered {reply.told}"
        if reply.status in _REFUSED or (reply.status == 500 and _TOO_LONG in reply.text):
            raise RerankRefused(told)
        if reply.status in _BUSY:
            raise _Busy(told)
        if reply.status != 200:
            raise RerankFault(told)

    def _read(self, reply: _Reply, dialect: _Dialect, count: int) -> Scores:
        try:
            found = json.loads(reply.text)
            rows = found.get("results") if isinstance(found, dict) else found
            return scores_of(rows, dialect.score, count)
        except (ValueError, RecursionError) as error:
            reason = str(error) if type(error) is ValueError else "no JSON"
            raise RerankFault(f"the reranker at {self._url}{dialect.path} sent a wrong reply: {reason}") from error


def scores_of(rows: Any, key: str, count: int) -> Scores:
    """The scores of `count` passages from rows of `index` and `key`, in any order; raises `ValueError`."""
    if not isinstance(rows, list) or len(rows) != count:
        raise ValueError(f"{len(rows) if isinstance(rows, list) else 'no'} scores for {count} passages")
    found: dict[int, float] = {}
    for row in rows:
        index, score = (row.get("index"), row.get(key)) if isinstance(row, dict) else (None, None)
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < count:
            raise ValueError(f"the index {index!r:.40} for {count} passages")
        if index in found:
            raise ValueError(f"the index {index} twice")
        if not isinstance(score, (int, float)) or isinstance(score, bool) or not math.isfinite(score):
            raise ValueError(f"the {key} {score!r:.40}")
        found[index] = float(score)
    return np.array([found[index] for index in range(count)])
