"""Finds speakers that captions name in the text itself: `ANNA:`, `Anna Keller:`, `[Anna]`, and `>>` for a change.

A wrong speaker is worse than none, so only certain labels count:

1. A label is like a name, and stands at the start of lines in one form at least twice.
2. The first words of the file have one, or there are two different ones near its beginning.
3. `>>` stands at least twice.

Words without a label belong to the speaker before. A label that stands only once may be one more speaker: from there
to the next certain label, the words are nobody's, and the label stays in the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from ingest.cues.cue import Cue, leave_out
from ingest.draft import Draft
from ingest.front_matter.words_in import is_talk
from ingest.report import LeftOut
from ingest.speakers.labels import role_of
from ingest.text import STOP_WORDS

_MARK = re.compile(r"(?:^|(?<=\s))>>+(?:\s+|(?=[^\W_])|$)")
_COLON = re.compile(r"([^\s:\[\]][^:\[\]]{0,39}?)\s?:(?:\s+|$)")
_BRACKETS = re.compile(r"\[([^\[\]]{1,40})\]\s?:?(?:\s+|$)")
_MOST_WORDS = 4
_SMALL = frozenset("von van de der den di da du la le el al bin ter and und of y".split())
# What is heard, and words that open an explanation, are written like labels.
_NO_NAMES = frozenset(
    """laughs laughing laughter laugh chuckles chuckling giggles sighs coughs crosstalk cheers cheering music applause
    applauding inaudible unintelligible silence noise pause beep blank_audio foreign sound sounds ♪
    note notes remember example first second third step warning tip update summary conclusion yes well
    okay ok however because right anyway""".split()
)
_ROLES = ("host", "guest", "answer", "neutral")
_Key = tuple[str, str]  # the form, and the label in small letters
_Found = tuple[_Key, str, int]  # the key, the label as it is written, and the length of label and form
# Who labels speakers does so from the beginning; a list ("Pros: ...", "Cons: ...") comes later.
_FIRST_PIECES = 10


def with_speakers(cues: list[Cue], draft: Draft) -> list[Cue]:
    """The cues cut where the text names a speaker, each with the label; the cues as they are if nothing is certain."""
    if any(cue.who for cue in cues):
        return cues
    marked = sum(len(_MARK.findall(line)) for cue in cues for line in cue.lines) > 1
    marks: list[tuple[str, int]] = []
    pieces = [piece for cue in cues for piece in (_at_marks(cue, marks) if marked else _at_lines(cue))]
    found = [_label(piece) for piece in pieces]
    certain = _certain(found)
    if not (certain or marked):
        return cues
    named = list(_named(pieces, found, certain, marks, draft))
    leave_out(LeftOut.SPEAKER_MARK, marks, draft)
    return named


def _certain(found: Sequence[_Found | None]) -> set[_Key]:
    """The labels that are certain, by those with which the pieces begin."""
    counts = Counter(label[0] for label in found if label)
    certain = {key for key, count in counts.items() if count > 1}
    first = next((at for at, label in enumerate(found) if label and label[0] in certain), 0)
    several = len({label for _, label in certain}) > 1
    return certain if first < (_FIRST_PIECES if several else 1) else set()


def _at_lines(cue: Cue) -> Iterator[Cue]:
    """A cue for each line, since each can begin with a label."""
    for line in cue.lines:
        yield Cue([line], cue.start, cue.end, cue.number)


def _at_marks(cue: Cue, marks: list[tuple[str, int]]) -> Iterator[Cue]:
    """A cue for each line and each `>>` in it; the marks are left out, and added to `marks`."""
    for line in cue.lines:
        begin, turn = 0, False
        for mark in _MARK.finditer(line):
            if text := line[begin : mark.start()].rstrip():
                yield Cue([text], cue.start, cue.end, cue.number, turn=turn)
            begin, turn = mark.end(), True
            if mark.end() == len(line) or mark.group()[-1] == " ":  # ">>Yes" is one word, with or without it
                marks.append((mark.group(), cue.number))
        # A mark at the end of a line begins the next one: an empty piece tells that.
        if (text := line[begin:].rstrip()) or turn:
            yield Cue([text], cue.start, cue.end, cue.number, turn=turn)


def _label(piece: Cue) -> _Found | None:
    """Form, label and length of the label with which a piece begins."""
    line = piece.lines[0]
    for form, pattern in (("colon", _COLON), ("brackets", _BRACKETS)):
        if (match := pattern.match(line)) and _is_name_like(label := match[1].strip()):
            return (form, label.casefold()), label, match.end()
    return None


def _is_name_like(label: str) -> bool:
    """Whether a text can be the name or the role of a speaker."""
    words = label.split()
    folded = [word.casefold().strip(".,'’♪") for word in words]
    if not words or len(words) > _MOST_WORDS or is_talk(label) or _NO_NAMES & set(folded):
        return False
    if role_of(label):
        return role_of(label) in _ROLES
    names = [word for word in words if word.casefold() not in _SMALL and word[0] != "("]
    return (
        all(word[0].isupper() or word[0].isdigit() for word in names)
        and not set(folded) & STOP_WORDS
        and any(word[0].isupper() for word in names)
    )


def _doubtful(piece: Cue, label: _Found | None, forms: set[str]) -> str:
    """A label that may be one more speaker: like a name but only once, or in capitals ("MAN #2:"); else ""."""
    if label:
        return label[1] if label[0][0] in forms else ""
    match = _COLON.match(piece.lines[0]) if "colon" in forms else None
    return match[1] if match and match[1].isupper() and match[1].casefold() not in _NO_NAMES else ""


def _named(
    pieces: Sequence[Cue],
    found: Sequence[_Found | None],
    certain: set[_Key],
    marks: list[tuple[str, int]],
    draft: Draft,
) -> Iterator[Cue]:
    """The pieces with their speakers, without the certain labels."""
    forms = {form for form, _ in certain}
    who: str | None = None
    spelled: dict[_Key, str] = {}
    turn = False  # a mark without words in its own piece begins the next one
    for piece, label in zip(pieces, found, strict=True):
        turn = turn or piece.turn
        if label and label[0] in certain:
            who = spelled.setdefault(label[0], label[1])
            marks.append((piece.lines[0][: label[2]], piece.number))
            piece.lines[0] = piece.lines[0][label[2] :]
        elif piece.turn:
            who = None
        elif forms and (doubtful := _doubtful(piece, label, forms)):
            draft.problem(f"{doubtful!r} may be a speaker, but is not certain; the words are nobody's", piece.number)
            who, turn = None, True
        if piece.lines[0]:
            yield Cue(piece.lines, piece.start, piece.end, piece.number, who, turn)
            turn = False
