"""Trains the model that judges statements as a reader would (`app.wiki.worksheet.reader`).

    labelled statements -> MiniLM and one linear reading for each question, trained together -> adapter, readings

The loss is the sum of cross-entropies: is it understood alone, is it worth keeping, and, where a reader said so, is it
understood under the title of its chapter, and which kind is it. The difference to the original weights is kept at a low
rank (`eval.fitting.embedder.low_rank`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.evidence.injected import dimensions
from app.wiki.worksheet.candidates import Candidate
from app.wiki.worksheet.reader import ADAPTER, ALONE, LED, WORTH, Kind, read_text
from eval.fitting.embedder import Training, low_rank, write_adapter
from eval.fitting.regression import Regression
from index.embedder import Embedder
from index.fitted.weights import write_fitted
from index.minilm import MINILM

# What is asked of each statement, in this order.
_ASKED = (ALONE, LED, WORTH)
# The mean of many unit vectors is short; so its readings learn faster.
_SCALE = 8.0
# Texts of about the same length are read together, out of so many batches.
_SORTED = 8


@dataclass(frozen=True, slots=True)
class Labelled:
    """A statement and what a reader said of it; `led` is None where none was asked, `kind` where none was named."""

    candidate: Candidate
    alone: bool
    led: bool | None
    worth: bool
    kind: Kind | None
    held_out: bool


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train: statements in a batch, passes, learning rates of the model and of the readings, rank, seed."""

    batch: int = 32
    epochs: int = 2
    rate: float = 4e-5
    rate_of_readings: float = 3e-3
    warm_up: float = 0.1
    rank: int = 16
    seed: int = 0


def steps_of(count: int, recipe: Recipe) -> int:
    """How many steps the training on `count` statements has."""
    return -(-count // recipe.batch) * recipe.epochs


def fit_reader(
    found: Sequence[Labelled],
    kinds: Sequence[Kind],
    folder: Path,
    about: Mapping[str, str],
    recipe: Recipe,
    advance: Callable[[float], None],
) -> None:
    """Train on labelled statements and write adapter and readings into a folder; `advance` gets each step's loss."""
    import torch

    torch.manual_seed(recipe.seed)
    embedder = Embedder(MINILM)
    model = embedder.trainable().float()
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    readings = torch.nn.Linear(model.get_embedding_dimension(), len(_ASKED) + len(kinds)).to(model.device)
    _train(model, readings, found, kinds, recipe, advance)
    folder.mkdir(parents=True, exist_ok=True)
    write_adapter(
        folder / ADAPTER.name,
        low_rank(before, model.state_dict(), recipe.rank),
        {**about, "base": embedder.base_key},
    )
    weights, biases = (_SCALE * readings.weight).detach().cpu().numpy(), readings.bias.tolist()
    names = (*_ASKED, *(kind.value for kind in kinds))
    for name, own, bias in zip(names, weights, biases, strict=True):
        write_fitted(folder / f"{name}.json", Regression(own, bias).fitted(dimensions(len(own)), about))


def _train(
    model: Any,
    readings: Any,
    found: Sequence[Labelled],
    kinds: Sequence[Kind],
    recipe: Recipe,
    advance: Callable[[float], None],
) -> None:
    training = Training(
        model, recipe.rate, steps_of(len(found), recipe), recipe.warm_up, readings, recipe.rate_of_readings
    )
    drawn = random.Random(recipe.seed)
    for _ in range(recipe.epochs):
        for batch in _batches(found, recipe, drawn):
            loss = _loss(readings(_SCALE * _vectors(model, batch)), batch, kinds)
            training.step(loss)
            advance(loss.item())
    model.eval()


def _batches(found: Sequence[Labelled], recipe: Recipe, drawn: random.Random) -> Iterator[list[Labelled]]:
    """All statements once in random order, those of similar length together."""
    order = drawn.sample(list(found), len(found))
    made = []
    for begin in range(0, len(order), recipe.batch * _SORTED):
        part = sorted(order[begin : begin + recipe.batch * _SORTED], key=lambda one: len(read_text(one.candidate)))
        made += [part[at : at + recipe.batch] for at in range(0, len(part), recipe.batch)]
    yield from drawn.sample(made, len(made))


def _vectors(model: Any, batch: Sequence[Labelled]) -> Any:
    """The vectors that `app.wiki.worksheet.reader.pooled` gives, with gradients; shape (n, dimension)."""
    import torch

    texts = [read_text(one.candidate) for one in batch]
    pieces = model.tokenizer(
        texts,
        padding=True,
        truncation=True,
        max_length=model.max_seq_length,
        return_tensors="pt",
        return_offsets_mapping=True,
    ).to(model.device)
    begins, ends = pieces.pop("offset_mapping").unbind(-1)
    with torch.autocast(model.device.type, dtype=torch.bfloat16):
        tokens = model(dict(pieces))["token_embeddings"]
    lengths = torch.tensor([[len(one.candidate.statement)] for one in batch], device=model.device)
    inside = ((ends > begins) & (ends <= lengths)).float()[..., None]
    unit = torch.nn.functional.normalize(tokens.float(), dim=-1)
    return (unit * inside).sum(1) / inside.sum(1).clamp(min=1.0)


def _loss(odds: Any, batch: Sequence[Labelled], kinds: Sequence[Kind]) -> Any:
    import torch

    cross = torch.nn.functional
    said = torch.tensor([[one.alone, bool(one.led), one.worth] for one in batch], device=odds.device).float()
    told = torch.tensor([[True, one.led is not None, True] for one in batch], device=odds.device).float()
    # What was asked of a part of the batch only weighs that part.
    loss = cross.binary_cross_entropy_with_logits(odds[:, : len(_ASKED)], said, told, reduction="sum") / len(batch)
    named = [at for at, one in enumerate(batch) if one.kind in kinds]
    if named:
        own = torch.tensor([kinds.index(batch[at].kind) for at in named], device=odds.device)
        loss = loss + cross.cross_entropy(odds[named, len(_ASKED) :], own) * len(named) / len(batch)
    return loss
