"""Fits where a chip is wrong, and when words bear out a sentence, on the pages of a wiki.

    python -m eval.fitting.wiki.fit PAGES [--data FOLDER]

1. `app/wiki/place.json`: chips as they are, and the same moved into other chapters. Its threshold calls `_WRONG` of the
   cited sentences wrong whose page was left out of the fit.
2. `app/wiki/borne.json`: cited sentences that a reader called borne out or not (`eval/pages/read.jsonl`, by hash,
   without words); those marked `held_out` only judge.

The pages are not part of the project.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from app.compose import open_archive
from app.terminal.options import DataOption, friendly, notes, settings_of
from app.wiki import measure
from app.wiki.reading.page import read_page
from app.wiki.run import files_of
from app.wiki.spoken import Library
from eval.fitting.wiki.moved import Sample, samples
from index.fitted.weights import Fitted, write_fitted

_READ = Path(__file__).parents[2] / "pages" / "read.jsonl"
_HERE = Path(measure.__file__).parent
_WRONG = 0.05
_FOLDS = 6
_OF_BORNE = ("held", "late")
# A sentence below this is not even partly borne out: of the cited ones at the right place, few.
_PARTLY = 0.12


def main(pages: Annotated[Path, typer.Argument(help="The folder of the pages.")], data: DataOption = None) -> None:
    """Fit both, write them into the project, and print what was held out."""
    with friendly():
        archive = open_archive(settings_of(data=data)).view()
        library = Library(archive.index)
        found = [one for file in files_of(pages) for one in samples(read_page(file), archive, library)]
        write_fitted(_HERE / "place.json", place([one for one in found if not one.whole]))
        write_fitted(_HERE / "borne.json", borne([one for one in found if not one.moved]))


def place(found: Sequence[Sample]) -> Fitted:
    """Whether the chips of a sentence are at the right place."""
    names = list(found[0].values)
    rows = np.array([[one.values[name] for name in names] for one in found])
    right = np.array([not one.moved for one in found])
    cited = np.array([one.cited for one in found])
    model = LogisticRegression(class_weight="balanced", max_iter=3000)
    folds = GroupKFold(min(_FOLDS, len({one.page for one in found})))
    apart = cross_val_predict(model, rows, right, groups=[one.page for one in found], cv=folds, method="predict_proba")[
        :, 1
    ]
    threshold = float(np.quantile(apart[right & cited], _WRONG))
    caught = float((apart[~right & cited] < threshold).mean())
    notes.print(
        f"place: of {(~right & cited).sum()} moved {caught:.2f} found, of {(right & cited).sum()} {_WRONG} wrong"
    )
    return _fitted(model.fit(rows, right), names, {"threshold": threshold}, f"{len(found)} sentences of a wiki")


def borne(found: Sequence[Sample]) -> Fitted:
    """Whether words bear out a sentence, as a reader sees it."""
    read = {(one["page"], one["sentence"]): one for one in map(json.loads, _READ.read_text().splitlines())}
    known = [(one, read[key]) for one in found if one.cited and (key := (one.page, _hash(one.text))) in read]
    rows = np.array([[one.values[name] for name in _OF_BORNE] for one, _ in known])
    true = np.array([bool(label["borne_out"]) for _, label in known])
    kept = np.array([bool(label["held_out"]) for _, label in known])
    model = LogisticRegression(C=10, max_iter=3000).fit(rows[~kept], true[~kept])
    sure = model.predict_proba(rows)[:, 1]
    borders = np.linspace(0.05, 0.95, 181)
    agreed = np.array([((sure[~kept] >= border) == true[~kept]).mean() for border in borders])
    threshold = float(np.median(borders[agreed == agreed.max()]))
    right = (sure >= threshold) == true
    notes.print(f"borne: agrees on {right[~kept].mean():.2f} of {(~kept).sum()}, held out {right[kept].mean():.2f}")
    return _fitted(
        model, _OF_BORNE, {"threshold": threshold, "partly": _PARTLY}, f"{(~kept).sum()} sentences, one reader"
    )


def _fitted(model: LogisticRegression, names: Sequence[str], numbers: dict[str, float], source: str) -> Fitted:
    weights = dict(zip(names, model.coef_[0].tolist(), strict=True))
    return Fitted(weights, float(model.intercept_[0]), numbers, {"fitted on": source})


def _hash(sentence: str) -> str:
    return hashlib.sha256(sentence.encode()).hexdigest()[:16]


if __name__ == "__main__":
    typer.run(main)
