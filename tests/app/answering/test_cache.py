"""Tests the cache of answers: which questions are the same, how many are kept, and that threads may share it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chat_fake import BILL, TWO_TEAMS, answer
from fakes import FakeEmbedder, settings_for

from app.answering.cache import AnswerCache, CacheKey, fingerprint
from index.embedder import Embedder
from index.filters import Filters
from ingest.settings import Settings

KEY = CacheKey("generation", "extractive", "settings", "Why?", Filters())
ANSWER = answer("Why?", [TWO_TEAMS, BILL])


def test_an_answer_comes_back_for_the_same_key_and_no_other() -> None:
    cache = AnswerCache(9)
    assert cache.get(KEY) is None
    cache.put(KEY, ANSWER)
    assert cache.get(CacheKey("generation", "extractive", "settings", "Why?", Filters())) is ANSWER
    others: dict[str, Any] = {
        "model": "server:other", "settings": "others", "question": "Why not?", "filters": Filters(seasons=(1,)),
        "history": ("What is it?",),
    }  # fmt: skip
    for field, value in others.items():
        assert cache.get(replace(KEY, **{field: value})) is None, field
    assert cache.info()[:2] == (1, 6)


def test_the_answer_that_was_not_asked_for_the_longest_goes_first() -> None:
    cache = AnswerCache(2)
    first, second, third = (replace(KEY, question=name) for name in ("1", "2", "3"))
    cache.get(first)
    cache.put(first, ANSWER)
    cache.put(second, ANSWER)
    cache.get(first)
    cache.put(third, ANSWER)
    assert [cache.get(key) is not None for key in (first, second, third)] == [True, False, True]
    assert cache.info() == (3, 2, 2, 2)


def test_another_index_empties_it_and_what_was_written_from_the_old_one_stays_out() -> None:
    cache = AnswerCache(9)
    newer = replace(KEY, index="newer")
    cache.get(KEY)
    cache.put(KEY, ANSWER)
    assert cache.get(newer) is None
    assert cache.info().currsize == 0
    cache.put(KEY, ANSWER)
    assert cache.info().currsize == 0
    cache.put(newer, ANSWER)
    assert cache.get(newer) is ANSWER


def test_none_are_kept_where_it_is_turned_off() -> None:
    cache = AnswerCache(0)
    cache.get(KEY)
    cache.put(KEY, ANSWER)
    assert cache.get(KEY) is None
    assert cache.info() == (0, 0, 0, 0)


def test_threads_may_share_it() -> None:
    cache = AnswerCache(8)
    keys = [replace(KEY, question=str(number)) for number in range(16)]
    answers = {key: replace(ANSWER, question=key.question) for key in keys}

    def work(turn: int) -> None:
        for step in range(400):
            key = keys[(turn * 7 + step) % len(keys)]
            found = cache.get(key)
            assert found is None or found is answers[key]
            cache.put(key, answers[key])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))
    hits, misses, _, size = cache.info()
    assert (hits + misses, size) == (8 * 400, 8)


def test_settings_that_can_change_an_answer_make_another_fingerprint(tmp_path: Path) -> None:
    usual = fingerprint(settings_for(tmp_path))
    for changes in ({"evidence_words": 500}, {"reranker": "some/model"}, {"context_tokens": 2048}):
        assert fingerprint(settings_for(tmp_path, **changes)) != usual, changes
    assert fingerprint(settings_for(tmp_path / "elsewhere", port=1, workers=9, api_key="secret")) == usual
    every = {name: field.default for name, field in Settings.model_fields.items()}
    assert "secret" not in fingerprint(Settings(**every | {"data": tmp_path, "api_key": "secret"}))


class TestQuestions:
    def test_a_question_is_embedded_once(self) -> None:
        embedder = FakeEmbedder(remember=128)
        first, again = embedder.embed_query("Why do caches pay?"), embedder.embed_query("Why do caches pay?")
        assert embedder.embedded == ["Why do caches pay?"]
        assert again is first
        assert embedder.queries()[:2] == (1, 1)

    def test_passages_are_not_mistaken_for_questions(self) -> None:
        embedder = FakeEmbedder(remember=128)
        embedder.embed_query("caches")
        embedder.embed_passages(["caches"])
        assert embedder.embedded == ["caches", "caches"]

    def test_what_all_share_cannot_be_written_to(self, minilm: Embedder) -> None:
        encoded = minilm.embed_query("Is it read-only?")
        for array in encoded:
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0
        assert np.array_equal(minilm.embed_query("Is it read-only?").vector, encoded.vector)

    def test_they_are_few(self) -> None:
        embedder = FakeEmbedder(remember=128)
        for number in range(300):
            embedder.embed_query(str(number))
        assert embedder.queries().currsize == embedder.queries().maxsize == 128

    def test_none_is_kept_where_that_is_asked_for(self) -> None:
        embedder = FakeEmbedder(remember=0)
        embedder.embed_query("a")
        embedder.embed_query("a")
        assert embedder.embedded == ["a", "a"]
