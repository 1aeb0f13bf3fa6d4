"""What happens when a visitor has a statement verified, or stops that. No language model takes part.

The same two steps as a question's (`app.chat.events`): `start` shows at once that the statement is
looked for, `verify` waits for a free thread and tells what came out. The page keeps one result:
the next takes its place.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import AsyncGenerator, Generator
from concurrent.futures import Executor
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Protocol

import gradio as gr

from app.chat import status, verdict
from app.chat.session import Change, result_change
from app.question import QuestionError
from app.types import Verified
from app.verification.verifier import check_statement
from app.web.relay import relayed

log = logging.getLogger(__name__)


class Verifies(Protocol):
    """What the page needs of `app.verification.verifier.Verifier`."""

    def verify(self, statement: str, stop: threading.Event | None = None) -> Verified:
        """Verify one statement; raises `QuestionError` with a message for the visitor."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement under way; `id` names its place in the page."""

    statement: str
    id: str = field(default_factory=lambda: secrets.token_hex(6))


class Verifying:
    """The event handlers. Shared by all visitors: holds the verifier and nothing of theirs."""

    def __init__(self, verifier: Verifies, threads: Executor) -> None:
        self._verifier = verifier
        self._threads = threads

    def start(self, text: str | None, under_way: Stated | None) -> tuple[Any, Stated | None]:
        """Show the statement as under way; or say why it cannot be verified."""
        if under_way is not None:
            return gr.skip(), under_way
        try:
            stated = Stated(check_statement(text or ""))
        except QuestionError as error:
            return _failed(Stated(""), str(error)), None
        return _pending(stated), stated

    async def verify(self, stated: Stated | None) -> AsyncGenerator[tuple[Any, Any]]:
        """Verify the statement under way. Never raises: the page lives on, the log names the cause."""
        if stated is None:
            yield gr.skip(), gr.skip()
            return
        try:
            async with aclosing(relayed(self._threads, lambda stop: self._results(stated, stop))) as batches:
                async for results in batches:
                    # While nothing comes the same is told again: so a visitor who has left is noticed.
                    yield (_shown(stated, results[0]), None) if results else (_pending(stated), gr.skip())
        except QuestionError as error:
            yield _failed(stated, str(error)), None
        except Exception:
            log.exception("a statement in the chat failed")
            yield _failed(stated, status.FAILED), None

    def full(self, stated: Stated | None) -> tuple[Any, None]:
        """The queue did not take the statement under way."""
        return (_failed(stated, status.FULL) if stated else gr.skip()), None

    def stop(self, stated: Stated | None) -> tuple[Any, None]:
        """Wait no longer for the statement under way."""
        return (_failed(stated, status.STOPPED, "stopped") if stated else gr.skip()), None

    def _results(self, stated: Stated, stop: threading.Event) -> Generator[Verified]:
        yield self._verifier.verify(stated.statement, stop)


def _pending(stated: Stated) -> Change:
    return result_change(stated.id, verdict.pending(stated.id), state="pending", status=verdict.SEARCHING)


def _shown(stated: Stated, result: Verified) -> Change:
    html = verdict.verified(stated.id, result)
    return result_change(stated.id, html, state=result.verdict, status=verdict.told(result))


def _failed(stated: Stated, text: str, kind: str = "failed") -> Change:
    return result_change(stated.id, verdict.failed(stated.id, text, kind), state=kind, status=text)
