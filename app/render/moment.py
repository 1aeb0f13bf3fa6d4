"""Prepares one moment for every kind of output: a guest's words, what they reply to, who said them, where and when.

Nothing here lays out or escapes: texts are one clean line each, and untrusted. Links come only from
`Episode.url`, or from the file of a run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self
from urllib.parse import quote, urlsplit

from app.language.disfluencies import trim_fillers
from app.language.followup import any_of, needs_context, points_nowhere, without_opening
from app.language.lexicon import LEXICON
from app.types import Citation, Evidence
from ingest.models import Player, Reports
from ingest.text import clean, clock, sentences

NO_REPORTS = Reports()
NO_RECORDING = "sample archive: no recording"
# Words of a heading.
MOST_WORDS = 28
# Words that a cut leaves at least.
_ENOUGH = 8
# A question of at most so many words that refers to what was said before ("And the fourth?") is no heading.
_TOO_SHORT = 3
# What may follow the question mark of a question inside quotation marks.
_QUOTES = "\"”’')]"
_ASKS_AT_ONCE = any_of(rf"^{LEXICON.either('questions.asking', 'questions.verbs')}\b")
_ENDS, _PAUSES = tuple(".?!"), tuple(",;:–—")


@dataclass(frozen=True, slots=True)
class Moment:
    """A guest's words with all that is shown of them.

    `text` is the excerpt, `key` its part that supports a statement (all of it in an answer), `before` and `after` what
    the guest says around it, `asked` the host's words before the turn: all as transcribed. `start` and `end` are
    seconds of the recording, `date` is for display. `url` is None if nothing can be opened; `called` is who keeps the
    recording that it opens, empty if it is a page. `player` is the address for a player of the kind `plays`, which
    tells its time as `reports` says. `episode` is the slug.
    """

    number: int
    speaker: str
    title: str
    chapter: str
    asked: str
    before: str
    text: str
    after: str
    key: str
    start: float
    end: float
    estimated: bool
    date: str
    url: str | None
    called: str = ""
    player: str = ""
    plays: Player = Player.NONE
    reports: Reports = NO_REPORTS
    episode: str = ""

    @classmethod
    def of(cls, citation: Citation) -> Self:
        """The moment of a citation."""
        item = citation.evidence
        return cls(
            number=citation.id,
            speaker=clean(item.speaker),
            title=clean(item.episode.title),
            chapter=clean(item.chapter.title),
            asked=clean(item.asked),
            before=clean(item.before),
            text=clean(item.text),
            after=clean(item.after),
            key=clean(item.key),
            start=item.start,
            end=item.end,
            estimated=item.estimated,
            date=dated(*(item.episode.dated or ("", ""))),
            url=link(item),
            called=clean(item.episode.links.called),
            player=web_address(item.episode.player(item.start)) or "",
            plays=item.episode.links.player,
            reports=item.episode.links.reports,
            episode=item.episode.slug,
        )

    @property
    def question(self) -> str:
        """The host's question that the guest replies to; empty if the host asked nothing there."""
        return last_question(self.asked)

    @property
    def label(self) -> str:
        """Where the heading comes from."""
        return "Host" if self.question else "Chapter"

    @property
    def heading(self) -> str:
        """The host's question, else the title of the chapter."""
        return self.question or self.chapter

    @property
    def parts(self) -> tuple[tuple[str, bool], ...]:
        """The excerpt without disfluencies, cut into the key (True) and the words around it.

        Nothing is set off if the key is all of it.
        """
        before, key, after = self.text.partition(self.key) if self.key not in ("", self.text) else (self.text, "", "")
        cut = ((before, False), (key, True), (after, False))
        return tuple((trim_fillers(part.strip()), marked) for part, marked in cut if part.strip())

    @property
    def said(self) -> str:
        """The excerpt without disfluencies."""
        return " ".join(part for part, _ in self.parts)

    @property
    def more(self) -> bool:
        """Whether words as transcribed, around the excerpt or of the host, are not among those shown."""
        return bool(self.before or self.after) or self.text != self.said or self.asked not in ("", self.question)

    @property
    def more_title(self) -> str:
        """What opens these words."""
        return "Before and after" if self.before or self.after else "As transcribed"

    @property
    def span(self) -> str:
        """Start and end as clock times."""
        return f"{clock(self.start)}–{clock(self.end)}"


def last_question(asked: str) -> str:
    """The last question in the host's words, shortened; empty if there is none that says anything.

    If it cannot be understood alone ("And why?"), the sentence before it is added.
    """
    # Without "Okay. So, ...".
    said = [_capital(text) for text in map(without_opening, sentences(trim_fillers(asked))) if text]
    at = max((place for place, text in enumerate(said) if text.rstrip(_QUOTES).endswith("?")), default=None)
    if at is None:
        return ""
    if not needs_context(said[at]):
        return _shortened(said[at])
    if at > 0:
        return _shortened(f"{said[at - 1]} {said[at]}")
    return "" if points_nowhere(said[at]) or len(said[at].split()) <= _TOO_SHORT else _shortened(said[at])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _shortened(text: str) -> str:
    """About `MOST_WORDS` words, without a quotation mark whose other half was cut off."""
    return _paired(_cut(text))


def _paired(text: str) -> str:
    """The text without quotation marks that close or open alone."""
    kept = list(text)
    opened: list[int] = []
    for at, mark in enumerate(text):
        if mark == "“":
            opened.append(at)
        elif mark == "”" and opened:
            opened.pop()
        elif mark == "”":
            kept[at] = ""
    for at in opened:
        kept[at] = ""
    return "".join(kept)


def _cut(text: str) -> str:
    """The last sentence, the beginning of what asks at once, or the end from a clause on."""
    said = text.split()
    if len(said) <= MOST_WORDS:
        return text
    begins = range(len(said) - MOST_WORDS, len(said) - _ENOUGH)
    if place := next((place for place in begins if said[place - 1].endswith(_ENDS)), None):
        return " ".join(said[place:])
    if _ASKS_AT_ONCE.match(text):
        return f"{' '.join(said[:MOST_WORDS])} …"
    begin = next((place for place in begins if said[place - 1].endswith(_PAUSES)), begins[0])
    return f"… {' '.join(said[begin:])}"


def dated(day: str, kind: str) -> str:
    """When an episode was "recorded" or "published" (`kind`), in words; empty if the ISO date `day` is no date."""
    try:
        known = date.fromisoformat(day)
    except ValueError:
        return ""
    return f"{kind} {known.day} {known:%B %Y}"


def link(evidence: Evidence) -> str | None:
    """The address of the recording at these words; None for the made-up sample archive or an invalid address."""
    return None if evidence.episode.sample else web_address(evidence.episode.url(evidence.start))


def web_address(url: object) -> str | None:
    """An address that is safe in a link; None if it is not a web address."""
    text = clean(str(url or ""))
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return quote(text, safe=":/?#@!$&*+,;=%~") if parts.scheme in ("http", "https") and parts.netloc else None
