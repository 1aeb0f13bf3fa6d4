"""Says how sure a statement is, and by which words an editor can look for it in the wiki."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from app.language.lexicon import LEXICON
from app.language.tokens import Token, tokens
from app.wiki.reading.chips import time_of
from app.wiki.worksheet.candidates import Candidate
from index.opened import Index

_HEDGED = re.compile(
    rf"\b(?:i (?:think|believe|guess|feel|would say)|in my (?:opinion|experience)|"
    rf"{LEXICON.either('grammar.hedges')})\b",
    re.IGNORECASE,
)
_UNHEARD = re.compile(r"\[(?:inaudible|unclear|audio|crosstalk|\?)[^\]]*\]|\(\?\)", re.IGNORECASE)
# A word of at least so many letters that the archive has in one passage alone was perhaps misheard.
_LETTERS = 5
# In an archive of fewer passages many words are in one alone.
_ENOUGH_PASSAGES = 1000
_MOST_WORDS = 5
# More frequent words of the archive (0 to 1) say little in a search.
_LEAST_RARE = 0.25
_MOST_SHOWN = 3


def doubts(one: Candidate, index: Index) -> list[str]:
    """What an editor should know before relying on a statement; empty if nothing speaks against it."""
    return list(_doubts(one, index))


def _doubts(one: Candidate, index: Index) -> Iterator[str]:
    said = tokens(one.statement)
    if hedges := dict.fromkeys(match.group().lower() for match in _HEDGED.finditer(one.statement)):
        yield f"hedged (“{'”, “'.join(hedges)}”)"
    if numbers := [one.statement[token.start : token.end] for token in said if token.number]:
        yield f"says a number ({', '.join(numbers)}): check it"
    if _UNHEARD.search(one.text):
        yield "words are missing in the transcript"
    if rare := [token.raw for token in said if _rare(token, index)][:_MOST_SHOWN]:
        yield f"only here in the archive ({', '.join(rare)}): check the spelling by ear"
    if one.own.estimated:
        yield f"said at about {time_of(one.own.start)} (estimated)"


def _rare(token: Token, index: Index) -> bool:
    if index.size < _ENOUGH_PASSAGES:
        return False
    long = token.content and not token.number and len(token.raw) >= _LETTERS and token.raw.isalpha()
    return long and index.frequency(token.raw) <= 1


def topics_of(statement: str, topics: Sequence[str]) -> list[str]:
    """Those of the archive's topics that a statement names."""
    low = f" {' '.join(token.raw for token in tokens(statement))} "
    return [topic for topic in topics if f" {topic.lower()} " in low]


def concepts(one: Candidate, topics: Sequence[str], index: Index) -> list[str]:
    """Search words: topics of the archive that the statement has, then names and its rarest words, as written."""
    found = topics_of(one.statement, topics)
    for text, _ in sorted(_phrases(one.statement, index), key=lambda pair: -_weight(pair[1], index)):
        if not any(text.lower() in other.lower() or other.lower() in text.lower() for other in found):
            found.append(text)
    different = {text.lower(): text for text in reversed(found)}
    return [text for text in found if different[text.lower()] == text][:_MOST_WORDS]


def _phrases(statement: str, index: Index) -> Iterator[tuple[str, list[Token]]]:
    """Telling words in a row of one clause, at most three, as written."""
    run: list[Token] = []
    for token in (*tokens(statement), None):
        telling = token is not None and token.content and not token.number and index.rarity(token.raw) >= _LEAST_RARE
        if token and telling and (not run or _beside(statement, run[-1], token)):
            run.append(token)
            continue
        for begin in range(0, len(run), 3):
            own = run[begin : begin + 3]
            yield statement[own[0].start : own[-1].end], own
        run = [token] if token and telling else []


def _beside(statement: str, one: Token, other: Token) -> bool:
    return not statement[one.end : other.start].strip(" -")


def _weight(own: Sequence[Token], index: Index) -> float:
    """Names first, then rare words."""
    return max(token.weight * index.rarity(token.raw) for token in own) + 0.2 * (len(own) > 1)
