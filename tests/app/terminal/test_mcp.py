"""Tests `citecast mcp` with the official client, which starts it and speaks on its standard input and output."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from builds import Built
from cli_calls import call, refused
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters

PROGRAM = str(Path(sys.executable).parent / "citecast")


def test_the_program_answers_a_client_that_starts_it(sample_built: Built) -> None:
    program = StdioServerParameters(
        command=PROGRAM, args=["mcp", "--data", str(sample_built.settings.data)], env=dict(os.environ)
    )

    async def main() -> None:
        async with Client(program) as client:
            assert [tool.name for tool in (await client.list_tools()).tools] == ["ask", "search", "verify", "episode"]
            slug = "sample-cost-control-and-caching"
            result = await client.call_tool("episode", {"slug": slug, "start": 0, "end": 5})
            assert result.structured_content is not None
            assert [line["speaker"] for line in result.structured_content["lines"]] == ["Robin Hale"]

    asyncio.run(main())


def test_without_an_index_it_says_how_to_build_one() -> None:
    assert "citecast ingest" in refused(call("mcp"))
