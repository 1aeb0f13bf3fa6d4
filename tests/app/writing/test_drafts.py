"""Tests the drafted sentences of model output: both forms, however broken, and however it is cut into pieces."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.writing.drafts import Form, drafted, reader
from app.writing.parse_json import LONGEST_SENTENCE, LONGEST_TEXT, MOST_CHARACTERS, MOST_SENTENCES, Drafted

COUNT = 4


def read(text: str, form: Form, count: int = COUNT) -> list[Drafted]:
    return list(drafted([text], form, count))


def from_json(text: str) -> list[Drafted]:
    return read(text, Form.JSON)


def marked(text: str) -> list[Drafted]:
    return read(text, Form.MARKS)


def answer(*entries: tuple[str, Any]) -> str:
    return json.dumps({"sentences": [{"text": text, "cites": cites} for text, cites in entries]})


RENT = Drafted("It was cheaper to rent.", (2,))
BUY = Drafted("They bought two machines later.", (1, 3))
PLAIN = answer((RENT.text, [2]), (BUY.text, [1, 3]))


# JSON


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        json.dumps(json.loads(PLAIN), indent=2),
        f"```json\n{PLAIN}\n```",
        f"Here is the answer:\n{PLAIN}\nI hope that this helps. [4]",
        f"Based on [1] and {{all}} the rest: {PLAIN}",
        f'<think>They ask {{about}} renting. "So" [1].</think>\n\n{PLAIN}',
        f"{PLAIN}{PLAIN}",
        json.dumps(json.loads(PLAIN)["sentences"]),
        "\n".join(json.dumps(entry) for entry in json.loads(PLAIN)["sentences"]),
        PLAIN.replace('"text"', '"sentence"'),
        '{"sentences": [{"cites": [2], "text": "It was cheaper to rent."}, '
        '{"cites": [1, 3], "text": "They bought two machines later."}]}',
        json.dumps({"sentences": [f"{RENT.text} [2]", f"{BUY.text} [1][3]"]}),
        json.dumps({"sentences": [{"text": "It was cheaper to rent [2]. They bought two machines later [1, 3]."}]}),
        "It was cheaper to rent. [2] They bought two machines later. [1][3]",
    ],
)
def test_json_is_found_in_whatever_stands_around_it(text: str) -> None:
    assert from_json(text) == [RENT, BUY]


@pytest.mark.parametrize(
    ("cites", "numbers"),
    [
        ([2, 2, 1], (2, 1)),
        ([0, 99, -1, 3], (3,)),
        (2, (2,)),
        ("2", (2,)),
        ("[1, 2]", (1, 2)),
        (["[1]", "3"], (1, 3)),
        ([2.0, 2.5], (2,)),
        ([[1], [2]], (1, 2)),
        ([{"id": 2}], (2,)),
        (None, ()),
        (True, ()),
        ([True, None, {}], ()),
        ("none of them", ()),
        ([], ()),
        ([[[[[[1]]]]]], ()),
    ],
)
def test_cites_of_any_type(cites: Any, numbers: tuple[int, ...]) -> None:
    assert from_json(answer((RENT.text, cites))) == [Drafted(RENT.text, numbers)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        '{"sentences": []}',
        "[]",
        "{}",
        "null",
        '{"sentences": null}',
        '{"sentences": {"a": 1}}',
        '{"sentences": [{"text": 5, "cites": [1]}]}',
        '{"sentences": [{"text": null}, {"text": ["a"]}, {"text": ""}, {"text": " .!? "}, {"cites": [1]}, 7]}',
        '{"sentences": [{"text": "NOT ANSWERED", "cites": [1]}]}',
        "NOT ANSWERED",
        "Not answered.",
        '{"sentences": [{"text": "It was cheap',
        "[" * 3000,
        "{" * 3000,
        '{"a":' * 1000,
        "}]}]",
        '"',
        "<think>",
        "<think>It was cheaper to rent. [2] They",
    ],
)
def test_output_without_a_whole_sentence_gives_none(text: str) -> None:
    assert from_json(text) == []


def test_truncated_json_keeps_whole_sentences_only() -> None:
    for cut in range(len(PLAIN)):
        found = from_json(PLAIN[:cut])
        assert [item.text for item in found] == [RENT.text, BUY.text][: len(found)], cut
        assert all(set(item.cites) <= set(whole.cites) for item, whole in zip(found, [RENT, BUY], strict=False)), cut


def test_a_number_that_was_cut_off_is_not_cited() -> None:
    assert read('{"sentences": [{"text": "It was cheaper to rent.", "cites": [3, 1', Form.JSON, 20) == [
        Drafted(RENT.text, (3,))
    ]


def test_quotes_that_are_not_escaped() -> None:
    text = (
        '{"sentences": [{"text": "They call it "rent first" there.", "cites": [2]}, {"text": "So do we.", "cites": [1]}'
    )
    assert from_json(text) == [Drafted('They call it "rent first" there.', (2,)), Drafted("So do we.", (1,))]
    odd = '{"sentences": [{"text": "A 5" screen will do.", "cites": [2]}, {"text": "So do we.", "cites": [1]}]}'
    assert from_json(odd) == [Drafted('A 5" screen will do.', (2,)), Drafted("So do we.", (1,))]


def test_escapes_and_control_characters() -> None:
    text = r'{"sentences": [{"text": "Caf\u00e9 \"A\"\\B:\u0000\u001b[31m red \ud800 \n\tline.", "cites": [1]}]}'
    assert from_json(text) == [Drafted('Café "A"\\B: [31m red line.', (1,))]
    raw = '{"sentences": [{"text": "One\nline,\x07 \u202eno bell.", "cites": [1]}]}'
    assert from_json(raw) == [Drafted("One line, no bell.", (1,))]


def test_an_entry_of_two_sentences_is_two_with_the_same_numbers() -> None:
    assert from_json(answer((f"{RENT.text} {BUY.text}", [2]))) == [RENT, Drafted(BUY.text, (2,))]


def test_a_text_that_the_schema_cut_loses_its_open_end() -> None:
    long = f"{RENT.text} And " + "so on and " * LONGEST_TEXT
    assert from_json(answer((long[:LONGEST_TEXT], [2]))) == [RENT]
    assert from_json(answer((("word " * LONGEST_TEXT)[:LONGEST_TEXT], [2]))) == []
    assert from_json(answer((long[: LONGEST_TEXT - 20], [2]), ("Short without an end", [1]))) == [
        RENT,
        Drafted("Short without an end", (1,)),
    ]


def test_reading_ends_with_the_outermost_object() -> None:
    read_json = reader(Form.JSON, COUNT)
    assert read_json.feed(PLAIN[:-1]) == [RENT, BUY]
    assert not read_json.done
    assert read_json.feed("}") == []
    assert read_json.done
    assert read_json.feed(answer(("More.", [1]))) == []
    assert read_json.close() == []


def test_sentences_come_as_their_objects_close() -> None:
    read_json = reader(Form.JSON, COUNT)
    given = [(at, item) for at, char in enumerate(PLAIN) for item in read_json.feed(char)]
    assert given == [(PLAIN.index("}"), RENT), (PLAIN.index("}", PLAIN.index("}") + 1), BUY)]


# Marks


@pytest.mark.parametrize(
    "text",
    [
        "It was cheaper to rent. [2] They bought two machines later. [1][3]",
        "It was cheaper to rent [2]. They bought two machines later [1, 3].",
        "It was cheaper to rent [2]. They bought two machines later [1] [3]. ",
        "It was cheaper to rent. (2) They bought two machines later (1, 3).",
        "It was cheaper to rent.[2] They bought two machines later.[1][3]",
        "It was cheaper to rent.\n[2]\nThey bought two machines later.\n[1; 3]",
        "- It was cheaper to rent. [2]\n- They bought two machines later. [1 and 3]",
        "1. It was cheaper to rent. [2]\n2) They bought two machines later. [1 & 3]",
        "* It was cheaper to rent. [evidence 2]\n* They bought two machines later. [Evidence 1][Source 3]",
        "It was\ncheaper to rent. 【2】\n\nThey bought\ntwo machines later. [^1][^3]",
        "```\nIt was cheaper to rent. [2]\nThey bought two machines later. [1, 3, 99]\n```",
        "[2] It was cheaper to rent. [1][3] They bought two machines later.",
        "[2] It was cheaper to rent.\n[1, 3] They bought two machines later.",
        "It was cheaper to rent. [2] They bought two machines later. [1][3][0][77]",
        "It was cheaper to rent. [2] It was cheaper to rent. [2] They bought two machines later. [1][3]",
        "<think>\nLet me see. [4]\n</think>\nIt was cheaper to rent. [2] They bought two machines later. [1][3]",
        "It was cheaper to rent. [2] They bought two machines later. [1][3] And then, after the",
    ],
)
def test_marks_wherever_models_put_them(text: str) -> None:
    assert marked(text) == [RENT, BUY]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It was cheaper to rent.", [Drafted("It was cheaper to rent.", ())]),
        ("It is (1) cheap and (2) fast. [3]", [Drafted("It is (1) cheap and (2) fast.", (3,))]),
        ("Since (2019) prices fell [1].", [Drafted("Since (2019) prices fell.", (1,))]),
        ("Use e.g. Redis [1]. It holds [2] both.", [Drafted("Use e.g. Redis.", (1,)), Drafted("It holds both.", (2,))]),
        ("All say so. [1-3]", [Drafted("All say so.", (1, 2, 3))]),
        ("All say so. [2–900]", [Drafted("All say so.", (2, 3, 4))]),
        ("Nobody does. [12345]", [Drafted("Nobody does.", ()), Drafted("[12345]", ())]),
        ("See [the docs](https://a.example/b?c=[1]). [1]", [Drafted("See [the docs](https://a.example/b?c=).", (1,))]),
        ("<b>Bold</b> claims. <script>x</script> [1]", [Drafted("<b>Bold</b> claims. <script>x</script>", (1,))]),
        ("He said “rent first.” [1]", [Drafted("He said “rent first.”", (1,))]),
        ("Ends with a mark [1]", [Drafted("Ends with a mark", (1,))]),
        ("NOT ANSWERED", []),
        ("Not answered. [1]", []),
        ("[1]", []),
        ("... [1] !! [2]", []),
        ("No end in sight", []),
    ],
)
def test_marks_and_what_only_looks_like_them(text: str, found: list[Drafted]) -> None:
    assert marked(text) == found


def test_a_marked_sentence_comes_when_the_next_begins() -> None:
    read_marks = reader(Form.MARKS, COUNT)
    text = "It was cheaper to rent. [2] They bought two machines later. [1][3]"
    given = [(at, item) for at, char in enumerate(text) for item in read_marks.feed(char)]
    assert given == [(text.index("They"), RENT)]
    assert read_marks.close() == [BUY]


# Bounds


@pytest.mark.parametrize("form", list(Form))
def test_no_more_sentences_than_the_most(form: Form) -> None:
    texts = [f"Sentence number {number} stands here." for number in range(100)]
    whole = answer(*((text, [1]) for text in texts)) if form is Form.JSON else " ".join(f"{t} [1]" for t in texts)
    pieces = iter(whole)
    found = list(drafted(pieces, form, COUNT))
    assert found == [Drafted(text, (1,)) for text in texts[:MOST_SENTENCES]]
    assert len(list(pieces)) > len(whole) / 2, "the rest is not even read"


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize(
    "piece", ["and ", "{", '{"text": "', "[", "[1", "\n", "<think>", "a. ", "[1, ", '"', "\\", "1) "]
)
def test_endless_output_ends(form: Form, piece: str) -> None:
    read_any = reader(form, COUNT)
    begun = time.thread_time()
    for _ in range(MOST_CHARACTERS):
        read_any.feed(piece)
        if read_any.done:
            break
    found = read_any.close()
    assert read_any.done
    assert len(found) <= MOST_SENTENCES
    assert time.thread_time() - begun < 20


def test_a_sentence_that_is_too_long_is_dropped() -> None:
    long = "On and " * (LONGEST_SENTENCE // 7 + 1) + "on."
    assert marked(f"{long} [1] {RENT.text} [2]") == [RENT]


def test_a_repeated_sentence_is_given_once() -> None:
    assert from_json(answer((RENT.text, [2]), ("it was cheaper to rent", [3]), (BUY.text, [1, 3]))) == [RENT, BUY]


# However the output is cut

FRAGMENTS = [
    PLAIN,
    answer(("A. B [2]. C", [1])),
    '{"sentences": [',
    '{"text": "It ran.", "cites": [1]}',
    '{"text": "It said "no" there.", "cites": [2, 1]}',
    '{"text": "It \\"ran\\" \\\\", "cites": "3"}',
    "It was cheaper to rent.",
    "They bought (2) later (3).",
    "No, e.g. Redis.",
    "NOT ANSWERED",
    "```json\n",
    "<think>",
    "</think>",
    "\n- ",
    "\n1. ",
    "\n",
    " ",
    "[1]",
    "[1, 2]",
    " [3].",
    "(1)",
    "[evidence 4]",
    "【2】",
    "[",
    "(",
    "]",
    "}",
    '"',
    "\\",
    "é",
    "\x00",
    "Then",
    "then",
    ". ",
]
OUTPUTS = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=5)), max_size=10).map("".join)


@settings(max_examples=300, deadline=None)
@given(OUTPUTS, st.data(), st.sampled_from(list(Form)))
@example("It ran. [1", None, Form.MARKS)
@example("<thi", None, Form.JSON)
def test_any_split_gives_the_same_sentences(text: str, data: Any, form: Form) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=12))) if data else range(len(text))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    whole = read(text, form)
    assert list(drafted(pieces, form, COUNT)) == whole
    assert list(drafted(text, form, COUNT)) == whole
    check(whole)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=80), st.lists(st.integers(-2, 9), max_size=4)), max_size=8))
def test_whatever_valid_json_says_is_kept_to_the_bounds(entries: list[tuple[str, list[int]]]) -> None:
    check(from_json(answer(*entries)))


def check(found: Sequence[Drafted]) -> None:
    assert len(found) <= MOST_SENTENCES
    for text, cites in found:
        assert text.isprintable()
        assert text == " ".join(text.split())
        assert 0 < len(text) <= LONGEST_SENTENCE
        assert len(set(cites)) == len(cites)
        assert all(1 <= number <= COUNT for number in cites)
