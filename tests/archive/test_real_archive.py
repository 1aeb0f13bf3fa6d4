"""Tests the real archive (CITECAST_ARCHIVE): it is read whole with its known faults, and damage stays in its file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
import yaml
from fakes import CountingProgress, FakeEmbedder, read_episode, settings_for, source_of

from index.building.build import build_index
from index.opened import open_index
from index.retrieve import Retriever
from ingest.duplicates import find_duplicates
from ingest.formats.base import ReadEpisode
from ingest.formats.jekyll import episode_files
from ingest.formats.people import read_people
from ingest.front_matter.files import BadFile, SourceFile, Unpublished, list_files, parse_front_matter
from ingest.models import Episode, Role
from ingest.passages import PassageSettings, passages_of
from ingest.report import EpisodeCounts, Problem

ROOT = Path(os.environ.get("CITECAST_ARCHIVE") or "nothing")
pytestmark = [
    pytest.mark.archive,
    pytest.mark.skipif(
        not (ROOT / "_podcast").is_dir(), reason="CITECAST_ARCHIVE names no folder with the real archive's _podcast"
    ),
]
DUPLICATE = ("production-ml-search-vector-search-embeddings-hybrid-search", "building-production-search-systems")


@pytest.fixture(scope="module")
def people() -> dict[str, str]:
    return read_people(ROOT)[0]


@pytest.fixture(scope="module")
def archive(people: dict[str, str]) -> dict[str, ReadEpisode | BadFile]:
    """Every episode file, by slug: read, or why not."""
    outcome: dict[str, ReadEpisode | BadFile] = {}
    for file in episode_files(ROOT):
        try:
            outcome[file.slug] = read_episode(file, people)
        except BadFile as bad:
            outcome[file.slug] = bad
    return outcome


@pytest.fixture(scope="module")
def episodes(archive: dict[str, ReadEpisode | BadFile]) -> list[ReadEpisode]:
    return [read for read in archive.values() if isinstance(read, ReadEpisode)]


class TestReading:
    def test_every_transcript_is_read_and_nothing_else(
        self, archive: dict[str, ReadEpisode | BadFile], episodes: list[ReadEpisode]
    ) -> None:
        assert len(episodes) == 198
        bad = {slug: str(read) for slug, read in archive.items() if isinstance(read, BadFile)}
        assert all(bad.pop(slug).startswith("unpublished: ") for slug in list(bad) if slug.startswith("_"))
        assert set(bad.values()) == {"no transcript"}
        assert len(bad) == 2

    def test_words_in_are_words_indexed_and_words_left_out(self, episodes: list[ReadEpisode]) -> None:
        for read in episodes:
            counts = read.counts
            assert counts.words_unaccounted == 0, read.episode.slug
            assert counts.words_in == counts.words + sum(lost.words for lost in read.left_out), read.episode.slug
            passages = passages_of(read.episode, PassageSettings())
            assert sum(len(passage.text.split()) for passage in passages) == counts.words, read.episode.slug

    def test_no_clock_is_taken_for_a_false_one_and_no_key_for_an_unknown_one(self, episodes: list[ReadEpisode]) -> None:
        told = [str(problem) for read in episodes for problem in read.problems]
        odd = ("for speech", "milliseconds", "clock falls", "not known:", "stands twice", "is not a", "no YouTube id (")
        assert [problem for problem in told if any(part in problem for part in odd)] == []

    def test_no_line_is_lost_but_repeats(
        self, archive: dict[str, ReadEpisode | BadFile], people: dict[str, str]
    ) -> None:
        for file in episode_files(ROOT):
            read = archive[file.slug]
            if not isinstance(read, ReadEpisode):
                continue
            entries = parse_front_matter(file.read()).data["transcript"]
            said = sum(len(str(entry["line"]).split()) for entry in entries if entry.get("line"))
            kept = sum(segment.words for segment in read.episode.segments)
            # Talk that stands in place of a speaker is kept besides; a character that cannot be printed parts a word.
            assert kept <= 1.001 * said + read.counts.talk_in_who_words, file.shown
            assert read.counts.repeated_lines or kept >= 0.999 * said, file.shown

    def test_times_lie_in_the_recording_and_run_backwards_only_where_the_transcript_says_so(
        self, episodes: list[ReadEpisode]
    ) -> None:
        jumping = []
        for read in episodes:
            episode = read.episode
            jumps = backwards(episode)
            assert not any(episode.segments[i].estimated for i in jumps), episode.slug
            jumping += [episode.slug] * bool(jumps)
            assert all(0 <= s.start <= s.end <= episode.end for s in episode.segments), episode.slug
            assert 60 < episode.end < 4 * 3600, episode.slug
        assert len(jumping) < 10  # recordings that were cut together in another order

    def test_known_seconds_are_kept(self, episodes: list[ReadEpisode]) -> None:
        total, estimated = 0, 0
        for read in episodes:
            total += len(read.episode.segments)
            estimated += sum(segment.estimated for segment in read.episode.segments)
        assert estimated < 0.4 * total

    def test_every_guest_is_a_name_or_reported(self, episodes: list[ReadEpisode], people: dict[str, str]) -> None:
        names = set(people.values())
        for read in episodes:
            assert read.episode.guests or read.episode.segments
            for guest in read.episode.guests:
                reported = any(f"guest {guest!r} has no page" in problem.reason for problem in read.problems)
                assert guest in names or reported, (read.episode.slug, guest)

    def test_speakers_are_named_almost_everywhere(self, episodes: list[ReadEpisode]) -> None:
        roles = [segment.role for read in episodes for segment in read.episode.segments]
        nameless = sum(not segment.speaker for read in episodes for segment in read.episode.segments)
        doubted = sum(read.counts.speakers_doubted for read in episodes)
        assert nameless - doubted < 0.005 * len(roles)
        assert doubted < 0.005 * len(roles)
        assert roles.count(Role.GUEST) > roles.count(Role.HOST) / 2
        listed = sum(
            segment.words
            for read in episodes
            for segment in read.episode.segments
            if segment.role is Role.GUEST and segment.speaker in read.episode.guests
        )
        said = sum(s.words for read in episodes for s in read.episode.segments if s.role is Role.GUEST)
        assert listed == said

    def test_each_label_is_a_form_of_a_name_or_reported(self, episodes: list[ReadEpisode]) -> None:
        """What a label means is sure, or told; strangers are never guests."""
        notes = {(note.file, note.label): note for read in episodes for note in read.labels}
        assert len(notes) < 25
        assert all(note.line and note.words and note.paragraphs for note in notes.values())
        meant = {(note.label, note.speaker, note.role) for note in notes.values()}
        assert ("Alexa", "Alexey Grigorev", "host") in meant
        assert ("Elena", "Eleni Stamatelou", "guest") in meant
        assert ("Chris", "Krzysztof Szafanek", "guest") in meant
        assert ("Johanna", "Johanna", "host") in meant
        assert ("Daniel", "Daniel", "unknown") in meant  # of the transcript that stands twice, under another guest

    @pytest.mark.parametrize(
        ("slug", "second", "speaker", "role"),
        [
            ("production-ready-ai-engineering", 153, "Alexey Grigorev", Role.HOST),
            ("production-ready-ai-engineering", 157, "", Role.UNKNOWN),
            ("production-ready-ai-engineering", 205, "", Role.UNKNOWN),
            ("production-ready-ai-engineering", 240, "Bartosz Mikulski", Role.GUEST),
            ("production-ready-ai-engineering", 2528, "", Role.UNKNOWN),
            ("data-engineering-tools-modern-data-stack", 2281, "Alexey Grigorev", Role.HOST),
            ("data-engineering-tools-modern-data-stack", 2316, "Natalie Kwong", Role.GUEST),
            ("s24e01-competitions-beyond-kaggle-leaderboard", 2124, "Tatiana Gabruseva", Role.GUEST),
            ("s24e01-competitions-beyond-kaggle-leaderboard", 2183, "", Role.UNKNOWN),
            ("s24e01-competitions-beyond-kaggle-leaderboard", 2229, "", Role.UNKNOWN),
            ("s24e01-competitions-beyond-kaggle-leaderboard", 2248, "Tatiana Gabruseva", Role.GUEST),
            ("s23e09-starting-data-conference-data-makers-fest-story", 2536, "", Role.UNKNOWN),
            ("s23e09-starting-data-conference-data-makers-fest-story", 2575, "Leonid Kholkine", Role.GUEST),
            ("s23e09-starting-data-conference-data-makers-fest-story", 2916, "", Role.UNKNOWN),
            ("s23e09-starting-data-conference-data-makers-fest-story", 3023, "", Role.UNKNOWN),
            ("datatalksclub-scaling-and-free-courses", 0, "Alexey Grigorev", Role.GUEST),
            ("crisp-dm", 0, "Alexey Grigorev", Role.GUEST),
            ("biohacking-productivity-for-data-scientists-and-ml-engineers", 471, "Alexey Grigorev", Role.HOST),
            ("finops-for-data-engineers", 2645, "Eddy Zulkifly", Role.GUEST),
        ],
    )
    def test_whose_words_stand_at_a_second(
        self, archive: dict[str, ReadEpisode | BadFile], slug: str, second: int, speaker: str, role: Role
    ) -> None:
        read = archive[slug]
        assert isinstance(read, ReadEpisode)
        assert {(s.speaker, s.role) for s in read.episode.segments if round(s.start) == second} == {(speaker, role)}

    def test_few_words_of_guests_are_doubted(self, episodes: list[ReadEpisode]) -> None:
        """All of them were read: 2 of 12 paragraphs were the guest's."""
        doubts = [p for read in episodes for p in read.problems if p.reason.startswith("perhaps not")]
        of_guests = [p for p in doubts if not p.reason.startswith("perhaps not Alexey Grigorev")]
        assert 5 < len(of_guests) < 20

    def test_problems_name_file_and_line(self, episodes: list[ReadEpisode]) -> None:
        for read in episodes:
            for problem in read.problems:
                assert (ROOT / problem.file).is_file()
                if problem.line:
                    assert problem.line <= (ROOT / problem.file).read_text(encoding="utf-8-sig").count("\n") + 1

    def test_lines_of_entries_are_where_the_entries_stand(self, episodes: list[ReadEpisode]) -> None:
        for file in Random(0).sample(episode_files(ROOT), 20):
            try:
                front = parse_front_matter(file.read())
            except BadFile:
                continue
            rows = file.read().split("\n")
            for position, entry in enumerate(front.data.get("transcript") or []):
                number = front.entry_line(position)
                assert number is not None
                first = next(iter(entry))
                assert rows[number - 1].lstrip("- ").startswith(f"{first}:"), (file.shown, number)


class TestTraps:
    """Each trap that the design names is met; how often may change with the archive."""

    @pytest.fixture(scope="class")
    def counts(self, episodes: list[ReadEpisode]) -> EpisodeCounts:
        total = EpisodeCounts()
        for read in episodes:
            total.add(read.counts)
        return total

    def test_files_that_are_no_episodes(self, archive: dict[str, ReadEpisode | BadFile]) -> None:
        assert isinstance(archive["_template"], BadFile)
        assert all(isinstance(read, Unpublished) for slug, read in archive.items() if slug.startswith("_"))
        assert {"_template", "_s12e08"} < set(archive)
        assert any(slug.startswith("_theme-park") for slug in archive)

    def test_talk_that_stands_in_place_of_a_speaker(self, counts: EpisodeCounts) -> None:
        assert (counts.talk_in_who, counts.talk_in_who_words) == (32, 2274)

    def test_a_name_that_ends_in_md_twice(self, episodes: list[ReadEpisode]) -> None:
        odd = [read.episode for read in episodes if read.episode.name != read.episode.slug]
        assert odd
        assert all(e.name == f"{e.slug}.md" and e.page.endswith(f"/{e.slug}.md") for e in odd)

    def test_times_and_speakers(self, counts: EpisodeCounts) -> None:
        assert counts.times_missing > 1000
        assert counts.times_backwards > 20
        assert counts.times_estimated > counts.times_missing
        assert counts.repeated_lines > 100
        assert 0 < counts.speakers_unknown < 100
        assert counts.speakers_inferred > 0

    def test_headers_and_clips(self, counts: EpisodeCounts) -> None:
        assert 0 < counts.without_headers < 20
        assert 0 < counts.without_clips < 40
        assert counts.headers_without_clip > 100
        assert counts.clips_off > 50

    def test_an_episode_without_headers_has_its_clips_for_chapters(self, episodes: list[ReadEpisode]) -> None:
        bare = [read for read in episodes if read.counts.without_headers and not read.counts.without_clips]
        assert bare
        assert all(read.counts.chapters > 1 for read in bare)

    def test_the_transcript_that_stands_twice(self, episodes: list[ReadEpisode]) -> None:
        (pair,) = find_duplicates([read.episode for read in episodes])
        assert pair == DUPLICATE
        kept = next(read.episode for read in episodes if read.episode.slug == pair[1])
        assert {s.speaker for s in kept.segments if s.role is Role.GUEST} == set(kept.guests)

    def test_every_episode_but_few_has_a_video(self, episodes: list[ReadEpisode]) -> None:
        linked = [read.episode for read in episodes if read.episode.video]
        assert len(linked) > 190
        assert all(e.url(505.7) == f"https://www.youtube.com/watch?v={e.video}&t=505" for e in linked)


class TestPassages:
    @pytest.mark.parametrize("target", [40, PassageSettings().target, 400])
    def test_they_cover_each_chapter_exactly(self, episodes: list[ReadEpisode], target: int) -> None:
        ids: set[str] = set()
        for read in episodes:
            episode = read.episode
            passages = passages_of(episode, PassageSettings(target=target))
            assert [i for p in passages for i in range(p.first, p.last)] == list(range(len(episode.segments)))
            for passage in passages:
                chapter = episode.chapters[passage.chapter]
                assert chapter.first <= passage.first < passage.last <= chapter.last
                assert 0 <= passage.start <= passage.end <= episode.end
                assert not any(passage.first < i < passage.last for i in backwards(episode))
            ids |= {passage.id for passage in passages}
        assert len(ids) == sum(len(passages_of(r.episode, PassageSettings(target=target))) for r in episodes)

    def test_they_keep_to_their_length(self, episodes: list[ReadEpisode]) -> None:
        lengths = sorted(
            len(passage.text.split()) for read in episodes for passage in passages_of(read.episode, PassageSettings())
        )
        assert 80 < lengths[len(lengths) // 2] < 200
        assert lengths[-1] < 400


class TestDamage:
    """Files of the archive, damaged: `BadFile` or an episode, never another exception."""

    @pytest.fixture(scope="class")
    def copies(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
        root = tmp_path_factory.mktemp("damaged")
        for folder in ("_podcast", "_people"):
            (root / folder).mkdir()
        yield root
        shutil.rmtree(root)  # no text of the archive stays

    @pytest.mark.parametrize("damage", ["cut", "bytes", "letters", "types"])
    def test_episode_files(self, copies: Path, people: dict[str, str], damage: str) -> None:
        random = Random(damage)
        seen = 0
        # A quarter of the files each time, another one for each kind of damage.
        for original in random.sample(episode_files(ROOT), 50):
            path = copies / "_podcast" / original.path.name
            path.write_bytes(damaged(original.read_bytes(), damage, random))
            file = SourceFile(path, copies, f"_podcast/{path.name}")
            try:
                read = read_episode(file, people)
            except BadFile as bad:
                assert str(Problem(file.shown, bad.line, str(bad))).isprintable(), original.shown
            else:
                seen += 1
                assert passages_of(read.episode, PassageSettings())
                assert not any(read.episode.segments[i].estimated for i in backwards(read.episode)), original.shown
        # Wrong types or letters in a few places leave a transcript that can be read; a cut never does.
        assert seen > 2 if damage in ("types", "letters") else seen < 5

    @pytest.mark.parametrize("damage", ["cut", "bytes", "letters", "types"])
    def test_every_persons_page(self, copies: Path, damage: str) -> None:
        random = Random(damage)
        for original in list_files(ROOT / "_people", ROOT):
            (copies / "_people" / original.path.name).write_bytes(damaged(original.read_bytes(), damage, random))
        names, problems = read_people(copies)
        assert len(names) + len(problems) >= len(list_files(copies / "_people", copies)) - 1
        assert all(str(problem).isprintable() for problem in problems)


def backwards(episode: Episode) -> list[int]:
    """Segments that start before the one before them, by more than rounding."""
    starts = [segment.start for segment in episode.segments]
    return [i for i in range(1, len(starts)) if starts[i] < starts[i - 1] - 1e-6]


def damaged(data: bytes, damage: str, random: Random) -> bytes:
    at = random.randrange(len(data))
    if damage == "cut":
        end = data.find(b"\n---", 3)  # what is cut behind the front matter is as good as whole
        return data[: at % max(1, end)]
    if damage in ("bytes", "letters"):
        noise = random.randbytes(random.randint(1, 60))
        noise = noise if damage == "bytes" else bytes(32 + byte % 95 for byte in noise)
        return data[:at] + noise + data[at + random.randint(0, 60) :]
    return with_wrong_types(data, random)


def with_wrong_types(data: bytes, random: Random) -> bytes:
    """Front matter in which values at random places are of another type; what has none stays as it is."""
    text = data.decode("utf-8-sig")
    try:
        front = parse_front_matter(text).data
    except BadFile:
        return data
    for _ in range(random.randint(1, 10)):
        holder: object = front
        while isinstance(holder, dict | list) and holder:
            key = random.choice(list(holder)) if isinstance(holder, dict) else random.randrange(len(holder))
            value = holder[key]
            if not isinstance(value, dict | list) or not value or random.random() < 0.1:
                holder[key] = random.choice(
                    [None, 5, -1, 2.5, True, "text", [], {}, [[1]], {"a": [2]}, "9" * 50, float("nan")]
                )
                break
            holder = value
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return f"---\n{yaml.dump(front, Dumper=dumper)}---\n".encode()


class TestBuild:
    @pytest.fixture
    def subset(self, tmp_path: Path) -> Path:
        """Four episodes and all the guests."""
        root = tmp_path / "subset"
        shutil.copytree(ROOT / "_people", root / "_people")
        (root / "_podcast").mkdir()
        for file in Random(3).sample([f for f in episode_files(ROOT) if not f.slug.startswith("_")], 4):
            shutil.copy(file.path, root / "_podcast")
        for path in (root, *root.rglob("*")):
            path.chmod(0o755)
        return root

    def test_bad_files_leave_the_rest_of_a_run_as_it_was(self, subset: Path, tmp_path: Path) -> None:
        settings, embedder = settings_for(tmp_path / "data"), FakeEmbedder()
        whole = build_index(source_of(subset), settings, embedder, CountingProgress())
        before = open_index(settings, embedder)
        assert Retriever(before, embedder).search("what is the team's work").passages
        random = Random(0)
        for number, file in enumerate(episode_files(subset)):
            for damage in ("cut", "bytes", "letters"):  # a copy that can be read is a duplicate, and the later by name
                bad = damaged(file.read_bytes(), damage, random)
                (subset / "_podcast" / f"zz-{damage}-{number}.md").write_bytes(bad)
        report = build_index(source_of(subset), settings, FakeEmbedder(), CountingProgress())
        after = open_index(settings, embedder)
        assert len(report.skipped) >= len(whole.skipped) + 4
        assert set(before.episodes) <= set(after.episodes)
        assert all(after.episodes[slug] == episode for slug, episode in before.episodes.items())
        assert set(before.passages) <= set(after.passages)


@pytest.fixture(autouse=True)
def _no_text_of_the_archive_stays(tmp_path: Path) -> Iterator[None]:
    """Copies of transcripts are removed as soon as a test is done."""
    yield
    shutil.rmtree(tmp_path, ignore_errors=True)
