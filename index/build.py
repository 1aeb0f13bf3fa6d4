"""Archive -> index: incremental, atomic, and safe to kill.

1. Take the lock: one build at a time in a data folder.
2. If the archive and the settings are the last build's, there is nothing to do.
3. Read the episodes, leave out duplicates, cut passages.
4. Embed what the vector cache does not hold, keeping each episode as it is done.
5. Write a new generation beside the one in use, then make it the current one
   in a single step. The one before stays for questions that are being answered;
   older ones are removed.

A kill at any point leaves the old generation in use; the next run finds the
embedded episodes in the cache and finishes.
"""

from __future__ import annotations

import errno
import json
import mmap
import os
import shutil
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import numpy as np
from filelock import FileLock, Timeout

from index.catalog import collection_of, open_store, store_key
from index.embedder import Embedder, Encoded, Vectors
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
    reader_version,
    write_durably,
)
from index.store.base import PassageStore, Point, StoreError
from index.tokens import TokenBasis, TokenCodes, units_of
from index.vectors import Embedded, VectorCache
from ingest.archive import ReadEpisode, episode_files, other_files, read_episode, read_people
from ingest.duplicates import find_duplicates
from ingest.files import BadFile, SourceFile, Unpublished
from ingest.models import Episode, Passage
from ingest.passages import PassageSettings, passages_of
from ingest.report import EpisodeCounts, IngestReport, LabelNote, LeftOut, LostWords, Problem
from ingest.settings import Settings
from ingest.source import Source
from ingest.text import words

# Passages embedded between two writes of the cache: what a kill can lose, about ten seconds' work.
_CHUNK = 512
# What an empty shard takes where files have no holes, or reading a hole fills it (a tmpfs): the first chunk of vectors,
# 32 MiB, and some thirty maps of flags and values. Elsewhere it stays below half a MB.
_SHARD_BYTES = 72 * 1024 * 1024
_SPARSE_SHARD_BYTES = 2 * 1024 * 1024


class BuildError(Exception):
    """The build could not be done; what was there before is still in use."""


class Progress(Protocol):
    """Hears how far a build is."""

    def start(self, stage: str, total: int) -> None:
        """A stage with `total` steps begins."""

    def advance(self, steps: int) -> None:
        """Steps of the current stage were done."""


@dataclass(frozen=True, slots=True)
class _Row:
    episode: Episode
    passages: list[Passage]


@dataclass(slots=True)
class _Unread:
    """The episode files that are not read: the slugs of unpublished ones, and how many are damaged."""

    unpublished: set[str] = field(default_factory=set)
    damaged: int = 0

    def withdraws(self, indexed: set[str]) -> bool:
        """Whether an archive without a usable episode has taken back what is indexed of it.

        Where files are only damaged, the index of last time is worth more than none.
        """
        return bool(indexed) and (not self.damaged or bool(self.unpublished & indexed))


def build_index(
    source: Source, settings: Settings, embedder: Embedder, progress: Progress, *, rebuild: bool = False
) -> IngestReport:
    """Bring the index up to date with the archive; raises `BuildError` or `StoreError`.

    `rebuild` embeds and writes everything anew.
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


def _build(source: Source, settings: Settings, embedder: Embedder, progress: Progress, rebuild: bool) -> IngestReport:
    clock = time.perf_counter()
    if not rebuild and (report := _unchanged(source, settings, embedder)):
        report.seconds = {"total": time.perf_counter() - clock}
        return report
    report = IngestReport(source=source.shown, version=source.version, sample=source.sample, changed=True)
    unread = _Unread()
    rows = _read(source, PassageSettings(target=settings.passage_words), report, progress, unread)
    report.seconds["read"] = time.perf_counter() - clock
    if not rows and unread.withdraws(_slugs_of_source(source, settings)):
        report.problems.append(Problem("_podcast", None, "no episode is published any more: the index is empty now"))
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
    _write_generation(rows, vectors, cache, source, settings, embedder, progress, report)
    report.seconds["store"] = time.perf_counter() - mark
    report.seconds["total"] = time.perf_counter() - clock
    return report


def _unchanged(source: Source, settings: Settings, embedder: Embedder) -> IngestReport | None:
    """The last report where nothing would come out differently, else None."""
    try:
        folder = current_generation(settings.data)
        manifest = read_manifest(folder)
        manifest.check(
            embedder=embedder.key, store=store_key(settings), settings=PassageSettings(target=settings.passage_words)
        )
        if (manifest.source, manifest.version, manifest.reader) != (source.shown, source.version, reader_version()):
            return None
        store = open_store(settings, folder)
        whole = store.count() == manifest.passage_count
        store.close()
        report = _report_from(json.loads((folder / "report.json").read_text()))
    except (IndexMissing, IndexMismatch, StoreError, OSError, ValueError, TypeError, KeyError):
        return None
    return report if whole else None


def _report_from(kept: dict[str, object]) -> IngestReport:
    report = IngestReport(**kept | {"seconds": {}, "changed": False, "embedded_episodes": 0, "removed_episodes": 0})  # type: ignore[arg-type]
    report.counts = EpisodeCounts(**kept["counts"])  # type: ignore[arg-type]
    report.skipped = [Problem(**item) for item in kept["skipped"]]  # type: ignore[attr-defined]
    report.problems = [Problem(**item) for item in kept["problems"]]  # type: ignore[attr-defined]
    report.labels = [LabelNote(**item) for item in kept["labels"]]  # type: ignore[attr-defined]
    report.duplicates = [(item["dropped"], item["kept"]) for item in kept["duplicates"]]  # type: ignore[attr-defined]
    report.left_out = [LostWords(**item) for item in kept["left_out"]]  # type: ignore[attr-defined]
    return report


def _read(
    source: Source, settings: PassageSettings, report: IngestReport, progress: Progress, unread: _Unread
) -> list[_Row]:
    """Episodes with passages, in order; faults, counts and duplicates go to the report."""
    people, report.problems = read_people(source.root)
    files = episode_files(source.root)
    report.skipped = [
        Problem(file.shown, None, "no Markdown file; it is not read") for file in other_files(source.root)
    ]
    progress.start("Reading episodes", len(files))
    read: dict[str, ReadEpisode] = {}
    for file in files:
        try:
            one = read_episode(file, people, sample=source.sample)
            if one.episode.slug in read:
                raise BadFile(f"a second file for the slug {one.episode.slug!r}", words=one.counts.words_in)
            read[one.episode.slug] = one
        except BadFile as bad:
            _skip(file, bad, report, unread)
        progress.advance(1)
    report.duplicates = find_duplicates([one.episode for one in read.values()])
    dropped = {slug for slug, _ in report.duplicates}
    rows = [_Row(one.episode, passages_of(one.episode, settings)) for one in read.values()]
    for row, one in zip(rows, read.values(), strict=True):
        _count(row, one, report, dropped=row.episode.slug in dropped)
    rows = [row for row in rows if row.episode.slug not in dropped]
    report.episodes, report.passages = len(rows), sum(len(row.passages) for row in rows)
    return rows


def _skip(file: SourceFile, bad: BadFile, report: IngestReport, unread: _Unread) -> None:
    """Report a file that is not read, and count the words of its transcript."""
    if file.template:
        report.skipped.append(Problem(file.shown, None, "the site's blank form, no episode"))
        return
    report.skipped.append(Problem(file.shown, bad.line, str(bad)))
    reason = LeftOut.SKIPPED
    if isinstance(bad, Unpublished):
        reason = LeftOut.UNPUBLISHED
        unread.unpublished |= {file.slug, file.slug.lstrip("_")}
    else:
        unread.damaged += 1
    report.leave_out(LostWords(file.shown, bad.line, str(reason), bad.words))


def _count(row: _Row, read: ReadEpisode, report: IngestReport, *, dropped: bool) -> None:
    """Add an episode's counts: those of what is in its passages, or of a duplicate that all its words are left out."""
    file = read.file.shown
    report.problems.extend(read.problems)
    if dropped:
        report.leave_out(LostWords(file, None, str(LeftOut.DUPLICATE), read.counts.words_in))
        return
    report.labels.extend(read.labels)
    report.left_out.extend(read.left_out)
    report.counts.add(read.counts)
    indexed = sum(len(passage.text.split()) for passage in row.passages)
    if indexed != read.counts.words:
        report.counts.words += indexed - read.counts.words
        report.problems.append(
            Problem(file, None, f"{read.counts.words - indexed:,} words are in no passage: a fault of Citecast")
        )


def _embed(
    rows: list[_Row], cache: VectorCache, embedder: Embedder, progress: Progress, report: IngestReport, rebuild: bool
) -> dict[str, Vectors]:
    """Passages' vectors by id: from the cache where they are known, else embedded and kept there."""
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


def _chunks(rows: list[_Row]) -> Iterator[list[_Row]]:
    """Runs of episodes with about `_CHUNK` passages together."""
    chunk: list[_Row] = []
    for row in rows:
        chunk.append(row)
        if sum(len(r.passages) for r in chunk) >= _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _write_generation(
    rows: list[_Row],
    vectors: dict[str, Vectors],
    cache: VectorCache,
    source: Source,
    settings: Settings,
    embedder: Embedder,
    progress: Progress,
    report: IngestReport,
) -> None:
    """Write a generation beside the one in use and switch to it."""
    before = _slugs_before(settings.data)
    report.removed_episodes = len(before - {row.episode.slug for row in rows})
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
        # Readers touch what the build did not: where that takes space, it is taken now.
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
            passages=passages_key(PassageSettings(target=settings.passage_words)),
            episodes=report.episodes,
            passage_count=report.passages,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            reader=reader_version(),
        )
        write_durably(folder / "slugs.json", json.dumps([row.episode.slug for row in rows]).encode())
        write_durably(folder / "report.json", json.dumps(report.to_json()).encode())
        write_durably(folder / "manifest.json", json.dumps(manifest.to_json(), indent=1).encode())
        write_durably(index_folder(settings.data) / "current", folder.name.encode())
    except BaseException:
        if _current(settings.data) != folder:  # an interrupt can come after the switch
            _discard(settings, folder)
        raise
    _remove_older(settings, {folder, previous})


def _frequencies(rows: list[_Row]) -> dict[str, int]:
    """In how many passages each word stands."""
    counts: Counter[str] = Counter()
    for row in rows:
        for passage in row.passages:
            counts.update(set(words(passage.embedded_text)))
    return dict(counts)


def _points(rows: list[_Row], vectors: dict[str, Vectors], progress: Progress) -> Iterator[Point]:
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


def _create_store(settings: Settings, folder: Path, rows: list[_Row], dimension: int) -> PassageStore:
    if settings.store:
        from index.store.server import ServerStore

        return ServerStore.create(settings.store, collection_of(folder), dimension)
    from index.store.edge import EdgeStore

    _require_space(folder, rows, dimension)
    return EdgeStore.create(folder / "shard", dimension)


def _require_space(folder: Path, rows: list[_Row], dimension: int) -> None:
    """Refuse a disk that is too full for the shard.

    The engine writes through memory maps: where the disk fills up under it, the
    system kills the process (SIGBUS) and nobody learns why.
    """
    texts = sum(len(passage.embedded_text) for row in rows for passage in row.passages)
    vectors = sum(len(row.passages) for row in rows) * dimension
    empty = _SHARD_BYTES if _reading_fills(folder / "probe") else _SPARSE_SHARD_BYTES
    needed = empty + 4 * (texts + vectors)
    if shutil.disk_usage(folder).free < needed:
        raise OSError(errno.ENOSPC, "too little space for the index", str(folder))
    _try_out(folder / "probe", needed)


def _reading_fills(probe: Path) -> bool:
    """Whether a hole in a file takes space as soon as it is read through a memory map."""
    try:
        with probe.open("w+b") as file:
            file.truncate(mmap.PAGESIZE)
            with mmap.mmap(file.fileno(), mmap.PAGESIZE) as mapped:
                _ = mapped[0]
            return os.fstat(file.fileno()).st_blocks > 0
    except OSError as error:
        return error.errno == errno.ENOSPC
    finally:
        probe.unlink(missing_ok=True)


def _try_out(probe: Path, size: int) -> None:
    """Have the disk set so many bytes aside, and give them back: a quota does not show in what is free."""
    try:
        with probe.open("wb") as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            return  # a file system that cannot do it says nothing about its space
        raise OSError(errno.ENOSPC, "too little space for the index", str(probe.parent)) from error
    finally:
        probe.unlink(missing_ok=True)


def _slugs_of_source(source: Source, settings: Settings) -> set[str]:
    """What the index holds, where it was built from the same archive."""
    try:
        same = read_manifest(current_generation(settings.data)).source == source.shown
    except (IndexMissing, IndexMismatch):
        return set()
    return _slugs_before(settings.data) if same else set()


def _slugs_before(data: Path) -> set[str]:
    try:
        return set(json.loads((current_generation(data) / "slugs.json").read_text()))
    except (IndexMissing, OSError, ValueError, TypeError):
        return set()


def _current(data: Path) -> Path | None:
    try:
        return current_generation(data)
    except IndexMissing:
        return None


def _remove_older(settings: Settings, keep: set[Path | None]) -> None:
    """Remove generations but the new one and the one before: a question that is being answered still reads that."""
    for path in index_folder(settings.data).iterdir():
        if GENERATION.fullmatch(path.name) and path not in keep:
            _discard(settings, path)
        elif path.name.startswith(".current."):  # half-written by a killed run
            path.unlink(missing_ok=True)


def _discard(settings: Settings, folder: Path) -> None:
    if settings.store:
        _drop_collection(settings.store, collection_of(folder))
    shutil.rmtree(folder, ignore_errors=True)


def _drop_collection(url: str, collection: str) -> None:
    from index.store.server import ServerStore

    with suppress(StoreError):  # gone already, or the server is
        store = ServerStore.connect(url, collection)
        store.drop()
        store.close()
