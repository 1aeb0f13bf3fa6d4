"""Runs a Qdrant server for tests: answers the server store's REST calls with the client's own local mode."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from http_fake import served
from pydantic import BaseModel, TypeAdapter
from qdrant_client import QdrantClient, models

_POINTS: TypeAdapter[Any] = TypeAdapter(models.PointInsertOperations)
_DONE = models.UpdateResult(operation_id=0, status=models.UpdateStatus.COMPLETED)
_SELECTOR: TypeAdapter[Any] = TypeAdapter(models.PointsSelector)


class FakeQdrant:
    """Answers at `url`; `client` gives direct access to the same collections. `failing` makes writes fail."""

    def __init__(self) -> None:
        self.client = QdrantClient(":memory:")
        self.failing = False
        self.url = ""
        self._lock = threading.Lock()

    def collections(self) -> set[str]:
        return {collection.name for collection in self.client.get_collections().collections}

    def answer(self, method: str, path: str, body: Any) -> Any:
        """The result of one call; raises for calls that the store never makes."""
        match = re.fullmatch(r"/collections/([^/?]+)(/[a-z/]+)?(?:\?.*)?", path)
        if match is None:
            return {"title": "qdrant", "version": "1.20.0"}
        name, action = match.group(1), match.group(2) or ""
        calls: dict[tuple[str, str], Callable[[], Any]] = {
            ("GET", "/exists"): lambda: {"exists": self.client.collection_exists(name)},
            ("PUT", ""): lambda: self._create(name, models.CreateCollection(**body)),
            ("DELETE", ""): lambda: self.client.delete_collection(name),
            ("PUT", "/index"): lambda: _DONE,  # local mode filters without an index
            ("PUT", "/points"): lambda: self._upsert(name, body),
            ("POST", "/points"): lambda: self.client.retrieve(name, body["ids"], with_payload=True),
            ("POST", "/points/query"): lambda: self._query(name, models.QueryRequest(**body)),
            ("POST", "/points/count"): lambda: self.client.count(name),
            ("POST", "/points/delete"): lambda: self.client.delete(name, _SELECTOR.validate_python(body)),
        }
        with self._lock:
            return calls[method, action]()

    def _create(self, name: str, wanted: models.CreateCollection) -> bool:
        return self.client.create_collection(
            name, vectors_config=wanted.vectors, sparse_vectors_config=wanted.sparse_vectors
        )

    def _upsert(self, name: str, body: Any) -> Any:
        if self.failing:
            raise OSError("the server's disk is full")
        return self.client.upsert(name, _POINTS.validate_python(body).points)

    def _query(self, name: str, wanted: models.QueryRequest) -> Any:
        return self.client.query_points(
            name, query=wanted.query, using=wanted.using, limit=wanted.limit or 10, query_filter=wanted.filter
        )


@contextmanager
def serving() -> Iterator[FakeQdrant]:
    """A fake server that listens on a free port."""
    fake = FakeQdrant()

    class Handler(BaseHTTPRequestHandler):
        def reply(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            try:
                status, result = 200, fake.answer(self.command, self.path, json.loads(raw) if raw else None)
            except Exception as error:
                status, result = 500, str(error)
            shown = {"result": _plain(result), "status": "ok" if status == 200 else {"error": result}, "time": 0}
            data = json.dumps(shown | (result if self.path == "/" else {})).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = do_POST = do_DELETE = reply

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with served(Handler) as address:
        fake.url = f"http://{address}"
        yield fake


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return [_plain(item) for item in value] if isinstance(value, list) else value
