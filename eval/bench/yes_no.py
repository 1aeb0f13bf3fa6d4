"""Asks a language model for "yes" or "no", and reads how probable each is from the log-probabilities of its first word.

    messages -> server or transformers -> the most probable first tokens -> log-odds of "yes" against "no"

Nothing here knows passages or suites.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from scipy.special import logsumexp
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from app.llm.choose import Choice, load_engine, parse_model
from app.llm.engine import EngineRefused, EngineUnavailable, Message
from app.llm.transformers import Transformers
from ingest.settings import Settings, SettingsError
from ingest.sources.urls import on_this_machine, one_line, shown

# The most tokens that servers list; vLLM's own limit.
_LISTED = 20
_AT_ONCE = 8
_MOST = 30.0
_SECONDS = 300.0
_TRIES = 4
# Seconds before the second try; about twice as long before each other one.
_WAIT = 0.5
_OVERLOADED = (429, 500, 502, 503, 504)
_QUOTES = " \n\t\"'*`.,:"
_REMEDY = (
    "vLLM, llama.cpp's server and Ollama give log-probabilities; or read in this process: --model transformers:NAME"
)

Prompt = Sequence[Message]
# The most probable first tokens of a reply, each with its natural logarithm.
Listed = list[tuple[str, float]]


def log_odds(listed: Listed) -> float | None:
    """The natural log-odds of "yes" against "no" in all their spellings; None if neither is listed.

    If only one of them is listed, the other is taken to be as probable as the last token that is. Between -30 and 30:
    some servers list a token of no probability with the least number there is.
    """
    yes, no = (_spelled(word, listed) for word in ("yes", "no"))
    if yes is None and no is None:
        return None
    least = min(chance for _, chance in listed)
    odds = (least if yes is None else yes) - (least if no is None else no)
    return min(_MOST, max(-_MOST, odds))


def _spelled(word: str, listed: Listed) -> float | None:
    """The log-probability of a word, by all tokens that spell it."""
    own = [chance for token, chance in listed if token.strip(_QUOTES).casefold() == word]
    return float(logsumexp(own)) if own else None


class Asker:
    """A loaded or reachable model; `at_once` is how many prompts it reads at the same time."""

    def __init__(self, name: str, first_tokens: Callable[[Prompt], Listed], at_once: int) -> None:
        self.name = name
        self._first_tokens = first_tokens
        self._at_once = at_once

    def ask(self, prompts: Sequence[Prompt]) -> list[Listed]:
        """The most probable first tokens of each reply; raises `EngineError`."""
        if self._at_once == 1:
            return [self._first_tokens(one) for one in prompts]
        with ThreadPoolExecutor(self._at_once) as pool:
            return list(pool.map(self._first_tokens, prompts))


def open_asker(settings: Settings) -> Asker:
    """The model of the setting `model`; raises `SettingsError` and `EngineError`."""
    choice = parse_model(settings.model)
    if choice.engine == "server":
        server = _Server(choice, settings.api_key.get_secret_value())
        # llama.cpp's server names a model by its file.
        return Asker(f"server:{server.model.rsplit('/', 1)[-1]}", server.first_tokens, _AT_ONCE)
    if choice.engine != "transformers":
        raise SettingsError(
            f"setting 'model': {shown(settings.model)!r} gives no log-probabilities here. Give transformers:NAME, or "
            "serve it (llama-server, vLLM) and give its URL"
        )
    engine = load_engine(settings)
    assert isinstance(engine, Transformers)
    return Asker(engine.name, lambda prompt: _first_tokens(engine, prompt), 1)


def _first_tokens(engine: Transformers, prompt: Prompt) -> Listed:
    inputs = engine.encode(_plain(prompt)).to(engine.model.device)
    found = engine.model.generate(
        **inputs, max_new_tokens=1, do_sample=False, output_logits=True, return_dict_in_generate=True
    )
    chances = found.logits[0][0].float().log_softmax(-1)
    best = chances.topk(min(_LISTED, len(chances)))
    return [
        (engine.tokenizer.decode([token]), chance)
        for token, chance in zip(best.indices.tolist(), best.values.tolist(), strict=True)
    ]


class _Overloaded(Exception):
    """The server may answer later; holds the error to raise if it does not."""

    def __init__(self, told: EngineUnavailable) -> None:
        super().__init__(str(told))
        self.told = told


class _Server:
    """A server with the OpenAI protocol; safe to share between threads."""

    def __init__(self, choice: Choice, key: str) -> None:
        """Without a model's name the first that it lists; raises `EngineError`."""
        self._at = shown(choice.target)
        self._http = httpx.Client(
            base_url=choice.target,
            headers={"authorization": f"Bearer {key}"} if key else {},
            timeout=_SECONDS,
            limits=httpx.Limits(max_connections=_AT_ONCE),
            # A local server must not be reached through a proxy from the environment.
            trust_env=not on_this_machine(choice.target),
        )
        self.model = choice.part or self._first_listed()

    def _first_listed(self) -> str:
        try:
            return str(self._sent("GET", "/models")["data"][0]["id"])
        except (LookupError, TypeError) as error:
            raise EngineUnavailable(f"{self._at} lists no model. Name it: --model {self._at}#NAME") from error

    def first_tokens(self, prompt: Prompt) -> Listed:
        """The most probable first tokens of the reply; raises `EngineError`."""
        body = {
            "model": self.model, "messages": _plain(prompt), "max_tokens": 1, "temperature": 0,
            "logprobs": True, "top_logprobs": _LISTED, "chat_template_kwargs": {"enable_thinking": False},
        }  # fmt: skip
        reply = self._sent("POST", "/chat/completions", body)
        try:
            (first, *_) = reply["choices"][0]["logprobs"]["content"]
            return [(str(one["token"]), float(one["logprob"])) for one in first["top_logprobs"]]
        except (LookupError, TypeError, ValueError) as error:
            raise EngineRefused(f"{self._at} answered without log-probabilities. {_REMEDY}") from error

    def _sent(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The reply; asks again while the server is overloaded or starting."""
        patient = Retrying(
            stop=stop_after_attempt(_TRIES),
            wait=wait_random_exponential(multiplier=_WAIT, max=5),
            retry=retry_if_exception_type(_Overloaded),
            reraise=True,
        )
        try:
            return patient(self._once, method, path, body)
        except _Overloaded as busy:
            raise busy.told from None

    def _once(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        try:
            reply = self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            why = f"{self._at} does not answer ({type(error).__name__}). Start it, or give another --model"
            raise _Overloaded(EngineUnavailable(why)) from error
        if reply.is_success:
            try:
                return reply.json()
            except ValueError as error:
                raise EngineRefused(f"{self._at} sent no JSON. Does its URL end in /v1?") from error
        told = f"{self._at} refuses ({reply.status_code}): {one_line(reply.text)[:300]}. {_REMEDY}"
        if reply.status_code in _OVERLOADED:
            raise _Overloaded(EngineUnavailable(told))
        raise EngineRefused(told)


def _plain(prompt: Prompt) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in prompt]
