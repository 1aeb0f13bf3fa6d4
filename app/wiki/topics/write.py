"""Writes the page of a topic.

    topic -> moments -> subtopics -> statements (with a model), or quotes -> page -> the wiki's checks of the whole page

With a model, only sentences are written that passed every check, and the finished page is checked again, sentence by
sentence, as `citecast verify --wiki` does it. Without one, the page is a draft of quotes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

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
from app.wiki.topics.placing import opening, said_in
from app.wiki.topics.statements import Author, Tally
from app.wiki.topics.subtopics import sections, worths_of
from app.wiki.topics.views import HEADING, with_views
from app.wiki.verdicts import WikiVerdict
from app.wiki.worksheet.reader import Reader
from index.archive import ArchiveView
from index.building.progress import Progress

# Paragraphs of the opening; of few moments, most are left for sections.
_OPENING, _MOST_SHARE = 3, 0.25
# Least probability that a statement of the opening says what the topic is.
_LEAST_DEFINING = 0.5
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
    found = _stated(author, gathered.moments, reader, progress) if author else list(map(Paragraph, gathered.moments))
    first = Section("", tuple(_opening(archive, gathered, found)))
    left = [one for one in found if one not in first.paragraphs]
    planned = sections(archive, topic, left, reader)
    page = TopicPage(title_of(topic), "", first, tuple(_filled(planned, set(first.guests))), draft=author is None)
    if author:
        _tell(author.tally, left, planned, page)
        page = _checked(checker, page, author.tally)
        author.tally.as_said = sum(text in author.own for text in _sentences(page))
    page = _finished(archive, checker, page, planned, wiki)
    text, title = page_text(page), page.title
    own = parse_page(slugified(title), text)
    findings = lint([own, *(one for one in wiki if one.name != own.name)], [own.name])
    return Written(page, text, author.tally if author else None, tuple(findings))


def _finished(
    archive: ArchiveView, checker: WikiChecker, page: TopicPage, found: Sequence[Section], wiki: Sequence[Page]
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


def _stated(author: Author, moments: Sequence[Evidence], reader: Reader, progress: Progress) -> list[Paragraph]:
    """What passes of each moment, the best first: guests' own sentences, else what the model makes of them.

    What guests said in a form that can stand on a page is better than a model's words, and there is more to choose.
    """
    worths = worths_of(reader, moments)
    ranked = [moments[at] for at in sorted(range(len(moments)), key=lambda at: -worths[at])]
    made: list[Paragraph] = []
    for label, write in (("Reading moments", author.as_said), ("Writing sentences", author.rewritten)):
        used = {paragraph.moment for paragraph in made}
        left = [moment for moment in ranked if moment not in used]
        progress.start(label, len(left))
        for moment in left:
            if texts := tuple(write(moment)):
                made.append(Paragraph(moment, texts))
            progress.advance(1)
    return made


def _opening(archive: ArchiveView, gathered: Gathered, found: Sequence[Paragraph]) -> list[Paragraph]:
    """What says what the topic is: of a draft, moments that define it; else statements that do, the surest first."""
    enough = min(_OPENING, max(1, int(_MOST_SHARE * len(found))))
    stated = [one for one in found if one.sentences]
    if not stated:
        order = {moment: at for at, moment in enumerate(gathered.defining)}
        return sorted((one for one in found if one.moment in order), key=lambda one: order[one.moment])[:enough]
    said = [said_in(one.sentences[0], one.moment.chapter, one.moment.episode) for one in stated]
    defines = opening(archive.embed, gathered.topic, said)
    return [stated[at] for at in np.argsort(-defines, kind="stable")[:enough] if defines[at] >= _LEAST_DEFINING]


def _filled(found: Sequence[Section], heard: set[str]) -> Iterator[Section]:
    """The sections, each with enough paragraphs; guests who are not `heard` on the page yet come first."""
    for one in found:
        paragraphs = sorted(one.paragraphs, key=lambda paragraph: paragraph.moment.speaker in heard)[:_ENOUGH]
        heard |= {paragraph.moment.speaker for paragraph in paragraphs}
        yield Section(one.heading, tuple(paragraphs))


def _tell(tally: Tally, found: Sequence[Paragraph], planned: Sequence[Section], page: TopicPage) -> None:
    """Count what passed and is in no section; raises the `EngineError` of a model that wrote nothing."""
    if tally.fault and not tally.kept:
        raise tally.fault
    placed, filled = _count(_paragraphs(planned)), _count(_paragraphs(page.sections))
    tally.leave_out("near no heading", _count(found) - placed)
    tally.leave_out("more than its section needs", placed - filled)


def _checked(checker: WikiChecker, page: TopicPage, tally: Tally) -> TopicPage:
    """The page without sentences that do not pass beside the others; dropping one may change what a chip covers."""
    while True:
        kept = page.without(_failing(checker, page))
        lost = len(_sentences(page)) - len(_sentences(kept))
        if not lost:
            return page
        tally.leave_out("does not pass on the whole page", lost)
        page = kept


def _failing(checker: WikiChecker, page: TopicPage) -> set[str]:
    """The sentences of the page that the wiki's check does not find at their chips."""
    checked = checker.check(parse_page(slugified(page.title), page_text(page)))
    failing = [one.claim.text for one in checked if one.verdict is not WikiVerdict.THERE]
    # Beside others a sentence may be cut in another way than alone.
    return {own for own in _sentences(page) if any(own in claim or claim in own for claim in failing)}


def _paragraphs(found: Iterable[Section]) -> list[Paragraph]:
    return [paragraph for section in found for paragraph in section.paragraphs]


def _count(found: Iterable[Paragraph]) -> int:
    return sum(len(paragraph.sentences) for paragraph in found)


def _sentences(page: TopicPage) -> list[str]:
    return [text for paragraph in _paragraphs(page.parts()) for text in paragraph.sentences]


def _missing(page: TopicPage, found: Sequence[Section], wiki: bool) -> list[str]:
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
