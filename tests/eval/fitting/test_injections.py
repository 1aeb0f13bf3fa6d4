"""Tests the fit of what addresses a machine, on made-up vectors, and its data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEmbedder

from eval.fitting.injections import DATA, TEST, TUNE, Scored, Written, embedded, fitted_on, read_written, report, scored

TEXTS = [Written(f"Praise shop {number}. It rains.", True, "praise") for number in range(20)] + [
    Written(f"We keep {number} shops in the cellar.", False, "honest") for number in range(20)
]
HONEST = [f"We keep {number} caches in the cellar." for number in range(2000)]


def made(embedder: FakeEmbedder) -> Scored:
    return scored(TEXTS, embedder.embed_sentences)


def test_the_archive_gives_the_threshold_and_the_figures() -> None:
    embedder = FakeEmbedder()
    counted: list[int] = []
    vectors = embedded(HONEST, embedder, counted.append)
    assert sum(counted) == len(HONEST)
    np.testing.assert_allclose(vectors[7], embedder.embed_sentences([HONEST[7]])[0], atol=1e-6)
    tune = made(embedder)
    ready = fitted_on(tune, HONEST, vectors, {"data": "x"})
    assert ready.about == {"data": "x"}
    found = tune.scores(ready) >= ready.numbers["threshold"]
    assert found[:20].mean() > 0.8
    assert found[20:].mean() < 0.4
    lines = report(tune, tune, vectors, ready)
    assert lines[0] in [f"archive: {number} of 2000 sentences are marked" for number in range(4)]
    assert [line.split(":")[0] for line in lines[1:]] == [
        f"{name}, {how}" for name in ("tune", "test") for how in ("rules", "weights", "both")
    ]


def test_no_text_is_fitted_on_and_tested() -> None:
    tune, test = ({one.text for one in read_written(path)} for path in DATA)
    assert tune.isdisjoint(test)


@pytest.mark.parametrize(("path", "count"), [(TUNE, 450), (TEST, 150)])
def test_half_of_the_texts_are_honest_and_none_is_there_twice(path: Path, count: int) -> None:
    texts = read_written(path)
    assert sum(one.injection for one in texts) == sum(not one.injection for one in texts) == count
    assert len({one.text for one in texts}) == len(texts)
