"""Tests the fit of worksheets on made-up labels of the sample archive."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from builds import Built

from app.wiki.worksheet.candidates import candidates
from app.wiki.worksheet.choosing import Kind
from eval.fitting.wiki.worksheet import READ, fitted_on, read_labels
from eval.jsonl import objects
from index.archive import ArchiveView
from index.opened import Index


@pytest.fixture(scope="module")
def view(sample_built: Built, sample_index: Index) -> ArchiveView:
    return ArchiveView(sample_index, sample_built.embedder)


@pytest.fixture(scope="module")
def labels(view: ArchiveView, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Long sentences are understood alone, and facts; short ones are experiences, the shortest not worth keeping."""
    path = tmp_path_factory.mktemp("labels") / "read.jsonl"
    rows = [{"episode": "gone", "sentence": "0", "alone": True, "worth": True, "kind": "opinion", "held_out": False}]
    for number, slug in enumerate(sorted(view.index.episodes)):
        for one in candidates(view.index.episodes[slug]):
            keep = one.words > 18
            digest = hashlib.sha256(one.text.encode()).hexdigest()[:16]
            kind = "fact_claim" if keep else "experience"
            row = {"episode": slug, "sentence": digest, "alone": keep, "worth": one.words > 12, "kind": kind}
            rows.append({**row, "held_out": number % 3 == 0})
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def test_weights_learn_what_the_reader_keeps_and_figures_are_of_episodes_held_out(
    view: ArchiveView, labels: Path
) -> None:
    found, gone = read_labels(view, labels)
    assert gone == 1
    made, lines = fitted_on(found, {"data": "x"})
    assert made.alone.weights["words"] > 0
    assert made.worth.weights != made.alone.weights
    assert set(made.kinds) == {Kind.FACT_CLAIM, Kind.EXPERIENCE}
    assert lines[1].startswith("held out: ")
    assert float(lines[1].split("both ")[1].split(" ")[0]) > 0.8


def test_the_projects_labels_hold_hashes_and_no_words() -> None:
    lines = list(objects(READ))
    assert len(lines) > 600
    for line in lines:
        assert set(line) == {"episode", "sentence", "alone", "worth", "kind", "held_out"}
        assert int(line["sentence"], 16) >= 0
        assert line["kind"] in ("", *Kind)
    assert {line["held_out"] for line in lines} == {True, False}
