"""Arranges an answer's parts for every kind of output, and writes it as Markdown.

The steps:

1. consecutive quotes of one excerpt are joined (`moments`);
2. consecutive moments of one guest in one episode share one heading (`grouped`);
3. an excerpt is cut into its key sentences and the words around them (`parts`).

Nothing here searches, checks or changes an answer. `app.render.terminal` shows the same parts
in a terminal, `app.chat.view` as HTML. Text from a transcript, a model or a visitor is
untrusted: it is escaped for Markdown. Links come only from `Episode.url` and `Episode.page`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import quote, urlsplit

from app.language.disfluencies import trim_fillers
from app.types import Answer, Citation, Evidence, Outcome, Sentence
from ingest.text import clean, clock, sentences

__all__ = [
    "INSTEAD",
    "Moment",
    "answer_markdown",
    "grouped",
    "link",
    "moments",
    "parts",
    "span",
    "told",
    "trim_fillers",
]

REFUSAL = "The archive does not answer this question."
# Texts shown instead of an answer; answers about the archive have sentences.
INSTEAD = {
    Outcome.REFUSED: REFUSAL,
    Outcome.OTHER_LANGUAGE: "This question is not in English.",
}
NEAREST = "Nearest chapters (not an answer)"
NO_RECORDING = "sample archive: no recording"
# A quote of at least this many words is understood without the question that it answers.
_SHORT = 25

# What Markdown (also GitHub's) reads as markup inside a line and at its beginning, and what it
# turns into a link by itself. Inside a word an underscore is plain.
_MARKUP = re.compile(r"[\\`*\[\]<&~$|]|(?<!\w)_|_(?!\w)|:(?=//)|(?<=www)\.", re.IGNORECASE)
_LEADING = re.compile(r"^(?:(?=[#>+=-])|(\d+)(?=[.)]))")


@dataclass(frozen=True, slots=True)
class Moment:
    """One sentence, or consecutive quotes of the same excerpt.

    `quoted` is the citation whose words they are; None if they are a model's.
    """

    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    quoted: Citation | None

    @property
    def source(self) -> tuple[str, str] | None:
        """Guest and episode of a quote."""
        return (self.quoted.evidence.speaker, self.quoted.evidence.episode.slug) if self.quoted else None


def moments(answer: Answer) -> list[Moment]:
    """The answer's sentences with their citations; consecutive quotes of one excerpt are one moment."""
    known = {citation.id: citation for citation in answer.citations}
    found: list[Moment] = []
    for sentence in answer.sentences:
        cited = tuple(known[number] for number in sentence.citations if number in known)
        quoted = known.get(sentence.quoted or 0)
        last = found[-1] if found else None
        if last and quoted and last.quoted is quoted and last.citations == cited:
            found[-1] = Moment((*last.sentences, sentence), cited, quoted)
        else:
            found.append(Moment((sentence,), cited, quoted))
    return found


def grouped(answer: Answer) -> list[list[Moment]]:
    """Moments in order; consecutive ones of one guest and episode form a group."""
    return [list(group) for _, group in groupby(moments(answer), key=lambda moment: moment.source)]


def told(answer: Answer) -> list[tuple[bool, str]]:
    """Sentences about the archive, each with whether it is a list entry; empty for other outcomes.

    List entries are episodes, which begin with their titles.
    """
    if answer.outcome is not Outcome.ABOUT_ARCHIVE:
        return []
    return [(sentence.text.startswith("“"), clean(sentence.text)) for sentence in answer.sentences]


def parts(evidence: Evidence, said: Iterable[Sentence] = ()) -> list[tuple[str, bool]]:
    """The excerpt, cut into highlighted parts (True) and those around them.

    The sentences in `said` are highlighted; if one is the whole excerpt, the evidence's key is.
    """
    text = clean(evidence.text)
    spoken = [clean(sentence.text) for sentence in said]
    keys = [key for key in spoken if key in text and key != text] or [clean(evidence.key)]
    if not any(key and key in text for key in keys):
        # A key of sentences that are not adjacent: each is highlighted.
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
    """The address of the recording at these words; None for the made-up sample archive or an invalid address."""
    if evidence.episode.sample:
        return None
    url = evidence.episode.url(evidence.start)
    try:
        address = urlsplit(url)
    except ValueError:
        return None
    return quote(url, safe=":/?#@!$&*+,;=%~") if address.scheme in ("http", "https") and address.netloc else None


def span(evidence: Evidence) -> str:
    """Start and end as clock times."""
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
