"""Sentences that a model wrote, as HTML: each with the numbers of its sources, and below who said it.

Sentences that follow each other and rest on the same guest in the same episode stand in one
paragraph, so that guest and episode are named once. A sentence that is added changes none before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.chat.markup import esc, time_link, with_chips
from app.render.answer import Moment
from app.types import Citation
from ingest.text import clean


def written(turn_id: str, moments: Sequence[Moment]) -> str:
    """The paragraphs of sentences that follow each other."""
    return f'<div class="group written">{"".join(_paragraph(turn_id, told) for told in _paragraphs(moments))}</div>'


def _paragraphs(moments: Iterable[Moment]) -> list[list[Moment]]:
    """Sentences by whom they rest on: one that shares a guest with the paragraph before goes on with it."""
    paragraphs: list[list[Moment]] = []
    guests: set[tuple[str, str]] = set()
    for moment in moments:
        own = {_guest(citation) for citation in moment.citations}
        if not paragraphs or not guests & own:
            paragraphs.append([])
            guests = set()
        paragraphs[-1].append(moment)
        guests |= own
    return paragraphs


def _paragraph(turn_id: str, told: Sequence[Moment]) -> str:
    sentences = "".join(
        f'<span class="sentence">{with_chips(turn_id, sentence.text, _in_order(moment))} </span>'
        for moment in told
        for sentence in moment.sentences
    )
    return f'<div class="told"><p>{sentences}</p>{_said_by(told)}</div>'


def _said_by(told: Sequence[Moment]) -> str:
    """Each guest and episode once, with the times of all that is cited from them."""
    guests: dict[tuple[str, str], dict[int, Citation]] = {}
    for moment in told:
        for citation in _in_order(moment):
            guests.setdefault(_guest(citation), {})[citation.id] = citation
    rows = "".join(_row(list(cited.values())) for cited in guests.values())
    return f'<ul class="said-by" aria-label="Said by">{rows}</ul>' if rows else ""


def _in_order(moment: Moment) -> list[Citation]:
    return sorted(moment.citations, key=lambda citation: citation.id)


def _row(cited: Sequence[Citation]) -> str:
    item = cited[0].evidence
    times = "".join(
        f'<span class="at"><span class="sr">source </span><span class="number">{citation.id}</span> '
        f"{time_link(citation.evidence)} </span>"
        for citation in cited
    )
    return (
        f'<li><span class="who">{esc(item.speaker)}</span> <span class="in">in</span>'
        f" <cite>{esc(item.episode.title)}</cite> {times}</li>"
    )


def _guest(citation: Citation) -> tuple[str, str]:
    return clean(citation.evidence.speaker), citation.evidence.episode.slug
