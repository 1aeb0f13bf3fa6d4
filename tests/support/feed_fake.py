"""Writes feeds, and serves files that tests may change, with ETags, from a loopback port."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from http_fake import served

PODCAST = "https://podcastindex.org/namespace/1.0"
ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"


def feed(*items: str, channel: str = "<title>Bees</title><language>en-GB</language>", more: str = "") -> str:
    """A feed with one item a text; the first item is on line 4, each on lines of its own."""
    spaces = f'xmlns:podcast="{PODCAST}" xmlns:itunes="{ITUNES}" {more}'
    parts = "\n".join(f"<item>{item}</item>" for item in items)
    return f'<?xml version="1.0"?>\n<rss version="2.0" {spaces}><channel>\n{channel}\n{parts}\n</channel></rss>\n'


def item(name: str, more: str = "") -> str:
    """An item called `name`, with a guid and a recording after its name."""
    return f"<title>{name}</title><guid>id-{name}</guid><enclosure url='https://a.example/{name}.mp3'/>{more}"


def transcript(url: str, kind: str = "text/vtt", more: str = "") -> str:
    """The tag that links to a transcript."""
    return f'<podcast:transcript url="{url}" type="{kind}" {more}/>'


@dataclass
class Page:
    """What the server answers; `pieces` instead of `body`: sent as they come."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pieces: Iterator[bytes] | None = None


@dataclass
class Web:
    """Pages by path, which may be changed, and what was asked: path and headers."""

    host: str = ""
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for."""
        return [path for path, _ in self.asked]

    def put(self, path: str, body: str | bytes, **headers: str) -> str:
        """Put a page with an ETag there; returns its URL. `Content_Type` stands for Content-Type."""
        data = body.encode() if isinstance(body, str) else body
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = Page(data, headers={"ETag": f'"{hashlib.md5(data).hexdigest()}"'} | given)
        return f"http://{self.host}{path}"


@contextmanager
def web() -> Iterator[Web]:
    """A server of pages until the block ends."""
    pages = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            pages.asked.append((path, dict(self.headers.items())))
            page = pages.pages.get(path, Page(status=404))
            etag = page.headers.get("ETag")
            if etag and self.headers.get("If-None-Match") == etag:
                page = Page(status=304)
            self.send_response(page.status)
            for name, value in page.headers.items():
                self.send_header(name, value)
            if page.pieces is None and page.status != 304 and "Content-Length" not in page.headers:
                self.send_header("Content-Length", str(len(page.body)))
            self.end_headers()
            try:
                for piece in page.pieces or [page.body]:
                    self.wfile.write(piece)
            except OSError:
                pass  # the other side had enough

        def log_message(self, *args: object) -> None:
            pass

    with served(Handler) as pages.host:
        yield pages
