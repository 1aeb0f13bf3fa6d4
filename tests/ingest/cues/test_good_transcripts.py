"""Tests transcripts without faults: each habit of the formats gives exactly these lines, and no report."""

from __future__ import annotations

import pytest
from cue_reading import Row, reading

VTT: dict[str, tuple[str, list[Row]]] = {
    "hours, and times without them": (
        "WEBVTT\n\n01:02.500 --> 01:04.000\nThe oven is cold.\n\n00:01:05.250 --> 00:01:06.000\nSo we wait.\n",
        [(3, 62.5, None, "The oven is cold. So we wait.")],
    ),
    "hours with one and three digits, past four hours": (
        "WEBVTT\n\n4:10:00.000 --> 4:10:01.000\nStill here.\n\n100:00:00.000 --> 100:00:01.000\nAnd here.\n",
        [(3, 15000.0, None, "Still here."), (6, 360000.0, None, "And here.")],
    ),
    "lost milliseconds and decimal commas": (
        "WEBVTT\n\n00:00:07 --> 00:00:08\nOne\n\n00:00:08,250 --> 00:00:09,5\ntwo.\n",
        [(3, 7.0, None, "One two.")],
    ),
    "cue settings": (
        "WEBVTT\n\n00:01.000 --> 00:02.000 align:start position:0% line:-1\nAt the left.\n",
        [(3, 1.0, None, "At the left.")],
    ),
    "identifiers, numbers and names": (
        "WEBVTT\n\n1\n00:01.000 --> 00:02.000\nOne.\n\nintro-2\n00:02.000 --> 00:03.000\nTwo.\n",
        [(4, 1.0, None, "One. Two.")],
    ),
    "a header with text, and lines below it": (
        "WEBVTT - kilns\nKind: captions\nLanguage: en\n\n00:01.000 --> 00:02.000\nClay.\n",
        [(5, 1.0, None, "Clay.")],
    ),
    "notes, styles and regions": (
        "WEBVTT\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:left\nwidth:40%\n\nNOTE made by hand\n\n"
        "00:01.000 --> 00:02.000\nClay.\n\nNOTE\ntwo lines\nof notes\n\n00:02.000 --> 00:03.000\nAnd sand.\n",
        [(12, 1.0, None, "Clay. And sand.")],
    ),
    "a voice, with classes": (
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ilva Nadrostek>Good evening.</v>\n\n"
        "00:02.000 --> 00:03.000\n<v.loud.first Ilva Nadrostek>Is it on?\n",
        [(3, 1.0, "Ilva Nadrostek", "Good evening. Is it on?")],
    ),
    "several voices in one cue": (
        "WEBVTT\n\n00:01.000 --> 00:04.000\n<v Ilva>Ready?\n<v Hjalmar>Nearly. <v Ilva>Good.\nThen go.\n",
        [(3, 1.0, "Ilva", "Ready?"), (3, 1.0, "Hjalmar", "Nearly."), (3, 1.0, "Ilva", "Good. Then go.")],
    ),
    "words after a voice has ended are nobody's": (
        "WEBVTT\n\n00:01.000 --> 00:04.000\n<v Ilva>Ready?</v> Yes.\n",
        [(3, 1.0, "Ilva", "Ready?"), (3, 1.0, "Unknown", "Yes.")],
    ),
    "tags within words, times of karaoke, entities": (
        "WEBVTT\n\n00:01.000 --> 00:04.000\n<c.yellow>Salt</c><00:02.000><i> &amp;</i> <b>sil</b>ver, 3 &lt; 4,\n"
        "<lang en>a&nbsp;<ruby>kiln<rt>oven</rt></ruby></lang>\n",
        [(3, 1.0, None, "Salt & silver, 3 < 4, a kilnoven")],
    ),
    "a mark of byte order, and lines that end with CR LF": (
        "\ufeffWEBVTT\r\n\r\n00:01.000 --> 00:02.000\r\nOne\r\ntwo.\r\n",
        [(3, 1.0, None, "One two.")],
    ),
    "lines that end with CR alone": (
        "WEBVTT\r\r00:01.000 --> 00:02.000\rOne\rtwo.\r\r00:02.000 --> 00:03.000\r<v Ilva>Three.\r",
        [(3, 1.0, None, "One two."), (7, 2.0, "Ilva", "Three.")],
    ),
    "overlapping cues": (
        "WEBVTT\n\n00:01.000 --> 00:05.000\n<v Ilva>The first of them\n\n00:02.000 --> 00:03.000\n<v Hjalmar>Wait.\n\n"
        "00:04.000 --> 00:06.000\n<v Ilva>was blue.\n",
        [(3, 1.0, "Ilva", "The first of them"), (6, 2.0, "Hjalmar", "Wait."), (9, 4.0, "Ilva", "was blue.")],
    ),
    "no empty line between two cues": (
        "WEBVTT\n\n00:01.000 --> 00:02.000\nOne\n00:02.000 --> 00:03.000\ntwo.\n",
        [(3, 1.0, None, "One two.")],
    ),
    "cues of no length, and without words": (
        "WEBVTT\n\n00:01.000 --> 00:01.000\nOne.\n\n00:02.000 --> 00:03.000\n\n00:03.000 --> 00:03.000\nTwo.\n",
        [(3, 1.0, None, "One. Two.")],
    ),
    "a word said in two cues in a row is no repeat": (
        "WEBVTT\n\n00:01.000 --> 00:02.000\nYes.\n\n00:02.000 --> 00:03.000\nYes.\n\n00:03.000 --> 00:04.000\nFine.\n",
        [(3, 1.0, None, "Yes. Yes. Fine.")],
    ),
    "an arrow in the talk": (
        "WEBVTT\n\n00:01.000 --> 00:02.000\nFrom A -> B we go\nat 10:30 -> 11:00.\n",
        [(3, 1.0, None, "From A -> B we go at 10:30 -> 11:00.")],
    ),
}
SRT: dict[str, tuple[str, list[Row]]] = {
    "numbers and decimal commas": (
        "1\n00:00:01,000 --> 00:00:02,000\nOne\ntwo.\n\n2\n00:00:02,000 --> 00:00:03,000\nThree.\n",
        [(2, 1.0, None, "One two. Three.")],
    ),
    "no numbers, no empty lines, dots for commas": (
        "00:00:01.000 --> 00:00:02.000\nOne\n0:00:02.000 --> 0:00:03.000\ntwo.",
        [(1, 1.0, None, "One two.")],
    ),
    "numbers that are said": (
        "7\n00:00:01,000 --> 00:00:02,000\nHow many?\n\n8\n00:00:02,000 --> 00:00:03,000\n42\n9\n"
        "00:00:03,000 --> 00:00:04,000\n1999\n00:00:04,000 --> 00:00:05,000\nkilns.\n",
        [(2, 1.0, None, "How many? 42 1999 kilns.")],
    ),
    "tags, codes of other formats, places on the screen": (
        '1\n00:00:01,000 --> 00:00:02,000 X1:100 X2:200 Y1:5 Y2:9\n{\\an8}<font color="#fff">One</font> <i>two</i>.\n',
        [(2, 1.0, None, "One two.")],
    ),
    "blanks within the times": (
        "1\n00:00:01, 500 --> 00:00:02, 000\nOne.\n",
        [(2, 1.5, None, "One.")],
    ),
    "a note and a style are talk": (
        "1\n00:00:01,000 --> 00:00:02,000\nNOTE that\n\n2\n00:00:02,000 --> 00:00:03,000\nSTYLE\n",
        [(2, 1.0, None, "NOTE that STYLE")],
    ),
    "the word of WebVTT at the beginning": (
        "WEBVTT\n\nNOTE no talk\n\n1\n00:00:01,000 --> 00:00:02,000\nOne.\n",
        [(6, 1.0, None, "One.")],
    ),
}
JSON: dict[str, tuple[str, list[Row]]] = {
    "Podcasting 2.0": (
        '{"version": "1.0.0", "segments": [\n'
        '{"speaker": "Ilva", "startTime": 0.5, "endTime": 0.75, "body": "It"},\n'
        '{"speaker": "Ilva", "startTime": 0.75, "endTime": 1, "body": "burns."},\n'
        '{"speaker": "Hjalmar", "startTime": 2, "endTime": 3, "body": "Where &amp; <i>what</i>?\\nTell."}]}',
        [(2, 0.5, "Ilva", "It burns."), (4, 2.0, "Hjalmar", "Where & what? Tell.")],
    ),
    "Whisper, with tokens, words, and NaN": (
        '{"text": " It burns. All of it.", "segments": [\n\n'
        '{"id": 0, "seek": 0, "start": 0.0, "end": 1.5, "text": " It burns.", "tokens": [5, 7], "avg_logprob": NaN,\n'
        ' "words": [{"word": " It", "start": 0.0, "end": 0.4}, {"word": " burns.", "start": 0.4, "end": 1.5}]},\n'
        '{"id": 1, "seek": 0, "start": 1.5, "end": 2e0, "text": " All of it."}\n], "language": "en"}\n',
        [(3, 0.0, None, "It burns. All of it.")],
    ),
    "WhisperX": (
        '{"segments": [{"start": 1, "end": 2, "text": " It burns.", "speaker": "SPEAKER_00"},\n'
        '{"start": 2, "end": 3, "text": " Where?", "speaker": "SPEAKER_01"},'
        ' {"start": 4, "end": 5, "text": " Here."}],\n'
        '"word_segments": [{"word": "It", "start": 1, "end": 1.2}]}',
        [(1, 1.0, "SPEAKER_00", "It burns."), (2, 2.0, "SPEAKER_01", "Where?"), (2, 4.0, None, "Here.")],
    ),
    "whisper.cpp": (
        '{"systeminfo": "AVX = 1", "transcription": [\n{"timestamps": {"from": "00:00:01,250", "to": "00:00:02,000"},\n'
        '"offsets": {"from": 1250, "to": 2000}, "text": " It burns."},\n'
        '{"timestamps": {"from": "04:00:02,000", "to": "04:00:03,000"}, "text": " Still."}]}',
        [(2, 1.25, None, "It burns."), (4, 14402.0, None, "Still.")],
    ),
    "a list alone, with lengths": (
        '[\n{"text": "It burns", "start": 1.5, "duration": 2},\n{"text": "all night.", "start": 3.5, "duration": 1}]',
        [(2, 1.5, None, "It burns all night.")],
    ),
    "escaped characters and clock times": (
        '{"segments":[{"startTime":"1:02","body":"Caf\\u00e9 \\ud83d\\ude00 \\/ \\"open\\""}]}',
        [(1, 62.0, None, 'Café 😀 / "open"')],
    ),
}
HTML: dict[str, tuple[str, list[Row]]] = {
    "speakers, times and paragraphs": (
        "<cite>Ilva:</cite>\n<time>0:00</time>\n<p>It burns.</p>\n\n<cite>Hjalmar Veskild:</cite>\n"
        "<time>1:02:03</time>\n<p>Where\nexactly?</p>",
        [(3, 0.0, "Ilva", "It burns."), (7, 3723.0, "Hjalmar Veskild", "Where exactly?")],
    ),
    "a whole page, with scripts, styles, comments and headings": (
        "<!DOCTYPE html>\n<html><head><title>No talk</title><style>p { color: red }</style></head>\n<body>\n"
        "<script>if (a < b) document.write('<p>never</p>')</script>\n<!-- <p>not this</p> -->\n"
        "<CITE>Ilva:</CITE><TIME datetime='PT5S'>[0:05]</TIME>\n"
        '<P class="a">It <B>bu</B>rns &amp;<br/>glows&nbsp;&#8212; so.\n'
        "<noscript>Turn it on</noscript></body></html>",
        [(7, 5.0, "Ilva", "It burns & glows — so.")],
    ),
    "unknown tags, and all within one paragraph": (
        "<podcast-talk><p><cite>Ilva</cite> <time>0:01</time> It <blink>burns</blink>.</p>"
        "<p><cite>Hjalmar</cite> <time>0:04</time> Where?</p></podcast-talk>",
        [(1, 1.0, "Ilva", "It burns."), (1, 4.0, "Hjalmar", "Where?")],
    ),
    "a speaker holds, a time does not": (
        "<cite>Ilva:</cite><time>0:01</time><p>One.</p><p>Two.</p><cite>Hjalmar:</cite><p>Three.</p>",
        [(1, 1.0, "Ilva", "One. Two."), (1, None, "Hjalmar", "Three.")],
    ),
    "titles and times that are said": (
        "<cite>Ilva:</cite><time>0:01</time><p>Read <cite>Clay and Ash</cite> at <time>10:30</time>.</p>",
        [(1, 1.0, "Ilva", "Read Clay and Ash at 10:30.")],
    ),
    "a head that is not closed, and an empty script": (
        "<html><head><title>x</title><body><script src='a.js'/><cite>Ilva:</cite><time>0:01</time><p>One.</p></body>",
        [(1, 1.0, "Ilva", "One.")],
    ),
}
CASES = [
    pytest.param(kind, text, rows, id=f"{kind}: {name}")
    for kind, table in (("vtt", VTT), ("srt", SRT), ("json", JSON), ("html", HTML))
    for name, (text, rows) in table.items()
]


@pytest.mark.parametrize(("kind", "text", "rows"), CASES)
def test_a_good_transcript_gives_these_lines(kind: str, text: str, rows: list[Row]) -> None:
    got = reading(text, kind)
    assert (got.rows, got.told, got.left_out, got.lost) == (rows, [], {}, 0)
