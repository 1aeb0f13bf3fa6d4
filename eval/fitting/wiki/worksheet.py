"""Fits which sentences a worksheet proposes, and their kinds (`app.wiki.worksheet`).

    eval/worksheet/read.jsonl, the archive -> features -> regressions -> app/wiki/worksheet/alone.json, worth.json,
    kinds/*.json

    {"episode": slug, "sentence": hash, "alone": bool, "worth": bool, "kind", "held_out": bool}

A reader labelled sentences of the archive, known by hash: does a stranger understand it alone, is it worth keeping, and
which kind is it. A part was drawn at random, the others from those that an earlier fit ranked first. Episodes marked
`held_out` judge weights that were fitted without them; what is shipped is fitted on all. No words are kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.metrics import roc_auc_score

from app.wiki.worksheet.candidates import candidates
from app.wiki.worksheet.choosing import HERE, Kind, Measured, measured, with_vector
from eval.fitting.regression import Flags, Numbers, Regression, fit
from eval.jsonl import objects
from index.archive import ArchiveView
from index.fitted.weights import Fitted, write_fitted

READ = Path(__file__).parents[2] / "worksheet" / "read.jsonl"
# Chosen on episodes that are not held out, in eight folds by episode.
_STRENGTH, _STRENGTH_OF_KINDS = 0.005, 0.01
# A kind with fewer labels is not fitted.
_ENOUGH = 8
# The share of sentences that is looked at: about what a worksheet takes.
_TAKEN = 0.12


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sentence with its features, and what the reader said of it."""

    measured: Measured
    alone: bool
    worth: bool
    kind: str
    held_out: bool


class Weights(NamedTuple):
    """What is fitted: whether a sentence is understood alone, whether it is worth keeping, and its kind."""

    alone: Fitted
    worth: Fitted
    kinds: dict[Kind, Fitted]


def read_labels(archive: ArchiveView, path: Path = READ) -> tuple[list[Labelled], int]:
    """The labelled sentences of this archive, and how many others there are."""
    lines = list(objects(path))
    known: dict[str, list[Mapping[str, Any]]] = {}
    for line in lines:
        known.setdefault(line["episode"], []).append(line)
    found = [one for slug, own in known.items() for one in _of_episode(archive, slug, own)]
    return found, len(lines) - len(found)


def _of_episode(archive: ArchiveView, slug: str, lines: Iterable[Mapping[str, Any]]) -> list[Labelled]:
    episode = archive.index.episodes.get(slug)
    own = {line["sentence"]: line for line in lines}
    if episode is None:
        return []
    wanted = {digest: one for one in candidates(episode) if (digest := _hash(one.text)) in own}
    return [
        Labelled(one, line["alone"], line["worth"], line["kind"], line["held_out"])
        for (digest, _), one in zip(wanted.items(), measured(list(wanted.values()), archive), strict=True)
        for line in [own[digest]]
    ]


def fitted_on(found: Sequence[Labelled], about: Mapping[str, str]) -> tuple[Weights, list[str]]:
    """The weights, fitted on all labels, and figures as lines.

    The figures are those of weights that were fitted without the episodes held out.
    """
    tune, test = ([one for one in found if one.held_out is apart] for apart in (False, True))
    lines = [_agreed(name, part, _weights(tune, about)) for name, part in (("tune", tune), ("held out", test)) if part]
    return _weights(found, about), lines


def _weights(found: Sequence[Labelled], about: Mapping[str, str]) -> Weights:
    names = list(with_vector(found[0].measured.values, found[0].measured.vector))
    with_kind = [one for one in found if one.kind]
    kinds = {
        kind: _regression(with_kind, names, true, _STRENGTH_OF_KINDS).fitted(names, about)
        for kind in Kind
        if (true := np.array([one.kind == kind.value for one in with_kind])).sum() >= _ENOUGH
    }
    alone, worth = (
        _regression(found, names, np.array(true), _STRENGTH).fitted(names, about)
        for true in ([one.alone for one in found], [one.worth for one in found])
    )
    return Weights(alone, worth, kinds)


def _regression(part: Sequence[Labelled], names: Sequence[str], true: Flags, strength: float) -> Regression:
    return fit(_rows(part, names), true, np.ones(len(part)), strength=strength, scaled=True)


def write(made: Weights) -> None:
    """Write the weights into the project."""
    write_fitted(HERE / "alone.json", made.alone)
    write_fitted(HERE / "worth.json", made.worth)
    for kind, fitted in made.kinds.items():
        write_fitted(HERE / "kinds" / f"{kind.value}.json", fitted)


def _agreed(name: str, part: Sequence[Labelled], made: Weights) -> str:
    """How well the weights agree with the reader, as one line."""
    values = [with_vector(one.measured.values, one.measured.vector) for one in part]
    alone, worth = ([fitted.probability(own) for own in values] for fitted in (made.alone, made.worth))
    true = np.array([one.alone and one.worth for one in part])
    scores = np.array(alone) * np.array(worth)
    taken = np.argsort(-scores)[: max(1, round(_TAKEN * len(part)))]
    with_kind = [(one.kind, own) for one, own in zip(part, values, strict=True) if one.kind]
    right = sum(
        max(made.kinds, key=lambda kind: made.kinds[kind].probability(own)).value == kind for kind, own in with_kind
    )
    return (
        f"{name}: {len(part)} sentences; alone {_auroc([one.alone for one in part], alone):.2f}, worth keeping "
        f"{_auroc([one.worth for one in part], worth):.2f}, both {_auroc(true, scores):.2f} (AUROC); {true.mean():.2f} "
        f"are both, of the best {_TAKEN:.0%} {true[taken].mean():.2f}; kind {right} of {len(with_kind)}"
    )


def _auroc(true: Iterable[bool], scores: Iterable[float]) -> float:
    flags = list(true)
    return float(roc_auc_score(flags, list(scores))) if 0 < sum(flags) < len(flags) else 0.0


def _rows(part: Sequence[Labelled], names: Sequence[str]) -> Numbers:
    values = [with_vector(one.measured.values, one.measured.vector) for one in part]
    return np.array([[own[name] for name in names] for own in values])


def _hash(sentence: str) -> str:
    return hashlib.sha256(sentence.encode()).hexdigest()[:16]
