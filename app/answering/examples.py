"""Selects example questions for the chat's first page, from those that the archive's descriptor proposes.

Only questions that the archive answers are shown. Where it proposes none, the hosts' own questions serve, one of an
episode.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from app.answering.pipeline import Answerer
from app.dialogue.choices import plain_questions
from index.opened import Index

MOST = 6
# Each try is a search, and the server starts after them.
_MOST_TRIED = 18


def examples_for(answerer: Answerer) -> list[str]:
    """The first questions that are answered; the searches also warm up the embedding model."""
    proposed = answerer.catalog.questions or _asked_by_hosts(answerer.archive.index)
    return list(islice(filter(answerer.answers, islice(proposed, _MOST_TRIED)), MOST))


def _asked_by_hosts(index: Index) -> Iterator[str]:
    """The first question of each episode that can be understood alone."""
    for passages in index.passages_of.values():
        yield from islice((text for passage in passages for text in plain_questions(index, passage)), 1)
