"""Runs language models: messages in, text out."""
