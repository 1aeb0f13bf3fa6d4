"""Provides small working fakes: generated archives, an embedder of hashed words, a progress that only counts."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import yaml

from index.building.build import build_index
from index.embedder import Embedder, Encoded, Vectors
from ingest.descriptor import Descriptor, known_descriptor, read_descriptor
from ingest.formats.base import Context, ReadEpisode
from ingest.formats.jekyll import read_episode as read_markdown
from ingest.front_matter.files import SourceFile
from ingest.settings import Settings
from ingest.sources.open import SAMPLE, Source, Sources, content_hash, described

HOST = "Alexey Grigorev"
_WORD = re.compile(r"\w+")
_SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo zu".split()


class FakeEmbedder(Embedder):
    """Each word has a fixed random direction, a text the sum of its words' directions.

    Texts that share words are near each other, so rankings mean something. Batches and order are
    those of the real embedder; `embedded` records every encoded text in order. It remembers no
    question unless `remember` is set.
    """

    loaded = True

    def __init__(self, key: str = "words", dimension: int = 128, remember: int = 0) -> None:
        super().__init__(key, remember=remember)
        self._dimension = dimension
        self.embedded: list[str] = []

    @cached_property
    def key(self) -> str:
        return f"fake-{self.name}"

    @property
    def dimension(self) -> int:
        return self._dimension

    @property
    def max_tokens(self) -> int:
        return 256

    def _encode(self, texts: Sequence[str], task: str) -> list[Encoded]:
        self.embedded.extend(texts)
        return [self._encode_one(text) for text in texts]

    def _encode_one(self, text: str) -> Encoded:
        spans = [match.span() for match in _WORD.finditer(text)][: self.max_tokens]
        tokens = np.array([_direction(text[a:b].lower(), self._dimension) for a, b in spans], np.float32)
        tokens = tokens.reshape(-1, self._dimension)
        total = tokens.sum(axis=0)
        return Encoded(
            total / max(float(np.linalg.norm(total)), 1e-12), tokens, np.array(spans, np.int32).reshape(-1, 2)
        )


@cache
def _direction(word: str, dimension: int) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    vector = np.random.default_rng(seed).normal(size=dimension)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


class FakeClock:
    """A clock that is set by hand, in seconds."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class CountingProgress:
    """Records the stages and the steps of each; `at` is called on each step."""

    def __init__(self, at: Callable[[str], None] = lambda stage: None) -> None:
        self.stages: list[tuple[str, int]] = []
        self.done: dict[str, int] = {}
        self._at = at

    def start(self, stage: str, total: int) -> None:
        self.stages.append((stage, total))
        self.done[stage] = 0
        self._at(stage)

    def advance(self, steps: int) -> None:
        stage = self.stages[-1][0]
        self.done[stage] += steps
        self._at(stage)


def make_archive(root: Path, episodes: Sequence[str] = ("alpha", "beta", "gamma"), *, lines: int = 24) -> Path:
    """A small archive of made-up words in which each episode has its own guest, `guestof` + slug."""
    (root / "_podcast").mkdir(parents=True, exist_ok=True)
    for slug in episodes:
        write_episode(root, slug, lines=lines)
    write_person(root, "alexeygrigorev", HOST)
    return root


def write_person(root: Path, id: str, name: str) -> None:
    (root / "_people").mkdir(parents=True, exist_ok=True)
    (root / "_people" / f"{id}.md").write_text(f'---\ntitle: "{name}"\n---\n')


def write_episode(root: Path, slug: str, *, lines: int = 24, seed: object = None, **changes: Any) -> Path:
    """One generated episode and its guest's page; `changes` replace parts of its front matter."""
    guest = f"guestof{slug}"
    write_person(root, guest, guest_name(slug))
    front: dict[str, Any] = {
        "title": f"All about {slug}",
        "short": f"About {slug}",
        "season": 1 + len(slug) % 3,
        "episode": 2,
        "guests": [guest],
        "ids": {"youtube": f"vid_{slug:_<8}"[:11].ljust(11, "_")},
        "topics": ["generated", slug],
        "dateadded": "2024-02-03",
        "transcript": transcript(slug if seed is None else f"{slug}{seed}", guest_name(slug), lines),
    }
    path = root / "_podcast" / f"{slug}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(front_matter(front | changes))
    return path


def front_matter(front: Mapping[str, Any]) -> str:
    return f"---\n{yaml.safe_dump(dict(front), sort_keys=False, width=10_000)}---\n"


def guest_name(slug: str) -> str:
    return f"{slug.capitalize()} Tester"


def transcript(seed: str, guest: str, lines: int) -> list[dict[str, Any]]:
    """Questions, answers and second paragraphs of answers in turn; a header before every sixth line."""
    random = Random(seed)
    entries: list[dict[str, Any]] = []
    second = 0
    for i in range(lines):
        if i % 6 == 0:
            entries.append({"header": sentence(random, 3).rstrip(".")})
        who = HOST.split()[0] if i % 3 == 0 else guest.split()[0]
        entries.append({"line": " ".join(sentence(random, 12) for _ in range(3)), "sec": second, "who": who})
        if i % 3 != 1:
            second += 15
    return entries


def sentence(random: Random, length: int) -> str:
    said = ["".join(random.choice(_SYLLABLES) for _ in range(random.randint(1, 3))) for _ in range(length)]
    return " ".join(said).capitalize() + "."


def source_of(root: Path) -> Sources:
    return Sources((described(Source(root, str(root), content_hash(root)[:12])),))


def read_episode(file: SourceFile, people: Mapping[str, str], *, sample: bool = False) -> ReadEpisode:
    """An episode of the old layout, with the descriptor of the archive that has it, or of the sample."""
    descriptor = read_descriptor(SAMPLE) if sample else known_descriptor("original")
    return read_markdown(file, Context(people, descriptor or Descriptor(), sample))


def source_file(path: Path, text: str | bytes) -> SourceFile:
    """A file of the archive `path.parent.parent`, with this content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return SourceFile(path, path.parent.parent, f"{path.parent.name}/{path.name}")


def as_nobody(work: Callable[[], Any], inside: Path) -> Any:
    """Run `work` in a child process without root's rights, which may read `inside`; returns or raises the same."""
    if os.geteuid() != 0:
        return work()
    for folder in (inside, *inside.parents):  # pytest closes its folders to others
        folder.chmod(folder.stat().st_mode | 0o055)
        if folder.name.startswith("pytest-of-"):
            break
    context = multiprocessing.get_context("fork")  # the interpreter itself may be closed to others
    receiver, sender = context.Pipe(duplex=False)

    def child() -> None:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        try:
            sender.send((work(), None))
        except Exception as error:
            sender.send((None, error))

    process = context.Process(target=child)
    process.start()
    process.join(60)
    result, error = receiver.recv()
    if error:
        raise error
    return result


def settings_for(data: Path, **changes: Any) -> Settings:
    """Settings of a server that accepts the host names of test clients, as often as they come."""
    usual: dict[str, Any] = {"allowed_hosts": ("testserver", "test"), "visitor_rate": "", "visitor_share": 0}
    return Settings(data=data, **usual | changes)


def build_in_child(root: Path, data: Path, result: Any) -> None:
    """Build in a child process (of `multiprocessing`) and send the result."""
    try:
        report = build_index(source_of(root), settings_for(data), FakeEmbedder(), CountingProgress())
        result.send(("built", report.changed))
    except Exception as error:
        result.send((type(error).__name__, str(error)))
