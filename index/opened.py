"""Opens an index: its store, and all episodes and passages in memory.

Readers keep one `Index`; after a new build, `index.archive` uses the new generation
from the next question on.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from threadpoolctl import ThreadpoolController

from index.building.vector_cache import BASIS_FILE, Embedded, read_basis, read_embedded
from index.embedder import Embedder, Vectors
from index.episodes import read_episodes
from index.late_interaction import TokenBasis, TokenCodes
from index.manifest import IndexMissing, Manifest, current_generation, read_manifest
from index.query.guest_names import GuestNames, written_names
from index.store.base import PassageStore, StoreError
from index.store.edge import EdgeStore
from index.store.server import ServerStore
from ingest.models import Episode, Passage, Player
from ingest.settings import Settings

_RAREST = math.log(12_000 / 0.5)


@dataclass(frozen=True, slots=True)
class Catalog:
    """What questions and filters can name, and the archive's own facts.

    `players`: kind and origin (`https://host`) of all players; `days`: as `Index.days`.
    """

    episodes: tuple[tuple[str, str], ...]
    guests: tuple[str, ...]
    topics: tuple[str, ...]
    seasons: tuple[int, ...]
    sample: bool
    passages: int
    version: str
    name: str = ""
    questions: tuple[str, ...] = ()
    players: tuple[tuple[Player, str], ...] = ()
    days: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Index:
    """One opened generation. `passages` by id, in the archive's order."""

    folder: Path
    manifest: Manifest
    store: PassageStore
    episodes: dict[str, Episode]
    passages: dict[str, Passage]
    tokens: TokenFiles
    frequencies: dict[str, int]

    @cached_property
    def guest_names(self) -> GuestNames:
        """The guests, ready to be found in questions."""
        return GuestNames(self.catalog.guests, self)

    @cached_property
    def days(self) -> dict[str, str]:
        """The day of each episode that has one (`YYYY-MM-DD`), by slug."""
        return {slug: episode.dated[0] for slug, episode in self.episodes.items() if episode.dated}

    @cached_property
    def passages_of(self) -> dict[str, list[Passage]]:
        """Passages by episode, in order."""
        own: dict[str, list[Passage]] = {slug: [] for slug in self.episodes}
        for passage in self.passages.values():
            own[passage.episode].append(passage)
        return own

    @cached_property
    def places(self) -> dict[str, int]:
        """The place of each passage in its episode, by id."""
        return {passage.id: at for own in self.passages_of.values() for at, passage in enumerate(own)}

    @cached_property
    def judged_parts(self) -> dict[str, Any]:
        """What `index.judging.features` keeps of passages, by id."""
        return {}

    def unknown_names(self, question: str) -> list[str]:
        """Names in a question that are in no passage, title or guest list, to be mentioned in a refusal."""
        names = [name.split() for name in written_names(question)]
        return [
            " ".join(parts)
            for parts in names
            if len(parts) > 1
            and not self.guest_names.find(" ".join(parts))
            and not any(" ".join(parts[-2:]) in p.embedded_text for p in self.passages.values())
        ]

    def frequency(self, word: str) -> int:
        """The number of passages with a (lower-case) word."""
        return self.frequencies.get(word, 0)

    def written_small(self, word: str) -> int:
        """The number of passages with a word in lower case between blanks; reads all passages (some 10 ms)."""
        return sum(f" {word} " in passage.text for passage in self.passages.values())

    @property
    def size(self) -> int:
        """The number of passages."""
        return len(self.passages)

    def rarity(self, word: str) -> float:
        """Inverse document frequency scaled to 0..1: 1 is a word that is in none of some 12,000 passages.

        In a small archive a missing word counts less.
        """
        return min(1.0, math.log((len(self.passages) + 1) / (self.frequency(word) + 0.5)) / _RAREST)

    @cached_property
    def catalog(self) -> Catalog:
        """Episodes by title, guests by name, topics by how many episodes have them."""
        episodes = self.episodes.values()
        topics = Counter(topic for episode in episodes for topic in episode.topics)
        return Catalog(
            episodes=tuple(sorted(((e.slug, e.title) for e in episodes), key=lambda pair: pair[1].casefold())),
            guests=tuple(sorted({guest for e in episodes for guest in e.guests}, key=str.casefold)),
            topics=tuple(topic for topic, _ in sorted(topics.items(), key=lambda pair: (-pair[1], pair[0].casefold()))),
            seasons=tuple(sorted({e.season for e in episodes if e.season is not None})),
            sample=self.manifest.sample,
            passages=len(self.passages),
            version=self.manifest.version,
            name=self.manifest.name,
            questions=self.manifest.questions,
            players=_players(episodes),
            days=self.days,
        )


def _players(episodes: Iterable[Episode]) -> tuple[tuple[Player, str], ...]:
    found = {(episode.links.player, urlsplit(episode.player(0))) for episode in episodes if episode.player(0)}
    return tuple(sorted({(kind, f"{parts.scheme}://{parts.netloc}") for kind, parts in found}))


class TokenFiles:
    """A generation's token codes; each episode's are read at the first use, then kept."""

    def __init__(self, folder: Path, dimension: int) -> None:
        self._folder = folder
        self._dimension = dimension
        self._read = lru_cache(maxsize=None)(self._read_episode)

    @cached_property
    def basis(self) -> TokenBasis:
        """The basis that the codes were made with; raises `StoreError` if the file is damaged."""
        try:
            return read_basis(self._folder / BASIS_FILE, self._dimension)
        except (OSError, ValueError) as error:
            raise StoreError(f"{self._folder} is damaged ({error}): run `citecast ingest --rebuild`") from error

    def of(self, passage: Passage) -> TokenCodes:
        """A passage's codes; raises `StoreError` if the file is damaged."""
        try:
            return self._read(passage.episode)[passage.id].tokens
        except (OSError, ValueError, KeyError) as error:
            raise StoreError(f"{self._folder} is damaged ({error}): run `citecast ingest --rebuild`") from error

    def vector(self, passage: Passage) -> Vectors:
        """A passage's unit vector; raises `StoreError` if the file is damaged."""
        try:
            return self._read(passage.episode)[passage.id].vector
        except (OSError, ValueError, KeyError) as error:
            raise StoreError(f"{self._folder} is damaged ({error}): run `citecast ingest --rebuild`") from error

    def _read_episode(self, slug: str) -> dict[str, Embedded]:
        return read_embedded(self._folder / f"{slug}.npz", self._dimension)


def open_store(settings: Settings, folder: Path) -> PassageStore:
    """The store that holds a generation's vectors; raises `StoreError`."""
    if settings.store:
        return ServerStore.connect(settings.store, collection_of(folder))
    return EdgeStore.open(folder / "shard")


def collection_of(folder: Path) -> str:
    """The name of a generation's collection on a server."""
    return f"citecast-{folder.name}"


@cache
def _one_thread_each() -> None:
    """Let numpy compute each product in the thread that asks for it.

    The matrices of a question are small: OpenBLAS's other threads would mostly wait for work, and busily, so that each
    of them takes a core away from other questions. torch has its own threads.
    """
    ThreadpoolController().select(internal_api="openblas").limit(limits=1)


def open_index(settings: Settings, embedder: Embedder) -> Index:
    """Open the generation in use.

    Raises `IndexMissing`, `IndexMismatch` or `StoreError`, each with the command that helps.
    """
    _one_thread_each()
    folder = current_generation(settings.data)
    manifest = read_manifest(folder)
    manifest.check(settings, embedder.key)
    try:
        rows = list(read_episodes(folder / "episodes.jsonl"))
        frequencies = {str(word): int(count) for word, count in json.loads((folder / "words.json").read_text()).items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise IndexMissing(f"{folder} is damaged ({error}): run `citecast ingest --rebuild`") from error
    store = open_store(settings, folder)
    episodes = {episode.slug: episode for episode, _ in rows}
    passages = {passage.id: passage for _, own in rows for passage in own}
    if (count := store.count()) != len(passages):
        raise StoreError(
            f"the store holds {count:,} passages, the index {len(passages):,}: run `citecast ingest --rebuild`"
        )
    return Index(
        folder, manifest, store, episodes, passages, TokenFiles(folder / "tokens", manifest.dimension), frequencies
    )
