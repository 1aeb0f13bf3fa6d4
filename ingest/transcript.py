"""Reads the entries of a transcript as lines and headers with checked types.

1. If the transcript's key appears twice, both parts are read; an entry with a
   repeated key is two entries with a missing dash.
2. An entry's keys are `line`, `header`, `sec`, `who` and `time`, whatever their case. Words
   under any other key are left out, and reported by key.
3. Speech in `who` is read as the paragraph before its line (`ingest.speakers.talk_in_who`).

Nothing here repairs a time or knows a person.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches

from ingest.draft import Draft, Line
from ingest.front_matter.files import BadFile, FrontMatter
from ingest.front_matter.markup import plain
from ingest.front_matter.values import is_empty, no_number, second_of, shown
from ingest.front_matter.words_in import NO_TALK, is_talk, known_key, words_under
from ingest.front_matter.yaml_text import Node, Pair
from ingest.report import LeftOut
from ingest.speakers.talk_in_who import Talk, name_turns

_KEYS = ("line", "header", "sec", "who", "time")
# Other names for the known keys.
_MEANT = {"text": "line", "content": "line", "speech": "line", "speaker": "who", "start": "sec"}


@dataclass(slots=True)
class _Entry:
    """One entry: the values of its known keys, by key, and the line that it starts on."""

    number: int
    values: dict[str, Node] = field(default_factory=dict)


@dataclass(slots=True)
class _Reader:
    """The data collected from the entries of one transcript."""

    draft: Draft
    lines: list[Line] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)
    unknown: dict[str, list[tuple[int, int]]] = field(default_factory=dict)  # key -> words and line of each
    renamed: dict[str, int] = field(default_factory=dict)


def read_transcript(front: FrontMatter, draft: Draft, key: str = "transcript") -> tuple[list[Line], list[str]]:
    """The lines and headers under `key` with checked types; raises `BadFile` if there is no transcript."""
    draft.counts.words_in += front.words
    entries = _entries(front, draft, key)
    reader = _Reader(draft)
    for row, node in enumerate(entries):
        if node.pairs is None:
            draft.problem(f"a transcript entry is not a mapping: {node.plain()!r:.60}", node.line)
            draft.leave_out(LeftOut.WRONG_TYPE, _words(node, ""), node.line)
            continue
        for entry in _split(node, node.pairs, reader):
            _read_entry(entry, reader, row)
    _report_keys(reader)
    return name_turns(reader.lines, reader.talks, draft), reader.headers


def _entries(front: FrontMatter, draft: Draft, key: str) -> list[Node]:
    """The entries of all transcripts in the file; raises `BadFile` if there is none."""
    found = [pair for pair in front.root.pairs or () if known_key(pair.key) == key]
    filled = [pair.value for pair in found if pair.value.items]
    odd = [pair for pair in found if pair.value.items is None and not is_empty(pair.value)]
    if not filled:
        raise BadFile("the transcript is not a list" if odd else "no transcript", found[-1].line if found else None)
    for pair in found:
        if pair.key != key:
            draft.problem(f"the key {pair.key!r} is read as {key!r}", pair.line)
    for pair in found[1:]:
        draft.problem(f"the key {key!r} stands twice; both are read, in their order", pair.line)
    for pair in odd:
        draft.problem("the transcript is not a list; it is not read", pair.line)
        draft.leave_out(LeftOut.WRONG_TYPE, _words(pair.value, ""), pair.line)
    return [entry for node in filled for entry in node.items or []]


def _words(node: Node, key: str) -> int:
    """Number of words in a value that cannot be read as talk."""
    plain = node.text is not None and key != ""
    total = sum(words_under(key, text, plain=plain) for text in node.texts())
    return total + (sum(len(name.split()) for name in node.names()) if key == "line" else 0)


def _split(node: Node, pairs: list[Pair], reader: _Reader) -> list[_Entry]:
    """The entries in one mapping: a new one begins at each key that belongs to a next entry.

    That is a second `line` or `header`, and a `header` after a `line`: a dash is
    missing there. A second `sec` or `who` before such a key belongs to the new entry as well.
    """
    pieces: list[list[tuple[str, Pair]]] = [[]]
    for pair in pairs:
        key = _key(pair, reader)
        keys = [name for name, _ in pieces[-1]]
        if key and (key in keys or (key == "header" and "line" in keys)):
            pieces.append([])
        pieces[-1].append((key, pair))
    entries: list[_Entry] = []
    for piece in pieces:
        talk = any(key in ("line", "header") for key, _ in piece)
        if entries and talk:
            reader.draft.problem("a transcript entry holds two; a dash is missing, and both are read", piece[0][1].line)
        if not entries or talk:
            entries.append(_Entry(piece[0][1].line if entries else node.line))
        _take(piece, entries[-1], reader)
    return entries


def _key(pair: Pair, reader: _Reader) -> str:
    """The known key of a pair, whatever its case; "" for an unknown one."""
    key = known_key(pair.key)
    if key not in _KEYS:
        return ""
    if key != pair.key:
        reader.renamed.setdefault(pair.key, pair.line)
    return key


def _take(piece: list[tuple[str, Pair]], entry: _Entry, reader: _Reader) -> None:
    """Add a piece's values to an entry; of equal keys the first counts, of two different speakers none."""
    for key, pair in piece:
        if not key:
            count = sum(words_under(known_key(pair.key), text, plain=False) for text in pair.value.texts())
            reader.unknown.setdefault(pair.key, []).append((count, pair.line))
        elif key not in entry.values:
            entry.values[key] = pair.value
        elif entry.values[key].plain() != pair.value.plain():
            reader.draft.problem(f"the key {key!r} stands twice in one entry, with two values", pair.line)
            words = words_under(key, pair.value.text or "") if key == "who" else 0
            reader.draft.leave_out(LeftOut.REPEATED_KEY, words, pair.line)
            if key == "who" and not words and not is_talk(entry.values[key].text or ""):
                entry.values[key] = Node(pair.line)
        elif key == "who":
            reader.draft.leave_out(LeftOut.REPEATED_KEY, _words(pair.value, "who"), pair.line)


def _read_entry(entry: _Entry, reader: _Reader, row: int) -> None:
    draft, values = reader.draft, entry.values
    for key in NO_TALK:
        if key in values and values[key].text is None:
            draft.leave_out(LeftOut.WRONG_TYPE, _words(values[key], key), values[key].line)
    if "header" in values:
        if values["header"].text is None and not is_empty(values["header"]):
            draft.problem(f"a header is not text: {shown(values['header'])}", entry.number)
        reader.headers.append(draft.label(values["header"]) or "Untitled chapter")
    second, who, talk = _second(entry, draft), *_who(entry, draft)
    header = len(reader.headers)
    text = _line(entry, reader)
    if not talk and not text:
        return
    if talk and (not reader.talks or reader.talks[-1].text != talk or not reader.talks[-1].open):
        reader.talks.append(Talk(talk, entry.number))
        reader.lines.append(Line(talk, second, None, entry.number, header, row))
        reader.talks[-1].lines.append(reader.lines[-1])
    elif talk:
        draft.leave_out(LeftOut.REPEATED_TALK, talk, entry.number)
    elif reader.talks:
        reader.talks[-1].open = False
    if text:
        reader.lines.append(Line(text, second, who, entry.number, header, row))
        if talk:
            reader.talks[-1].lines.append(reader.lines[-1])


def _line(entry: _Entry, reader: _Reader) -> str:
    """The text of an entry; an empty one is reported."""
    draft, node = reader.draft, entry.values.get("line")
    if node is None:
        if "header" not in entry.values:
            draft.problem("a transcript entry holds neither a line nor a header", entry.number)
        return ""
    if node.items is not None or node.pairs is not None:
        draft.problem(f"a transcript line is not text: {shown(node)}", node.line)
        draft.leave_out(LeftOut.WRONG_TYPE, _words(node, "line"), node.line)
        return ""
    text = draft.spoken(node)
    if not text:
        draft.problem("a transcript line holds no text", entry.number)
    return text


def _second(entry: _Entry, draft: Draft) -> float | None:
    node = entry.values.get("sec")
    if node is None or no_number(node):
        return None
    second = second_of(node)
    if second is None:
        draft.problem(f"a line's second is not a number of seconds: {shown(node)}", entry.number)
    return second


def _who(entry: _Entry, draft: Draft) -> tuple[str | None, str]:
    """The label of the speaker, and speech found in its place."""
    node = entry.values.get("who")
    if node is None or is_empty(node):
        return None, ""
    if node.text is None:
        draft.problem(f"a line's speaker is not text: {shown(node)}", entry.number)
        draft.leave_out(LeftOut.WRONG_TYPE, _words(node, "who"), node.line)
        return None, ""
    return (None, draft.spoken(node)) if is_talk(node.text) else (plain(node.text), "")


def _report_keys(reader: _Reader) -> None:
    """One problem for each key that is not the schema's, however many entries have it."""
    for key, line in reader.renamed.items():
        reader.draft.problem(f"the key {key!r} is read as {known_key(key)!r}", line)
    for key, places in reader.unknown.items():
        near = _MEANT.get(known_key(key)) or next(iter(get_close_matches(known_key(key), [*_KEYS, *NO_TALK], 1)), "")
        words = sum(count for count, _ in places)
        reader.draft.problem(
            f"the key {key!r} is not known{f' (is {near!r} meant?)' if near else ''}: "
            f"{words:,} words in {len(places):,} entries are left out",
            places[0][1],
        )
        for count, line in places:
            reader.draft.leave_out(LeftOut.UNKNOWN_KEY, count, line)
