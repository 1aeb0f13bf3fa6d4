"""Finds speakers that captions name in the text itself: `ANNA:`, `Anna Keller:`, `[Anna]`, and `>>` for a change.

A wrong speaker is worse than none, so only certain labels count:

1. A label is like a name, and stands at the start of lines in one form at least twice.
2. The first words of the file have one, or there are two different ones.
3. `>>` stands at least twice.

Words without a label belong to the speaker before. A label that stands only once may be one more speaker: from there
to the next certain label, the words are nobody's, and the label stays in the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from ingest.cues.cue import Cue
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
    note notes remember example first second third step warning tip update summary conclusion question answer yes well
    okay ok however because right anyway""".split()
)
# `Question:` and `Answer:` are labels of a Q and A, but also how people talk.
_LABELS = ("host", "guest", "neutral")
_Key = tuple[str, str]  # the form, and the label in small letters


def with_speakers(cues: list[Cue], draft: Draft) -> list[Cue]:
    """The cues cut where the text names a speaker, each with the label; the cues as they are if nothing is certain."""
    if any(cue.who for cue in cues):
        return cues
    marked = sum(len(_MARK.findall(line)) for cue in cues for line in cue.lines) > 1
    pieces = [piece for cue in cues for piece in (_at_marks(cue, draft) if marked else _at_lines(cue))]
    found = [_label(piece) for piece in pieces]
    counts = Counter(key for key, _, _ in filter(None, found))
    certain = {key for key, count in counts.items() if count > 1}
    if len({label for _, label in certain}) < 2 and not (found and found[0] and found[0][0] in certain):
        certain = set()
    if not (certain or marked):
        return cues
    return list(_named(pieces, found, certain, draft))


def _at_lines(cue: Cue) -> Iterator[Cue]:
    """A cue for each line, since each can begin with a label."""
    for line in cue.lines:
        yield Cue([line], cue.start, cue.end, cue.number)


def _at_marks(cue: Cue, draft: Draft) -> Iterator[Cue]:
    """A cue for each line and each `>>` in it; the marks are left out and counted."""
    for line in cue.lines:
        begin, turn = 0, False
        for mark in _MARK.finditer(line):
            if text := line[begin : mark.start()].rstrip():
                yield Cue([text], cue.start, cue.end, cue.number, turn=turn)
            begin, turn = mark.end(), True
            if mark.end() == len(line) or mark.group()[-1] == " ":  # ">>Yes" is one word, with or without it
                draft.leave_out(LeftOut.SPEAKER_MARK, mark.group(), cue.number)
        # A mark at the end of a line begins the next one: an empty piece tells that.
        if (text := line[begin:].rstrip()) or turn:
            yield Cue([text], cue.start, cue.end, cue.number, turn=turn)


def _label(piece: Cue) -> tuple[_Key, str, int] | None:
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
        return role_of(label) in _LABELS
    names = [word for word in words if word.casefold() not in _SMALL]
    return (
        all(word[0].isupper() or word[0].isdigit() for word in names)
        and not set(folded) & STOP_WORDS
        and any(word[0].isupper() for word in names)
    )


def _named(
    pieces: Sequence[Cue], found: Sequence[tuple[_Key, str, int] | None], certain: set[_Key], draft: Draft
) -> Iterator[Cue]:
    """The pieces with their speakers, without the certain labels."""
    forms = {form for form, _ in certain}
    who: str | None = None
    turn = False  # a mark or a label without words in its own piece begins the next one
    for piece, label in zip(pieces, found, strict=True):
        turn = turn or piece.turn
        if label and label[0] in certain:
            who, turn = label[1], True
            draft.leave_out(LeftOut.SPEAKER_MARK, piece.lines[0][: label[2]], piece.number)
            piece.lines[0] = piece.lines[0][label[2] :]
        elif piece.turn:
            who = None
        elif label and label[0][0] in forms:
            draft.problem(f"{label[1]!r} may be a speaker, but stands only once; the words are nobody's", piece.number)
            who, turn = None, True
        if piece.lines[0]:
            yield Cue(piece.lines, piece.start, piece.end, piece.number, who, turn)
            turn = False
