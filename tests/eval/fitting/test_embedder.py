"""Tests the fit of the embedder: a few steps on the real model, and what a step never counts against a passage."""

from __future__ import annotations

import pytest
import torch

from eval.fitting.embedder import Example, Recipe, low_rank, train
from index.embedder import NONE, Embedder
from index.fitted.adapter import add_adapter

EXAMPLES = [
    Example("who pays for idle GPUs", ("The finance team gets the bill for unused machines.",), ("We like coffee.",)),
    Example("is a queue worth it", ("Buffering requests saved us twice.",), ("The queue at the bakery was long.",)),
    Example("how to begin with tests", ("Start by checking the data that comes in.",), ("A test match lasts days.",)),
]
FEW = Recipe(batch=3, negatives=1, epochs=6, rate=5e-5)


@pytest.fixture(scope="module")
def fitted() -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor], list[float]]:
    """The weights before and after a few steps, and the losses."""
    model = Embedder(adapter=NONE).trainable()
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    losses: list[float] = []
    train(model, EXAMPLES, FEW, losses.append)
    return before, model.state_dict(), losses


def test_the_loss_falls(fitted: tuple[dict[str, torch.Tensor], dict[str, torch.Tensor], list[float]]) -> None:
    _, _, losses = fitted
    assert len(losses) == FEW.epochs
    assert losses[-1] < 0.8 * losses[0]


def test_embedding_tables_stay(fitted: tuple[dict[str, torch.Tensor], dict[str, torch.Tensor], list[float]]) -> None:
    before, after, _ = fitted
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed
    assert not any("embeddings." in name for name in changed)


def test_the_adapter_gives_nearly_the_fitted_model(
    fitted: tuple[dict[str, torch.Tensor], dict[str, torch.Tensor], list[float]],
) -> None:
    before, after, _ = fitted
    model = Embedder(adapter=NONE).trainable()
    add_adapter(model, low_rank(before, after, 32))
    for name, weight in model.state_dict().items():
        assert torch.linalg.norm(weight - after[name]) <= 0.7 * torch.linalg.norm(before[name] - after[name]) + 1e-3


def test_the_same_seed_gives_the_same_losses() -> None:
    runs = []
    for _ in range(2):
        losses: list[float] = []
        train(Embedder(adapter=NONE).trainable(), EXAMPLES, Recipe(batch=2, negatives=1, epochs=1), losses.append)
        runs.append(losses)
    assert runs[0] == pytest.approx(runs[1], rel=1e-2)
