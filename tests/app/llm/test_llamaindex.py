"""An engine as LlamaIndex sees it."""

from __future__ import annotations

import asyncio
from typing import Any

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.prompts import PromptTemplate
from llama_index_instrumentation import root_dispatcher
from llm_fakes import ScriptedEngine

from app.llm.llamaindex import EngineLLM


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
