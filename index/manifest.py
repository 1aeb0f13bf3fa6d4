"""Reads and writes an index's manifest, and defines the folders and files of an index.

    DATA/index/current               names the generation in use; replaced in one step
    DATA/index/<generation>/         manifest.json, report.json, episodes.jsonl, words.json (word frequencies),
                                     slugs.json, tokens/ (basis and codes), shard/ (embedded store only)
    DATA/vectors/<embedder>/SLUG.npz embeddings of an episode, so that a stopped build can continue

A generation is written once and never changed. Nothing here embeds or ranks.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import ingest
from ingest.passages import VERSION as PASSAGE_VERSION
from ingest.passages import PassageSettings
from ingest.settings import Settings
from ingest.sources.urls import shown, without_secrets

# Counts up when the files of a generation change.
FORMAT = 3
GENERATION = re.compile(r"\d{8}T\d{6}-[0-9a-f]{6}")


class IndexMissing(Exception):
    """There is no usable index; the message names the command that makes one."""


class IndexMismatch(Exception):
    """The index and the settings disagree; the message names the command that fixes it."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index was built with, its counts, and the archive's name and example questions."""

    format: int
    source: str
    version: str
    sample: bool
    embedder: str
    dimension: int
    store: str
    passages: dict[str, int]
    episodes: int
    passage_count: int
    created: str
    reader: str = ""
    name: str = ""
    questions: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The manifest as one JSON object."""
        return asdict(self) | {"questions": list(self.questions)}

    def check(self, settings: Settings, embedder: str) -> None:
        """Refuse an index that the settings and the embedder (its key) do not fit; raises `IndexMismatch`."""
        wanted = {
            "format": FORMAT,
            "embedder": embedder,
            "store": store_key(settings),
            "passages": passages_key(settings),
        }
        for name, value in wanted.items():
            if (found := getattr(self, name)) != value:
                raise IndexMismatch(
                    f"the index was built with {name} {found!r}, the settings say {value!r}: "
                    "run `citecast ingest` to build it anew"
                )


def reader_version() -> str:
    """A hash of the code that reads archives: a change of that code needs a new ingest."""
    digest = hashlib.sha256()
    folder = Path(ingest.__file__).parent
    for file in sorted([*folder.rglob("*.py"), *folder.joinpath("known").glob("*.toml")]):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def store_key(settings: Settings) -> str:
    """The store as the manifest names it."""
    return shown(settings.store) or "embedded"


def passages_key(settings: Settings) -> dict[str, int]:
    """What decides how episodes are cut."""
    return asdict(PassageSettings(target=settings.passage_words)) | {"version": PASSAGE_VERSION}


def index_folder(data: Path) -> Path:
    """The folder of all generations."""
    return data / "index"


def current_generation(data: Path) -> Path:
    """The generation in use; raises `IndexMissing`."""
    pointer = index_folder(data) / "current"
    try:
        name = pointer.read_text(errors="replace").strip()
    except FileNotFoundError as error:
        raise IndexMissing(f"there is no index in {data}: run `citecast ingest`") from error
    except OSError as error:
        raise IndexMissing(f"{pointer} cannot be read ({error.strerror}): check its permissions") from error
    folder = index_folder(data) / name
    if not GENERATION.fullmatch(name) or not (folder / "manifest.json").is_file():
        raise IndexMissing(f"the index in {data} is incomplete: run `citecast ingest --rebuild`")
    return folder


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a generation; raises `IndexMissing` if it is damaged, `IndexMismatch` for another format."""
    try:
        data = json.loads((folder / "manifest.json").read_text())
        if data.get("format") != FORMAT:
            raise IndexMismatch(f"the index has format {data.get('format')!r}, not {FORMAT}: run `citecast ingest`")
        data |= {"questions": tuple(data["questions"])}
        # An older manifest may hold secrets of a URL.
        return Manifest(**data | {"store": shown(data["store"]), "source": without_secrets(data["source"])})
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise IndexMissing(f"{folder}/manifest.json is damaged ({error}): run `citecast ingest --rebuild`") from error


def read_report(folder: Path) -> dict[str, Any]:
    """What the ingest that wrote a generation told (`ingest.report.IngestReport`); raises `IndexMissing`."""
    try:
        report: dict[str, Any] = dict(json.loads((folder / "report.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise IndexMissing(f"{folder}/report.json is damaged ({error}): run `citecast ingest --rebuild`") from error
    return report


def write_durably(path: Path, data: bytes) -> None:
    """Replace a file in one step: readers see the old or the new one, also after a crash."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
