"""Tests the build of an index: only what is needed, whole or not at all, whatever is damaged, killed, full or busy."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import forkserver
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from builds import Built
from fakes import (
    CountingProgress,
    FakeEmbedder,
    build_in_child,
    make_archive,
    settings_for,
    source_file,
    source_of,
    write_episode,
)
from filelock import FileLock
from qdrant_fake import serving

from index.archive import Archive
from index.building.build import BuildError, build_index
from index.manifest import FORMAT, GENERATION, IndexMismatch, IndexMissing, current_generation
from index.opened import Index, open_index
from index.retrieve import Retriever
from index.store.base import StoreError
from ingest.report import IngestReport
from ingest.settings import Settings


def build(archive: Path, settings: Settings, embedder: FakeEmbedder | None = None, **options: Any) -> IngestReport:
    return build_index(source_of(archive), settings, embedder or FakeEmbedder(), CountingProgress(), **options)


def opened(settings: Settings) -> Index:
    return open_index(settings, FakeEmbedder())


def contents(settings: Settings) -> dict[str, Any]:
    """All data that an index answers from, to compare two indexes."""
    index = opened(settings)
    try:
        hits = index.store.dense(FakeEmbedder().embed_query("ba ce di fo gu").vector, 1000)
        return {
            "episodes": index.episodes,
            "passages": index.passages,
            "frequencies": index.frequencies,
            "cosines": {hit.id: round(hit.score, 5) for hit in hits},
            "payloads": index.store.payloads(list(index.passages)),
            "pieces": {id: len(index.tokens.of(passage).units) for id, passage in index.passages.items()},
        }
    finally:
        index.store.close()


def generations(settings: Settings) -> list[str]:
    return sorted(p.name for p in (settings.data / "index").iterdir() if p.is_dir())


def dates(settings: Settings) -> dict[str, tuple[str, str] | None]:
    index = opened(settings)
    index.store.close()
    return {slug: episode.dated for slug, episode in index.episodes.items()}


def write_events(archive: Path, days: dict[str, str]) -> None:
    events = "".join(f"- time: {day} 17:00:00\n  youtube: https://youtu.be/{video}\n" for video, day in days.items())
    source_file(archive / "_data" / "events.yaml", events)


class TestIncrement:
    def test_a_first_build(self, built: Built, archive: Path) -> None:
        report = built.report
        assert (report.changed, report.episodes, report.embedded_episodes, report.removed_episodes) == (True, 3, 3, 0)
        index = built.open()
        assert list(index.episodes) == ["alpha", "beta", "gamma"]
        assert index.store.count() == len(index.passages) == report.passages
        assert index.manifest.version == source_of(archive).version
        assert index.catalog.guests == ("Alpha Tester", "Beta Tester", "Gamma Tester")
        assert index.catalog.topics[0] == "generated"
        assert set(built.report.seconds) == {"read", "embed", "store", "total"}

    def test_an_archive_that_another_reader_read_is_read_again_and_nothing_is_embedded_twice(
        self, built: Built, archive: Path
    ) -> None:
        manifest = current_generation(built.settings.data) / "manifest.json"
        manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"reader": "an older one"}))
        report = build(archive, built.settings)
        assert (report.changed, report.embedded_episodes) == (True, 0)
        assert not build(archive, built.settings).changed

    def test_an_unchanged_archive_does_nothing(self, built: Built, archive: Path) -> None:
        before = current_generation(built.settings.data)
        embedder = FakeEmbedder()
        report = build(archive, built.settings, embedder)
        assert not report.changed
        assert embedder.embedded == []
        assert current_generation(built.settings.data) == before
        assert (report.episodes, report.passages, report.counts) == (3, built.report.passages, built.report.counts)
        assert (report.skipped, report.problems, report.duplicates) == ([], built.report.problems, [])

    def test_an_edited_list_of_events_changes_dates_and_embeds_nothing(self, built: Built, archive: Path) -> None:
        assert dates(built.settings) == dict.fromkeys(("alpha", "beta", "gamma"), ("2024-02-03", "published"))
        assert (built.report.recorded, built.report.published, built.report.events) == (0, 3, False)
        for day in ("2024-01-15", "2024-01-16"):
            write_events(archive, {"vid_beta___": day, "vid_nobody_": "2020-01-01"})
            embedder = FakeEmbedder()
            report = build(archive, built.settings, embedder)
            assert (report.changed, embedder.embedded) == (True, [])
            assert dates(built.settings)["beta"] == (day, "recorded")
            assert dates(built.settings)["alpha"] == ("2024-02-03", "published")
            assert (report.recorded, report.published, report.events) == (1, 2, True)
            assert [str(problem) for problem in report.problems] == [
                "_data/events.yaml: no event dates the video of 2 episodes (alpha, gamma); "
                "they have the day of publication, if any"
            ]
        assert not build(archive, built.settings).changed
        (archive / "_data" / "events.yaml").unlink()
        build(archive, built.settings)
        assert dates(built.settings)["beta"] == ("2024-02-03", "published")

    def test_a_broken_list_of_events_is_told_and_the_rest_is_built(self, built: Built, archive: Path) -> None:
        source_file(archive / "_data" / "events.yaml", "- [")
        report = build(archive, built.settings)
        assert (report.episodes, report.recorded, report.published, report.events) == (3, 0, 3, True)
        (problem,) = report.problems
        assert problem.file == "_data/events.yaml"
        assert problem.reason.startswith("invalid YAML")

    def test_a_changed_episode_embeds_its_own_passages_only(self, built: Built, archive: Path) -> None:
        before = contents(built.settings)
        write_episode(archive, "beta", seed="new")
        embedder = FakeEmbedder()
        report = build(archive, built.settings, embedder)
        assert report.embedded_episodes == 1
        assert embedder.embedded
        assert all(text.startswith("All about beta") for text in embedder.embedded)
        after = contents(built.settings)
        others = {id for id, passage in before["passages"].items() if passage.episode != "beta"}
        assert others < after["passages"].keys()
        assert all(before["cosines"][id] == after["cosines"][id] for id in others)
        assert before["passages"].keys() & after["passages"].keys() == others

    def test_a_changed_paragraph_embeds_its_passage_only(self, built: Built, archive: Path) -> None:
        path = archive / "_podcast" / "beta.md"
        text = path.read_text()
        path.write_text(text.replace("- line: ", "- line: Changed ", 1))
        embedder = FakeEmbedder()
        build(archive, built.settings, embedder)
        assert len(embedder.embedded) == 1

    def test_a_new_time_embeds_nothing_and_is_in_the_index(self, built: Built, archive: Path) -> None:
        path = archive / "_podcast" / "beta.md"
        path.write_text(path.read_text().replace("sec: 15\n", "sec: 14\n"))
        embedder = FakeEmbedder()
        report = build(archive, built.settings, embedder)
        assert report.changed
        assert embedder.embedded == []
        assert opened(built.settings).episodes["beta"].segments[1].start == 14

    def test_a_removed_episode_goes_and_embeds_nothing(self, built: Built, archive: Path) -> None:
        (archive / "_podcast" / "beta.md").unlink()
        embedder = FakeEmbedder()
        report = build(archive, built.settings, embedder)
        assert (report.removed_episodes, embedder.embedded) == (1, [])
        index = opened(built.settings)
        assert list(index.episodes) == ["alpha", "gamma"]
        assert index.store.count() == len(index.passages)
        assert not list(built.settings.data.glob("vectors/*/beta.npz"))

    def test_an_episode_that_turns_bad_goes_and_is_reported(self, built: Built, archive: Path) -> None:
        source_file(archive / "_podcast" / "beta.md", "---\ntitle: x\n")
        report = build(archive, built.settings)
        assert [str(problem) for problem in report.skipped] == [
            "_podcast/beta.md:3: the front matter is not closed with ---; is the file cut off?"
        ]
        assert report.removed_episodes == 1

    def test_ids_and_everything_else_are_the_same_in_a_build_from_nothing(
        self, built: Built, archive: Path, tmp_path: Path
    ) -> None:
        write_episode(archive, "beta", seed="new")
        (archive / "_podcast" / "alpha.md").unlink()
        write_episode(archive, "delta")
        build(archive, built.settings)
        fresh = settings_for(tmp_path / "fresh")
        build(archive, fresh)
        assert contents(built.settings) == contents(fresh)

    def test_a_rebuild_embeds_everything(self, built: Built, archive: Path) -> None:
        before = contents(built.settings)
        embedder = FakeEmbedder()
        assert build(archive, built.settings, embedder, rebuild=True).embedded_episodes == 3
        assert len(embedder.embedded) == built.report.passages
        assert contents(built.settings) == before

    def test_a_guests_new_name_is_embedded_anew(self, built: Built, archive: Path) -> None:
        source_file(archive / "_people" / "guestofbeta.md", "---\ntitle: Beata Other\n---\n")
        embedder = FakeEmbedder()
        build(archive, built.settings, embedder)
        assert embedder.embedded
        assert all("Beata Other" in text for text in embedder.embedded)

    def test_the_same_transcript_twice_is_indexed_once(self, built: Built, archive: Path) -> None:
        shutil.copy(archive / "_podcast" / "alpha.md", archive / "_podcast" / "copy.md")
        report = build(archive, built.settings)
        assert report.duplicates == [("copy", "alpha")]
        assert "copy" not in opened(built.settings).episodes
        assert build(archive, built.settings).duplicates == [("copy", "alpha")]

    def test_two_files_of_one_slug(self, built: Built, archive: Path) -> None:
        write_episode(archive, "alpha.md", seed="other")
        report = build(archive, built.settings)
        assert [p.reason for p in report.skipped] == ["a second file for the slug 'alpha'"]

    def test_many_passages_are_kept_in_chunks(self, tmp_path: Path) -> None:
        archive = make_archive(tmp_path / "archive", [f"talk{i:02}" for i in range(20)], lines=120)
        settings, embedder = settings_for(tmp_path / "data", passage_words=40), FakeEmbedder()
        progress = CountingProgress()
        report = build_index(source_of(archive), settings, embedder, progress)
        assert report.passages > 1000
        assert len(embedder.embedded) == report.passages
        assert progress.done == {
            "Reading episodes": 20,
            "Embedding passages": report.passages,
            "Writing the index": report.passages,
        }

    def test_a_model_of_few_dimensions(self, archive: Path, tmp_path: Path) -> None:
        settings = settings_for(tmp_path / "data")
        build(archive, settings, FakeEmbedder(dimension=32))
        embedder = FakeEmbedder(dimension=32)
        write_episode(archive, "alpha", seed="new")
        assert build(archive, settings, embedder).embedded_episodes == 1
        index = open_index(settings, embedder)
        assert Retriever(index, embedder).search("ba ce di").passages


class TestBadInput:
    def test_no_episode_at_all_leaves_the_index_as_it_was(self, built: Built, archive: Path) -> None:
        before = contents(built.settings)
        for path in (archive / "_podcast").iterdir():
            path.write_text("nothing")
        with pytest.raises(BuildError, match=r"no usable episode \(3 files skipped, the first: _podcast/alpha.md:1"):
            build(archive, built.settings)
        assert contents(built.settings) == before

    def test_an_empty_archive(self, tmp_path: Path) -> None:
        (tmp_path / "archive" / "_podcast").mkdir(parents=True)
        with pytest.raises(BuildError, match="no usable episode"):
            build(tmp_path / "archive", settings_for(tmp_path / "data"))

    def test_odd_names_and_values_do_not_stop_the_others(self, tmp_path: Path) -> None:
        archive = make_archive(tmp_path / "archive", ("alpha",))
        good = (archive / "_podcast" / "alpha.md").read_text().replace("alpha", "omega")
        for name in (b"\xff\xfe.md", b"a\nb.md", b".md", b"y" * 240 + b".md"):
            (archive / "_podcast" / os.fsdecode(name)).write_text(good)
        write_episode(archive, "beta 100% <b>'", season=10**39, topics=["x" * 9999, "\u200b"])
        write_episode(archive, "z" * 190)
        report = build(archive, settings_for(tmp_path / "data"))
        assert len(report.skipped) == 4
        assert all(str(problem).isprintable() for problem in report.skipped)
        assert report.episodes == 3
        assert json.loads(json.dumps(report.to_json()))
        assert "\n".join(report.lines()).encode()
        index = opened(settings_for(tmp_path / "data"))
        assert all(len(index.tokens.of(passage).units) for passage in index.passages.values())

    def test_a_data_folder_that_is_a_file_or_closed(self, archive: Path, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("x")
        with pytest.raises(BuildError, match="file"):
            build(archive, settings_for(tmp_path / "file"))
        with pytest.raises(BuildError, match="/proc"):
            build(archive, settings_for(Path("/proc/citecast")))

    def test_folders_of_others_beside_the_generations_stay(self, built: Built, archive: Path) -> None:
        kept = built.settings.data / "index" / "store"
        kept.mkdir()
        for seed in range(3):
            write_episode(archive, "beta", seed=seed)
            build(archive, built.settings)
        assert kept.is_dir()


class TestMismatch:
    @pytest.mark.parametrize(
        ("changes", "embedder", "named"),
        [
            ({}, FakeEmbedder("other"), "embedder 'fake-words', the settings say 'fake-other'"),
            ({"passage_words": 80}, FakeEmbedder(), "passages"),
            ({"store": "http://127.0.0.1:9"}, FakeEmbedder(), "store 'embedded'"),
        ],
    )
    def test_it_is_refused_with_the_command(
        self, built: Built, changes: dict[str, Any], embedder: FakeEmbedder, named: str
    ) -> None:
        settings = built.settings.model_copy(update=changes)
        with pytest.raises(IndexMismatch, match="run `citecast ingest`") as caught:
            open_index(settings, embedder)
        assert named in str(caught.value)

    def test_the_command_mends_it(self, built: Built, archive: Path) -> None:
        settings = built.settings.model_copy(update={"passage_words": 80})
        assert build(archive, settings).passages > built.report.passages
        assert opened(settings).manifest.passages["target"] == 80
        other = FakeEmbedder("other")
        build(archive, settings, other)
        assert len(other.embedded) == len(open_index(settings, other).passages)

    def test_another_format_is_refused_with_the_command(self, built: Built, archive: Path) -> None:
        path = current_generation(built.settings.data) / "manifest.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"format": FORMAT + 1}))
        with pytest.raises(IndexMismatch, match="run `citecast ingest`"):
            built.open()
        assert build(archive, built.settings).changed
        assert built.open()

    def test_no_index_names_the_command(self, tmp_path: Path) -> None:
        with pytest.raises(IndexMissing, match="run `citecast ingest`"):
            opened(settings_for(tmp_path))


FILES = ("manifest.json", "report.json", "slugs.json", "words.json", "episodes.jsonl", "../current")
TOKENS = ("tokens/basis.npy", "tokens/alpha.npz")
DAMAGES = [
    *((name, content) for name in (*FILES, *TOKENS) for content in (b"", b"null", b"\xff\xfe\x00", None)),
    *((name, content) for name in FILES[:3] for content in (b"{}", b'{"counts": 5}', b"[[]]")),
]


class TestDamage:
    @pytest.mark.parametrize(("name", "content"), DAMAGES)
    def test_any_file_is_named_with_the_command_and_mended_by_it(
        self, built: Built, archive: Path, name: str, content: bytes | None
    ) -> None:
        before = contents(built.settings)
        path = current_generation(built.settings.data) / name
        path.unlink() if content is None else replace(path, content)
        try:
            assert contents(built.settings) == before  # reports and such are not needed to answer
        except (IndexMissing, IndexMismatch, StoreError) as error:
            assert "`citecast ingest" in str(error)
        build(archive, built.settings)  # never an exception of another kind
        build(archive, built.settings, rebuild=True)
        assert contents(built.settings) == before

    @pytest.mark.parametrize("name", ["../current", "manifest.json", "report.json"])
    def test_a_plain_run_mends_what_it_reads_itself(self, built: Built, archive: Path, name: str) -> None:
        before = contents(built.settings)
        (current_generation(built.settings.data) / name).write_bytes(b"damaged")
        embedder = FakeEmbedder()
        assert build(archive, built.settings, embedder).changed
        assert embedder.embedded == []
        assert contents(built.settings) == before

    @pytest.mark.parametrize("seed", range(12))
    def test_a_damaged_cache_costs_time_only(self, built: Built, archive: Path, seed: int) -> None:
        before = contents(built.settings)
        random = Random(seed)
        path = random.choice(sorted(built.settings.data.glob("vectors/*/*")))
        whole = path.read_bytes()
        at = random.randrange(len(whole))
        replace(path, random.choice((whole[:at], whole[:at] + random.randbytes(9) + whole[at + 9 :], b"")))
        write_episode(archive, "delta")
        build(archive, built.settings)
        (archive / "_podcast" / "delta.md").unlink()
        build(archive, built.settings)
        assert {**contents(built.settings), "pieces": 0} == {**before, "pieces": 0}

    def test_a_damaged_shard_is_mended_by_a_plain_run_where_passages_are_missing(
        self, built: Built, archive: Path
    ) -> None:
        shutil.rmtree(current_generation(built.settings.data) / "shard" / "segments")
        with pytest.raises(StoreError, match="citecast ingest --rebuild"):
            built.open()
        assert build(archive, built.settings).changed
        assert built.open()

    def test_a_pointer_to_nowhere(self, built: Built) -> None:
        for name in ("../../etc", "20240101T000000-abcdef", "x" * 5000, "", "a\0b"):
            (built.settings.data / "index" / "current").write_text(name)
            with pytest.raises(IndexMissing, match="citecast ingest"):
                built.open()


def replace(path: Path, content: bytes) -> None:
    """Replace a file by a new one: the cache and the generation may share the old one by a link."""
    path.unlink()
    path.write_bytes(content)


class TestLock:
    def test_a_second_build_at_the_same_time_is_refused(self, built: Built, archive: Path) -> None:
        write_episode(archive, "beta", seed="new")
        inside, go_on = threading.Event(), threading.Event()

        def pause(stage: str) -> None:
            if stage == "Embedding passages":
                inside.set()
                assert go_on.wait(60)

        first = threading.Thread(
            target=build_index, args=(source_of(archive), built.settings, FakeEmbedder(), CountingProgress(pause))
        )
        first.start()
        assert inside.wait(60)
        with pytest.raises(BuildError, match="another `citecast ingest` is at work"):
            build(archive, built.settings)
        go_on.set()
        first.join(60)
        assert not build(archive, built.settings).changed

    def test_of_two_processes_one_builds_and_the_lock_of_a_dead_one_is_free(
        self, archive: Path, tmp_path: Path
    ) -> None:
        settings = settings_for(tmp_path / "data")
        settings.data.mkdir()
        with FileLock(settings.data / "ingest.lock"):
            refused = in_child(archive, settings.data)
            assert refused is not None
            assert refused[0] == "BuildError"
        assert in_child(archive, settings.data) == ("built", True)
        assert in_child(archive, settings.data) == ("built", False)


class TestKilled:
    def test_at_twenty_random_moments(self, tmp_path: Path) -> None:
        archive = make_archive(tmp_path / "archive", [f"talk{i}" for i in range(8)], lines=60)
        settings = settings_for(tmp_path / "data")
        assert in_child(archive, settings.data) == ("built", True)  # warms the fork server up, too
        write_episode(archive, "talk0", lines=60, seed="first")
        begun = time.perf_counter()
        assert in_child(archive, settings.data) == ("built", True)
        duration = time.perf_counter() - begun
        random, killed = Random(0), 0
        for moment in range(20):
            before = contents(settings)
            for slug in ("talk1", "talk5"):
                write_episode(archive, slug, lines=60, seed=moment)
            begun = time.perf_counter()
            if in_child(archive, settings.data, kill_after=random.uniform(0, duration)) is None:
                killed += 1
            else:  # it was quicker than the one before
                duration = min(duration, time.perf_counter() - begun)
            now = contents(settings)
            if now != before:  # it came too late: the new index is there, and whole
                assert now["passages"] == fresh_passages(archive, tmp_path)
        assert killed >= 10
        build(archive, settings)
        assert contents(settings)["passages"] == fresh_passages(archive, tmp_path)
        left = {path.name for path in (settings.data / "index").iterdir()} - set(generations(settings))
        assert left == {"current"}
        assert len(generations(settings)) <= 2
        assert not list(settings.data.glob("vectors/*/.*"))

    @pytest.mark.parametrize("whole", [True, False])
    def test_what_a_killed_build_left_goes_though_nothing_changed(
        self, built: Built, archive: Path, whole: bool
    ) -> None:
        write_episode(archive, "delta")
        build(archive, built.settings)
        kept = generations(built.settings)
        left = built.settings.data / "index" / "20200101T000000-aaaaaa"
        shutil.copytree(left.with_name(kept[0]), left)
        os.utime(left / "manifest.json", (0, 0))
        if not whole:
            (left / "manifest.json").unlink()
        assert not build(archive, built.settings).changed
        assert generations(built.settings) == kept

    def test_what_was_embedded_before_the_end_is_not_embedded_again(self, tmp_path: Path) -> None:
        archive = make_archive(tmp_path / "archive", [f"talk{i:02}" for i in range(12)], lines=120)
        settings = settings_for(tmp_path / "data", passage_words=40)
        counts = CountingProgress()

        def stop(stage: str) -> None:
            if stage == "Embedding passages" and counts.done[stage] > 600:  # within the second chunk
                raise KeyboardInterrupt

        counts = CountingProgress(stop)
        with pytest.raises(KeyboardInterrupt):
            build_index(source_of(archive), settings, FakeEmbedder(), counts)
        embedder = FakeEmbedder()
        report = build(archive, settings, embedder)
        assert 0 < len(embedder.embedded) < report.passages - 500

    @pytest.mark.parametrize("stage", ["Reading episodes", "Embedding passages", "Writing the index"])
    def test_an_interrupt_in_any_stage_leaves_the_old_index_and_nothing_else(
        self, built: Built, archive: Path, stage: str
    ) -> None:
        before, folders = contents(built.settings), generations(built.settings)
        write_episode(archive, "beta", seed="new")

        def stop(current: str) -> None:
            if current == stage:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            build_index(source_of(archive), built.settings, FakeEmbedder(), CountingProgress(stop))
        assert contents(built.settings) == before
        assert generations(built.settings) == folders
        assert build(archive, built.settings).changed


def fresh_passages(archive: Path, tmp_path: Path) -> dict[str, Any]:
    settings = settings_for(tmp_path / "fresh")
    shutil.rmtree(settings.data, ignore_errors=True)
    build(archive, settings)
    return contents(settings)["passages"]  # type: ignore[no-any-return]


FORKS = multiprocessing.get_context("forkserver")


@pytest.fixture(scope="module", autouse=True)
def _fork_server() -> None:
    """A fork server with our modules loaded (found by PYTHONPATH), so that children need not import them."""
    FORKS.set_forkserver_preload(["fakes"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        forkserver.ensure_running()


def in_child(archive: Path, data: Path, kill_after: float | None = None) -> tuple[str, Any] | None:
    """The result of a build in a process of its own; None if it was killed before."""
    receiver, sender = FORKS.Pipe(duplex=False)
    process = FORKS.Process(target=build_in_child, args=(archive, data, sender))
    process.start()
    sender.close()
    if kill_after is not None:
        process.join(kill_after)
        process.kill()
    process.join(120)
    try:
        return receiver.recv()  # type: ignore[no-any-return]
    except EOFError:
        assert process.exitcode == -9, f"the build died by signal {process.exitcode}"
        return None


class TestFullDisk:
    @pytest.fixture
    def small_disk(self, tmp_path: Path) -> Iterator[Path]:
        """An ext4 file system of 48 MB; a tmpfs would need 100 MB, because reading fills the engine's sparse files."""
        image, folder = tmp_path / "disk.img", tmp_path / "disk"
        folder.mkdir()
        with image.open("wb") as file:
            file.truncate(48 * 1024 * 1024)
        for command in (
            ["mkfs.ext4", "-q", "-m", "0", "-O", "^has_journal", str(image)],
            ["mount", "-o", "loop", str(image), str(folder)],
        ):
            try:
                subprocess.run(command, check=True, capture_output=True, text=True)
            except (OSError, subprocess.CalledProcessError) as error:
                pytest.skip(f"a small file system cannot be mounted here: {getattr(error, 'stderr', None) or error}")
        yield folder
        subprocess.run(["umount", "--lazy", str(folder)], check=True)

    def test_it_is_said_and_the_old_index_stays(self, small_disk: Path, archive: Path) -> None:
        settings = settings_for(small_disk / "data")
        assert in_child(archive, settings.data) == ("built", True)
        before, reader = contents(settings), opened(settings)
        asked = FakeEmbedder().embed_query("ba ce di fo gu").vector
        hits = reader.store.dense(asked, 10)
        write_episode(archive, "beta", seed="new")
        ballast = small_disk / "ballast"
        for free in (0, 4096, 40_000, 150_000, 600_000, 1_500_000, 2_000_000):
            fill(ballast, leaving=free)
            outcome = in_child(archive, settings.data)
            assert outcome is not None
            assert outcome[0] == "BuildError"
            assert "is full: free some space" in outcome[1]
            assert len(generations(settings)) == 1
            assert reader.store.dense(asked, 10) == hits
            try:
                assert contents(settings) == before
            except StoreError as error:  # the engine writes a little when it opens a shard
                assert free < 150_000
                assert "free some space" in str(error)
        ballast.unlink()
        assert contents(settings) == before
        assert in_child(archive, settings.data) == ("built", True)
        assert contents(settings) != before


def fill(ballast: Path, leaving: int) -> None:
    """Fill the disk up to the given number of free bytes."""
    ballast.unlink(missing_ok=True)
    with suppress(OSError), ballast.open("wb", buffering=0) as file:  # the file system's own blocks count too
        for _ in range((shutil.disk_usage(ballast.parent).free - leaving) // 4096):
            file.write(bytes(4096))


class TestReaders:
    def test_the_holder_hands_out_the_new_generation(self, built: Built, archive: Path) -> None:
        holder = Archive(built.settings, built.embedder)
        first = holder.index
        assert holder.index is first
        write_episode(archive, "delta")
        build(archive, built.settings)
        second = holder.index
        assert "delta" in second.episodes
        assert "delta" not in first.episodes
        # A question that began before continues with its index.
        found = Retriever(first, built.embedder).search("ba ce di fo gu")
        assert found.passages

    def test_the_holder_keeps_what_it_has_when_the_new_one_cannot_be_opened_and_the_log_says_so(
        self, built: Built, caplog: pytest.LogCaptureFixture
    ) -> None:
        holder = Archive(built.settings, built.embedder)
        first = holder.index
        (built.settings.data / "index" / "current").write_text("nonsense")
        assert holder.index is first
        assert "the newer one cannot be opened" in caplog.text
        with pytest.raises(IndexMissing):
            Archive(built.settings, built.embedder).view()

    def test_the_generation_before_stays_and_older_ones_go(self, built: Built, archive: Path) -> None:
        seen = generations(built.settings)
        for seed in range(3):
            write_episode(archive, "beta", seed=seed)
            build(archive, built.settings)
            seen.append(current_generation(built.settings.data).name)
        assert generations(built.settings) == sorted(seen[-2:])
        assert all(GENERATION.fullmatch(name) for name in seen)

    def test_questions_are_answered_all_through_several_builds(self, built: Built, archive: Path) -> None:
        holder = Archive(built.settings, built.embedder)
        stop, faults, answered = threading.Event(), [], []

        def ask() -> None:
            while not stop.is_set():
                try:
                    index = holder.index
                    ranking = Retriever(index, FakeEmbedder()).search("ba ce di fo gu")
                    answered.append(index.folder.name)
                    assert {p.passage.id for p in ranking.passages} <= index.passages.keys()
                except BaseException as fault:
                    faults.append(fault)
                    return

        readers = [threading.Thread(target=ask) for _ in range(3)]
        for reader in readers:
            reader.start()
        for seed in range(5):
            write_episode(archive, "beta", seed=seed)
            build(archive, built.settings)
            time.sleep(0.2)
        stop.set()
        for reader in readers:
            reader.join(60)
        assert faults == []
        assert len(set(answered)) >= 4

    def test_damaged_token_files_are_a_store_error_with_the_command(self, built: Built) -> None:
        index = built.open()
        for name, ask in (
            ("basis.npy", lambda: index.tokens.basis),
            ("alpha.npz", lambda: [index.tokens.of(p) for p in index.passages.values()]),
        ):
            replace(index.folder / "tokens" / name, b"")
            with pytest.raises(StoreError, match="citecast ingest --rebuild"):
                ask()


class TestServerStore:
    def test_a_build_into_a_server_and_an_update(self, archive: Path, tmp_path: Path) -> None:
        embedded = settings_for(tmp_path / "embedded")
        build(archive, embedded)
        with serving() as server:
            settings = settings_for(tmp_path / "data", store=server.url)
            build(archive, settings)
            assert not build(archive, settings).changed
            ours, theirs = contents(embedded), contents(settings)
            assert {**ours, "cosines": 0} == {**theirs, "cosines": 0}
            assert ours["cosines"] == pytest.approx(theirs["cosines"], abs=1e-4)
            for seed in range(3):
                write_episode(archive, "beta", seed=seed)
                build(archive, settings)
            assert server.collections() == {f"citecast-{name}" for name in generations(settings)}
            assert len(server.collections()) == 2

    def test_a_server_that_fails_leaves_the_old_index_and_no_collection(self, archive: Path, tmp_path: Path) -> None:
        with serving() as server:
            settings = settings_for(tmp_path / "data", store=server.url)
            build(archive, settings)
            before, collections = contents(settings), server.collections()
            write_episode(archive, "beta", seed="new")
            server.failing = True
            with pytest.raises(StoreError, match="disk is full"):
                build(archive, settings)
            assert contents(settings) == before
            assert server.collections() == collections
            server.failing = False
            assert build(archive, settings).changed

    def test_no_server_is_a_store_error_and_costs_no_embedding_twice(self, archive: Path, tmp_path: Path) -> None:
        settings = settings_for(tmp_path / "data", store="http://127.0.0.1:9")
        with pytest.raises(StoreError, match="no Qdrant server answers"):
            build(archive, settings)
        embedder = FakeEmbedder()
        with serving() as server:
            build(archive, settings_for(tmp_path / "data", store=server.url), embedder)
        assert embedder.embedded == []


def test_the_sample_builds_with_the_real_model(sample_index: Index) -> None:
    assert len(sample_index.episodes) == 8
    assert sample_index.catalog.sample
    vectors = [sample_index.tokens._read_episode(slug) for slug in sample_index.episodes]
    assert all(np.linalg.norm(e.vector) == pytest.approx(1, abs=1e-4) for own in vectors for e in own.values())
