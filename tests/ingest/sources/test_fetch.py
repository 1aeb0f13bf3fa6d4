"""Tests fetching: within limits of size, time and redirects, to public addresses only, and without showing secrets."""

from __future__ import annotations

import gzip
import shutil
import socket
import ssl
import subprocess
import threading
import time
import tracemalloc
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpcore
import pytest
from feed_fake import Page, Web, web

from ingest.sources import transport
from ingest.sources.addresses import not_public
from ingest.sources.fetch import Fetched, FetchError, Limits, fetch_file

LIMITS = Limits(1000, seconds=30, redirects=2)


@pytest.fixture(scope="module")
def server() -> Iterator[Web]:
    with web() as pages:
        yield pages


@pytest.fixture
def site(server: Web) -> Web:
    server.pages.clear()
    server.asked.clear()
    return server


def fetch(url: str, limits: Limits = LIMITS, **more: Any) -> Fetched:
    got = fetch_file(url, limits, **{"allow_private": True} | more)
    assert got is not None
    return got


def refused(url: str, limits: Limits = LIMITS, **more: Any) -> FetchError:
    with pytest.raises(FetchError) as raised:
        fetch(url, limits, **more)
    return raised.value


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("127.0.0.1", "loopback"), ("127.9.9.9", "loopback"), ("0.0.0.0", "unspecified"), ("10.1.2.3", "private"),
        ("172.31.0.1", "private"), ("192.168.1.1", "private"), ("169.254.169.254", "link-local"),
        ("100.64.0.1", "reserved"), ("192.0.0.8", "private"), ("198.18.0.1", "private"), ("224.0.0.1", "multicast"),
        ("239.255.255.250", "multicast"), ("240.0.0.1", "private"), ("255.255.255.255", "private"),
        ("192.88.99.1", "reserved"), ("::1", "loopback"), ("::", "unspecified"), ("fe80::1%eth0", "link-local"),
        ("fc00::1", "private"), ("fd12::1", "private"), ("fec0::1", "private"), ("ff02::1", "multicast"),
        ("::ffff:127.0.0.1", "loopback"), ("::ffff:10.0.0.1", "private"), ("::127.0.0.1", "reserved"),
        ("64:ff9b::7f00:1", "loopback"), ("64:ff9b::a00:1", "private"), ("64:ff9b:1::808:808", "reserved"),
        ("2002:7f00:1::", "loopback"), ("2002:c0a8:101::1", "private"),
        ("2001:0:4136:e378:8000:63bf:80ff:fffe", "private"),
        ("2001:db8::1", "private"), ("4000::1", "reserved"),
        ("93.184.216.34", ""), ("8.8.8.8", ""), ("2606:4700::1111", ""), ("::ffff:8.8.8.8", ""),
        ("64:ff9b::808:808", ""),
        ("2002:808:808::1", ""),
    ],
)  # fmt: skip
def test_only_the_public_internet_is_public(address: str, why: str) -> None:
    found = not_public(address)
    # Which of two names a network has, differs between versions of Python.
    assert (found in ("private", "reserved")) if why in ("private", "reserved") else found == why


class TestContent:
    def test_a_file_with_its_type_and_marks(self, site: Web) -> None:
        url = site.put("/a.vtt", "WEBVTT", Content_Type="Text/VTT; charset=x", Last_Modified="Mon", ETag='"e"')
        assert fetch(url) == Fetched(b"WEBVTT", "text/vtt", '"e"', "Mon")
        sent = site.asked[0][1]
        assert (sent["Host"], sent["Accept-Encoding"]) == (site.host, "gzip")

    def test_an_unchanged_file_is_not_sent_again(self, site: Web) -> None:
        url = site.put("/a", "x")
        got = fetch(url)
        assert fetch_file(url, LIMITS, allow_private=True, etag=got.etag, last_modified="Mon") is None
        assert site.asked[1][1]["If-Modified-Since"] == "Mon"
        site.put("/a", "y")
        assert fetch(url, etag=got.etag).data == b"y"

    def test_an_answer_of_unchanged_that_was_not_asked_for_is_an_error(self, site: Web) -> None:
        site.pages["/a"] = Page(status=304)
        assert "304" in str(refused(f"http://{site.host}/a"))

    def test_packed_content_is_unpacked_in_all_its_parts(self, site: Web) -> None:
        packed = gzip.compress(b"one ") + gzip.compress(b"two")
        assert fetch(site.put("/a", packed, Content_Encoding="gzip")).data == b"one two"

    @pytest.mark.parametrize(
        ("body", "encoding", "reason"),
        [
            (gzip.compress(b"x" * 500, mtime=0)[:-9], "gzip", "cut off"), (b"no gzip", "gzip", "broken"),
            (b"x", "br", "packs it as 'br'"),
        ],
    )  # fmt: skip
    def test_content_that_cannot_be_unpacked(self, site: Web, body: bytes, encoding: str, reason: str) -> None:
        assert reason in str(refused(site.put("/a", body, Content_Encoding=encoding)))

    @pytest.mark.parametrize(
        ("status", "reason"),
        [
            (404, "the server answers 404 (Not Found): it has no such file."),
            (503, "503 (Service Unavailable): try again"),
            (401, "401 (Unauthorized): it asks for a user"), (204, "204 (No Content)"),
            (599, "the server answers 599."),
            (206, "206 (Partial Content)"), (301, "301 (Moved Permanently)"),
        ],
    )  # fmt: skip
    def test_any_other_answer_is_an_error(self, site: Web, status: int, reason: str) -> None:
        site.pages["/a"] = Page(status=status)
        error = refused(f"http://{site.host}/a")
        assert reason in str(error)
        assert not error.gone

    def test_what_was_taken_down_is_gone(self, site: Web) -> None:
        site.pages["/a"] = Page(status=410)
        assert refused(f"http://{site.host}/a").gone


class TestLimits:
    def test_of_size_by_what_the_server_says(self, site: Web) -> None:
        assert len(fetch(site.put("/a", b"x" * 1000)).data) == 1000
        assert "1,001 bytes; the limit is 1,000" in str(refused(site.put("/a", b"x" * 1001)))

    def test_of_size_while_it_comes(self, site: Web) -> None:
        sent = []

        def endless() -> Iterator[bytes]:
            while True:
                sent.append(1)
                yield b"x" * 10_000

        site.pages["/a"] = Page(pieces=endless())
        assert "the limit is 1,000" in str(refused(f"http://{site.host}/a"))
        assert len(sent) < 10_000

    def test_of_size_after_unpacking(self, site: Web) -> None:
        bomb = gzip.compress(b"\0" * 900_000, 9)
        assert len(bomb) < 1000
        assert "the limit is 1,000" in str(refused(site.put("/a", bomb, Content_Encoding="gzip")))
        assert len(fetch(site.put("/a", gzip.compress(b"x" * 1000), Content_Encoding="gzip")).data) == 1000

    def test_of_size_before_it_is_unpacked_in_memory(self, site: Web) -> None:
        url = site.put("/a", gzip.compress(b"\0" * 20_000_000), Content_Encoding="gzip")
        tracemalloc.start()
        refused(url, Limits(100_000))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 5_000_000

    @pytest.mark.parametrize("part", ["head", "body", "nothing"])
    def test_of_time_also_where_a_byte_comes_now_and_then(self, part: str) -> None:
        with drip(
            b"HTTP/1.1 200 OK\r\n" + (b"X-Slow: " if part == "head" else b"\r\n"), silent=part == "nothing"
        ) as host:
            start = time.monotonic()
            error = refused(f"http://{host}/a", Limits(10**9, seconds=0.2))
        assert error.no_answer
        assert "it took over 0.2 s" in str(error)
        assert time.monotonic() - start < 8  # the drip itself never ends

    def test_of_redirects(self, site: Web) -> None:
        for here, there in (("/1", "/2"), ("/2", "/3"), ("/3", "/4")):
            site.pages[here] = Page(status=302, headers={"Location": there})
        site.put("/4", "end")
        assert fetch(f"http://{site.host}/2").data == b"end"
        assert "it redirects over 2 times" in str(refused(f"http://{site.host}/1"))


class drip:
    """A server that sends a head, then a byte every 20 ms."""

    def __init__(self, head: bytes, silent: bool = False) -> None:
        self._head, self._silent = head, silent
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ended = threading.Event()

    def __enter__(self) -> str:
        threading.Thread(target=self._serve, daemon=True).start()
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def __exit__(self, *args: object) -> None:
        self._ended.set()
        self._listener.close()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            connection.sendall(b"" if self._silent else self._head)
            while not self._ended.wait(0.02):
                try:
                    connection.sendall(b"" if self._silent else b"x")
                except OSError:
                    return


class TestPrivateAddresses:
    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "[::ffff:127.0.0.1]"])
    def test_are_refused_with_the_setting_that_allows_them(self, site: Web, host: str) -> None:
        site.put("/a", "x")
        url = f"http://{host}:{site.host.rpartition(':')[2]}/a"
        error = refused(url, allow_private=False)
        assert "which is no public address. If it is yours, set allow_private_addresses" in str(error)
        assert "loopback" in str(error)
        assert str(error).startswith(url)
        assert site.asked == []

    def test_are_refused_behind_a_redirect(self, site: Web, monkeypatch: pytest.MonkeyPatch) -> None:
        other = site.put("/inner", "secret")
        site.pages["/a"] = Page(status=302, headers={"Location": other.replace("127.0.0.1", "localhost")})
        monkeypatch.setattr(transport, "not_public", lambda address: "")  # as if the first host were public ...
        looked_up = names(monkeypatch, {"public.example": ["127.0.0.1"]})

        def now_closed(address: str) -> str:
            return "loopback" if looked_up[-1] == "localhost" else ""

        monkeypatch.setattr(transport, "not_public", now_closed)
        error = refused(f"http://public.example:{site.host.rpartition(':')[2]}/a", allow_private=False)
        assert "(loopback), which is no public address" in str(error)
        assert site.paths == ["/a"]

    @pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://x.example/", "gopher://x.example/", "http://"])
    def test_nor_does_a_redirect_lead_off_the_web(self, site: Web, location: str) -> None:
        site.pages["/a"] = Page(status=302, headers={"Location": location})
        refused(f"http://{site.host}/a")
        assert site.paths == ["/a"]

    def test_the_address_that_was_checked_is_connected_to(self, monkeypatch: pytest.MonkeyPatch) -> None:
        names(monkeypatch, {"turning.example": ["93.184.216.34", "8.8.8.8"]}, then={"turning.example": ["127.0.0.1"]})
        tried = []

        def connect(self: object, host: str, *args: object) -> None:
            tried.append(host)
            raise httpcore.ConnectError("closed")

        monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
        error = refused("http://turning.example/a", allow_private=False)
        assert tried == ["93.184.216.34", "8.8.8.8"]
        assert error.no_answer

    def test_one_private_address_among_public_ones_refuses_the_host(self, monkeypatch: pytest.MonkeyPatch) -> None:
        names(monkeypatch, {"mixed.example": ["93.184.216.34", "10.0.0.1"]})
        assert "10.0.0.1 (private)" in str(refused("http://mixed.example/a", allow_private=False))


def names(
    monkeypatch: pytest.MonkeyPatch, hosts: dict[str, list[str]], then: dict[str, list[str]] | None = None
) -> list[str]:
    """Answer look-ups of these names; `then`: what they are from the second time on. Returns what was looked up."""
    looked_up: list[str] = []
    real = socket.getaddrinfo

    def answer(host: str, port: int, *args: Any, **more: Any) -> Any:
        known = then if then and host in looked_up else hosts
        looked_up.append(host)
        if host not in known:
            return real(host, port, *args, **more)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in known[host]]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return looked_up


class TestProxies:
    @pytest.fixture(autouse=True)
    def proxied(self, site: Web, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("http_proxy", "HTTP_PROXY"):
            monkeypatch.setenv(name, f"http://u:sEcret@{site.host}")
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.setenv(name, "direct.example")

    def test_one_of_the_environment_is_used_where_nothing_has_to_be_checked(self, site: Web) -> None:
        site.put("http://far.example/a", "by proxy")  # the whole address is the path of a request to a proxy
        assert fetch("http://far.example/a").data == b"by proxy"
        assert "Proxy-Authorization" in site.asked[0][1]

    def test_else_it_is_not_and_the_error_says_so(self, site: Web, monkeypatch: pytest.MonkeyPatch) -> None:
        names(monkeypatch, {"far.example": []})
        error = refused("http://far.example/a", allow_private=False)
        assert "The proxy of the environment is used only with allow_private_addresses" in str(error)
        assert "sEcret" not in str(error)
        assert site.asked == []

    @pytest.mark.parametrize("host", ["direct.example", "127.0.0.1"])
    def test_hosts_that_need_none_are_asked_themselves(
        self, site: Web, monkeypatch: pytest.MonkeyPatch, host: str
    ) -> None:
        names(monkeypatch, {"direct.example": ["127.0.0.1"]})
        site.put("/a", "direct")
        assert fetch(f"http://{host}:{site.host.rpartition(':')[2]}/a").data == b"direct"


class TestMessages:
    def test_hide_user_password_and_query(self, site: Web) -> None:
        error = refused(f"http://bob:sEcret@{site.host}/a?token=sEcret2")
        assert str(error).startswith(f"http://{site.host}/a?token=…: the server answers 404")
        assert site.asked[0][1]["Authorization"].startswith("Basic ")

    def test_hide_them_in_the_address_of_a_redirect(self, site: Web) -> None:
        site.pages["/a"] = Page(status=302, headers={"Location": f"http://{site.host}/b?token=sEcret"})
        assert f"(redirected to http://{site.host}/b?token=…)" in str(refused(f"http://{site.host}/a"))

    @pytest.mark.parametrize(
        "url", ["ftp://h.example/a", "a.xml", "http://", "http://[", "http://h.example:99999/", "https://\ud800/", ""]
    )
    def test_say_what_is_no_address_of_the_web(self, url: str) -> None:
        assert "no address of the web" in str(refused(url))

    def test_say_that_a_server_does_not_answer(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        error = refused(f"http://127.0.0.1:{port}/a")
        assert error.no_answer
        assert "the server cannot be reached" in str(error)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_the_certificate_is_checked_against_the_name_and_not_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout k.pem -out c.pem"
    name = "-subj /CN=named.example -addext subjectAltName=DNS:named.example"
    subprocess.run(f"{made} {name}".split(), cwd=tmp_path, check=True, capture_output=True)
    asked: list[object] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers["Host"])
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"safe")

        def log_message(self, *args: object) -> None:
            pass

    class Quiet(HTTPServer):
        def handle_error(self, *args: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "c.pem", tmp_path / "k.pem")
    server = Quiet(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    trusted = ssl.create_default_context(cafile=str(tmp_path / "c.pem"))
    monkeypatch.setattr(transport, "_ssl_context", lambda: trusted)
    names(monkeypatch, {"named.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]})
    try:
        port = server.server_port
        assert fetch(f"https://named.example:{port}/").data == b"safe"
        assert "certificate" in str(refused(f"https://other.example:{port}/"))
        assert asked == [f"named.example:{port}"]
    finally:
        server.shutdown()
        server.server_close()
