"""Tests a Citecast server as a system: the sample archive behind a real server, and a scripted one for its faults."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from builds import Built, answerer_of
from cli_calls import call
from fakes import CountingProgress
from http_fake import web_server

from app.server import create_app
from app.verification.verifier import Verifier
from eval import cli
from eval.running.judges import LexicalJudge
from eval.running.runner import Plan, evaluate
from eval.running.server import Server, ServerError
from eval.running.specs import parse_spec
from eval.running.suites import FOLDER, Suite, SuiteError, read_suite

assert cli  # it adds `eval` to the program


@pytest.fixture(scope="module")
def site(sample_built: Built) -> Iterator[str]:
    """The address of a server of the sample archive."""
    settings = sample_built.settings
    answerer = answerer_of(settings, sample_built.embedder)
    with web_server(create_app(answerer, Verifier(answerer.archive), settings, [])) as url:
        yield url
    answerer.close()


@pytest.fixture
def graded(sample_built: Built, tmp_path: Path) -> Suite:
    """Two questions of the sample suite, the second with grades: a passage in gold answers, another does not."""
    rows = [json.loads(line) for line in (FOLDER / "sample.jsonl").read_text().splitlines()[:2]]
    gold = rows[1]["gold"][0]
    other = next(one for one in sample_built.open().passages.values() if one.episode != gold["episode"])
    far = {"episode": other.episode, "start": other.start, "end": other.end, "grade": 1}
    rows[1]["graded"] = [gold | {"grade": 2}, far]
    path = tmp_path / "graded.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return read_suite(path)


def run_of(suite: Suite, system: str, out: Path, embedder: Any, **flags: Any) -> dict[str, Any]:
    plan = Plan((suite,), (parse_spec(system),), LexicalJudge(), out, flags, limit=6)
    (run,) = evaluate(plan, CountingProgress(), lambda settings: embedder)
    return run


def rows_of(run: dict[str, Any]) -> list[dict[str, Any]]:
    """The questions of a run without times; the API rounds the scores of passages to four digits."""
    (rows,) = run["suites"].values()
    return [
        row
        | {
            "output": {key: value for key, value in row["output"].items() if key != "timings_ms"},
            "ranking": [{**place, "score": pytest.approx(place["score"], abs=1e-4)} for place in row["ranking"]],
        }
        for row in rows
    ]


def test_a_server_of_the_same_archive_has_the_scores_of_ours(site: str, sample_built: Built, tmp_path: Path) -> None:
    suite, data = read_suite(FOLDER / "sample.jsonl"), sample_built.settings.data
    ours = run_of(suite, "ours", tmp_path / "ours", sample_built.embedder, data=data)
    served = run_of(suite, site, tmp_path / "served", None, data=data)
    assert rows_of(served) == rows_of(ours)
    assert served["model"] == "extractive"
    assert served["system"] == site.rstrip("/")
    assert served["settings"] == {"server": site.rstrip("/"), "judge": "lexical", "limit": 6}
    index = sample_built.open()
    assert served["manifest"] == {
        "status": "ok", "version": index.manifest.version, "passages": index.size, "sample": True, "index_at_hand": True
    }  # fmt: skip
    assert served["aggregates"]["sample"]["latency_round_trip_p50_ms"] > 0
    assert (tmp_path / "served" / "report.html").exists()
    assert not (tmp_path / "served" / "partial.jsonl").exists()


def test_without_the_index_only_ndcg_by_gold_is_missing(
    site: str, sample_built: Built, graded: Suite, tmp_path: Path
) -> None:
    near = run_of(graded, site, tmp_path / "near", None, data=sample_built.settings.data)
    far = run_of(graded, site, tmp_path / "far", None, data=tmp_path / "no-index")
    assert far["manifest"]["index_at_hand"] is False
    (by_gold, by_grades), (no_index, graded_alone) = near["suites"]["graded"], far["suites"]["graded"]
    assert {*by_gold["scores"]} - {*no_index["scores"]} == {"ndcg@10"}
    assert "relevant" not in no_index
    assert graded_alone["scores"]["ndcg@10"] > 0
    assert {*graded_alone["scores"]} == {*by_grades["scores"]}
    # A graded passage that was not ranked counts in the ideal order, too.
    assert sorted(graded_alone["grades"].values())[0] == 1
    assert {place["id"] for place in graded_alone["ranking"]} & {*graded_alone["grades"]}
    exported = call("eval", "export", tmp_path / "far", "--format", "trec-qrels")
    assert exported.exit_code == 0


def test_gold_is_checked_only_on_the_servers_own_index(
    site: str, sample_built: Built, built: Built, tmp_path: Path
) -> None:
    path = tmp_path / "bad.jsonl"
    row = {"id": "x", "question": "Why?", "gold": [{"episode": "none-such", "start": 0, "end": 9}]}
    path.write_text(json.dumps(row))
    with pytest.raises(SuiteError, match="the index has no such episode"):
        run_of(read_suite(path), site, tmp_path / "out", None, data=sample_built.settings.data)
    other = run_of(read_suite(path), site, tmp_path / "out", None, data=built.settings.data)
    assert other["manifest"]["index_at_hand"] is False
    assert other["suites"]["bad"][0]["scores"]["hit@5"] == 0.0


HEALTH = {"status": "ok", "version": "v", "passages": 3, "sample": False}
PLACE = {
    "rank": 1, "score": 0.5, "episode": "alpha", "title": "A", "chapter": "", "start": 1.0, "end": 9.0,
    "speaker": "Ada", "text": "x", "url": "",
}  # fmt: skip
FOUND = {"query": "q", "passages": [PLACE], "timings_ms": {}}
Handler = Callable[[httpx.Request], httpx.Response]


def refusal(question: str) -> dict[str, Any]:
    return {
        "question": question, "standalone_question": question, "answered": False, "outcome": "refused", "sentences": [],
        "citations": [], "model": "extractive", "confidence": 0.1, "notes": [], "timings_ms": {"total": 1.0},
    }  # fmt: skip


def plain(request: httpx.Request) -> httpx.Response:
    """A small working server: it refuses every question."""
    if request.url.path.endswith("/healthz"):
        return httpx.Response(200, json=HEALTH)
    if request.url.path.endswith("/api/search"):
        return httpx.Response(200, json=FOUND)
    return httpx.Response(200, json=refusal(json.loads(request.content)["question"]))


def scripted(handler: Handler, address: str = "http://pods.example", waits: list[float] | None = None) -> Server:
    slept: list[float] = [] if waits is None else waits
    return Server(address, seconds=30, transport=httpx.MockTransport(handler), sleep=slept.append)


def test_requests_are_those_of_the_api() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return plain(request)

    server = scripted(handler, "https://ada:s3cret@pods.example/podcast/")
    assert server.name == "https://pods.example/podcast"
    assert server.health().version == "v"
    assert server.ask("Why?", [f"Question {n}?" for n in range(9)]).answered is False
    assert server.search("x" * 3000, 10).passages[0].episode == "alpha"
    assert [(one.method, one.url.path) for one in seen] == [
        ("GET", "/podcast/healthz"), ("POST", "/podcast/api/ask"), ("GET", "/podcast/api/search"),
    ]  # fmt: skip
    assert seen[0].headers["authorization"].startswith("Basic ")
    assert json.loads(seen[1].content) == {"question": "Why?", "history": [f"Question {n}?" for n in range(3, 9)]}
    assert dict(seen[2].url.params) == {"q": "x" * 2000, "k": "10"}


class Busy:
    """A server that is busy a number of times before it answers."""

    def __init__(self, times: int, status: int, after: str = "") -> None:
        self.left, self.status, self.headers = times, status, {"retry-after": after} if after else {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.left -= 1
        if self.left < 0:
            return plain(request)
        return httpx.Response(self.status, headers=self.headers, json={"detail": "too many questions at once"})


@pytest.mark.parametrize(("status", "after", "waits"), [(429, "7", [7, 7]), (503, "0", [0, 0]), (503, "", [1, 2])])
def test_a_busy_server_is_asked_again_when_it_says(status: int, after: str, waits: list[float]) -> None:
    slept: list[float] = []
    assert scripted(Busy(2, status, after), waits=slept).health().status == "ok"
    assert slept == waits


def test_the_time_to_come_back_may_be_a_date() -> None:
    slept: list[float] = []
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    scripted(Busy(1, 429, at), waits=slept).health()
    assert 80 < slept[0] <= 90


@pytest.mark.parametrize(
    ("times", "after", "waits", "when"), [(9, "2", 5, "in 2 s"), (9, "", 5, "later"), (9, "9999", 0, "in 9999 s")]
)
def test_a_server_that_stays_busy_is_an_error(times: int, after: str, waits: int, when: str) -> None:
    slept: list[float] = []
    with pytest.raises(ServerError, match=f"pods.example is too busy .*at once.*run the same command again {when}"):
        scripted(Busy(times, 429, after), waits=slept).health()
    assert len(slept) == waits


def raising(error: Exception) -> Handler:
    def handler(request: httpx.Request) -> httpx.Response:
        raise error

    return handler


def saying(status: int, **reply: Any) -> Handler:
    return lambda request: httpx.Response(status, **reply)


WRONG_FIELD = {"detail": [{"loc": ["body", "x"], "msg": "wrong"}]}


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (raising(httpx.ConnectError("refused")), r"cannot be reached \(refused\): is the server running there\?"),
        (raising(httpx.ReadTimeout("")), r"gave no answer within 35 s: .* wait longer with --set request_seconds=60"),
        (raising(httpx.ReadError("")), r"broke off \(ReadError\): look at its log"),
        (saying(404, html="<p>no"), "is no Citecast server: /healthz answered 404 Not Found"),
        (saying(200, html="<p>hello"), "sent something else than Citecast does .*Invalid JSON"),
        (saying(200, json={"status": "ok"}), r"something else .*version: Field required.*Citecast"),
        (saying(301, headers={"location": "https://b/?k=secret"}), r"sends elsewhere: give https://b/\?k=…$"),
        (saying(401, json={"detail": "who?"}), r"wants a login \(401 Unauthorized: who\?\)"),
        (saying(504, json={"detail": "no answer within 30 seconds"}), "within 30 seconds.*request_seconds"),
        (saying(422, json=WRONG_FIELD), "answered 422.*body.x: wrong"),
        (saying(500, json={"detail": "look at the log"}), "healthz answered 500 .*: look at the log"),
    ],
)
def test_each_fault_is_told_with_what_helps(handler: Handler, reason: str) -> None:
    with pytest.raises(ServerError, match=reason) as caught:
        scripted(handler).health()
    assert str(caught.value).startswith("http://pods.example")
    assert "\n" not in str(caught.value)


def test_a_run_that_breaks_off_keeps_its_answers_for_the_next(
    sample_built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    fails: list[bool] = [True]

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/ask":
            asked.append(json.loads(request.content)["question"])
            if fails[0] and len(asked) == 4:
                raise httpx.ConnectError("gone")
        return plain(request)

    real = httpx.Client
    monkeypatch.setattr(httpx, "Client", lambda **more: real(**more | {"transport": httpx.MockTransport(handler)}))
    options = ["sample", "--system", "http://pods.example", "--out", tmp_path / "out", "--data", tmp_path / "none"]
    options += ["--judge", "lexical", "--limit", "5"]
    stopped = call("eval", *options)
    assert stopped.exit_code == 1
    assert "What was answered is kept in" in stopped.stderr
    assert "http://pods.example cannot be reached (gone)" in " ".join(stopped.stderr.split())
    assert "Traceback" not in stopped.stderr
    assert not (tmp_path / "out" / "run.json").exists()
    first = asked[1:3]  # the first of all only warms the server up
    fails[0] = False
    asked.clear()
    assert call("eval", *options).exit_code == 0
    assert not {*first} & {*asked}
    run = json.loads((tmp_path / "out" / "run.json").read_text())
    assert [row["output"]["question"] for row in run["suites"]["sample"]][:2] == first


def test_a_server_that_is_not_there_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ["--system", "http://127.0.0.1:9", "--out", out, "--data", tmp_path, "--judge", "lexical"]
    result = call("eval", "sample", *options)
    assert result.exit_code == 1
    assert "http://127.0.0.1:9 cannot be reached" in " ".join(result.stderr.split())
    assert "What was answered" not in result.stderr
    assert [*out.iterdir()] == []
