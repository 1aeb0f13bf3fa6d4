"""Loads sentence-transformers models: embedder, reranker and NLI judge.

Nothing here computes with a model; `index.torch_use` does.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal


class LoadError(Exception):
    """The model cannot be loaded; the message says why, without a remedy."""


def load_model(kind: Literal["SentenceTransformer", "CrossEncoder"], name: str, dtype: str) -> Any:
    """The library's object of this class, ready to compute; raises `LoadError`.

    `name` is a hub name or a folder, `dtype` torch's name of a number type or `auto` for the fastest here.
    """
    import sentence_transformers
    import torch

    location = os.path.expanduser(name)
    number_type = getattr(torch, fast_dtype() if dtype == "auto" else dtype)
    try:
        model = getattr(sentence_transformers, kind)(
            location,
            device=device(),
            trust_remote_code=False,
            model_kwargs={"dtype": number_type},
            local_files_only=Path(location).is_dir() or bool(os.environ.get("HF_HUB_OFFLINE")),
        )
    except Exception as error:  # the library raises a dozen types for a model that cannot be loaded
        raise LoadError(_fault(error)) from error
    return model.eval()


def device() -> str:
    """`cuda` with a usable GPU, else `cpu`."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def fast_dtype() -> str:
    """The number type that this machine multiplies fastest at MiniLM's precision.

    Without AMX or AVX-512 BF16, bfloat16 on a CPU is emulated and slower than float32.
    """
    import torch

    if torch.cuda.is_available():
        return "bfloat16" if torch.cuda.is_bf16_supported() else "float32"
    fast = (getattr(torch.cpu, name, None) for name in ("_is_amx_tile_supported", "_is_avx512_bf16_supported"))
    return "bfloat16" if any(check is not None and check() for check in fast) else "float32"


def _fault(error: Exception) -> str:
    """Why a library cannot load a model, in one line, without its advice to run the model's own code."""
    if "trust_remote_code" in str(error):
        return "it brings code of its own, which is not run here"
    return f"{(str(error) or repr(error)).splitlines()[0]:.200}"
