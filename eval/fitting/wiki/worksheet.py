"""Fits how statements are judged that a worksheet or a topic page proposes, and says how well.

    eval/worksheet/read.jsonl, the archive -> `eval.fitting.wiki.reader` -> app/wiki/worksheet/fitted/

    {"episode": slug, "sentence": hash, "alone": bool, "led": bool, "worth": bool, "kind", "held_out": bool}

Readers labelled statements of the archive, known by hash (one sentence, or two that follow one another): does a
stranger understand it alone, is it worth keeping, and which kind is it. Of some they also said whether it is understood
under the title of its chapter (`led`). A part was drawn at random, the others from
those that an earlier fit ranked first. Episodes marked `held_out` judge a model that was fitted without them; what is
shipped is fitted on all. No words are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from app.terminal.options import notes
from app.terminal.progress import BarProgress
from app.wiki.worksheet.candidates import Candidate, candidates
from app.wiki.worksheet.reader import FOLDER, Judged, Kind, Reader
from eval.fitting.examples import hashed
from eval.fitting.wiki.reader import Labelled, Recipe, fit_reader, steps_of
from eval.jsonl import objects
from index.opened import Index

RECIPE = Recipe()
READ = Path(__file__).parents[2] / "worksheet" / "read.jsonl"
# A kind with fewer labels is not fitted.
_ENOUGH = 8
# The share of statements that is looked at: about what a worksheet takes.
_TAKEN = 0.12


def read_labels(index: Index, path: Path = READ) -> tuple[list[Labelled], int]:
    """The labelled statements of this archive, and how many others there are."""
    lines = list(objects(path))
    known: dict[str, list[Mapping[str, Any]]] = {}
    for line in lines:
        known.setdefault(line["episode"], []).append(line)
    found = [one for slug, own in known.items() for one in _of_episode(index, slug, own)]
    return found, len(lines) - len(found)


def _of_episode(index: Index, slug: str, lines: Iterable[Mapping[str, Any]]) -> list[Labelled]:
    episode = index.episodes.get(slug)
    own = {line["sentence"]: line for line in lines}
    if episode is None:
        return []
    wanted = {digest: one for one in candidates(episode) if (digest := hashed(one.text)) in own}
    return [_labelled(one, own[digest]) for digest, one in wanted.items()]


def _labelled(one: Candidate, line: Mapping[str, Any]) -> Labelled:
    kind = Kind(line["kind"]) if line["kind"] else None
    return Labelled(one, line["alone"], line.get("led"), line["worth"], kind, line["held_out"])


def fit_and_report(
    found: Sequence[Labelled],
    about: Mapping[str, str],
    threads: int,
    *,
    folder: Path = FOLDER,
    recipe: Recipe = RECIPE,
) -> list[str]:
    """Fit on all labels and write into the folder; figures of a model that was fitted without those held out."""
    kinds = [kind for kind in Kind if sum(one.kind is kind for one in found) >= _ENOUGH]
    tune, test = ([one for one in found if one.held_out is apart] for apart in (False, True))
    lines = []
    if test:
        with TemporaryDirectory() as apart:
            _fit(tune, kinds, Path(apart), about, recipe)
            judged = Reader(threads, folder=Path(apart)).judged([one.candidate for one in test])
        for name, count in (("one sentence", 1), ("two sentences", 2)):
            part = [pair for pair in zip(test, judged, strict=True) if pair[0].candidate.count == count]
            lines += [f"held out, {name}: {_agreed(part)}"] if part else []
    _fit(found, kinds, folder, about, recipe)
    return lines


def _fit(
    found: Sequence[Labelled], kinds: Sequence[Kind], folder: Path, about: Mapping[str, str], recipe: Recipe
) -> None:
    with BarProgress(notes) as progress:
        progress.start(f"Fitting the reader on {len(found)} statements", steps_of(len(found), recipe))
        fit_reader(found, kinds, folder, about, recipe, lambda loss: progress.advance(1))


def _agreed(part: Sequence[tuple[Labelled, Judged]]) -> str:
    """How well the judgements agree with the readers, as one line."""
    alone, worth, keep = (
        np.array([getattr(own, name) for _, own in part], float) for name in ("alone", "worth", "keep")
    )
    true = np.array([one.alone and one.worth for one, _ in part])
    taken = np.argsort(-keep)[: max(1, round(_TAKEN * len(part)))]
    named = [(one.kind, own.kind) for one, own in part if one.kind]
    led = [(one.led, own.led) for one, own in part if one.led is not None]
    return (
        f"{len(part)} statements; alone {_auroc([one.alone for one, _ in part], alone):.2f}, worth keeping "
        f"{_auroc([one.worth for one, _ in part], worth):.2f}, both {_auroc(true, keep):.2f} (AUROC); "
        f"{true.mean():.2f} are both, of the best {_TAKEN:.0%} {true[taken].mean():.2f} "
        f"(said: {keep[taken].mean():.2f}); kind {sum(said is own for said, own in named)} of {len(named)}; under its "
        f"chapter's title {_auroc((said for said, _ in led), (own for _, own in led)):.2f} (AUROC, {len(led)})"
    )


def _auroc(true: Iterable[bool | None], scores: Iterable[float]) -> float:
    flags = [bool(one) for one in true]
    return float(roc_auc_score(flags, list(scores))) if 0 < sum(flags) < len(flags) else 0.0
