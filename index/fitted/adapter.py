"""Adds a fitted low-rank difference to an embedding model's weights, once, when the model is loaded.

    file (safetensors): NAME.down (rank, in) and NAME.up (out, rank) for a matrix; NAME (shape) for a vector
    weight = weight + up @ down

So nothing costs more when the model is used (Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models",
ICLR 2022). The file's metadata says which model, questions and archive it came from (`eval.fitting.embedder` writes
it); a file for another model is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).parent / "minilm.safetensors"
UP, DOWN = ".up", ".down"


class AdapterError(Exception):
    """The adapter cannot be used; the message says why."""


def read_adapter(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The tensors and the metadata of an adapter's file; raises `AdapterError`."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise AdapterError(f"{path} is no adapter: {error}") from error


def add_adapter(model: Any, tensors: Mapping[str, Any]) -> None:
    """Add the difference to a model's parameters, in float32; raises `AdapterError` if it does not fit them."""
    import torch

    own = dict(model.named_parameters())
    with torch.no_grad():
        for name in sorted({name.removesuffix(UP).removesuffix(DOWN) for name in tensors}):
            if name in tensors:
                difference = tensors[name].float()
            else:
                up, down = (tensors.get(name + end) for end in (UP, DOWN))
                if up is None or down is None:
                    raise AdapterError(f"the adapter has only one half of {name}")
                difference = up.float() @ down.float()
            weight = own.get(name)
            if weight is None or weight.shape != difference.shape:
                raise AdapterError(f"the adapter is for another model: {name} does not fit")
            weight.copy_((weight.float() + difference.to(weight.device)).to(weight.dtype))
