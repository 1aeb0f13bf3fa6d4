"""Tests token codes: small, close to the original vectors, and each word piece in its sentence."""

from __future__ import annotations

import numpy as np
import pytest
from fakes import FakeEmbedder, read_episode

from index.embedder import Embedder, Encoded, Vectors
from index.late_interaction import (
    CONTEXT_UNIT,
    DIMENSIONS,
    TokenBasis,
    TokenCodes,
    decode,
    max_similarities,
    passage_sentences,
    unit,
    units_of,
)
from ingest.formats.jekyll import episode_files
from ingest.passages import PassageSettings, passages_of
from ingest.sources.open import SAMPLE


def random_units(count: int, dimension: int, seed: int = 0) -> Vectors:
    return unit(np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32))


def encoded(tokens: Vectors) -> Encoded:
    return Encoded(tokens[0], tokens, np.zeros((len(tokens), 2), np.int32))


class TestBasis:
    def test_directions_are_orthonormal_and_the_strongest_first(self) -> None:
        stretched = random_units(2000, 128) * np.linspace(3, 0.1, 128, dtype=np.float32)
        matrix = TokenBasis.fit([encoded(stretched)]).matrix
        assert matrix.shape == (128, DIMENSIONS)
        assert np.allclose(matrix.T @ matrix, np.eye(DIMENSIONS), atol=1e-4)
        spread = ((stretched @ matrix) ** 2).sum(axis=0)
        assert (np.diff(spread) <= spread[:-1] * 1e-3).all()

    def test_it_keeps_what_the_principal_components_of_another_library_keep(self) -> None:
        tokens = random_units(1000, 128) * np.linspace(3, 0.1, 128, dtype=np.float32)
        matrix = TokenBasis.fit([encoded(tokens)]).matrix
        _, _, rows = np.linalg.svd(tokens.astype(np.float64), full_matrices=False)
        best = rows[:DIMENSIONS]
        assert np.allclose(matrix @ matrix.T, best.T @ best, atol=1e-3)  # the same subspace

    def test_it_comes_out_the_same_each_time(self) -> None:
        items = [encoded(random_units(300, 128, seed)) for seed in range(100)]
        assert np.array_equal(TokenBasis.fit(items).matrix, TokenBasis.fit(items).matrix)

    def test_fewer_tokens_or_dimensions_than_directions(self) -> None:
        assert TokenBasis.fit([encoded(random_units(3, 128))]).matrix.shape == (128, DIMENSIONS)
        tokens = random_units(50, 32)
        basis = TokenBasis.fit([encoded(tokens)])
        assert basis.matrix.shape == (32, DIMENSIONS)
        assert np.allclose(decode(basis.encode(tokens)) @ basis.project(tokens).T, tokens @ tokens.T, atol=0.03)


QUESTIONS = (
    "Which caches paid off, and which one was embarrassing?",
    "How did you bring down the bill for the language model?",
    "Who pays for the tokens?",
    "should every team have a budget",
    "What would you do first next time?",
    "Is a smaller model good enough?",
)


class TestCodes:
    def test_codes_are_bytes_near_their_vectors(self) -> None:
        tokens = random_units(500, DIMENSIONS)
        basis = TokenBasis.fit([encoded(tokens)])
        codes = basis.encode(tokens)
        assert codes.dtype == np.int8
        assert (decode(codes) * basis.project(tokens)).sum(axis=1).min() > 0.999

    def test_similarities_of_minilm_survive(self, minilm: Embedder) -> None:
        files = [file for file in episode_files(SAMPLE) if not file.template][:1]
        talk = read_episode(files[0], {}, sample=True).episode
        passages = minilm.embed_passages([p.embedded_text for p in passages_of(talk, PassageSettings())])
        basis = TokenBasis.fit(passages)
        codes = [TokenCodes(basis.encode(p.tokens), np.zeros(len(p.tokens), np.uint8)) for p in passages]
        first = 0
        for text in QUESTIONS:
            question = minilm.embed_query(text).tokens
            exact = [float((question @ p.tokens.T).max(axis=1).mean()) for p in passages]
            small = [float(max_similarities(basis.project(question), one).mean()) for one in codes]
            assert np.corrcoef(exact, small)[0, 1] > 0.97
            first += int(np.argmax(exact)) in np.argsort(small)[-2:]
        assert first >= len(QUESTIONS) - 1

    def test_extremes_are_clipped_not_wrapped(self) -> None:
        basis = TokenBasis(np.eye(DIMENSIONS, dtype=np.float32))
        vector = np.zeros((1, DIMENSIONS), np.float32)
        vector[0, :2] = (1.0, -1.0)
        assert basis.encode(vector)[0, :2].tolist() == [127, -127]

    def test_zeros_stay_finite(self) -> None:
        assert np.isfinite(decode(np.zeros((2, DIMENSIONS), np.int8))).all()


class TestUnits:
    def test_each_word_piece_belongs_to_its_sentence_and_the_context_to_none(self) -> None:
        text = "Hello there. How are you?\nFine, thanks."
        full = f"Title | Guest\n{text}"
        offsets = FakeEmbedder().embed_query(full).offsets
        units = units_of(text, full, offsets)
        assert units.tolist() == [CONTEXT_UNIT] * 2 + [1] * 2 + [2] * 3 + [3] * 2

    def test_sentences_never_cross_a_line(self) -> None:
        text = "no end here\nStarts anew. Ends."
        assert [text[a:b] for a, b in passage_sentences(text)] == ["no end here", "Starts anew.", "Ends."]

    def test_more_sentences_than_a_byte_counts(self) -> None:
        text = "Go. " * 300
        units = units_of(text.strip(), text.strip(), FakeEmbedder().embed_query(text).offsets)
        assert units.max() == 255
        assert (np.diff(units.astype(int)) >= 0).all()

    def test_units_of_minilm_cover_what_the_model_read(self, minilm: Embedder) -> None:
        text = " ".join(f"Sentence number {i} is here." for i in range(100))
        full = f"A title\n{text}"
        one = minilm.embed_passages([full])[0]
        units = units_of(text, full, one.offsets)
        assert len(units) == len(one.tokens)
        for (begin, _), number in zip(one.offsets.tolist(), units.tolist(), strict=True):
            if number != CONTEXT_UNIT:
                start, end = passage_sentences(text)[number - 1]
                assert start <= begin - len("A title\n") < end


class TestMaxSimilarities:
    def test_best_of_each_unit_by_hand(self) -> None:
        passage = TokenCodes(np.zeros((4, DIMENSIONS), np.int8), np.array([0, 2, 2, 0], np.uint8))
        passage.codes[0, 0] = passage.codes[1, 1] = passage.codes[2, 0] = passage.codes[3, 2] = 127
        question = np.eye(2, DIMENSIONS, dtype=np.float32)
        # Unit 1 has no word pieces; unit 2 has both directions.
        assert max_similarities(question, passage).tolist() == [[1, -1, 1], [0, -1, 1]]

    def test_the_maximum_over_units_is_maxsim(self) -> None:
        tokens, question = random_units(60, DIMENSIONS), random_units(7, DIMENSIONS, 1)
        basis = TokenBasis(np.eye(DIMENSIONS, dtype=np.float32))
        codes = basis.encode(tokens)
        passage = TokenCodes(codes, np.arange(60, dtype=np.uint8) // 9)
        expected = [max(float(q @ t) for t in decode(codes)) for q in question]
        assert max_similarities(question, passage).max(axis=1) == pytest.approx(expected, abs=1e-5)

    def test_nothing_asked_and_nothing_read(self) -> None:
        empty = TokenCodes(np.zeros((0, DIMENSIONS), np.int8), np.zeros(0, np.uint8))
        assert max_similarities(random_units(3, DIMENSIONS), empty).tolist() == [[-1]] * 3
        assert max_similarities(np.zeros((0, DIMENSIONS), np.float32), empty).shape == (0, 1)
