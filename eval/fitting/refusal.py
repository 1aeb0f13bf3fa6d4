"""Fits the weights of `app.answering.refusal` on the suites, and prints how good they are.

    python -m eval.fitting.refusal

Figures are cross-validated: every question is judged by weights fitted without
it. The weights printed last are fitted on all questions, to be put into
`app/answering/refusal.py`. Needs the index of the real archive.
"""

from __future__ import annotations

from dataclasses import astuple, fields
from pathlib import Path

import numpy as np
import typer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from app.answering.pipeline import RANKED
from app.answering.refusal import Features, features_of_quotes
from app.compose import open_archive
from app.evidence.select import EvidenceSettings, gather_evidence
from app.language.rewrite import standalone
from eval.jsonl import objects
from index.archive import ArchiveView
from ingest.settings import load_settings

SUITES = Path(__file__).parents[1] / "suites"
NAMES = ("infrastructure", "conversations", "unanswerable")
_SEEDS = range(10)


def questions() -> list[tuple[str, bool, str]]:
    """Standalone question, whether the archive answers it, and its type."""
    rows: list[tuple[str, bool, str]] = []
    for name in NAMES:
        for row in objects(SUITES / f"{name}.jsonl"):
            turns = row.get("turns") or [row["question"]]
            rows.append((standalone(turns[-1], turns[:-1]), bool(row.get("answerable", True)), row.get("type", name)))
    return rows


def _read(archive: ArchiveView, question: str) -> Features:
    """What an answer's confidence is read off: the words that can be quoted."""
    ranking = archive.search(question, RANKED)
    found = gather_evidence(archive, ranking, EvidenceSettings())
    return features_of_quotes(question, ranking, found, archive.index)


def main() -> None:
    """Fit, cross-validate and print."""
    archive = open_archive(load_settings()).view()
    rows = questions()
    features = np.array([astuple(_read(archive, question)) for question, _, _ in rows])
    answerable = np.array([answer for _, answer, _ in rows])
    model = LogisticRegression(C=10.0)
    scores = np.mean(
        [
            cross_val_predict(
                model,
                features,
                answerable,
                cv=StratifiedKFold(5, shuffle=True, random_state=seed),
                method="predict_proba",
            )[:, 1]
            for seed in _SEEDS
        ],
        axis=0,
    )
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
    model.fit(features, answerable)
    weights = ", ".join(
        f"{field.name}={weight:.3f}" for field, weight in zip(fields(Features), model.coef_[0], strict=True)
    )
    typer.echo(f"WEIGHTS = Features({weights})\nBIAS = {model.intercept_[0]:.3f}")


if __name__ == "__main__":
    typer.run(main)
