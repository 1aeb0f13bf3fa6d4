"""Answers a question: one question -> one answer."""
