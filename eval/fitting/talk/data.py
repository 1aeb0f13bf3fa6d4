"""Reads and makes the labelled turns that `app.dialogue` is fitted on.

    eval/clarify/questions.jsonl   {"id", "question", "clarify": bool, "style"}: whether it has to be asked back
    eval/clarify/follow-ups.jsonl  {"id", "turns": [str], "means": id}: each turn continues those before it; what the
                                   last one means is a question of `people-tune`
    eval/clarify/other-subjects.jsonl, other-follow-ups.jsonl   the same on other subjects than the archive's; all these
                                   questions are clear. Without them, turns on such subjects were joined at random.

A third of the questions, by the hash of their ids, is never fitted on (`held_out`).

More pairs of turns come from the suites: a question of several sentences is a turn and its continuation; two questions
of the same suite, of one episode or of two, are turns of which the second stands alone; a question that has to be
asked back continues whatever was before.
"""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from app.language.followup import without_opening
from eval.fitting.examples import read_items as read_suites
from eval.jsonl import checked, read_items
from eval.running.suites import Item
from ingest.text import sentences, words

FOLDER = Path(__file__).parents[2] / "clarify"
SUITES = ("people-tune", "forum-tune", "talk-tune")
UNDERSPECIFIED, NEW_SUBJECT = "underspecified", "topic-switch"
_HELD_OUT = 3
_SEED = 17
_OTHER_SEED = 23
# Turns on another subject before each clear question on another subject.
_OTHERS_BEFORE = 4
_OF_ONE_EPISODE = 2
_UNRELATED = 0.5


class TalkError(ValueError):
    """The data cannot be read; the message says which line and why."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Labelled(_Data):
    """A question, and whether it has to be asked back."""

    id: str
    question: str
    clarify: bool
    style: str

    @property
    def held_out(self) -> bool:
        """Whether it is for testing alone."""
        return int(hashlib.sha256(self.id.encode()).hexdigest(), 16) % _HELD_OUT == 0


class FollowUps(_Data):
    """Turns, each of which continues those before it. `means` is empty on other subjects."""

    id: str
    turns: tuple[str, ...]
    means: str = ""


class Turn(NamedTuple):
    """A first turn: whether it has to be asked back, and whether a mistake is an answerable question asked back."""

    text: str
    unclear: bool
    answerable: bool


class Pair(NamedTuple):
    """A turn after others: whether it continues them, what it counts, and where it is from."""

    before: tuple[str, ...]
    text: str
    follows: bool
    counts: float
    source: str


def labelled() -> tuple[Labelled, ...]:
    """All labelled questions; raises `TalkError`."""
    return (*_questions("questions"), *other_subjects())


def other_subjects() -> tuple[Labelled, ...]:
    """The questions on other subjects than the archive's; raises `TalkError`."""
    return _questions("other-subjects")


def _questions(name: str) -> tuple[Labelled, ...]:
    return read_items(FOLDER / f"{name}.jsonl", lambda text, _: checked(Labelled, text, TalkError), TalkError)


def first_turns(subjects: Sequence[str]) -> list[Turn]:
    """The first turns to fit on; `subjects` of the archive, named alone, are clear."""
    known, items = labelled(), read_suites(SUITES)
    found = [Turn(one.question, one.clarify, False) for one in known if not one.held_out]
    for item in items:
        if item.history:
            found.append(Turn(item.turns[0], _begins_unclear(item), False))
        else:
            found.append(Turn(item.question, item.type == UNDERSPECIFIED, item.answerable))
    found += [Turn(line.turns[0], False, False) for line in _follow_ups("follow-ups")]
    found += [Turn(subject, False, False) for subject in subjects]
    tested = {_plain(one.question) for one in known if one.held_out} | {_plain(item.question) for item in _test_items()}
    return [turn for turn in found if _plain(turn.text) not in tested]


def pairs() -> list[Pair]:
    """The later turns to fit on."""
    drawn = random.Random(_SEED)
    every = [
        item for item in read_suites((*SUITES, "unanswerable")) if not item.history and item.type != UNDERSPECIFIED
    ]
    items = [item for item in every if item.gold]
    unclear = [one.question for one in labelled() if one.clarify and not one.held_out and one.style != "situation"]
    talks = [item for item in read_suites(["talk-tune"]) if item.history and not _begins_unclear(item)]
    return [
        *(pair for line in _follow_ups("follow-ups") for pair in _continued(line.turns, True, "follow-up")),
        *(pair for item in talks for pair in _continued(item.turns, item.type != NEW_SUBJECT, item.type)),
        *_split(items),
        *(Pair((drawn.choice(items).question,), text, True, 1.0, "unclear") for text in unclear),
        *_unrelated(every, drawn),
        *_of_one_episode(items, drawn),
        *_on_other_subjects(unclear, random.Random(_OTHER_SEED)),
    ]


def _follow_ups(name: str) -> tuple[FollowUps, ...]:
    return read_items(FOLDER / f"{name}.jsonl", lambda text, _: checked(FollowUps, text, TalkError), TalkError)


def _begins_unclear(item: Item) -> bool:
    """Whether the first turn of a conversation has to be asked back (`begins` in the suite)."""
    return item.raw.get("begins") == "unclear"


def _test_items() -> Iterator[Item]:
    return (item for item in read_suites(["people-test", "forum-test"]))


def _continued(turns: Sequence[str], last: bool, source: str) -> Iterator[Pair]:
    """Each turn after the first continues those before it; of the last one, `last` says so."""
    said = [text for text in map(without_opening, turns) if text]
    for at in range(1, len(said)):
        follows = last or at < len(said) - 1
        yield Pair(tuple(said[:at]), said[at], follows, 2.0, source)


def _split(items: Sequence[Item]) -> Iterator[Pair]:
    for item in items:
        if len(parts := sentences(item.question)) > 1:
            yield Pair((" ".join(parts[:-1]),), parts[-1], True, 1.0, "split")


def _unrelated(items: Sequence[Item], drawn: random.Random) -> Iterator[Pair]:
    for item in items:
        yield Pair((drawn.choice(items).question,), item.question, False, _UNRELATED, "unrelated")


def _of_one_episode(items: Sequence[Item], drawn: random.Random) -> Iterator[Pair]:
    own: defaultdict[str, list[Item]] = defaultdict(list)
    for item in items:
        own[item.gold[0].episode].append(item)
    for same in (found for found in own.values() if len(found) > 1):
        for _ in range(_OF_ONE_EPISODE):
            first, second = drawn.sample(same, 2)
            yield Pair((first.question,), second.question, False, 0.5, "one episode")


def _on_other_subjects(unclear: Sequence[str], drawn: random.Random) -> Iterator[Pair]:
    """Clear questions after others, unclear ones after a clear one, and follow-ups."""
    clear = [one.question for one in other_subjects() if not one.held_out]
    for text in clear:
        for before in drawn.sample([one for one in clear if one != text], _OTHERS_BEFORE):
            yield Pair((before,), text, False, 1.0, "other subject")
    for text in unclear:
        yield Pair((drawn.choice(clear),), text, True, 1.0, "unclear, other subject")
    for line in _follow_ups("other-follow-ups"):
        yield Pair(line.turns[:-1], line.turns[-1], True, 2.0, "follow-up, other subject")


def _plain(text: str) -> str:
    return " ".join(words(text))
