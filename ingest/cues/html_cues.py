"""Reads HTML transcripts of the podcast namespace as cues.

    <cite>Anna:</cite>
    <time>0:00</time>
    <p>What she says.</p>

A speaker and a time hold until the next ones, but a time is only that of the first paragraph after it. Text in
other elements is talk as well, except in headings and the page's navigation, which are counted and left out.
Scripts, styles and the head of the page are never read. The words are counted as the tags are read.

Tags are found by one expression: only their names matter here, and the standard library's parser took
36 seconds for a hundred thousand characters of `<a <a <a`, which any page of a feed could hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ingest.cues.cue import Cue, check_number, speaker
from ingest.draft import Draft
from ingest.front_matter.files import BadFile
from ingest.front_matter.markup import plain
from ingest.front_matter.values import second_of
from ingest.front_matter.yaml_text import Node
from ingest.report import LeftOut

# A comment's beginning; a declaration; a tag with slash, name and the rest. Each stops at the next "<".
_TAG = re.compile(r"<!--|<[!?][^<>]*>|<(/?)([A-Za-z][\w:.-]*)([^<>]*)>")
# Never read, whatever they hold.
_UNREAD = frozenset("head script style template noscript svg math iframe object select textarea title".split())
_NO_TALK = frozenset("h1 h2 h3 h4 h5 h6 header footer nav button aside form".split())
_BLOCKS = frozenset(
    """address article blockquote body center dd div dl dt fieldset figcaption figure hr html li main ol p pre section
    table tbody td tfoot th thead tr ul""".split()
)
# Around a clock time: "[0:10]".
_CLOCK_EDGES = " \t[]()"


@dataclass(slots=True)
class _Place:
    """Where an element begins."""

    tag: str
    line: int


@dataclass(slots=True)
class _State:
    """The text that has not ended yet, and what holds for it."""

    number: int = 0
    start: float | None = None
    who: str | None = None
    turn: bool = False
    text: list[str] = field(default_factory=list)
    begun: bool = False  # whether `text` has more than blanks
    captured: list[str] | None = None  # text of an open <cite> or <time>


class _Page:
    """Collects the cues of a page; `said` has the texts as they come, one list for each paragraph."""

    def __init__(self, text: str, draft: Draft) -> None:
        self.text, self.draft = text, draft
        self.cues: list[Cue] = []
        self.marks = 0
        self.said: list[list[str]] = [[]]
        self.quiet: list[_Place] = []
        self.state = _State()
        self.number = 1  # the line of the text at hand

    def read(self) -> None:
        """Read the page from its first to its last tag."""
        at = 0
        while tag := _TAG.search(self.text, at):
            self._data(self.text[at : tag.start()])
            end = self._skip(tag) if tag[2] is None or (not tag[1] and tag[2].lower() in _UNREAD) else tag.end()
            if not tag[2]:
                pass
            elif tag[1]:
                self._close(tag[2].lower())
            else:
                self._open(tag[2].lower())
            self.number += self.text.count("\n", tag.start(), end)
            at = end
        self._data(self.text[at:])
        self._flush()
        for place in self.quiet[:1]:
            self.draft.problem(f"<{place.tag}> is not closed; what is below it is not taken for talk", place.line)

    def _skip(self, tag: re.Match[str]) -> int:
        """The end of a comment, a declaration or an element that is not read."""
        if tag[2] is None and tag.group() != "<!--":
            return tag.end()
        name = (tag[2] or "").lower()
        pattern = "-->" if not name else rf"</{name}\s*>" + (r"|(?=<body\b)" if name == "head" else "")
        end = re.compile(pattern, re.IGNORECASE).search(self.text, tag.end())
        if name and tag[3].endswith("/"):  # in XHTML it can be empty: then no end tag comes before the next of its kind
            again = re.compile(rf"</?{name}\b", re.IGNORECASE).search(self.text, tag.end())
            if not again or not again.group().startswith("</"):
                return tag.end()
        if end is None:
            what = f"<{name}>" if name else "a comment"
            self.draft.problem(f"{what} is not closed; nothing below it is read", self.number)
        return end.end() if end else len(self.text)

    def _open(self, tag: str) -> None:
        if tag in _BLOCKS or tag in _NO_TALK:
            self._flush()
            if tag in _NO_TALK:
                self.quiet.append(_Place(tag, self.number))
        elif tag in ("cite", "time"):
            self._release()
            self.state.captured = []
        elif tag == "br":
            self._data(" ")

    def _close(self, tag: str) -> None:
        """End an element; end tags without a beginning are ignored."""
        if tag in _BLOCKS or tag in _NO_TALK:
            self._flush()
            open_ = [place.tag for place in self.quiet]
            if tag in open_:
                del self.quiet[len(open_) - 1 - open_[::-1].index(tag) :]
        elif tag in ("cite", "time") and self.state.captured is not None:
            captured, self.state.captured = self.state.captured, None
            if not self._mark(tag, plain("".join(captured))):
                for text in captured:
                    self._say(text)

    def _data(self, data: str) -> None:
        """Take a text between two tags."""
        if self.state.captured is not None:
            self.state.captured.append(data)
        elif data:
            self._say(data)
        self.number += data.count("\n")

    def _mark(self, tag: str, text: str) -> bool:
        """Take a speaker or a time; False if it is neither but stands within talk."""
        second = second_of(Node(0, text.strip(_CLOCK_EDGES))) if ":" in text else None
        if self.quiet or (self.state.begun and (tag == "time" or not text.endswith(":"))):
            return False
        self._flush()
        self.marks += 1
        number = self.number
        if tag == "cite":
            who = speaker(text, number, self.draft)
            self.state.turn, self.state.who, self.state.start = who != self.state.who, who, None
        else:
            self.state.start = second
            if second is None:
                self.draft.problem(f"a time is not a time: {text!r:.40}", number)
        return True

    def _release(self) -> None:
        """Give the text of an unusable <cite> or <time> to the talk."""
        captured, self.state.captured = self.state.captured or [], None
        for text in captured:
            self._say(text)

    def _say(self, data: str) -> None:
        if not self.state.begun and data.strip():
            # The words' own line: a text can begin with line breaks.
            self.state.begun = True
            self.state.number = self.number + data[: len(data) - len(data.lstrip())].count("\n")
        self.state.text.append(data)
        self.said[-1].append(data)

    def _flush(self) -> None:
        """End the paragraph, if one is open."""
        self._release()
        state = self.state
        raw, text = "".join(state.text), plain("".join(state.text))
        state.text, state.begun = [], False
        self.said.append([])
        if not text:
            return
        if self.quiet:
            self.draft.leave_out(LeftOut.NOT_TALK, text, state.number)
            return
        check_number(len(self.cues) + 1, state.number)
        self.draft.counts.markup_decoded += int(text != " ".join(raw.split()))
        self.cues.append(Cue([text], state.start, None, state.number, state.who, state.turn))
        state.start, state.turn = None, False


def read_html(text: str, draft: Draft) -> list[Cue]:
    """The cues of an HTML transcript; raises `BadFile` if the page has neither speakers nor times."""
    page = _Page(text, draft)
    page.read()
    draft.counts.words_in += sum(len(plain("".join(parts)).split()) for parts in page.said)
    if not page.marks:
        raise BadFile("the page has neither <cite> nor <time>: it is no transcript of the podcast namespace", 1)
    return page.cues
