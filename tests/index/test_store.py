"""Tests that both stores behave the same: the embedded store, and a Qdrant client in memory."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import numpy as np
import pytest
from fakes import FakeEmbedder, sentence
from qdrant_client import QdrantClient
from qdrant_fake import serving

from index.filters import Filters
from index.store.base import Hit, PassageStore, Point, StoreError
from index.store.edge import EdgeStore
from index.store.server import ServerStore

EMBEDDER = FakeEmbedder()
DIM = EMBEDDER.dimension
FIXED = ["caching saves money", "the cache is warm", "parrots talk", "money talks loudly"]


def id_of(number: int) -> str:
    return str(uuid.UUID(int=number + 1))


def points(count: int = 60) -> list[Point]:
    random = Random(0)
    texts = [*FIXED, *(" ".join(sentence(random, 10) for _ in range(3)) for _ in range(count - len(FIXED)))]
    return [
        Point(
            id_of(i),
            EMBEDDER.embed_query(text).vector,
            text,
            {
                "episode": f"talk-{i % 4}", "guests": ["Ann", "Bob", "Cleo"][: 1 + i % 3], "season": i % 5 or None,
                "topics": ["even"] if i % 2 == 0 else ["odd", "rare"], "start": i * 1.5,
            },
        )
        for i, text in enumerate(texts)
    ]  # fmt: skip


POINTS = points()


def edge_store(folder: Path) -> PassageStore:
    return EdgeStore.create(folder / "shard", DIM)


def server_store(folder: Path) -> PassageStore:
    return ServerStore.create_on(QdrantClient(":memory:"), "test", DIM)


MAKERS: dict[str, Callable[[Path], PassageStore]] = {"edge": edge_store, "server": server_store}


@pytest.fixture(params=list(MAKERS.values()), ids=list(MAKERS))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PassageStore]:
    store: PassageStore = request.param(tmp_path)
    store.put(iter(POINTS))
    store.flush()
    yield store
    store.close()


def vector(text: str) -> np.ndarray:
    return EMBEDDER.embed_query(text).vector


def numbers(hits: list[Hit]) -> list[int]:
    return [uuid.UUID(hit.id).int - 1 for hit in hits]


class TestRanking:
    def test_dense_is_cosine_over_all_points(self, store: PassageStore) -> None:
        asked = vector("warm cache money")
        expected = sorted(((float(p.vector @ asked), p.id) for p in POINTS), reverse=True)[:10]
        hits = store.dense(asked, 10)
        assert [hit.id for hit in hits] == [id for _, id in expected]
        assert [hit.score for hit in hits] == pytest.approx([score for score, _ in expected], abs=1e-5)

    def test_lexical_is_bm25_with_stems(self, store: PassageStore) -> None:
        hits = store.lexical("a cache for the money", 10)
        assert set(numbers(hits)) == {0, 1, 3}  # "caching" has the stem of "cache"
        assert numbers(hits)[0] == 0
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)

    def test_lexical_scores_follow_the_formula(self, store: PassageStore) -> None:
        # Robertson and Zaragoza 2009, with the inverse document frequency that Qdrant documents.
        (hit,) = store.lexical("parrots", 10)
        k, b, mean, length = 1.2, 0.75, 140.0, 2
        saturation = (k + 1) / (1 + k * (1 - b + b * length / mean))
        idf = np.log((len(POINTS) - 1 + 0.5) / (1 + 0.5) + 1)
        assert hit.score == pytest.approx(saturation * idf, rel=1e-3)

    @pytest.mark.parametrize("text", ["", "   ", "the of and", "?!", "zzzunknownzzz"])
    def test_lexical_without_a_common_word_finds_nothing(self, store: PassageStore, text: str) -> None:
        assert store.lexical(text, 10) == []

    def test_more_asked_for_than_there_is(self, store: PassageStore) -> None:
        assert len(store.dense(vector("cache"), 1000)) == len(POINTS)

    def test_an_empty_store(self, tmp_path: Path) -> None:
        for make in MAKERS.values():
            empty = make(tmp_path)
            assert empty.count() == 0
            assert empty.dense(vector("x"), 5) == empty.lexical("cache", 5) == []
            empty.close()


class TestFilters:
    @pytest.mark.parametrize(
        ("filters", "keep"),
        [
            (Filters(episodes=("talk-1",)), lambda p: p["episode"] == "talk-1"),
            (Filters(episodes=("talk-1", "talk-2")), lambda p: p["episode"] in ("talk-1", "talk-2")),
            (Filters(guests=("Cleo",)), lambda p: "Cleo" in p["guests"]),
            (Filters(topics=("rare",)), lambda p: "rare" in p["topics"]),
            (Filters(seasons=(2, 3)), lambda p: p["season"] in (2, 3)),
            (Filters(guests=("Bob",), seasons=(1,)), lambda p: "Bob" in p["guests"] and p["season"] == 1),
            (Filters(episodes=("nothing",)), lambda p: False),
        ],
    )
    def test_a_filter_keeps_what_matches_and_the_order(
        self, store: PassageStore, filters: Filters, keep: Callable[[dict[str, object]], bool]
    ) -> None:
        wanted = {p.id for p in POINTS if keep(p.payload)}
        everything = [hit.id for hit in store.dense(vector("warm cache"), 1000)]
        assert [hit.id for hit in store.dense(vector("warm cache"), 1000, filters)] == [
            id for id in everything if id in wanted
        ]
        lexical = [hit.id for hit in store.lexical("cache money talk", 1000)]
        assert [hit.id for hit in store.lexical("cache money talk", 1000, filters)] == [
            id for id in lexical if id in wanted
        ]


class TestWriting:
    def test_a_point_that_is_put_again_is_replaced(self, store: PassageStore) -> None:
        store.put([Point(id_of(2), vector("cache"), "cache", {"episode": "new"})])
        store.flush()
        assert store.count() == len(POINTS)
        assert store.payloads([id_of(2)])[id_of(2)] == {"episode": "new", "text": "cache"}
        assert store.lexical("parrots", 5) == []

    def test_payloads_by_id_leave_out_the_unknown(self, store: PassageStore) -> None:
        found = store.payloads([id_of(3), id_of(5000)])
        assert found == {id_of(3): POINTS[3].payload | {"text": POINTS[3].text}}

    def test_a_fault_in_the_stream_of_points_comes_through(self, store: PassageStore) -> None:
        def broken() -> Iterator[Point]:
            yield POINTS[0]
            raise OSError("the disk is gone")

        with pytest.raises(OSError, match="the disk is gone"):
            store.put(broken())


def test_both_stores_rank_alike(tmp_path: Path) -> None:
    stores = [make(tmp_path) for make in MAKERS.values()]
    for store in stores:
        store.put(iter(POINTS))
        store.flush()
    random = Random(1)
    for text in [*FIXED, *(sentence(random, 6) for _ in range(40)), "cache " * 50]:
        for filters in (Filters(), Filters(guests=("Bob",)), Filters(seasons=(1, 2), topics=("odd",))):
            for edge, server in (
                [store.dense(vector(text), 20, filters) for store in stores],
                [store.lexical(text, 20, filters) for store in stores],
            ):
                assert [hit.score for hit in edge] == pytest.approx([hit.score for hit in server], rel=1e-4, abs=1e-6)
                assert ordered(edge) == ordered(server)


def ordered(hits: list[Hit]) -> list[str]:
    """Ids by score, (nearly) equal scores by id; without the ids of the last score, which may be incomplete."""
    last = round(hits[-1].score, 4) if len(hits) == 20 else -1.0
    return [id for score, id in sorted((-round(hit.score, 4), hit.id) for hit in hits) if -score != last]


class TestEdge:
    def test_it_is_read_again_from_its_folder_by_any_number(self, tmp_path: Path) -> None:
        store = edge_store(tmp_path)
        store.put(POINTS)
        store.flush()
        expected = store.dense(vector("cache"), 5)
        store.close()
        readers = [EdgeStore.open(tmp_path / "shard") for _ in range(3)]
        assert all(reader.dense(vector("cache"), 5) == expected for reader in readers)
        readers[0].close()
        assert readers[1].count() == len(POINTS)

    def test_a_folder_that_is_missing(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match="citecast ingest --rebuild"):
            EdgeStore.open(tmp_path / "nothing")

    @pytest.mark.parametrize("damage", ["cut", "random"])
    def test_any_damaged_file_is_a_store_error_or_changes_nothing_but_hits(self, tmp_path: Path, damage: str) -> None:
        store = edge_store(tmp_path)
        store.put(POINTS)
        store.flush()
        store.close()
        EdgeStore.open(tmp_path / "shard").close()  # merges the journals that writing leaves
        for path in sorted(p for p in (tmp_path / "shard").rglob("*") if p.is_file()):
            whole = path.read_bytes()
            path.write_bytes(b"" if damage == "cut" else Random(0).randbytes(min(len(whole), 4096)))
            try:
                reader = EdgeStore.open(tmp_path / "shard")
                reader.count()
                hits = reader.dense(vector("cache"), 5) + reader.lexical("cache money", 5)
                reader.payloads([hit.id for hit in hits])
                reader.close()
            except StoreError as error:
                assert "run `citecast ingest --rebuild`" in str(error)
            path.write_bytes(whole)


class TestServer:
    def test_no_server_is_named_with_the_remedy(self) -> None:
        attempts: tuple[Callable[[], ServerStore], ...] = (
            lambda: ServerStore.connect("http://127.0.0.1:9", "x"),
            lambda: ServerStore.create("http://127.0.0.1:9", "x", DIM),
        )
        for attempt in attempts:
            with pytest.raises(StoreError, match=r"http://127\.0\.0\.1:9.*CITECAST_STORE"):
                attempt()

    def test_over_the_wire_it_ranks_as_in_memory(self) -> None:
        memory = ServerStore.create_on(QdrantClient(":memory:"), "x", DIM)
        memory.put(POINTS)
        with serving() as server:
            ServerStore.create(server.url, "x", DIM).put(POINTS)
            store = ServerStore.connect(server.url, "x")
            for filters in (Filters(), Filters(guests=("Cleo",), seasons=(1, 2))):
                assert store.dense(vector("warm cache"), 9, filters) == memory.dense(vector("warm cache"), 9, filters)
                assert store.lexical("cache money", 9, filters) == memory.lexical("cache money", 9, filters)
            assert store.count() == len(POINTS)
            assert store.payloads([id_of(2), id_of(5000)]).keys() == {id_of(2)}
            store.close()

    def test_a_collection_that_is_missing_is_named_with_the_remedy(self) -> None:
        with serving() as server, pytest.raises(StoreError, match=r"no collection 'gone'.*--rebuild"):
            ServerStore.connect(server.url, "gone")

    def test_a_server_that_goes_away_is_a_store_error(self) -> None:
        with serving() as server:
            ServerStore.create(server.url, "there", DIM)
            store = ServerStore.connect(server.url, "there")
        for work in (
            lambda: store.put(POINTS),
            lambda: store.count(),
            lambda: store.dense(vector("x"), 5),
            lambda: store.lexical("cache", 5),
            lambda: store.payloads([id_of(1)]),
            lambda: store.drop(),
        ):
            with pytest.raises(StoreError, match="CITECAST_STORE"):
                work()

    def test_a_half_built_collection_is_replaced(self) -> None:
        client = QdrantClient(":memory:")
        ServerStore.create_on(client, "x", DIM).put(POINTS)
        assert ServerStore.create_on(client, "x", DIM).count() == 0

    def test_drop(self) -> None:
        client = QdrantClient(":memory:")
        ServerStore.create_on(client, "x", DIM).drop()
        assert not client.collection_exists("x")
