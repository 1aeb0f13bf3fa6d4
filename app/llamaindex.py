"""Offers the archive and its language model to LlamaIndex programs: a retriever and an LLM.

    engine = RetrieverQueryEngine.from_args(ArchiveRetriever.open(settings), llm=EngineLLM(model))

LlamaIndex does not check its answers against quotes; only `app.answering` does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.llms import CustomLLM
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from pydantic import PrivateAttr

from app.contract import PassageModel
from app.llm.engine import MAX_TOKENS, Engine, Message, Usage
from index.embedder import Embedder
from index.filters import Filters
from index.opened import open_index
from index.reranking.stage import Reranking
from index.retrieve import Retriever
from ingest.settings import Settings


class ArchiveRetriever(BaseRetriever):
    """Retrieves the `k` best passages for a question, as nodes.

    A node's text is the passage. Its metadata holds the episode (`episode`, `title`, `guests`), the `chapter`, the
    `speaker`, the seconds (`start`, `end`) and the link to that second (`url`).
    """

    def __init__(self, retriever: Retriever, k: int = 10, filters: Filters = Filters()) -> None:
        """`k` is at most 60; `filters` hold whole values of the index."""
        super().__init__()
        self._retriever, self._k, self._filters = retriever, k, filters

    @classmethod
    def open(cls, settings: Settings, k: int = 10, filters: Filters = Filters()) -> ArchiveRetriever:
        """A retriever on the newest index.

        Raises `IndexMissing`, `IndexMismatch`, `StoreError` or `EmbedderError`, each with the command that helps.
        """
        embedder = Embedder.of(settings)
        return cls(Retriever(open_index(settings, embedder), embedder, Reranking.of(settings)), k, filters)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        index = self._retriever.index
        found = []
        for scored in self._retriever.search(query_bundle.query_str, self._k, self._filters).passages:
            episode = index.episodes[scored.passage.episode]
            about = PassageModel.at(scored, episode).model_dump(exclude={"rank", "score", "text"})
            node = TextNode(
                id_=scored.passage.id, text=scored.passage.text, metadata=about | {"guests": list(episode.guests)}
            )
            found.append(NodeWithScore(node=node, score=scored.score))
        return found


class EngineLLM(CustomLLM):
    """One of our engines as a LlamaIndex LLM; the last response of a stream has the token counts.

    In addition to LlamaIndex's own arguments, `chat`, `complete` and their streams take `max_tokens`, `schema` (a JSON
    schema for the output, if the engine can follow one) and `stop` (an event that ends the generation).
    """

    _engine: Engine = PrivateAttr()

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine

    @property
    def metadata(self) -> LLMMetadata:
        """LlamaIndex's description of the model."""
        return LLMMetadata(
            context_window=self._engine.context_tokens,
            num_output=MAX_TOKENS,
            is_chat_model=True,
            model_name=self._engine.name,
        )

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """Write an answer, piece by piece."""
        return self._responses(messages, kwargs)

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Write an answer."""
        return _last(self._responses(messages, kwargs))

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        """Answer a prompt as a single message, piece by piece."""
        return (_completion(response) for response in self._responses([ChatMessage(prompt)], kwargs))

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Answer a prompt as a single message."""
        return _completion(_last(self._responses([ChatMessage(prompt)], kwargs)))

    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """`chat`, without blocking the event loop."""
        return await asyncio.to_thread(self.chat, messages, **kwargs)

    async def acomplete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """`complete`, without blocking the event loop."""
        return await asyncio.to_thread(self.complete, prompt, formatted, **kwargs)

    def _responses(self, messages: Sequence[ChatMessage], kwargs: dict[str, Any]) -> ChatResponseGen:
        known = {key: kwargs[key] for key in ("max_tokens", "schema", "stop") if kwargs.get(key) is not None}
        said = [Message(message.role.value, message.content or "") for message in messages]
        text = ""
        with self._engine.stream(said, **known) as stream:
            for piece in stream:
                text += piece
                yield _response(text, piece)
            yield _response(text, "", stream.usage)


def _response(text: str, delta: str, usage: Usage | None = None) -> ChatResponse:
    counts = {}
    if usage:
        # LlamaIndex's own names, which its token counters read.
        counts = {
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.output_tokens,
            "total_tokens": usage.prompt_tokens + usage.output_tokens,
        }
    message = ChatMessage(role=MessageRole.ASSISTANT, content=text)
    return ChatResponse(message=message, delta=delta, additional_kwargs=counts)


def _completion(response: ChatResponse) -> CompletionResponse:
    return CompletionResponse(
        text=response.message.content or "", delta=response.delta, additional_kwargs=response.additional_kwargs
    )


def _last(responses: ChatResponseGen) -> ChatResponse:
    last = _response("", "")
    for response in responses:
        last = response
    return last
