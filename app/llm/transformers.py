"""Runs `transformers` inside the process: any causal model by hub name, folder or GGUF file; meant for a GPU.

`llama-index-llms-huggingface` is not used: its stream has no stopping criteria and no
time limit, after an error in its thread the reader waits for ever, and it counts no
tokens.

One answer is written at a time; use a server (vLLM) for several. torch and
transformers are imported when a model is loaded, because that takes seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.llm.background import Outlet, in_thread, stream_from
from app.llm.engine import Engine, EngineError, EngineUnavailable, Request, Usage
from index.model_loading import fast_dtype
from index.torch_use import use_cores

_SMALLER = "Take a smaller one (export CITECAST_MODEL=…), or a server that shares the GPU better, such as vLLM."


class Transformers(Engine):
    """A causal model, loaded once, on the GPU if there is one."""

    def __init__(self, source: str, *, context_tokens: int, seconds: float) -> None:
        """Load a model by hub name, folder or GGUF file; raises `EngineUnavailable`."""
        self.seconds = seconds
        self._busy = threading.Lock()
        path = Path(source).expanduser()
        self._name = f"transformers:{path.stem if path.suffix == '.gguf' else path.name}"
        with _loading(source):
            self._model, self._tokenizer = _load(source)
        limit = getattr(self._model.config, "max_position_embeddings", None) or context_tokens
        self._context = min(int(limit), context_tokens)

    @property
    def name(self) -> str:
        """`transformers:` and the model's name without its owner or folder."""
        return self._name

    @property
    def context_tokens(self) -> int:
        """The model's own limit, or the requested one if that is smaller."""
        return self._context

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, by the model's own vocabulary."""
        return len(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def generate(self, request: Request) -> Iterator[str | Usage]:
        """Yield pieces of text, and the usage last."""

        def work(outlet: Outlet[str | Usage], cancelled: threading.Event) -> None:
            while not self._busy.acquire(timeout=0.05):
                if cancelled.is_set():
                    return
            try:
                with _answering(self._name):
                    self._write(request, outlet, cancelled)
            finally:
                self._busy.release()

        return stream_from(in_thread(work), seconds=self.seconds, stop=request.stop, waiting_for=self._name)

    def _write(self, request: Request, outlet: Outlet[str | Usage], cancelled: threading.Event) -> None:
        use_cores(0)  # a new thread would start with the value that another thread set last
        inputs = self.encode(request.messages).to(self._model.device)
        prompt_tokens = inputs["input_ids"].shape[1]
        if prompt_tokens + request.max_tokens > self._context:
            raise EngineError(
                f"The prompt ({prompt_tokens:,} tokens) and {request.max_tokens:,} tokens of answer do not fit "
                f"{self._name}'s {self._context:,}. Allow more: export CITECAST_CONTEXT_TOKENS=…"
            )
        written = self._model.generate(
            **inputs,
            max_new_tokens=request.max_tokens,
            do_sample=False,
            **_listeners(self._tokenizer, outlet, cancelled),
        )
        outlet.put(Usage(prompt_tokens, written.shape[1] - prompt_tokens))

    def encode(self, messages: list[dict[str, str]]) -> Any:
        """Input of `generate` for messages: by the model's chat template, else as plain text."""
        if self._tokenizer.chat_template:
            return self._tokenizer.apply_chat_template(
                messages, add_generation_prompt=True, enable_thinking=False, return_tensors="pt", return_dict=True
            )
        said = [f"{message['role']}: {message['content']}" for message in messages]
        return self._tokenizer("\n".join([*said, "assistant: "]), return_tensors="pt")

    @property
    def model(self) -> Any:
        """The model itself, for measurements."""
        return self._model

    @property
    def tokenizer(self) -> Any:
        """Its tokenizer, for measurements."""
        return self._tokenizer


def _listeners(tokenizer: Any, outlet: Outlet[str | Usage], cancelled: threading.Event) -> dict[str, Any]:
    """Arguments of `generate` that pass on each finished word, and stop it when it is cancelled."""
    from torch import full
    from transformers import TextStreamer

    class Streamer(TextStreamer):  # type: ignore[misc]
        def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
            if text:
                outlet.put(text)

    def stops(input_ids: Any, scores: Any, **_: Any) -> Any:
        return full((input_ids.shape[0],), cancelled.is_set(), device=input_ids.device)

    streamer = Streamer(tokenizer, skip_prompt=True, skip_special_tokens=True)
    return {"streamer": streamer, "stopping_criteria": [stops]}


def _load(source: str) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    path = Path(source).expanduser()
    name, more, model_more = source, {}, {}
    if path.suffix == ".gguf":
        name, more = str(path.parent), {"gguf_file": path.name}
        # A quantized model would unpack each weight again for each token.
        model_more = {"quantization_config": GgufConfig(dequantize=True)}
    elif path.is_dir():
        name = str(path)
    tokenizer = AutoTokenizer.from_pretrained(name, trust_remote_code=False, **more)
    model = AutoModelForCausalLM.from_pretrained(
        name, dtype=getattr(torch, fast_dtype()), trust_remote_code=False, **more, **model_more
    )
    model = model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
    _be_exact(model.generation_config, tokenizer)
    return model, tokenizer


def _be_exact(config: Any, tokenizer: Any) -> None:
    """Set options to avoid warnings, and stop at the chat template's end token, which a GGUF file may not name."""
    config.do_sample = False
    config.temperature = config.top_p = config.top_k = None
    ends = config.eos_token_id if isinstance(config.eos_token_id, list) else [config.eos_token_id]
    config.eos_token_id = sorted({end for end in [*ends, tokenizer.eos_token_id] if end is not None}) or None
    if config.pad_token_id is None and config.eos_token_id:
        config.pad_token_id = config.eos_token_id[0]


@contextmanager
def _loading(source: str) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise EngineUnavailable(
            f"transformers cannot load {source}: {str(error).strip()} "
            "GGUF files need an extra: `.venv/bin/pip install -c constraints.txt -e '.[gguf]'`"
        ) from error
    # Broken files and unknown architectures raise many types: struct's, safetensors', ValueError...
    except Exception as error:
        if _out_of_memory(error):
            raise EngineUnavailable(f"{source} does not fit into the GPU's memory. {_SMALLER}") from error
        if "trust_remote_code" in str(error):
            raise EngineUnavailable(
                f"{source} brings code of its own, which is not run here. Give a model that transformers knows "
                "by itself: export CITECAST_MODEL=…"
            ) from error
        first = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".: ")
        raise EngineUnavailable(
            f"transformers cannot load {source}: {first[:300]}. Get it again, or give another: export CITECAST_MODEL=…"
        ) from error


@contextmanager
def _answering(label: str) -> Iterator[None]:
    try:
        yield
    except EngineError:
        raise
    # A chat template without a system role raises jinja's error, a broken model torch's.
    except Exception as error:
        if _out_of_memory(error):
            raise EngineError(f"{label} ran out of the GPU's memory while it answered. {_SMALLER}") from error
        raise EngineError(f"{label} gave no answer: {type(error).__name__}: {str(error)[:300]}") from error


def _out_of_memory(error: Exception) -> bool:
    """Whether the GPU ran out of memory; frees what can be freed."""
    import torch

    if not isinstance(error, torch.OutOfMemoryError):
        return False
    torch.cuda.empty_cache()
    return True
