"""Defines the parts of a topic's page: sections of paragraphs, each with the moment that bears it out."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, field, replace

from app.types import Evidence
from app.wiki.reading.chips import chip_for


def chip_of(moment: Evidence) -> str:
    """The chip of a moment: the second of the line in which its words begin, labelled with its chapter."""
    episode = moment.episode
    # Not the nearest line: the words may begin in the middle of one, just before the next.
    second = max((own.start for own in episode.segments if own.start <= moment.start), default=moment.start)
    return chip_for(episode.slug, second, moment.chapter.title, episode.title)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Checked sentences and their moment; in a draft no sentences, but the moment's own words."""

    moment: Evidence
    sentences: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Its sentences, or the moment's words."""
        return " ".join(self.sentences) or self.moment.text


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, empty for the opening, and its paragraphs."""

    heading: str
    paragraphs: tuple[Paragraph, ...]

    @property
    def guests(self) -> tuple[str, ...]:
        """Whose words bear it out."""
        return tuple(dict.fromkeys(one.moment.speaker for one in self.paragraphs))


@dataclass(frozen=True, slots=True)
class TopicPage:
    """A page: its title, summary, opening and sections, related pages by title, and what could not be filled."""

    title: str
    summary: str
    opening: Section
    sections: tuple[Section, ...]
    related: tuple[str, ...] = ()
    draft: bool = False
    missing: tuple[str, ...] = field(default=())

    def parts(self) -> Iterator[Section]:
        """The opening and the sections."""
        yield self.opening
        yield from self.sections

    @property
    def guests(self) -> tuple[str, ...]:
        """Whose words bear out the page."""
        return tuple(dict.fromkeys(guest for section in self.parts() for guest in section.guests))

    def without(self, dropped: Set[str]) -> TopicPage:
        """The page without some sentences; what then holds none is left out."""
        opening, *sections = (_without(section, dropped) for section in self.parts())
        return replace(self, opening=opening, sections=tuple(one for one in sections if one.paragraphs))


def _without(section: Section, dropped: Set[str]) -> Section:
    kept = (
        replace(one, sentences=tuple(text for text in one.sentences if text not in dropped))
        for one in section.paragraphs
    )
    return replace(section, paragraphs=tuple(one for one in kept if one.sentences))
