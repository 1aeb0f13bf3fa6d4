"""Reads the sections of a wiki, and judges whether a statement belongs in one.

    pages -> sections with the vectors of their sentences
    statement, its chapter's title, section -> cosines -> regression -> probability

The regression is fitted on statements whose nearest section readers had judged (`eval.fitting.wiki.sections`): of those
that a cosine of 0.5 let pass, one in four belonged there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from app.wiki.reading.front import read_front
from app.wiki.reading.page import Claim, Page
from index.archive import ArchiveView
from index.embedder import Vectors
from index.fitted.weights import read_fitted

WEIGHTS = Path(__file__).with_name("section.json")
FEATURES = ("whole", "sentence", "heading", "chapter")
_FITTED = read_fitted(WEIGHTS)
# Words of a section that stand for it.
_FIRST_WORDS = 60


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a page with its sentences.

    `about`: the vector of title, name and first words; `heading`: of the name (the title for the opening); `vectors`:
    one row a sentence.
    """

    page: str
    title: str
    name: str
    claims: Sequence[Claim]
    about: Vectors
    heading: Vectors
    vectors: Vectors

    def features(self, statement: Vectors, chapter: Vectors) -> dict[str, float]:
        """Cosines of a statement with the whole, the nearest sentence and the heading, and of its chapter's title."""
        return {
            "whole": float(self.about @ statement),
            "sentence": float((self.vectors @ statement).max()),
            "heading": float(self.heading @ statement),
            "chapter": float(self.about @ chapter),
        }

    def holds(self, statement: Vectors, chapter: Vectors) -> float:
        """The probability that the statement belongs in the section."""
        return _FITTED.probability(self.features(statement, chapter))


def sections_of(page: Page, archive: ArchiveView) -> Iterator[Section]:
    """The sections of a page that say anything."""
    title = read_front(page.front).title or page.name
    claims = [claim for claim in page.claims if not claim.navigates]
    for name, own in groupby(claims, key=lambda claim: claim.section):
        said = list(own)
        first = " ".join(" ".join(claim.text for claim in said).split()[:_FIRST_WORDS])
        about, heading, *vectors = archive.embed(
            [f"{title}. {name}. {first}", name or title, *(claim.text for claim in said)]
        )
        yield Section(page.name, title, name, said, about, heading, np.stack(vectors))
