"""Writes the page of a topic.

    topic -> moments -> subtopics -> statements (with a model), or quotes -> page -> the wiki's checks of the whole page

With a model, only sentences are written that passed every check, and the finished page is checked again, sentence by
sentence, as `citecast verify --wiki` does it. Without one, the page is a draft of quotes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.llm.engine import Engine
from app.types import Evidence
from app.wiki.check import WikiChecker
from app.wiki.lint import Finding, lint, slugified
from app.wiki.reading.front import read_front
from app.wiki.reading.page import Page, parse_page
from app.wiki.topics.gather import Gathered, gather
from app.wiki.topics.headings import summary_of, title_of
from app.wiki.topics.markdown import page_text
from app.wiki.topics.parts import Paragraph, Section, TopicPage
from app.wiki.topics.statements import Author, Tally
from app.wiki.topics.subtopics import NEAR, NEAR_READ, Subtopic, subtopics
from app.wiki.topics.views import HEADING, with_views
from app.wiki.verdicts import WikiVerdict
from app.wiki.worksheet.reader import Reader
from index.archive import ArchiveView
from index.building.progress import Progress

# Paragraphs of the opening; of few moments, most are left for sections.
_OPENING, _MOST_SHARE = 3, 0.25
# Most moments of the opening or of a section that a model is asked about.
_MOST_TRIED = 8
# Paragraphs of a section.
_ENOUGH = 3
# Most neighbours, and the least cosine of one with the topic or a heading.
_MOST_RELATED, _NEAR = 8, 0.5
# A page with fewer is a stub.
_FEWEST_SECTIONS, _FEWEST_GUESTS = 4, 3


@dataclass(frozen=True, slots=True)
class Written:
    """A page and its text. `tally`: what became of the model's sentences, None for a draft; `findings`: of the lint."""

    page: TopicPage
    text: str
    tally: Tally | None
    findings: tuple[Finding, ...]


def write_page(
    archive: ArchiveView, topic: str, engine: Engine | None, wiki: Sequence[Page], progress: Progress
) -> Written:
    """The page of a topic; `wiki` are the pages that exist.

    Raises `NotCovered`, and the `EngineError` of a model that wrote nothing.
    """
    gathered = gather(archive, topic, progress, whole=engine is not None)
    checker, reader = WikiChecker(archive), Reader(archive.embedder.threads)
    author = Author(engine, archive, topic, checker, reader) if engine else None
    opening, left = _opening(gathered, author, progress)
    found = subtopics(archive, topic, left, reader, NEAR_READ if author else NEAR)
    sections = _sections(found, set(opening.guests), author, progress)
    page = TopicPage(title_of(topic), "", opening, tuple(sections), draft=author is None)
    if author:
        if author.tally.fault and not author.tally.kept:
            raise author.tally.fault
        page = _checked(checker, page, author.tally)
    page = _finished(archive, checker, page, found, wiki)
    text, title = page_text(page), page.title
    own = parse_page(slugified(title), text)
    findings = lint([own, *(one for one in wiki if one.name != own.name)], [own.name])
    return Written(page, text, author.tally if author else None, tuple(findings))


def _finished(
    archive: ArchiveView, checker: WikiChecker, page: TopicPage, found: Sequence[Subtopic], wiki: Sequence[Page]
) -> TopicPage:
    """The page with its views, summary and neighbours, and with what could not be filled."""
    headings = [section.heading for section in page.sections]
    viewed = replace(page, sections=tuple(with_views(archive, page.sections)))
    # A view whose introduction does not pass stays the plain sentence that did.
    if page.draft or not _failing(checker, viewed):
        page = viewed
    related = _neighbours(archive, page.title, headings, wiki)
    page = replace(page, summary=summary_of(page.title, headings), related=tuple(related))
    return replace(page, missing=tuple(_missing(page, found, bool(wiki))))


def _neighbours(archive: ArchiveView, title: str, headings: Sequence[str], pages: Sequence[Page]) -> list[str]:
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
    return [others[at].title for at in near.argsort()[::-1][:_MOST_RELATED] if near[at] >= _NEAR]


def _opening(gathered: Gathered, author: Author | None, progress: Progress) -> tuple[Section, list[Evidence]]:
    """The opening, of moments that say what the topic is, and the moments that are left for sections."""
    enough = min(_OPENING, max(1, int(_MOST_SHARE * len(gathered.moments))))
    made = Section("", _paragraphs("", gathered.defining, enough, author, progress))
    used = [paragraph.moment for paragraph in made.paragraphs]
    return made, [moment for moment in gathered.moments if moment not in used]


def _sections(found: Sequence[Subtopic], heard: set[str], author: Author | None, progress: Progress) -> list[Section]:
    """The sections that hold anything; guests who are not `heard` on the page yet come first."""
    made = []
    for one in found:
        moments = sorted(one.moments, key=lambda moment: moment.speaker in heard)
        section = Section(one.heading, _paragraphs(one.heading, moments, _ENOUGH, author, progress))
        heard |= set(section.guests)
        made.append(section)
    return [section for section in made if section.paragraphs]


def _paragraphs(
    heading: str, moments: Sequence[Evidence], enough: int, author: Author | None, progress: Progress
) -> tuple[Paragraph, ...]:
    """A paragraph of each moment of which anything passes, until there are enough."""
    if author is None:
        return tuple(Paragraph(moment) for moment in moments[:enough])
    rewritten = moments[:_MOST_TRIED]
    progress.start(f"Writing “{heading}”" if heading else "Writing the opening", len(moments) + len(rewritten))
    made: list[Paragraph] = []
    # What guests said in a form that can stand on a page is better than a model's words, and there is more to choose.
    for write, tried in ((author.as_said, moments), (author.rewritten, rewritten)):
        for moment in tried:
            used = any(paragraph.moment is moment for paragraph in made)
            if len(made) < enough and not used and (texts := tuple(write(moment, heading))):
                made.append(Paragraph(moment, texts))
            progress.advance(1)
    return tuple(made)


def _checked(checker: WikiChecker, page: TopicPage, tally: Tally) -> TopicPage:
    """The page without sentences that do not pass beside the others; dropping one may change what a chip covers."""
    while True:
        kept = page.without(_failing(checker, page))
        lost = len(_sentences(page)) - len(_sentences(kept))
        if not lost:
            return page
        tally.kept -= lost
        tally.dropped["does not pass on the whole page"] += lost
        page = kept


def _failing(checker: WikiChecker, page: TopicPage) -> set[str]:
    """The sentences of the page that the wiki's check does not find at their chips."""
    checked = checker.check(parse_page(slugified(page.title), page_text(page)))
    failing = [one.claim.text for one in checked if one.verdict is not WikiVerdict.THERE]
    # Beside others a sentence may be cut in another way than alone.
    return {own for own in _sentences(page) if any(own in claim or claim in own for claim in failing)}


def _sentences(page: TopicPage) -> list[str]:
    return [text for section in page.parts() for paragraph in section.paragraphs for text in paragraph.sentences]


def _missing(page: TopicPage, found: Sequence[Subtopic], wiki: bool) -> list[str]:
    """What could not be filled."""
    missing = []
    if not page.opening.paragraphs:
        missing.append("the opening: nothing that defines the topic passed")
    empty = [one.heading for one in found if one.heading not in {section.heading for section in page.sections}]
    if empty:
        missing.append(f"sections without a sentence that passed: {', '.join(empty)}")
    filled = [section for section in page.sections if section.heading != HEADING]
    if len(filled) < _FEWEST_SECTIONS:
        missing.append(f"subtopics: {len(filled)} of at least {_FEWEST_SECTIONS}")
    if len(page.guests) < _FEWEST_GUESTS:
        missing.append(f"guests: {len(page.guests)} of at least {_FEWEST_GUESTS}")
    if HEADING not in {section.heading for section in page.sections}:
        missing.append("views that differ: no two guests were found who start from different things")
    if not page.related:
        why = "no page of the wiki is near" if wiki else "name the wiki's folder with --wiki"
        missing.append(f"related pages: {why}")
    return missing
