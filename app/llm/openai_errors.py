"""Interprets a model server's errors: try again later, ask without an option, or give up.

Servers write errors differently, and some send them with status 200. A message never holds a
key or a secret part of the URL. Nothing here opens a connection.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.llm.engine import EngineError, EngineRefused, EngineUnavailable
from app.llm.openai_options import ANY
from ingest.sources.urls import HIDDEN, without_secrets

# The longest wait that a server may ask for, in seconds.
_LONGEST_WAIT = 10.0
_QUOTA = re.compile(
    r"insufficient.(?:quota|balance|credit|funds)|current quota|billing|credits?\b|payment", re.IGNORECASE
)
_LENGTH = re.compile(
    r"context.{0,9}(?:length|size|window)|maximum context|too (?:long|many tokens)|"
    r"exceed\w*.{0,40}(?:context|token|n_ctx)",
    re.IGNORECASE,
)
_KEY = re.compile(r"api.?key|unauthori[sz]ed|authentication", re.IGNORECASE)
_MODEL = re.compile(
    r"model\b.{0,80}\b(?:not found|not exist|unknown|not available|not (?:be )?loaded|not served)|model_not_found|"
    r"(?:unknown|invalid|no such|unsupported) model|not support (?:chat|generate)|not a chat model",
    re.IGNORECASE,
)


class ServerFault(Exception):
    """An error from the server: its status (0 if unknown) and its text.

    `message` is for people; `text` also holds the error's code and parameter.
    """

    def __init__(self, status: int, found: Any) -> None:
        self.status = status
        self.message = message_of(found)
        error = found.get("error", found) if isinstance(found, dict) else found
        more = (error.get(key) for key in ("param", "code", "type")) if isinstance(error, dict) else ()
        self.text = " ".join([self.message, *(str(item) for item in more if item)])
        super().__init__(self.message)


def message_of(found: Any, depth: int = 6) -> str:
    """The message of an error, which servers nest differently; at most 300 characters."""
    if isinstance(found, dict) and depth:
        where = ".".join(str(part) for part in found["loc"]) + ": " if isinstance(found.get("loc"), list) else ""
        for key in ("error", "detail", "message", "msg", "errors", "error_description"):
            if found.get(key):
                return (where + message_of(found[key], depth - 1))[:300]
    if isinstance(found, list) and found and depth:
        return "; ".join(message_of(item, depth - 1) for item in found[:4])[:300]
    if isinstance(found, dict | list):
        found = json.dumps(found, ensure_ascii=False)
    return " ".join(str(found).split())[:300]


def fault_in(found: Any) -> ServerFault | None:
    """The error in a reply with status 200 or in an event, or None."""
    if not isinstance(found, dict):
        return None
    error = found.get("error")
    bare = found.get("object") == "error" or ("choices" not in found and ("detail" in found or "msg" in found))
    if not error and not bare:
        return None
    inner = error if isinstance(error, dict) else found
    codes = (inner.get(key) for key in ("code", "status", "status_code"))
    return ServerFault(next((whole_number(code) for code in codes if 400 <= whole_number(code) < 600), 0), found)


def whole_number(value: Any) -> int:
    """A number of tokens or a status as an integer; 0 if it is not a number."""
    try:
        return max(0, min(int(value), 10**9))
    except (TypeError, ValueError, OverflowError):
        return 0


class OptionRefused(Exception):
    """The server does not accept the request in this form; `text` is its message."""

    def __init__(self, told: EngineRefused, text: str) -> None:
        super().__init__(str(told))
        self.told, self.text = told, text


class Passing(Exception):
    """A temporary error: try again after `after` seconds; `told` is the user's message if retries fail."""

    def __init__(self, told: EngineError, after: float = 0.0) -> None:
        super().__init__(str(told))
        self.told, self.after = told, after


@dataclass(frozen=True)
class Meaning:
    """Turns one server's errors into exceptions with messages for people; the caller raises them."""

    url: str
    key: str
    model: str

    @property
    def at(self) -> str:
        """The server, as messages name it."""
        return f"The model server at {self.url}"

    def of(self, fault: ServerFault, headers: Mapping[str, str]) -> Exception:
        """The exception for an error instead of an answer."""
        status, said = fault.status, self.shown(fault.message)
        if status in (0, 402, 403, 429) and _QUOTA.search(fault.text):
            return EngineRefused(f"{self.at} says that its quota is used up: {said}", "quota")
        if status in (401, 403) or (status in (0, 400) and _KEY.search(fault.text)):
            return EngineRefused(f"{self.at} wants a key, or another one: export CITECAST_API_KEY=…", "key")
        if status == 429:
            return Passing(EngineRefused(f"{self.at} is busy: {said}. Ask again in a while.", "busy"), _after(headers))
        if status == 413 or _LENGTH.search(fault.text):
            return EngineRefused(f"{self.at} refused the request as too long: {said}", "length")
        if status == 404 or (status < 500 and _MODEL.search(fault.text)):
            right = f"Is {self.url}#{self.model or '…'} right?"
            return EngineRefused(f"{self.at} answered with status {status}: {said}. {right}", "model")
        if status in (400, 422) or (status in (0, *range(500, 600)) and ANY.search(fault.text)):
            return OptionRefused(EngineRefused(f"{self.at} refused the request: {said}"), fault.text)
        if status >= 500:
            return Passing(EngineError(f"{self.at} failed with status {status}: {said}. Look at its log."))
        if status == 0:
            return self.broke_off(fault)
        return EngineRefused(f"{self.at} answered with status {status}: {said}.")

    def broke_off(self, fault: ServerFault) -> EngineError:
        """The exception for an error in the middle of an answer."""
        return EngineError(f"{self.at} broke off with: {self.shown(fault.message)}. Ask again.")

    def lost(self, heard: bool, error: Exception | None = None) -> Exception:
        """The exception for a lost connection."""
        if type((error and error.__cause__) or error).__name__ in ("ConnectError", "ConnectTimeout"):
            told = f"There is no model server at {self.url}. Start it, or do without: export CITECAST_MODEL=extractive"
            return Passing(EngineUnavailable(told))
        if heard:
            return EngineError(f"{self.at} broke off in the middle of its answer. Ask again.")
        return Passing(EngineError(f"{self.at} closed the connection without an answer. Look at its log."))

    def shown(self, text: str) -> str:
        """A server's text without secrets."""
        text = without_secrets(text, self.url).rstrip(". ")
        return text.replace(self.key, HIDDEN) if self.key else text


def _after(headers: Mapping[str, str]) -> float:
    try:
        return min(max(float(headers.get("retry-after", 0)), 0.0), _LONGEST_WAIT)
    except ValueError:  # a date
        return 1.0
