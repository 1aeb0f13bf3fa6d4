"""Provides fixtures for several test files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from builds import Built
from fakes import CountingProgress, FakeClock, FakeEmbedder, make_archive, settings_for, source_of
from hypothesis import settings as hypothesis_settings

from index.building.build import build_index
from index.embedder import Embedder
from index.opened import Index
from ingest.sources.open import sample_source

# Each worker computes on its share of the cores; otherwise they would wait for each other.
if _workers := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "0")):
    _share = max(1, (os.cpu_count() or 1) // _workers)
    os.environ["OMP_NUM_THREADS"] = str(_share)  # for processes that tests start
    os.cpu_count = lambda: _share

# The same examples in each run, however slow the machine is.
hypothesis_settings.register_profile("citecast", deadline=None, derandomize=True)
hypothesis_settings.load_profile("citecast")
# Others in each run, and many: `pytest --hypothesis-profile=long`.
hypothesis_settings.register_profile("long", deadline=None, max_examples=12_000)


@pytest.fixture
def clock() -> FakeClock:
    """A clock that is set by hand."""
    return FakeClock()


@pytest.fixture(scope="session")
def minilm() -> Embedder:
    """The packaged model, loaded once."""
    return Embedder()


@pytest.fixture(scope="session")
def sample_built(tmp_path_factory: pytest.TempPathFactory, minilm: Embedder) -> Built:
    """The sample archive, built with the real model into the embedded store."""
    settings = settings_for(tmp_path_factory.mktemp("sample"))
    return Built(settings, minilm, build_index(sample_source(), settings, minilm, CountingProgress()))


@pytest.fixture(scope="session")
def sample_index(sample_built: Built) -> Iterator[Index]:
    """The sample archive's index, opened."""
    index = sample_built.open()
    yield index
    index.store.close()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A generated archive of three episodes."""
    return make_archive(tmp_path / "archive")


@pytest.fixture
def built(tmp_path: Path, archive: Path) -> Built:
    """The generated archive, built with the fake embedder."""
    settings, embedder = settings_for(tmp_path / "data"), FakeEmbedder()
    return Built(settings, embedder, build_index(source_of(archive), settings, embedder, CountingProgress()))
