"""Finds whole questions that the archive answers, one of which an unclear question may mean.

    unclear question -> passages near it -> hosts' questions, chapters -> those that are answered

1. A host's question beside one of these passages, if it stands alone and is near to the unclear one: nearest first.
2. A chapter of one of them, by its title.

Each is of another episode, and only a question that is answered is a choice. Nothing here knows what the visitor has
in mind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain, islice

from app.dialogue.reader import Reader
from app.language.followup import OPENS_A_QUESTION, needs_context, without_opening
from index.archive import ArchiveView
from index.filters import Filters
from index.opened import Index
from index.retrieve import Ranking
from ingest.models import Passage, Role
from ingest.text import clean, sentences

MOST = 4
ABOUT = "What do guests say about “{}”?"
_DEPTH = 60
# Hosts' questions are more concrete than chapters, and seldom what is meant.
_MOST_ASKED = 2
# Each try is a search.
_MOST_TRIED = 8
# Words of a host's question, and of a title.
_SHORTEST, _LONGEST = 4, 16
# Cosine of a host's question with the unclear one.
_NEAR = 0.42
# Asides, quotations and cuts.
_NOT_PLAIN = re.compile(r"[\[\]()“”\"…–—:;]")
# Paragraphs before a passage in which the host asks what it answers.
_BEFORE = 3

# A possible choice, and its episode.
Choice = tuple[str, str]


def choices(
    archive: ArchiveView, question: str, filters: Filters, reader: Reader, answered: Callable[[str], bool]
) -> tuple[str, ...]:
    """At most `MOST` questions that are `answered`; raises `Stopped` if the caller no longer waits."""
    ranking = archive.search(question, _DEPTH, filters)
    asked = islice(_asked(archive, question, ranking, reader), _MOST_ASKED)
    found: dict[str, str] = {}
    tried = 0
    for text, episode in chain(asked, _chapters(archive.index, ranking)):
        if len(found) == MOST or tried == _MOST_TRIED:
            break
        if episode not in found:
            archive.check_going()
            tried += 1
            if answered(text):
                found[episode] = text
    return tuple(found.values())


def _asked(archive: ArchiveView, question: str, ranking: Ranking, reader: Reader) -> Iterator[Choice]:
    """Hosts' questions, nearest first, one of an episode."""
    beside = {
        text: scored.passage.episode
        for scored in ranking.passages
        for text in plain_questions(archive.index, scored.passage)
    }
    texts = list(beside)
    vectors = archive.embed([question, *texts])
    cosines = vectors[1:] @ vectors[0]
    seen: set[str] = set()
    for text in (texts[at] for at in cosines.argsort()[::-1] if cosines[at] >= _NEAR):
        if beside[text] not in seen and not reader.unclear(text):
            seen.add(beside[text])
            yield text, beside[text]


def plain_questions(index: Index, passage: Passage) -> Iterator[str]:
    """The host's questions in a passage and directly before it that a visitor could ask in the same words."""
    segments = index.episodes[passage.episode].segments
    for segment in segments[max(0, passage.first - _BEFORE) : passage.last]:
        if segment.role is Role.HOST and not segment.injections:
            asked = (without_opening(text.strip()) for text in sentences(segment.text))
            yield from (clean(text[:1].upper() + text[1:]) for text in asked if _plain(text))


def _plain(text: str) -> bool:
    return (
        _SHORTEST <= len(text.split()) <= _LONGEST
        and text.endswith("?")
        and bool(OPENS_A_QUESTION.match(text))
        and not _NOT_PLAIN.search(text)
        and not needs_context(text)
    )


def _chapters(index: Index, ranking: Ranking) -> Iterator[Choice]:
    """The ranked passages' chapters as questions; a title may be one already."""
    for passage in (scored.passage for scored in ranking.passages):
        title = clean(index.episodes[passage.episode].chapters[passage.chapter].title).strip(" .")
        if title and len(title.split()) <= _LONGEST:
            whole = title.endswith("?") and OPENS_A_QUESTION.match(title)
            yield (title if whole else ABOUT.format(title.replace("“", "").replace("”", "")), passage.episode)
