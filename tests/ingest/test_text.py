"""Tests sentences, words, clock times and clean lines."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.text import clean, clock, fold, sentence_spans, sentences, stem, word_spans, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Use a cache, e.g. Redis. It helps.", ["Use a cache, e.g. Redis.", "It helps."]),
        ("Dr. Osric and J. Pell spoke. Then we left.", ["Dr. Osric and J. Pell spoke.", "Then we left."]),
        ('He said "Stop." Then he left.', ['He said "Stop."', "Then he left."]),
        ("Version 2.5 is out. 3 bugs remain.", ["Version 2.5 is out.", "3 bugs remain."]),
        ("no end here", ["no end here"]),
        ("and so on... and on.", ["and so on... and on."]),
        ("Well… Maybe.", ["Well…", "Maybe."]),
        ("(Yes.) (No.)", ["(Yes.)", "(No.)"]),
        ("", []),
        ("   ", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.lists(st.sampled_from(["A. ", "Go! ", "e.g. ", "word ", "“Q?” ", "3.5 ", "Mr. ", "\n", "...", "’"])))
def test_sentences_lose_nothing_and_never_overlap(parts: list[str]) -> None:
    text = clean("".join(parts))
    spans = sentence_spans(text)
    assert " ".join(sentences(text)) == text
    assert all(a < b for a, b in spans)
    assert all(end <= begin for (_, end), (begin, _) in itertools.pairwise(spans))


@pytest.mark.parametrize("unit", ["A. ", "e.g. A", "Go. ", '."""""', ". . ", "No. No"])
def test_sentences_of_a_megabyte_take_no_quadratic_time(unit: str) -> None:
    begun = time.thread_time()
    sentence_spans(unit * (1_000_000 // len(unit)))
    assert time.thread_time() - begun < 5


def test_words_are_lower_case_with_inner_hyphens_and_apostrophes() -> None:
    assert words("It's MLOps, state-of-the-art: naïve_bayes (2nd)!") == [
        "it's", "mlops", "state-of-the-art", "naïve", "bayes", "2nd",
    ]  # fmt: skip
    assert words("-- ' --") == []


@given(st.text())
def test_word_spans_are_where_the_words_stand(text: str) -> None:
    assert [text[begin:end].lower() for begin, end, _ in word_spans(text)] == words(text)


def test_stem_joins_forms_of_a_word_and_leaves_short_ones() -> None:
    assert stem("scheduling") == stem("scheduler") == stem("schedules") == "schedul"
    assert stem("models") == stem("model")
    assert stem("ring") == "ring"
    assert stem("bus") == "bus"


@pytest.mark.parametrize(
    ("second", "shown"),
    [
        (0, "0:00"),
        (9.99, "0:09"),
        (61, "1:01"),
        (3599.9, "59:59"),
        (3600, "1:00:00"),
        (36_061, "10:01:01"),
        (-5, "0:00"),
    ],
)
def test_clock(second: float, shown: str) -> None:
    assert clock(second) == shown


def test_clean_folds_white_space_and_drops_what_cannot_be_printed() -> None:
    assert clean(" a\t\nb\u00a0c\u2028d\x00e\x1b[31m\u200bf ") == "a b c d e [31mf"


@given(st.text())
def test_clean_gives_one_printable_line_and_changes_nothing_twice(text: str) -> None:
    line = clean(text)
    assert line.isprintable()
    assert clean(line) == line


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a fea\u00adture", "a feature"),  # soft hyphen
        ("a fea\u2060ture", "a feature"),  # word joiner
        ("fea\u200bture\u200d \u202astore\u202c\ufeff", "feature store"),
        ("fea\ufe0fture \u3164store", "feature store"),
        ("\uff37\uff48\uff41\uff54 \uff49\uff53", "What is"),  # full-width letters
        ("ﬁne co\u2011op", "fine co-op"),
        ("cafe\u0301", "café"),
        ("Well…", "Well…"),
    ],
)
def test_clean_gives_text_its_one_form(written: str, read: str) -> None:
    assert clean(written) == read


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("WÖRMANN Łuć", "wormann luc"),
        ("Mısra Turp", "misra turp"),
        ("Søren Ødegård", "soren odegard"),
        ("Đorđe Æbelø", "dorde aebelo"),
        ("Müller-Straße", "muller-strasse"),
    ],
)
def test_fold_gives_plain_lower_case_letters(name: str, folded: str) -> None:
    assert fold(name) == folded
