"""Fits where a chip is wrong, when words bear out a sentence, and where a statement belongs, on the pages of a wiki.

    python -m eval.fitting.wiki.fit PAGES [--data FOLDER]

1. `app/wiki/place.json`: chips as they are, and the same moved into other chapters. Its threshold calls `_WRONG` of the
   cited sentences wrong whose page was left out of the fit.
2. `app/wiki/borne.json`: cited sentences that a reader called borne out or not (`eval/pages/read.jsonl`, by hash,
   without words); those marked `held_out` only judge.
3. `app/wiki/worksheet/section.json`: whether a statement belongs in a section (`eval.fitting.wiki.sections`).

The pages are not part of the project.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from sklearn.model_selection import GroupKFold
from sklearn.utils.class_weight import compute_sample_weight

from app.compose import open_archive
from app.terminal.options import DataOption, friendly, notes, settings_of
from app.wiki import measure
from app.wiki.reading.page import read_page
from app.wiki.run import files_of
from app.wiki.spoken import Library
from app.wiki.worksheet.sections import WEIGHTS
from eval.fitting.examples import data_hash, hashed
from eval.fitting.regression import Flags, Numbers, Regression, fit, held_out
from eval.fitting.wiki.moved import Sample, samples
from eval.fitting.wiki.sections import PLACED, fitted_section, measured
from index.fitted.weights import Fitted, write_fitted

_READ = Path(__file__).parents[2] / "pages" / "read.jsonl"
_HERE = Path(measure.__file__).parent
_WRONG = 0.05
_FOLDS = 6
_OF_BORNE = ("held", "late")
# A sentence below this is not even partly borne out: of the cited ones at the right place, few.
_PARTLY = 0.12


def main(pages: Annotated[Path, typer.Argument(help="The folder of the pages.")], data: DataOption = None) -> None:
    """Fit all three, write them into the project, and print what was held out."""
    with friendly():
        archive = open_archive(settings_of(data=data)).view()
        library = Library(archive.index)
        read = [read_page(file) for file in files_of(pages)]
        found = [one for page in read for one in samples(page, archive, library)]
        write_fitted(_HERE / "place.json", place([one for one in found if not one.whole]))
        write_fitted(_HERE / "borne.json", borne([one for one in found if not one.moved]))
        section, told = fitted_section(measured(archive, read), {"data": data_hash([PLACED])})
        notes.print(told)
        write_fitted(WEIGHTS, section)


def place(found: Sequence[Sample]) -> Fitted:
    """Whether the chips of a sentence are at the right place."""
    names = list(found[0].values)
    rows = np.array([[one.values[name] for name in names] for one in found])
    right = np.array([not one.moved for one in found])
    cited = np.array([one.cited for one in found])
    folds = GroupKFold(min(_FOLDS, len({one.page for one in found})))
    splits = folds.split(rows, right, [one.page for one in found])
    apart = held_out(_balanced, rows, right, np.ones(len(rows)), splits)
    threshold = float(np.quantile(apart[right & cited], _WRONG))
    caught = float((apart[~right & cited] < threshold).mean())
    notes.print(
        f"place: of {(~right & cited).sum()} moved {caught:.2f} found, of {(right & cited).sum()} {_WRONG} wrong"
    )
    about = {"fitted on": f"{len(found)} sentences of a wiki"}
    return _balanced(rows, right, np.ones(len(rows))).fitted(names, about, threshold=threshold)


def _balanced(rows: Numbers, true: Flags, counts: Numbers) -> Regression:
    """A fit in which those that are true count as much, together, as those that are not."""
    return fit(rows, true, counts * compute_sample_weight("balanced", true), strength=1.0)


def borne(measured: Sequence[Sample]) -> Fitted:
    """Whether words bear out a sentence, as a reader sees it."""
    read = {(one["page"], one["sentence"]): one for one in map(json.loads, _READ.read_text().splitlines())}
    known = [(one, read[key]) for one in measured if one.cited and (key := (one.page, hashed(one.text))) in read]
    rows = np.array([[one.values[name] for name in _OF_BORNE] for one, _ in known])
    true = np.array([bool(label["borne_out"]) for _, label in known])
    kept = np.array([bool(label["held_out"]) for _, label in known])
    found = fit(rows[~kept], true[~kept], np.ones((~kept).sum()), strength=10.0)
    sure = found.probabilities(rows)
    borders = np.linspace(0.05, 0.95, 181)
    agreed = np.array([((sure[~kept] >= border) == true[~kept]).mean() for border in borders])
    threshold = float(np.median(borders[agreed == agreed.max()]))
    right = (sure >= threshold) == true
    notes.print(f"borne: agrees on {right[~kept].mean():.2f} of {(~kept).sum()}, held out {right[kept].mean():.2f}")
    about = {"fitted on": f"{(~kept).sum()} sentences, one reader"}
    return found.fitted(_OF_BORNE, about, threshold=threshold, partly=_PARTLY)


if __name__ == "__main__":
    typer.run(main)
