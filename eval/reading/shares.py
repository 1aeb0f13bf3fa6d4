"""Computes the share of answers of which each reader says yes, by system and suite, with its bootstrap interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from eval.reading.asked import SHARES, by_reader, values
from eval.reading.labels import Read
from eval.statistics import bootstrap_interval

# The name of all suites together.
ALL = "all"


@dataclass(frozen=True, slots=True)
class Share:
    """A share of the `answers` of which a reader said yes or no, with its interval (95 %)."""

    reader: str
    system: str
    suite: str
    asked: str
    answers: int
    share: float
    interval: tuple[float, float]

    def to_json(self) -> dict[str, Any]:
        """The figures as plain data."""
        return asdict(self)


def shares(reads: Sequence[Read]) -> list[Share]:
    """All shares that are defined: by reader, system and suite, and over all suites if there are several."""
    return [
        share
        for reader, own in by_reader(reads).items()
        for system in dict.fromkeys(read.system for read in own)
        for suite, group in _suites([read for read in own if read.system == system])
        for share in _of(reader, system, suite, group)
    ]


def _suites(reads: Sequence[Read]) -> Iterator[tuple[str, list[Read]]]:
    names = sorted({read.label.suite for read in reads})
    yield from ((name, [read for read in reads if read.label.suite == name]) for name in names)
    if len(names) > 1:
        yield ALL, list(reads)


def _of(reader: str, system: str, suite: str, reads: Sequence[Read]) -> Iterator[Share]:
    for asked in SHARES:
        if said := list(values(asked, reads).values()):
            yield Share(reader, system, suite, asked.words, len(said), fmean(said), bootstrap_interval(said))
