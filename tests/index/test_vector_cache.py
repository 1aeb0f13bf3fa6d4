"""Tests the vector cache: what is written is read, and damaged files count as absent."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import numpy as np
import pytest

from index.building.vector_cache import Embedded, VectorCache, read_basis, read_embedded
from index.late_interaction import DIMENSIONS, TokenBasis, TokenCodes

DIM = 128


def embedded(seed: int, pieces: int) -> Embedded:
    random = np.random.default_rng(seed)
    codes = random.integers(-127, 128, (pieces, DIMENSIONS)).astype(np.int8)
    return Embedded(random.normal(size=DIM).astype(np.float32), TokenCodes(codes, np.arange(pieces, dtype=np.uint8)))


PASSAGES = {f"id-{i}": embedded(i, pieces) for i, pieces in enumerate((3, 0, 7))}
BASIS = TokenBasis(np.eye(DIM, DIMENSIONS, dtype=np.float32))


@pytest.fixture
def cache(tmp_path: Path) -> VectorCache:
    cache = VectorCache(tmp_path, "model/name v1", DIM)
    cache.start(BASIS)
    cache.write("talk", PASSAGES)
    return cache


@pytest.fixture
def folder(tmp_path: Path, cache: VectorCache) -> Path:
    return tmp_path / "vectors" / "model_name_v1"


def same(one: dict[str, Embedded], other: dict[str, Embedded]) -> bool:
    return list(one) == list(other) and all(
        np.array_equal(one[id].vector, other[id].vector)
        and np.array_equal(one[id].tokens.codes, other[id].tokens.codes)
        and np.array_equal(one[id].tokens.units, other[id].tokens.units)
        for id in one
    )


def test_what_is_written_is_read(cache: VectorCache, folder: Path) -> None:
    assert same(cache.read("talk"), PASSAGES)
    basis = cache.basis()
    assert basis is not None
    assert np.array_equal(basis.matrix, BASIS.matrix)
    assert sorted(path.name for path in folder.iterdir()) == ["basis.npy", "talk.npz"]


def test_an_unknown_episode_and_an_empty_cache(tmp_path: Path, cache: VectorCache) -> None:
    assert cache.read("other") == {}
    assert VectorCache(tmp_path, "another", DIM).basis() is None


def test_models_do_not_see_each_others_files(tmp_path: Path, cache: VectorCache) -> None:
    assert VectorCache(tmp_path, "another", DIM).read("talk") == {}


def test_vectors_of_another_dimension_count_as_absent(tmp_path: Path, cache: VectorCache) -> None:
    other = VectorCache(tmp_path, "model/name v1", DIM + 1)
    assert other.read("talk") == {}
    assert other.basis() is None


@pytest.mark.parametrize("name", ["talk.npz", "basis.npy"])
@pytest.mark.parametrize("seed", range(40))
def test_damage_at_random_counts_as_absent_or_changes_nothing(
    cache: VectorCache, folder: Path, name: str, seed: int
) -> None:
    random = Random(seed)
    path = folder / name
    data = bytearray(path.read_bytes())
    at = random.randrange(len(data))
    kind = random.choice(("cut", "bytes", "flip"))
    if kind == "cut":
        data = data[:at]
    elif kind == "bytes":
        data[at : at + 30] = random.randbytes(30)
    else:
        data[at] ^= 1 << random.randrange(8)
    path.write_bytes(data)
    if name == "talk.npz":
        read = cache.read("talk")
        assert read == {} or same(read, PASSAGES)
    else:
        basis = cache.basis()
        assert basis is None or basis.matrix.shape == (DIM, DIMENSIONS)


@pytest.mark.parametrize("content", [b"", b"PK", b"\x93NUMPY", b"text"])
def test_files_that_are_something_else(cache: VectorCache, folder: Path, content: bytes) -> None:
    for name in ("talk.npz", "basis.npy"):
        (folder / name).write_bytes(content)
    assert cache.read("talk") == {}
    assert cache.basis() is None
    with pytest.raises(ValueError):
        read_embedded(folder / "talk.npz", DIM)
    with pytest.raises(ValueError):
        read_basis(folder / "basis.npy", DIM)


def test_arrays_of_the_wrong_kind_are_damage(folder: Path) -> None:
    np.savez(folder / "odd.npz", ids=1, vectors=1, codes=1, units=1, ends=1)
    np.savez(folder / "words.npz", ids=["a"], vectors=["a"], codes=["a"], units=["a"], ends=["a"])
    np.savez(folder / "fewer.npz", ids=["a"])
    np.save(folder / "pickled.npy", np.array([{}], dtype=object), allow_pickle=True)
    for name in ("odd.npz", "words.npz", "fewer.npz", "pickled.npy"):
        with pytest.raises(ValueError):
            read_embedded(folder / name, DIM)
    (folder / "odd.npz").replace(folder / "basis.npy")
    with pytest.raises(ValueError):
        read_basis(folder / "basis.npy", DIM)


def test_a_new_basis_forgets_everything(cache: VectorCache) -> None:
    cache.start(TokenBasis(BASIS.matrix * 2))
    assert cache.read("talk") == {}
    basis = cache.basis()
    assert basis is not None
    assert basis.matrix[0, 0] == 2


def test_keep_only_drops_other_episodes_and_what_a_killed_run_left(cache: VectorCache, folder: Path) -> None:
    cache.write("gone", PASSAGES)
    (folder / ".talk.npz.123").write_bytes(b"half")
    cache.keep_only(["talk"])
    assert sorted(path.name for path in folder.iterdir()) == ["basis.npy", "talk.npz"]


def test_a_generations_files_outlive_the_caches(cache: VectorCache, tmp_path: Path) -> None:
    cache.link_into(tmp_path / "tokens", ["talk"])
    cache.write("talk", {"new": embedded(9, 2)})
    cache.start(BASIS)
    assert same(read_embedded(tmp_path / "tokens" / "talk.npz", DIM), PASSAGES)


def test_where_links_are_impossible_files_are_copied(
    cache: VectorCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise OSError("no links on this disk")

    monkeypatch.setattr(os, "link", refuse)
    cache.link_into(tmp_path / "tokens", ["talk"])
    assert same(read_embedded(tmp_path / "tokens" / "talk.npz", DIM), PASSAGES)
