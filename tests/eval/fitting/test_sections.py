"""Tests the fit of where a statement belongs in a wiki, on made-up pages and labels of the sample archive."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

from builds import Built

from app.wiki.reading.page import parse_page
from app.wiki.worksheet.candidates import candidates
from app.wiki.worksheet.sections import FEATURES, WEIGHTS
from eval.fitting.examples import data_hash, hashed
from eval.fitting.wiki.sections import PLACED, fitted_section, measured
from eval.jsonl import objects
from index.archive import ArchiveView
from index.fitted.weights import read_fitted
from index.opened import Index


def test_a_statement_belongs_where_its_own_chapter_is_written_about(
    sample_built: Built, sample_index: Index, tmp_path: Path
) -> None:
    view = ArchiveView(sample_index, sample_built.embedder)
    pages, rows = [], [{"episode": "gone", "sentence": "0", "page": "gone", "section": "0", "fits": True}]
    for episode in islice(view.index.episodes.values(), 4):
        own = [one for one in candidates(episode) if one.count == 1]
        chapters = list(dict.fromkeys(one.chapter for one in own))[:4]
        first = {chapter: next(one for one in own if one.chapter is chapter) for chapter in chapters}
        body = "\n\n".join(f"## {chapter.title}\n\n{first[chapter].statement}" for chapter in chapters)
        front = f"---\nlayout: wiki\ntitle: {json.dumps(episode.title[:29])}\n---\n"
        pages.append(parse_page(episode.slug, front + body))
        for one in own[:40]:
            for chapter in chapters:
                row = {"episode": episode.slug, "sentence": hashed(one.text), "page": episode.slug}
                rows.append({**row, "section": hashed(chapter.title), "fits": one.chapter is chapter})
    path = tmp_path / "placed.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    found = measured(view, pages, path)
    assert len(found) == len(rows) - 1
    fitted, told = fitted_section(found, {"data": "x"})
    assert tuple(fitted.weights) == FEATURES
    assert fitted.weights["chapter"] > 0
    assert float(told.split("AUROC ")[1].split(";")[0]) > 0.8


def test_the_projects_labels_hold_hashes_and_no_words_and_are_those_of_the_fit() -> None:
    for line in objects(PLACED):
        assert set(line) == {"episode", "sentence", "page", "section", "fits"}
        assert all(int(line[name], 16) >= 0 for name in ("sentence", "section"))
    assert read_fitted(WEIGHTS).about["data"] == data_hash([PLACED])
