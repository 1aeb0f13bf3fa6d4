"""Caches finished answers.

A key names everything that an answer depends on, so a kept answer is never stale: another
index, model, setting, filter or conversation is another key. When a new generation of
the index comes into use, answers from the previous one are removed, because they would
keep its episodes in memory. The caller decides which answers are worth keeping.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from app.types import Answer, Found, Passed
from index.filters import Filters
from ingest.settings import Settings

# Settings that change no answer. All others are part of the key, so a new setting is safe without an entry here.
_NO_MATTER = {
    "archive", "data", "api_key", "model_seconds", "threads", "host", "port", "request_seconds", "workers",
    "answer_cache", "metrics", "log_questions", "allowed_hosts", "trusted_proxies", "root_path", "connections",
    "share", "share_days", "share_indexed", "feedback",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CacheKey:
    """Everything that an answer depends on.

    `index`: the generation (the name of its folder). `settings`: a `fingerprint`.
    `history`: the earlier questions that the writer reads; empty if it reads
    none, because the standalone question is then enough.
    """

    index: str
    model: str
    settings: str
    question: str
    filters: Filters
    history: tuple[str, ...] = ()


class CacheInfo(NamedTuple):
    """Statistics of a cache, with the fields of `functools.lru_cache`."""

    hits: int
    misses: int
    maxsize: int
    currsize: int


class AnswerCache:
    """Keeps the most recently used answers; safe to share between threads."""

    def __init__(self, entries: int) -> None:
        """Keep at most `entries` answers (some 20 kB each); 0 keeps and counts nothing."""
        self._most = entries
        self._kept: OrderedDict[CacheKey, Answer] = OrderedDict()
        self._index = ""
        self._hits = self._misses = 0
        self._lock = threading.Lock()

    def get(self, key: CacheKey) -> Answer | None:
        """The kept answer, or None."""
        if not self._most:
            return None
        with self._lock:
            if key.index != self._index:
                self._kept.clear()
                self._index = key.index
            answer = self._kept.get(key)
            if answer is None:
                self._misses += 1
                return None
            self._hits += 1
            self._kept.move_to_end(key)
            return answer

    def put(self, key: CacheKey, answer: Answer) -> None:
        """Store an answer; drops the least recently used one if full."""
        with self._lock:
            # A newer index may have come into use while the answer was written.
            if not self._most or key.index != self._index:
                return
            self._kept[key] = _without_tokens(answer)
            self._kept.move_to_end(key)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def info(self) -> CacheInfo:
        """Hits, misses and size."""
        with self._lock:
            return CacheInfo(self._hits, self._misses, self._most, len(self._kept))


def _without_tokens(answer: Answer) -> Answer:
    """A copy with zero tokens: the model ran only for the first request."""
    spent = answer.writing
    return replace(answer, writing=replace(spent, prompt_tokens=0, output_tokens=0)) if spent else answer


def fingerprint(settings: Settings) -> str:
    """A short name for all settings that can change an answer."""
    values = settings.model_dump(mode="json", exclude=_NO_MATTER)
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]


def events_of(answer: Answer) -> Iterator[Found | Passed]:
    """The events of a kept answer, except the last, as if it were written now."""
    if answer.answered:
        yield Found(answer.standalone_question, answer.citations, answer.confidence)
        yield from (Passed(sentence) for sentence in answer.sentences)
