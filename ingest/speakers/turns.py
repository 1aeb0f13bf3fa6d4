"""Makes segments from the lines of a transcript: repairs, speakers, turns and times.

1. Lines that only mark a change of speaker become labels.
2. The labels are matched with people (`ingest.speakers.assign`), and inferred ones are reported.
3. Paragraphs that only repeat a neighbour are dropped.
4. Paragraphs with a wrong label lose it (`ingest.speakers.misattributed`).
5. Very long paragraphs are cut at sentence borders, the turns numbered and the times repaired (`ingest.times`).
6. Sentences that address a machine are marked (`ingest.injections`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ingest.draft import Draft, Line
from ingest.injections import find_injections, is_english, is_foreign
from ingest.models import Role, Segment
from ingest.report import LabelNote, LeftOut
from ingest.speakers.assign import Cast, cast_of, name_of
from ingest.speakers.misattributed import Said, misattributed
from ingest.speakers.swapped import swapped
from ingest.text import sentences
from ingest.times import repair_times

Speaker = tuple[str, Role]

_SHORT_REPEAT_WORDS = 4
# A line with only a time and a name: it marks a change of speaker but was read as talk.
_MARK = re.compile(r"^(?:\d{1,2}:)?\d{1,2}:\d{2}\s*(?P<who>[^\W\d].{0,40})$")
# Longer paragraphs are cut at a sentence border, so that passages can have their target length.
_LONGEST_PARAGRAPH_WORDS = 110
# Longer sentences (a transcript without punctuation) are cut between words; the archive's longest has 171.
_LONGEST_SENTENCE_WORDS = 220


def read_turns(
    lines: list[Line], guests: tuple[str, ...], hosts: tuple[str, ...], draft: Draft
) -> list[tuple[Segment, int]]:
    """The segments of a transcript's lines, each with the number of headers before it."""
    lines = _without_marks(lines, (*guests, *hosts), draft)
    cast = cast_of(guests, hosts, [line.who for line in lines], [line.text for line in lines])
    _report_labels(lines, cast, draft)
    lines = _without_repeats(lines, cast, draft)
    speakers = _without_doubtful(lines, _speakers(lines, cast, draft), cast, draft)
    return _segments(_cut_long(lines, speakers), draft)


def _without_marks(lines: list[Line], people: tuple[str, ...], draft: Draft) -> list[Line]:
    """Drop lines that only mark a change of speaker; later lines with the same label and second get the named person.

    A mark names one of the cast: "10:30 PM" and "1:10 maybe" are speech.
    """
    kept: list[Line] = []
    mark: Line | None = None
    speaker = ""
    for line in lines:
        match = _MARK.match(line.text)
        named = name_of(match["who"], people) if match else ""
        if named:
            mark, speaker = line, named
            draft.problem(f"the line is only a mark ({line.text:.30}); it is not taken for talk", line.number)
            draft.leave_out(LeftOut.SPEAKER_MARK, line.text, line.number)
            continue
        if mark and (line.who != mark.who or line.second not in (None, mark.second)):
            mark = None
        kept.append(replace(line, who=speaker) if mark else line)
    return kept


def _report_labels(lines: list[Line], cast: Cast, draft: Draft) -> None:
    """Report each label that is not a certain name, with its first line and the size of its text."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        if (meaning := cast.meaning(line.who)) and not meaning.sure:
            found.setdefault(meaning.label, []).append(line)
    for label, under in found.items():
        meaning = cast.known[label]
        count = sum(len(line.text.split()) for line in under)
        first = under[0].number
        draft.labels.append(
            LabelNote(
                draft.file.shown, first, label, meaning.speaker, meaning.role.value, meaning.how, len(under), count
            )
        )
        if meaning.undecided:
            draft.problem(f"{label!r} is given to nobody: {meaning.how}; never quoted", first)


def _without_repeats(lines: list[Line], cast: Cast, draft: Draft) -> list[Line]:
    """Drop a paragraph that a neighbour repeats word for word, and keep the copy with a second.

    Seen in the archive: a paragraph appears twice, once without and once with its
    second and speaker. Short interjections ("Yeah.") are repeated in real speech and stay,
    and so do repetitions by another person.
    """
    kept: list[Line] = []
    for line in lines:
        twin = next((k for k in kept[-3:] if k.text == line.text and _can_be_one(k, line, cast)), None)
        if twin is None or len(line.text.split()) <= _SHORT_REPEAT_WORDS:
            kept.append(line)
            continue
        draft.counts.repeated_lines += 1
        draft.leave_out(LeftOut.REPEATED, line.text, line.number)
        who = twin.who if cast.resolve(twin.who)[0] else line.who or twin.who
        if twin.second is None and line.second is not None:  # the later copy stands where it was said
            kept = [one for one in kept if one is not twin]
            kept.append(replace(line, who=who))
        else:
            twin.who = who
    return kept


def _can_be_one(one: Line, other: Line, cast: Cast) -> bool:
    """Whether two copies have the same speaker, or one of them has none."""
    speakers = {cast.resolve(line.who)[0] for line in (one, other)}
    return len(speakers) == 1 or "" in speakers


def _speakers(lines: list[Line], cast: Cast, draft: Draft) -> list[Speaker]:
    """The speaker of each line: its label's person; without a label, the speaker before it in the same second."""
    speakers: list[Speaker] = []
    previous: Line | None = None
    for line in lines:
        speaker, role = cast.resolve(line.who)
        if not speaker:
            if previous is not None and line.second in (None, previous.second):  # a later paragraph of the same turn
                speaker, role = speakers[-1]
                draft.counts.speakers_inferred += 1
            else:
                draft.counts.speakers_unknown += 1
                draft.problem("the line's speaker is unknown; it is never quoted", line.number)
        speakers.append((speaker, role))
        previous = line
    return speakers


def _without_doubtful(lines: list[Line], speakers: list[Speaker], cast: Cast, draft: Draft) -> list[Speaker]:
    """The speakers, unknown for lines with a wrong label; each such line is reported."""
    said = [
        Said(line.text, speaker, role, line.who or "") for line, (speaker, role) in zip(lines, speakers, strict=True)
    ]
    kept = list(speakers)
    groups: list[tuple[str, list[int]]] = []
    for at, sign in sorted((misattributed(said, cast.people) | swapped(said)).items()):
        kept[at] = ("", Role.UNKNOWN)
        if groups and groups[-1][0] == sign and groups[-1][1][-1] == at - 1:
            groups[-1][1].append(at)
        else:
            groups.append((sign, [at]))
    for sign, positions in groups:
        draft.counts.speakers_doubted += len(positions)
        count = sum(len(lines[at].text.split()) for at in positions)
        draft.problem(
            f"perhaps not {said[positions[0]].speaker}'s words: {sign}; never quoted "
            f"({len(positions)} paragraphs, {count:,} words)",
            lines[positions[0]].number,
        )
    return kept


def _cut_long(lines: list[Line], speakers: list[Speaker]) -> list[tuple[Line, Speaker]]:
    """Cut long paragraphs into near-equal pieces, if possible of whole sentences; only the first has a second."""
    pieces: list[tuple[Line, Speaker]] = []
    for line, speaker in zip(lines, speakers, strict=True):
        total = len(line.text.split())
        wanted = total / -(-total // _LONGEST_PARAGRAPH_WORDS)
        piece: list[str] = []
        second = line.second
        for sentence in [*_short_sentences(line.text), None]:
            if piece and (sentence is None or sum(len(s.split()) for s in piece) >= wanted):
                pieces.append((replace(line, text=" ".join(piece), second=second), speaker))
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


def _segments(pieces: list[tuple[Line, Speaker]], draft: Draft) -> list[tuple[Segment, int]]:
    """Turns, times and marks for the lines; each segment with the number of headers before it."""
    turns: list[int] = []
    for i, (_, speaker) in enumerate(pieces):
        turns.append(turns[-1] + int(speaker != pieces[i - 1][1]) if i else 0)
    lines = [line for line, _ in pieces]
    times = repair_times([line.second for line in lines], [len(line.text.split()) for line in lines])
    draft.counts.times_missing += sum(line.second is None for line in lines)
    draft.counts.times_backwards += times.backwards
    draft.counts.times_estimated += sum(times.estimated)
    marks = _injections(lines, draft)
    return [
        (
            Segment(
                times.starts[i], times.ends[i], *speaker, line.text, turns[i], times.estimated[i], marks[i], line.row
            ),
            line.header,
        )
        for i, (line, speaker) in enumerate(pieces)
    ]


def _injections(lines: list[Line], draft: Draft) -> list[tuple[int, ...]]:
    """Positions of injections in each line; each is counted and reported."""
    in_english = sum(is_english(line.text) for line in lines) >= sum(is_foreign(line.text) for line in lines)
    marks = [find_injections(line.text, in_english=in_english) for line in lines]
    for line, own in zip(lines, marks, strict=True):
        draft.counts.injections += len(own)
        for mark in own:
            said = sentences(line.text[mark:])[0]
            draft.problem(f"seems to address a machine, no answer uses it: {said!r:.60}", line.number)
    return marks
