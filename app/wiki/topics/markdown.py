"""Writes a topic's page as a wiki's file: front matter, prose wrapped near 80 columns, chips on lines of their own.

Words of transcripts and models are escaped as in answers that are copied for the wiki (`app.render.wiki`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from app.render.markdown import wrapped_markdown
from app.render.wiki import WIDTH, escape_for_wiki
from app.wiki.topics.parts import Paragraph, TopicPage, chip_of

# Read by people; the check of a page takes a sentence about the page for no claim.
_DRAFT = (
    "This page is a draft: words of guests, sorted by subtopic. Write the page from them, keep the chips, and take the "
    "names of speakers out."
)


def page_text(page: TopicPage) -> str:
    """The page's file."""
    linked = _Linked(page)
    lines = [*_front(page), ""]
    if page.draft:
        lines += [*wrapped_markdown(_DRAFT, WIDTH), ""]
    for section in page.parts():
        if section.heading:
            lines += [f"## {section.heading}", ""]
        for paragraph in section.paragraphs:
            lines += [*(_quoted(paragraph) if page.draft else _stated(paragraph, linked)), ""]
    if page.related:
        lines += ["## Related Pages", "", *(f"- [[{title}]]" for title in page.related), ""]
    lines += _comment(page)
    return "\n".join(lines).rstrip() + "\n"


def _front(page: TopicPage) -> Iterator[str]:
    yield from ("---", "layout: wiki", f"title: {_yaml(page.title)}", f"summary: {_yaml(page.summary)}")
    if page.related:
        yield from ("related:", *(f"  - {_yaml(title)}" for title in page.related))
    if page.draft or page.missing:
        yield "stub: true"
    yield "---"


def _yaml(text: str) -> str:
    """A text as a quoted scalar: YAML reads JSON's."""
    return json.dumps(text, ensure_ascii=False)


def _stated(paragraph: Paragraph, linked: _Linked) -> list[str]:
    prose = " ".join(linked(escape_for_wiki(text)) for text in paragraph.sentences)
    return [*wrapped_markdown(prose, WIDTH), chip_of(paragraph.moment)]


def _quoted(paragraph: Paragraph) -> list[str]:
    moment = paragraph.moment
    words = wrapped_markdown(escape_for_wiki(moment.text), WIDTH, "> ")
    return [f"**{escape_for_wiki(moment.speaker)}:**", "", *words, "", chip_of(moment)]


def _comment(page: TopicPage) -> list[str]:
    """What could not be filled, for the page's editors."""
    said = [text.replace("--", "–") for text in page.missing]
    # No list: its items would be read as the page's own.
    return ["<!-- Not filled:", *said, "-->"] if said else []


class _Linked:
    """Links the first mention of each related page."""

    def __init__(self, page: TopicPage) -> None:
        self._left = sorted(page.related, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for title in list(self._left):
            match = re.search(rf"(?<![\w\[-]){re.escape(title)}(?![\w\]-])", text, re.IGNORECASE)
            if match and text.count("[[", 0, match.start()) == text.count("]]", 0, match.start()):
                self._left.remove(title)
                text = f"{text[: match.start()]}[[{match.group()}]]{text[match.end() :]}"
        return text
