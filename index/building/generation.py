"""Writes a generation of the index next to the one in use, switches to it, and removes older ones."""

from __future__ import annotations

import json
import shutil
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from index.building.progress import Progress
from index.building.reading import Row
from index.building.space import require_space
from index.building.vector_cache import VectorCache, forget
from index.embedder import Embedder, Vectors
from index.episodes import write_episodes
from index.manifest import (
    FORMAT,
    GENERATION,
    IndexMismatch,
    IndexMissing,
    Manifest,
    current_generation,
    index_folder,
    passages_key,
    read_manifest,
    read_report,
    reader_version,
    store_key,
    write_durably,
)
from index.opened import collection_of, open_store
from index.store.base import PassageStore, Point, StoreError
from index.store.edge import EdgeStore
from index.store.server import ServerStore
from ingest.report import IngestReport
from ingest.settings import Settings
from ingest.sources.open import Sources
from ingest.text import words


def write_generation(
    rows: list[Row],
    vectors: dict[str, Vectors],
    cache: VectorCache,
    source: Sources,
    settings: Settings,
    embedder: Embedder,
    progress: Progress,
    report: IngestReport,
    withdrawn: set[str],
) -> None:
    """Write a generation next to the one in use and switch to it.

    Earlier generations that hold `withdrawn` episodes (slugs) are removed at once.
    """
    kept = {row.episode.slug for row in rows}
    gone = _slugs_before(settings.data) - kept
    report.removed_episodes, report.taken_down = len(gone), sorted(gone & withdrawn)
    forget(settings.data, withdrawn - kept)
    folder = index_folder(settings.data) / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"
    folder.mkdir(parents=True)
    previous = _current(settings.data)
    try:
        progress.start("Writing the index", report.passages)
        store = _create_store(settings, folder, rows, embedder.dimension)
        try:
            store.put(_points(rows, vectors, progress))
            store.flush()
        finally:
            store.close()
        # Opening touches parts of the files that the build did not: if that needs disk space, it is used now.
        open_store(settings, folder).close()
        cache.link_into(folder / "tokens", [row.episode.slug for row in rows])
        write_durably(folder / "words.json", json.dumps(_frequencies(rows)).encode())
        write_episodes(folder / "episodes.jsonl", ((row.episode, row.passages) for row in rows))
        manifest = Manifest(
            format=FORMAT,
            source=source.shown,
            version=source.version,
            sample=source.sample,
            embedder=embedder.key,
            dimension=embedder.dimension,
            store=store_key(settings),
            passages=passages_key(settings),
            episodes=report.episodes,
            passage_count=report.passages,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            reader=reader_version(),
            name=source.name,
            questions=source.questions,
        )
        write_durably(folder / "slugs.json", json.dumps([row.episode.slug for row in rows]).encode())
        write_durably(folder / "report.json", json.dumps(report.to_json()).encode())
        write_durably(folder / "manifest.json", json.dumps(manifest.to_json(), indent=1).encode())
        write_durably(index_folder(settings.data) / "current", folder.name.encode())
    except BaseException:
        if _current(settings.data) != folder:  # an interrupt can come after the switch
            _discard(settings, folder)
        raise
    _remove_older(settings, {folder} if report.taken_down else {folder, previous})


def _frequencies(rows: list[Row]) -> dict[str, int]:
    """Number of passages with each word."""
    counts: Counter[str] = Counter()
    for row in rows:
        for passage in row.passages:
            counts.update(set(words(passage.embedded_text)))
    return dict(counts)


def _points(rows: list[Row], vectors: dict[str, Vectors], progress: Progress) -> Iterator[Point]:
    for row in rows:
        for passage in row.passages:
            yield Point(
                passage.id,
                np.asarray(vectors[passage.id], np.float32),
                passage.embedded_text,
                {
                    "episode": row.episode.slug,
                    "title": row.episode.title,
                    "chapter": row.episode.chapters[passage.chapter].title,
                    "guests": list(row.episode.guests),
                    "topics": list(row.episode.topics),
                    "season": row.episode.season,
                    "speaker": passage.speaker,
                    "start": passage.start,
                    "end": passage.end,
                },
            )
        progress.advance(len(row.passages))


def _create_store(settings: Settings, folder: Path, rows: list[Row], dimension: int) -> PassageStore:
    if settings.store:
        return ServerStore.create(settings.store, collection_of(folder), dimension)
    require_space(folder, rows, dimension)
    return EdgeStore.create(folder / "shard", dimension)


def _slugs_before(data: Path) -> set[str]:
    try:
        return _slugs_in(current_generation(data))
    except IndexMissing:
        return set()


def _slugs_in(folder: Path) -> set[str]:
    """The slugs of a generation's episodes; none if the file is damaged."""
    try:
        return set(json.loads((folder / "slugs.json").read_text()))
    except (OSError, ValueError, TypeError):
        return set()


def slugs_of_source(source: Sources, settings: Settings) -> set[str]:
    """Slugs in the current index if it was built from the same archive, else empty."""
    try:
        same = read_manifest(current_generation(settings.data)).source == source.shown
    except (IndexMissing, IndexMismatch):
        return set()
    return _slugs_before(settings.data) if same else set()


def _current(data: Path) -> Path | None:
    try:
        return current_generation(data)
    except IndexMissing:
        return None


def remove_leftovers(settings: Settings) -> None:
    """Remove what killed builds left; the current generation and the last complete one before it stay.

    The one before goes too if the current one took an episode down: a build can be killed before it removes it.
    """
    current = current_generation(settings.data)
    manifests = [path for path in index_folder(settings.data).glob("*/manifest.json") if path.parent != current]
    before = max(manifests, key=lambda path: path.stat().st_mtime_ns, default=None)
    taken_down = set(read_report(current)["taken_down"])
    holds = before is not None and taken_down & _slugs_in(before.parent)
    _remove_older(settings, {current} if before is None or holds else {current, before.parent})


def _remove_older(settings: Settings, keep: set[Path | None]) -> None:
    """Remove all generations except the new and the previous one, which questions in progress still read."""
    for path in index_folder(settings.data).iterdir():
        if GENERATION.fullmatch(path.name) and path not in keep:
            _discard(settings, path)
        elif path.name.startswith(".current."):  # incomplete, from a killed run
            path.unlink(missing_ok=True)


def _discard(settings: Settings, folder: Path) -> None:
    if settings.store:
        with suppress(StoreError):  # gone already, or the server is
            store = ServerStore.connect(settings.store, collection_of(folder))
            store.drop()
            store.close()
    shutil.rmtree(folder, ignore_errors=True)
