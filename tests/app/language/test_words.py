"""Words as the gate compares them, and what is turned round between a sentence and its quote, each sign by hand."""

from __future__ import annotations

import pytest
from fakes import FakeEmbedder
from hypothesis import given
from hypothesis import strategies as st

from app.language.clauses import clauses, is_fragment
from app.language.tokens import Token, key_of, tokens
from app.support.align import Aligner, Alignment, Cache
from app.support.contrast import (
    agreement_turned,
    missing_numbers,
    numbers_in,
    numbers_misplaced,
    opposite_said,
    trailing,
    unit_changed,
    widened,
)
from app.support.modality import manner_changed
from app.support.negation import denied, negation_alone, negation_turned
from app.support.order import halves_swapped, repaired
from app.support.verbatim import says


def aligned(sentence: str, quote: str) -> tuple[tuple[Token, ...], Alignment]:
    embedder = FakeEmbedder()
    aligner = Aligner(embedder)
    said = tokens(sentence)
    return said, aligner.align(said, embedder.embed_sentences([sentence])[0], aligner.quotes([quote])[0])


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


class TestVerbatim:
    QUOTE = (
        "So we moved to Prefect, and it took three months. I don't think it is a good idea. "
        "If you are small, take one machine. Is it worth the money?"
    )

    @pytest.mark.parametrize(
        "sentence",
        [
            "So we moved to Prefect, and it took three months.",
            "we moved to prefect and it took three months",
            "We moved to Prefect.",
            "It took three months.",
            "“We moved to  Prefect”",
        ],
    )
    def test_whole_clauses_are_said(self, sentence: str) -> None:
        assert self.says(sentence)

    @pytest.mark.parametrize(
        "sentence",
        [
            "It is a good idea.",
            "Take one machine.",
            "moved to Prefect",
            "We moved to Prefect, and it took",
            "It is worth the money.",
            "Is it worth the money?",
            "three months. I don't think",
            "",
        ],
        ids=["denied", "condition", "no-subject", "cut-off", "made-up", "question", "across", "empty"],
    )
    def test_what_was_cut_out_or_asked_is_not(self, sentence: str) -> None:
        assert not self.says(sentence)

    def says(self, sentence: str) -> bool:
        return says(Aligner(FakeEmbedder()).quotes([self.QUOTE])[0], tokens(sentence))


class TestNegation:
    def test_what_a_negation_reaches(self) -> None:
        words = tokens("You do not need a big oven, but you need wood.")
        assert [words[place].raw for place in sorted(denied(words))] == ["need", "big", "oven"]
        assert not denied(tokens("It is not only cheap."))
        assert not denied(tokens("It is nothing more than a table."))

    @pytest.mark.parametrize(
        ("sentence", "quote", "turned"),
        [
            ("You need a big oven.", "You don't need a big oven.", True),
            ("You do not need a big oven.", "You don't need a big oven.", False),
            ("A big oven is not needed.", "You don't need a big oven.", False),
            ("You need a big oven.", "You really need a big oven.", False),
            ("Nobody needs a big oven.", "Everybody needs a big oven.", True),
        ],
    )
    def test_turned(self, sentence: str, quote: str, turned: bool) -> None:
        assert bool(negation_turned(*aligned(sentence, quote)) or negation_alone(*aligned(sentence, quote))) == turned

    def test_words_that_stand_for_a_denial(self) -> None:
        assert negation_alone(*aligned("You cannot find dry birch.", "It is impossible to find dry birch.")) == 0
        assert negation_alone(*aligned("You cannot find dry birch.", "You find dry birch.")) == 1


class TestOrder:
    @pytest.mark.parametrize(
        ("faithful", "corrupted", "quote"),
        [
            ("Birch burns faster than oak.", "Oak burns faster than birch.", "Birch burns much faster than oak."),
            ("It cracked because it froze.", "It froze because it cracked.", "The oven froze, so the stones cracked."),
            (
                "We moved from Airflow to Prefect.",
                "We moved from Prefect to Airflow.",
                "Last year we moved from Airflow to Prefect.",
            ),
            ("Dry the wood before you stack it.", "Stack the wood before you dry it.", "Dry the wood, then stack it."),
            ("Heat leads to cracks.", "Cracks lead to heat.", "There are cracks because of the heat."),
        ],
    )
    def test_sides_exchanged(self, faithful: str, corrupted: str, quote: str) -> None:
        assert halves_swapped(*aligned(faithful, quote)) == 0
        assert halves_swapped(*aligned(corrupted, quote)) > 0.3

    def test_words_beside_other_words(self) -> None:
        quote = "We had stupid retrieval and smart ranking."
        assert repaired(*aligned("They had smart ranking and stupid retrieval.", quote)) == 0
        assert repaired(*aligned("They had smart retrieval and stupid ranking.", quote)) > 0.5


class TestSigns:
    @pytest.mark.parametrize(
        ("sentence", "quote", "found"),
        [
            ("It is cheaper to rent.", "It is more expensive to rent.", "cheaper where the quote has expensive"),
            ("It is not cheaper to rent.", "It is more expensive to rent.", ""),
            ("It is cheaper to rent.", "It is cheaper to rent.", ""),
            ("The job was unsafe at night.", "The job was safe at night.", "unsafe where the quote has safe"),
            ("We use batch for reports.", "We use streaming for reports.", "batch where the quote has streaming"),
            ("Batch is slow and streaming is fast.", "Streaming is fast and batch is slow.", ""),
        ],
    )
    def test_opposites(self, sentence: str, quote: str, found: str) -> None:
        assert opposite_said(*aligned(sentence, quote)) == found

    def test_numbers(self) -> None:
        quote = tokens("We had 40 jobs, twice as many as before, one of them with 1,000 rows.")
        assert missing_numbers(tokens("Forty jobs, 2 teams, 1000 rows, 7 days"), numbers_in(quote)) == ["7"]
        assert not missing_numbers(tokens("One of the jobs"), numbers_in(tokens("The jobs.")))

    def test_numbers_among_other_words(self) -> None:
        quote = "It took the team of five people a very long while, and then we saved some 30 percent of the bill."
        assert numbers_misplaced(*aligned("The team has five people.", quote)) == 0
        assert numbers_misplaced(*aligned("Of the bill we saved five percent.", quote)) == 1

    def test_units(self) -> None:
        quote = "We waited four months for the machine."
        assert unit_changed(*aligned("They waited four months for it.", quote)) == 0
        assert unit_changed(*aligned("They waited four weeks for it.", quote)) == 1

    @pytest.mark.parametrize(
        ("sentence", "wide"),
        [
            ("All teams use Kafka.", ["all"]),
            ("Teams must always use Kafka.", ["always"]),
            ("Kafka is the best queue.", ["best"]),
            ("Only teams use Kafka.", ["only"]),
            ("Some teams do not use Kafka at all.", []),
            ("Some teams use Kafka.", []),
        ],
    )
    def test_scope(self, sentence: str, wide: list[str]) -> None:
        assert widened(*aligned(sentence, "Some teams use Kafka as a queue.")) == wide

    def test_what_is_added_at_the_end(self) -> None:
        quote = "The platform builds pipelines."
        assert trailing(*aligned("The platform builds pipelines.", quote)) == 0
        assert trailing(*aligned("The platform builds pipelines for banks in Norway.", quote)) > 0.3

    @pytest.mark.parametrize(
        ("sentence", "quote", "turned"),
        [
            ("Yes, it pays.", "No, it does not pay.", 1.0),
            ("No, it does not pay.", "No, I would say it does not pay.", 0.0),
            ("Yes, it pays.", "It pays after a year.", 0.5),
            ("It pays.", "No, it does not pay.", 0.0),
        ],
    )
    def test_yes_and_no(self, sentence: str, quote: str, turned: float) -> None:
        assert agreement_turned(*aligned(sentence, quote)) == turned


def test_the_cache_keeps_what_was_used_last_and_makes_all_that_is_missing_at_once() -> None:
    made: list[list[str]] = []

    def make(texts: list[str]) -> list[str]:
        made.append(texts)
        return [text.upper() for text in texts]

    cache: Cache[str] = Cache(2)
    assert cache.many(["a", "b", "a"], make) == ["A", "B", "A"]
    assert cache.many(["c", "a"], make) == ["C", "A"]
    assert cache.many(["b", "c"], make) == ["B", "C"]
    assert made == [["a", "b"], ["c"], ["b"]]
    assert cache.many(["x", "y", "z"], make) == ["X", "Y", "Z"]


@pytest.mark.parametrize(
    ("sentence", "changed"),
    [
        ("Rye is the worst flour for a starter.", "worst where the quote has best"),
        ("Rye may be the best flour for a starter.", "may be where the quote has is"),
        ("Rye used to be the best flour for a starter.", "used to where the quote has is"),
        ("Rye is the best flour for a starter.", ""),
        ("Each oven feeds at dawn.", "oven feeds where the quote has we feed"),
        ("At dawn we feed each oven.", ""),
    ],
)
def test_another_degree_tense_modality_or_doer_is_another_claim(sentence: str, changed: str) -> None:
    quote = "At dawn we feed each oven." if "oven" in sentence else "Rye is the best flour for a starter."
    assert manner_changed(*aligned(sentence, quote)) == changed
