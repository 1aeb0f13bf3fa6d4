"""Builds a request's body in the OpenAI protocol, also without options that a server refuses.

Nothing here opens a connection.
"""

from __future__ import annotations

import re
from typing import Any

from app.llm.engine import Request

SCHEMA = "response_format"
# Our name for the system role. A model's chat template may not know it.
SYSTEM = "system"
# Options that self-hosted servers may not know, and that are not essential.
_OPTIONAL = ("chat_template_kwargs", "stream_options", SCHEMA)
# How a refusal may name each option.
_NAMED = {
    SCHEMA: r"response_format|json.?schema|schema|\w*grammar|guided|structured",
    "chat_template_kwargs": r"chat_template_kwargs|enable_thinking",
    "stream_options": r"stream_options|include_usage",
    "max_tokens": r"max_tokens",
    "max_completion_tokens": r"max_completion_tokens",
    "temperature": r"temperature",
    "stream": r"stream(?:ing)?",
    SYSTEM: r"system (?:role|message|prompt|instruction)s?|role\W{0,4}system|system\W* role|roles must alternate",
}
# Any of these names.
ANY = re.compile(rf"(?<![\w-])(?:{'|'.join(_NAMED.values())})(?![\w-])", re.IGNORECASE)


def body(model: str, request: Request, without: frozenset[str]) -> dict[str, Any]:
    """A request's body, without the options that the server refused before."""
    found: dict[str, Any] = {
        "model": model,
        "messages": _without_system(request.messages) if SYSTEM in without else request.messages,
        "max_completion_tokens" if "max_tokens" in without else "max_tokens": request.max_tokens,
        "temperature": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
        # A model that thinks first would spend its tokens on text that nobody sees.
        "chat_template_kwargs": {"enable_thinking": False},
    }
    if request.schema is not None:
        found[SCHEMA] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": request.schema},
        }
    if "stream" in without:
        without |= {"stream_options"}
    return {key: value for key, value in found.items() if key not in without}


def _without_system(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    """The messages with the instructions moved into the first user message."""
    told = "\n\n".join(message["content"] for message in messages if message["role"] == SYSTEM)
    rest = [message for message in messages if message["role"] != SYSTEM]
    if not rest or rest[0]["role"] != "user":
        return [{"role": "user", "content": told}, *rest]
    return [{"role": "user", "content": f"{told}\n\n{rest[0]['content']}"}, *rest[1:]]


def named(text: str, sent: dict[str, Any]) -> frozenset[str]:
    """The options in a body that a refusal names."""
    return frozenset(
        option
        for option in _used(sent)
        if option in _NAMED and re.search(rf"(?<![\w-])(?:{_NAMED[option]})(?![\w-])", text, re.IGNORECASE)
    )


def fallbacks(without: frozenset[str], sent: dict[str, Any]) -> list[frozenset[str]]:
    """Sets of options to leave out after a refusal without a reason: each option alone, then several."""
    optional = [option for option in _OPTIONAL if option in sent]
    alone = [without | {option} for option in optional]
    several = [without | frozenset(optional)] if len(optional) > 1 else []
    return [*alone, *several, without | (_used(sent) & {*_OPTIONAL, SYSTEM, "temperature", "max_tokens"})]


def _used(sent: dict[str, Any]) -> frozenset[str]:
    has_system = any(message["role"] == SYSTEM for message in sent["messages"])
    return frozenset(sent) | ({SYSTEM} if has_system else frozenset())
