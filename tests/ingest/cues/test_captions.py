"""Tests what captions do to talk: repeats of rolling lines, speakers named in the text, fragments of sentences."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from cue_reading import Row, reading

from ingest.cues.cue import Cue
from ingest.cues.paragraphs import paragraphs

SPEAKER_MARK = "mark of a change of speaker"


def vtt(*cues: str, start: float = 1, length: float = 1, gap: float = 0) -> str:
    """A file of cues that follow each other; the first begins on line 3."""
    times = [(start + i * (length + gap), start + i * (length + gap) + length) for i in range(len(cues))]
    blocks = [f"00:{a:06.3f} --> 00:{b:06.3f}\n{cue}\n" for (a, b), cue in zip(times, cues, strict=True)]
    return "\n".join(["WEBVTT\n", *blocks])


# As YouTube writes them; a line can hold a single blank.
ROLLING = """WEBVTT
Kind: captions

00:00:00.000 --> 00:00:02.000 align:start position:0%
_
it<00:00:00.500><c> burns</c><00:00:01.000><c> in</c>

00:00:02.000 --> 00:00:02.010 align:start position:0%
it burns in
_

00:00:02.010 --> 00:00:04.000 align:start position:0%
it burns in
no<00:00:03.000><c> no</c>

00:00:04.000 --> 00:00:04.010 align:start position:0%
no no
_

00:00:04.010 --> 00:00:06.000 align:start position:0%
no no
no<00:00:05.000><c> no</c>
""".replace("_", " ")


def test_rolling_captions_are_read_once_and_their_repeats_counted() -> None:
    got = reading(ROLLING, "vtt")
    assert (got.rows, got.left_out, got.lost) == ([(4, 0.0, None, "it burns in no no no no")], {"repeated": 10}, 0)


def test_a_line_that_stays_on_the_screen_is_read_once() -> None:
    got = reading(vtt("One", "One\ntwo", "two\nthree", "three"), "vtt")
    assert (got.rows, got.left_out) == ([(3, 1.0, None, "One two three")], {"repeated": 3})


def test_a_repeat_after_a_pause_or_by_another_voice_is_talk() -> None:
    assert reading(vtt("One", "One\ntwo", gap=3), "vtt").rows == [(3, 1.0, None, "One One two")]
    voices = reading(vtt("<v Ilva>One", "<v Hjalmar>One\ntwo"), "vtt")
    assert voices.rows == [(3, 1.0, "Ilva", "One"), (6, 2.0, "Hjalmar", "One two")]


# Cues (each three lines of the file), rows, and words left out as marks of a speaker.
NAMED: dict[str, tuple[Sequence[str], list[Row], int]] = {
    "capitals before a colon": (
        ["ILVA: One.", "Two.", "HJALMAR: Three.", "ILVA: Four.", "HJALMAR: Five."],
        [(3, 1.0, "ILVA", "One. Two."), (9, 3.0, "HJALMAR", "Three."), (12, 4.0, "ILVA", "Four."),
         (15, 5.0, "HJALMAR", "Five.")],
        4,
    ),
    "whole names, also within a cue": (
        ["Ilva Nadrostek: One.\nHjalmar Veskild: Two.", "Ilva Nadrostek: Three.\nHjalmar Veskild:\nFour."],
        [(3, 1.0, "Ilva Nadrostek", "One."), (3, 1.0, "Hjalmar Veskild", "Two."),
         (7, 2.0, "Ilva Nadrostek", "Three."), (7, 2.0, "Hjalmar Veskild", "Four.")],
        8,
    ),
    "brackets, and sounds in brackets": (
        ["[Ilva] One.", "[Laughs]", "[Hjalmar] [Music] Two.", "[Ilva] Three.", "[Laughs] [Hjalmar] no.",
         "[Hjalmar] Four."],
        [(3, 1.0, "Ilva", "One. [Laughs]"), (9, 3.0, "Hjalmar", "[Music] Two."),
         (12, 4.0, "Ilva", "Three. [Laughs] [Hjalmar] no."), (18, 6.0, "Hjalmar", "Four.")],
        4,
    ),
    "roles with numbers": (
        ["Speaker 1: One.", "Speaker 2: Two.", "speaker 1: Three.", "Speaker 2: Four."],
        [(3, 1.0, "Speaker 1", "One."), (6, 2.0, "Speaker 2", "Two."), (9, 3.0, "Speaker 1", "Three."),
         (12, 4.0, "Speaker 2", "Four.")],
        8,
    ),
    "marks of a change": (
        ["&gt;&gt; One.", "two &gt;&gt; Three.", ">>Four. >>", "Five."],
        [(3, 1.0, None, "One. two"), (6, 2.0, None, "Three."), (9, 3.0, None, "Four."), (12, 4.0, None, "Five.")],
        3,
    ),
    "marks with names; one without a name is nobody's": (
        [">> ILVA: One.", ">> HJALMAR: Two. >> Three.", ">> ILVA: Four.", ">> HJALMAR: Five."],
        [(3, 1.0, "ILVA", "One."), (6, 2.0, "HJALMAR", "Two."), (6, 2.0, "Unknown", "Three."),
         (9, 3.0, "ILVA", "Four."), (12, 4.0, "HJALMAR", "Five.")],
        9,
    ),
    "a single speaker from the first words on": (
        ["ILVA: One.", "Two.", "ILVA: Three."],
        [(3, 1.0, "ILVA", "One. Two. Three.")],
        2,
    ),
    "words before a colon are no names": (
        ["One.", "Remember: two.", "So: three.", "Remember: four.", "So: five.", "at 10:30 we go: six."],
        [(3, 1.0, None, "One. Remember: two. So: three. Remember: four. So: five. at 10:30 we go: six.")],
        0,
    ),
    "questions and answers": (
        ["Q: One?", "A: Two.", "Q: Three?", "A: Four."],
        [(3, 1.0, "Q", "One?"), (6, 2.0, "A", "Two."), (9, 3.0, "Q", "Three?"), (12, 4.0, "A", "Four.")],
        4,
    ),
    "a name with a role": (
        ["Dr. Ilva Nadrostek (host): One.", "Dr. Ilva Nadrostek (host): Two."],
        [(3, 1.0, "Dr. Ilva Nadrostek (host)", "One. Two.")],
        8,
    ),
    "many words before a colon": (
        ["Clay And Ash And Fire: one.", "Clay And Ash And Fire: two."],
        [(3, 1.0, None, "Clay And Ash And Fire: one. Clay And Ash And Fire: two.")],
        0,
    ),
    "a list late in the talk": (
        [*["One"] * 10, "Pros: two.", "Cons: three.", "Pros: four.", "Cons: five."],
        [(3, 1.0, None, "One " * 10 + "Pros: two. Cons: three. Pros: four. Cons: five.")],
        0,
    ),
    "a capital in the middle of the talk is no speaker": (
        ["One.", "Kiln: two.", "Kiln: three."],
        [(3, 1.0, None, "One. Kiln: two. Kiln: three.")],
        0,
    ),
    "labels that stand once are not certain": (
        ["ILVA: One.", "HJALMAR: Two."],
        [(3, 1.0, None, "ILVA: One. HJALMAR: Two.")],
        0,
    ),
    "a single mark is no change": ([">> One.", "Two."], [(3, 1.0, None, ">> One. Two.")], 0),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_speakers_are_taken_from_the_text_where_they_are_certain(name: str) -> None:
    cues, rows, marks = NAMED[name]
    got = reading(vtt(*cues), "vtt")
    assert (got.rows, got.told, got.lost) == (rows, [], 0)
    assert got.left_out == ({SPEAKER_MARK: marks} if marks else {})


def test_a_voice_tag_leaves_no_room_for_names_in_the_text() -> None:
    assert reading(vtt("<v Ilva>A: one.", "A: two."), "vtt").rows == [
        (3, 1.0, "Ilva", "A: one."),
        (6, 2.0, None, "A: two."),
    ]


def test_a_third_name_that_stands_once_gives_its_words_to_nobody() -> None:
    got = reading(vtt("ILVA: One.", "HJALMAR: Two.", "ILVA: Three.", "TAMSIN: Four.", "Five.", "HJALMAR: Six."), "vtt")
    assert got.rows[3:] == [(12, 4.0, None, "TAMSIN: Four. Five."), (18, 6.0, "HJALMAR", "Six.")]
    assert got.told == [(12, "'TAMSIN' may be a speaker, but is not certain; the words are nobody's")]


def test_a_label_in_capitals_that_is_no_name_gives_its_words_to_nobody() -> None:
    got = reading(vtt("ILVA: One.", "MAN #2: Two.", "MAN #2: Three.", "ILVA: Four.", "WARNING: five."), "vtt")
    assert [row[2] for row in got.rows] == ["ILVA", None, None, "ILVA"]
    assert [line for line, _ in got.told] == [6, 9]


def cues_of(*texts: str, gap: float = 0.0, who: Sequence[str | None] = ()) -> list[Cue]:
    """Cues of a second each, on the lines 1, 2, 3."""
    who = who or [None] * len(texts)
    return [Cue([text], i * (1 + gap), i * (1 + gap) + 1, i + 1, who[i]) for i, text in enumerate(texts)]


TEN = "a b c d e f g h i"
JOINED: dict[str, tuple[list[Cue], list[tuple[int | None, int]]]] = {
    # First line and number of words of each paragraph.
    "one speaker without a pause": (cues_of("One.", "Two.", "Three."), [(1, 3)]),
    "a change of speaker": (cues_of("One", "two", "three", who=["A", "A", "B"]), [(1, 2), (3, 1)]),
    "a pause after a sentence": (cues_of("One.", "Two", gap=2.1), [(1, 1), (2, 1)]),
    "a pause after a sentence in quotes": (cues_of("“One!”", "Two", gap=2.1), [(1, 1), (2, 1)]),
    "a pause within a sentence": (cues_of("One", "two", gap=2.1), [(1, 2)]),
    "a short pause": (cues_of("One.", "Two", gap=1.9), [(1, 2)]),
    "fifty words and the end of a sentence": (cues_of(*[f"{TEN} j."] * 7), [(1, 50), (6, 20)]),
    "fifty words within a sentence": (cues_of(*[f"{TEN} j"] * 6, f"{TEN} j.", "k"), [(1, 70), (8, 1)]),
    "a hundred words within a sentence": (cues_of(*[f"{TEN} j"] * 12), [(1, 100), (11, 20)]),
    "a change without a name": (
        [Cue(["One"], 0, 1, 1), Cue(["two"], 1, 2, 2, turn=True), Cue(["three"], 2, 3, 3)],
        [(1, 1), (2, 2)],
    ),
    "times that are not known": ([Cue(["One."], None, None, 1), Cue(["Two."], 9, None, 2)], [(1, 2)]),
}


@pytest.mark.parametrize("name", JOINED)
def test_cues_are_joined_to_paragraphs(name: str) -> None:
    cues, expected = JOINED[name]
    lines = paragraphs(cues)
    assert [(line.number, len(line.text.split())) for line in lines] == expected
    assert [line.second for line in lines] == [next(c.start for c in cues if c.number == n) for n, _ in expected]
    assert " ".join(line.text for line in lines) == " ".join(cue.text for cue in cues)
