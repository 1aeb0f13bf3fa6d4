"""Makes the chip of a moment: the second of the line in which its words begin, labelled with its chapter."""

from __future__ import annotations

from app.types import Evidence
from app.wiki.reading.chips import chip_for
from app.wiki.rules import bad_label


def chip_of(moment: Evidence) -> str:
    """The chip; its label is the chapter's title, or the episode's if the wiki refuses that."""
    episode, title = moment.episode, moment.chapter.title
    # Not the nearest line: the words may begin in the middle of one, just before the next.
    second = max((own.start for own in episode.segments if own.start <= moment.start), default=moment.start)
    label = episode.title if bad_label(title) else title
    # The site cuts a label at a colon.
    return chip_for(episode.slug, second, label.replace(": ", " – "))
