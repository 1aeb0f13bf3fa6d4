"""An answer as Markdown and as plain text for a terminal, and how its parts are laid out.

The steps, for every kind of output:

1. each sentence is matched with the evidence it quotes, if it quotes any (`moments`);
2. moments of one guest in one episode that follow each other stand under one
   lead-in (`grouped`);
3. the run of words around the key sentence is cut into parts, key or not (`parts`).

Nothing here searches, checks or changes an answer, and nothing here makes HTML: that is
`app.chat.view`, which lays out the same parts. Everything that came from a
transcript, a model or a visitor is untrusted: it is escaped for Markdown and freed of
control characters for a terminal. Links come from `Episode.url` and `Episode.page` alone.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import quote, urlsplit

from app.language.disfluencies import trim_fillers
from app.types import Answer, Citation, Evidence, Outcome, Sentence
from ingest.text import clean, clock, sentences, words

__all__ = [
    "INSTEAD",
    "Moment",
    "answer_markdown",
    "answer_text",
    "grouped",
    "link",
    "moments",
    "parts",
    "span",
    "told",
    "trim_fillers",
]

REFUSAL = "The archive does not answer this question."
# What stands in the place of an answer; of the archive itself the sentences tell.
INSTEAD = {
    Outcome.REFUSED: REFUSAL,
    Outcome.OTHER_LANGUAGE: "This question is not in English.",
}
NEAREST = "Nearest chapters (not an answer)"
NO_RECORDING = "sample archive: no recording"
WIDTH = 100
# Words of a quote from which on it is understood without the question that it answers.
_SHORT = 25

# What Markdown (GitHub's included) would read as markup inside a line; at its beginning; and
# what it would turn into a link of its own accord. Inside a word an underscore is plain.
_MARKUP = re.compile(r"[\\`*\[\]<&~$|]|(?<!\w)_|_(?!\w)|:(?=//)|(?<=www)\.", re.IGNORECASE)
_LEADING = re.compile(r"^(?:(?=[#>+=-])|(\d+)(?=[.)]))")


@dataclass(frozen=True, slots=True)
class Moment:
    """Sentences that follow each other and rest on the same evidence.

    `quoted` is the citation whose words they are; None where a model wrote them.
    """

    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    quoted: Citation | None

    @property
    def source(self) -> tuple[str, str] | None:
        """Guest and episode of a quote."""
        return (self.quoted.evidence.speaker, self.quoted.evidence.episode.slug) if self.quoted else None


def moments(answer: Answer) -> list[Moment]:
    """The answer's sentences with what they cite; sentences of one run of words are one moment."""
    known = {citation.id: citation for citation in answer.citations}
    found: list[Moment] = []
    for sentence in answer.sentences:
        cited = tuple(known[number] for number in sentence.citations if number in known)
        quoted = next((citation for citation in cited if _quotes(sentence, citation.evidence)), None)
        last = found[-1] if found else None
        if last and quoted and last.quoted is quoted and last.citations == cited:
            found[-1] = Moment((*last.sentences, sentence), cited, quoted)
        else:
            found.append(Moment((sentence,), cited, quoted))
    return found


def grouped(answer: Answer) -> list[list[Moment]]:
    """Moments in order, those of one guest and episode that follow each other in one group."""
    return [list(group) for _, group in groupby(moments(answer), key=lambda moment: moment.source)]


def told(answer: Answer) -> list[tuple[bool, str]]:
    """What is told of the archive itself: each sentence, and whether it is an entry of a list; empty for an answer.

    Entries are the episodes, which begin with their titles.
    """
    if answer.outcome is not Outcome.ABOUT_ARCHIVE:
        return []
    return [(sentence.text.startswith("“"), clean(sentence.text)) for sentence in answer.sentences]


def _quotes(sentence: Sentence, evidence: Evidence) -> bool:
    said = " ".join(words(sentence.text))
    return bool(said) and any(
        f" {said} " in f" {' '.join(words(text))} " for text in (evidence.text, trim_fillers(evidence.text))
    )


def parts(evidence: Evidence, said: Iterable[Sentence] = ()) -> list[tuple[str, bool]]:
    """The run of words, cut into stretches that are set off (True) and those around them.

    A sentence that is the whole run sets nothing off; then the evidence's key does.
    """
    text = clean(evidence.text)
    spoken = [clean(sentence.text) for sentence in said]
    keys = [key for key in spoken if key in text and key != text] or [clean(evidence.key)]
    if not any(key and key in text for key in keys):
        # A key of sentences that do not touch: each of them is set off.
        keys = [one for key in keys for one in sentences(key)]
    spans = sorted((text.find(key), text.find(key) + len(key)) for key in keys if key and key in text)
    cut: list[tuple[str, bool]] = []
    at = 0
    for begin, end in spans:
        if begin >= at:
            cut += [(text[at:begin].strip(), False), (text[begin:end], True)]
            at = end
    cut.append((text[at:].strip(), False))
    return [(part, key) for part, key in cut if part]


def context(evidence: Evidence) -> str:
    """The host's question in brackets before a quote that is too short to be understood without it."""
    return f"(asked: {clean(evidence.asked)}) " if evidence.asked and evidence.words < _SHORT else ""


def link(evidence: Evidence) -> str | None:
    """Where the words can be heard; None for the made-up sample archive, or an address that is none."""
    if evidence.episode.sample:
        return None
    url = evidence.episode.url(evidence.start)
    try:
        address = urlsplit(url)
    except ValueError:
        return None
    return quote(url, safe=":/?#@!$&*+,;=%~") if address.scheme in ("http", "https") and address.netloc else None


def span(evidence: Evidence) -> str:
    """From when to when, as clock times."""
    return f"{clock(evidence.start)}–{clock(evidence.end)}"


def answer_markdown(answer: Answer) -> str:
    """The answer with numbered links and its list of sources; a refusal with the nearest chapters."""
    lines = [f"**{_escape(answer.question)}**", ""]
    if answer.outcome in INSTEAD:
        lines += [INSTEAD[answer.outcome], ""]
    for listed, text in told(answer):
        lines += [f"- {_escape(text)}"] if listed else ["", _escape(text), ""]
    for group in [] if told(answer) else grouped(answer):
        lead = group[0].quoted
        if lead:
            lines += [f"{_escape(lead.evidence.speaker)} in *{_escape(lead.evidence.episode.title)}*:", ""]
        for moment in group:
            lines += [("> " if lead else "") + _moment_markdown(moment), ""]
    lines += [line for note in answer.notes for line in (f"_{_escape(note)}_", "")]
    for title, citations in (("Sources", answer.citations), (NEAREST, answer.nearest)):
        if citations and (title == "Sources") == answer.answered:
            lines += [f"**{title}**", "", *(_source_markdown(citation) for citation in citations), ""]
    return "\n".join(lines).strip() + "\n"


def _moment_markdown(moment: Moment) -> str:
    numbers = " ".join(_number_markdown(citation) for citation in moment.citations)
    if moment.quoted is None:
        return f"{_escape(' '.join(sentence.text for sentence in moment.sentences))} {numbers}".strip()
    shown = parts(moment.quoted.evidence, moment.sentences)
    text = " ".join(f"**{_escape(trim_fillers(part))}**" if key else _escape(trim_fillers(part)) for part, key in shown)
    asked = _escape(context(moment.quoted.evidence))
    return f"({clock(moment.quoted.evidence.start)}) {f'{asked} ' if asked else ''}{text} {numbers}"


def _number_markdown(citation: Citation) -> str:
    url = link(citation.evidence)
    return rf"[\[{citation.id}\]]({url})" if url else rf"\[{citation.id}\]"


def _source_markdown(citation: Citation) -> str:
    item = citation.evidence
    where = [
        _escape(item.speaker),
        f"*{_escape(item.episode.title)}*",
        f"chapter “{_escape(item.chapter.title)}”",
        span(item) + (" (time estimated)" if item.estimated else ""),
        f"<{url}>" if (url := link(item)) else NO_RECORDING,
    ]
    return f"{citation.id}. {', '.join(where)}"


def _escape(text: str) -> str:
    """One line of text in which nothing is Markdown or HTML."""
    return _LEADING.sub(r"\1\\", _MARKUP.sub(r"\\\g<0>", clean(text)))


def answer_text(answer: Answer, color: bool) -> str:
    """The answer for a terminal, at most 100 columns wide; without control sequences unless `color`."""
    paint = _paint if color else _plain
    blocks = [paint(clean(answer.question), "1")]
    if answer.outcome in INSTEAD:
        blocks.append(paint(INSTEAD[answer.outcome], "33"))
    if about := told(answer):
        blocks.append(
            "\n".join(_wrap(text, "  - " if listed else "", "    " if listed else "") for listed, text in about)
        )
    else:
        blocks += [_group_text(group, color) for group in grouped(answer)]
    blocks += [_wrap(clean(note), "Note: ", "  ") for note in answer.notes]
    title, citations = ("Sources", answer.citations) if answer.answered else (NEAREST, answer.nearest)
    if citations:
        blocks.append("\n".join([paint(title, "1"), *(line for item in citations for line in _source_text(item))]))
    return "\n\n".join(blocks) + "\n"


def _group_text(group: list[Moment], color: bool) -> str:
    paint = _paint if color else _plain
    lines: list[str] = []
    if lead := group[0].quoted:
        who = f"{clean(lead.evidence.speaker)} in “{clean(lead.evidence.episode.title)}”"
        lines += [paint(line, "36") for line in textwrap.wrap(who, WIDTH)]
    for moment in group:
        numbers = " ".join(f"[{citation.id}]" for citation in moment.citations)
        if moment.quoted is None:
            lines.append(_wrap(f"{clean(' '.join(sentence.text for sentence in moment.sentences))} {numbers}"))
            continue
        marked = parts(moment.quoted.evidence, moment.sentences)
        text = " ".join(trim_fillers(part) for part, _ in marked)
        opening = f"{clock(moment.quoted.evidence.start)}  {context(moment.quoted.evidence)}"
        wrapped = _wrap(f"{opening}{text} {numbers}", "  ", "  ")
        lines.append(_embolden(wrapped, [trim_fillers(part) for part, key in marked if key]) if color else wrapped)
    return "\n".join(lines)


def _source_text(citation: Citation) -> Iterator[str]:
    item = citation.evidence
    estimated = " (time estimated)" if item.estimated else ""
    where = (
        f"{clean(item.speaker)}, “{clean(item.episode.title)}”, chapter “{clean(item.chapter.title)}”, "
        f"{span(item)}{estimated}"
    )
    yield _wrap(where, f" [{citation.id}] ", "     ")
    # Never wrapped: a broken address cannot be clicked.
    yield f"     {link(item) or NO_RECORDING}"


def _wrap(text: str, first: str = "", rest: str = "") -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def _embolden(wrapped: str, keys: Iterable[str]) -> str:
    """Key words in bold after wrapping, so that control sequences do not count as columns."""
    for key in keys:
        pattern = r"\s+".join(re.escape(word) for word in key.split())
        wrapped = re.sub(pattern, lambda match: _paint(match[0], "1"), wrapped, count=1)
    return wrapped


def _paint(text: str, code: str) -> str:
    return f"\033[{code}m{text}\033[0m"


def _plain(text: str, _code: str) -> str:
    return text
