"""Tests the tokens that the rules compare, and the clauses of a sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.language.clauses import clauses, is_fragment
from app.language.tokens import key_of, tokens


class TestTokens:
    @pytest.mark.parametrize(
        ("text", "keys"),
        [
            ("forty-two percent", ["42", "percent"]),
            ("42%", ["42", "percent"]),
            ("two hundred thousand", ["200000"]),
            ("200,000 and 200k", ["200000", "and", "200000"]),
            ("2.5 million", ["2500000"]),
            ("twenty five", ["25"]),
            ("two or three", ["2", "or", "3"]),
            ("don't, can’t, won't", ["do", "not", "can", "not", "will", "not"]),
            ("cannot", ["can", "not"]),
            ("it's", ["it"]),
            ("1.2.3", ["1.2.3"]),
        ],
    )
    def test_numbers_and_contractions(self, text: str, keys: list[str]) -> None:
        assert [token.key for token in tokens(text)] == keys

    @pytest.mark.parametrize(
        "forms",
        [
            "fire fires fired firing", "plan plans planned planning", "train trains training trained", "write written",
            "organize organised organizing", "library libraries", "deploy deploys deployed", "use used uses using",
            "cache cached caching", "cost costs", "choose chose chosen", "need needs needed",
        ],
    )  # fmt: skip
    def test_forms_of_a_word_have_one_key(self, forms: str) -> None:
        assert len({key_of(form) for form in forms.split()}) == 1

    def test_different_words_keep_different_keys(self) -> None:
        words = "speed string strings bring increase decrease store batch baker model modern user use".split()
        assert len({key_of(word) for word in words}) == len(words) - 1

    def test_capitals_inside_a_sentence_are_names(self) -> None:
        assert [t.raw for t in tokens("We use BigQuery and Airflow. Prefect came later: AWS has it.") if t.capital] == [
            "bigquery",
            "airflow",
            "aws",
        ]

    @given(st.text(max_size=200))
    def test_any_text_has_tokens_in_order_and_inside_it(self, text: str) -> None:
        found = tokens(text)
        assert all(0 <= token.start < token.end <= len(text) for token in found)
        assert [token.start for token in found] == sorted(token.start for token in found)
        assert all(token.key and token.raw for token in found)


class TestClauses:
    @pytest.mark.parametrize(
        ("sentence", "parts"),
        [
            ("It runs.", ["It runs"]),
            ("It runs, and it costs 2,000 euros.", ["It runs", "and it costs 2,000 euros"]),
            (
                "It runs at night and stops because nobody pays.",
                ["It runs at night", "and stops", "because nobody pays"],
            ),
            ("It runs – once a day: at night (mostly)", ["It runs", "once a day", "at night", "mostly"]),
            ("A well-known store.", ["A well-known store"]),
        ],
    )
    def test_where_a_sentence_could_be_glued(self, sentence: str, parts: list[str]) -> None:
        assert [sentence[begin:end] for begin, end in clauses(sentence)] == parts

    @given(st.text(max_size=100))
    def test_clauses_of_any_text_stand_in_order(self, text: str) -> None:
        bounds = [bound for part in clauses(text) for bound in part]
        assert bounds == sorted(bounds)
        assert all(0 <= bound <= len(text) for bound in bounds)

    def test_what_can_be_no_sentence(self) -> None:
        for fragment in ("A lonely lighthouse.", "Two or three, maybe.", "The data of a man."):
            assert is_fragment(tokens(fragment))
        for sentence in (
            "It is late.",
            "Teams deploy.",
            "They deploy.",
            "Use one machine.",
            "It's free.",
            "Do not wait.",
        ):
            assert not is_fragment(tokens(sentence))
