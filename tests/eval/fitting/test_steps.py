"""Tests the chain of `make fit` on the sample archive, with few questions and one pass."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from builds import Built
from fakes import settings_for

from app.evidence.carrying import FEATURES as SENTENCE_FEATURES
from eval.fitting import carrying, steps
from eval.fitting.embedder import Recipe
from eval.fitting.examples import TEST
from eval.metrics import Graded, Span
from eval.running.suites import Item, find_suite, read_suite
from index.embedder import Embedder
from index.fitted.adapter import read_adapter
from index.fitted.weights import read_fitted
from index.judging.features import FEATURES
from index.opened import Index
from ingest.models import Passage
from ingest.settings import Settings
from ingest.sources.open import sample_source
from ingest.text import sentences

ONCE = Recipe(batch=4, negatives=2, epochs=1)


def graded(item: Item) -> Item:
    """A question of the sample with a passage that answers it, and one at the start of the same talk that does not."""
    if not item.gold:
        return item
    near = (Graded(item.gold[0], 2), Graded(Span(item.gold[0].episode, 0, 20), 0))
    return Item(item.id, 1, item.turns, True, item.gold, (), item.type, item.raw, near)


def sample_items() -> list[Item]:
    """A few questions of the sample suite, with graded passages."""
    return [graded(item) for item in read_suite(find_suite("sample")).items if not item.history][:8]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of an empty data folder; the suites are parts of the sample's, the project's files are not written."""
    items = sample_items()
    nobody = [
        Item(f"none-{i}", 1, (f"What does a Zorblatt of size {i} weigh?",), False, (), (), "", {}) for i in range(4)
    ]
    half = len(items) // 2

    def some(names: Iterable[str]) -> list[Item]:
        return [*(items[half:] if set(names) & set(TEST) else items[:half]), *nobody]

    monkeypatch.setattr(steps, "read_items", some)
    monkeypatch.setattr(steps, "kept_apart", lambda: set[str]())
    monkeypatch.setattr(steps, "RECIPE", ONCE)
    monkeypatch.setattr(steps, "JUDGE", tmp_path / "judge.json")
    monkeypatch.setattr(steps, "CARRYING", tmp_path / "carrying.json")
    monkeypatch.setattr(steps, "open_sources", lambda *given: sample_source())
    return settings_for(tmp_path / "data")


def test_an_adapter_says_what_it_is_for_and_can_be_used(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "adapter.safetensors"
    steps.fit_adapter(settings, sample_items(), path)
    _, about = read_adapter(path)
    source = sample_source()
    assert about["archive"] == source.version
    assert about["base"] == Embedder().base_key
    assert Embedder(adapter=str(path)).embed_query("who pays").vector.shape == (384,)


def test_the_judge_is_fitted_with_an_adapter_of_its_own(settings: Settings, tmp_path: Path) -> None:
    lines = steps.fit_judge(settings)
    ready = read_fitted(tmp_path / "judge.json")
    assert ready.weights.keys() == set(FEATURES)
    assert ready.about["embedder"] == Embedder(adapter=str(settings.data / steps.FIRST)).key
    assert [line.rstrip(":") for line in lines if line.endswith(":")] == list(TEST)


def picked(items: Sequence[Item], index: Index) -> str:
    """Data in which readers picked the last sentence of each passage that lies in gold."""
    lines = []
    for item in items:
        own = [passage for span in item.gold for passage in index.passages_of[span.episode] if near(passage, span)]
        counts = [sum(len(sentences(text)) for text in passage.text.split("\n")) for passage in own]
        passages = [
            {"episode": one.episode, "start": one.start, "end": one.end, "sentences": count, "picked": [count - 1]}
            for one, count in zip(own, counts, strict=True)
        ]
        lines.append(json.dumps({"id": item.id, "passages": passages}))
    return "\n".join(lines) + "\n"


def near(passage: Passage, span: Span) -> bool:
    return passage.start < span.end and span.start < passage.end


def test_sentences_are_fitted_with_the_judges_embedder_which_is_not_fitted_twice(
    settings: Settings, sample_index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "carrying"
    folder.mkdir()
    (folder / "people.jsonl").write_text(picked(sample_items(), sample_index))
    monkeypatch.setattr(carrying, "FOLDER", folder)
    lines = steps.fit_carrying(settings)
    ready = read_fitted(tmp_path / "carrying.json")
    assert ready.weights.keys() == set(SENTENCE_FEATURES)
    assert ready.about["embedder"] == Embedder(adapter=str(settings.data / steps.FIRST)).key
    assert lines[0].endswith("passages; 0 others are not in this archive")
    assert [line.split(":")[0] for line in lines[1:]] == list(TEST)

    monkeypatch.setattr(steps, "train", None)
    assert steps.fit_carrying(settings) == lines

    (folder / "people.jsonl").write_text("")
    (tmp_path / "carrying.json").unlink()
    assert "nothing was fitted" in steps.fit_carrying(settings)[0]
    assert not (tmp_path / "carrying.json").exists()


def test_premises_about_guests_of_another_archive_fit_nothing(
    sample_built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "PREMISE", tmp_path / "premise.json")
    assert "nothing was fitted" in steps.fit_premise(sample_built.settings)[0]
    assert not (tmp_path / "premise.json").exists()
