"""Lets other programs ask in the protocols that they speak already: OpenAI's chat completions, and MCP."""
