"""Tests faulty transcripts: what can be read is read, each fault is told with its line, and no word is lost."""

from __future__ import annotations

import pytest
from cue_reading import Row, reading, refusal

import ingest.cues.cue as cue_module

KNOWN = (
    "no transcript that Citecast reads: WebVTT (.vtt), SRT (.srt), JSON (.json: Podcasting 2.0, Whisper, WhisperX, "
    "whisper.cpp) and HTML (.html, with <cite> and <time>)"
)
NO_HEADER = (1, "the file does not begin with WEBVTT; it is read all the same")
# The name of a case begins with its kind: text, rows, reports, and words left out by reason.
READ: dict[str, tuple[str, list[Row], list[tuple[int | None, str]], dict[str, int]]] = {
    "vtt: no header": ("00:01.000 --> 00:02.000\nOne.\n", [(1, 1.0, None, "One.")], [NO_HEADER], {}),
    "vtt: an end before the start": (
        "WEBVTT\n\n00:06.000 --> 00:05.500\nOne.\n",
        [(3, 6.0, None, "One.")],
        [(3, "the cue ends at 5.5 s, before its start at 6 s; its end is not used")],
        {},
    ),
    "vtt: no end": (
        "WEBVTT\n\n00:06.000 -->\nOne.\n",
        [(3, 6.0, None, "One.")],
        [(3, "the end of a cue is missing")],
        {},
    ),
    "vtt: a start that is no time": (
        "WEBVTT\n\n00:O1:06.000 --> 00:01:07.000\nOne.\n\n00:61:00.000 --> 01:02:00.000\nTwo.\n",
        [(3, None, None, "One. Two.")],
        [
            (3, "the start of a cue is not a time: '00:O1:06.000'"),
            (6, "the start of a cue is not a time: '00:61:00.000'"),
        ],
        {},
    ),
    "vtt: talk on the line of the times": (
        "WEBVTT\n\n00:01.000 --> 00:02.000 align:start One\ntwo.\n",
        [(3, 1.0, None, "One two.")],
        [(3, "words on the line of the times; they are read as talk")],
        {},
    ),
    "vtt: empty lines within a cue": (
        "WEBVTT\n\n00:01.000 --> 00:02.000\nOne\n\ntwo\n\nthree.\n",
        [(3, 1.0, None, "One two three.")],
        [(6, "talk without a time; it is read with the cue before it")],
        {},
    ),
    "vtt: talk before the first time": (
        "WEBVTT\n\nGood evening to everybody.\n00:01.000 --> 00:02.000\n<v Ilva>One.\n",
        [(3, None, None, "Good evening to everybody."), (4, 1.0, "Ilva", "One.")],
        [(3, "talk before the first time; it is read without a time")],
        {},
    ),
    "vtt: talk in place of a speaker": (
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v We met in the yard. It was cold.>Indeed.\n",
        [(3, 1.0, None, "Indeed.")],
        [(3, "talk in place of a speaker's name: 'We met in the yard. It was cold.'")],
        {"of a wrong type": 8},
    ),
    "vtt: cues out of order": (
        "WEBVTT\n\n00:05.000 --> 00:06.000\nthree.\n\n00:01.000 --> 00:02.000\nOne\n\n00:02.000 --> 00:03.000\ntwo\n",
        [(6, 1.0, None, "One two three.")],
        [(6, "a cue starts before the one above it; they are put in order")],
        {},
    ),
    "vtt: one cue out of its place": (
        "WEBVTT\n" + "".join(f"\n00:0{i}.000 --> 00:0{i + 1}.000\nw{i}\n" for i in (1, 2, 5, 3, 4, 6)),
        [(3, 1.0, None, "w1 w2 w3 w4 w5 w6")],
        [(12, "a cue starts before the one above it; they are put in order")],
        {},
    ),
    "srt: a cue without a time": (
        "1\n00:00:01,000 --> 00:00:02,000\nOne\n\n2\ntwo\n\n3\n00:00:03,000 --> 00:00:04,000\nthree.\n\n12\n",
        [(2, 1.0, None, "One two three. 12")],
        [
            (5, "the number 2 of a cue without a time"),
            (12, "talk without a time; it is read with the cue before it"),
        ],
        {},
    ),
    "vtt: two recordings in one file": (
        "WEBVTT\n"
        + "".join(f"\n00:0{i}.000 --> 00:0{i + 1}.000\na{i}\n" for i in range(1, 6))
        + "".join(f"\n00:0{i}.500 --> 00:0{i + 1}.400\nb{i}\n" for i in range(1, 6)),
        [(3, 1.0, None, "a1 a2 a3 a4 a5 b1 b2 b3 b4 b5")],
        [(18, "a cue starts before the one above it; the order of the file is kept")],
        {},
    ),
    "vtt: the same cue twice": (
        "WEBVTT\n\n00:01.000 --> 00:02.000\nOne two.\n\n00:01.000 --> 00:02.000\nOne two.\n\n"
        "00:02.000 --> 00:03.000\nThree.\n",
        [(3, 1.0, None, "One two. Three.")],
        [],
        {"repeated": 2},
    ),
    "srt: a number without a cue": (
        "1\n00:00:01,000 --> 00:00:02,000\nOne.\n\n2\n",
        [(2, 1.0, None, "One.")],
        [(5, "the number 2 of a cue without a time")],
        {},
    ),
    "json: values of wrong types": (
        '{"segments": [\n{"startTime": "soon", "body": "One."},\n{"startTime": -1, "body": ["two", {"x": "three"}]},\n'
        '{"startTime": 3, "speaker": ["Ilva"], "body": "Four."},\n"five six", 7, null, {"startTime": 8, "body": 9}]}',
        [(2, None, None, "One. Four.")],
        [
            (2, "a segment's 'startTime' is not a time: 'soon'"),
            (3, "a segment's 'body' is not text: a list"),
            (3, "a segment's 'startTime' is not a time: -1.0"),
            (4, "a segment's speaker is not text: a list"),
            (5, "a segment is not an object: 'five six'"),
            (5, "a segment is not an object: 7.0"),
            (5, "a segment is not an object: None"),
            (5, "a segment's 'body' is not text: 9.0"),
        ],
        {"of a wrong type": 4},
    ),
    "json: keys that are missing or stand twice": (
        '{"segments": [\n{"startTime": 1, "body": "One.", "body": "two three"},\n'
        '{"body": "Four."},\n{"startTime": 5}]}',
        [(2, 1.0, None, "One. Four.")],
        [
            (2, "a segment's words stand twice; 'body' is left out"),
            (3, "a segment has no start time"),
            (4, "a segment holds no words: neither 'body' nor 'text'"),
        ],
        {"under a key that stands twice": 2},
    ),
    "json: an end before the start": (
        '{"segments": [{"start": 5, "end": 4, "text": "One."}], "transcription": "gone"}',
        [(1, 5.0, None, "One.")],
        [
            (1, "the cue ends at 4 s, before its start at 5 s; its end is not used"),
            (1, "'transcription' is not a list: 'gone'"),
        ],
        {},
    ),
    "html: a time that is none, and talk in place of a speaker": (
        "<cite>Ilva:</cite>\n<time>noon</time>\n<p>One.</p>\n"
        "<cite>They met in the yard. It was cold.</cite><p>Two.</p>",
        [(3, None, "Ilva", "One."), (4, None, "Unknown", "Two.")],
        [
            (2, "a time is not a time: 'noon'"),
            (4, "talk in place of a speaker's name: 'They met in the yard. It was cold.'"),
        ],
        {"of a wrong type": 8},
    ),
    "html: headings, navigation and what is not closed": (
        "<nav>All episodes</nav><h1>Kilns in the rain</h1>\n<cite>Ilva</cite><time>0:01</time><p>One.\n<h2>Open\n"
        "<p>two</p>\n<style>p {}<p>three</p>",
        [(2, 1.0, "Ilva", "One.")],
        [
            (5, "<style> is not closed; nothing below it is read"),
            (3, "<h2> is not closed; what is below it is not taken for talk"),
        ],
        {"headings and other parts of a page": 8},
    ),
}
BAD: dict[str, tuple[str, tuple[int | None, str]]] = {
    "vtt: empty": ("\ufeff \n\n", (1, "the file is empty")),
    "vtt: only a header": (
        "WEBVTT\n\nNOTE nothing\n",
        (1, "no line with a time such as 00:01:02.500 --> 00:01:04.000"),
    ),
    "srt: talk without any time": (
        "Good evening.\n\nIt burns.\n",
        (1, "no line with a time such as 00:01:02.500 --> 00:01:04.000"),
    ),
    "vtt: cues without words": (
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<i> </i>\n",
        (1, "the transcript holds no words"),
    ),
    "json: cut off within a text": (
        '{"segments": [\n{"start": 1, "text": "One."},\n{"start": 2, "text": "tw',
        (3, "invalid JSON: unterminated string starting at; is the file cut off?"),
    ),
    "json: cut off between segments": (
        '{"segments": [\n{"start": 1, "text": "One."},\n',
        (3, "invalid JSON: expecting value; is the file cut off?"),
    ),
    "json: cut off before its end": (
        '{"segments": [\n{"start": 1, "text": "One."}\n\n',
        (4, "invalid JSON: expected , or ]; is the file cut off?"),
    ),
    "json: a comma too much": (
        '{"segments": [\n{"start": 1, "text": "One.",}]}',
        (2, "invalid JSON: expecting property name enclosed in double quotes"),
    ),
    "json: a key that is not text": ("{\n5: 6}", (2, "invalid JSON: a key is not text")),
    "json: no colon": ('{"segments"\n[]}', (2, "invalid JSON: expected : after a key")),
    "json: text after the end": ('{"segments": []}\n{}', (2, "invalid JSON: text after its end")),
    "json: nested too deep": ('{"segments": [\n' + "[" * 100_000, (2, "the JSON nests too deep")),
    "json: no list": (
        '{"text": "One two."}',
        (1, "the JSON holds no list of cues: none of the keys 'segments', 'transcription'"),
    ),
    "json: an object in place of the list": (
        '{"version": 1,\n"segments": {"body": "One."}}',
        (2, "'segments' is not a list: an object"),
    ),
    "json: a number": ("\n12", (2, "not JSON: it begins neither with { nor with [")),
    "json: no segments": ('{"segments": []}', (1, "the transcript holds no words")),
    "html: any other page": (
        "<html><p>Page not found",
        (1, "the page has neither <cite> nor <time>: it is no transcript of the podcast namespace"),
    ),
    "html: speakers without words": ("<cite>Ilva:</cite><time>0:01</time>", (1, "the transcript holds no words")),
    "docx: unknown": ("It burns.", (1, "the kind 'docx' is " + KNOWN)),
}


@pytest.mark.parametrize("name", READ)
def test_a_fault_is_told_and_the_rest_is_read(name: str) -> None:
    text, rows, told, left_out = READ[name]
    got = reading(text, name.split(":")[0])
    assert (got.rows, got.told, got.left_out, got.lost) == (rows, told, left_out, 0)


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_cannot_be_used_is_refused_with_the_line(name: str) -> None:
    text, expected = BAD[name]
    assert refusal(text, name.split(":")[0]) == expected


def test_a_text_of_no_known_kind_is_refused_with_those_that_are_known() -> None:
    assert refusal("It burns.") == (1, "the file is " + KNOWN)


@pytest.mark.parametrize(
    ("kind", "text", "line"),
    [
        ("vtt", "WEBVTT\n" + "00:01.000 --> 00:02.000\nOne.\n" * 4, 8),
        ("json", '{"segments": [' + '\n{"start": 1, "text": "One."},' * 4, 5),
        ("html", "<cite>Ilva:</cite>\n" + "<p>One.</p>\n" * 4, 5),
    ],
)
def test_too_many_cues_are_refused(kind: str, text: str, line: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cue_module, "MAX_CUES", 3)
    assert refusal(text, kind) == (line, "over 3 cues; cut the transcript into several episodes")
