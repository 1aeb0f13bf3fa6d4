"""Measures how fast a language model writes through Citecast, and how much slower than the bare model that is.

    .venv/bin/python -m eval.bench.language_model [--model MODEL] [--at-once N] [--tokens N] [--rounds N] [--json]

MODEL is a value of the setting `model`, and by default that setting's value. Measured at temperature 0, with
made-up evidence of some 300 words and questions that differ only at their end, so that a prefix cache
helps as it does in use:

1. One question alone: tokens per second and the time to the first piece.
2. Many at once: tokens per second, all together.
3. The same prompts without Citecast: transformers' own `generate`, one by one; a server asked
   directly, all at once and not streamed.

Both are measured alternately, after one round that is not counted. Figures are medians of the rounds,
and the ratio is the median of the rounds' ratios, to cancel out other load. llama.cpp in the process
is not compared with its bare speed.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import httpx
import typer
from rich.console import Console

from app.llm.choose import load_engine, parse_model
from app.llm.engine import Engine, EngineError, Message
from app.llm.transformers import Transformers
from eval.bench.figures import Figure, Target, table
from ingest.settings import Settings, SettingsError, load_settings

_TARGET_PROCESS, _TARGET_SERVER = 0.95, 0.9
_PIECE = (
    "[{}] We began with one machine in a cupboard, and for half a year that was enough. What made us change was not "
    "the load, it was that two people wanted to train at the same time and one of them always waited until the evening."
)
_EVIDENCE = "\n".join(_PIECE.format(number) for number in range(1, 8))

Prompt = list[Message]


def prompts(count: int) -> list[Prompt]:
    """`count` questions about the same evidence."""
    system = Message("system", "Answer from the numbered evidence alone, in four sentences.")
    asked = [f"{_EVIDENCE}\n\nQuestion {number}: why did they change, and when?" for number in range(1, count + 1)]
    return [[system, Message("user", text)] for text in asked]


class Bench:
    """Runs the prompts with one engine."""

    def __init__(self, engine: Engine, settings: Settings, at_once: int, tokens: int, rounds: int) -> None:
        self.engine, self.settings = engine, settings
        self.tokens, self.rounds = tokens, rounds
        self.prompts = prompts(at_once)
        self.first: list[float] = []

    def figures(self) -> list[Figure]:
        """Run everything and return the figures; raises `EngineError`."""
        alone, many = self.prompts[:1], self.prompts
        # What is compared runs next to each other.
        works: dict[str, Callable[[], int]] = {"alone": lambda: self._ours(alone), "many": lambda: self._ours(many)}
        compared, target = "", Target(0)
        if parse_model(self.settings.model).engine == "transformers":
            works = {"many": works["many"], "alone": works["alone"], "bare": lambda: self._generate(alone)}
            compared, target = "alone", Target(_TARGET_PROCESS, at_least=True)
        elif parse_model(self.settings.model).engine == "server":
            works["bare"] = lambda: self._directly(many)
            compared, target = "many", Target(_TARGET_SERVER, at_least=True)
        rates = self._rates(works)
        rate = {name: statistics.median(found) for name, found in rates.items()}
        name, count = self.engine.name, len(self.prompts)
        found = [
            Figure("Alone", rate["alone"], "tokens/s", None, name),
            Figure("First piece, alone, p50", statistics.median(self.first), "s", None, name),
            Figure(f"{count} at once", rate["many"], "tokens/s", None, name),
        ]
        if compared:
            ratio = statistics.median(a / b for a, b in zip(rates[compared], rates["bare"], strict=True))
            found.append(Figure("Against the bare model", ratio, "x", target, f"{rate['bare']:.1f} tokens/s bare"))
        return found

    def _rates(self, works: dict[str, Callable[[], int]]) -> dict[str, list[float]]:
        """Tokens per second of each work, one value a round."""
        rates: dict[str, list[float]] = {name: [] for name in works}
        for turn in range(self.rounds + 1):
            for name, work in works.items():
                began = time.perf_counter()
                rate = work() / (time.perf_counter() - began)
                if turn:
                    rates[name].append(rate)
            if not turn:
                self.first.clear()
        return rates

    def _ours(self, asked: Sequence[Prompt]) -> int:
        """Answer all prompts at once; returns the number of tokens written."""
        with ThreadPoolExecutor(len(asked)) as pool:
            return sum(pool.map(lambda prompt: self._one(prompt, alone=len(asked) == 1), asked))

    def _one(self, prompt: Prompt, alone: bool) -> int:
        began = time.perf_counter()
        stream = self.engine.stream(prompt, max_tokens=self.tokens)
        for index, _ in enumerate(stream):
            if alone and not index:
                self.first.append(time.perf_counter() - began)
        return stream.usage.output_tokens

    def _generate(self, asked: Sequence[Prompt]) -> int:
        assert isinstance(self.engine, Transformers)
        llm, written = self.engine, 0
        for prompt in asked:
            inputs = llm.encode(_plain(prompt)).to(llm.model.device)
            found = llm.model.generate(**inputs, max_new_tokens=self.tokens, do_sample=False)
            written += found.shape[1] - inputs["input_ids"].shape[1]
        return written

    def _directly(self, asked: Sequence[Prompt]) -> int:
        choice = parse_model(self.settings.model)
        key = self.settings.api_key.get_secret_value()

        async def all_of_them() -> int:
            headers = {"authorization": f"Bearer {key}"} if key else {}
            async with httpx.AsyncClient(headers=headers, timeout=600, trust_env=False) as client:
                models = (await client.get(f"{choice.target}/models")).json() if not choice.part else {}
                model = choice.part or models["data"][0]["id"]

                async def one(prompt: Prompt) -> int:
                    body = {
                        "model": model, "messages": _plain(prompt), "max_tokens": self.tokens, "temperature": 0,
                        "chat_template_kwargs": {"enable_thinking": False},
                    }  # fmt: skip
                    found = await client.post(f"{choice.target}/chat/completions", json=body)
                    return int(found.raise_for_status().json()["usage"]["completion_tokens"])

                return sum(await asyncio.gather(*map(one, asked)))

        return asyncio.run(all_of_them())


def _plain(prompt: Prompt) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in prompt]


def main(
    model: Annotated[str | None, typer.Option(help="As the setting `model` takes it.")] = None,
    at_once: Annotated[int, typer.Option(min=1, max=256, help="Questions at once.")] = 16,
    tokens: Annotated[int, typer.Option(min=4, max=2048, help="Most tokens of an answer.")] = 96,
    rounds: Annotated[int, typer.Option(min=1, max=20, help="Rounds that count.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure how fast a language model writes."""
    notes = Console(stderr=True)
    try:
        settings = load_settings({"model": model, "model_seconds": 600})
        engine = load_engine(settings)
        if engine is None:
            raise SettingsError("setting 'model': quotes alone need no model; give one: --model MODEL")
        engine.warm_up()
        figures = Bench(engine, settings, at_once, tokens, rounds).figures()
    except (EngineError, SettingsError, httpx.HTTPError) as error:
        notes.print(f"bench: {error}", markup=False, soft_wrap=True)
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(json.dumps([figure.to_json() for figure in figures], ensure_ascii=False))
    else:
        Console().print(table("Writing", f"{tokens} tokens at most, {rounds} rounds", figures, {}))


if __name__ == "__main__":
    typer.run(main)
