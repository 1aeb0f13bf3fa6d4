"""Checks the sentences of a page against the moments that their chips cite.

    sentence, chips -> reaches -> weighed (the sentence, and all that its chips cover) -> verdict

1. A chip that leads nowhere decides: the episode was taken down, is unknown, or ends before its second.
2. Is the chip at the right place? Its whole group says so better than one sentence: the group's words are compared
   with each chapter of the episode (`place`).
3. If it is not, the other chapters are asked, and the best one is named if it bears out the sentence.
4. If it is, do the words there bear out the sentence itself (`borne`)?

No language model is used. What is not borne out may still be true: it is for an editor to read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.language.tokens import tokens
from app.support.numbers import missing_numbers, numbers_in
from app.types import Evidence, numbered
from app.wiki.episodes import Episodes, Fault
from app.wiki.measure import BORNE, PLACE, Part, Scale, Weighed, weigh
from app.wiki.reach import Reach, reach_of
from app.wiki.reading.chips import chip_for
from app.wiki.reading.page import Claim, Kind, Page, cites
from app.wiki.spoken import Library, read_sentence
from app.wiki.verdicts import Checked, WikiVerdict
from app.wiki.words import nearest_words
from index.archive import ArchiveView
from ingest.text import clock

# Chosen on half of the statements that were read, and on chips moved to other chapters: docs/figures.md.
LEAST_BORNE = BORNE.numbers["threshold"]
LEAST_PARTLY = BORNE.numbers["partly"]
LEAST_PLACE = PLACE.numbers["threshold"]
# Another guest says it if the named one's words match by so much less.
_OTHERS_LEAD = 0.1
_FAULTS = {
    Fault.TAKEN_DOWN: WikiVerdict.TAKEN_DOWN,
    Fault.UNKNOWN: WikiVerdict.UNKNOWN_SLUG,
    Fault.BEYOND: WikiVerdict.BEYOND_END,
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """One sentence, what it is compared with, and the probabilities that follow."""

    claim: Claim
    scale: Scale
    weighed: Weighed
    place: float

    @property
    def borne(self) -> float:
        """The probability that the words at the chip bear out the sentence."""
        return BORNE.probability(self.weighed.values)

    @property
    def score(self) -> float:
        """The lower of both probabilities, each scaled so that its threshold is at 0.5."""
        return min(_scaled(self.borne, LEAST_BORNE), _scaled(self.place, LEAST_PLACE))


class WikiChecker:
    """Checks pages against one generation of the archive."""

    def __init__(self, archive: ArchiveView, *, suggest: bool = False) -> None:
        """`suggest`: search for a chip for each sentence without one."""
        self._archive = archive
        self._library = Library(archive.index)
        self._episodes = Episodes(archive.index)
        self._suggest = suggest

    def check(self, page: Page, wanted: Callable[[Claim], bool] = lambda _: True) -> Iterator[Checked]:
        """The verdict on each wanted sentence of a page, in its order."""
        for _, group in groupby(page.claims, key=lambda claim: claim.group):
            claims = list(group)
            if any(map(wanted, claims)):
                self._archive.check_going()
                yield from (one for one in self._group(page, claims) if wanted(one.claim))

    def _group(self, page: Page, claims: Sequence[Claim]) -> Iterator[Checked]:
        """The sentences that one group of chips covers."""
        chips = [chip for chip in claims[0].chips if cites(chip)]
        faults = [(chip, fault) for chip in chips if (fault := self._episodes.fault(chip))]
        real = [self._episodes.known(chip) for chip in chips if not self._episodes.fault(chip)]
        reaches = [reach for chip in real if (reach := reach_of(chip, self._archive.index.episodes))]
        group: Weighed | None = None
        for claim in claims:
            if claim.navigates:
                yield Checked(page.name, claim, WikiVerdict.NO_CLAIM)
            elif claim.kind is Kind.UNCITED:
                yield self._uncited(page, claim)
            elif faults:
                notes = tuple(self._episodes.told(*fault) for fault in faults)
                yield Checked(page.name, claim, _FAULTS[faults[0][1]], notes=notes)
            elif not reaches:
                yield Checked(page.name, claim, WikiVerdict.OUTSIDE)
            else:
                group = group or weigh(reaches, self._together(claims), self._library)
                yield self._checked(page, self._asked(claim, reaches, group), reaches)

    def _scale(self, text: str, context: str = "") -> Scale:
        return Scale(read_sentence(text, context, self._archive), self._library)

    def _together(self, claims: Sequence[Claim]) -> Scale:
        """All that a group of chips covers, as one text."""
        return self._scale(" ".join(claim.text for claim in claims if not claim.navigates))

    def _asked(self, claim: Claim, reaches: Sequence[Reach], group: Weighed) -> _Asked:
        scale = self._scale(claim.text, claim.context)
        weighed = weigh(reaches, scale, self._library)
        return _Asked(claim, scale, weighed, 1.0 if weighed.whole else PLACE.probability(placed(weighed, group)))

    def _checked(self, page: Page, asked: _Asked, reaches: Sequence[Reach]) -> Checked:
        best, other = asked.weighed.best, asked.weighed.other
        named = set(self._archive.index.guest_names.find(asked.claim.text))
        guests = {guest for reach in reaches for guest in self._archive.index.episodes[reach.slug].guests}
        if asked.place < LEAST_PLACE and other is not None:
            return self._misplaced(page, asked, other)
        words = nearest_words(asked.scale, best, named & guests) or nearest_words(asked.scale, best)
        if asked.borne >= LEAST_BORNE:
            if note := self._another(asked, best, named, guests, words):
                return _made(page, asked, WikiVerdict.OTHER_GUEST, nearest_words(asked.scale, best), note)
            if missing := self._missing(asked):
                return _made(page, asked, WikiVerdict.PARTLY, words, f"not said there: {', '.join(missing)}")
            return _made(page, asked, WikiVerdict.THERE, words, suggested=_moment(asked))
        verdict = WikiVerdict.PARTLY if asked.borne >= LEAST_PARTLY else WikiVerdict.NOT_FOUND
        return _made(page, asked, verdict, words)

    def _misplaced(self, page: Page, asked: _Asked, other: Part) -> Checked:
        """The chip is not where the sentence comes from; another chapter may be."""
        words = nearest_words(asked.scale, other)
        if BORNE.probability(asked.weighed.other_values) < LEAST_BORNE:
            return _made(page, asked, WikiVerdict.NOT_FOUND, nearest_words(asked.scale, asked.weighed.best))
        chapter = _chapter(other)
        note = f"nearer in “{chapter[0]}”, {clock(chapter[1])}"
        return _made(page, asked, WikiVerdict.ELSEWHERE, words, note, _suggested(other))

    def _another(self, asked: _Asked, best: Part, named: set[str], guests: set[str], words: Evidence | None) -> str:
        """What is wrong with the guest that a sentence names; empty if nothing is."""
        if not named or words is None:
            return ""
        if not named & guests:
            return f"{' and '.join(sorted(named))} speaks in none of the episodes cited"
        anyone = nearest_words(asked.scale, best)
        if anyone is None or anyone.speaker in named or len(guests) < 2:
            return ""
        lead = anyone.score - (words.score if words.speaker in named else 0.0)
        return f"the words are {anyone.speaker}’s" if lead > _OTHERS_LEAD else ""

    def _missing(self, asked: _Asked) -> list[str]:
        """The numbers of a sentence that nobody says in the part it comes from."""
        part = asked.weighed.best
        said = " ".join(own.text for own in part.spoken.episode.segments[part.first : part.last])
        heard = numbers_in(tokens(f"{part.spoken.episode.title}. {_chapter(part)[0]}. {said}"))
        return list(missing_numbers(tokens(asked.claim.text), heard))

    def _uncited(self, page: Page, claim: Claim) -> Checked:
        """A sentence without a chip, with one that would fit if it is wanted."""
        if not self._suggest:
            return Checked(page.name, claim, WikiVerdict.UNCITED)
        scale = self._scale(claim.text, claim.context)
        found = self._archive.search(f"{claim.context} {claim.text}".strip(), 1, judged=False).passages
        for scored in found:
            spoken = self._library.of(scored.passage.episode)
            chapter = spoken.episode.chapters[scored.passage.chapter]
            part = Part(spoken, chapter.first, chapter.last)
            weighed = weigh([Reach(scored.passage.episode, part.first, part.last)], scale, self._library)
            words = nearest_words(scale, part)
            score = BORNE.probability(weighed.values)
            if words and score >= LEAST_BORNE:
                shown = numbered([words])
                return Checked(page.name, claim, WikiVerdict.UNCITED, 0.0, shown, suggested=_suggested(part))
        return Checked(page.name, claim, WikiVerdict.UNCITED)


def placed(weighed: Weighed, group: Weighed) -> dict[str, float]:
    """The features of the place of a chip: those of the sentence, and of all that the chip covers."""
    return {**weighed.values, **{f"group_{name}": value for name, value in group.values.items()}}


def _made(
    page: Page, asked: _Asked, verdict: WikiVerdict, words: Evidence | None, note: str = "", suggested: str = ""
) -> Checked:
    shown = numbered([words] if words else [])
    return Checked(page.name, asked.claim, verdict, asked.score, shown, (note,) if note else (), suggested)


def _scaled(probability: float, threshold: float) -> float:
    """A probability stretched so that its threshold becomes 0.5."""
    if probability < threshold:
        return 0.5 * probability / threshold
    return 0.5 + 0.5 * (probability - threshold) / (1.0 - threshold)


def _chapter(part: Part) -> tuple[str, float]:
    """The title of the chapter in which a part begins, and the second of the part's first line."""
    episode = part.spoken.episode
    title = next((own.title for own in episode.chapters if own.first <= part.first < own.last), episode.title)
    return title, episode.segments[part.first].start


def _suggested(part: Part) -> str:
    title, second = _chapter(part)
    return chip_for(part.spoken.episode.slug, second, title, part.spoken.episode.title)


def _moment(asked: _Asked) -> str:
    """A chip with a second, for a sentence whose chips name only whole episodes."""
    timed = any(chip.start is not None for chip in asked.claim.chips)
    return "" if timed else _suggested(asked.weighed.best)
