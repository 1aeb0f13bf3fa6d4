"""Guards Gradio: passes only the addresses that the chat page needs.

A Gradio app answers on dozens of addresses: uploads to its disk, a proxy, run history, deep links, API pages. The
chat uses a few. All others are "not found" here; request bodies are limited in size, and a malformed call (which
Gradio would answer with a 500 and a traceback in the log) is refused with a reason. Pages have a content security
policy, so that even markup that was not escaped could load nothing from other hosts. Who may embed the page in a frame
is said in `app.web.origins`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import gradio as gr
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError
from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.bodies import MAX_BODY, read_body, replayed
from app.web.origins import Players, player_sources

log = logging.getLogger("citecast.chat")

Choices = Mapping[str, list[tuple[str, Any]]]

_GET = re.compile(
    r"/|/config/?|/theme\.css|/favicon\.ico|/robots\.txt|/manifest\.json|/pwa_icon(?:/\d+)?"
    r"|/(?:assets|static|svelte)/.+"
    r"|/gradio_api/(?:app_id/?|startup-events|theme\.css|heartbeat/\w+|queue/data)"
)
_CALLS = re.compile(r"/gradio_api/(?:queue/join|run/\w+)/?")
_STREAM = "/gradio_api/queue/data"

# Gradio compiles its templates in the browser, hence 'unsafe-eval', and writes scripts and styles into the page, hence
# 'unsafe-inline'. No other page of ours needs either.
_POLICY = (
    "default-src 'self'",
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
)


def policy(players: Players) -> str:
    """The content security policy of the page, which may load transcripts and these players after a click."""
    return "; ".join((*_POLICY, *player_sources(players, "'self'")))


class Call(BaseModel):
    """The body of a call from Gradio's page: the number of an event, a session, a value for each input."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    fn_index: StrictInt
    data: Annotated[list[Any], Field(max_length=50)]
    session_hash: Annotated[StrictStr, Field(pattern=r"^\w{1,64}$")]
    event_id: StrictStr | None = None
    event_data: dict[str, Any] | StrictStr | None = None
    trigger_id: StrictInt | None = None
    oauth_token: StrictStr | None = None
    simple_format: StrictBool = False
    batched: StrictBool | None = False


class Firewall:
    """ASGI middleware around the mounted Gradio app.

    `choices` returns the filters' current choices by label, `players` what may play recordings.
    """

    def __init__(
        self, app: ASGIApp, blocks: gr.Blocks, choices: Callable[[], Choices], players: Callable[[], Players]
    ) -> None:
        self._app = app
        self._blocks = blocks
        self._choices = choices
        self._players = players

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", "")) or "/"
        refused = _refusal(scope, path) or self._no_session(scope, path)
        if refused is None and scope["method"] == "POST":
            body = await read_body(receive)
            if body is None:
                return
            receive = replayed(body, receive)
            if fault := self._fault(body):
                refused = PlainTextResponse(fault, 422)
        if refused is not None:
            await refused(scope, receive, send)
            return
        try:
            await self._app(scope, receive, _guarded(send, self._players))
        except Exception as error:
            if path != _STREAM:
                raise
            # Two streams of one session: the first to end removes the other's events.
            log.warning("a stream of events ended early: %s", type(error).__name__)

    def _no_session(self, scope: Scope, path: str) -> PlainTextResponse | None:
        """The refusal of an event stream whose session has no events; None to pass it."""
        session = QueryParams(scope["query_string"]).get("session_hash", "")
        if path != _STREAM or session in self._blocks._queue.pending_messages_per_session:
            return None
        return PlainTextResponse("There is no such session", 404)

    def _fault(self, body: bytes) -> str:
        """What is wrong with a call's body, in one line; empty if nothing is."""
        try:
            call = Call.model_validate_json(body)
        except ValidationError as error:
            first = error.errors(include_input=False, include_context=False, include_url=False)[0]
            return f"{'.'.join(str(part) for part in first['loc'][:2]) or 'the body'}: {first['msg']}"[:200]
        event = self._blocks.fns.get(call.fn_index)
        if event is None:
            return "fn_index: there is no such event"
        if call.batched:
            return "batched: events take one call at a time"
        if len(call.data) != len(event.inputs):
            return f"data: this event takes {len(event.inputs)} values"
        known = self._choices() if any(isinstance(block, gr.Dropdown) for block in event.inputs) else {}
        faults = (_value_fault(block, value, known) for block, value in zip(event.inputs, call.data, strict=True))
        return next((f"data: {fault}" for fault in faults if fault), "")


def _refusal(scope: Scope, path: str) -> PlainTextResponse | None:
    """The refusal of a request that the page never makes; None to pass it."""
    allowed = ("GET", "HEAD") if _GET.fullmatch(path) else ("POST",) if _CALLS.fullmatch(path) else ()
    if not allowed:
        return PlainTextResponse("Not found", 404)
    if scope["method"] not in allowed:
        return PlainTextResponse("Method not allowed", 405, {"Allow": ", ".join(allowed)})
    if scope["method"] != "POST":
        return None
    length = Headers(scope=scope).get("content-length", "")
    # Browsers send the length; a body of unknown length is not read.
    if not length.isdigit():
        return PlainTextResponse("Length required", 411)
    return PlainTextResponse("Too large", 413) if int(length) > MAX_BODY else None


def _guarded(send: Send, players: Callable[[], Players]) -> Send:
    """A `send` that adds the policy to the headers of each page."""

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if headers.get("content-type", "").startswith("text/html"):
                headers["Content-Security-Policy"] = policy(players())
        await send(message)

    return guarded


def _value_fault(block: Any, value: Any, choices: Choices) -> str:
    """What is wrong with a value for a component; empty if nothing is."""
    if value is None or isinstance(block, gr.State):  # a state is the server's own
        return ""
    if isinstance(block, gr.Textbox):
        return "" if isinstance(value, str) else "a text box takes a text"
    if not isinstance(block, gr.Dropdown):
        return ""
    name = str(block.label)
    if not isinstance(value, list) or not all(isinstance(one, (str, int)) for one in value):
        return f"{name} takes a list of choices"
    known = [choice for _, choice in choices.get(name, [])]
    return "" if all(one in known for one in value) else f"{name} holds what is no choice of the archive"
