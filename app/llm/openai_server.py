"""Runs a model on a server with the OpenAI protocol: vLLM, llama.cpp, Ollama, or a hosted one.

    breaker -> time limit -> retries after 429, 5xx and lost connections -> without refused options -> pieces

1. The `openai` package sends the requests, on one event loop in a separate thread, where they can be
   cancelled at any moment. That closes the connection, and then vLLM and llama.cpp stop.
2. If a server refuses an option (a schema, the system role, `max_tokens`...), it is asked without it,
   now and later. A permanent refusal (key, model, quota) is not retried.
3. No retry after the first piece: two answers must not be joined.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt

from app.llm.background import Cancellation, Outlet, on_loop, stream_from, too_slow
from app.llm.engine import Engine, EngineError, EngineRefused, EngineUnavailable, Request, Usage
from app.llm.openai_connection import Connection
from app.llm.openai_errors import Meaning, OptionRefused, Passing
from app.llm.openai_options import SCHEMA, body, fallbacks, named
from app.llm.openai_replies import Served
from index.breaker import Breaker

# Number of tries, and seconds before the second one; they double with each further try.
_TRIES, _WAIT = 4, 0.25
# How many forms of one request are tried.
_MOST_FORMS = 10
# If neither the server nor a setting says: Ollama's default.
_CONTEXT = 4096
# English has 4 to 5 bytes for each token, names and code fewer. Overestimating tokens is safe.
_BYTES_PER_TOKEN = 3
# Listed models that cannot write answers.
_NO_WRITER = re.compile(r"embed|rerank|whisper|tts|moderation|dall-e|\b(?:bge|clip)\b", re.IGNORECASE)
_PROBE = {
    "type": "object",
    "properties": {"colour": {"enum": ["red", "blue"]}},
    "required": ["colour"],
    "additionalProperties": False,
}


class OpenAIServer(Engine):
    """A served model; the server need not be running yet."""

    accelerated = True

    def __init__(
        self,
        url: str,
        *,
        model: str = "",
        api_key: str = "",
        context_tokens: int = 0,
        seconds: float = 60.0,
        breaker: Breaker | None = None,
    ) -> None:
        """Does not connect yet. An empty `model` means the server's first one, `context_tokens` 0 its own value."""
        self.url = url.rstrip("/")
        self.seconds = seconds
        self._wanted, self._asked = model, context_tokens
        self._breaker = breaker or Breaker()
        self._connection = Connection(Meaning(self.url, api_key, model))
        self._at = self._connection.meaning.at
        # From the server: models that may write, the one in use first; and the options that it refuses.
        self._models: list[Served] = []
        self._without: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"OpenAIServer({self.url!r})"

    @property
    def name(self) -> str:
        """`server:` and the model's name without owner or folder; the address while the name is unknown."""
        name = self._models[0].name if self._models else self._wanted or urlsplit(self.url).netloc
        return f"server:{name.rstrip('/').rsplit('/', 1)[-1].removesuffix('.gguf')}"

    @property
    def context_tokens(self) -> int:
        """The server's value or the setting, the smaller of the two; 4,096 if neither is known."""
        said = self._models[0].context_tokens if self._models else 0
        return min(filter(None, (said, self._asked)), default=_CONTEXT)

    @property
    def constrained(self) -> bool:
        """Whether JSON schemas are followed: yes, until the server refuses one or ignores the one of `warm_up`."""
        return SCHEMA not in self._without

    def count_tokens(self, text: str) -> int:
        """An overestimate: most servers do not count."""
        return -(-len(text.encode()) // _BYTES_PER_TOKEN)

    def connect(self, seconds: float) -> None:
        """Get the model's name and context; raises `EngineError`. If not called, the first answer does it."""
        for _ in stream_from(on_loop(self._connect), seconds=seconds, waiting_for=self.name):
            pass

    def warm_up(self) -> None:
        """Connect, and test whether a schema is followed: some servers accept one and ignore it."""
        ask = [{"role": "user", "content": "Name a colour."}]
        text = "".join(piece for piece in self.generate(Request(ask, 16, _PROBE)) if isinstance(piece, str))
        if not text.lstrip().startswith("{"):
            self._without |= {SCHEMA}

    def generate(self, request: Request) -> Iterator[str | Usage]:
        """Yield pieces of text, and the usage last."""

        async def work(outlet: Outlet[str | Usage], cancellation: Cancellation) -> None:
            await self._answer(request, outlet, cancellation)

        # The work has its own time limit and reports to the breaker. This limit is for a loop that hangs.
        return stream_from(on_loop(work), seconds=self.seconds + 5, stop=request.stop, waiting_for=self.name)

    async def _answer(self, request: Request, outlet: Outlet[str | Usage], cancellation: Cancellation) -> None:
        """Put an answer's pieces and its usage into `outlet`; report the result to the breaker."""
        if wait := self._breaker.enter():
            raise EngineUnavailable(
                f"{self._at} failed several times in a row; it is tried again in {wait:.0f} s. "
                "Meanwhile: export CITECAST_MODEL=extractive"
            )
        tell = self._breaker.left  # if the work is cancelled with the loop
        try:
            async with cancellation.limit(self.seconds):
                await self._patiently(request, outlet)
            tell = self._breaker.succeeded
        except TimeoutError:
            if not cancellation.cancelled:
                tell = self._breaker.failed
                raise too_slow(self._at, self.seconds) from None
        except EngineRefused:
            raise
        except EngineError:
            tell = self._breaker.failed
            raise
        finally:
            tell()

    async def _patiently(self, request: Request, outlet: Outlet[str | Usage]) -> None:
        """Ask up to four times, while the error is temporary and no piece has come."""
        try:
            async for attempt in AsyncRetrying(
                stop=stop_after_attempt(_TRIES), wait=_wait, retry=retry_if_exception_type(Passing), reraise=True
            ):
                with attempt:
                    if not self._models:
                        await self._learn()
                    # Some servers crash on a schema without an error message.
                    last = attempt.retry_state.attempt_number == _TRIES
                    await self._adapted(replace(request, schema=None) if last else request, outlet)
        except Passing as passing:
            raise passing.told from None

    async def _adapted(self, request: Request, outlet: Outlet[str | Usage]) -> None:
        """Ask; if the server refuses an option, ask without it, and remember that if it then answers."""
        without, refused = self._without, None
        left: list[frozenset[str]] | None = None
        for _ in range(_MOST_FORMS):
            sent = body(self._models[0].name, request, without)
            try:
                await self._connection.answer(sent, request.max_tokens, outlet)
            except OptionRefused as error:
                refused = refused or error.told
                if found := named(error.text, sent):
                    without, left = without | found, None
                    continue
                left = fallbacks(without, sent) if left is None else left
                if not left:
                    break
                without = left.pop(0)
            except EngineRefused as error:
                refused = error
                if error.kind != "model":
                    break
                # Another model may be served now. Of several listed models, the next one may be able to write.
                self._models = [] if self._wanted else self._models[1:]
                if not self._models:
                    break
            else:
                self._without |= without
                return
        raise refused or EngineError(f"{self._at} gave no answer.")

    async def _connect(self, outlet: Outlet[str], cancellation: Cancellation) -> None:
        try:
            async with cancellation.limit(None):
                await self._learn()
        except Passing as passing:
            raise passing.told from None

    async def _learn(self) -> None:
        """Get the list of models. A model named in the settings is used even if the server lists none."""
        try:
            models = await self._connection.models()
        except (Passing, EngineError) as error:
            told = error.told if isinstance(error, Passing) else error
            if isinstance(told, EngineUnavailable) or not self._wanted:
                raise
            models = []
        if self._wanted:
            self._models = [next((one for one in models if one.name == self._wanted), Served(self._wanted))]
        else:
            self._models = sorted(models, key=lambda one: bool(_NO_WRITER.search(one.name)))
        if not self._models:
            raise EngineRefused(
                f"{self._at} offers no model. Load one, or name it: export CITECAST_MODEL={self.url}#NAME",
                "model",
            )


def _wait(state: RetryCallState) -> float:
    """Seconds before the next try, randomised so that clients do not all come back at once."""
    passing = state.outcome and state.outcome.exception()
    after = passing.after if isinstance(passing, Passing) else 0.0
    spread = _WAIT * 2.0 ** (state.attempt_number - 1) * random.uniform(0.5, 1.5)
    return max(float(spread), after)
