"""Tests the bench of language models on a fake server: figures, and the ratio to the same prompts without Citecast."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import typer
from llm_fakes import Call, FakeServer, serving, whole
from typer.testing import CliRunner, Result

from eval.bench import language_model as bench_model


def act(call: Call) -> None:
    if call.body.get("stream"):
        call.head()
        call.send(*whole("It ", "depends."))
    else:
        call.head(kind="application/json")
        call.send(json.dumps({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}}))


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with serving(FakeServer(act)) as started:
        yield started


def call(*args: str) -> Result:
    app = typer.Typer()
    app.command()(bench_model.main)
    return CliRunner().invoke(app, args)


def test_figures_of_a_server(server: FakeServer) -> None:
    result = call("--model", server.url, "--at-once", "3", "--rounds", "2", "--tokens", "9", "--json")
    assert result.exit_code == 0, result.output
    figures = {figure["name"]: figure for figure in json.loads(result.stdout)}
    assert list(figures) == ["Alone", "First piece, alone, p50", "3 at once", "Against the bare model"]
    assert all(figure["value"] > 0 for figure in figures.values())
    assert figures["Against the bare model"]["target"] == 0.9
    # One to warm up, and in each of three rounds one alone, three at once and the same three directly.
    assert len(server.calls) == 1 + 3 * 7
    direct = [one for one in server.calls if not one.body.get("stream")]
    assert len(direct) == 9
    assert all(one.body["max_tokens"] == 9 for one in server.calls[1:])


def test_prompts_share_all_but_their_end() -> None:
    first, second = bench_model.prompts(2)
    assert first[0] == second[0]
    assert first[1].content != second[1].content
    assert (first[1].content or "")[:1500] == (second[1].content or "")[:1500]


@pytest.mark.parametrize(
    ("model", "told"),
    [("extractive", "need no model"), ("gpt-9", "gpt-9"), ("http://127.0.0.1:9/v1", "no model server")],
)
def test_without_a_model_it_says_what_is_missing(model: str, told: str) -> None:
    result = call("--model", model)
    assert result.exit_code == 1
    assert told in result.output.replace("\n", " ")
