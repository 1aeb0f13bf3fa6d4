"""Sends requests to one server of the OpenAI protocol, through the `openai` package.

Nothing here is tried twice. All methods run on one event loop.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from functools import cached_property
from typing import Any, NamedTuple

from app.llm.background import Outlet
from app.llm.engine import EngineError, EngineRefused, Usage
from app.llm.openai_errors import Meaning, OptionRefused, ServerFault, fault_in
from app.llm.openai_replies import Reader, Served, events, served_models
from ingest.sources.urls import on_this_machine

_CONNECT_SECONDS = 5.0


class _Opened(NamedTuple):
    """The client, the headers of each request, and the exceptions for an error status and for a lost connection."""

    client: Any
    headers: dict[str, Any]
    refused: type[Any]
    lost: tuple[type[Exception], ...]


class Connection:
    """One server; nothing is opened before the first request."""

    def __init__(self, meaning: Meaning) -> None:
        """`meaning` knows the URL and the key."""
        self.meaning = meaning

    async def answer(self, sent: dict[str, Any], max_tokens: int, outlet: Outlet[str | Usage]) -> None:
        """Put an answer's pieces and its usage into `outlet`; raises `EngineError`, `OptionRefused` and `Passing`."""
        meaning, reader, heard = self.meaning, Reader(max_tokens), False
        opened = self._opened
        rest = {key: value for key, value in sent.items() if key not in ("model", "messages")}
        asking = {"model": sent["model"], "messages": sent["messages"], "extra_body": rest}
        try:
            async with opened.client.chat.completions.with_streaming_response.create(
                **asking, extra_headers=opened.headers
            ) as reply:
                _check_kind(reply.headers)
                async with aclosing(events(reply.iter_bytes(), max_tokens)) as found:
                    async for event in found:
                        for piece in reader.read(event):
                            heard = heard or isinstance(piece, str)
                            outlet.put(piece)
                        if reader.over:
                            break
                # A reply of one JSON object ends with its body.
                reader.finished = reader.finished or "event-stream" not in reply.headers.get("content-type", "")
                for piece in reader.close():
                    outlet.put(piece)
        except opened.refused as error:
            raise meaning.of(ServerFault(error.status_code, error.body), error.response.headers) from None
        except ServerFault as fault:
            raise (meaning.broke_off(fault) if heard else meaning.of(fault, {})) from None
        except opened.lost as error:
            raise meaning.lost(heard, error) from None
        except EngineRefused as error:
            raise EngineRefused(f"{meaning.at}: {meaning.shown(str(error))}.", error.kind) from None
        except EngineError as error:
            raise EngineError(f"{meaning.at} gave no whole answer: {meaning.shown(str(error))}. Ask again.") from None
        if not reader.finished:
            raise meaning.lost(heard)

    @cached_property
    def _opened(self) -> _Opened:
        """The client, opened with the first request: its package takes half a second to import."""
        import httpx2
        import openai

        unasked = {"OpenAI-Organization": openai.Omit(), "OpenAI-Project": openai.Omit()}
        # Without a key, no request has the header; the client only allows this for each request.
        headers = {} if self.meaning.key else {"Authorization": openai.Omit()}
        client = openai.AsyncOpenAI(
            base_url=self.meaning.url,
            # Nothing from the environment is sent to the server.
            api_key=self.meaning.key or "none",
            default_headers=unasked,  # type: ignore[arg-type]
            max_retries=0,
            http_client=openai.DefaultAsyncHttpxClient(
                # Our own limit is for the whole answer, not for single reads.
                timeout=httpx2.Timeout(None, connect=_CONNECT_SECONDS),
                follow_redirects=False,
                # A local server must not be reached through a proxy from the environment.
                trust_env=not on_this_machine(self.meaning.url),
            ),
        )
        return _Opened(client, headers, openai.APIStatusError, (openai.APIConnectionError, httpx2.RequestError))

    async def models(self) -> list[Served]:
        """The server's models; raises `EngineError` and `Passing`."""
        meaning, opened = self.meaning, self._opened
        try:
            headers: Mapping[str, str] = {}
            reply = (await opened.client.models.with_raw_response.list(extra_headers=opened.headers)).http_response
            _check_kind(reply.headers)
            found = reply.json()
            if not (fault := fault_in(found)):
                return served_models(found)
        except opened.refused as error:
            fault, headers = ServerFault(error.status_code, error.body), error.response.headers
        except opened.lost as error:
            raise meaning.lost(False, error) from None
        except (ValueError, EngineError) as error:
            said = error if isinstance(error, EngineError) else "it sent no JSON"
            raise EngineRefused(f"{meaning.at} lists no models: {said}", "model") from None
        meant = meaning.of(fault, headers)
        raise meant.told if isinstance(meant, OptionRefused) else meant


def _check_kind(headers: Mapping[str, str]) -> None:
    """Raise `EngineRefused` for a web page instead of an answer."""
    if "html" in (kind := headers.get("content-type", "")):
        raise EngineRefused(f"it sent {kind[:60]}. Is it a model's server, and does its URL end in /v1?")
