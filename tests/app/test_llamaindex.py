"""Tests the retriever and the LLM for LlamaIndex."""

from __future__ import annotations

import asyncio
from typing import Any

from builds import Built
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.prompts import PromptTemplate
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index_instrumentation import root_dispatcher
from llm_fakes import ScriptedEngine

from app.llamaindex import ArchiveRetriever, EngineLLM
from index.filters import Filters
from index.opened import Index
from index.retrieve import Retriever
from ingest.text import clean


def asked(text: str) -> list[ChatMessage]:
    return [ChatMessage(text)]


def llm_of(*pieces: str) -> EngineLLM:
    return EngineLLM(ScriptedEngine(pieces, context=99))


def test_complete_chat_and_predict() -> None:
    llm = llm_of("It ", "depends.")
    assert llm.complete("Does it?").text == "It depends."
    assert llm.chat(asked("Does it?")).message.content == "It depends."
    assert llm.predict(PromptTemplate("Does {what}?"), what="it") == "It depends."
    assert llm.metadata.context_window == 99
    assert llm.metadata.is_chat_model


def test_streams_hold_the_text_so_far_and_the_piece() -> None:
    llm, steps = llm_of("It ", "depends."), [("It ", "It "), ("It depends.", "depends.")]
    assert [(step.message.content, step.delta) for step in llm.stream_chat(asked("?"))][:2] == steps
    assert [(step.text, step.delta) for step in llm.stream_complete("?")][:2] == steps


def test_asynchronous_calls_do_not_hold_up_the_loop() -> None:
    llm = llm_of("yes")

    async def both() -> tuple[Any, Any]:
        return await asyncio.gather(llm.acomplete("?"), llm.achat(asked("?")))

    completed, chatted = asyncio.run(both())
    assert (completed.text, chatted.message.content) == ("yes", "yes")


def test_token_counts_stand_under_llamaindexs_names() -> None:
    found = llm_of("one", "two").complete("three short words").additional_kwargs
    assert found == {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


def test_llamaindexs_instrumentation_sees_each_answer() -> None:
    seen: list[str] = []

    class Handler(BaseEventHandler):
        @classmethod
        def class_name(cls) -> str:
            return "Handler"

        def handle(self, event: Any, **_: Any) -> None:
            seen.append(event.class_name())

    handler = Handler()
    root_dispatcher.add_event_handler(handler)
    try:
        list(llm_of("a", "b").stream_chat(asked("?")))
    finally:
        root_dispatcher.event_handlers.remove(handler)
    assert seen[0] == "LLMChatStartEvent"
    assert seen[-1] == "LLMChatEndEvent"


# The archive.

QUESTION = "Which drift alarm is worth paging somebody for?"


def test_a_query_engine_answers_from_the_archive(sample_built: Built) -> None:
    engine = ScriptedEngine(lambda request: [request.messages[-1]["content"][-60:]], context=8192)
    retriever = ArchiveRetriever.open(sample_built.settings, k=3)
    response = RetrieverQueryEngine.from_args(retriever, llm=EngineLLM(engine)).query(QUESTION)
    assert QUESTION in str(response)
    assert len(response.source_nodes) == 3
    asked = engine.requests[0].messages[-1]["content"]
    assert all(clean(found.node.get_content()) in clean(asked) for found in response.source_nodes)


def test_nodes_are_the_ranked_passages_and_say_who_speaks_where(sample_built: Built, sample_index: Index) -> None:
    searcher = Retriever(sample_index, sample_built.embedder)
    nodes = ArchiveRetriever(searcher, k=5).retrieve(QUESTION)
    ranked = searcher.search(QUESTION, 5).passages
    assert [(found.node_id, found.score) for found in nodes] == [(one.passage.id, one.score) for one in ranked]
    for found, one in zip(nodes, ranked, strict=True):
        episode = sample_index.episodes[one.passage.episode]
        assert found.text == one.passage.text
        assert found.metadata.items() >= {
            "episode": episode.slug, "title": episode.title, "guests": list(episode.guests),
            "speaker": one.passage.speaker, "start": round(one.passage.start, 1),
            "url": episode.url(one.passage.start),
        }.items()  # fmt: skip


def test_filters_narrow_what_is_retrieved(sample_built: Built, sample_index: Index) -> None:
    slug = list(sample_index.episodes)[-1]
    narrowed = ArchiveRetriever(Retriever(sample_index, sample_built.embedder), filters=Filters(episodes=(slug,)))
    assert {found.metadata["episode"] for found in narrowed.retrieve(QUESTION)} == {slug}
