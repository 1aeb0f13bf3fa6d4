"""Tests how the probability of "yes" is read: from a list of tokens, a fake server with faults, a small model."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from llm_fakes import Act, Call, FakeServer, said, serving

from app.llm.engine import EngineError
from app.llm.transformers import Transformers
from eval.bench import yes_no
from eval.bench.yes_no import log_odds, open_asker
from ingest.settings import Settings, SettingsError


def ln(*chances: tuple[str, float]) -> list[tuple[str, float]]:
    return [(token, math.log(chance)) for token, chance in chances]


def replying(reply: Any) -> Act:
    """A server whose replies are all the same."""

    def act(call: Call) -> None:
        call.head(kind="application/json")
        call.send_raw(reply if isinstance(reply, str) else json.dumps(reply))

    return act


def listing(*chances: tuple[str, float]) -> dict[str, Any]:
    """A reply with log-probabilities, as vLLM, llama.cpp and Ollama give them."""
    top = [{"token": token, "logprob": chance, "bytes": None} for token, chance in ln(*chances)]
    return {"choices": [{"message": {"content": "yes"}, "logprobs": {"content": [{**top[0], "top_logprobs": top}]}}]}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yes_no, "_WAIT", 0.01)


@pytest.mark.parametrize(
    ("listed", "odds"),
    [
        (ln(("yes", 0.8), ("no", 0.2)), math.log(4)),
        (ln(("No", 0.5), (" yes", 0.25), ("Sure", 0.25)), math.log(0.5)),
        (ln(("Yes", 0.3), ("**yes", 0.3), ("no.", 0.2), ("NO", 0.1)), math.log(2)),
        (ln(("yes", 0.9), ("maybe", 0.05)), math.log(18)),
        (ln(("no", 0.9), ("maybe", 0.05)), -math.log(18)),
        ([("yes", 0.0), ("no", -3.4e38)], 30.0),
        (ln(("<think>", 0.9), ("yesterday", 0.1)), None),
        ([], None),
    ],
)
def test_all_spellings_count_and_the_missing_word_is_as_rare_as_the_last_one_listed(
    listed: list[tuple[str, float]], odds: float | None
) -> None:
    assert log_odds(listed) == (odds if odds is None else pytest.approx(odds))


def test_a_server_is_asked_for_the_log_probabilities_of_one_token() -> None:
    with serving(FakeServer(replying(listing(("yes", 0.75), ("no", 0.25))))) as server:
        asker = open_asker(Settings.model_validate({"model": server.url, "api_key": "k"}))
        found = asker.ask([said(f"Is {number} odd?") for number in range(5)])
    assert asker.name == "server:fake-1b"
    assert [log_odds(one) for one in found] == [pytest.approx(math.log(3))] * 5
    assert {call.body["messages"][0]["content"] for call in server.calls} == {f"Is {n} odd?" for n in range(5)}
    one = server.calls[0]
    assert (one.body["model"], one.body["max_tokens"], one.body["logprobs"], one.key) == (
        "owner/fake-1b", 1, True, "Bearer k",
    )  # fmt: skip


def refusing(status: int, message: str = "no") -> Act:
    return lambda call: call.refuse(status, message)


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (replying({"choices": [{"message": {"content": "yes"}}]}), "without log-probabilities.*--model transformers"),
        (replying({"choices": [{"logprobs": None}]}), "without log-probabilities"),
        (replying({"choices": [{"logprobs": {"content": []}}]}), "without log-probabilities"),
        (replying(["yes"]), "without log-probabilities"),
        (replying("<html>"), "sent no JSON.*/v1"),
        (refusing(400, "logprobs are not supported"), "400.*logprobs are not supported.*--model transformers"),
        (refusing(503, "loading"), "503.*loading"),
    ],
)
def test_a_server_without_log_probabilities_is_refused_with_what_to_do(act: Act, told: str) -> None:
    with serving(FakeServer(act)) as server:
        asker = open_asker(Settings(model=f"{server.url}#m"))
        with pytest.raises(EngineError, match=told):
            asker.ask([said("?")])


def test_an_overloaded_server_is_asked_again() -> None:
    ready = replying(listing(("no", 0.9), ("yes", 0.1)))
    with serving(FakeServer(refusing(429), refusing(503), ready)) as server:
        (found,) = open_asker(Settings(model=f"{server.url}#m")).ask([said("?")])
    assert log_odds(found) == pytest.approx(-math.log(9))
    assert len(server.calls) == 3


def test_a_server_that_lists_no_model_needs_a_name() -> None:
    with serving(FakeServer(replying({}), models={"data": []})) as server, pytest.raises(EngineError, match="#NAME"):
        open_asker(Settings(model=server.url))


@pytest.mark.parametrize(
    ("model", "told"),
    [("http://127.0.0.1:9/v1", "does not answer"), ("extractive", "transformers:NAME"), ("llama:FILE", "llama-server")],
)
def test_other_models_are_refused_in_one_line(model: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"GGUF")
    with pytest.raises((EngineError, SettingsError), match=told):
        open_asker(Settings(model=model.replace("FILE", str(file))))


def two_word_model(folder: Path) -> Path:
    """A folder with a model of random weights that knows few words, `yes` and `no` among them."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    vocabulary = {word: number for number, word in enumerate(["</s>", "<unk>", "yes", "no", "is", "odd", "user"])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="</s>", unk_token="<unk>").save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(vocabulary), hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=64, eos_token_id=0, bos_token_id=None,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def test_a_model_in_this_process_gives_the_odds_of_its_next_token(tmp_path: Path) -> None:
    asker = open_asker(Settings(model=f"transformers:{two_word_model(tmp_path / 'two-word')}"))
    prompts = [said("is 3 odd"), said("yes no yes")]
    found = asker.ask(prompts)
    assert asker.name == "transformers:two-word"
    engine = Transformers(str(tmp_path / "two-word"), context_tokens=64, seconds=60)
    for prompt, listed in zip(prompts, found, strict=True):
        logits = engine.model(**engine.encode([{"role": "user", "content": prompt[0].content}])).logits[0, -1]
        assert log_odds(listed) == pytest.approx((logits[2] - logits[3]).item(), abs=1e-2)
        assert sum(math.exp(chance) for _, chance in listed) == pytest.approx(1, abs=1e-2)
