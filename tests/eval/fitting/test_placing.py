"""Tests the fit of where statements belong, on made-up labels of the sample archive."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from builds import Built

from app.wiki.topics import placing
from app.wiki.topics.headings import headings_of
from app.wiki.topics.placing import Where
from app.wiki.worksheet.candidates import candidates
from eval.fitting.examples import data_hash, hashed
from eval.fitting.wiki.placing import PLACED, fitted_places, read_placed, rows_of
from eval.jsonl import objects
from index.archive import ArchiveView
from index.fitted.weights import read_fitted
from index.opened import Index

TOPICS = ("caching", "batches", "GPUs")


@pytest.fixture(scope="module")
def view(sample_built: Built, sample_index: Index) -> ArchiveView:
    return ArchiveView(sample_index, sample_built.embedder)


@pytest.fixture(scope="module")
def labels(view: ArchiveView, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence fits its own chapter's headings alone, and belongs on the page of a topic that is near to it."""
    path = tmp_path_factory.mktemp("placed") / "placed.jsonl"
    rows = [{"topic": "caching", "episode": "gone", "sentence": "0", "topical": True, "opening": True, "headings": {}}]
    episodes = view.index.episodes.values()
    for topic in TOPICS:
        titles = {chapter.title for episode in episodes for chapter in episode.chapters}
        headings = {title: list(headings_of(title, topic, view.index))[:1] for title in sorted(titles)}
        for episode in episodes:
            for one in [own for own in candidates(episode) if own.count == 1][::4]:
                vectors = view.embed([one.statement, topic, f"What is {topic}?"])
                fits = {hashed(text): title == one.chapter.title for title, own in headings.items() for text in own}
                near, defines = vectors[0] @ vectors[1] > 0.25, vectors[0] @ vectors[2] > 0.35
                row = {"topic": topic, "episode": episode.slug, "sentence": hashed(one.statement)}
                rows.append({**row, "topical": bool(near), "opening": bool(defines), "headings": fits})
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def test_where_statements_belong_is_fitted_and_told_for_topics_left_out(view: ArchiveView, labels: Path) -> None:
    found, gone = read_placed(view.index, labels)
    assert gone == 1
    assert {one.topic for one in found} == set(TOPICS)
    files, lines = fitted_places(rows_of(view, found), {"data": "x"})
    assert set(files) == set(Where)
    assert {where: tuple(fitted.weights) for where, fitted in files.items()} == placing.FEATURES
    for line in lines:
        assert float(line.split("AUROC ")[1].split(";")[0]) > 0.8
    assert files[Where.TOPIC].weights["words"] > 0
    assert files[Where.HEADING].weights["title"] > 0


def test_the_projects_labels_hold_hashes_and_no_words_and_are_those_of_the_fit() -> None:
    for line in objects(PLACED):
        assert set(line) == {"topic", "episode", "sentence", "topical", "opening", "headings"}
        assert all(int(digest, 16) >= 0 for digest in (line["sentence"], *line["headings"]))
    for where in Where:
        fitted = read_fitted(placing.FOLDER / f"{where}.json")
        assert fitted.about["data"] == data_hash([PLACED])
