"""Tests that one conversation gives the same lines in every format, and how a format is recognised."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cue_reading import empty_draft, reading

from ingest.cues.read import MAX_CUE_BYTES, kind_of, read_cues
from ingest.front_matter.files import BadFile, SourceFile

# Second, speaker and words of each cue.
TALK = (
    (0.0, "Ilva Nadrostek", "Good evening, and welcome"),
    (2.5, "Ilva Nadrostek", "to the café & kiln."),
    (5.0, "Hjalmar Veskild", "Thanks. Is it < 900 degrees?"),
    (3661.25, "Hjalmar Veskild", "I mean now."),
    (14400.5, "Ilva Nadrostek", "Not yet."),
)
LINES = [
    (0.0, "Ilva Nadrostek", "Good evening, and welcome to the café & kiln."),
    (5.0, "Hjalmar Veskild", "Thanks. Is it < 900 degrees? I mean now."),
    (14400.5, "Ilva Nadrostek", "Not yet."),
]


def clock(second: float, mark: str = ".") -> str:
    hours, rest = divmod(second, 3600)
    return f"{hours:02.0f}:{rest // 60:02.0f}:{rest % 60:06.3f}".replace(".", mark)


def ends() -> list[float]:
    """The end of each cue: the start of the next, since HTML has no ends and so knows no pauses."""
    return [*(start for start, _, _ in TALK[1:]), TALK[-1][0] + 1]


def escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;")


def in_vtt() -> str:
    cues = [
        f"{clock(start)} --> {clock(end)}\n<v {who}>{escaped(words)}</v>\n"
        for (start, who, words), end in zip(TALK, ends(), strict=True)
    ]
    return "\n".join(["WEBVTT\n", *cues])


def in_srt() -> str:
    return "\n".join(
        f"{i}\n{clock(start, ',')} --> {clock(end, ',')}\n{who}: {words}\n"
        for i, ((start, who, words), end) in enumerate(zip(TALK, ends(), strict=True), 1)
    )


def in_podcast_json() -> str:
    segments = [
        {"speaker": who, "startTime": start, "endTime": end, "body": words}
        for (start, who, words), end in zip(TALK, ends(), strict=True)
    ]
    return json.dumps({"version": "1.0.0", "segments": segments})


def in_whisper_json() -> str:
    segments = [
        {"id": i, "start": start, "end": end, "text": f" {words}", "speaker": who}
        for i, ((start, who, words), end) in enumerate(zip(TALK, ends(), strict=True))
    ]
    return json.dumps({"text": " ".join(words for *_, words in TALK), "segments": segments}, indent=2)


def in_whisper_cpp_json() -> str:
    segments = [
        {
            "timestamps": {"from": clock(start, ","), "to": clock(end, ",")},
            "offsets": {"from": int(start * 1000), "to": int(end * 1000)},
            "text": f" {who}: {words}",
        }
        for (start, who, words), end in zip(TALK, ends(), strict=True)
    ]
    return json.dumps({"result": {"language": "en"}, "transcription": segments}, indent="\t")


def in_html() -> str:
    return "\n".join(
        f"<cite>{who}:</cite>\n<time>{clock(start)}</time>\n<p>{escaped(words)}</p>" for start, who, words in TALK
    )


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("vtt", in_vtt()),
        ("srt", in_srt()),
        ("json", in_podcast_json()),
        ("json", in_whisper_json()),
        ("json", in_whisper_cpp_json()),
        ("html", in_html()),
    ],
)
def test_one_conversation_gives_the_same_lines_in_every_format(kind: str, text: str) -> None:
    got = reading(text)
    assert (kind_of("", "", text), [row[1:] for row in got.rows], got.told, got.lost) == (kind, LINES, [], 0)


@pytest.mark.parametrize(
    ("name", "media_type", "text", "kind"),
    [
        ("", "text/vtt; charset=utf-8", "", "vtt"),
        ("a.txt", "Application/X-SubRip", "", "srt"),
        ("", "application/srt", "", "srt"),
        ("", "application/json", "", "json"),
        ("", "text/html", "", "html"),
        ("https://pods.example.org/7.SRT?token=a.vtt#t", "application/octet-stream", "", "srt"),
        ("talk.webvtt", "", "", "vtt"),
        ("talk.htm", "", "", "html"),
        ("talk.json", "text/plain", "", "json"),
        ("talk.json", "text/vtt", "", "vtt"),
        ("talk", "", "\ufeffWEBVTT\r\n", "vtt"),
        ("talk", "", "1\r\n00:00:01,000 --> 00:00:02,000\r\n", "srt"),
        ("talk", "", "00:01.000 --> 00:02.000\nOne", "vtt"),
        ("talk", "", ' [{"start": 1}]', "json"),
        ("talk", "", "<p><cite>Ilva:</cite>", "html"),
        # A server's page for a file that it does not have, and a type that it gives to every file.
        ("talk.vtt", "text/vtt", "<!-- x --><!DOCTYPE html><p>Not found", "html"),
        ("talk.vtt", "text/html", "WEBVTT\n\n", "vtt"),
        ("talk.srt", "text/html", '{"segments": []}', "json"),
        ("talk.txt", "text/plain", "It burns.", None),
        ("talk.pdf", "application/pdf", "%PDF-1.7", None),
        ("talk", "", "WEBVTTX", None),
    ],
)
def test_a_format_is_told_by_type_then_suffix_then_text(
    name: str, media_type: str, text: str, kind: str | None
) -> None:
    assert kind_of(name, media_type, text) == kind


def test_a_refused_file_tells_how_many_words_it_holds() -> None:
    with pytest.raises(BadFile) as caught:
        read_cues("<p>Page not found, sorry</p>", "html", empty_draft())
    assert caught.value.words == 4


def test_a_transcript_may_be_larger_than_an_episode_file(tmp_path: Path) -> None:
    path = tmp_path / "talk.json"
    path.write_bytes(b" " * (MAX_CUE_BYTES // 8))
    large = SourceFile(path, tmp_path, "talk.json", most_bytes=MAX_CUE_BYTES)
    assert len(large.read_bytes()) == MAX_CUE_BYTES // 8
    assert not large.digest().startswith("unreadable")
    with pytest.raises(BadFile, match="2,097,152 bytes; the limit is 1,048,576"):
        SourceFile(path, tmp_path, "talk.json").read()
