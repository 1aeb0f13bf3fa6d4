"""Reads the prompts of a scripted model, and writes its output."""

from __future__ import annotations

import json
import re

from app.llm.engine import Request

QUESTION = "What does continuous batching do for throughput?"


NONSENSE = "Walruses in Siberia paint purple submarines on Thursdays."


def pieces(request: Request) -> list[str]:
    """The numbered evidence of a prompt, without the context in brackets."""
    found = re.findall(r"^\[\d+\] (?:\([^)]*\) )?(.*)$", request.messages[-1]["content"], re.MULTILINE)
    assert found
    return found


def first_sentence(piece: str) -> str:
    return max(re.split(r"(?<=[.!?])\s", piece), key=len)


def entry(text: str, *cites: int) -> str:
    return json.dumps({"sentences": [{"text": text, "cites": list(cites)}]})
