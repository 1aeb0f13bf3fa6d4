"""Fits whether a statement belongs in a section of a wiki (`app.wiki.worksheet.sections`).

    eval/pages/sections.jsonl, the archive, the wiki's pages -> cosines -> logistic regression -> section.json

    {"episode": slug, "sentence": hash, "page": name, "section": hash, "fits": bool}

Readers judged statements beside the section that was nearest to them: does it belong there? Statements and headings are
known by hash. Figures are of pages that were left out of the fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from app.wiki.reading.page import Page
from app.wiki.worksheet.candidates import candidates
from app.wiki.worksheet.places import LEAST_HELD
from app.wiki.worksheet.sections import FEATURES, sections_of
from eval.fitting.examples import hashed
from eval.fitting.regression import fit, held_out
from eval.jsonl import objects
from index.archive import ArchiveView
from index.fitted.weights import Fitted

PLACED = Path(__file__).parents[2] / "pages" / "sections.jsonl"
_FOLDS = 6
# A measurement: the features, whether the statement belongs there, the page.
Row = tuple[list[float], bool, str]


def measured(archive: ArchiveView, pages: Sequence[Page], path: Path = PLACED) -> list[Row]:
    """The labelled statements of this archive and these pages."""
    lines = list(objects(path))
    known = {(one.page, hashed(one.name)): one for page in pages for one in sections_of(page, archive)}
    found: list[Row] = []
    for slug in dict.fromkeys(line["episode"] for line in lines):
        own = [line for line in lines if line["episode"] == slug and (line["page"], line["section"]) in known]
        said = _said(archive, slug, own)
        for line in own:
            if line["sentence"] in said:
                values = known[line["page"], line["section"]].features(*said[line["sentence"]])
                found.append(([values[name] for name in FEATURES], line["fits"], line["page"]))
    return found


def fitted_section(found: Sequence[Row], about: Mapping[str, str]) -> tuple[Fitted, str]:
    """The regression, and its figures on pages that were left out."""
    rows, true = np.array([features for features, _, _ in found]), np.array([fits for _, fits, _ in found])
    counts, how = np.ones(len(true)), partial(fit, strength=1.0, scaled=True)
    pages = [page for _, _, page in found]
    apart = held_out(how, rows, true, counts, GroupKFold(min(_FOLDS, len(set(pages)))).split(rows, true, pages))
    taken = apart >= LEAST_HELD
    right = true[taken].mean() if taken.any() else 0.0
    told = (
        f"section: {len(true)} statements, {int(true.sum())} belong there, AUROC {roc_auc_score(true, apart):.2f}; "
        f"from {LEAST_HELD} on: {int(taken.sum())}, {right:.2f} right, {true[taken].sum() / true.sum():.2f} of all"
    )
    return how(rows, true, counts).fitted(FEATURES, about), told


def _said(archive: ArchiveView, slug: str, lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The vectors of the labelled statements of an episode and of their chapters' titles, by hash."""
    if slug not in archive.index.episodes:
        return {}
    wanted = {line["sentence"] for line in lines}
    found = {hashed(one.text): one for one in candidates(archive.index.episodes[slug]) if hashed(one.text) in wanted}
    return {digest: archive.embed([one.statement, one.chapter.title]) for digest, one in found.items()}
