"""Caches passage embeddings by passage id, one file for each episode.

An interrupted build continues from here, and only changed passages
are embedded again. A file that cannot be read counts as
absent, so a damaged cache costs only time. A generation of the
index links to these files, so that they are stored once.
"""

from __future__ import annotations

import io
import os
import re
import shutil
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import NamedTuple

import numpy as np

from index.embedder import Vectors
from index.late_interaction import DIMENSIONS, TokenBasis, TokenCodes
from index.manifest import write_durably

BASIS_FILE = "basis.npy"
_SUFFIX = ".npz"


class Embedded(NamedTuple):
    """A passage's vector and its word pieces."""

    vector: Vectors
    tokens: TokenCodes


def read_embedded(path: Path, dimension: int) -> dict[str, Embedded]:
    """A file's passages by id; raises `OSError` or `ValueError` if it is damaged."""
    try:
        with np.load(path, allow_pickle=False) as file:
            ids, vectors, codes, units, ends = (file[key] for key in ("ids", "vectors", "codes", "units", "ends"))
        count, pieces = len(ids), int(ends[-1]) if len(ends) else 0
    except OSError:
        raise
    except Exception as error:  # zipfile raises its own types for a damaged file
        raise ValueError(f"{path}: {error}") from error
    shapes = (vectors.shape, codes.shape, units.shape, ends.shape)
    if shapes != ((count, dimension), (pieces, DIMENSIONS), (pieces,), (count,)):
        raise ValueError(f"{path}: unexpected shapes {shapes}")
    begins = [0, *ends[:-1].tolist()]
    return {
        str(id): Embedded(vectors[i], TokenCodes(codes[begins[i] : ends[i]], units[begins[i] : ends[i]]))
        for i, id in enumerate(ids)
    }


def read_basis(path: Path, dimension: int) -> TokenBasis:
    """The basis that codes were made with; raises `OSError` or `ValueError` if the file is damaged."""
    try:
        matrix = np.load(path, allow_pickle=False)
    except EOFError as error:  # an empty file
        raise ValueError(f"{path}: {error}") from error
    if not isinstance(matrix, np.ndarray) or matrix.shape != (dimension, DIMENSIONS) or matrix.dtype != np.float32:
        raise ValueError(f"{path}: not a basis of {dimension} dimensions")
    return TokenBasis(matrix)


class VectorCache:
    """The files of one embedder."""

    def __init__(self, data: Path, embedder: str, dimension: int) -> None:
        self._folder = data / "vectors" / re.sub(r"[^A-Za-z0-9._-]", "_", embedder)
        self._dimension = dimension

    def read(self, slug: str) -> dict[str, Embedded]:
        """The cached embeddings of an episode's passages."""
        try:
            return read_embedded(self._path(slug), self._dimension)
        except (OSError, ValueError):
            return {}

    def write(self, slug: str, passages: Mapping[str, Embedded]) -> None:
        """Save an episode's passages; they are safely on disk when this returns."""
        self._folder.mkdir(parents=True, exist_ok=True)
        rows = list(passages.values())
        buffer = io.BytesIO()
        np.savez(
            buffer,
            ids=np.array(list(passages)),
            vectors=np.stack([row.vector for row in rows]),
            codes=np.concatenate([row.tokens.codes for row in rows]),
            units=np.concatenate([row.tokens.units for row in rows]),
            ends=np.cumsum([len(row.tokens.units) for row in rows]),
        )
        write_durably(self._path(slug), buffer.getvalue())

    def basis(self) -> TokenBasis | None:
        """The basis of all codes here, or None if nothing was embedded yet."""
        try:
            return read_basis(self._folder / BASIS_FILE, self._dimension)
        except (OSError, ValueError):
            return None

    def start(self, basis: TokenBasis) -> None:
        """Delete everything and save a new basis: codes of another basis are not compatible."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        buffer = io.BytesIO()
        np.save(buffer, basis.matrix)
        write_durably(self._folder / BASIS_FILE, buffer.getvalue())

    def link_into(self, folder: Path, slugs: Sequence[str]) -> None:
        """Link (or copy) the basis and the episodes' files into a generation's folder."""
        folder.mkdir()
        for name in [BASIS_FILE, *(slug + _SUFFIX for slug in slugs)]:
            try:
                os.link(self._folder / name, folder / name)
            except OSError:
                shutil.copyfile(self._folder / name, folder / name)

    def keep_only(self, slugs: Sequence[str]) -> None:
        """Drop episodes that are not in the archive any more, and incomplete files of a killed run."""
        wanted = {BASIS_FILE, *(self._path(slug).name for slug in slugs)}
        for path in self._folder.iterdir():
            if path.name not in wanted:
                path.unlink(missing_ok=True)

    def _path(self, slug: str) -> Path:
        return self._folder / f"{slug}{_SUFFIX}"


def forget(data: Path, slugs: Set[str]) -> None:
    """Remove episodes from the caches of all embedders, also of those that are not in use."""
    for path in (data / "vectors").glob(f"*/*{_SUFFIX}"):
        if path.name.removesuffix(_SUFFIX) in slugs:
            path.unlink(missing_ok=True)
