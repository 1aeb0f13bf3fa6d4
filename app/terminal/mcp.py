"""Runs `citecast mcp`: offers the archive to a program that speaks MCP on standard input and output."""

from __future__ import annotations

import contextlib
import threading

from app.compose import open_answerer
from app.llm.engine import EngineError
from app.protocols.mcp_tools import mcp_server
from app.terminal.options import DataOption, ModelOption, RerankerOption, friendly, notes, settings_of
from app.verification.verifier import Verifier
from app.web.streaming import Workers
from index.minilm import EmbedderError


def mcp(model: ModelOption = None, reranker: RerankerOption = None, data: DataOption = None) -> None:
    """Offer the archive to a program that speaks MCP on standard input and output, until it hangs up."""
    with friendly():
        settings = settings_of(model=model, reranker=reranker, data=data)
        answerer = open_answerer(settings)
        passages = answerer.catalog.passages
        server = mcp_server(answerer, Verifier(answerer.archive), Workers(settings))

        def warm_up() -> None:
            # A question meets the same error again, and tells it.
            with contextlib.suppress(EmbedderError, EngineError):
                answerer.archive.embedder.load()
                answerer.warm_up()

        # Not before the first message: clients wait only some seconds for a server to begin.
        threading.Thread(target=warm_up, daemon=True).start()
        notes.print(f"{passages:,} passages; speaking MCP on standard input and output")
        server.run("stdio")
        answerer.close()
