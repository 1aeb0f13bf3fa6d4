"""Answers questions with citations; has a command line, an API and a chat."""
