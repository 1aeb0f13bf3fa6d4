"""Tests the rules for every response: host names, prefixes, HEAD, methods, headers, and clients that do not read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from chat_fake import FakeAnswerer, FakeVerifier
from fakes import settings_for
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Message, Scope

from app.answering.pipeline import Answerer
from app.server import create_app
from app.verification.verifier import Verifier
from app.web import door
from app.web.hosts import Hosts, Proxies
from ingest.settings import Settings, SettingsError, load_settings

EVIL = "evil.example"
# One path of each kind: page, its data, API, its description, health, metrics, an unknown one.
PATHS = ("/", "/config", "/openapi.json", "/healthz", "/metrics", "/nothing/here", "/favicon.ico")


def client_of(folder: Path, base_url: str = "http://localhost:7860", **changes: Any) -> TestClient:
    app = create_app(
        cast(Answerer, FakeAnswerer()),
        cast(Verifier, FakeVerifier()),
        settings_for(folder, **{"allowed_hosts": ()} | changes),
        [],
    )
    return TestClient(app, base_url=base_url, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with client_of(tmp_path_factory.mktemp("door")) as made:
        yield made


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_the_plain_headers_and_none_is_for_other_origins(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"Origin": f"https://{EVIL}"})
    for name, value in door.PLAIN_HEADERS.items():
        assert answer.headers.get_list(name) == [value]
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_refusals_and_faults_have_the_plain_headers_too(client: TestClient) -> None:
    answers = [
        client.get("/healthz", headers={"Host": EVIL}),
        client.put("/healthz"),
        client.post("/api/ask", content=b"x" * 70_000),
        client.post("/api/ask", json={"question": "boom"}),
        client.options("/config", headers={"Origin": f"https://{EVIL}", "Access-Control-Request-Method": "GET"}),
    ]
    assert [answer.status_code for answer in answers][:3] == [421, 405, 413]
    for answer in answers:
        assert door.PLAIN_HEADERS.items() <= {k.title(): v for k, v in answer.headers.items()}.items() | {
            ("X-Content-Type-Options", answer.headers["x-content-type-options"])
        }
        assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("path", ["/", "/config", "/openapi.json", "/healthz"])
def test_a_head_is_the_get_without_its_body(client: TestClient, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert head.status_code == got.status_code == 200
    assert head.content == b""
    assert head.headers["content-type"] == got.headers["content-type"]


def asked(method: str) -> Scope:
    """A request for the root, as a web server passes it."""
    scope = {"type": "http", "method": method, "path": "/", "http_version": "1.1", "scheme": "http"}
    return scope | {"headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 1), "query_string": b""}


def through_the_door(app: Any, scope: Scope, folder: Path, *, takes: bool = True) -> list[Message]:
    """The messages sent to a client; one that does not read stops at the first piece of the body."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)
        if not takes and message["type"] == "http.response.body":
            await asyncio.sleep(60)

    async def main() -> None:
        async with asyncio.timeout(10):
            await door.Door(app, settings_for(folder))(scope, cast(Any, None), send)

    asyncio.run(main())
    return sent


class Endless:
    """An app whose answer has no end."""

    def __init__(self) -> None:
        self.ended = False

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        assert scope["method"] == "GET"
        try:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            while True:
                await send({"type": "http.response.body", "body": b"x", "more_body": True})
                await asyncio.sleep(0.01)
        finally:
            self.ended = True


def test_a_head_of_a_stream_that_does_not_end_ends(tmp_path: Path) -> None:
    sent = through_the_door(Endless(), asked("HEAD"), tmp_path)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[1]["body"] == b""


def test_a_client_that_takes_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "SEND_SECONDS", 0.2)
    app = Endless()
    through_the_door(app, asked("GET"), tmp_path, takes=False)
    assert app.ended


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("POST", "/healthz", "GET, HEAD"),
        ("DELETE", "/healthz", "GET, HEAD"),
        ("BREW", "/healthz", "GET, HEAD"),
        ("GET", "/api/ask", "POST"),
        ("HEAD", "/api/verify", "POST"),
        ("PUT", "/api/ask", "POST"),
        ("PATCH", "/api/search", "GET, HEAD"),
        ("POST", "/openapi.json", "GET, HEAD"),
        ("DELETE", "/metrics", "GET, HEAD"),
        ("OPTIONS", "/api/ask", "POST"),
        ("POST", "/", "GET, HEAD"),
        ("BREW", "/config", "GET, HEAD"),
        ("GET", "/gradio_api/queue/join", "POST"),
        ("OPTIONS", "/gradio_api/queue/join", "POST"),
        ("POST", "/gradio_api/queue/data", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_told_with_the_right_ones(client: TestClient, method: str, path: str, allow: str) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allow)


@pytest.mark.parametrize(
    ("settings", "host", "known"),
    [
        ({}, "localhost", True),
        ({}, "LOCALHOST:1234", True),
        ({}, "127.0.0.1:7860", True),
        ({}, "127.9.9.9", True),
        ({}, "[::1]:7860", True),
        ({}, "[::ffff:127.0.0.1]:7860", True),
        ({}, "citecast.localhost:7860", True),
        ({}, EVIL, False),
        ({}, "localhost.", True),
        ({}, "evil-localhost", False),
        ({}, "[::ffff:192.168.1.5]", False),
        ({}, f"localhost.{EVIL}", False),
        ({}, f"127.0.0.1.{EVIL}", False),
        ({}, "192.168.1.5", False),
        ({}, "", False),
        ({}, f"localhost@{EVIL}", False),
        ({}, f"localhost, {EVIL}", False),
        ({}, "localhost:80:80", False),
        ({"host": "192.168.1.5"}, "192.168.1.5:7860", True),
        ({"host": "192.168.1.5"}, "192.168.1.6:7860", False),
        ({"host": "Box.lan"}, "box.lan:7860", True),
        ({"host": "0.0.0.0"}, "192.168.1.5:7860", True),
        ({"host": "::"}, "[fd00::5]:7860", True),
        ({"host": "0.0.0.0"}, EVIL, False),
        ({"allowed_hosts": "ask.example.org, other.example"}, "ask.example.org", True),
        ({"allowed_hosts": "ask.example.org, other.example"}, "OTHER.example:443", True),
        ({"allowed_hosts": "ask.example.org"}, "example.org", False),
        ({"allowed_hosts": "*.example.org"}, "ask.example.org", True),
        ({"allowed_hosts": "*.example.org"}, "a.b.example.org", True),
        ({"allowed_hosts": "*.example.org"}, "evilexample.org", False),
        ({"allowed_hosts": "*"}, EVIL, True),
    ],
)
def test_the_server_answers_to_its_own_names_alone(
    settings: dict[str, Any], host: str, known: bool, tmp_path: Path
) -> None:
    assert Hosts.of(Settings(data=tmp_path, **settings)).know(host) is known


def test_a_foreign_name_is_told_which_setting_would_let_it_in(client: TestClient) -> None:
    answer = client.get("/config", headers={"Host": EVIL})
    assert answer.status_code == 421
    assert "CITECAST_ALLOWED_HOSTS" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("allowed_hosts", "https://example.org"),
        ("allowed_hosts", "example.org:80"),
        ("allowed_hosts", "example.org/podcast"),
        ("trusted_proxies", "proxy.lan"),
        ("trusted_proxies", "*"),
        ("root_path", "https://example.org/podcast"),
        ("root_path", "/a b"),
        ("root_path", "/../a"),
        ("connections", "1"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused(key: str, value: str) -> None:
    with pytest.raises(SettingsError, match=key):
        load_settings({key: value}, environ={})


@pytest.mark.parametrize(("given", "kept"), [("", ""), ("/", ""), ("podcast", "/podcast"), ("/a/b/", "/a/b")])
def test_a_prefix_is_kept_with_one_slash_before_it(given: str, kept: str) -> None:
    assert load_settings({"root_path": given}, environ={}).root_path == kept


def request(client: str, **headers: str) -> Scope:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "scheme": "http", "client": (client, 1), "headers": [(b"host", b"inner:7860"), *named]}


def test_forwarded_headers_count_from_named_proxies_alone() -> None:
    said = {
        "x_forwarded_host": "ask.example.org", "x_forwarded_proto": "https",
        "x_forwarded_for": "6.6.6.6, 203.0.113.9, 10.0.0.7", "x_forwarded_prefix": "/evil", "forwarded": "host=evil",
    }  # fmt: skip
    proxies = Proxies(("10.0.0.0/8", "::1"))
    assert proxies.trust("::ffff:10.0.0.5")  # as IPv6 sockets write it
    assert not proxies.trust("::ffff:11.0.0.5")
    stranger = proxies.seen(request("203.0.113.9", **said))
    assert stranger["headers"] == [(b"host", b"inner:7860")]
    assert (stranger["scheme"], stranger["client"]) == ("http", ("203.0.113.9", 1))
    for proxy in ("10.0.0.5", "::1"):
        seen = proxies.seen(request(proxy, **said))
        assert seen["headers"] == [(b"host", b"ask.example.org")]
        assert (seen["scheme"], seen["client"]) == ("https", ("203.0.113.9", 0))
    assert Proxies(()).seen(request("127.0.0.1", **said))["headers"] == [(b"host", b"inner:7860")]


@pytest.mark.parametrize(
    ("version", "host", "status"),
    [("1.1", None, 400), ("1.1", "", 400), ("1.0", None, 200), ("1", "", 200), ("1.0", EVIL, 421), ("1.1", " ", 400)],
)
def test_only_the_oldest_http_may_leave_the_host_out(
    tmp_path: Path, version: str, host: str | None, status: int
) -> None:
    headers = [] if host is None else [(b"host", host.encode())]
    scope = {**asked("GET"), "http_version": version, "headers": headers}
    (start, *_) = through_the_door(PlainTextResponse("here"), scope, tmp_path)
    assert start["status"] == status


def test_a_stranger_does_not_set_the_pages_address_and_a_proxy_does(tmp_path: Path) -> None:
    forged = {"X-Forwarded-Host": EVIL, "X-Forwarded-Proto": "https", "X-Gradio-Server": f"http://{EVIL}"}
    with client_of(tmp_path) as stranger:
        assert stranger.get("/config", headers=forged).json()["root"] == "http://localhost:7860"
    # The test client's own address is a name.
    with client_of(tmp_path, trusted_proxies="127.0.0.1", allowed_hosts="ask.example.org") as behind:
        app = cast(Any, behind.app)

        async def from_proxy(scope: Scope, receive: Any, send: Any) -> None:
            await app({**scope, "client": ("127.0.0.1", 5)} if scope["type"] == "http" else scope, receive, send)

        with TestClient(from_proxy, base_url="http://localhost:7860") as proxied:
            right = {"X-Forwarded-Host": "ask.example.org", "X-Forwarded-Proto": "HTTPS", "X-Gradio-Server": "http://x"}
            assert proxied.get("/config", headers=right).json()["root"] == "https://ask.example.org"
            assert proxied.get("/config", headers=forged).status_code == 421


@pytest.mark.parametrize("strips", [True, False])
def test_all_works_under_a_prefix_whether_the_proxy_strips_it_or_not(tmp_path: Path, strips: bool) -> None:
    below = "" if strips else "/podcast"
    with client_of(
        tmp_path, root_path="/podcast", allowed_hosts="example.org", base_url="http://example.org"
    ) as client:
        assert client.get(f"{below}/").status_code == 200
        assert client.get(f"{below}/config").json()["root"] == "http://example.org/podcast"
        page = client.get(f"{below}/").text
        assert "http://example.org/podcast" in page
        assert client.get(f"{below}/healthz").json()["status"] == "ok"
        assert client.post(f"{below}/api/ask", json={"question": "Why?"}).status_code == 200
        assert client.get(f"{below}/openapi.json").status_code == 200
        assert client.get(f"{below}/theme.css").status_code == 200
        assert client.get(f"{below}/gradio_api/startup-events").status_code == 200
        assert client.get(f"{below}/gradio_api/upload").status_code == 404
        assert client.put(f"{below}/healthz").status_code == 405
