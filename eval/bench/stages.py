"""Runs the stages of `make bench`; each returns figures.

    archive -> copy -> full ingest -> search, first sentence, cold question -> nothing changed, one episode changed

Every stage works on the copy and the index of the full ingest, in a temporary
folder; nothing outside it is touched. Nothing here prints or decides the exit status.
"""

from __future__ import annotations

import random
import re
import shutil
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eval.bench.figures import Figure, Machine, Target
from eval.bench.process import Measured, ProcessFailed, measure, program
from eval.jsonl import objects
from index.episodes import read_episodes
from index.manifest import current_generation
from ingest.formats.detect import archive_files, formats_of
from ingest.models import Episode, Passage
from ingest.sources.contents import list_contents
from ingest.sources.open import Source

_SEED = 20260630
_HOUR_S = 3600.0
_MINUTES_S = 600.0
# A paragraph in plain YAML style: words can be inserted without quoting.
_PLAIN_LINE = re.compile(r"^ *(?:- )?line: (?=[A-Za-z])", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Size:
    """How much to measure. `episodes` is None for the whole archive."""

    episodes: int | None
    repeats: int
    rounds: int


FULL = Size(episodes=None, repeats=5, rounds=3)
QUICK = Size(episodes=6, repeats=2, rounds=1)


@dataclass
class Bench:
    """One run: its folder, its settings, and the raw measurements so far."""

    folder: Path
    suite: Path
    size: Size
    machine: Machine
    say: Callable[[str], None]
    raw: dict[str, Any] = field(default_factory=dict)

    @property
    def archive(self) -> Path:
        """The copy of the archive."""
        return self.folder / "archive"

    @property
    def data(self) -> Path:
        """The data folder of the full ingest."""
        return self.folder / "data"

    def citecast(self, *args: str, limit_s: float = _MINUTES_S, hear: bool = False) -> Measured:
        """Run the program to its end."""
        return measure([*program(), *args], self.folder, limit_s=limit_s, hear=self.say if hear else None)

    def rows(self) -> list[tuple[Episode, list[Passage]]]:
        """The indexed episodes with their passages."""
        return list(read_episodes(current_generation(self.data) / "episodes.jsonl"))


def copy_archive(parts: Sequence[Source], target: Path, count: int | None = None) -> None:
    """Copy what decides an index: everything, or a seeded choice of `count` episodes with all people."""
    chosen = some_episodes(parts, count)
    # Of an episode that several parts hold, the first gives it, so it is copied last.
    for part in reversed(parts):
        unwanted = {
            entry.file.path
            for format in formats_of(part.root)
            for entry in format.listing(part.root).entries
            if chosen is not None and entry.slug not in chosen
        }
        for file in archive_files(part.root):
            if file.path.is_file() and file.path not in unwanted:
                path = target / file.path.relative_to(part.root)
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file.path, path)


def some_episodes(parts: Sequence[Source], count: int | None) -> list[str] | None:
    """A seeded choice of published episodes (slugs), or None for all of them."""
    found = {place.entry.slug for place in list_contents(parts).places if not place.entry.file.unpublished}
    return None if count is None or count >= len(found) else sorted(random.Random(_SEED).sample(sorted(found), count))


def full_ingest(bench: Bench) -> list[Figure]:
    """The whole program from archive files to a new index: wall time and peak memory."""
    run = bench.citecast("ingest", str(bench.archive), "--data", str(bench.data), "--json", limit_s=_HOUR_S, hear=True)
    report = run.result
    bench.raw["full_ingest"] = {
        "wall_s": run.seconds,
        "cpu_s": run.cpu_s,
        "peak_bytes": run.peak_bytes,
        **{key: report[key] for key in ("episodes", "passages", "seconds")},
    }
    parts = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in report["seconds"].items() if stage != "total")
    return [
        Figure("Full ingest", run.seconds, "s", None, f"{report['passages']:,} passages; {parts}"),
        Figure("Full ingest, peak memory", run.peak_bytes / 1e9, "GB", Target(2.5)),
    ]


def questions(bench: Bench) -> list[Figure]:
    """Search and extractive answer in a warm process."""
    command = [sys.executable, "-m", "eval.bench.warm", str(bench.data), str(bench.suite), str(bench.size.rounds)]
    result = measure(command, bench.folder, limit_s=_HOUR_S).result
    bench.raw["questions"] = result
    first = result["first_pass"]
    asked = f"{result['questions']} questions of {bench.suite.stem}"
    parts = f"question's vector {result['embed']['p50']:.1f}, order {result['order']['p50']:.1f}"
    first_time = f"first time: p50 {first['p50']:.0f}, p95 {first['p95']:.0f}"
    answered = f"{result['answered']} of {result['questions'] * result['rounds']} answered"
    return [
        Figure("Search, p50", result["search"]["p50"], "ms", Target(25), asked),
        Figure("Search, p95", result["search"]["p95"], "ms", Target(50), first_time),
        Figure("Search, the store's part, p50", result["store"]["p50"], "ms", Target(2), f"the rest: {parts}"),
        Figure("First sentence, extractive, p50", result["first_sentence"]["p50"], "ms", Target(200), answered),
    ]


def cold_ask(bench: Bench) -> list[Figure]:
    """`citecast ask`, each time a new process."""
    asked = random.Random(_SEED).sample(suite_questions(bench.suite), bench.size.repeats)
    seconds = [bench.citecast("ask", "--data", str(bench.data), "--", question).seconds for question in asked]
    bench.raw["cold_ask_s"] = seconds
    return [Figure("citecast ask, cold", statistics.median(seconds), "s", Target(8), f"median of {len(seconds)}")]


def unchanged(bench: Bench) -> list[Figure]:
    """`citecast ingest` when there is nothing to do."""
    runs = [_ingest_again(bench) for _ in range(bench.size.repeats)]
    if any(run.result["changed"] for run in runs):
        raise ProcessFailed("an unchanged archive was indexed again")
    bench.raw["unchanged_s"] = seconds = [run.seconds for run in runs]
    return [Figure("Ingest, nothing changed", statistics.median(seconds), "s", Target(5), f"median of {len(runs)}")]


def one_changed(bench: Bench) -> list[Figure]:
    """`citecast ingest` after a sentence was added to one episode, a new one each time."""
    path = _transcript_path(bench.archive, _middle_episode(bench.rows()).slug)
    before = path.read_text(encoding="utf-8")
    seconds: list[float] = []
    try:
        for number in range(1, bench.size.repeats + 1):
            path.write_text(with_sentence(before, f"This is sentence number {number} of the bench."), encoding="utf-8")
            run = _ingest_again(bench)
            if run.result["embedded_episodes"] != 1:
                raise ProcessFailed(f"one episode was changed, {run.result['embedded_episodes']} were embedded")
            seconds.append(run.seconds)
    finally:
        path.write_text(before, encoding="utf-8")
    bench.raw["one_changed_s"] = seconds
    note = f"median of {len(seconds)}"
    return [Figure("Ingest, one episode changed", statistics.median(seconds), "s", Target(10), note)]


def _transcript_path(archive: Path, slug: str) -> Path:
    entries = [entry for format in formats_of(archive) for entry in format.listing(archive).entries]
    entry = next(entry for entry in entries if entry.slug == slug)
    return (entry.spoken or entry.file).path


def suite_questions(path: Path) -> list[str]:
    """The questions of a suite's file; its conversations are left out."""
    return [row["question"] for row in objects(path) if "question" in row]


def with_sentence(episode: str, sentence: str) -> str:
    """An episode file with a sentence inserted before a paragraph in the middle; raises `ValueError` if none fits."""
    places = [match.end() for match in _PLAIN_LINE.finditer(episode)]
    if not places:
        raise ValueError("no paragraph to add a sentence to")
    place = places[len(places) // 2]
    return f"{episode[:place]}{sentence} {episode[place:]}"


def _ingest_again(bench: Bench) -> Measured:
    return bench.citecast("ingest", str(bench.archive), "--data", str(bench.data), "--json")


def _middle_episode(rows: Sequence[tuple[Episode, list[Passage]]]) -> Episode:
    """The episode of median length."""
    return sorted(rows, key=lambda row: len(row[1]))[len(rows) // 2][0]
