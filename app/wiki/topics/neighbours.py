"""Finds the pages of a wiki that are neighbours of a topic: those whose title and summary are near to it."""

from __future__ import annotations

from collections.abc import Sequence

from app.wiki.lint import slugified
from app.wiki.reading.front import read_front
from app.wiki.reading.page import Page
from index.archive import ArchiveView

# Most neighbours, and the least cosine of one with the topic or a heading.
_MOST, _NEAR = 8, 0.5


def neighbours(archive: ArchiveView, title: str, headings: Sequence[str], pages: Sequence[Page]) -> list[str]:
    """The titles of neighbouring pages, nearest first; the topic's own page is none."""
    fronts = [front for page in pages if (front := read_front(page.front)).title]
    others = [front for front in fronts if slugified(front.title) != slugified(title)]
    if not others:
        return []
    own = archive.embed([title, *headings])
    titles = archive.embed([front.title for front in others]) @ own.T
    about = archive.embed([front.summary or front.title for front in others]) @ own.T
    # A summary is near to many topics of its field: only with the topic itself it counts.
    near = titles.max(axis=1).clip(min=about[:, 0])
    return [others[at].title for at in near.argsort()[::-1][:_MOST] if near[at] >= _NEAR]
