"""Writes small archives in the seasonal and the flat layout, and reads them as an ingest does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from fakes import CountingProgress, front_matter, source_of, write_person

from index.building.reading import Row, Unread, read_rows
from ingest.models import Episode
from ingest.passages import PassageSettings
from ingest.report import IngestReport, Problem
from ingest.sources.open import Sources

# Where `write_seasonal` writes unless it is told another place.
SEASONAL = "podcasts/s01/e01.yaml"
SPOKEN = "podcasts/s01/e01-transcript.yaml"
LONG = "this paragraph is long enough to be no interjection of anybody"
GUEST = "Ilva Nadrostek"
SAID = "Fire the kiln from the dry side and wait until the smoke is thin enough to read by."
TALK: list[dict[str, Any]] = [
    {"header": "Wet wood"},
    {"line": "Welcome to the yard, and tell us what you burn in winter.", "sec": 5, "time": "0:05", "who": "Alexey"},
    {"line": SAID, "sec": 62, "time": "1:02", "who": "Ilva"},
    {"header": "Dry wood"},
    {"line": "We stack it for two summers under a roof of slate.", "sec": 130, "time": "2:10", "who": "Ilva"},
]
RECORD: dict[str, Any] = {
    "title": "Kilns in winter: a talk",
    "short": "Kilns in winter",
    "season": 1,
    "episode": 1,
    "guests": ["ilva"],
    "ids": {"youtube": "aB3dE5gH7jA", "anchor": "Kilns-e1"},
    "links": {"youtube": "https://www.youtube.com/watch?v=aB3dE5gH7jA", "spotify": "TODO"},
    "description": "A talk on kilns.",
    "topics": ["kilns"],
    "dateadded": "2021-02-23",
}


def line(text: str, second: int | None = None, who: str | None = None) -> dict[str, Any]:
    return {key: value for key, value in {"line": text, "sec": second, "who": who}.items() if value is not None}


def said(*texts: str) -> list[Any]:
    """A transcript of the guest, ten seconds a line; a text that begins with `#` is a header."""
    return [
        {"header": text[1:]} if text[0] == "#" else line(f"{text} {LONG}", 10 * i, "Ilva")
        for i, text in enumerate(texts)
    ]


def yaml_of(value: Any) -> str:
    return yaml.safe_dump(value, sort_keys=False, width=100, allow_unicode=True)


def record_of(root: Path, record: dict[str, Any]) -> dict[str, Any]:
    """A record without the keys that are None; its guest gets a page."""
    write_person(root, "ilva", GUEST)
    return {key: value for key, value in record.items() if value is not None}


def put(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def write_seasonal(
    root: Path, slug: str = "kilns", segments: Sequence[Any] = TALK, *, place: str = "s01/e01", **changes: Any
) -> Path:
    """An episode of the seasonal layout; `changes` replace keys of its record, None leaves one out."""
    name = f"{place.rpartition('/')[2]}-transcript.yaml"
    record = {"slug": slug, "legacy_path": f"/podcast/{slug}.html"} | RECORD | {"transcript": name} | changes
    put(root / "podcasts" / f"{place}-transcript.yaml", yaml_of({"podcast": slug, "segments": list(segments)}))
    return put(root / "podcasts" / f"{place}.yaml", yaml_of(record_of(root, record)))


def write_flat(root: Path, slug: str = "kilns", segments: Sequence[Any] = TALK, **changes: Any) -> Path:
    """As `write_seasonal`, in the flat layout."""
    record = {"slug": slug} | RECORD | {"transcript": f"transcripts/{slug}.yaml"} | changes
    put(root / "podcasts" / "transcripts" / f"{slug}.yaml", yaml_of({"podcast": slug, "segments": list(segments)}))
    return put(root / "podcasts" / f"{slug}.yaml", yaml_of(record_of(root, record)))


def write_old(root: Path, slug: str = "kilns", segments: Sequence[Any] = TALK, **changes: Any) -> Path:
    """The same episode in the layout before both: one Markdown file."""
    record = record_of(root, RECORD | {"transcript": list(segments)} | changes)
    return put(root / "_podcast" / f"{slug}.md", front_matter(record))


def write_removals(root: Path, *removals: Any) -> Path:
    return put(root / "migration" / "podcast-removals.yaml", yaml_of({"schema_version": 1, "removals": list(removals)}))


@dataclass(frozen=True)
class Reading:
    """What an ingest reads: episodes with passages by slug, and the report. All words are accounted for."""

    rows: dict[str, Row]
    report: IngestReport
    unread: Unread

    @property
    def episode(self) -> Episode:
        """The only episode."""
        (row,) = self.rows.values()
        return row.episode

    @property
    def told(self) -> list[str]:
        """All problems and skipped files."""
        return [str(problem) for problem in [*self.report.problems, *self.report.skipped]]


def sources_of(*roots: Path) -> Sources:
    return Sources(tuple(part for root in roots for part in source_of(root).parts))


def read_layouts(*roots: Path) -> Reading:
    """Read folders as one archive, and check what holds for each: words, and places of problems."""
    report, unread = IngestReport(), Unread()
    rows = read_rows(sources_of(*roots), PassageSettings(), report, CountingProgress(), unread)
    counts = report.counts
    assert counts.words_unaccounted == 0, report.problems
    assert counts.words_in == counts.words + sum(lost.words for lost in report.left_out)
    assert counts.words == sum(len(passage.text.split()) for row in rows for passage in row.passages)
    for problem in [*report.problems, *report.skipped]:
        check_place(problem, roots)
    return Reading({row.episode.slug: row for row in rows}, report, unread)


def check_place(problem: Problem, roots: Sequence[Path]) -> None:
    assert str(problem).isprintable()
    held = [path for root in roots if (path := root / problem.file).is_file()]
    lengths = [len(path.read_text("utf-8", "replace").replace("\r", "\n").split("\n")) for path in held]
    assert problem.line is None or any(1 <= problem.line <= length for length in lengths), (problem, lengths)
