"""Tests the systems: what each ranks, LlamaIndex's chunks and their times, and how systems are named."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from builds import Built
from fakes import CountingProgress, FakeEmbedder

from app.compose import open_archive
from eval.metrics import Span
from eval.running.llamaindex import chunks_of, open_llamaindex
from eval.running.specs import UnknownSystem, parse_changes, parse_spec
from eval.running.suites import Item
from eval.running.systems import lexical_ranker, open_system, passage_spans
from index.archive import Archive
from index.opened import Index
from ingest.models import Episode, Role, Segment


def item(*turns: str) -> Item:
    return Item("q", 1, turns, True, (), (), "", {})


def archive_of(built: Built) -> Archive:
    return open_archive(built.settings, built.embedder)


def words_of(index: Index, passage_id: str) -> str:
    """A question that repeats a passage's words."""
    return " ".join(index.passages[passage_id].text.split()[:20])


@pytest.mark.parametrize("kind", ["ours", "lexical", "dense", "llamaindex"])
def test_each_system_finds_a_passage_by_its_own_words(built: Built, kind: str) -> None:
    index = built.open()
    wanted = list(passage_spans(index).values())[3]
    system = open_system(parse_spec(kind), built.settings, archive_of(built), CountingProgress())
    outcome = system.run(item(words_of(index, list(index.passages)[3])))
    # Chunks of a thousand random syllables are all similar; another test checks their order.
    assert kind == "llamaindex" or outcome.ranking[0].span.overlaps(wanted)
    assert len(outcome.ranking) <= 10
    assert {passage.id for passage in outcome.ranking} <= {*(system.spans or ())}
    assert [passage.score for passage in outcome.ranking] == sorted((p.score for p in outcome.ranking), reverse=True)
    assert ("answered" in outcome.output) == (kind == "ours")
    assert outcome.output["timings_ms"]["total"] > 0
    assert system.name == kind


def test_ours_answers_and_ranks_the_question_that_was_understood(built: Built) -> None:
    system = open_system(parse_spec("ours"), built.settings, archive_of(built), CountingProgress())
    about = words_of(built.open(), next(iter(built.open().passages)))
    outcome = system.run(item(about, "And why is it so?"))
    assert outcome.output["question"] == "And why is it so?"
    assert outcome.output["standalone_question"].startswith(about)
    alone = system.run(item(outcome.output["standalone_question"]))
    assert [passage.id for passage in outcome.ranking] == [passage.id for passage in alone.ranking]


def test_rankers_get_the_standalone_question_too(built: Built) -> None:
    system = open_system(parse_spec("lexical"), built.settings, archive_of(built), CountingProgress())
    index = built.open()
    about = words_of(index, next(iter(index.passages)))
    followed = system.run(item(about, "And why is it so?"))
    assert followed.output["standalone_question"] == f"{about}. And why is it so?"
    assert followed.ranking[0].id == next(iter(index.passages))


def test_lexical_stems_drops_stop_words_and_leaves_out_what_shares_no_word() -> None:
    rank = lexical_ranker({"a": "They scheduled deployments.", "b": "The winter and the keeper.", "c": "Nothing else."})
    assert [hit.id for hit in rank("Which deployment is the schedule of?")] == ["a"]
    assert [hit.id for hit in rank("the keepers")] == ["b"]
    assert rank("the and of") == []
    assert rank("zzz") == []


def test_lexical_scores_are_lucenes_bm25() -> None:
    # Robertson's idf with 1 added inside the log, k1 0.9, b 0.4; written out for one word.
    rank = lexical_ranker({"a": "fuse fuse keeper", "b": "keeper winter", "c": "winter"})
    (hit,) = rank("fuse")
    idf = np.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    assert hit.score == pytest.approx(idf * 2 / (2 + 0.9 * (1 - 0.4 + 0.4 * 3 / 2)), rel=1e-5)


def spoken(count: int) -> Episode:
    """An episode of paragraphs of 12 words each, ten seconds apart, each with words of its own."""
    segments = tuple(
        Segment(10.0 * n, 10.0 * n + 10, "Ada", Role.GUEST, " ".join(f"P{n}w{i}" for i in range(12)) + ".", n)
        for n in range(count)
    )
    return Episode("long", "long", "Long", 1, 1, ("Ada",), (), None, None, (), segments)


def test_llamaindex_chunks_cover_the_episode_and_share_200_tokens() -> None:
    chunks = chunks_of(spoken(80))
    assert len(chunks) > 3
    assert (chunks[0][1].start, chunks[-1][1].end) == (0.0, 800.0)
    for (_, before), (_, after) in pairwise(chunks):
        assert before.start < after.start
        # A paragraph here has about 48 tokens: four of them fit into 200.
        assert before.end - after.start == 40.0


def test_a_chunks_time_range_is_that_of_the_segments_its_words_are_in() -> None:
    for text, span in chunks_of(spoken(80)):
        numbers = [int(word.split("w")[0].removeprefix("P")) for word in text.split()]
        assert span == Span("long", 10.0 * numbers[0], 10.0 * numbers[-1] + 10)


def test_llamaindex_ranks_its_chunks_by_cosine(built: Built, tmp_path: Path) -> None:
    index, embedder = built.open(), FakeEmbedder()
    chunks = [chunk for episode in index.episodes.values() for chunk in chunks_of(episode)]
    question = words_of(index, next(iter(index.passages)))
    cosines = embedder.embed_sentences([text for text, _ in chunks]) @ embedder.embed_query(question).vector
    spans, rank = open_llamaindex(index, tmp_path, embedder, CountingProgress())
    hits = rank(question)
    assert [spans[hit.id] for hit in hits] == [chunks[i][1] for i in np.argsort(-cosines)[:10]]
    assert [hit.score for hit in hits] == pytest.approx(sorted(cosines, reverse=True)[:10])


def test_llamaindex_embeds_once_and_notices_another_archive_or_model(built: Built, tmp_path: Path) -> None:
    index, embedder = built.open(), FakeEmbedder()
    progress = CountingProgress()
    spans, rank = open_llamaindex(index, tmp_path, embedder, progress)
    assert [stage for stage, _ in progress.stages] == ["LlamaIndex: splitting", "LlamaIndex: embedding"]
    assert progress.done["LlamaIndex: embedding"] == len(spans)
    again = CountingProgress()
    spans_again, rank_again = open_llamaindex(index, tmp_path, embedder, again)
    question = words_of(index, next(iter(index.passages)))
    assert again.stages == []
    assert (spans_again, rank_again(question)) == (spans, rank(question))
    open_llamaindex(index, tmp_path, FakeEmbedder("other"), again)
    assert len(again.stages) == 2


def test_a_damaged_cache_is_made_anew(built: Built, tmp_path: Path) -> None:
    index, embedder = built.open(), FakeEmbedder()
    folder = tmp_path / "cache"
    spans, _ = open_llamaindex(index, folder, embedder, CountingProgress())
    (kept,) = folder.iterdir()
    kept.write_bytes(kept.read_bytes()[:200])
    progress = CountingProgress()
    assert open_llamaindex(index, folder, embedder, progress)[0] == spans
    assert len(progress.stages) == 2


def test_systems_are_named_with_what_is_changed() -> None:
    spec = parse_spec("ours:evidence_words=200,threads=1")
    assert (spec.kind, spec.changes) == ("ours", {"evidence_words": "200", "threads": "1"})
    assert spec.folder == "ours-evidence_words-200-threads-1"
    assert parse_spec("dense").changes == {}
    assert parse_changes(["data=/tmp/a=b"]) == {"data": "/tmp/a=b"}
    with pytest.raises(UnknownSystem, match="no system is named 'bm25': take ours, lexical, dense, llamaindex"):
        parse_spec("bm25")
    with pytest.raises(UnknownSystem, match="'evidence_words' is not KEY=VALUE"):
        parse_spec("ours:evidence_words")


def test_a_server_is_named_by_its_address_without_its_password() -> None:
    spec = parse_spec("https://ada:s3cret@pods.example/podcast/")
    assert (spec.name, spec.kind) == ("https://pods.example/podcast", "server")
    assert spec.address == "https://ada:s3cret@pods.example/podcast/"
    assert "s3cret" not in spec.folder
    for wrong in ("http://", "http://pods.example:99999", "http://pods.example?k=v", "http://pods.example#m"):
        with pytest.raises(UnknownSystem, match="http://"):
            parse_spec(wrong)
