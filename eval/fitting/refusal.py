"""Fits the weights of `app.answering.refusal` on the suites, and prints how good they are.

    python -m eval.fitting.refusal

Figures are cross-validated: every question is judged by weights fitted without
it. The weights printed last are fitted on all questions; copy them into
`app/answering/refusal.py`. Needs the index of the real archive.

Unlike in the product, follow-ups are completed without the index's names, and
misspelled names are not corrected.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import typer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from app.answering.finding import RANKED
from app.answering.refusal import Features, features_of_quotes
from app.compose import open_archive
from app.evidence.select import EvidenceSettings, gather_evidence
from app.language.rewrite import standalone
from eval.fitting.regression import fit, held_out, names_of, rows_of
from eval.jsonl import objects
from index.archive import ArchiveView
from ingest.settings import load_settings

SUITES = Path(__file__).parents[1] / "suites"
NAMES = ("infrastructure", "conversations", "unanswerable")
_STRENGTH = 10.0
_SEEDS = range(10)


def questions() -> list[tuple[str, bool, str]]:
    """Each standalone question, whether the archive answers it, and its type."""
    rows: list[tuple[str, bool, str]] = []
    for name in NAMES:
        for row in objects(SUITES / f"{name}.jsonl"):
            turns = row.get("turns") or [row["question"]]
            rows.append((standalone(turns[-1], turns[:-1]), bool(row.get("answerable", True)), row.get("type", name)))
    return rows


def _read(archive: ArchiveView, question: str) -> Features:
    """The features of an answer's confidence, computed from the words that can be quoted."""
    ranking = archive.search(question, RANKED)
    found = gather_evidence(archive, ranking, EvidenceSettings())
    return features_of_quotes(question, ranking, found, archive.index)


def main() -> None:
    """Fit, cross-validate and print."""
    archive = open_archive(load_settings()).view()
    rows = questions()
    features = rows_of(_read(archive, question) for question, _, _ in rows)
    answerable = np.array([answer for _, answer, _ in rows])
    counts = np.ones(len(rows))
    fitted = partial(fit, strength=_STRENGTH)
    folds = [StratifiedKFold(5, shuffle=True, random_state=seed).split(features, answerable) for seed in _SEEDS]
    scores = np.mean([held_out(fitted, features, answerable, counts, splits) for splits in folds], axis=0)
    typer.echo(f"{len(rows)} questions, {int((~answerable).sum())} unanswerable; cross-validated:")
    typer.echo(f"AUROC {roc_auc_score(answerable, scores):.3f}")
    for threshold in np.arange(0.3, 0.75, 0.05):
        refused = scores < threshold
        right = int((refused & ~answerable).sum())
        typer.echo(
            f"threshold {threshold:.2f}: precision {right / max(1, int(refused.sum())):.3f}, "
            f"recall {right / int((~answerable).sum()):.3f}"
        )
    refused = scores < 0.5
    for kind in dict.fromkeys(kind for _, _, kind in rows):
        own = np.array([k == kind for _, _, k in rows])
        typer.echo(f"  {kind:16s} refused {refused[own].mean():.2f} of {int(own.sum())}")
    typer.echo(fitted(features, answerable, counts).code("Features", names_of(Features)))


if __name__ == "__main__":
    typer.run(main)
