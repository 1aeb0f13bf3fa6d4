"""Tests that random transcripts lose no word in silence, and that each word of random talk is read once."""

from __future__ import annotations

from collections import Counter

import pytest
from cue_reading import empty_draft
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.cues import read as read_module
from ingest.cues.cue import Cue
from ingest.cues.read import read_cues
from ingest.draft import Draft, Line
from ingest.front_matter.files import BadFile

PIECES = (
    "WEBVTT NOTE STYLE REGION 1 2 3 one two. Three? -> --> 00:01.000 00:00:02,500 00:61:00 <v <v> </v> <i> </i> > < & "
    "&amp; &lt;v &nbsp; &#8203; {\\an8} <00:01.000> : ANNA: Ben: [Anna] >> >>> align:start … é \ufb01 \u00ad \u200b"
).split(" ")
text = st.lists(
    st.sampled_from([*PIECES, "\n", "\n", "\n\n", " ", "\t", "\r", "\x0b", "<b\n>", "<v Anna>", "<v.loud Ben>"]),
    max_size=40,
)
timing = st.tuples(st.integers(0, 30), st.integers(0, 9)).map(
    lambda pair: f"\n00:{pair[0]:02}.000 --> 00:{pair[0] + pair[1]:02}.000\n"
)
files = st.lists(text.map(" ".join) | text.map("".join) | timing, max_size=12).map("".join)


def balance(lines: list[Line], draft: Draft) -> int:
    """Words in less the words in lines and the words left out."""
    counts = draft.counts
    return counts.words_in - sum(len(line.text.split()) for line in lines) - sum(counts.words_left_out.values())


@settings(max_examples=250, deadline=None, database=None, derandomize=True)
@given(files, st.sampled_from(["vtt", "srt"]))
def test_words_in_are_words_in_lines_and_words_left_out(content: str, kind: str) -> None:
    draft = empty_draft()
    try:
        lines = read_cues(content, kind, draft)
    except BadFile:
        return
    assert balance(lines, draft) == 0
    assert all(line.text == " ".join(line.text.split()) and line.text for line in lines)


spoken_cues = st.lists(
    st.tuples(
        st.integers(0, 3000),
        st.sampled_from(["", "<v Anna>", "<v.loud Ben Keller>", "ANNA: ", "BEN: ", ">> "]),
        st.integers(1, 9),
        st.sampled_from(["\n\n", "\n", "\n \n", "\r\n\r\n"]),
        st.sampled_from([" ", "\n", " <i>", "</c> "]),
    ),
    min_size=1,
    max_size=15,
)


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(spoken_cues, st.booleans())
def test_each_word_of_random_talk_is_read_once(cues: list[tuple[int, str, int, str, str]], srt: bool) -> None:
    parts = [] if srt else ["WEBVTT\n\n"]
    said: list[str] = []
    for i, (start, label, count, end, between) in enumerate(cues):
        words = [f"w{i}x{j}" for j in range(count)]
        said += words
        number = f"{i + 1}\n" if srt else ""
        parts.append(f"{number}{start // 60:02}:{start % 60:02}.5 --> 99:59.000\n{label}{between.join(words)}{end}")
    draft = empty_draft()
    lines = read_cues("".join(parts), "srt" if srt else "vtt", draft)
    read = Counter(word for line in lines for word in line.text.split() if word.startswith("w"))
    assert read == Counter(said)
    assert balance(lines, draft) == 0


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nOne two.\n\n00:02.000 --> 00:03.000\nThree.\n"),
        ("json", '{"segments": [{"start": 1, "text": "One two."}, {"start": 2, "text": "Three."}]}'),
        ("html", "<cite>Anna:</cite><p>One two.</p><p>Three.</p>"),
    ],
)
def test_a_reader_that_drops_a_cue_is_found_out(kind: str, content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def first_only(cues: list[Cue], draft: Draft) -> list[Cue]:
        return cues[:1]

    monkeypatch.setattr(read_module, "in_order", first_only)
    draft = empty_draft()
    assert balance(read_cues(content, kind, draft), draft) == 1
