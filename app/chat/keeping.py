"""Stores what a visitor of the chat shares, and says of an answer.

It is the answer that was shown; a browser sends no more than which one. Nothing here depends on Gradio. What happens in
the page: `static/keep.js`.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from anyio import to_thread

from app.chat.state import Asked, Change, Session, kept_change
from app.keeping.database import StateError
from app.keeping.keeper import MAX_NOTE, Feedback, Keeper, Verdict, unpacked
from app.types import Answer, Outcome
from ingest.text import clean

GONE = "This answer is no longer at hand: ask again, then it can be stored"

log = logging.getLogger(__name__)


class Keeping:
    """The chat's side of a keeper; keeps no data of visitors itself."""

    def __init__(self, keeper: Keeper, root_path: str = "") -> None:
        self._keeper = keeper
        self._root = root_path

    def hold(self, session: Session, asked: Asked, answer: Answer) -> None:
        """Keep at hand in the session what could be stored of an answer."""
        if self._keeper.shares or self._keeper.hears:
            session.hold(asked.id, self._keeper.pack(answer, asked.narrowed))

    async def share(self, session: Session, data: Any) -> Change:
        """Store the answer of the turn that `data` names."""
        turn, packed = self._turn(session, data)
        if packed is None or not self._keeper.shares:
            return kept_change(turn, "share", error=GONE)
        try:
            id = await to_thread.run_sync(self._keeper.share, packed)
        except StateError as error:
            return _failed(turn, "share", error)
        return kept_change(turn, "share", path=f"{self._root}/a/{id}")

    async def judge(self, session: Session, data: Any) -> Change:
        """Store verdict and note on the answer of the turn that `data` names."""
        turn, packed = self._turn(session, data)
        verdict, note = (data.get("verdict"), data.get("note")) if isinstance(data, dict) else (None, None)
        if packed is None or not self._keeper.hears or verdict not in list(Verdict) or not isinstance(note, str):
            return kept_change(turn, "judge", error=GONE)
        if len(note) > MAX_NOTE:
            return kept_change(turn, "judge", error=f"A note can have {MAX_NOTE} characters at most")
        told = unpacked(packed).answer
        said = Feedback(
            told["question"], told["standalone_question"], Outcome(told["outcome"]), Verdict(verdict), clean(note)
        )
        try:
            await to_thread.run_sync(partial(self._keeper.judge, said))
        except StateError as error:
            return _failed(turn, "judge", error)
        return kept_change(turn, "judge")

    def _turn(self, session: Session, data: Any) -> tuple[str, bytes | None]:
        turn = data.get("turn") if isinstance(data, dict) else None
        return (turn, session.held(turn)) if isinstance(turn, str) else ("", None)


def _failed(turn: str, kind: str, error: StateError) -> Change:
    log.error("a visitor's %s was not stored: %s", kind, error)
    told = error.told[:1].upper() + error.told[1:]
    return kept_change(turn, kind, error=f"{told}. The answer is still here")
