"""Asks a server that speaks the OpenAI protocol, and copes with what servers do.

    breaker -> time limit -> again after 429, 5xx and lost connections -> with less after 400 -> lines -> pieces

Nothing is asked again once a piece has come: half an answer must not be followed
by another one's whole.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import aclosing
from urllib.parse import urlsplit

import httpx

from app.llm.asker import Asker
from app.llm.breaker import Breaker
from app.llm.errors import EngineError, EngineTimeout, EngineUnavailable
from app.llm.pump import Outlet
from app.llm.request import Request, Usage
from app.llm.server_wire import OPTIONAL, Reader, Served, body, lines, message_of, served_models

# Seconds before each further try; a server's own `Retry-After` is heeded up to a limit.
_WAITS = (0.25, 0.5, 1.0)
_LONGEST_WAIT = 10.0
_CONNECT = 5.0
_CONTENT_BYTES = 1024 * 1024


class ServerClient:
    """One server, and what is known about it; all methods run on one event loop."""

    def __init__(self, url: str, *, model: str, api_key: str, seconds: float, breaker: Breaker) -> None:
        self.url = url.rstrip("/")
        self.wanted = model
        self.model = ""
        # 0: the server did not say.
        self.context_tokens = 0
        # Optional parts of a request that the server refused.
        self.without: frozenset[str] = frozenset()
        self._seconds, self._breaker = seconds, breaker
        self._at = f"The model server at {self.url}"
        self._http = httpx.AsyncClient(
            # A packed reply could unfold without limit.
            headers={"accept-encoding": "identity"} | ({"authorization": f"Bearer {api_key}"} if api_key else {}),
            # The limit of the whole answer is kept here, not by single reads.
            timeout=httpx.Timeout(None, connect=_CONNECT),
            # A proxy of the environment leads away from this machine.
            trust_env=urlsplit(url).hostname not in ("localhost", "127.0.0.1", "::1"),
        )

    async def answer(self, request: Request, outlet: Outlet[str | Usage], asker: Asker) -> None:
        """Put an answer's pieces out, and its usage, until the asker leaves; raises `EngineError`."""
        if wait := self._breaker.enter():
            raise EngineUnavailable(
                f"{self._at} failed several times in a row; it is tried again in {wait:.0f} s. "
                "Meanwhile: export CITECAST_MODEL=extractive"
            )
        try:
            async with asker.limit(self._seconds):
                await self._persistent(request, outlet)
        except TimeoutError as error:
            if asker.gone:
                self._breaker.left()
                return
            self._breaker.failed()
            raise EngineTimeout(
                f"{self._at} took longer than {self._seconds:g} s. Ask again, or allow more: "
                "export CITECAST_MODEL_SECONDS=…"
            ) from error
        except _Refused:
            self._breaker.left()
            raise
        except EngineError:
            self._breaker.failed()
            raise
        except BaseException:  # cancelled with the loop
            self._breaker.left()
            raise
        self._breaker.succeeded()

    async def learn(self, asker: Asker) -> None:
        """Ask once for the model's name and context; raises `EngineError`, `TimeoutError` where the asker leaves."""
        try:
            async with asker.limit(None):
                await self._learn()
        except _Passing as error:
            raise error.told from error

    async def _persistent(self, request: Request, outlet: Outlet[str | Usage]) -> None:
        for wait in (*_WAITS, None):
            try:
                if not self.model:
                    await self._learn()
                await self._with_less(request, outlet)
                break
            except _Passing as error:
                if wait is None:
                    raise error.told from error
                # Spread, so that all who were turned away do not come back at once.
                await asyncio.sleep(max(wait * random.uniform(0.5, 1.5), error.after))

    async def _with_less(self, request: Request, outlet: Outlet[str | Usage]) -> None:
        """Ask; if the server refuses the body, ask without what it may not know, and remember what it was."""
        without = self.without
        while True:
            sent = body(self.model, request, without)
            try:
                await self._once(sent, request.max_tokens, outlet)
            except _BadRequest:
                optional = [key for key in OPTIONAL if key in sent]
                if not optional:
                    raise
                without |= {optional[0]}
            else:
                self.without |= without
                return

    async def _once(self, sent: dict[str, object], max_tokens: int, outlet: Outlet[str | Usage]) -> None:
        reader = Reader(max_tokens)
        heard = False
        try:
            async with self._http.stream("POST", f"{self.url}/chat/completions", json=sent) as response:
                await self._check(response, "text/event-stream")
                async with aclosing(lines(response.aiter_bytes(), max_tokens)) as told:
                    async for line in told:
                        for piece in reader.read(line):
                            heard = True
                            outlet.put(piece)
                        if reader.over:
                            break
        except httpx.RequestError as error:
            raise self._lost(heard, error) from error
        except _Refused:
            raise
        except EngineError as error:
            raise EngineError(f"{self._at} gave no whole answer: {error}. Ask again.") from error
        if not reader.finished:
            raise self._lost(heard)

    async def _learn(self) -> None:
        try:
            models = await self._models()
        except (_Passing, _Refused) as error:
            # `transformers serve` can fail to list and serve what is named all the same: the answer will tell.
            gone = isinstance(error, _Passing) and isinstance(error.told, EngineUnavailable)
            if gone or not self.wanted:
                raise
            models = []
        model = self.wanted or (models[0].name if models else "")
        if not model:
            raise _Refused(f"{self._at} offers no model. Load one, or name it: export CITECAST_MODEL={self.url}#NAME")
        self.model = model
        self.context_tokens = next((found.context_tokens for found in models if found.name == model), 0)

    async def _models(self) -> list[Served]:
        try:
            async with self._http.stream("GET", f"{self.url}/models") as response:
                await self._check(response, "application/json")
                return served_models(await _content(response))
        except httpx.RequestError as error:
            raise self._lost(heard=False, error=error) from error
        except _Refused:
            raise
        except EngineError as error:
            raise _Refused(f"{self._at} lists no models: {error}") from error

    async def _check(self, response: httpx.Response, kind: str) -> None:
        """Raise what the status and the content type (which has to be `kind`) say."""
        status = response.status_code
        if status == 200:
            got = response.headers.get("content-type", "nothing")
            if kind not in got:
                raise _Refused(f"{self._at} sent {got[:60]}, not {kind}. Is it a model server's, and ends in /v1?")
            return
        said = message_of(await _content(response))
        if status == 429:
            raise _Passing(_Refused(f"{self._at} is busy: {said}. Ask again in a while."), _after(response))
        if status >= 500:
            raise _Passing(EngineError(f"{self._at} failed with status {status}: {said}. Look at its log."))
        if status in (400, 422):
            raise _BadRequest(f"{self._at} refused the request: {said}")
        if status in (401, 403):
            raise _Refused(f"{self._at} wants a key, or another one: export CITECAST_API_KEY=…")
        # It may serve another model by now.
        self.model = ""
        raise _Refused(f"{self._at} answered with status {status}: {said}. Is {self.url}#{self.wanted or '…'} right?")

    def _lost(self, heard: bool, error: httpx.RequestError | None = None) -> Exception:
        """What a connection that failed or ended too early means."""
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            told = f"There is no model server at {self.url}. Start it, or do without: export CITECAST_MODEL=extractive"
            return _Passing(EngineUnavailable(told))
        if heard:
            return EngineError(f"{self._at} broke off in the middle of its answer. Ask again.")
        return _Passing(EngineError(f"{self._at} closed the connection without an answer. Look at its log."))


class _Refused(EngineError):
    """The server is well and says no: the breaker does not count it."""


class _BadRequest(_Refused):
    """The server does not take the request's body."""


class _Passing(Exception):
    """What may be gone with the next try; `told` is for the user if it is not."""

    def __init__(self, told: EngineError, after: float = 0.0) -> None:
        super().__init__(str(told))
        self.told, self.after = told, after


def _after(response: httpx.Response) -> float:
    try:
        return min(max(float(response.headers.get("retry-after", 0)), 0.0), _LONGEST_WAIT)
    except ValueError:  # a date
        return 1.0


async def _content(response: httpx.Response) -> bytes:
    """What came, as far as it is of a sane size."""
    content = b""
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > _CONTENT_BYTES:
            break
    return content
