"""Runs a suite on a Citecast server elsewhere: the system that is named by its address.

    /healthz once -> each question: /api/ask -> Outcome.output; /api/search for its standalone question -> ranking

The API names passages by episode and seconds, which is enough for every score but one: how many passages of the whole
index overlap gold. If the index on this machine is of the same archive in the same version, with as many passages, it
says so, and gold is checked on it. Else `relevant` is not known, and nDCG by gold is left out: over the ranked passages
alone it would flatter. Figures by grades need no index.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from app.contract import PassageModel
from app.served_contract import HealthModel
from eval.metrics import Span
from eval.running.gold import Shelf, read_shelf
from eval.running.server import Server
from eval.running.specs import Spec
from eval.running.suites import Item
from eval.running.systems import DEPTH, Outcome, Ranked, place_id
from index.manifest import IndexMismatch, IndexMissing
from ingest.settings import Settings


class Served:
    """A Citecast server. `shelf`: the index of this machine if it is the same as the server's, else None."""

    def __init__(self, name: str, server: Server, health: HealthModel, shelf: Shelf | None) -> None:
        self.name = name
        self.shelf = shelf
        self._server = server
        self._health = health

    @property
    def about(self) -> dict[str, Any]:
        """What the server says of itself; its settings are not known."""
        known = {"index_at_hand": self.shelf is not None}
        return {"settings": {"server": self._server.name}, "manifest": self._health.to_json() | known}

    @cached_property
    def spans(self) -> Mapping[str, Span] | None:
        """The time range of each passage by id, from the index at hand; None if there is none."""
        if self.shelf is None:
            return None
        return {id: span for own in self.shelf.passages.values() for id, span in own.items()}

    def run(self, item: Item) -> Outcome:
        """The server's answer and ranking. The stage `round_trip` is the time of the answer with its way here."""
        clock = time.perf_counter()
        answer = self._server.ask(item.question, item.history)
        spent = round((time.perf_counter() - clock) * 1000, 2)
        output = answer.to_json()
        output["timings_ms"]["round_trip"] = spent
        found = self._server.search(answer.standalone_question, DEPTH)
        return Outcome(output, [self._ranked(passage) for passage in found.passages])

    def _ranked(self, passage: PassageModel) -> Ranked:
        span = Span(passage.episode, passage.start, passage.end)
        return Ranked(self._ids.get(place_id(span)) or place_id(span), span, passage.score)

    @cached_property
    def _ids(self) -> dict[str, str]:
        """The index's ids of passages by their place, as exactly as the API gives it."""
        return {place_id(span): id for id, span in (self.spans or {}).items()}


def open_served(spec: Spec, settings: Settings) -> Served:
    """Connect to the server that a spec names; raises `ServerError` if it is none."""
    server = Server(spec.address, seconds=settings.request_seconds)
    health = server.health()
    return Served(spec.name, server, health, _at_hand(settings, health))


def _at_hand(settings: Settings, health: HealthModel) -> Shelf | None:
    """The index of this machine if the server serves the same."""
    try:
        shelf = read_shelf(settings.data)
    except (IndexMissing, IndexMismatch):
        return None
    own = shelf.manifest
    same = (own.version, own.passage_count, own.sample) == (health.version, health.passages, health.sample)
    return shelf if same else None
