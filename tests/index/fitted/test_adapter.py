"""Tests the adapter: its arithmetic, its place in the embedder's key, and what does not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from eval.fitting.embedder import low_rank, write_adapter
from index.embedder import NONE, Embedder
from index.fitted.adapter import SHIPPED, AdapterError, add_adapter, read_adapter
from index.minilm import MINILM, EmbedderError


class Model(torch.nn.Module):
    """Two parameters: a matrix and a vector."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.matrix = torch.nn.Parameter(torch.randn(6, 4))
        self.vector = torch.nn.Parameter(torch.randn(4))


def moved(model: Model, rank: int) -> dict[str, Any]:
    """The model's state after a change of its matrix by some rank, and of its vector."""
    change = torch.randn(6, rank) @ torch.randn(rank, 4) / 10
    return {"matrix": model.matrix.detach() + change, "vector": model.vector.detach() + 0.5}


def test_a_change_of_low_rank_is_kept_whole(tmp_path: Path) -> None:
    model = Model()
    after = moved(model, rank=2)
    write_adapter(tmp_path / "a.safetensors", low_rank(model.state_dict(), after, 2), {"base": "x"})
    tensors, about = read_adapter(tmp_path / "a.safetensors")
    assert {"matrix.up", "matrix.down", "vector"} == tensors.keys()
    assert about == {"base": "x"}
    add_adapter(model, tensors)
    assert torch.allclose(model.matrix, after["matrix"], atol=2e-3)
    assert torch.allclose(model.vector, after["vector"], atol=2e-3)


def test_a_change_of_higher_rank_is_cut_to_its_strongest_part() -> None:
    model = Model()
    before, after = model.matrix.detach().clone(), moved(model, rank=4)
    add_adapter(model, low_rank(model.state_dict(), after, 2))
    change, kept = after["matrix"] - before, model.matrix.detach() - before
    left, sizes, right = torch.linalg.svd(change)
    assert torch.allclose(kept, left[:, :2] * sizes[:2] @ right[:2], atol=2e-3)


@pytest.mark.parametrize(
    ("tensors", "fault"),
    [
        ({"other": torch.zeros(4)}, "another model"),
        ({"vector": torch.zeros(5)}, "another model"),
        ({"matrix.up": torch.zeros(6, 1)}, "one half"),
    ],
)
def test_what_does_not_fit_is_refused(tensors: dict[str, Any], fault: str) -> None:
    with pytest.raises(AdapterError, match=fault):
        add_adapter(Model(), tensors)


class TestEmbedder:
    def test_the_projects_adapter_is_for_the_packaged_model_alone(self) -> None:
        with_it, without = Embedder(), Embedder(adapter=NONE)
        assert with_it.key.startswith(f"{without.key}+")
        assert Embedder("some/model").key == "some/model"

    def test_it_changes_vectors_a_little(self, minilm: Embedder) -> None:
        text = "Who should deploy models in a small team?"
        fitted, plain = (one.embed_query(text).vector for one in (minilm, Embedder(adapter=NONE)))
        assert 0.5 < float(fitted @ plain) < 0.999

    def test_it_is_small_and_says_where_it_comes_from(self) -> None:
        _, about = read_adapter(SHIPPED)
        assert SHIPPED.stat().st_size <= 3_000_000
        assert about["base"] == Embedder(MINILM).base_key
        assert {"data", "archive", "recipe"} <= about.keys()

    def test_a_file_for_another_model_is_refused_with_the_remedy(self, tmp_path: Path) -> None:
        path = tmp_path / "other.safetensors"
        save_file({"vector": torch.zeros(4)}, path, metadata={"base": "another-123"})
        with pytest.raises(EmbedderError, match=r"fitted for another-123.*CITECAST_ADAPTER=none"):
            Embedder(adapter=str(path)).load()

    @pytest.mark.parametrize("content", [None, b"", b"no tensors"])
    def test_a_damaged_or_missing_file_is_refused_with_the_remedy(self, tmp_path: Path, content: bytes | None) -> None:
        path = tmp_path / "bad.safetensors"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(EmbedderError, match=r"bad\.safetensors"):
            Embedder(adapter=str(path)).load()
