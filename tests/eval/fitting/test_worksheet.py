"""Tests the fit of worksheets on made-up labels of the sample archive."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from builds import Built

from app.wiki.worksheet.candidates import candidates
from app.wiki.worksheet.reader import Kind, Reader
from eval.fitting.examples import hashed
from eval.fitting.wiki.reader import Recipe
from eval.fitting.wiki.worksheet import READ, fit_and_report, read_labels
from eval.jsonl import objects
from index.archive import ArchiveView
from index.opened import Index


@pytest.fixture(scope="module")
def view(sample_built: Built, sample_index: Index) -> ArchiveView:
    return ArchiveView(sample_index, sample_built.embedder)


@pytest.fixture(scope="module")
def labels(view: ArchiveView, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Long sentences are understood alone, and facts; short ones are experiences, the shortest not worth keeping.

    Every second reader was asked about the title of the chapter, with which all are understood.
    """
    path = tmp_path_factory.mktemp("labels") / "read.jsonl"
    rows = [{"episode": "gone", "sentence": "0", "alone": True, "worth": True, "kind": "opinion", "held_out": False}]
    for number, slug in enumerate(sorted(view.index.episodes)):
        for one in candidates(view.index.episodes[slug])[::2]:
            keep = one.words > 18
            kind = "fact_claim" if keep else "experience"
            row = {"episode": slug, "sentence": hashed(one.text), "alone": keep, "worth": one.words > 12, "kind": kind}
            rows.append({**row, "held_out": number % 3 == 0} | ({"led": True} if number % 2 else {}))
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def test_a_reader_learns_what_people_keep_and_figures_are_of_episodes_held_out(
    view: ArchiveView, labels: Path, tmp_path: Path
) -> None:
    found, gone = read_labels(view.index, labels)
    assert gone == 1
    lines = fit_and_report(found, {"data": "x"}, 2, folder=tmp_path, recipe=Recipe(epochs=4, rate=1e-4))
    assert [line.split(":")[0] for line in lines] == ["held out, one sentence", "held out, two sentences"]
    assert float(lines[0].split("both ")[1].split(" ")[0]) > 0.8
    assert {path.stem for path in tmp_path.glob("*.json")} == {"alone", "led", "worth", "fact_claim", "experience"}
    judged = Reader(folder=tmp_path).judged([one.candidate for one in found])
    long, short = (
        [own.keep for one, own in zip(found, judged, strict=True) if one.alone is is_long] for is_long in (True, False)
    )
    assert sum(long) / len(long) > 0.6 > 0.4 > sum(short) / len(short)
    assert min(own.led for own in judged) > 0.5


def test_the_projects_labels_hold_hashes_and_no_words() -> None:
    lines = list(objects(READ))
    assert len(lines) > 600
    for line in lines:
        assert set(line) - {"led"} == {"episode", "sentence", "alone", "worth", "kind", "held_out"}
        assert int(line["sentence"], 16) >= 0
        assert line["kind"] in ("", *Kind)
    assert {line["held_out"] for line in lines} == {True, False}
