"""Turns an answer into what is stored of it, and back; takes out what rests on episodes that are gone.

    Answer -> StoredAnswer (the contract's JSON, and which episodes each part rests on) -> Answer, for the same renderer

A part that names an episode rests on it, too: a reply from the catalogue has no citations but titles and guests.
Nothing here reads or writes a file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict

from app.contract import AnswerModel
from app.types import Answer, Citation, Evidence, Outcome, Sentence
from ingest.models import Chapter, Episode

WITHDRAWN = "What stood here came from an episode that is no longer in the archive, so it is not shown."
# What a citation has instead of an episode that is gone.
_GONE: dict[str, Any] = {
    "episode": "", "title": "", "guests": [], "speaker": "", "chapter": "", "start": 0.0, "end": 0.0,
    "quote": WITHDRAWN, "url": "", "page": "", "key": "", "asked": "", "estimated": False, "withdrawn": True,
}  # fmt: skip


class StoredAnswer(BaseModel):
    """What is stored of an answer: nothing but this, and nothing of who asked.

    `answer` is the contract's JSON object. `quoted`: for each sentence the citation that it quotes, if any. `narrowed`:
    the visitor's filters in words. `rests`: by part of the answer, for each of its texts the episodes that it rests on;
    `narrowed` has one text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    answer: dict[str, Any]
    quoted: tuple[int | None, ...]
    narrowed: str
    rests: dict[str, tuple[tuple[str, ...], ...]]

    @property
    def episodes(self) -> set[str]:
        """The slugs of all episodes that something in it rests on."""
        cited = {item["episode"] for part in ("citations", "nearest") for item in self.answer.get(part, [])}
        return {slug for part in self.rests.values() for slugs in part for slug in slugs} | cited - {""}


def stored_of(answer: Answer, narrowed: str, episodes: Mapping[str, Episode]) -> StoredAnswer:
    """What is stored of an answer; `episodes` are those of the index, by slug."""
    names = list(_names(episodes.values()))
    cited = {one.id: one.evidence.episode for one in (*answer.citations, *answer.nearest)}
    names += [(guest, episode.slug) for episode in cited.values() for guest in episode.guests]

    def named(text: str, *slugs: str) -> tuple[str, ...]:
        return tuple(sorted({*slugs, *(slug for name, slug in names if _says(text, name))}))

    sentences = [named(s.text, *(cited[n].slug for n in s.citations if n in cited)) for s in answer.sentences]
    return StoredAnswer(
        answer=AnswerModel.of(answer).to_json(),
        quoted=tuple(sentence.quoted for sentence in answer.sentences),
        narrowed=narrowed,
        rests={
            "sentences": tuple(sentences),
            "notes": tuple(map(named, answer.notes)),
            "choices": tuple(map(named, answer.choices)),
            "narrowed": (named(narrowed),),
        },
    )


def _says(text: str, name: str) -> bool:
    """Whether the name is in the text, not as a part of a longer word."""
    return name in text and bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text))


def _names(episodes: Iterable[Episode]) -> Iterator[tuple[str, str]]:
    """The names by which a text names an episode: its title, and guests of no other episode; with its slug."""
    all_of_them = list(episodes)
    spoken = Counter(guest for episode in all_of_them for guest in set(episode.guests))
    for episode in all_of_them:
        for name in (episode.title, *(guest for guest in episode.guests if spoken[guest] == 1)):
            if name:
                yield name, episode.slug


def without(stored: StoredAnswer, gone: Container[str]) -> StoredAnswer:
    """The same without anything that rests on the episodes `gone`; one sentence says so in its place."""
    if not any(slug in gone for slug in stored.episodes):
        return stored
    answer, rests, quoted = dict(stored.answer), dict(stored.rests), stored.quoted
    for part in ("citations", "nearest"):
        if part in answer:
            answer[part] = [{"id": one["id"], **_GONE} if one["episode"] in gone else one for one in answer[part]]
    left = {part: [not any(slug in gone for slug in slugs) for slugs in rests[part]] for part in rests}
    for part in ("notes", "choices"):
        answer[part] = [text for text, stays in zip(answer.get(part, []), left[part], strict=True) if stays]
        rests[part] = tuple(slugs for slugs, stays in zip(rests[part], left[part], strict=True) if stays)
    answer["sentences"], rests["sentences"], quoted = _sentences(stored, left["sentences"])
    if all(left["sentences"]) and WITHDRAWN not in answer["notes"]:
        answer["notes"], rests["notes"] = [*answer["notes"], WITHDRAWN], (*rests["notes"], ())
    if "choices" not in stored.answer:
        del answer["choices"]
    # Reasons of the gate can repeat words of the quotes.
    answer.pop("gate", None)
    narrowed = stored.narrowed if all(left["narrowed"]) else ""
    rests["narrowed"] = rests["narrowed"] if narrowed else ((),)
    return StoredAnswer(answer=answer, quoted=quoted, narrowed=narrowed, rests=rests)


def _sentences(
    stored: StoredAnswer, left: Iterable[bool]
) -> tuple[list[dict[str, Any]], tuple[tuple[str, ...], ...], tuple[int | None, ...]]:
    """Sentences, what they rest on and quote; those in a row that are gone become one that says so."""
    made: list[tuple[dict[str, Any], tuple[str, ...], int | None]] = []
    gone: tuple[dict[str, Any], tuple[str, ...], None] = (
        {"text": WITHDRAWN, "citations": [], "support": 0.0},
        (),
        None,
    )
    for sentence, slugs, quotes, stays in zip(
        stored.answer["sentences"], stored.rests["sentences"], stored.quoted, left, strict=True
    ):
        if stays:
            made.append((sentence, slugs, quotes))
        elif not made or made[-1] != gone:
            made.append(gone)
    return [one[0] for one in made], tuple(one[1] for one in made), tuple(one[2] for one in made)


def answer_of(stored: StoredAnswer, episodes: Mapping[str, Episode]) -> Answer:
    """The answer for the renderer, with players and addresses of today; `episodes` has all that it cites."""
    told = stored.answer
    return Answer(
        question=told["question"],
        standalone_question=told["standalone_question"],
        outcome=Outcome(told["outcome"]),
        sentences=tuple(
            Sentence(one["text"], tuple(one["citations"]), one["support"], quotes)
            for one, quotes in zip(told["sentences"], stored.quoted, strict=True)
        ),
        citations=tuple(_citations(told["citations"], episodes)),
        nearest=tuple(_citations(told.get("nearest", []), episodes)),
        model=told["model"],
        confidence=told["confidence"],
        notes=tuple(told["notes"]),
        choices=tuple(told.get("choices", [])),
    )


def _citations(told: Iterable[Mapping[str, Any]], episodes: Mapping[str, Episode]) -> Iterator[Citation]:
    for one in told:
        if one.get("withdrawn"):
            continue
        # Title and day as they were when it was shared.
        day, kind = one.get("date"), one.get("date_kind")
        episode = replace(
            episodes[one["episode"]],
            title=one["title"],
            guests=tuple(one["guests"]),
            recorded=day if kind == "recorded" else None,
            published=day if kind == "published" else None,
        )
        yield Citation(
            one["id"],
            Evidence(
                episode=episode,
                chapter=Chapter(one["chapter"], one["start"], one["end"], 0, 0),
                speaker=one["speaker"],
                start=one["start"],
                end=one["end"],
                text=one["quote"],
                key=one["key"],
                asked=one["asked"],
                score=0.0,
                estimated=one["estimated"],
                before=one.get("before", ""),
                after=one.get("after", ""),
            ),
        )
