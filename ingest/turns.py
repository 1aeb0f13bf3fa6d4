"""Lines of a transcript -> segments: repairs, speakers, turns and times.

1. Lines that only mark a change of speaker are taken as such.
2. Paragraphs that only repeat a neighbour are dropped; very long ones are cut at sentence borders.
3. The speakers are named (`ingest.speakers`) and the turns numbered.
4. The times are repaired (`ingest.times`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.draft import Draft, Line
from ingest.models import Role, Segment
from ingest.report import LeftOut
from ingest.speakers import Cast, cast_of
from ingest.text import sentences
from ingest.times import repair_times

_SHORT_REPEAT_WORDS = 4
# A line that is only a clock time, or a time and a name: the mark of a change of speaker that was read as talk.
_MARK = re.compile(r"^(?:\d{1,2}:)?\d{1,2}:\d{2}\s*(?P<who>[^\W\d_]+)?$")
# Longer paragraphs are cut at a sentence border, so that passages can keep to their length.
_LONGEST_PARAGRAPH_WORDS = 110
# Longer sentences (a transcript without punctuation) are cut between words; the archive's longest has 171.
_LONGEST_SENTENCE_WORDS = 220


def read_turns(lines: list[Line], guests: tuple[str, ...], host: str, draft: Draft) -> list[tuple[Segment, int]]:
    """The segments of a transcript's lines; each with the number of headers before it."""
    lines = _without_marks(lines, draft)
    cast = cast_of(guests, host, (line.who for line in lines))
    return _segments(_cut_long(_without_repeats(lines, draft)), cast, draft)


def _without_marks(lines: list[Line], draft: Draft) -> list[Line]:
    """Drop lines that only mark a change of speaker; the rest of their turn is the named one's."""
    kept: list[Line] = []
    turn: str | None = None
    speaker: str | None = None
    for line in lines:
        mark = _MARK.match(line.text)
        if mark:
            turn, speaker = line.who, mark["who"]
            draft.problem(f"the line is only a mark ({line.text:.30}); it is not taken for talk", line.number)
            draft.leave_out(LeftOut.SPEAKER_MARK, line.text)
            continue
        if line.who != turn:
            turn = speaker = None
        if speaker:
            line.who = speaker
        kept.append(line)
    return kept


def _without_repeats(lines: list[Line], draft: Draft) -> list[Line]:
    """Drop a paragraph that a neighbour repeats word for word, keeping the copy that has its second.

    Seen in the archive: a paragraph stands twice, once bare and once with its
    second and speaker. Short interjections ("Yeah.") do repeat in speech and stay.
    """
    kept: list[Line] = []
    for line in lines:
        twin = next((k for k in kept[-3:] if k.text == line.text), None)
        if twin is None or len(line.text.split()) <= _SHORT_REPEAT_WORDS:
            kept.append(line)
            continue
        draft.counts.repeated_lines += 1
        draft.leave_out(LeftOut.REPEATED, line.text)
        if twin.second is None:
            twin.second = line.second
        if twin.who is None or len(twin.who) > len(line.who or twin.who):
            twin.who = line.who or twin.who
    return kept


def _cut_long(lines: list[Line]) -> list[Line]:
    """Cut long paragraphs into near-equal pieces, of whole sentences where they allow it; later ones have no second."""
    pieces: list[Line] = []
    for line in lines:
        total = len(line.text.split())
        wanted = total / -(-total // _LONGEST_PARAGRAPH_WORDS)
        piece: list[str] = []
        second = line.second
        for sentence in [*_short_sentences(line.text), None]:
            if piece and (sentence is None or sum(len(s.split()) for s in piece) >= wanted):
                pieces.append(Line(" ".join(piece), second, line.who, line.number, line.header))
                piece, second = [], None
            if sentence is not None:
                piece.append(sentence)
    return pieces


def _short_sentences(text: str) -> Iterator[str]:
    for sentence in sentences(text):
        said = sentence.split()
        step = _LONGEST_PARAGRAPH_WORDS if len(said) > _LONGEST_SENTENCE_WORDS else len(said)
        for begin in range(0, len(said), step):
            yield " ".join(said[begin : begin + step])


def _segments(lines: list[Line], cast: Cast, draft: Draft) -> list[tuple[Segment, int]]:
    """Speakers, turns and times for the lines; each segment with the number of headers before it."""
    speakers: list[tuple[str, Role]] = []
    turns: list[int] = []
    previous: Line | None = None
    for line in lines:
        speaker, role = cast.resolve(line.who)
        same_second = previous is not None and (line.second is None or line.second == previous.second)
        if role is Role.UNKNOWN and not speaker:
            if same_second:  # a later paragraph of the turn before it
                speaker, role = speakers[-1]
                draft.counts.speakers_inferred += 1
            else:
                draft.counts.speakers_unknown += 1
                draft.problem("the line's speaker is unknown; it is never quoted", line.number)
        new_turn = not speakers or (speaker, role) != speakers[-1]
        turns.append((turns[-1] if turns else -1) + int(new_turn))
        speakers.append((speaker, role))
        previous = line
    times = repair_times([line.second for line in lines], [len(line.text.split()) for line in lines])
    draft.counts.times_missing += sum(line.second is None for line in lines)
    draft.counts.times_backwards += times.backwards
    draft.counts.times_estimated += sum(times.estimated)
    return [
        (Segment(times.starts[i], times.ends[i], *speakers[i], line.text, turns[i], times.estimated[i]), line.header)
        for i, line in enumerate(lines)
    ]
