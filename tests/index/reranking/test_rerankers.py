"""Tests rerankers: a tiny real cross-encoder, working and failing servers, and the ranking that results."""

from __future__ import annotations

import json
import logging
import socket
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builds import Built, answerer_of
from fakes import CountingProgress, settings_for
from hypothesis import given
from hypothesis import strategies as st
from rerank_fake import FakeServer, overlap, save_cross_encoder, serving
from typer.testing import CliRunner

from app.compose import open_archive
from app.terminal.commands import app
from app.terminal.doctor import examine
from eval.running.specs import parse_spec
from eval.running.suites import Item
from eval.running.systems import open_system
from index.minilm import minilm_folder
from index.opened import Index
from index.reranking.cross_encoder import CrossEncoderReranker, RerankerError, RerankFault, RerankRefused, Scores
from index.reranking.http import ServedReranker, scores_of
from index.reranking.stage import PAUSE_S, RERANK_DEPTH, RERANK_WEIGHT, Reranking, mixed, open_reranker
from index.retrieve import Retriever
from ingest.settings import SettingsError, load_settings

QUESTION = "where do penguins live"
TEXTS = ["The bill is due.", "Most penguins live in the cold, where do they live?", "Some penguins swim."]
ASKED = "Which drift alarm is worth paging somebody for?"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_cross_encoder(tmp_path_factory.mktemp("rerank") / "tiny")


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with serving() as fake:
        yield fake


@pytest.fixture
def tei() -> Iterator[FakeServer]:
    with serving(tei=True) as fake:
        yield fake


class WordReranker:
    """A reranker that counts shared words; it raises `faults` first, one for each call."""

    name = "words"

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.calls = 0

    def score(self, question: str, texts: Sequence[str]) -> Scores:
        self.calls += 1
        if self.faults:
            raise self.faults.pop(0)
        return np.array([overlap(question, text) for text in texts])


class TestCrossEncoder:
    def test_scores_are_the_models_logits(self, folder: Path) -> None:
        """Compared with the transformers library, without sentence-transformers."""
        import torch
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        found = CrossEncoderReranker(str(folder), dtype="float32").score(QUESTION, TEXTS)
        tokenizer = AutoTokenizer.from_pretrained(folder)
        model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
        marks = tokenizer([QUESTION] * 3, TEXTS, padding=True, return_tensors="pt")
        with torch.inference_mode():
            wanted = model(**marks).logits[:, 0].numpy()
        assert found == pytest.approx(wanted, abs=1e-4)
        assert len(set(found.tolist())) == 3

    def test_the_order_of_texts_and_batches_changes_no_score(self, folder: Path) -> None:
        reranker = CrossEncoderReranker(str(folder), dtype="float32")
        texts = [f"{text} {'and more ' * (i % 7)}{i}" for i, text in enumerate(TEXTS * 12)]
        together = reranker.score(QUESTION, texts)
        assert together.shape == (36,)
        assert reranker.score(QUESTION, texts[::-1]) == pytest.approx(together[::-1], abs=1e-4)
        assert reranker.score(QUESTION, texts[:1]) == pytest.approx(together[:1], abs=1e-4)
        assert reranker.score(QUESTION, []).shape == (0,)

    def test_what_is_too_long_is_cut(self, tmp_path: Path) -> None:
        reranker = CrossEncoderReranker(str(save_cross_encoder(tmp_path / "short", positions=48)), dtype="float32")
        assert reranker.max_tokens == 48
        long = "penguins " * 400
        scores = reranker.score(QUESTION, [long, long + "x" * 4000, ""])
        assert scores[0] == pytest.approx(scores[1], abs=1e-5)
        assert np.isfinite(reranker.score("penguin " * 1000, [long, "x"])).all()

    def test_bfloat16_is_near_float32(self, folder: Path) -> None:
        exact, fast = (
            CrossEncoderReranker(str(folder), dtype=name).score(QUESTION, TEXTS) for name in ("float32", "bfloat16")
        )
        assert fast == pytest.approx(exact, abs=0.1 * float(np.abs(exact).max()))

    def test_a_model_that_is_none_is_refused_with_the_remedy(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        for name in (str(tmp_path / "nowhere"), str(tmp_path)):
            with pytest.raises(RerankerError, match=r"cannot be loaded.*CITECAST_RERANKER"):
                CrossEncoderReranker(name).score(QUESTION, TEXTS)

    def test_an_embedding_model_or_a_classifier_is_no_reranker(self, tmp_path: Path) -> None:
        with pytest.raises(RerankerError, match="BertModel, no cross-encoder"):
            CrossEncoderReranker(str(minilm_folder())).score(QUESTION, TEXTS)
        with pytest.raises(RerankerError, match="3 labels"):
            CrossEncoderReranker(str(save_cross_encoder(tmp_path / "nli", labels=("a", "b", "c")))).score(
                QUESTION, TEXTS
            )

    def test_scores_that_are_no_numbers_are_a_fault(self, tmp_path: Path) -> None:
        import torch
        from transformers import AutoModelForSequenceClassification

        broken = save_cross_encoder(tmp_path / "broken")
        model = AutoModelForSequenceClassification.from_pretrained(broken)
        with torch.no_grad():
            model.classifier.bias.fill_(float("nan"))
        model.save_pretrained(broken)
        with pytest.raises(RerankFault, match="no numbers"):
            CrossEncoderReranker(str(broken)).score(QUESTION, TEXTS)


class TestServed:
    def test_the_scores_come_back_in_the_order_of_the_texts(self, server: FakeServer) -> None:
        found = ServedReranker(server.url).score(QUESTION, TEXTS)
        assert found.tolist() == [overlap(QUESTION, text) for text in TEXTS]
        ((path, body),) = server.asked
        assert path == "/v1/rerank"
        assert body.items() >= {"query": QUESTION, "documents": TEXTS, "top_n": 3}.items()
        assert "model" not in body

    def test_tei_is_recognised_once(self, tei: FakeServer) -> None:
        reranker = ServedReranker(tei.url)
        for _ in range(2):
            assert reranker.score(QUESTION, TEXTS).tolist() == [overlap(QUESTION, text) for text in TEXTS]
        assert [path for path, _ in tei.asked] == ["/v1/rerank", "/rerank", "/rerank"]
        assert tei.asked[-1][1].items() >= {"query": QUESTION, "texts": TEXTS}.items()

    def test_a_server_that_is_replaced_by_the_other_kind_is_recognised_anew(self, tei: FakeServer) -> None:
        reranker = ServedReranker(tei.url)
        reranker.score(QUESTION, TEXTS)
        tei.tei = False
        with pytest.raises(RerankFault, match="404"):
            reranker.score(QUESTION, TEXTS)
        assert reranker.score(QUESTION, TEXTS).argmax() == 1

    @pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/"])
    def test_url_and_model(self, server: FakeServer, path: str) -> None:
        ServedReranker(f"{server.url}{path}#some/re%20ranker").score(QUESTION, TEXTS)
        assert server.asked[0][0] == "/v1/rerank"
        assert server.asked[0][1]["model"] == "some/re ranker"

    def test_nothing_is_asked_about_nothing(self, server: FakeServer) -> None:
        assert ServedReranker(server.url).score(QUESTION, []).shape == (0,)
        assert server.asked == []

    @pytest.mark.parametrize("statuses", [[500], [429, 503], [502, 504]])
    def test_a_busy_server_is_asked_twice_more(self, server: FakeServer, statuses: list[int]) -> None:
        server.statuses = list(statuses)
        assert ServedReranker(server.url).score(QUESTION, TEXTS).argmax() == 1
        assert len(server.asked) == len(statuses) + 1

    def test_then_it_is_a_fault_with_what_the_server_said(self, server: FakeServer) -> None:
        server.statuses = [500, 500, 429, 500]
        with pytest.raises(RerankFault, match=r"429 .*as the test\\nwants it"):
            ServedReranker(server.url).score(QUESTION, TEXTS)
        assert len(server.asked) == 3

    @pytest.mark.parametrize(
        ("status", "kind"),
        [(400, RerankRefused), (413, RerankRefused), (401, RerankFault), (501, RerankFault), (307, RerankFault)],
    )
    def test_what_would_fail_again_is_not_asked_again(
        self, server: FakeServer, status: int, kind: type[RerankFault]
    ) -> None:
        server.statuses = [status]
        with pytest.raises(RerankFault, match=str(status)) as caught:
            ServedReranker(server.url).score(QUESTION, TEXTS)
        assert type(caught.value) is kind
        assert len(server.asked) == 1

    def test_a_question_that_llama_cpp_finds_too_long_is_refused_and_not_asked_again(self, server: FakeServer) -> None:
        server.statuses = [500]
        server.message = "input (909 tokens) is too large to process. increase the physical batch size"
        with pytest.raises(RerankRefused, match="909 tokens"):
            ServedReranker(server.url).score(QUESTION, TEXTS)
        assert len(server.asked) == 1

    def test_a_path_that_is_unknown_both_ways_is_told_with_both_answers(self, server: FakeServer) -> None:
        server.statuses = [404]  # as vLLM does for a model that it does not serve
        with pytest.raises(RerankFault, match=r"/v1/rerank: 404 .*as the test.*; /rerank: 404"):
            ServedReranker(server.url).score(QUESTION, TEXTS)

    @pytest.mark.parametrize("trickles", [False, True])
    def test_a_slow_server_is_left_in_time(self, server: FakeServer, trickles: bool) -> None:
        server.trickles = trickles
        server.wait_s = 0.0 if trickles else 5.0
        clock = time.monotonic()
        with pytest.raises(RerankFault, match=r"did not answer within 0\.5 s"):
            ServedReranker(server.url, seconds=0.5).score(QUESTION, TEXTS)
        assert time.monotonic() - clock < 1.5

    def test_a_server_that_is_not_there_is_told(self) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(RerankFault, match=f"{url} cannot be reached"):
            ServedReranker(url, seconds=0.3).score(QUESTION, TEXTS)

    @pytest.mark.parametrize(
        ("raw", "reason"),
        [
            (b"", "no JSON"), (b"<html>", "no JSON"), (b"{", "no JSON"), (b"[" * 100_000, "no JSON"),
            (b"\xff", "no JSON"),
            (b"{}", "no scores for 3 passages"), (b"null", "no scores"), (b"7", "no scores"),
            (b'{"results": null}', "no scores"), (b'{"results": {"0": 1}}', "no scores"),
        ],
    )  # fmt: skip
    def test_a_reply_that_is_none(self, server: FakeServer, raw: bytes, reason: str) -> None:
        server.raw = raw
        with pytest.raises(RerankFault, match=f"wrong reply: {reason}"):
            ServedReranker(server.url).score(QUESTION, TEXTS)

    def test_a_reply_without_end_is_left(self, server: FakeServer) -> None:
        server.raw = b" " * (5 * 1024**2)
        with pytest.raises(RerankFault, match="more than"):
            ServedReranker(server.url).score(QUESTION, TEXTS)

    def test_a_list_that_is_too_short(self, server: FakeServer) -> None:
        server.rows = [{"index": 0, "relevance_score": 1.0}]
        with pytest.raises(RerankFault, match="1 scores for 3 passages"):
            ServedReranker(server.url).score(QUESTION, TEXTS)


def rows_of(*pairs: tuple[Any, Any]) -> list[dict[str, Any]]:
    return [{"index": index, "score": score} for index, score in pairs]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (rows_of((0, 1.0), (0, 0.5)), "index 0 twice"),
        (rows_of((0, 1.0), (2, 0.5)), "index 2 for 2"),
        (rows_of((-1, 1.0), (0, 0.5)), "index -1"),
        (rows_of((True, 1.0), (0, 0.5)), "index True"),
        (rows_of(("0", 1.0), (1, 0.5)), "index '0'"),
        (rows_of((0, float("nan")), (1, 0.5)), "score nan"),
        (rows_of((0, float("inf")), (1, 0.5)), "score inf"),
        (rows_of((0, "1"), (1, 0.5)), "score '1'"),
        (rows_of((0, None), (1, 0.5)), "score None"),
        (rows_of((0, True), (1, 0.5)), "score True"),
        ([{"index": 0}, {"score": 1}], "score None"),
        (["0", "1"], "index None"),
        (rows_of((0, 1.0), (1, 0.5), (2, 0.1)), "3 scores for 2"),
        ([], "0 scores for 2"),
    ],
)
def test_rows_that_are_wrong(rows: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        scores_of(rows, "score", 2)


def test_rows_as_json_has_them() -> None:
    rows = json.loads('[{"index": 1, "score": -3.5, "text": "x"}, {"index": 0, "score": 2}]')
    assert scores_of(rows, "score", 2).tolist() == [2.0, -3.5]


class TestMixing:
    def test_by_hand(self) -> None:
        ranked = [("a", 2.0), ("b", 1.5), ("c", 1.0)]
        found = mixed(ranked, [0.0, 1.0, 5.0])
        # a 0.3 * 1, b 0.3 * 0.5 + 0.7 * 0.2, c 0.7 * 1; scaled to 1..2
        assert RERANK_WEIGHT == 0.7
        assert [id for id, _ in found] == ["c", "a", "b"]
        assert [score for _, score in found] == pytest.approx([1.7, 1.3, 1.29])

    def test_equal_scores_change_nothing(self) -> None:
        ranked = [("a", 2.0), ("b", 1.5), ("c", 1.5)]
        assert [id for id, _ in mixed(ranked, [3.0, 3.0, 3.0])] == ["a", "b", "c"]
        assert mixed([("a", 2.0)], [7.0]) == [("a", 2.0)]
        assert [id for id, _ in mixed([("a", 1.0), ("b", 1.0)], [0.0, 1.0])] == ["b", "a"]

    @given(st.lists(st.tuples(st.floats(-5, 5), st.floats(-20, 20)), min_size=1, max_size=30))
    def test_the_range_of_scores_stays(self, pairs: list[tuple[float, float]]) -> None:
        ranked = sorted(((str(i), old) for i, (old, _) in enumerate(pairs)), key=lambda pair: -pair[1])
        found = mixed(ranked, [new for _, new in pairs])
        scores = [score for _, score in found]
        assert {id for id, _ in found} == {id for id, _ in ranked}
        assert scores == sorted(scores, reverse=True)
        assert ranked[-1][1] - 1e-9 <= min(scores) <= max(scores) <= ranked[0][1] + 1e-9


class TestStage:
    @pytest.fixture
    def ranked(self, sample_index: Index) -> list[tuple[str, float]]:
        return [(id, 1.0 - place / 100) for place, id in enumerate(list(sample_index.passages)[:40])]

    def test_only_the_first_are_reordered(self, sample_index: Index, ranked: list[tuple[str, float]]) -> None:
        question = sample_index.passages[ranked[20][0]].embedded_text
        found = Reranking(WordReranker()).order(question, ranked, sample_index.passages)
        assert found.note == ""
        assert found.ranked[0][0] == ranked[20][0]
        assert {id for id, _ in found.ranked[:RERANK_DEPTH]} == {id for id, _ in ranked[:RERANK_DEPTH]}
        assert found.ranked[RERANK_DEPTH:] == ranked[RERANK_DEPTH:]
        assert found.ranked[RERANK_DEPTH - 1][1] >= found.ranked[RERANK_DEPTH][1]
        assert found.spent_ms > 0

    def test_nothing_found_is_nothing_asked(self, sample_index: Index) -> None:
        reranker = WordReranker()
        assert Reranking(reranker).order("x", [], sample_index.passages).ranked == []
        assert reranker.calls == 0

    def test_a_fault_is_logged_once_and_the_reranker_left_alone(
        self, sample_index: Index, ranked: list[tuple[str, float]], caplog: pytest.LogCaptureFixture
    ) -> None:
        now = 100.0
        reranker = WordReranker(RerankFault("it is gone"), RerankFault("still gone"))
        stage = Reranking(reranker, lambda: now)
        found = []
        with caplog.at_level(logging.WARNING, "citecast.rerank"):
            for seconds in (0.0, 1.0, PAUSE_S - 0.1, PAUSE_S, PAUSE_S + 1, 2 * PAUSE_S):
                now = 100.0 + seconds
                found.append(stage.order(ASKED, ranked, sample_index.passages))
        assert reranker.calls == 3
        assert [record.getMessage() for record in caplog.records] == [
            "it is gone; passages keep their order, for 30 s", "still gone; passages keep their order, for 30 s",
        ]  # fmt: skip
        assert all(one.ranked == ranked and "without it" in one.note for one in found[:-1])
        assert found[-1].note == ""
        assert found[-1].ranked != ranked

    def test_a_question_that_is_refused_keeps_no_other_out(
        self, sample_index: Index, ranked: list[tuple[str, float]], caplog: pytest.LogCaptureFixture
    ) -> None:
        stage = Reranking(WordReranker(RerankRefused("too long")))
        first, second = (stage.order(ASKED, ranked, sample_index.passages) for _ in range(2))
        assert (bool(first.note), bool(second.note)) == (True, False)
        assert [record.getMessage() for record in caplog.records] == ["too long; passages keep their order"]

    def test_a_reranker_that_cannot_be_had_is_an_error(
        self, sample_index: Index, ranked: list[tuple[str, float]]
    ) -> None:
        with pytest.raises(RerankerError):
            Reranking(WordReranker(RerankerError("none"))).order(ASKED, ranked, sample_index.passages)


class TestWhole:
    def test_the_retriever_asks_for_the_first_and_times_it(self, sample_built: Built, sample_index: Index) -> None:
        reranker = WordReranker()
        plain = Retriever(sample_index, sample_built.embedder).search(ASKED, 60)
        found = Retriever(sample_index, sample_built.embedder, Reranking(reranker)).search(ASKED, 60)
        assert reranker.calls == 1
        assert found.timings_ms["rerank"] > 0
        assert "rerank" not in plain.timings_ms
        first, then = ([p.passage.id for p in one.passages] for one in (plain, found))
        assert first != then
        assert sorted(first) == sorted(then)
        assert [p.rank for p in found.passages] == list(range(1, len(then) + 1))
        scores = [p.score for p in found.passages]
        assert scores == sorted(scores, reverse=True)

    def test_each_guest_who_is_named_has_a_ranking_reordered(self, sample_built: Built, sample_index: Index) -> None:
        reranker = WordReranker(RerankFault("gone"))
        guests = [episode.guests[0] for episode in list(sample_index.episodes.values())[:2]]
        stage = Reranking(reranker)
        ranking = Retriever(sample_index, sample_built.embedder, stage).search(
            f"Compare {guests[0]} and {guests[1]} on cost"
        )
        assert reranker.calls == 1
        assert len(ranking.notes) == 1

    def test_answers_with_a_folder(self, sample_built: Built, folder: Path) -> None:
        settings = sample_built.settings.model_copy(update={"reranker": str(folder)})
        answer = answerer_of(settings, sample_built.embedder).ask(ASKED)
        assert not any("reranker" in note for note in answer.notes)
        assert answer.timings_ms["rerank"] > 0

    def test_answers_with_a_server_and_without_it(self, sample_built: Built, server: FakeServer) -> None:
        settings = sample_built.settings.model_copy(update={"reranker": f"{server.url}#one", "answer_cache": 0})
        answerer = answerer_of(settings, sample_built.embedder)
        assert answerer.ask(ASKED).notes == ()
        server.statuses = [501]
        assert ["reranker did not answer" in note for note in answerer.ask(ASKED).notes] == [True]
        plain = open_archive(sample_built.settings, sample_built.embedder).view().search(ASKED).passages
        assert [p.passage.id for p in answerer.archive.view().search(ASKED).passages] == [p.passage.id for p in plain]
        assert len(server.asked) == 2

    def test_eval_compares_with_and_without(self, sample_built: Built, server: FakeServer, tmp_path: Path) -> None:
        spec = parse_spec(f"ours:reranker={server.url}#some/model")
        assert spec.changes == {"reranker": f"{server.url}#some/model"}
        assert "/" not in spec.folder
        settings = load_settings({"data": sample_built.settings.data, **spec.changes}, environ={}, folder=tmp_path)
        archive = open_archive(settings, sample_built.embedder)
        system = open_system(spec, settings, archive, CountingProgress())
        outcome = system.run(Item("q", 1, (ASKED,), True, (), (), "", {}))
        assert outcome.output["timings_ms"]["rerank"] > 0
        assert {body["model"] for _, body in server.asked} == {"some/model"}

    def test_the_program_takes_it_as_a_flag(self, sample_built: Built, folder: Path) -> None:
        data = str(sample_built.settings.data)
        found = CliRunner().invoke(app, ["search", "--json", "--data", data, "--reranker", str(folder), ASKED])
        assert "rerank" in json.loads(found.stdout)["timings_ms"]
        wrong = CliRunner().invoke(app, ["ask", "--data", data, "--reranker", str(minilm_folder()), ASKED])
        assert wrong.exit_code == 1
        assert "no cross-encoder" in " ".join(wrong.stderr.split())


class TestSettings:
    @pytest.mark.parametrize("name", ["", "some/model", "./folder", "http://host:80/v1#a", "https://[::1]:8080"])
    def test_names(self, tmp_path: Path, name: str) -> None:
        assert load_settings({"reranker": name}, environ={}, folder=tmp_path).reranker == name

    @pytest.mark.parametrize(
        "name",
        [
            "http://",
            "http://:80",
            "http://host:x",
            "http://host:99999",
            "ftp://host",
            "http://h?a=b",
            "https://me:secret@host",
        ],
    )
    def test_urls_that_lead_nowhere(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(SettingsError, match="CITECAST_RERANKER"):
            load_settings({}, environ={"CITECAST_RERANKER": name}, folder=tmp_path)

    def test_what_is_opened(self, tmp_path: Path, folder: Path) -> None:
        assert open_reranker(settings_for(tmp_path)) is None
        assert Reranking.of(settings_for(tmp_path)) is None
        local = open_reranker(settings_for(tmp_path, reranker=str(folder)))
        served = open_reranker(settings_for(tmp_path, reranker="http://host", request_seconds=6))
        assert isinstance(local, CrossEncoderReranker)
        assert isinstance(served, ServedReranker)
        assert served.seconds == pytest.approx(2)


class TestDoctor:
    def finding(self, tmp_path: Path, reranker: str) -> tuple[str, str, str]:
        found = examine(settings_for(tmp_path / "data", reranker=reranker))
        ((level, text, mend),) = [(f.level, f.text, f.mend) for f in found if f.subject == "reranker"]
        return level, text, mend

    def test_one_that_answers(self, tmp_path: Path, server: FakeServer) -> None:
        assert self.finding(tmp_path, server.url)[:2] == ("fine", f"{server.url} answers")

    def test_one_that_knows_nothing(self, tmp_path: Path, server: FakeServer) -> None:
        server.rows = [{"index": 0, "relevance_score": 0.1}, {"index": 1, "relevance_score": 0.9}]
        assert self.finding(tmp_path, server.url)[0] == "note"

    def test_one_that_is_not_there(self, tmp_path: Path, server: FakeServer) -> None:
        server.statuses = [501]
        level, text, mend = self.finding(tmp_path, server.url)
        assert (level, "501" in text) == ("wrong", True)
        assert mend == "start its server, or do without: export CITECAST_RERANKER="

    def test_a_folder(self, tmp_path: Path, folder: Path) -> None:
        assert self.finding(tmp_path, str(folder))[0] in ("fine", "note")
        level, _, mend = self.finding(tmp_path, str(minilm_folder()))
        assert (level, "CITECAST_RERANKER" in mend) == ("wrong", True)


def test_the_client_is_shared_between_threads(server: FakeServer) -> None:
    from concurrent.futures import ThreadPoolExecutor

    reranker = ServedReranker(server.url)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda i: reranker.score(f"{QUESTION} {i}", TEXTS).argmax(), range(40)))
    assert found == [1] * 40
