"""Builds the index from the archive: incremental, atomic, and safe to kill.

1. Take the lock: one build at a time in a data folder.
2. If the archive and the settings are the last build's, there is nothing to do.
3. Read the episodes, leave out duplicates, cut passages.
4. Embed the passages that are not in the vector cache, saving each episode when it is done.
5. Write a new generation next to the one in use, then make it the current one
   in a single step. The previous one stays for questions that are being answered;
   older ones are removed.

A kill at any point leaves the old generation in use; the next run finds the
embedded episodes in the cache and finishes.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator

from filelock import FileLock, Timeout

from index.building.generation import remove_leftovers, slugs_of_source, write_generation
from index.building.progress import Progress
from index.building.reading import Row, Unread, read_rows, report_from
from index.building.vector_cache import Embedded, VectorCache
from index.embedder import Embedder, Encoded, Vectors
from index.late_interaction import TokenBasis, TokenCodes, units_of
from index.manifest import (
    IndexMismatch,
    IndexMissing,
    current_generation,
    read_manifest,
    read_report,
    reader_version,
)
from index.opened import open_store
from index.store.base import StoreError
from ingest.models import Passage
from ingest.passages import PassageSettings
from ingest.report import IngestReport, Problem
from ingest.settings import Settings
from ingest.sources.open import Sources

# Passages embedded between two writes of the cache: a kill loses at most these, about ten seconds' work.
_CHUNK = 512


class BuildError(Exception):
    """The build failed; the previous index is still in use."""


def build_index(
    source: Sources, settings: Settings, embedder: Embedder, progress: Progress, *, rebuild: bool = False
) -> IngestReport:
    """Bring the index up to date with the archive; raises `BuildError` or `StoreError`.

    `rebuild` embeds and writes everything again.
    """
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        with FileLock(settings.data / "ingest.lock", timeout=0):
            return _build(source, settings, embedder, progress, rebuild)
    except Timeout as error:
        raise BuildError(
            f"another `citecast ingest` is at work in {settings.data}: wait for it, or give another --data"
        ) from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise BuildError(
                f"the disk that holds {settings.data} is full: free some space and run it again"
            ) from error
        raise BuildError(f"{error.filename or settings.data}: {error.strerror or error}") from error


def _build(source: Sources, settings: Settings, embedder: Embedder, progress: Progress, rebuild: bool) -> IngestReport:
    clock = time.perf_counter()
    if not rebuild and (report := _unchanged(source, settings, embedder)):
        remove_leftovers(settings)
        report.seconds = {"total": time.perf_counter() - clock}
        return report
    report = IngestReport(source=source.shown, version=source.version, sample=source.sample, changed=True)
    unread = Unread()
    rows = read_rows(source, PassageSettings(target=settings.passage_words), report, progress, unread)
    report.seconds["read"] = time.perf_counter() - clock
    if not rows and unread.withdraws(slugs_of_source(source, settings)):
        report.problems.append(Problem(source.shown, None, "no episode is published any more: the index is empty now"))
    elif not rows:
        raise BuildError(
            f"the archive {source.shown} holds no usable episode ({len(report.skipped)} files skipped"
            + (f", the first: {report.skipped[0]}" if report.skipped else "")
            + "). The index was left as it was."
        )
    mark = time.perf_counter()
    cache = VectorCache(settings.data, embedder.key, embedder.dimension)
    vectors = _embed(rows, cache, embedder, progress, report, rebuild)
    report.seconds["embed"] = time.perf_counter() - mark
    mark = time.perf_counter()
    write_generation(rows, vectors, cache, source, settings, embedder, progress, report, unread.unpublished)
    report.seconds["store"] = time.perf_counter() - mark
    report.seconds["total"] = time.perf_counter() - clock
    return report


def _unchanged(source: Sources, settings: Settings, embedder: Embedder) -> IngestReport | None:
    """The last report if a new build would give the same index, else None."""
    try:
        folder = current_generation(settings.data)
        manifest = read_manifest(folder)
        manifest.check(settings, embedder.key)
        if (manifest.source, manifest.version, manifest.reader) != (source.shown, source.version, reader_version()):
            return None
        store = open_store(settings, folder)
        whole = store.count() == manifest.passage_count
        store.close()
        report = report_from(read_report(folder))
    except (IndexMissing, IndexMismatch, StoreError, OSError, ValueError, TypeError, KeyError):
        return None
    return report if whole else None


def _embed(
    rows: list[Row], cache: VectorCache, embedder: Embedder, progress: Progress, report: IngestReport, rebuild: bool
) -> dict[str, Vectors]:
    """Vectors of passages by id: from the cache, else embedded and saved there."""
    basis = None if rebuild else cache.basis()
    known = {row.episode.slug: cache.read(row.episode.slug) if basis else {} for row in rows}
    vectors = {id: embedded.vector for own in known.values() for id, embedded in own.items()}
    stale = [row for row in rows if known[row.episode.slug].keys() != {passage.id for passage in row.passages}]
    progress.start("Embedding passages", sum(passage.id not in vectors for row in stale for passage in row.passages))
    for chunk in _chunks(stale):
        fresh = [passage for row in chunk for passage in row.passages if passage.id not in vectors]
        encoded = embedder.embed_passages([passage.embedded_text for passage in fresh], progress.advance)
        if basis is None:
            basis = TokenBasis.fit(encoded)
            cache.start(basis)
        made = {passage.id: _compress(passage, item, basis) for passage, item in zip(fresh, encoded, strict=True)}
        for row in chunk:
            own = known[row.episode.slug] | made
            cache.write(row.episode.slug, {passage.id: own[passage.id] for passage in row.passages})
        vectors |= {id: embedded.vector for id, embedded in made.items()}
    cache.keep_only([row.episode.slug for row in rows])
    report.embedded_episodes = len(stale)
    return vectors


def _compress(passage: Passage, encoded: Encoded, basis: TokenBasis) -> Embedded:
    units = units_of(passage.text, passage.embedded_text, encoded.offsets)
    return Embedded(encoded.vector, TokenCodes(basis.encode(encoded.tokens), units))


def _chunks(rows: list[Row]) -> Iterator[list[Row]]:
    """Groups of consecutive episodes with about `_CHUNK` passages together."""
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if sum(len(r.passages) for r in chunk) >= _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
