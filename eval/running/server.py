"""Asks a Citecast server through its JSON API (`docs/api.md`), and says in one line what went wrong.

A server that is busy (429 or 503) is asked again after the time that it names. Nothing here knows suites or scores.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx
from pydantic import ValidationError
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, stop_before_delay

from app.contract import AnswerModel, Model, SearchModel
from app.language.rewrite import MOST_TURNS
from app.llm.openai_errors import message_of
from app.question import MAX_QUESTION
from app.served_contract import HealthModel
from ingest.sources.urls import basic_auth, on_this_machine, shown

_CONNECT_S = 5.0
# The server's own time limit should end first: its message says more.
_GRACE_S = 5.0
# How often a busy server is asked, and how long at most, in seconds. Without a time from it, the waits double from 1.
_TRIES = 6
_LONGEST_WAIT_S = 600.0
_BUSY = (429, 503)
_Reply = TypeVar("_Reply", bound=Model)


class ServerError(Exception):
    """A server did not answer as a Citecast server does; the message names the server and what helps."""


class _Busy(ServerError):
    """The server asks to come back; `after` is in seconds, None if it does not say when."""

    def __init__(self, reason: str, after: float | None) -> None:
        super().__init__(reason)
        self.after = after


class Server:
    """One server. `name` is its address without user and password."""

    def __init__(
        self,
        address: str,
        *,
        seconds: float,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`seconds`: the time limit of an answer. No request is sent yet."""
        url, headers = basic_auth(address)
        self.name = shown(address).rstrip("/")
        self._seconds = seconds
        self._client = httpx.Client(
            base_url=url,
            headers={**headers, "Accept": "application/json"},
            timeout=httpx.Timeout(seconds + _GRACE_S, connect=_CONNECT_S),
            trust_env=not on_this_machine(url),
            transport=transport,
        )
        self._tries = Retrying(
            retry=retry_if_exception_type(_Busy),
            wait=_pause,
            stop=stop_after_attempt(_TRIES) | stop_before_delay(_LONGEST_WAIT_S),
            sleep=sleep,
            reraise=True,
        )

    def health(self) -> HealthModel:
        """What is being served; raises `ServerError`, as the other requests do."""
        return self._reply(HealthModel, "GET", "healthz")

    def ask(self, question: str, history: Sequence[str]) -> AnswerModel:
        """The answer to a question after earlier ones, of which the last are sent."""
        body = {"question": question, "history": list(history[-MOST_TURNS:])}
        return self._reply(AnswerModel, "POST", "api/ask", json=body)

    def search(self, query: str, k: int) -> SearchModel:
        """The `k` best passages. A query that is longer than a question may be is cut."""
        return self._reply(SearchModel, "GET", "api/search", params={"q": query[:MAX_QUESTION], "k": k})

    def _reply(self, model: type[_Reply], method: str, path: str, **sent: Any) -> _Reply:
        response = self._tries(self._once, method, path, **sent)
        if response.status_code != 200:
            raise ServerError(self._refused(response, path))
        try:
            return model.model_validate_json(response.content)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            reason = f"{where}: {first['msg']}" if where else first["msg"]
            raise ServerError(
                f"{self.name}/{path} sent something else than Citecast does ({reason[:200]}): is it a Citecast server, "
                "of this version?"
            ) from error

    def _once(self, method: str, path: str, **sent: Any) -> httpx.Response:
        try:
            response = self._client.request(method, path, **sent)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            reason = str(error) or "no connection"
            raise ServerError(f"{self.name} cannot be reached ({reason}): is the server running there?") from error
        except httpx.TimeoutException as error:
            raise ServerError(
                f"{self.name} gave no answer within {self._seconds + _GRACE_S:g} s: look at its log, or wait longer "
                f"with --set request_seconds={2 * self._seconds:g}"
            ) from error
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise ServerError(f"{self.name} broke off ({reason}): look at its log") from error
        if response.status_code in _BUSY:
            after = _seconds_of(response.headers.get("retry-after", ""))
            when = "later" if after is None else f"in {after:.0f} s"
            raise _Busy(f"{self.name} is too busy ({_told(response)}): run the same command again {when}", after)
        return response

    def _refused(self, response: httpx.Response, path: str) -> str:
        """What an error status means."""
        status, told = response.status_code, _told(response)
        if response.is_redirect:
            return f"{self.name} sends elsewhere: give {shown(response.headers.get('location', 'that address'))}"
        if status in (401, 403):
            return f"{self.name} wants a login ({told}): give http://USER:PASSWORD@HOST"
        if status in (404, 405):
            return f"{self.name} is no Citecast server: /{path} answered {told}"
        if status == 504:
            return f"{self.name} found no answer in time ({told}): raise its setting request_seconds"
        return f"{self.name}/{path} answered {told}"


def _told(response: httpx.Response) -> str:
    """The status, and the server's own message if it sent one."""
    status = f"{response.status_code} {response.reason_phrase}".strip()
    if "json" not in response.headers.get("content-type", ""):
        return status
    try:
        said = message_of(response.json())
    except ValueError:
        return status
    return f"{status}: {said.rstrip('.')}" if said else status


def _pause(state: RetryCallState) -> float:
    """Seconds until a busy server is asked again."""
    fault = state.outcome and state.outcome.exception()
    after = fault.after if isinstance(fault, _Busy) else None
    return float(2 ** (state.attempt_number - 1)) if after is None else after


def _seconds_of(header: str) -> float | None:
    """Seconds that `Retry-After` names, as a number or as a date; None if it names none."""
    if header.strip().isdecimal():
        return float(header)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, ((until if until.tzinfo else until.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds())
