"""Tests the MCP tools with the official client, over HTTP; `tests/app/terminal/test_mcp.py` has the other transport."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest
from chat_fake import FakeAnswerer, FakeVerifier
from fakes import settings_for
from http_fake import web_server
from mcp.client.client import Client

from app.contract import AnswerModel, SearchModel, VerifiedModel
from app.protocols.mcp_tools import mcp_server
from app.served_contract import TranscriptModel
from app.server import create_app
from app.web.streaming import Workers

ASK = {"question": "What does alpha say about beta?", "guests": ["alpha"]}


def call(server: Any, name: str, arguments: dict[str, Any], mode: str = "auto") -> Any:
    """The result of one tool."""
    return with_client(server, lambda client: client.call_tool(name, arguments), mode)


def with_client(server: Any, work: Callable[[Client], Coroutine[Any, Any, Any]], mode: str = "auto") -> Any:
    async def main() -> Any:
        async with Client(server, mode=mode) as client:
            return await work(client)

    return asyncio.run(main())


# The protocol's newest version, and the handshake of those before it.
@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_four_tools_only_read_and_say_what_they_return(url: str, mode: str) -> None:
    tools = with_client(f"{url}mcp", lambda client: client.list_tools(), mode).tools
    assert [tool.name for tool in tools] == ["ask", "search", "verify", "episode"]
    for tool in tools:
        assert tool.annotations.read_only_hint
        assert not tool.annotations.open_world_hint
        assert tool.description
        assert all("description" in field for field in tool.input_schema["properties"].values())
    returned = [set(tool.output_schema["properties"]) for tool in tools]
    models = (AnswerModel, SearchModel, VerifiedModel, TranscriptModel)
    assert returned == [set(model.model_fields) for model in models]


@pytest.mark.parametrize(
    ("name", "arguments", "same"),
    [
        ("ask", ASK, ("POST", "api/ask", {"question": ASK["question"], "filters": {"guests": ["alpha"]}})),
        ("search", {"query": "alpha", "k": 2}, ("GET", "api/search?q=alpha&k=2", None)),
        ("verify", {"statement": "Beta Tester is a builder."}, ("POST", "api/verify", None)),
    ],
)
def test_a_result_is_the_object_of_the_api(url: str, name: str, arguments: dict[str, Any], same: Any) -> None:
    method, path, body = same
    result = call(f"{url}mcp", name, arguments)
    assert not result.is_error
    plain = httpx.request(method, f"{url}{path}", json=body or arguments, timeout=30, trust_env=False).json()
    assert result.structured_content | {"timings_ms": 0} == plain | {"timings_ms": 0}
    assert result.content[0].text


def test_an_episode_has_its_chapters_and_the_lines_that_are_asked_for(url: str) -> None:
    whole = httpx.get(f"{url}api/episodes/beta", trust_env=False).json()
    shown = call(f"{url}mcp", "episode", {"slug": "beta"}).structured_content
    assert shown == whole | {"lines": []}
    start, end = whole["lines"][3]["start"], whole["lines"][5]["start"]
    lines = call(f"{url}mcp", "episode", {"slug": "beta", "start": start + 0.1, "end": end}).structured_content["lines"]
    # The third line is still being said.
    assert lines == whole["lines"][3:6]


@pytest.mark.parametrize(
    ("name", "arguments", "why"),
    [
        ("ask", {"question": " "}, "The question is empty"),
        ("ask", {"question": "Why?", "seasons": [99]}, "no season of the archive matches '99'"),
        ("ask", {"question": "Why?", "since": "soon"}, "'soon' is no date"),
        ("search", {"query": "gpu", "until": "1999"}, "no episode is dated until 1999"),
        ("ask", {}, "question"),
        ("search", {"query": "x", "k": 51}, "less than or equal to 50"),
        ("verify", {"statement": "yes"}, "The statement is empty"),
        ("episode", {"slug": "bata"}, "Did you mean 'beta'?"),
    ],
)
def test_what_cannot_be_answered_says_why(url: str, name: str, arguments: dict[str, Any], why: str) -> None:
    result = call(f"{url}mcp", name, arguments)
    assert result.is_error
    assert why in result.content[0].text


def test_faults_and_crowds_are_errors_without_details(tmp_path: Any, caplog: pytest.LogCaptureFixture) -> None:
    fake: Any = FakeAnswerer()
    fake.ask = lambda question, **_: FakeAnswerer().ask(question)
    verifier: Any = FakeVerifier()
    server = mcp_server(fake, verifier, Workers(settings_for(tmp_path)))
    shown = call(server, "ask", {"question": "refuse this"})
    assert (shown.structured_content["outcome"], shown.is_error) == ("refused", False)
    assert "does not answer" in shown.content[0].text
    broken = call(server, "ask", {"question": "boom"})
    assert (broken.is_error, broken.content[0].text) == (True, "Error executing tool ask")
    assert "secret detail of the machine" in caplog.text


def test_a_visitor_has_one_limit_in_all_protocols(tmp_path: Any) -> None:
    fake: Any = FakeAnswerer()
    fake.ask = lambda question, **_: FakeAnswerer().ask(question)
    verifier: Any = FakeVerifier()
    key = "a-key-of-sixteen-or-more"
    app = create_app(fake, verifier, settings_for(tmp_path, visitor_rate="1/minute", keys=(key,)), [])
    with web_server(app) as url:
        shown = [call(f"{url}mcp", "ask", {"question": "Why?"}) for _ in range(2)]
        assert [result.is_error for result in shown] == [False, True]
        assert "1 question within a minute" in shown[1].content[0].text
        body = {"model": "citecast", "messages": [{"role": "user", "content": "Why?"}]}
        sent = [
            httpx.post(
                f"{url}v1/chat/completions", json=body, headers={"authorization": f"Bearer {sent}"}, trust_env=False
            )
            for sent in ("none", key)
        ]
        assert [response.status_code for response in sent] == [429, 200]
        assert sent[0].json()["error"]["code"] == "rate_limit_exceeded"
        assert int(sent[0].headers["retry-after"]) > 0


def test_only_posts_of_json_for_our_own_name_reach_it(url: str) -> None:
    def sent(method: str = "POST", **headers: str) -> int:
        kind = {"content-type": "application/json", "accept": "application/json"}
        body = b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}'
        return httpx.request(method, f"{url}mcp", content=body, headers=kind | headers, trust_env=False).status_code

    assert sent() == 200
    assert sent(host="evil.example") == 421
    # What a page of another origin can send without its browser asking first.
    assert sent(**{"content-type": "text/plain"}) == 400
    assert (sent("GET"), sent("DELETE"), sent("OPTIONS")) == (405, 405, 405)
