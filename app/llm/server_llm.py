"""A model behind a server that speaks the OpenAI protocol: vLLM, llama.cpp, Ollama, `transformers serve`.

Not `llama-index-llms-openai-like`: it brings the `openai` package with four more,
half a second of import and objects of many parts for each token, cannot be stopped
before the first token, and reads without a limit.

Requests run on one event loop in a thread of its own, where they can be cancelled
at any moment; that closes the connection, upon which vLLM and llama.cpp stop.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from urllib.parse import urlsplit

from pydantic import PrivateAttr

from app.llm.asker import Asker
from app.llm.breaker import Breaker
from app.llm.pump import Outlet, pump
from app.llm.request import EngineLLM, Request, Usage
from app.llm.server_client import ServerClient
from app.llm.server_wire import RESPONSE_FORMAT

# Where neither the server nor a setting says: what Ollama takes by itself.
_CONTEXT = 4096
# English has 4 to 5 bytes a token, names and code fewer. Too many tokens guessed is the safe side.
_BYTES_PER_TOKEN = 3
_PROBE = {
    "type": "object",
    "properties": {"colour": {"enum": ["red", "blue"]}},
    "required": ["colour"],
    "additionalProperties": False,
}


class ServerLLM(EngineLLM):
    """A served model; the server need not be there yet."""

    _client: ServerClient = PrivateAttr()
    _asked: int = PrivateAttr()

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
        """Connects to nothing. `model` empty takes the first that the server lists, `context_tokens` 0 what it says."""
        super().__init__(seconds=seconds)
        self._asked = context_tokens
        self._client = ServerClient(url, model=model, api_key=api_key, seconds=seconds, breaker=breaker or Breaker())

    @property
    def label(self) -> str:
        """`server:` and the model's name without owner or folder; the address as long as it is not known."""
        name = self._client.model or self._client.wanted or urlsplit(self._client.url).netloc
        return f"server:{name.rstrip('/').rsplit('/', 1)[-1].removesuffix('.gguf')}"

    @property
    def context_tokens(self) -> int:
        """What the server says or the setting, the less of the two; 4,096 where neither says."""
        return min(filter(None, (self._client.context_tokens, self._asked)), default=_CONTEXT)

    @property
    def constrained(self) -> bool:
        """Whether JSON schemas are honoured: yes, until the server refused one, or ignored the one of `warm_up`."""
        return RESPONSE_FORMAT not in self._client.without

    def count_tokens(self, text: str) -> int:
        """A guess on the high side: most servers do not count."""
        return -(-len(text.encode()) // _BYTES_PER_TOKEN)

    def connect(self, seconds: float) -> None:
        """Learn the model's name and context; raises `EngineError`. The first answer does it, if this did not."""
        start = _on_loop(lambda outlet, asker: self._client.learn(asker))
        for _ in pump(start, seconds=seconds, waiting_for=self.label):
            pass

    def warm_up(self) -> None:
        """Connect, and see whether a schema is honoured: some servers accept one and ignore it."""
        ask = [{"role": "user", "content": "Name a colour."}]
        text = "".join(piece for piece in self.generate(Request(ask, 16, _PROBE)) if isinstance(piece, str))
        if not text.lstrip().startswith("{"):
            self._client.without |= {RESPONSE_FORMAT}

    def generate(self, request: Request) -> Iterator[str | Usage]:
        """Yield pieces of text, and the usage last."""
        start = _on_loop(lambda outlet, asker: self._client.answer(request, outlet, asker))
        # The client keeps the time, and tells the breaker. This limit is for a loop that hangs.
        return pump(start, seconds=self.seconds + 5, stop=request.stop, waiting_for=self.label)


def _on_loop(
    work: Callable[[Outlet[str | Usage], Asker], Awaitable[None]],
) -> Callable[[Outlet[str | Usage]], Callable[[], None]]:
    """Work for `pump` that runs on the event loop of all servers' requests."""

    async def run(outlet: Outlet[str | Usage], asker: Asker) -> None:
        try:
            await work(outlet, asker)
        except Exception as error:
            outlet.end(error)
        else:
            outlet.end()

    def start(outlet: Outlet[str | Usage]) -> Callable[[], None]:
        loop, asker = _loop(), Asker()
        # Kept with what ends it: a loop by itself does not hold its tasks.
        going = asyncio.run_coroutine_threadsafe(run(outlet, asker), loop)

        def cancel() -> None:
            if not going.done():
                loop.call_soon_threadsafe(asker.leave)

        return cancel

    return start


_lock = threading.Lock()
_loops: list[asyncio.AbstractEventLoop] = []


def _loop() -> asyncio.AbstractEventLoop:
    """The one event loop, started when it is first needed."""
    with _lock:
        if not _loops:
            loop = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="model servers", daemon=True).start()
            _loops.append(loop)
        return _loops[0]
