"""Tests the JSON API on the sample index, and with a scripted answerer what can fail: bodies, time, crowds, errors."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import httpx
import pytest
from answer_contract import check_answer
from builds import Built, answerer_of
from chat_fake import NONE, FakeAnswerer, FakeVerifier
from fakes import settings_for
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.types import Message

from app.answering.pipeline import Answerer
from app.contract import AnswerModel
from app.question import MAX_QUESTION
from app.server import create_app
from app.types import Answer
from app.verification.verifier import Verifier
from app.web import api
from app.web.bodies import MAX_BODY, BodyLimit
from index.embedder import Embedder
from index.filters import Filters
from ingest.settings import Settings

QUESTION = "What does prompt caching save?"
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def answerer(sample_built: Built) -> Iterator[Answerer]:
    made = answerer_of(sample_built.settings, sample_built.embedder)
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(answerer: Answerer, sample_built: Built) -> Iterator[TestClient]:
    """The whole app with the chat; errors of the server are responses, as for a visitor."""
    with TestClient(
        create_app(answerer, Verifier(answerer.archive), sample_built.settings, []), raise_server_exceptions=False
    ) as made:
        yield made


def scripted(settings: Settings, answerer: FakeAnswerer | None = None) -> FastAPI:
    """Only the API, with an answerer whose answers depend on words of the question."""
    app = FastAPI()
    asked = cast(Answerer, answerer or FakeAnswerer())
    api.install(app, asked, cast(Verifier, FakeVerifier()), settings)
    return app


def whole(settings: Settings, answerer: FakeAnswerer | None = None) -> FastAPI:
    """The whole app, whose door knows visitors, with such an answerer."""
    return create_app(cast(Answerer, answerer or FakeAnswerer()), cast(Verifier, FakeVerifier()), settings, [])


@pytest.fixture
def fake(tmp_path: Any) -> TestClient:
    return TestClient(scripted(settings_for(tmp_path, request_seconds=5)), raise_server_exceptions=False)


@pytest.mark.parametrize(("question", "answered"), [(QUESTION, True), ("Who won the chess world cup?", False)])
def test_the_api_answers_as_the_program_does(
    client: TestClient, answerer: Answerer, question: str, answered: bool
) -> None:
    response = client.post("/api/ask", json={"question": question})
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    shown = response.json()
    check_answer(shown, answerer.archive.index.episodes)
    assert shown["answered"] is answered
    assert shown | {"timings_ms": 0} == AnswerModel.of(answerer.ask(question)).to_json() | {"timings_ms": 0}


def test_history_and_filters_are_used(client: TestClient) -> None:
    slug = "sample-cost-control-and-caching"
    shown = client.post(
        "/api/ask",
        json={
            "question": "And is it safe?",
            "history": ["What does a semantic cache save?"],
            "filters": {"episodes": [slug], "guests": [], "topics": [], "seasons": [1]},
        },
    ).json()
    assert shown["standalone_question"] == "What does a semantic cache save? And is it safe?"
    found = shown["citations"] or shown["nearest"]
    assert {item["episode"] for item in found} == {slug}


def test_search_gives_the_contract(client: TestClient) -> None:
    shown = client.get("/api/search", params={"q": "gpu", "k": 3}).json()
    assert shown.keys() == {"query", "passages", "timings_ms"}
    assert shown["query"] == "gpu"
    assert [passage["rank"] for passage in shown["passages"]] == [1, 2, 3]
    scores = [passage["score"] for passage in shown["passages"]]
    assert scores == sorted(scores, reverse=True)
    for passage in shown["passages"]:
        assert list(passage) == [
            "rank", "score", "episode", "title", "chapter", "start", "end", "speaker", "text", "url"
        ]  # fmt: skip
        assert 0 <= passage["start"] <= passage["end"]


def test_search_is_narrowed_by_any_of_the_values(client: TestClient) -> None:
    slugs = ["sample-cost-control-and-caching", "sample-model-monitoring-and-drift"]
    shown = client.get("/api/search", params={"q": "gpu", "k": 50, "episode": slugs}).json()
    assert {passage["episode"] for passage in shown["passages"]} == set(slugs)


def test_a_search_and_a_question_are_narrowed_by_days(client: TestClient) -> None:
    days = {"since": "2025-03-24", "until": "2025-03"}
    searched = client.get("/api/search", params={"q": "gpu", "k": 50, **days}).json()
    asked = client.post("/api/ask", json={"question": QUESTION, "filters": days}).json()
    for found in (searched["passages"], asked["citations"] or asked["nearest"]):
        assert {one["episode"] for one in found} == {"sample-cost-control-and-caching"}


@pytest.mark.parametrize("days", [{"since": "soon"}, {"until": "2025-4"}, {"since": "2026"}, {"until": "x" * 11}])
def test_days_that_are_none_or_hold_nothing_are_refused(client: TestClient, days: dict[str, str]) -> None:
    searched = client.get("/api/search", params={"q": "gpu", **days})
    asked = client.post("/api/ask", json={"question": QUESTION, "filters": days})
    for response in (searched, asked):
        assert response.status_code == 422
        assert any(
            word in str(response.json()["detail"]) for word in ("no date", "no episode is dated", "10 characters")
        )


@pytest.mark.parametrize(
    ("kind", "value", "near"),
    [
        ("guest", "Nobody", "Try one of"), ("season", 99, "Try one of"), ("topic", "nothing", "Try one of"),
        ("episode", "qqq", "Try one of"), ("guest", "Maribel Ostervan\u0151s", "Try one of: Maribel Ostervane"),
    ],
)  # fmt: skip
def test_a_filter_that_matches_nothing_is_refused_by_name(
    client: TestClient, kind: str, value: object, near: str
) -> None:
    searched = client.get("/api/search", params={"q": "gpu", kind: str(value)})
    asked = client.post("/api/ask", json={"question": QUESTION, "filters": {f"{kind}s": [value]}})
    events = client.post(
        "/api/ask", json={"question": QUESTION, "filters": {f"{kind}s": [value]}}, headers={"accept": api.EVENTS}
    )
    for response in (searched, asked, events):
        assert response.status_code == 422
        assert f"no {kind} of the archive matches" in response.json()["detail"]
        assert near in response.json()["detail"]


@pytest.mark.parametrize(
    "guest",
    ["maribel ostervane", "MARIBEL  OSTERVANE ", "maribel\u00a0ostervane", "Máribel Ostervańe", "ostervane"],
)
def test_case_and_accents_of_a_filter_do_not_matter(client: TestClient, guest: str) -> None:
    shown = client.get("/api/search", params={"q": "platform", "guest": guest}).json()
    assert {passage["episode"] for passage in shown["passages"]} == {
        "sample-ml-platform-teams-and-developer-experience"
    }
    question = "Why did they stop all building for six weeks?"
    answer = client.post("/api/ask", json={"question": question, "filters": {"guests": [guest]}}).json()
    assert answer["answered"]
    assert {citation["speaker"] for citation in answer["citations"]} == {"Maribel Ostervane"}


@pytest.mark.parametrize("name", ["guests", "Guest", "filter", "limit", "q2"])
def test_an_unknown_parameter_of_a_search_is_refused_by_name(client: TestClient, name: str) -> None:
    response = client.get("/api/search", params={"q": "gpu", name: "x"})
    assert response.status_code == 422
    assert name in response.text


def test_healthz_says_what_is_served(client: TestClient, answerer: Answerer) -> None:
    assert client.get("/healthz").json() == {
        "status": "ok",
        "version": answerer.archive.index.manifest.version,
        "passages": len(answerer.archive.index.passages),
        "sample": True,
    }


def test_readyz_says_that_the_real_model_is_loaded(client: TestClient) -> None:
    assert not Embedder().loaded
    assert client.get("/readyz").json()["status"] == "ready"


def test_openapi_describes_the_api(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert described["openapi"].startswith("3.")
    assert described["info"]["title"] == "Citecast"
    assert {"/api/ask", "/api/search", "/api/verify", "/healthz"} < described["paths"].keys()
    answer = described["components"]["schemas"]["AnswerModel"]["properties"]
    shown = client.post("/api/ask", json={"question": QUESTION}).json()
    assert answer.keys() == shown.keys() | {"nearest", "choices", "usage", "gate", "display"}
    citation = described["components"]["schemas"]["CitationModel"]["properties"]
    # The sample's pages have no lines to open.
    assert citation.keys() == shown["citations"][0].keys() | {"page_line", "withdrawn"}


def test_no_response_sets_a_cookie(client: TestClient) -> None:
    for path in ("/", "/openapi.json", "/healthz", "/api/search?q=gpu", "/api/nothing", "/theme.css"):
        assert "set-cookie" not in client.get(path).headers
    assert "set-cookie" not in client.post("/api/ask", json={"question": QUESTION}).headers
    assert not client.cookies


@pytest.mark.parametrize("path", ["/api/nothing", "/api/", "/docs", "/redoc", "/.env", "/../app/api.py"])
def test_what_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("body", "about"),
    [
        (b"", "body"),
        (b"{", "JSON"),
        (b"[]", "body"),
        (b"null", "body"),
        (b'"Why?"', "body"),
        (b"{}", "question"),
        (b'{"question": 1}', "question"),
        (b'{"question": null}', "question"),
        (b'{"question": ["Why?"]}', "question"),
        (b'{"question": "Why?", "extra": 1}', "extra"),
        (b'{"question": "Why?", "history": "no list"}', "history"),
        (b'{"question": "Why?", "history": [1]}', "history"),
        (b'{"question": "Why?", "history": ["a","a","a","a","a","a","a"]}', "history"),
        (b'{"question": "Why?", "filters": {"guest": ["x"]}}', "guest"),
        (b'{"question": "Why?", "filters": {"guests": "x"}}', "guests"),
        (b'{"question": "Why?", "filters": {"guests": [""]}}', "guests"),
        (b'{"question": "Why?", "filters": {"seasons": ["one"]}}', "seasons"),
        (b'{"question": "Why?", "filters": {"seasons": [1000000000000000000000000000]}}', "seasons"),
        (b'{"question": "Why?", "filters": {"seasons": [-1]}}', "seasons"),
        (b'{"question": "Why?", "filters": {"seasons": [NaN]}}', "seasons"),
        (b'{"question": "Why?", "filters": {"seasons": [1e999]}}', "seasons"),
        (b'{"question": NaN}', "question"),
        (b'{"question": "\\ud800"}', "question"),
        (b'{"question": "Why?", "\\ud800": 1}', "body"),
        (b'{"question": "\xff"}', "body"),
        (b'{"question": "%s"}' % (b"x" * (MAX_QUESTION + 1)), "2000 characters"),
        (b"[" * 60_000, "body"),
        (b'{"question": "Why?", "history": [%s1]}' % (b"1," * 20_000), "history"),
    ],
)
def test_a_bad_body_is_refused_with_what_is_wrong(fake: TestClient, body: bytes, about: str) -> None:
    response = fake.post("/api/ask", content=body, headers=JSON)
    assert response.status_code in (400, 422)
    assert about in response.text
    assert len(response.content) < 5_000


@pytest.mark.parametrize(
    "query",
    ["", "?k=3", "?q=gpu&k=0", "?q=gpu&k=51", "?q=gpu&k=x", "?q=gpu&season=x", f"?q=gpu&season={'9' * 30}",
     "?q=gpu&" + "&".join(["guest=a"] * 51), f"?q={'x' * (MAX_QUESTION + 1)}"],
)  # fmt: skip
def test_a_bad_search_is_refused(client: TestClient, query: str) -> None:
    response = client.get(f"/api/search{query}")
    assert response.status_code == 422
    assert response.json()["detail"]


@pytest.mark.parametrize("question", ["", "   ", "\n\t", "\x00\x07"])
def test_a_question_that_cannot_be_asked_says_why(client: TestClient, question: str) -> None:
    response = client.post("/api/ask", json={"question": question})
    assert response.status_code == 422
    assert response.json() == {"detail": "The question is empty. Ask something about the archive, in a sentence."}
    assert client.get("/api/search", params={"q": question}).status_code == 422


def test_a_body_at_the_limit_passes_and_one_over_it_does_not(fake: TestClient) -> None:
    body = json.dumps({"question": "Why?"}).encode()
    assert fake.post("/api/ask", content=body.ljust(MAX_BODY), headers=JSON).status_code == 200
    response = fake.post("/api/ask", content=body.ljust(MAX_BODY + 1), headers=JSON)
    assert response.status_code == 413
    assert "65,536" in response.json()["detail"]


def test_a_chunked_body_without_length_is_bounded(fake: TestClient) -> None:
    def chunks(count: int) -> Iterator[bytes]:
        yield b'{"question": "Why?"'
        yield from [b" " * 1000] * count
        yield b"}"

    assert fake.post("/api/ask", content=chunks(10), headers=JSON).status_code == 200
    assert fake.post("/api/ask", content=chunks(100), headers=JSON).status_code == 413


def test_an_endless_body_is_cut_off_at_the_limit() -> None:
    """Reading stops when the body is known to be too long."""
    read = 0

    async def receive() -> Message:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b"x" * 1000, "more_body": True}

    assert sent_by(receive)[0]["status"] == 413
    assert read == MAX_BODY // 1000 + 1


@pytest.mark.parametrize(("waits", "status"), [(60, 408), (0, 400)])
def test_a_body_that_never_ends_or_breaks_off_is_refused(waits: float, status: int) -> None:
    async def receive() -> Message:
        await asyncio.sleep(waits)
        return {"type": "http.disconnect"}

    assert sent_by(receive, seconds=0.05)[0]["status"] == status


def sent_by(receive: Any, *, seconds: float = 5) -> list[Message]:
    """The response of the body limit to a request whose body comes from `receive`; the app is never reached."""
    sent: list[Message] = []

    async def unreachable(*_: Any) -> None:
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "path": "/api/ask", "method": "POST", "headers": []}
    asyncio.run(BodyLimit(unreachable, seconds)(scope, receive, send))
    return sent


def test_an_unexpected_fault_tells_nothing_of_the_machine(fake: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    response = fake.post("/api/ask", json={"question": "boom"})
    assert response.status_code == 500
    assert response.json() == {"detail": "something went wrong; the server's log has more"}
    assert "secret detail of the machine" in caplog.text
    assert fake.post("/api/ask", json={"question": "And now?"}).status_code == 200


class Slow(FakeAnswerer):
    """Records how many questions it answers at once."""

    def __init__(self) -> None:
        super().__init__()
        self.running = self.most = 0
        self._lock = threading.Lock()

    def ask(
        self, question: str, *, history: Sequence[str] = (), filters: Filters = NONE, stop: object = None
    ) -> Answer:
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        try:
            return super().ask(question, history=history, filters=filters)
        finally:
            with self._lock:
                self.running -= 1


@pytest.fixture
def slow() -> Iterator[Slow]:
    made = Slow()
    yield made
    made.release.set()


def test_an_answer_that_takes_too_long_is_not_waited_for(slow: Slow, tmp_path: Any) -> None:
    client = TestClient(scripted(settings_for(tmp_path, request_seconds=0.2), slow))
    began = time.monotonic()
    response = client.post("/api/ask", json={"question": "slow"})
    assert time.monotonic() - began < 10
    assert (response.status_code, response.json()) == (504, {"detail": "no answer within 0.2 seconds"})


def test_work_that_ran_out_of_time_makes_no_room_for_more(slow: Slow, tmp_path: Any) -> None:
    """Otherwise every retry would add a working thread."""
    with TestClient(scripted(settings_for(tmp_path, request_seconds=0.1, workers=2), slow)) as client:
        told = [client.post("/api/ask", json={"question": "slow"}).status_code for _ in range(6)]
        assert told == [504, 504, 503, 503, 503, 503], "those whose turn did not come may ask again"
        assert slow.most == 2
        slow.release.set()
        deadline = time.monotonic() + 10
        while client.post("/api/ask", json={"question": "Why?"}).status_code != 200:
            assert time.monotonic() < deadline, "the workers are free again"


def test_too_many_at_once_are_told_to_come_back(slow: Slow, tmp_path: Any) -> None:
    app = scripted(settings_for(tmp_path, request_seconds=30, workers=2, queue=6), slow)
    taken = 6 + 2
    crowd = taken + 5

    async def all_at_once() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            asked = [asyncio.create_task(client.post("/api/ask", json={"question": "slow"})) for _ in range(crowd)]
            while sum(task.done() for task in asked) < crowd - taken:
                await asyncio.sleep(0.01)
            slow.release.set()
            return await asyncio.gather(*asked)

    responses = asyncio.run(all_at_once())
    turned_away = [response for response in responses if response.status_code == 503]
    assert len(turned_away) == crowd - taken
    assert all(int(response.headers["retry-after"]) > 0 for response in turned_away)
    assert all("too many" in response.json()["detail"] for response in turned_away)
    assert [response.status_code for response in responses if response not in turned_away] == [200] * taken
    assert slow.most == 2


async def asked_from(app: FastAPI, address: str, times: int, **more: Any) -> list[httpx.Response]:
    """The responses to some questions, one after the other, from one address."""
    transport = httpx.ASGITransport(app=app, client=(address, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://test", **more) as client:
        return [await client.post("/api/ask", json={"question": "Why?"}) for _ in range(times)]


def test_who_asks_too_much_waits_and_others_do_not(tmp_path: Any) -> None:
    key = "a-key-of-sixteen-or-more"
    app = whole(settings_for(tmp_path, visitor_rate="2/minute", keys=(key,), trusted_proxies=("10.0.0.1",)))

    async def main() -> list[list[int]]:
        told = [
            await asked_from(app, "203.0.113.9", 3),
            await asked_from(app, "203.0.113.10", 1),
            await asked_from(app, "203.0.113.9", 3, headers={"Authorization": f"Bearer {key}"}),
            await asked_from(app, "203.0.113.9", 1, headers={"X-Forwarded-For": "203.0.113.77"}),
            await asked_from(app, "10.0.0.1", 1, headers={"X-Forwarded-For": "203.0.113.77"}),
            await asked_from(app, "10.0.0.1", 1, headers={"X-Forwarded-For": "203.0.113.77, 203.0.113.9"}),
        ]
        refused = told[0][2]
        assert "2 questions within a minute" in refused.json()["detail"]
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        return [[response.status_code for response in responses] for responses in told]

    assert asyncio.run(main()) == [[200, 200, 429], [200], [200, 200, 200], [429], [200], [429]]


def test_a_visitor_with_many_questions_does_not_take_every_place(slow: Slow, tmp_path: Any) -> None:
    app = whole(settings_for(tmp_path, workers=1, visitor_share=3), slow)

    async def main() -> tuple[list[int], str, list[str]]:
        def client(address: str) -> httpx.AsyncClient:
            return httpx.AsyncClient(
                transport=httpx.ASGITransport(app=app, client=(address, 1)), base_url="http://test"
            )

        async with client("203.0.113.9") as greedy, client("203.0.113.10") as other:
            many = [asyncio.create_task(greedy.post("/api/ask", json={"question": "slow"})) for _ in range(5)]
            while sum(task.done() for task in many) < 2:
                await asyncio.sleep(0.01)
            heard = asyncio.create_task(
                other.post("/api/ask", json={"question": "And I?"}, headers={"accept": api.EVENTS})
            )
            await asyncio.sleep(0.1)
            slow.release.set()
            events = (await heard).text
            statuses = sorted(response.status_code for response in await asyncio.gather(*many))
        return statuses, events, [call[0] for call in slow.calls]

    statuses, events, order = asyncio.run(main())
    assert statuses == [200, 200, 200, 429, 429]
    assert order == ["slow", "And I?", "slow", "slow"]
    named = re.findall(r"event: (\w+)\s+data: (.*)", events)
    assert named[:2] == [("waiting", '{"place": 1}'), ("waiting", '{"place": 0}')]
    assert named[-1][0] == "answer"


def meanwhile(app: FastAPI, method: str, path: str, begun: Callable[[], bool], done: threading.Event, get: str) -> Any:
    """The response to a GET that is sent once a first request has `begun`, which ends when `done` is set."""

    async def asked() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
            body = {"question": "slow"} if method == "POST" else None
            first = asyncio.create_task(client.request(method, path, json=body))
            while not begun():
                await asyncio.sleep(0.01)
            try:
                return await client.get(get)
            finally:
                done.set()
                assert (await first).status_code == 200

    return asyncio.run(asked())


def test_health_is_told_while_all_workers_are_busy(slow: Slow, tmp_path: Any) -> None:
    app = scripted(settings_for(tmp_path, request_seconds=30, workers=1), slow)
    shown = meanwhile(app, "POST", "/api/ask", lambda: bool(slow.running), slow.release, "/healthz").json()
    assert shown["passages"] == 120


def test_an_index_that_takes_long_to_open_does_not_hold_up_the_server(tmp_path: Any) -> None:
    """`/healthz` is the first to open a new index; requests that need no index are answered meanwhile."""
    opening, opened = threading.Event(), threading.Event()
    in_time = []

    class Opening:
        stream = FakeAnswerer().stream

        @property
        def catalog(self) -> Any:
            opening.set()
            in_time.append(opened.wait(20))
            return FakeAnswerer().catalog

    app = scripted(settings_for(tmp_path), cast(FakeAnswerer, Opening()))
    assert meanwhile(app, "GET", "/healthz", opening.is_set, opened, "/openapi.json").status_code == 200
    assert in_time == [True]


def events(text: str) -> list[tuple[str, Any]]:
    """Server-sent events as name and value."""
    found = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        found.append((fields["event"], json.loads(fields["data"])))
    return found


STREAM = {"accept": "text/event-stream"}


class TestEvents:
    def test_evidence_then_sentences_then_the_whole(self, client: TestClient) -> None:
        response = client.post("/api/ask", json={"question": QUESTION}, headers=STREAM)
        assert response.headers["content-type"].startswith("text/event-stream")
        found = events(response.text)
        names = [name for name, _ in found]
        assert names == ["evidence", *["sentence"] * (len(names) - 2), "answer"]
        whole = found[-1][1]
        assert found[0][1]["citations"] == whole["citations"]
        assert [value for name, value in found if name == "sentence"] == whole["sentences"]
        plain = client.post("/api/ask", json={"question": QUESTION}).json()
        assert whole | {"timings_ms": 0} == plain | {"timings_ms": 0}

    def test_a_refusal_is_the_only_event(self, fake: TestClient) -> None:
        response = fake.post("/api/ask", json={"question": "refuse this"}, headers=STREAM)
        ((name, value),) = events(response.text)
        assert (name, value["answered"]) == ("answer", False)

    @pytest.mark.parametrize(("question", "status"), [("nonsense", 422), ("boom", 500)])
    def test_what_fails_before_the_first_event_has_a_status(self, fake: TestClient, question: str, status: int) -> None:
        response = fake.post("/api/ask", json={"question": question}, headers=STREAM)
        assert response.status_code == status
        assert "secret" not in response.text

    def test_what_fails_under_way_is_the_last_event(self, fake: TestClient, caplog: pytest.LogCaptureFixture) -> None:
        response = fake.post("/api/ask", json={"question": "this breaks"}, headers=STREAM)
        assert [name for name, _ in events(response.text)] == ["evidence", "sentence", "error"]
        assert "secret" not in response.text
        assert "secret detail of the machine" in caplog.text

    def test_a_client_that_goes_away_stops_the_writing(self, tmp_path: Any) -> None:
        answerer = FakeAnswerer()
        app = scripted(settings_for(tmp_path, request_seconds=20), answerer)
        asyncio.run(_leave_after_the_evidence(app, "prose stepwise"))
        deadline = time.monotonic() + 10
        while not answerer.ended and time.monotonic() < deadline:
            time.sleep(0.02)
        assert answerer.ended == ["prose stepwise"]


async def _leave_after_the_evidence(app: FastAPI, question: str) -> None:
    """Ask through ASGI, and disconnect after the first event."""
    body = json.dumps({"question": question}).encode()
    came = asyncio.Event()
    inbox: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if inbox:
            return inbox.pop()
        await came.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body" and message.get("body"):
            came.set()

    headers = [(b"content-type", b"application/json"), (b"accept", b"text/event-stream")]
    scope = {
        "type": "http", "method": "POST", "path": "/api/ask", "raw_path": b"/api/ask", "query_string": b"",
        "headers": headers, "http_version": "1.1", "scheme": "http", "client": ("t", 1), "server": ("t", 80),
        "asgi": {"version": "3.0", "spec_version": "2.3"}, "root_path": "",
    }  # fmt: skip
    await asyncio.wait_for(app(scope, receive, send), 15)
